package office

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	word := docxOf(t, para("", "text"), nil)
	bomb := office(t, "word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
		map[string]string{"word/document.xml": `<w:document ` + wordSpaces + `><w:body><w:p>` + strings.Repeat(" ", 40<<20) + `</w:p></w:body></w:document>`})
	deep := docxOf(t, strings.Repeat("<w:sdt><w:sdtContent>", 500)+strings.Repeat("</w:sdtContent></w:sdt>", 500), nil)
	for _, row := range []struct {
		name string
		data []byte
		kind reading.Kind
		want string
	}{
		{"cut off", word[:len(word)/2], reading.Broken, "the zip file is broken: its list of parts, which stands at the end, cannot be read; the file is incomplete or damaged"},
		{"damaged", damaged(word), reading.Broken, "the docx file is broken: its part word/document.xml is"},
		{"no proper XML", docxOf(t, "<w:p>", nil), reading.Broken, "the docx file is broken: its part word/document.xml is no proper XML"},
		{"bomb", bomb, reading.TooLarge, "times its size, as no document does"},
		{"deep", deep, reading.TooLarge, "the docx file is too large to be read: its part word/document.xml nests more than 256 elements"},
		{"many parts", manyParts(t, 20_001), reading.TooLarge, "20001 parts"},
		{"an archive", zipped(t, map[string]string{"a.txt": "a"}), reading.Unsupported, "it is an archive, not an Office document"},
		{"xlsb", office(t, "xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroEnabled.main", nil), reading.Legacy, "binary workbook"},
	} {
		_, err := extract(t.Context(), reading.File{Data: row.data}, reading.DefaultLimits())
		var refusal *reading.Error
		if !errors.As(err, &refusal) {
			t.Errorf("%s: got %v", row.name, err)
			continue
		}
		if refusal.Kind != row.kind || !strings.Contains(refusal.Error(), row.want) || refusal.Hint() == "" {
			t.Errorf("%s: got %d, %q", row.name, refusal.Kind, refusal)
		}
	}
}

// damaged turns over some bytes of the main part.
func damaged(data []byte) []byte {
	data = bytes.Clone(data)
	at := bytes.Index(data, []byte("word/document.xml")) + len("word/document.xml") + 8
	for i := range 16 {
		data[at+i] ^= 0xff
	}
	return data
}

func manyParts(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for range n {
		if _, err := z.Create("x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Thousands of notes stand in one part, whose relationships are read once.
func TestManyNotes(t *testing.T) {
	t.Parallel()
	var text, notes strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, `<w:p><w:r><w:footnoteReference w:id="%d"/></w:r></w:p>`, i)
		fmt.Fprintf(&notes, `<w:footnote w:id="%d">%s</w:footnote>`, i, para("", "why"))
	}
	data := docxOf(t, text.String(), map[string]string{"footnotes.xml": `<w:footnotes>` + notes.String() + `</w:footnotes>`,
		"_rels/footnotes.xml.rels": rels("hyperlink https://contoso.com/" + strings.Repeat("x", 20_000))})
	l := reading.DefaultLimits()
	l.Expanded = 4 << 20
	got, err := extract(t.Context(), reading.File{Data: data}, l)
	if err != nil || !strings.HasSuffix(got.Body, "\n[^3000]: why") {
		t.Errorf("%v", err)
	}
	l.Expanded = 100_000
	if _, err = extract(t.Context(), reading.File{Data: data}, l); err == nil || !strings.Contains(err.Error(), "its parts expand to more than 0 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestPartsStopWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, err := openArchive(ctx, docxOf(t, para("", "text"), nil), reading.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.tree("word/document.xml"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A relationship leads nowhere but into the archive.
func TestResolve(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ dir, target, want string }{
		{"xl/", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"},
		{"xl/", "/xl/styles.xml", "xl/styles.xml"},
		{"ppt/slides/", "../notesSlides/n1.xml", "ppt/notesSlides/n1.xml"},
		{"xl/", "../../../etc/passwd", "etc/passwd"},
		{"", "word/document.xml", "word/document.xml"},
	} {
		if got := resolve(row.dir, row.target); got != row.want {
			t.Errorf("%s from %s: got %s, want %s", row.target, row.dir, got, row.want)
		}
	}
}
