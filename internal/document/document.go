package document

import (
	"context"
	"fmt"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/html"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// What Extract is given and hands back is that of the readers.
type (
	// File is what text is taken out of.
	File = reading.File
	// Text is a file's text, and is taken apart into pages.
	Text = reading.Text
	// Page is a part of a text.
	Page = reading.Page
	// Error says why there is no text, and Hint what to do.
	Error = reading.Error
	// Kind says why there is no text.
	Kind = reading.Kind
)

// The kinds of an Error.
const (
	Broken      = reading.Broken
	Encrypted   = reading.Encrypted
	TooLarge    = reading.TooLarge
	Legacy      = reading.Legacy
	Unsupported = reading.Unsupported
	NoSuchPage  = reading.NoSuchPage
	Stopped     = reading.Stopped
)

// Extract returns the text of f. Errors are *Error. It may be called by many at once.
func Extract(ctx context.Context, f File) (t *Text, err error) {
	// One file must not end a server that others use, too. The fuzz tests call the readers, where a panic shows.
	defer func() {
		if p := recover(); p != nil {
			t, err = nil, &Error{Kind: Broken, Detail: fmt.Sprintf("its reader gave up: %v", p)}
		}
	}()
	kind := detect(f)
	return reading.DefaultLimits().Read(ctx, f, kind.name, kind.read)
}

// PlainHTML returns the text of a piece of HTML, such as the body of a message: as Extract writes it, but for the
// emphasis, and at most 4 MiB of it.
func PlainHTML(source string) string { return html.Plain(source) }
