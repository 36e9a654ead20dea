// Package readingtest holds a reader to what package reading promises of all of them.
package readingtest

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// Body reads f, and fails the test where that fails.
func Body(t *testing.T, f reading.File, format string, read reading.Reader) *reading.Text {
	t.Helper()
	got, err := reading.DefaultLimits().Read(t.Context(), f, format, read)
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return got
}

// TightLimits keep a run of a fuzz test short; what holds for them holds for larger ones.
func TightLimits() *reading.Limits {
	l := reading.DefaultLimits()
	l.Text, l.Elements, l.Cells, l.Expanded, l.Entry = 64<<10, 100_000, 5_000, 8<<20, 4<<20
	return l
}

// Sound holds for whatever anybody makes us read: no panic, an *Error or a text that keeps what Text promises.
func Sound(t *testing.T, f reading.File, format string, read reading.Reader) {
	t.Helper()
	l := TightLimits()
	text, err := l.Read(t.Context(), f, format, read)
	if err != nil {
		var known *reading.Error
		if !errors.As(err, &known) || known.Error() == "" || known.Hint() == "" || !utf8.ValidString(known.Error()) {
			t.Fatalf("%#v is no proper *Error", err)
		}
		return
	}
	switch {
	case !utf8.ValidString(text.Body):
		t.Fatalf("no UTF-8: %q", text.Body)
	case len(text.Body) > l.Text:
		t.Fatalf("%d bytes of text, more than %d", len(text.Body), l.Text)
	case strings.ContainsRune(text.Body, '\r'):
		t.Fatalf("a carriage return: %q", text.Body)
	case text.Truncated && len(text.Notes) == 0:
		t.Fatal("truncated, and no note says where")
	}
	Pages(t, text, max(1, len(text.Body)/7))
}

// Affordable reads a file that is one very wide table with many short rows, and fails the test where that costs much.
// It must not run beside other tests.
func Affordable(t *testing.T, name string, f reading.File, read func(*testing.T, reading.File) *reading.Text) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := read(t, f)
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 400 {
		t.Errorf("%s: %d MiB were allocated", name, used)
	}
	if len(got.Body) > 1<<20 || !strings.HasSuffix(strings.SplitN(got.Body, "\n\nNotes:", 2)[0], "|") {
		t.Errorf("%s: %d bytes, which end in %q", name, len(got.Body), got.Body[max(0, len(got.Body)-40):])
	}
}

// Pages holds that all pages together are the text, and none is longer than was asked for.
func Pages(t *testing.T, text *reading.Text, maxChars int) {
	t.Helper()
	var all strings.Builder
	for n, of := 1, 1; n <= of; n++ {
		page, err := text.Page(n, maxChars)
		if err != nil {
			t.Fatalf("page %d of %d: %v", n, of, err)
		}
		if count := utf8.RuneCountInString(page.Text); count > maxChars || !utf8.ValidString(page.Text) {
			t.Fatalf("page %d has %d characters, more than %d, or is no UTF-8: %q", n, count, maxChars, page.Text)
		}
		of = page.Of
		all.WriteString(page.Text)
	}
	if all.String() != text.Body {
		t.Fatalf("the pages are %q, the text is %q", all.String(), text.Body)
	}
}
