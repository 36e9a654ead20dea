package compact

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Quote writes a JSON string without escaping what HTML would need, which would only cost tokens.
func Quote(s string) string {
	if isPlainText(s) {
		return `"` + s + `"` // the common case, without the encoder
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// AppendQuoted appends what [Quote] returns.
func AppendQuoted(out []byte, s string) []byte {
	if isPlainText(s) {
		return append(append(append(out, '"'), s...), '"')
	}
	return append(out, Quote(s)...)
}

// isPlainText tells whether nothing of a text has to be escaped in JSON.
func isPlainText(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Clip cuts a text that is too long, between characters.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// Unquote returns a string's text, and a number or a boolean as it is written.
func Unquote(value json.RawMessage) string {
	if n := len(value); n >= 2 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) {
		return string(value[1 : n-1]) // the common case, without the decoder
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
