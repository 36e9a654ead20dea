package graphsim

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// path is a request's path as it is understood here.
type path struct {
	version  string // "v1.0" or "beta"
	segments []segment
	cast     string // the type that the last type cast names, folded
}

// segment is a name of the schema, a key, or a path of files or sites between colons.
type segment struct {
	text     string // as given, decoded
	word     string // folded, without namespace; "" for what can't be a name
	property string // of a key by another property: users(mail='x')
	args     string // of a function, between its parentheses
}

func (p *path) isBatch() bool { return len(p.segments) == 1 && p.segments[0].word == "$batch" }

func (p *path) isMetadata() bool { return len(p.segments) == 1 && p.segments[0].word == "$metadata" }

// readPath understands an escaped path.
func (g *Graph) readPath(escaped string) (*path, error) {
	pieces, err := g.cleanPath(escaped)
	if err != nil {
		return nil, err
	}
	p := &path{}
	if len(pieces) > 0 {
		p.version = foldName(pieces[0])
	}
	if p.version != "v1.0" && p.version != "beta" {
		return nil, badRequest("Invalid version: %s", strings.Join(pieces[:min(1, len(pieces))], ""))
	}
	p.read(pieces[1:])
	return p, nil
}

// cleanPath cuts a path at slashes of every kind, decodes the pieces and resolves dot segments.
func (g *Graph) cleanPath(escaped string) ([]string, error) {
	var pieces []string
	for _, raw := range strings.FieldsFunc(escaped, isSlash) {
		decoded, err := url.PathUnescape(raw)
		if err != nil {
			return nil, badRequest("The request URI is not valid: %s", raw)
		}
		if lower := strings.ToLower(decoded); strings.Contains(lower, "%2e") || strings.Contains(lower, "%2f") || strings.Contains(lower, "%5c") {
			if twice, err := url.PathUnescape(decoded); err == nil { // some gateways decode once more
				decoded = twice
			}
		}
		decoded = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return -1
			}
			return r
		}, decoded)
		parts := []string{decoded}
		if !g.slashed[decoded] {
			parts = strings.FieldsFunc(decoded, isSlash)
		}
		for _, part := range parts {
			switch strings.TrimRight(part, " ") {
			case "", ".":
			case "..":
				pieces = pieces[:max(0, len(pieces)-1)]
			default:
				pieces = append(pieces, part)
			}
		}
	}
	return pieces, nil
}

func isSlash(r rune) bool { return r == '/' || r == '\\' }

// read makes segments of pieces. `root:/a/b:/content` becomes root, a colon, the path a/b, and content.
func (p *path) read(pieces []string) {
	for i := 0; i < len(pieces); i++ {
		piece, colon := strings.CutSuffix(pieces[i], ":")
		if !colon || piece == "" {
			p.add(pieces[i])
			continue
		}
		p.add(piece)
		var between []string
		for i++; i < len(pieces); i++ {
			name, end := strings.CutSuffix(pieces[i], ":")
			if name != "" {
				between = append(between, name)
			}
			if end {
				break
			}
		}
		if len(between) > 0 {
			p.segments = append(p.segments, segment{text: ":", word: ":"}, segment{text: strings.Join(between, "/")})
		}
	}
}

func (p *path) add(piece string) {
	name, args, hasArgs := cutArguments(piece)
	word := foldName(name)
	switch {
	case !hasArgs && isCast(piece):
		p.cast = word
	case !hasArgs || isFunction(word):
		p.segments = append(p.segments, segment{text: piece, word: word, args: args})
	default:
		p.segments = append(p.segments, segment{text: name, word: word})
		if args != "" {
			p.segments = append(p.segments, readKey(args))
		}
	}
}

// cutArguments cuts `users('id')` after the name.
func cutArguments(piece string) (name, args string, has bool) {
	open := strings.IndexByte(piece, '(')
	trimmed := strings.TrimRight(piece, " ")
	if open <= 0 || !strings.HasSuffix(trimmed, ")") || strings.ContainsFunc(piece[:open], func(r rune) bool {
		return r != '.' && r != '_' && r != '$' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') && r < 0x80
	}) {
		return piece, "", false
	}
	return piece[:open], strings.TrimSpace(trimmed[open+1 : len(trimmed)-1]), true
}

func readKey(args string) segment {
	if name, value, ok := strings.Cut(args, "="); ok && !strings.HasPrefix(args, "'") {
		key := segment{text: unquote(strings.TrimSpace(value))}
		if name = strings.TrimSpace(name); !strings.EqualFold(name, "id") {
			key.property = name
		}
		return key
	}
	return segment{text: unquote(args)}
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
	}
	return s
}

// argument returns a function's argument, such as q of search(q='x').
func (s segment) argument(name string) string {
	for part := range strings.SplitSeq(s.args, ",") {
		key, value, ok := strings.Cut(part, "=")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return unquote(strings.TrimSpace(value))
		}
	}
	return ""
}

// foldName brings all spellings of a name together: case (by Unicode's simple folding), the namespace and its
// alias, and the dots and blanks at the end that file systems of the Windows family drop.
func foldName(s string) string {
	s = strings.ToLower(strings.ToUpper(strings.TrimRight(s, ". ")))
	for _, namespace := range []string{"microsoft.graph.", "graph."} {
		if rest, ok := strings.CutPrefix(s, namespace); ok && rest != "" {
			return rest
		}
	}
	return s
}

func isCast(piece string) bool {
	folded := strings.ToLower(strings.ToUpper(piece))
	return strings.Contains(folded, "graph.") && slices.Contains([]string{"user", "group", "application", "serviceprincipal", "directoryrole",
		"directoryobject", "organization", "device", "orgcontact", "message", "event", "eventmessage", "contact", "driveitem", "fileattachment", "itemattachment"}, foldName(piece))
}

func isFunction(word string) bool {
	return slices.Contains([]string{"search", "delta", "getbypath", "reminderview", "getallsites", "recent", "sharedwithme"}, word) || isReport(word)
}

func slashedIDs(c *company.Company) map[string]bool {
	slashed := map[string]bool{}
	for _, byOwner := range []map[string][]Entity{c.MailFolders, c.Messages, c.Attachments, c.Calendars, c.Events, c.Contacts} {
		for _, list := range byOwner {
			for _, e := range list {
				if id := text(e, "id"); strings.Contains(id, "/") {
					slashed[id] = true
				}
			}
		}
	}
	return slashed
}
