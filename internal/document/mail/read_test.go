package mail

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading/readingtest"
)

// reader goes by the name, which messages of Outlook need not have.
func reader(f reading.File) (string, reading.Reader) {
	if strings.HasSuffix(f.Name, ".eml") {
		return "eml", ReadEML
	}
	return "ole", ReadMSG
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
