package graph

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// dispositionName returns the file name of a Content-Disposition header (RFC 6266), "" where there is none. It is
// more patient than mime.ParseMediaType: services send names with blanks and in Latin-1 without saying so.
func dispositionName(header string) string {
	plain := ""
	_, rest, _ := strings.Cut(header, ";")
	for rest != "" {
		var name, value string
		name, value, rest = cutParameter(rest)
		switch name {
		case "filename*": // it wins, wherever it stands
			if decoded, ok := decodeExtended(value); ok {
				return decoded
			}
		case "filename":
			plain = fromLatin1(value)
		}
	}
	return plain
}

// cutParameter cuts the first `name="value"` off, with the quotes and what they escape resolved.
func cutParameter(s string) (name, value, rest string) {
	semicolon := strings.IndexByte(s, ';')
	equals := strings.IndexByte(s, '=')
	if equals < 0 || semicolon >= 0 && semicolon < equals {
		_, rest, _ = strings.Cut(s, ";")
		return "", "", rest
	}
	name = strings.ToLower(strings.TrimSpace(s[:equals]))
	s = strings.TrimLeft(s[equals+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		return name, strings.TrimSpace(value), rest
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
		case s[i] == '"':
			_, rest, _ = strings.Cut(s[i+1:], ";")
			return name, b.String(), rest
		}
		b.WriteByte(s[i])
	}
	return name, b.String(), ""
}

// decodeExtended decodes a value such as UTF-8'en'%c2%a3 (RFC 8187 section 3.2.1).
func decodeExtended(s string) (string, bool) {
	charset, rest, _ := strings.Cut(s, "'")
	_, encoded, ok := strings.Cut(rest, "'")
	decoded, err := url.PathUnescape(encoded)
	if !ok || err != nil || decoded == "" {
		return "", false
	}
	switch strings.ToLower(charset) {
	case "utf-8":
		return decoded, utf8.ValidString(decoded)
	case "iso-8859-1":
		return latin1(decoded), true
	}
	return "", false
}

// fromLatin1 takes what is not UTF-8 for Latin-1, which HTTP headers once were in.
func fromLatin1(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return latin1(s)
}

func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
