// Package reading is what the readers of files share. Each is given a File and Limits, writes Markdown into an Output,
// and hands back a Text, which is read page by page, or an *Error. It imports nothing of ours.
package reading

import (
	"path"
	"strings"
)

// File is what text is taken out of. Name and ContentType are hints: the content decides wherever it can, because
// what a service calls a file is often wrong.
type File struct {
	Name        string // for its extension; may be empty
	ContentType string // may be empty
	Data        []byte // read only; not kept
}

// Extension returns the name's extension in lower case, without the dot.
func (f File) Extension() string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(f.Name), "."))
}

// MediaType returns the content type in lower case, without parameters.
func (f File) MediaType() string {
	t, _, _ := strings.Cut(f.ContentType, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// Charset returns the charset parameter of the content type, or "". Graph and SharePoint seldom send one; where they do,
// it is what the uploader said.
func (f File) Charset() string {
	_, parameters, _ := strings.Cut(strings.ToLower(f.ContentType), ";")
	for parameter := range strings.SplitSeq(parameters, ";") {
		if name, value, _ := strings.Cut(parameter, "="); strings.TrimSpace(name) == "charset" {
			return strings.Trim(value, " \t\"'")
		}
	}
	return ""
}
