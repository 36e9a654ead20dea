package plain

import (
	"context"
	"testing"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading/readingtest"
)

func FuzzText(f *testing.F) {
	f.Add("a;b\n\"c\n", "csv", "")
	f.Add("\xff\xfea\x00", "txt", "text/plain; charset=utf-16")
	f.Add("gr\xfc\xdfe \x8f\x8e", "", "text/plain; charset=shift_jis")
	f.Fuzz(func(t *testing.T, data, extension, contentType string) {
		file := reading.File{Name: "x." + extension, ContentType: contentType, Data: []byte(data)}
		for _, read := range []reading.Reader{Read, ReadCSV} {
			l := readingtest.TightLimits()
			text, err := read(context.Background(), file, l)
			if err == nil && (!utf8.ValidString(text.Body) || len(text.Body) > l.Text) {
				t.Fatalf("%d bytes: %q", len(text.Body), text.Body)
			}
		}
	})
}
