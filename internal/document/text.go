package document

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"
)

// readText reads plain text, source code, JSON, XML, Markdown and whatever else is text, as it stands.
func readText(_ context.Context, f File, l *limits) (*Text, error) {
	if what := notText(f.Data); what != "" {
		return nil, &Error{Kind: Unsupported, Detail: "it is " + what}
	}
	data, cut := f.Data, false
	if most := 4*l.text + 4; len(data) > most { // no encoding has more bytes for a character, but then it has fewer characters
		data, cut = data[:most], true
	}
	text, encoding, guessed := decodeText(data, charsetOf(f.ContentType))
	if controls(text) {
		return nil, &Error{Kind: Unsupported, Detail: "it is binary data"}
	}
	o := l.output()
	o.write(strings.TrimRight(cleanText(text), "\n\t "))
	o.full = o.full || cut
	t := o.text("text")
	t.verbatim = !isMarkdown(f)
	t.noteEncoding(encoding, guessed)
	return t, nil
}

// isMarkdown says whether lines that begin with # are headings. In source code and settings they are comments.
func isMarkdown(f File) bool {
	switch f.extension() {
	case "md", "markdown", "mdown", "mkd":
		return true
	}
	return f.mediaType() == "text/markdown"
}

func (t *Text) noteEncoding(encoding string, guessed bool) {
	if guessed && !strings.HasPrefix(encoding, "utf-16") {
		t.Notes = append(t.Notes, "The file does not say how its letters are encoded; it was read as "+encoding+", which fits best.")
	}
}

// charsetOf returns the charset parameter of a content type. Graph and SharePoint seldom send one; where they do,
// it is what the uploader said.
func charsetOf(contentType string) string {
	_, parameters, _ := strings.Cut(strings.ToLower(contentType), ";")
	for parameter := range strings.SplitSeq(parameters, ";") {
		if name, value, _ := strings.Cut(parameter, "="); strings.TrimSpace(name) == "charset" {
			return strings.Trim(value, " \t\"'")
		}
	}
	return ""
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
