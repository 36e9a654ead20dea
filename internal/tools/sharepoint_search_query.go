package tools

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// The query is the model's own KQL, and it stands beside clauses of ours, which nothing in it may get around. So its
// quotes and brackets are made to close inside of it, and no operator is left at its end to take hold of what follows.
// https://learn.microsoft.com/sharepoint/dev/general-development/keyword-query-language-kql-syntax-reference

// kqlToken is a piece of a query.
type kqlToken struct {
	text  string
	kind  byte // 'w' a word, '"' a phrase with its quotes, or '(' or ')'
	glued bool // nothing stands between it and the token before it, as in author:"Ada"
}

// tidyQuery returns the query in a form that can stand in brackets, and whether it had to be repaired for that.
func tidyQuery(query string) (tidy string, repaired bool, err error) {
	if strings.ContainsRune(query, unicode.ReplacementChar) {
		return "", false, &ArgumentError{Parameter: "query", Problem: "is not valid UTF-8"}
	}
	cleaned := strings.Join(strings.Fields(plainQuotes.Replace(strings.Map(blankControl, query))), " ")
	tokens := matchBrackets(cutKQL(unescape(cleaned)))
	for i := 0; i < len(tokens); i++ {
		if n := dangling(tokens, i); n > 0 {
			if tokens = slices.Delete(tokens, i, i+n); i > 0 && i < len(tokens) && tokens[i-1].kind == 'w' && tokens[i].kind == 'w' {
				tokens[i].glued = false // two halves of a word are no word
			}
			i = max(-1, i-3) // what stands before may dangle now
		}
	}
	if !slices.ContainsFunc(tokens, func(t kqlToken) bool { return t.kind == '"' || t.kind == 'w' }) {
		return "", false, &ArgumentError{Parameter: "query", Problem: "holds nothing to search for", Remedy: `give words, a "phrase", or * for everything`}
	}
	tidy = writeKQL(tokens)
	return tidy, tidy != cleaned, nil
}

// plainQuotes are what editors and models write in the place of quotes; some readers of KQL take them for such.
var plainQuotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‟", `"`, "＂", `"`, "«", `"`, "»", `"`, "（", "(", "）", ")")

func blankControl(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
		return ' '
	}
	return r
}

var escapeMark = regexp.MustCompile(`\\+(["()]|$)`)

// unescape takes off backslashes that one reader could take for an escape and another for themselves.
func unescape(s string) string { return escapeMark.ReplaceAllString(s, "$1") }

// cutKQL cuts a query into tokens. A quote without its partner is dropped.
func cutKQL(s string) []kqlToken {
	if strings.Count(s, `"`)%2 == 1 {
		i := strings.LastIndexByte(s, '"')
		s = s[:i] + " " + s[i+1:]
	}
	var tokens []kqlToken
	glued := false
	for len(s) > 0 {
		n := 0
		kind := s[0]
		switch kind {
		case ' ':
			s, glued = s[1:], false
			continue
		case '(', ')':
			n = 1
		case '"':
			n = strings.IndexByte(s[1:], '"') + 2
		default:
			kind = 'w'
			if n = strings.IndexAny(s, ` "()`); n < 0 {
				n = len(s)
			}
		}
		tokens = append(tokens, kqlToken{text: s[:n], kind: kind, glued: glued})
		s, glued = s[n:], true
	}
	return tokens
}

// matchBrackets drops brackets without a partner.
func matchBrackets(tokens []kqlToken) []kqlToken {
	var open []int
	drop := map[int]bool{}
	for i, t := range tokens {
		switch {
		case t.kind == '(':
			open = append(open, i)
		case t.kind == ')' && len(open) == 0:
			drop[i] = true
		case t.kind == ')':
			open = open[:len(open)-1]
		}
	}
	for _, i := range open {
		drop[i] = true
	}
	var kept []kqlToken
	for i, t := range tokens {
		if drop[i] {
			continue
		}
		t.glued = t.glued && !drop[i-1]
		kept = append(kept, t)
	}
	return kept
}

// dangling returns how many tokens from i on are an operator that has nothing to work on, or quotes or brackets with
// nothing in them; 0 where there is none.
func dangling(tokens []kqlToken, i int) int {
	t := tokens[i]
	if t.kind == '"' && strings.Trim(t.text, `" `) == "" {
		return 1
	}
	if t.kind == '(' && i+1 < len(tokens) && tokens[i+1].kind == ')' {
		return 2
	}
	if !t.isOperator() {
		return 0
	}
	n := 1
	if i+1 < len(tokens) && tokens[i+1].kind == '(' && tokens[i+1].glued && t.text != "AND" && t.text != "OR" && t.text != "NOT" { // NEAR(n=3)
		n += slices.IndexFunc(tokens[i+1:], func(t kqlToken) bool { return t.kind == ')' }) + 1
	}
	noneAfter := i+n == len(tokens) || tokens[i+n].kind == ')' || tokens[i+n].isBinary()
	noneBefore := i == 0 || tokens[i-1].kind == '('
	if noneAfter || noneBefore && t.isBinary() {
		return n
	}
	return 0
}

func (t kqlToken) isBinary() bool {
	return t.kind == 'w' && slices.Contains([]string{"AND", "OR", "NEAR", "ONEAR", "XRANK"}, t.text)
}

func (t kqlToken) isOperator() bool { return t.isBinary() || t.kind == 'w' && t.text == "NOT" }

func writeKQL(tokens []kqlToken) string {
	var b strings.Builder
	for i, t := range tokens {
		if i > 0 && (!t.glued || t.kind == '"' && tokens[i-1].kind == '"') { // "" may stand for a quote in a phrase
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

var fileType = regexp.MustCompile(`^[A-Za-z0-9]{1,10}$`)

// fileTypeClause narrows to files of some types; "" to all.
func fileTypeClause(types []string) (string, error) {
	var clauses []string
	for _, t := range types {
		t = strings.TrimPrefix(strings.TrimSpace(t), ".")
		if !fileType.MatchString(t) {
			return "", &ArgumentError{Parameter: "fileTypes", Problem: "holds something that is no file type", Remedy: `give extensions of at most ten letters and digits, such as ["docx", "pdf"]`}
		}
		if clause := "filetype:" + strings.ToLower(t); !slices.Contains(clauses, clause) {
			clauses = append(clauses, clause)
		}
	}
	if len(clauses) == 0 {
		return "", nil
	}
	return "(" + strings.Join(clauses, " OR ") + ")", nil
}

// joinClauses joins the query and what narrows it.
func joinClauses(query string, clauses ...string) string {
	all := []string{"(" + query + ")"}
	for _, clause := range clauses {
		if clause != "" {
			all = append(all, clause)
		}
	}
	if len(all) == 1 {
		return query
	}
	return strings.Join(all, " AND ")
}
