package document

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"
)

// compoundOf makes a compound file of nothing but a directory.
func compoundOf(names ...string) []byte {
	data := make([]byte, 512*3+512*len(names))
	copy(data, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	put := binary.LittleEndian.PutUint32
	binary.LittleEndian.PutUint16(data[30:], 9)
	put(data[48:], 1) // the directory's first sector
	put(data[68:], 0xffffffff)
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
		put(entry[68:], 0xffffffff)
		put(entry[72:], uint32(i+1)) // each is the right sibling of the one before
		put(entry[76:], 0xffffffff)
		if i == 0 {
			put(entry[72:], 0xffffffff)
			put(entry[76:], 1)
		}
	}
	return data
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		data []byte
		kind Kind
		want string
	}{
		{"encrypted", compoundOf("a", "b", "c", "d", "e", "EncryptionInfo", "EncryptedPackage"), Encrypted, "the Office file is encrypted: it is protected by a password, or rights-managed (a sensitivity label)"},
		{"doc", compoundOf("WordDocument"), Legacy, "a Word document of before 2007"},
		{"xls", compoundOf("Workbook"), Legacy, "an Excel workbook of before 2007"},
		{"ppt", compoundOf("PowerPoint Document"), Legacy, "a PowerPoint presentation of before 2007"},
		{"other", compoundOf("VisioDocument"), Legacy, "of a Microsoft program other than"},
		{"picture", []byte("\x89PNG\r\n\x1a\n"), Unsupported, "it is a PNG image"},
		{"binary", []byte("\x00\x01\x02\x03\xff\xfe\x00\x01\x07\x08\x05\x00"), Unsupported, "it is binary data"},
	} {
		_, err := Extract(t.Context(), File{Data: row.data})
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

func TestExtractStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Extract(ctx, File{Data: []byte("a")})
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Kind != Stopped || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
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
		if got := detect(row.file); got.name != row.want {
			t.Errorf("%+v: got %s, want %s", row.file, got.name, row.want)
		}
	}
}
