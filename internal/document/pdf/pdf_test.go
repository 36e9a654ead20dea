package pdf

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

func TestPDFText(t *testing.T) {
	t.Parallel()
	left := textAt(50, 700, 10, "The left column has lines that", "fill it from edge to edge, and", "goes on for some time with docu-", "mentation of the well-known", "facts of the matter until it is", "at its end here.")
	right := textAt(300, 700, 10, "The right column begins beside", "it, and is read after it, though", "its lines stand at the heights", "of the other column's. Facts are", "well known, and so is the end", "of this column of text.")
	for name, row := range map[string]struct {
		data []byte
		want string
	}{
		"columns between a title and a line that spans them": {
			pageOf(right + textAt(50, 760, 18, "A title over both of the columns here") + left + textAt(50, 500, 10, "A last line that spans the page from its left edge nearly to its right, below the columns.")),
			"### A title over both of the columns here\n\n" +
				"The left column has lines that fill it from edge to edge, and goes on for some time with documentation of the well-known facts of the matter until it is at its end here.\n\n" +
				"The right column begins beside it, and is read after it, though its lines stand at the heights of the other column's. Facts are well known, and so is the end of this column of text.\n\n" +
				"A last line that spans the page from its left edge nearly to its right, below the columns.",
		},
		"a table": {
			pageOf(textAt(50, 700, 10, "Name", "Rent", "Wages") + textAt(200, 700, 10, "Amount", "1,200.00", "900.00")),
			"Name | Amount\nRent | 1,200.00\nWages | 900.00",
		},
		"a table with an empty cell": {
			pageOf(textAt(50, 700, 10, "Item", "Widget", "Gadget") + textAt(100, 700, 10, "Qty", "1") + textAt(120, 700, 10, "Price", "20", "30") + textAt(147, 700, 10, "Total", "20", "90")),
			"Item | Qty | Price | Total\nWidget | 1 | 20 | 20\nGadget | | 30 | 90",
		},
		"a line across a table": {
			pageOf(textAt(50, 700, 10, "Name", "Rent", "All in thousands of euros", "Wages", "Heat") + textAt(100, 700, 10, "Sum", "12") + textAt(100, 664, 10, "34", "56")),
			"Name | Sum\nRent | 12\n\nAll in thousands of euros\n\nWages | 34\nHeat | 56",
		},
		"a head at the left, numbers at the right": {
			pageOf(textAt(50, 700, 10, "Name", "Rent", "Wages") + textAt(100, 700, 10, "Sum") + textAt(150, 700, 10, "Tax") + textAt(136, 688, 10, "12", "34") + textAt(186, 688, 10, "56", "78")),
			"Name | Sum | Tax\nRent | 12 | 56\nWages | 34 | 78",
		},
		"raised": {
			pageOf("BT /F1 12 Tf 50 700 Td (10) Tj /F1 7 Tf 5 Ts (6) Tj /F1 12 Tf 0 Ts ( people, m) Tj /F1 7 Tf 6 Ts (\x9612) Tj /F1 12 Tf 0 Ts (, the 1) Tj /F1 7 Tf 5 Ts (st) Tj /F1 12 Tf 0 Ts (, CO) Tj /F1 7 Tf -5 Ts (2) Tj ET"),
			"10^6 people, m^(–12), the 1st, CO2",
		},
		"a large initial":   {pageOf("BT /F1 26 Tf 50 686 Td (T) Tj /F1 12 Tf 18 14 Td (he first line stands beside it, and) Tj 0 -14 Td (the second does, too.) Tj ET"), "he first line stands beside it, and T the second does, too."},
		"hyphens":           {pageOf(textAt(50, 700, 10, "This is a thing that is called state-", "of-the-art by those who have it.")), "This is a thing that is called state-of-the-art by those who have it."},
		"kerning and gaps":  {pageOf(`BT /F1 10 Tf 50 700 Td [(Ker) 60 (ning) -300 (and) -250 (gaps)] TJ ET`), "Kerning and gaps"},
		"painted twice":     {pageOf(textAt(50, 700, 10, "Shadow") + "BT /F1 10 Tf 50.4 700 Td (Shadow) Tj ET"), "Shadow"},
		"lists":             {pageOf(textAt(50, 700, 10, "\x95 one", "\x95 two")), "- one\n- two"},
		"escapes":           {pageOf(`BT /F1 10 Tf 50 700 Td (a\(b\)\\ \344\` + "\n" + `x) Tj <5a> Tj ET`), `a(b)\ äxZ`},
		"actual text":       {pageOf(`/Span << /ActualText <feff00480069> >> BDC BT /F1 10 Tf 50 700 Td (xyz) Tj ET EMC`), "Hi"},
		"turned page":       {bytesReplace(pageOf("BT /F1 10 Tf 0 1 -1 0 50 700 Tm (upright) Tj 0 1 -1 0 62 700 Tm (second) Tj ET"), "/Parent", "/Rotate 90 /Parent"), "upright second"},
		"a form":            {pageOf("/X Do", streamOf("/Subtype /Form /Resources << /Font << /F1 5 0 R >> >>", textAt(50, 700, 10, "In a form"))), "In a form"},
		"an inline image":   {pageOf("BI /W 2 /H 1 ID \x01 EI\x02\x03 EI Q " + textAt(50, 700, 10, "After it")), "After it"},
		"glyph names":       {pageOf("BT /F2 10 Tf 50 700 Td (AB CDE) Tj ET", "<< /Type /Font /Subtype /Type1 /BaseFont /X /Encoding << /Differences [65 /Aogonek /f_i 67 /uni0416 /afii10017 /alpha.sc] >> >>"), "Ąfi ЖАα"},
		"codes of two byte": {pageOf("BT /F2 10 Tf 50 700 Td <000100020005> Tj ET", "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 7 0 R >>", streamOf("", "1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0001> <0003> <0041> endbfrange 1 beginbfchar <0005> <d83dde00> endbfchar")), "AB😀"},
		"a character set":   {pageOf("BT /F2 10 Tf 50 700 Td <93fa967b> Tj ET", "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /90ms-RKSJ-H >>"), "日本"},
		"leftward":          {pageOf("BT /F2 10 Tf 50 700 Td <0001000200030004> Tj ET", "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /UniJIS-UTF16-H /ToUnicode 7 0 R >>", streamOf("", "1 beginbfchar <0001> <05dd> <0002> <05d5> <0003> <05dc> <0004> <05e9> endbfchar")), "שלום"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := "## Page 1\n\n" + row.want
			if diff := cmp.Diff(want, body(t, reading.File{Data: row.data}).Body); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func bytesReplace(data []byte, old, with string) []byte {
	return []byte(strings.Replace(string(data), old, with, 1))
}

// Files whose table of objects is damaged, missing or a stream read like whole ones.
func TestPDFStructure(t *testing.T) {
	t.Parallel()
	whole := pageOf(textAt(50, 700, 10, "Found"))
	packed := "%PDF-1.7\n4 0 obj\n" + streamOf("/Type /ObjStm /N 3 /First 14 /Filter /FlateDecode", deflated("1 0 2 40 3 80 \n<< /Type /Catalog /Pages 2 0 R >>       \n<< /Kids [3 0 R] >>                    \n<< /Type /Page /Contents 5 0 R /Resources << /Font << /F1 6 0 R >> >> >>")) +
		"\nendobj\n5 0 obj\n" + streamOf("/Filter [/ASCIIHexDecode]", "4254202f46312031302054662035302037303020546420 28466f756e642920546a204554>") +
		"\nendobj\n6 0 obj\n" + helvetica + "\nendobj\n"
	for name, data := range map[string][]byte{
		"whole":                 whole,
		"no table":              whole[:len(whole)-60],
		"junk before":           append([]byte("HTTP junk\n"), whole...),
		"offsets off":           bytesReplace(whole, "%PDF-1.7\n", "%PDF-1.7\n%a comment that moves all\n"),
		"one offset off":        bytesReplace(whole, fmt.Sprintf("%010d 00000 n \ntrailer", strings.Index(string(whole), "5 0 obj")), "0000000011 00000 n \ntrailer"),
		"no startxref":          bytesReplace(whole, "startxref", "startnone"),
		"length wrong":          bytesReplace(whole, "/Length 4", "/Length 9"),
		"page tree broken":      bytesReplace(whole, "/Kids [3 0 R]", "/Kids [9 0 R]"),
		"object streams, alone": []byte(packed),
	} {
		got := body(t, reading.File{Data: data})
		if want := "## Page 1\n\nFound"; got.Body != want || got.Sections != 1 || got.SectionName != "pages" {
			t.Errorf("%s: got %q, %d %s", name, got.Body, got.Sections, got.SectionName)
		}
	}
}

func TestPDFWithoutText(t *testing.T) {
	t.Parallel()
	locked := bytesReplace(pageOf(textAt(50, 700, 10, "secret")), "trailer\n<<", "trailer\n<< /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O (owner) /U (user) >> /ID [(a) (a)]")
	for name, row := range map[string]struct {
		data []byte
		kind reading.Kind
		want string
	}{
		"scan":        {pageOf("/X Do", streamOf("/Subtype /Image /Width 1 /Height 1", "x")), reading.Unsupported, "no text layer: its 1 page hold images only"},
		"empty":       {pageOf(""), reading.Unsupported, "its pages are empty"},
		"no mapping":  {pageOf("BT /F2 10 Tf <00010002> Tj ET", "<< /Subtype /Type0 /Encoding /Identity-H >>"), reading.Unsupported, "do not say which letters"},
		"locked":      {locked, reading.Encrypted, "it opens with a password alone"},
		"certificate": {bytesReplace(locked, "/Filter /Standard", "/Filter /Adobe.PubSec"), reading.Encrypted, "by certificate or rights management"},
		"nothing":     {[]byte("%PDF-1.7\nnothing"), reading.Broken, "no page tree was found"},
	} {
		_, err := extract(t.Context(), reading.File{Data: row.data}, reading.DefaultLimits())
		var refusal *reading.Error
		if !errors.As(err, &refusal) || refusal.Kind != row.kind || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// What runs in circles or expands without end is bounded by the work that it causes, not by time.
func TestHostilePDF(t *testing.T) {
	t.Parallel()
	circle := pdfOf("<< /Pages 2 0 R >>", "<< /Kids [2 0 R 3 0 R 2 0 R] /Count 9999999 >>", "<< /Kids [2 0 R 4 0 R 4 0 R] /Parent 2 0 R >>",
		"<< /Type /Page /Contents 5 0 R /Resources << /XObject << /X 5 0 R >> /Font << /F1 6 0 R >> >> >>",
		streamOf("/Subtype /Form", textAt(50, 700, 10, "once")+"/X Do /X Do /X Do"), helvetica)
	bomb := deflated(strings.Repeat(" ", 40<<20))
	pages := []string{"<< /Pages 2 0 R >>", "<< /Kids [" + strings.Repeat("3 0 R ", 1000) + "] >>", "<< /Kids [4 0 R] >>"}
	many := pdfOf(append(pages, "<< /Type /Page /Contents [5 0 R 5 0 R 5 0 R] >>", streamOf("/Filter /FlateDecode", bomb))...)
	for name, data := range map[string][]byte{
		"circle": circle, "bombs": many,
		"own length":  bytesReplace(pageOf("x"), "/Length 1 ", "/Length 4 0 R "),
		"deep":        pageOf(strings.Repeat("[", 1<<20) + textAt(0, 0, 10, "x")),
		"forms":       pageOf(strings.Repeat("/X Do ", 1000), streamOf("/Subtype /Form /Resources << /XObject << /X 6 0 R >> >>", strings.Repeat("/X Do ", 1000))),
		"xref circle": []byte("%PDF-1.7\nxref\n0 0\ntrailer\n<< /Prev 9 /Root 1 0 R >>\nstartxref\n9\n"),
		"saved":       pageOf(strings.Repeat("q BT /F1 1e300 Tf 1e300 0 0 1e300 0 0 Tm (x) Tj ", 1<<16)),
	} {
		l := reading.DefaultLimits()
		l.Expanded = 8 << 20
		text, err := extract(t.Context(), reading.File{Data: data}, l)
		if err == nil && len(text.Body) > 1000 {
			t.Errorf("%s: got %d bytes", name, len(text.Body))
		}
	}
}

func TestPDFStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Read(ctx, reading.File{Data: pageOf(strings.Repeat(textAt(0, 0, 10, "x"), 10_000))}, reading.DefaultLimits())
	var refusal *reading.Error
	if !errors.As(err, &refusal) || refusal.Kind != reading.Stopped || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPDFFilters(t *testing.T) {
	t.Parallel()
	// The example of ISO 32000-1, 7.4.4.2.
	lzw := "\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01"
	if got, want := string(decodeLZW([]byte(lzw), true)), "-----A---B"; got != want {
		t.Errorf("LZW: got %q, want %q", got, want)
	}
	if got, want := string(decodeASCII85([]byte("87cURD]i,\"Ebo80~>"))), "Hello World!"; got != want {
		t.Errorf("ASCII85: got %q, want %q", got, want)
	}
	if got, want := string(decodeRunLength([]byte("\x02abc\xfed\x80x"))), "abcddd"; got != want {
		t.Errorf("run length: got %q, want %q", got, want)
	}
	if got, want := unpredictPNG([]byte{2, 1, 2, 2, 1, 1, 1, 5, 5}, 2, 1), []byte{1, 2, 2, 3, 5, 10}; !cmp.Equal(got, want) {
		t.Errorf("predictor: got %v, want %v", got, want)
	}
}

// The PDFs of the embedded tenant read well: headings, whole paragraphs, lists.
func TestCompanyPDF(t *testing.T) {
	t.Parallel()
	read := 0
	for _, items := range company.New(time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)).Items {
		for _, item := range items {
			if !strings.HasPrefix(string(item.Content), "%PDF-") {
				continue
			}
			read++
			got := body(t, reading.File{Data: item.Content})
			if !strings.HasPrefix(got.Body, "## Page 1\n\n### ") || len(got.Notes) > 0 {
				t.Errorf("%v: %.200q, %v", item.Entity["name"], got.Body, got.Notes)
			}
			if strings.HasPrefix(item.Entity["name"].(string), "Halcyon pressure test") && !strings.Contains(got.Body, "Housing | Pressure at start | ") {
				t.Errorf("the table's cells run together: %q", got.Body)
			}
		}
	}
	if read == 0 {
		t.Error("the embedded tenant has no PDF")
	}
}
