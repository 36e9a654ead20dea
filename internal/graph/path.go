package graph

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of what is accepted as a path. Graph itself stops at a URL of 16 KiB or less.
const (
	maxPath     = 8 << 10
	maxSegments = 64
	// Each ambiguous segment doubles the readings that a policy judges; real paths have two or four.
	maxReadings = 64
	// What all readings of a path come to: a policy looks at every word of them several times.
	maxWords = 256
)

// endsBlank tells whether a name ends in what Graph and file systems may leave away.
func endsBlank(name string) bool {
	return strings.TrimSpace(name) != strings.TrimLeftFunc(name, unicode.IsSpace) || strings.HasSuffix(name, ".")
}

// splitPath cuts a path into decoded segments. It refuses every spelling that two readers of a URL could
// understand differently (RFC 3986 section 6.2: encoded slashes, dot segments, empty segments, bytes encoded
// twice), because the policy judges these segments and Graph's front end gets the bytes.
func splitPath(path string) ([]string, error) {
	switch {
	case len(path) > maxPath:
		return nil, pathError("longer than %d bytes", maxPath)
	case !utf8.ValidString(path):
		return nil, pathError("not valid UTF-8")
	case !strings.HasPrefix(path, "/"):
		return nil, &RequestError{Part: "path", Problem: fmt.Sprintf("%q does not begin with \"/\"", clip(path)),
			Remedy: `write the path from the API's root, for example "/users" or "/me/messages"`}
	}
	path = strings.TrimSuffix(path[1:], "/")
	if path == "" {
		return nil, nil
	}
	parts := strings.Split(path, "/")
	if len(parts) > maxSegments {
		return nil, pathError("more than %d segments", maxSegments)
	}
	segments := make([]string, 0, len(parts))
	for i, part := range parts {
		segment, err := decodeSegment(part)
		if err != nil {
			return nil, err
		}
		if i == 0 && strings.HasPrefix(segment, "@") {
			return nil, pathError("the first segment begins with \"@\"")
		}
		segments = append(segments, segment)
	}
	return segments, nil
}

func decodeSegment(part string) (string, error) {
	segment, err := url.PathUnescape(part)
	if err != nil {
		return "", &RequestError{Part: "path", Problem: fmt.Sprintf("segment %q has a broken percent-encoding", clip(part)),
			Remedy: `write a literal percent sign as "%25"`}
	}
	switch {
	case !utf8.ValidString(segment):
		return "", pathError("segment %q is not valid UTF-8 once decoded", clip(part))
	case strings.TrimSpace(segment) == "":
		return "", pathError("an empty segment (\"//\")")
	case strings.Trim(segment, ". ") == "":
		return "", pathError("a dot segment (%q)", clip(part))
	case strings.TrimSpace(segment) != segment || endsBlank(strings.TrimSuffix(segment, ":")):
		return "", pathError("segment %q begins or ends with a blank, or ends with a dot", clip(part))
	case strings.ContainsAny(segment, "/\\"):
		return "", pathError("segment %q holds an encoded slash or a backslash", clip(part))
	case strings.ContainsFunc(segment, isControl):
		return "", pathError("segment %q holds a control character", clip(part))
	case encodedTwice(segment):
		return "", pathError("segment %q is percent-encoded twice", clip(part))
	case hasAlias(segment):
		return "", pathError("segment %q uses a parameter alias (@…): write its value instead", clip(part))
	}
	return segment, nil
}

// DecodeSegment decodes one segment of a path as a request's are, or says what is wrong with it.
func DecodeSegment(part string) (string, error) { return decodeSegment(part) }

// hasAlias tells whether a segment's arguments refer to the query, where nobody would look for a key.
func hasAlias(segment string) bool {
	_, args, has := cutParentheses(segment)
	return has && indexUnquoted(args, '@') >= 0
}

// isControl also counts the invisible format characters (zero width, direction marks): a person who reads a
// policy or a log must see what a path says.
func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

func encodedTwice(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '%' && isHex(s[i+1]) && isHex(s[i+2]) {
			return true
		}
	}
	return false
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// encodePath writes segments as the path of a URL. What RFC 3986 allows in a segment stays as it is, so that
// site IDs keep their commas and functions their parentheses.
func encodePath(segments []string) string {
	size := 0
	for _, segment := range segments {
		size += 1 + len(segment)
	}
	var b strings.Builder
	b.Grow(size)
	for _, segment := range segments {
		b.WriteByte('/')
		for i := 0; i < len(segment); i++ {
			if c := segment[i]; isPathByte(c) {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

func isPathByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("-._~!$&'()*+,=:@", c) >= 0
}

func pathError(format string, args ...any) error {
	return &RequestError{Part: "path", Problem: fmt.Sprintf(format, args...),
		Remedy: `write a plain path such as "/users/ada@contoso.com/messages"; encode a space as "%20" and "#" as "%23"`}
}

// clip keeps an echoed value short: it goes into an error that a model reads.
func clip(s string) string { return clipTo(s, 120) }
