package document

import (
	"bytes"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/html"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/mail"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/office"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/pdf"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/plain"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// format is a row of the table of formats.
type format struct {
	name string // as in Text.Format
	is   func(f File, head []byte) bool
	read reading.Reader
}

// formats returns the table: the first row whose test says yes reads the file. Rows that know their content come
// before rows that go by name and content type, and the last reads whatever is left. The head is the file's beginning
// without a byte order mark.
func formats() []format {
	return []format{
		{"pdf", isPDF, pdf.Read},
		{"zip", isZip, office.ReadZip},
		{"ole", isOLE, readOLE},
		{"rtf", isRTF, office.ReadRTF},
		{"html", isHTML, html.Read},
		{"eml", isMail, mail.ReadEML},
		{"csv", isCSV, plain.ReadCSV},
		{"text", func(File, []byte) bool { return true }, plain.Read},
	}
}

func detect(f File) format {
	head := bytes.TrimPrefix(f.Data[:min(len(f.Data), 4096)], []byte("\xef\xbb\xbf"))
	all := formats()
	return all[slices.IndexFunc(all, func(row format) bool { return row.is(f, head) })]
}

// The PDF header may stand anywhere in the first 1024 bytes (ISO 32000-1, note 13 of appendix H).
func isPDF(_ File, head []byte) bool {
	return bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-"))
}

func isZip(_ File, head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

func isOLE(_ File, head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
}

func isRTF(_ File, head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte(`{\rtf`))
}

// isHTML also finds the HTML that many programs write under other names, as .xls above all.
func isHTML(f File, head []byte) bool {
	start := bytes.ToLower(bytes.TrimLeft(head, " \t\r\n"))
	for _, sign := range []string{"<!doctype html", "<html", "<head", "<body"} {
		if bytes.HasPrefix(start, []byte(sign)) {
			return true
		}
	}
	switch f.Extension() {
	case "html", "htm", "xhtml", "shtml":
		return true
	}
	return f.MediaType() == "text/html" || f.MediaType() == "application/xhtml+xml"
}

// isMail looks for header fields as RFC 5322 has them; two well-known ones tell a message from a text that begins
// with a colon in its first line.
func isMail(f File, head []byte) bool {
	known := 0
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name, _, colon := bytes.Cut(line, []byte(":"))
		if !colon || bytes.ContainsAny(name, " \t<>\"") {
			break
		}
		if mailField(string(name)) {
			known++
		}
	}
	named := f.Extension() == "eml" || f.Extension() == "mht" || f.Extension() == "mhtml" || f.MediaType() == "message/rfc822"
	return known >= 3 || known >= 1 && named
}

func mailField(name string) bool {
	switch strings.ToLower(name) {
	case "from", "to", "subject", "date", "message-id", "mime-version", "received", "return-path", "delivered-to",
		"content-type", "cc", "sender", "reply-to", "x-mailer", "dkim-signature":
		return true
	}
	return false
}

func isCSV(f File, _ []byte) bool {
	switch f.Extension() {
	case "csv", "tsv", "tab":
		return true
	}
	switch f.MediaType() {
	case "text/csv", "text/tab-separated-values", "application/csv":
		return f.Extension() == "" || f.Extension() == "txt"
	}
	return false
}
