package reading_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading/readingtest"
)

// All pages together are the text, and none is longer than was asked for.
func FuzzPage(f *testing.F) {
	f.Add("# a\n\n|b|\n|-|\n|c|\n\nd e", 7)
	f.Add("äöü\xff\n\n日本", 1)
	f.Fuzz(func(t *testing.T, body string, maxChars int) {
		if maxChars < 1 || len(body)/maxChars > 2000 {
			return
		}
		body = strings.ToValidUTF8(body, "?")
		readingtest.Pages(t, &reading.Text{Body: body}, maxChars)
	})
}
