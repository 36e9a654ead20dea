package reading

import (
	"context"
	"fmt"
	"strings"
)

// Text is a file's text: Markdown, or plain text where the file is that.
type Text struct {
	Format      string   // docx, pptx, xlsx, odt, odp, ods, pdf, html, eml, msg, csv, rtf or text
	Body        string   // valid UTF-8, lines end in \n
	Sections    int      // pages, slides, sheets or messages; 0 where there are none
	SectionName string   // what Sections counts: "pages", "slides", …
	Notes       []string // what was left out, and why: a sentence each
	Truncated   bool     // text was left out because a bound was met; Notes says where

	Verbatim bool // the file's own text, in which a line that begins with # need not be a heading
}

// Extent says how much the file holds: "1 page", "12 slides"; "" where there is nothing to count.
func (t *Text) Extent() string {
	switch t.Sections {
	case 0:
		return ""
	case 1:
		return "1 " + strings.TrimSuffix(t.SectionName, "s")
	}
	return fmt.Sprint(t.Sections, " ", t.SectionName)
}

// Reader takes the text out of files of one format. It obeys l, looks at ctx while it works (Limits.Check), and its
// errors are *Error.
type Reader func(ctx context.Context, f File, l *Limits) (*Text, error)

// Read has a reader take the text out of f. Errors are *Error and name the format where the reader does not.
func (l *Limits) Read(ctx context.Context, f File, format string, read Reader) (*Text, error) {
	if err := l.Check(ctx); err != nil {
		return nil, err
	}
	if int64(len(f.Data)) > l.file {
		return nil, &Error{Kind: TooLarge, Detail: fmt.Sprintf("it has %d MiB; at most %d MiB are read", len(f.Data)>>20, l.file>>20)}
	}
	t, err := read(ctx, f, l)
	if err != nil {
		return nil, AsError(err, format)
	}
	t.finish(l)
	return t, nil
}
