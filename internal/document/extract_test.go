package document

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// compound makes a compound file of nothing but a directory.
func compound(names ...string) []byte {
	data := make([]byte, 512*3+512*len(names))
	copy(data, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	put := binary.LittleEndian.PutUint32
	binary.LittleEndian.PutUint16(data[30:], 9)
	put(data[48:], 1) // the directory's first sector
	put(data[68:], noSector)
	put(data[76:], 0) // the table's only sector
	for i := range 128 {
		put(data[512+4*i:], 0xfffffffe)
	}
	for i := range (len(names) + 1 + 3) / 4 {
		put(data[512+4*(1+i):], uint32(2+i))
	}
	put(data[512+4*(1+(len(names)+4)/4-1):], 0xfffffffe)
	for i, name := range append([]string{"Root Entry"}, names...) {
		entry := data[1024+128*i:]
		for j, unit := range utf16.Encode([]rune(name)) {
			binary.LittleEndian.PutUint16(entry[2*j:], unit)
		}
		binary.LittleEndian.PutUint16(entry[64:], uint16(2*len(name)+2))
		put(entry[68:], noSector)
		put(entry[72:], uint32(i+1)) // each is the right sibling of the one before
		put(entry[76:], noSector)
		if i == 0 {
			put(entry[72:], noSector)
			put(entry[76:], 1)
		}
	}
	return data
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	word := docxOf(t, para("", "text"), nil)
	bomb := office(t, "word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
		map[string]string{"word/document.xml": `<w:document ` + wordSpaces + `><w:body><w:p>` + strings.Repeat(" ", 40<<20) + `</w:p></w:body></w:document>`})
	deep := docxOf(t, strings.Repeat("<w:sdt><w:sdtContent>", 500)+strings.Repeat("</w:sdtContent></w:sdt>", 500), nil)
	for _, row := range []struct {
		name string
		data []byte
		kind Kind
		want string
	}{
		{"cut off", word[:len(word)/2], Broken, "the zip file is broken: its list of parts, which stands at the end, cannot be read; the file is incomplete or damaged"},
		{"damaged", damaged(word), Broken, "the docx file is broken: its part word/document.xml is"},
		{"no proper XML", docxOf(t, "<w:p>", nil), Broken, "the docx file is broken: its part word/document.xml is no proper XML"},
		{"bomb", bomb, TooLarge, "times its size, as no document does"},
		{"deep", deep, TooLarge, "the docx file is too large to be read: its part word/document.xml nests more than 256 elements"},
		{"many parts", manyParts(t, 20_001), TooLarge, "20001 parts"},
		{"an archive", zipped(t, map[string]string{"a.txt": "a"}), Unsupported, "it is an archive, not an Office document"},
		{"xlsb", office(t, "xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroEnabled.main", nil), Legacy, "binary workbook"},
		{"encrypted", compound("a", "b", "c", "d", "e", "EncryptionInfo", "EncryptedPackage"), Encrypted, "the Office file is encrypted: it is protected by a password, or rights-managed (a sensitivity label)"},
		{"doc", compound("WordDocument"), Legacy, "a Word document of before 2007"},
		{"xls", compound("Workbook"), Legacy, "an Excel workbook of before 2007"},
		{"ppt", compound("PowerPoint Document"), Legacy, "a PowerPoint presentation of before 2007"},
		{"other", compound("VisioDocument"), Legacy, "of a Microsoft program other than"},
		{"picture", []byte("\x89PNG\r\n\x1a\n"), Unsupported, "it is a PNG image"},
		{"binary", []byte("\x00\x01\x02\x03\xff\xfe\x00\x01\x07\x08\x05\x00"), Unsupported, "it is binary data"},
	} {
		_, err := extract(t.Context(), File{Data: row.data}, defaultLimits())
		var refusal *Error
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

// Hints are clauses, as all others are.
func TestHints(t *testing.T) {
	t.Parallel()
	for kind := Broken; kind <= Stopped; kind++ {
		hint := (&Error{Kind: kind}).Hint()
		if hint == "" || hint[0] < 'a' || hint[0] > 'z' || strings.HasSuffix(hint, ".") || strings.Contains(hint, ". ") {
			t.Errorf("%d: %q", kind, hint)
		}
	}
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
	l := defaultLimits()
	l.expanded = 4 << 20
	got, err := extract(t.Context(), File{Data: data}, l)
	if err != nil || !strings.HasSuffix(got.Body, "\n[^3000]: why") {
		t.Errorf("%v", err)
	}
	l.expanded = 100_000
	if _, err = extract(t.Context(), File{Data: data}, l); err == nil || !strings.Contains(err.Error(), "its parts expand to more than 0 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestExtractStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Extract(ctx, File{Data: []byte("a")})
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Kind != Stopped || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// In the middle of a part, too.
	a, err := openArchive(ctx, docxOf(t, para("", "text"), nil), defaultLimits())
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

// The content decides, the name does not.
func TestDetect(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		file File
		want string
	}{
		{File{Name: "x.docx", Data: []byte("%PDF-1.7")}, "pdf"},
		{File{Name: "x.txt", Data: []byte("PK\x03\x04")}, "zip"},
		{File{Name: "x.xls", Data: []byte("\r\n<HTML><table>")}, "html"},
		{File{Name: "x.doc", Data: []byte(`{\rtf1}`)}, "rtf"},
		{File{Data: []byte("Received: by x\r\n from y\r\nFrom: a@b\r\nSubject: hi\r\n\r\ntext")}, "eml"},
		{File{Name: "x.eml", Data: []byte("Subject: hi\n\ntext")}, "eml"},
		{File{Data: []byte("To: all\nwe meet")}, "text"},
		{File{Name: "x.CSV", Data: []byte("a,b")}, "csv"},
		{File{ContentType: "text/csv; charset=utf-8", Data: []byte("a,b")}, "csv"},
		{File{Name: "x.json", ContentType: "text/csv", Data: []byte("{}")}, "text"},
		{File{ContentType: "text/html", Data: []byte("<p>x")}, "html"},
		{File{Data: nil}, "text"},
	} {
		got, err := detect(row.file)
		if err != nil || got.name != row.want {
			t.Errorf("%+v: got %s, %v, want %s", row.file, got.name, err, row.want)
		}
	}
}
