package office

import (
	"bytes"
	"context"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading/readingtest"
)

// reader tells Rich Text Format from the formats that are zips.
func reader(f reading.File) (string, reading.Reader) {
	if bytes.HasPrefix(f.Data, []byte(`{\rtf`)) {
		return "rtf", ReadRTF
	}
	return "zip", ReadZip
}

func extract(ctx context.Context, f reading.File, l *reading.Limits) (*reading.Text, error) {
	format, read := reader(f)
	return l.Read(ctx, f, format, read)
}

// body reads f, and fails the test where that fails.
func body(t *testing.T, f reading.File) *reading.Text {
	t.Helper()
	format, read := reader(f)
	return readingtest.Body(t, f, format, read)
}

func sound(t *testing.T, f reading.File) {
	t.Helper()
	format, read := reader(f)
	readingtest.Sound(t, f, format, read)
}
