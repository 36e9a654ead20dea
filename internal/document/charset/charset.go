// Package charset turns text in any encoding into UTF-8, by golang.org/x/text, which the Go project keeps up, and which
// is in the program already. Which encoding it is we guess ourselves where nobody says so (guess.go): the ports of
// chardet are unkept and wrong on short texts.
package charset

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	utf16 "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Decode returns data as UTF-8, and the name of the encoding it was in; guessed says that nothing but the
// letters themselves spoke for that one. A byte order mark decides before the label, which may be "": the label is
// what a protocol or a header called it (as in charset=…).
func Decode(data []byte, label string) (text, name string, guessed bool) {
	if name, mark := byteOrderMark(data); name != "" {
		return DecodeAs(data[mark:], name), name, false
	}
	if label = strings.ToLower(strings.Trim(label, " \t\"'")); label != "" && label != "us-ascii" && label != "utf-8" {
		if e, err := htmlindex.Get(label); err == nil {
			name, _ = htmlindex.Name(e)
			return DecodeAs(data, name), name, false
		}
	}
	if bytes.IndexByte(data, 0) >= 0 {
		if name := utf16Order(data); name != "" {
			return DecodeAs(data, name), name, true
		}
	}
	if bytes.Contains(data, []byte("\x1b$B")) || bytes.Contains(data, []byte("\x1b$@")) {
		return DecodeAs(data, "iso-2022-jp"), "iso-2022-jp", true
	}
	if isUTF8(data) {
		return strings.ToValidUTF8(string(data), "\uFFFD"), "utf-8", false
	}
	name = guessEncoding(data)
	return DecodeAs(data, name), name, true
}

func byteOrderMark(data []byte) (name string, length int) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return "utf-8", 3
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")):
		return "utf-32le", 4
	case bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")):
		return "utf-32be", 4
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return "utf-16le", 2
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return "utf-16be", 2
	}
	return "", 0
}

// DecodeAs never fails: what is not valid becomes U+FFFD.
func DecodeAs(data []byte, name string) string {
	var e encoding.Encoding
	switch name {
	case "utf-8":
		return strings.ToValidUTF8(string(data), "\uFFFD")
	case "utf-32le":
		e = utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case "utf-32be":
		e = utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case "utf-16le":
		e = utf16.UTF16(utf16.LittleEndian, utf16.IgnoreBOM)
	case "utf-16be":
		e = utf16.UTF16(utf16.BigEndian, utf16.IgnoreBOM)
	default:
		known, err := htmlindex.Get(name)
		if err != nil {
			return strings.ToValidUTF8(string(data), "\uFFFD")
		}
		e = known
	}
	out, err := e.NewDecoder().Bytes(data)
	if err != nil && len(out) == 0 {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// isUTF8 forgives a few wrong bytes among many right characters: a file that was cut, or pasted together.
func isUTF8(data []byte) bool {
	if utf8.Valid(data) {
		return true
	}
	right, wrong := 0, 0
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size == 1:
			wrong++
		case size > 1:
			right++
		}
		data = data[size:]
	}
	return wrong*20 < right
}

// sampleSize is how much of a text is looked at to tell its encoding.
const sampleSize = 16 << 10

// utf16Order recognises UTF-16 without a byte order mark, by which of the orders gives characters that texts have.
func utf16Order(data []byte) string {
	if len(data)%2 != 0 {
		return ""
	}
	sample := data[:min(len(data), sampleSize)]
	little, big := plausible(DecodeAs(sample, "utf-16le")), plausible(DecodeAs(sample, "utf-16be"))
	switch {
	case max(little, big) < 0.97:
		return ""
	case little >= big:
		return "utf-16le"
	default:
		return "utf-16be"
	}
}

// plausible returns the share of characters that a text may have; ASCII and spaces weigh more, because either order
// makes letters of some script out of most pairs of bytes.
func plausible(s string) float64 {
	good, all := 0.0, 0.0
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r >= ' ' && r < 0x7f:
			good, all = good+3, all+3
		case r == utf8.RuneError || !unicode.IsGraphic(r):
			all += 3
		default:
			good, all = good+1, all+1.02
		}
	}
	if all == 0 {
		return 0
	}
	return good / all
}
