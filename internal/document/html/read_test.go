package html

import (
	"context"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading/readingtest"
)

func reader(reading.File) (string, reading.Reader) { return "html", Read }

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
