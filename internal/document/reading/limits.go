package reading

import "context"

// Limits bound what one file may cost. A file is somebody else's: it may be a few bytes that expand to gigabytes, or
// a million rows.
type Limits struct {
	file     int64 // bytes of the file itself
	Entries  int   // parts of an archive
	Entry    int64 // bytes that one part may expand to
	Expanded int64 // bytes that all parts together may expand to
	Ratio    int64 // how many times its size a part may expand to, once it is large
	Text     int   // bytes of text, all told
	Depth    int   // of nested elements, groups or messages
	Elements int   // XML elements, all told
	Cells    int   // cells of all tables
}

// DefaultLimits bound what Extract reads.
func DefaultLimits() *Limits {
	return &Limits{
		file:     256 << 20,
		Entries:  20_000,
		Entry:    128 << 20,
		Expanded: 256 << 20,
		Ratio:    400,
		Text:     4 << 20,
		Depth:    256,
		Elements: 20_000_000,
		Cells:    1_000_000,
	}
}

// Check says whether the caller still waits for the text.
func (l *Limits) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &Error{Kind: Stopped, Err: err}
	}
	return nil
}
