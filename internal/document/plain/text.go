// Package plain reads files that are text already: source code, JSON, Markdown and whatever else in any encoding, as it
// stands; and tables of comma-separated values by encoding/csv, after finding out the separator, as a Markdown table: a
// row then never breaks over pages, and its head can be repeated.
package plain

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/charset"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// Read reads plain text, source code, JSON, XML, Markdown and whatever else is text, as it stands.
func Read(_ context.Context, f reading.File, l *reading.Limits) (*reading.Text, error) {
	if what := notText(f.Data); what != "" {
		return nil, &reading.Error{Kind: reading.Unsupported, Detail: "it is " + what}
	}
	data, cut := f.Data, false
	if most := 4*l.Text + 4; len(data) > most { // no encoding has more bytes for a character, but then it has fewer characters
		data, cut = data[:most], true
	}
	text, encoding, guessed := charset.Decode(data, f.Charset())
	if controls(text) {
		return nil, &reading.Error{Kind: reading.Unsupported, Detail: "it is binary data"}
	}
	o := l.Output()
	o.Write(strings.TrimRight(Clean(text), "\n\t "))
	o.Full = o.Full || cut
	t := o.Text("text")
	t.Verbatim = !isMarkdown(f)
	noteEncoding(t, encoding, guessed)
	return t, nil
}

// isMarkdown says whether lines that begin with # are headings. In source code and settings they are comments.
func isMarkdown(f reading.File) bool {
	switch f.Extension() {
	case "md", "markdown", "mdown", "mkd":
		return true
	}
	return f.MediaType() == "text/markdown"
}

func noteEncoding(t *reading.Text, encoding string, guessed bool) {
	if guessed && !strings.HasPrefix(encoding, "utf-16") {
		t.Notes = append(t.Notes, "The file does not say how its letters are encoded; it was read as "+encoding+", which fits best.")
	}
}

// notText names what is certainly no text.
func notText(data []byte) string {
	for _, known := range []struct{ magic, what string }{
		{"\x89PNG", "a PNG image"},
		{"\xff\xd8\xff", "a JPEG image"},
		{"GIF8", "a GIF image"},
		{"II*\x00", "a TIFF image"},
		{"MM\x00*", "a TIFF image"},
		{"RIFF", "a WebP image, or sound or video (RIFF)"},
		{"OggS", "sound or video (Ogg)"},
		{"ID3", "sound (MP3)"},
		{"\x1aE\xdf\xa3", "a video (Matroska)"},
		{"\x7fELF", "a program"},
		{"MZ\x90\x00", "a program"},
		{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
		{"Rar!\x1a", "a RAR archive"},
		{"\x1f\x8b", "compressed with gzip"},
		{"SQLite format 3", "an SQLite database"},
		{"\xe4R\\{\x8c\xd8\xa7M", "a OneNote file"},
	} {
		if bytes.HasPrefix(data, []byte(known.magic)) {
			return known.what
		}
	}
	if len(data) > 12 && string(data[4:8]) == "ftyp" {
		return "a video, or an image (ISO media)"
	}
	return ""
}

// Clean removes control characters that are no part of a text, and makes lines end in \n.
func Clean(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\f' || r == '\v' || r == 0x85 || r == 0x2028 || r == 0x2029:
			return '\n'
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xfeff:
			return -1
		}
		return r
	}, s)
}

// sampleSize is how much of a text is looked at to tell what it is.
const sampleSize = 16 << 10

// controls says whether s has more control characters than any text.
func controls(s string) bool {
	count, all := 0, 0
	for _, r := range s[:min(len(s), 4*sampleSize)] {
		all++
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != '\v' && r != 0x1b || r == utf8.RuneError {
			count++
		}
	}
	return count*10 > all
}
