package plain

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading/readingtest"
)

// reader goes by the name.
func reader(f reading.File) (string, reading.Reader) {
	if f.Extension() == "csv" || f.Extension() == "tsv" {
		return "csv", ReadCSV
	}
	return "text", Read
}

// body reads f, and fails the test where that fails.
func body(t *testing.T, f reading.File) *reading.Text {
	t.Helper()
	format, read := reader(f)
	return readingtest.Body(t, f, format, read)
}
