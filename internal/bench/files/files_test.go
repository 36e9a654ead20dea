package files_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/bench/files"
	"github.com/sapientsai/microsoft-mcp-server/internal/document"
)

// Each document is read whole: a reader that gives up early would look fast.
func TestDocumentsAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	last := map[string]string{
		"docx": "1499.4", "xlsx": "|10000|", "pptx": "Subject 120", "pdf": "Chapter 100", "html": "Section 799", "eml": "Section 399",
	}
	for _, f := range files.All() {
		t.Run(f.Kind(), func(t *testing.T) {
			t.Parallel()
			text, err := document.Extract(t.Context(), document.File{Name: f.Name, ContentType: f.ContentType, Data: f.Data})
			if err != nil {
				t.Fatal(err)
			}
			want := last[f.Kind()]
			if text.Format != f.Kind() || text.Truncated || want == "" || !strings.Contains(text.Body, want) {
				t.Errorf("format %s, truncated %v, notes %q; %q is missing behind %.200s … %s", text.Format, text.Truncated, text.Notes, want, text.Body, text.Body[max(0, len(text.Body)-300):])
			}
			if text.Sections != f.Parts && (f.PartName == "pages" || f.PartName == "slides") {
				t.Errorf("got %d %s, want %d", text.Sections, f.PartName, f.Parts)
			}
			if f.Plain < len(text.Body)/2 || len(f.Data) == 0 {
				t.Errorf("%d bytes make %d characters", f.Plain, len(text.Body))
			}
		})
	}
}
