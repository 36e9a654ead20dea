package odata

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

type tokenKind int

const (
	tokenEnd     tokenKind = iota
	tokenName              // an identifier, qualified names included
	tokenLiteral           // a string, number, time or GUID; the value is in token.value
	tokenMark              // one of ( ) , / :
)

type token struct {
	kind  tokenKind
	text  string
	value any
	at    int
}

// is compares a mark, or a name without regard to case.
func (t token) is(text string) bool {
	return t.kind == tokenMark && t.text == text || t.kind == tokenName && strings.EqualFold(t.text, text)
}

// lex cuts a filter into tokens; the last one is the end.
func lex(s string) ([]token, error) {
	if !utf8.ValidString(s) {
		return nil, &SyntaxError{"The text is not valid UTF-8", 0}
	}
	var tokens []token
	for i := 0; i < len(s); {
		if strings.IndexByte(" \t\r\n", s[i]) >= 0 {
			i++
			continue
		}
		t, next, err := lexOne(s, i)
		if err != nil {
			return nil, err
		}
		tokens, i = append(tokens, t), next
	}
	return append(tokens, token{kind: tokenEnd, at: len(s)}), nil
}

func lexOne(s string, i int) (token, int, error) {
	c := s[i]
	switch {
	case strings.IndexByte("(),/:", c) >= 0:
		return token{kind: tokenMark, text: s[i : i+1], at: i}, i + 1, nil
	case c == '\'':
		text, next, err := lexString(s, i)
		return token{kind: tokenLiteral, value: text, at: i}, next, err
	case len(s)-i >= guidLength && isGUID(s[i:i+guidLength]) && (len(s)-i == guidLength || !isWordByte(s[i+guidLength])):
		return token{kind: tokenLiteral, value: s[i : i+guidLength], at: i}, i + guidLength, nil
	case isDigit(c) || c == '-' && i+1 < len(s) && isDigit(s[i+1]):
		return lexNumber(s, i)
	case isNameStart(c):
		end := i + 1
		for end < len(s) && isWordByte(s[end]) {
			end++
		}
		if end < len(s) && s[end] == '\'' { // microsoft.graph.importance'high', duration'PT1H'
			text, next, err := lexString(s, end)
			return token{kind: tokenLiteral, value: text, at: i}, next, err
		}
		return token{kind: tokenName, text: s[i:end], at: i}, end, nil
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return token{}, 0, &SyntaxError{fmt.Sprintf("Syntax error: character '%c' is not valid", r), i}
}

func lexString(s string, start int) (string, int, error) {
	var b strings.Builder
	for i := start + 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, nil
	}
	return "", 0, &SyntaxError{"There is an unterminated string literal", start}
}

// lexNumber reads a number or a time.
func lexNumber(s string, start int) (token, int, error) {
	end := start + 1
	for end < len(s) && (isWordByte(s[end]) || strings.IndexByte(":+-", s[end]) >= 0) {
		end++
	}
	text := s[start:end]
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return token{kind: tokenLiteral, value: n, at: start}, end, nil
	}
	if t, ok := parseTime(text); ok {
		return token{kind: tokenLiteral, value: t, at: start}, end, nil
	}
	if strings.ContainsAny(text, "xXpP_nN") { // hexadecimal and the like are Go's, not OData's
		return token{}, 0, &SyntaxError{fmt.Sprintf("Unrecognized literal '%s'", text), start}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return token{}, 0, &SyntaxError{fmt.Sprintf("Unrecognized literal '%s'", text), start}
	}
	return token{kind: tokenLiteral, value: n, at: start}, end, nil
}

// parseTime reads a date, or a time with its offset, and returns it in UTC.
func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			t = t.UTC()
			return t, t.Year() >= 0 && t.Year() <= 9999 // else it can't be written again
		}
	}
	return time.Time{}, false
}

const guidLength = 36

func isGUID(s string) bool {
	for i := range guidLength {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if !isDigit(s[i]) && (s[i]|0x20 < 'a' || s[i]|0x20 > 'f') {
				return false
			}
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameStart(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '$' || c == '@'
}

func isWordByte(c byte) bool { return isNameStart(c) || isDigit(c) || c == '.' }
