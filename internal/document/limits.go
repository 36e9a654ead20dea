package document

import "context"

// limits bound what one file may cost. A file is somebody else's: it may be a few bytes that expand to gigabytes, or
// a million rows.
type limits struct {
	file     int64 // bytes of the file itself
	entries  int   // parts of an archive
	entry    int64 // bytes that one part may expand to
	expanded int64 // bytes that all parts together may expand to
	ratio    int64 // how many times its size a part may expand to, once it is larger than ratioFrom
	text     int   // bytes of text, all told
	depth    int   // of nested elements, groups or messages
	elements int   // XML elements, all told
	cells    int   // cells of all tables
}

// ratioFrom is the size below which a part may expand to any multiple: empty forms compress very well.
const ratioFrom = 16 << 20

func defaultLimits() *limits {
	return &limits{
		file:     256 << 20,
		entries:  20_000,
		entry:    128 << 20,
		expanded: 256 << 20,
		ratio:    400,
		text:     4 << 20,
		depth:    256,
		elements: 20_000_000,
		cells:    1_000_000,
	}
}

// check says whether the caller still waits for the text.
func (l *limits) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &Error{Kind: Stopped, Err: err}
	}
	return nil
}
