package document

import (
	"context"
	"fmt"
	"strings"
)

// File is what text is taken out of. Name and ContentType are hints: the content decides wherever it can, because
// what a service calls a file is often wrong.
type File struct {
	Name        string // for its extension; may be empty
	ContentType string // may be empty
	Data        []byte // read only; not kept
}

// Text is a file's text: Markdown, or plain text where the file is that.
type Text struct {
	Format      string   // docx, pptx, xlsx, odt, odp, ods, pdf, html, eml, msg, csv, rtf or text
	Body        string   // valid UTF-8, lines end in \n
	Sections    int      // pages, slides, sheets or messages; 0 where there are none
	SectionName string   // what Sections counts: "pages", "slides", …
	Notes       []string // what was left out, and why: a sentence each
	Truncated   bool     // text was left out because a bound was met; Notes says where

	verbatim bool // the file's own text, in which a line that begins with # need not be a heading
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

// reader takes the text out of files of one format. It obeys l, looks at ctx while it works (limits.check), and its
// errors are *Error.
type reader func(ctx context.Context, f File, l *limits) (*Text, error)

// Extract returns the text of f. Errors are *Error. It may be called by many at once.
func Extract(ctx context.Context, f File) (t *Text, err error) {
	// One file must not end a server that others use, too. The fuzz tests call extract, where a panic shows.
	defer func() {
		if p := recover(); p != nil {
			t, err = nil, &Error{Kind: Broken, Detail: fmt.Sprintf("its reader gave up: %v", p)}
		}
	}()
	return extract(ctx, f, defaultLimits())
}

func extract(ctx context.Context, f File, l *limits) (*Text, error) {
	if err := l.check(ctx); err != nil {
		return nil, err
	}
	if int64(len(f.Data)) > l.file {
		return nil, &Error{Kind: TooLarge, Detail: fmt.Sprintf("it has %d MiB; at most %d MiB are read", len(f.Data)>>20, l.file>>20)}
	}
	kind, err := detect(f)
	if err != nil {
		return nil, err
	}
	t, err := kind.read(ctx, f, l)
	if err != nil {
		return nil, asError(err, kind.name)
	}
	t.finish(l)
	return t, nil
}
