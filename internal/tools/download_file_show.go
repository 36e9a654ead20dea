package tools

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what download_file shows instead of storing it.
const (
	maxInlineImage = 3 << 20 // as base64 4 MiB, which models still take
	maxInlineText  = defaultMaxChars
)

// show answers with an image or a text that is small enough. What it read meanwhile is kept in head.
func (d *download) show() (result Result, shown bool, err error) {
	most := int64(0)
	switch {
	case strings.HasPrefix(d.media, "image/") && d.media != "image/svg+xml":
		if most = maxInlineImage; d.file.Size > most {
			return Result{}, false, nil
		}
	case d.isText():
		most = maxInlineText
	default:
		return Result{}, false, nil
	}
	if d.head, err = io.ReadAll(io.LimitReader(d.file, most+1)); err != nil {
		return Result{}, false, err
	}
	if int64(len(d.head)) > most {
		return Result{}, false, nil
	}
	if d.isText() {
		text := bytes.TrimPrefix(d.head, []byte("\ufeff"))
		return Result{Text: string(text)}, utf8.Valid(text) && bytes.IndexByte(text, 0) < 0, nil
	}
	// By what it is, not by what it is called: a client that is handed another type than it was told refuses
	// the whole conversation, at times for good.
	kind := http.DetectContentType(d.head)
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, kind) {
		return Result{}, false, nil
	}
	return Result{Text: fmt.Sprintf("%s (%s, %s)", d.name, kind, formatSize(int64(len(d.head)))),
		Media: []Media{{Data: d.head, MIMEType: kind}}}, true, nil
}

// isText tells whether the file is one for people to read, as far as its type says it, or else its name.
func (d *download) isText() bool {
	if d.media != "application/octet-stream" {
		return isText(d.media)
	}
	_, extension := cutExtension(strings.ToLower(d.name))
	switch strings.TrimPrefix(extension, ".") {
	case "txt", "md", "markdown", "csv", "tsv", "json", "jsonl", "xml", "yaml", "yml", "toml", "ini", "cfg", "conf", "log", "sql",
		"html", "htm", "css", "js", "ts", "py", "go", "java", "cs", "c", "h", "cpp", "rs", "rb", "php", "sh", "ps1", "bat", "tex", "ics", "vcf", "eml":
		return true
	}
	return false
}

// isText tells whether a media type is for people to read.
func isText(media string) bool {
	switch media {
	case "application/json", "application/xml", "application/csv", "application/yaml", "application/x-yaml", "application/javascript",
		"application/x-ndjson", "application/sql", "application/toml", "message/rfc822":
		return true
	}
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+xml") || strings.HasSuffix(media, "+json")
}

// trimPartial takes the beginning of a character off the end of a text that was cut.
func trimPartial(text []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if tail := text[len(text)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}
