package plain

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading/readingtest"
)

// In scripts, what begins with # is a comment.
func TestScriptsHaveNoHeadings(t *testing.T) {
	t.Parallel()
	script := "# comment\n\n" + strings.Repeat("make\n", 10)
	for name, want := range map[string]string{"build.sh": "", "build.md": "# comment"} {
		if page, err := body(t, reading.File{Name: name, Data: []byte(script)}).Page(2, 30); err != nil || page.Continues != want {
			t.Errorf("%s: %v, goes on under %q, want %q", name, err, page.Continues, want)
		}
	}
}

// A bar that ends a cell is not taken along by a backslash before it.
func TestCellsThatEndInABackslash(t *testing.T) {
	t.Parallel()
	text := body(t, reading.File{Name: "a.csv", Data: []byte("path,owner\nC:\\Temp\\,ada\n")})
	if !strings.Contains(text.Body, `|C:\Temp\ |ada|`) {
		t.Error(text.Body)
	}
}

// A few kilobytes of one wide row and many short ones are a table of gigabytes, if rows are filled up.
func TestWideTablesCostLittle(t *testing.T) {
	const columns, rows = 20_000, 20_000
	readingtest.Affordable(t, "csv", reading.File{Name: "a.csv", Data: []byte(strings.Repeat(",", columns) + "h\n" + strings.Repeat("x,y\n", 2*rows))}, body)
}
