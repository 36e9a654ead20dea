package office

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// Styles 0 to 9: general, date, percent, own date and time, hours, euro, a quoted d, seconds with fractions, month.
const testFormats = `<numFmts><numFmt numFmtId="164" formatCode="dd\.mm\.yyyy\ hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/>` +
	`<numFmt numFmtId="166" formatCode="#,##0.00\ [$€-407]"/><numFmt numFmtId="167" formatCode="0&quot; days&quot;"/>` +
	`<numFmt numFmtId="168" formatCode="mm:ss.000"/><numFmt numFmtId="169" formatCode="[$-409]mmm\ "/></numFmts>` +
	`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="168"/><xf numFmtId="169"/><xf numFmtId="11"/><xf numFmtId="0" fontId="1"/></cellXfs><fonts><font/><font><strike/></font></fonts>`

func TestXlsxValues(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ style, v, want, want1904 string }{
		{"0", "9007199254740993", "9007199254740993", ""},
		{"0", "12345678901234567890123", "12345678901234567890123", ""},
		{"0", "0.10000000000000001", "0.1", ""},
		{"0", "0.30000000000000004", "0.30000000000000004", ""},
		{"0", "3.1415926535897932384626", "3.1415926535897932384626", ""},
		{"0", "1.0000000000000001E-5", "0.00001", ""},
		{"9", "1E+100", "1E+100", ""},
		{"0", "-0.5", "-0.5", ""},
		{"1", "45351", "2024-02-29", "2028-03-01"},
		{"1", "1", "1900-01-01", "1904-01-02"},
		{"1", "59", "1900-02-28", "1904-02-29"},
		{"1", "60", "1900-02-29", "1904-03-01"},
		{"1", "61", "1900-03-01", "1904-03-02"},
		{"1", "0", "0", "1904-01-01"},
		{"1", "45351.5", "2024-02-29 12:00", "2028-03-01 12:00"},
		{"1", "-5", "-5", "-5"},
		{"1", "99999999", "99999999", "99999999"},
		{"2", "0.125", "12.5%", ""},
		{"2", "1", "100%", ""},
		{"2", "-0.005", "-0.5%", ""},
		{"2", "0.070000000000000007", "7%", ""},
		{"2", "1E-3", "0.1%", ""},
		{"3", "45352.572916666664", "2024-03-01 13:45", "2028-03-02 13:45"},
		{"3", "45352.999999999", "2024-03-02 00:00", "2028-03-03 00:00"},
		{"4", "1.1458333333333333", "27:30:00", "27:30:00"},
		{"4", "-0.5", "-12:00:00", "-12:00:00"},
		{"5", "1234.5", "1234.5 €", ""},
		{"6", "3", "3", ""},
		{"7", "2.3148148148148147E-5", "00:00:02", "00:00:02"},
		{"8", "45351", "2024-02-29", "2028-03-01"},
		{"77", "5", "5", ""},
	} {
		cell := fmt.Sprintf(`<row r="1"><c r="A1" s="%s"><v>%s</v></c></row>`, row.style, row.v)
		for workbook, want := range map[string]string{"": row.want, `<workbookPr date1904="1"/>`: row.want1904} {
			if want == "" {
				want = row.want
			}
			got := body(t, reading.File{Data: sheetOf(t, workbook, cell, "", testFormats)})
			if want := "## Data\n\nA1: " + want; got.Body != want {
				t.Errorf("%s in style %s %s: got %q, want %q", row.v, row.style, workbook, got.Body, want)
			}
		}
	}
}

func TestXlsxCells(t *testing.T) {
	t.Parallel()
	const shared = `<si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>ルビ</t></rPh></si><si><t>a_x000D_b_x0041_|_x</t></si>` +
		`<si><r><t>10</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>1</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>2</t></r><r><t> m</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>2</t></r></si>`
	for _, row := range []struct{ name, rows, want string }{
		{"kinds", `<row r="2"><c r="B2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c><c r="D2" t="b"><v>1</v></c><c r="E2" t="e"><v>#N/A</v></c><c r="F2" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c><c r="G2" t="str"><f>A1</f><v>text</v></c><c r="H2" t="d"><v>2024-02-29</v></c></row>`,
			"B2:H2\n\n|plain|rich|TRUE|#N/A|inline|text|2024-02-29|\n|-|-|-|-|-|-|-|"},
		{"escapes", `<row><c t="s"><v>2</v></c></row>`, `A1: abA\|_x`},
		{"without addresses", `<row><c><v>1</v></c><c/><c><v>3</v></c></row><row><c><v>4</v></c></row>`, "A1:C2\n\n|1||3|\n|-|-|-|\n|4|||"},
		{"a formula without a value", `<row><c><f>SUM(B1:B2)</f></c></row>`, "A1: =SUM(B1:B2)"},
		{"islands", `<row r="1"><c r="C1"><v>1</v></c><c r="D1"><v>2</v></c></row><row r="1000000"><c r="XFD1000000"><v>3</v></c></row>`, "C1:D1\n\n|1|2|\n|-|-|\n\nXFD1000000: 3"},
		{"raised and struck", `<row><c t="s"><v>3</v></c><c s="10"><v>5</v></c><c t="inlineStr"><is><r><rPr><strike/></rPr><t>old</t></r><r><t> new</t></r></is></c></row>`, "A1:C1\n\n|10^(12) m^2|~~5~~|~~old~~ new|\n|-|-|-|"},
		{"far apart", `<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>`, "A1:XFD1\n\n- A1: 1\n- XFD1: 2"},
		{"wrong index", `<row><c t="s"><v>99</v></c><c t="s"><v>-1</v></c></row>`, "(empty)"},
		{"prefixes", `<x:row xmlns:x="y" r="1"><x:c r="A1"><x:v>7</x:v></x:c></x:row>`, "A1: 7"},
	} {
		got := body(t, reading.File{Data: sheetOf(t, "", row.rows, shared, testFormats)})
		if want := "## Data\n\n" + row.want; got.Body != want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got.Body, want)
		}
	}
}

// A long sheet is cut, says where, and leaves room for those behind it.
func TestLongSheetIsCut(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	rows.WriteString(`</sheetData><dimension ref="A1:B50000"/><sheetData>`)
	for i := range 50_000 {
		fmt.Fprintf(&rows, `<row r="%d"><c><v>%d</v></c><c><v>1</v></c></row>`, i+1, i)
	}
	data := sheetOf(t, "", rows.String(), "", "")
	l := reading.DefaultLimits()
	l.Cells = 2001
	got, err := extract(t.Context(), reading.File{Data: data}, l)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Truncated || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "it was cut in row 1001 of 50000") {
		t.Errorf("truncated %v, notes %q", got.Truncated, got.Notes)
	}
	l = reading.DefaultLimits()
	l.Text = 5000
	if got, err = extract(t.Context(), reading.File{Data: data}, l); err != nil || !got.Truncated || len(got.Body) > l.Text {
		t.Errorf("%v: %d bytes, truncated %v", err, len(got.Body), got.Truncated)
	}
}

// A sheet, or the texts of all, that are too large cost what is beyond the bound, and not the other sheets.
func TestLargeSheetsLeaveTheOthers(t *testing.T) {
	t.Parallel()
	empty := strings.Repeat(`<row><c s="1"/><c s="1"/></row>`, 20_000)
	data := workbookOf(t, `<row><c t="s"><v>0</v></c><c><v>1</v></c></row>`+empty, `<row><c t="s"><v>1</v></c><c><v>2</v></c></row>`, strings.Repeat(`<si><t>text</t></si>`, 20_000))
	for name, set := range map[string]func(*reading.Limits){
		"elements": func(l *reading.Limits) { l.Elements = 60_000 },
		"bytes":    func(l *reading.Limits) { l.Expanded = 900_000 },
		"a part":   func(l *reading.Limits) { l.Entry = 500_000 },
	} {
		l := reading.DefaultLimits()
		set(l)
		got, err := extract(t.Context(), reading.File{Data: data}, l)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := "## A\n\nA1:B1\n\n|text|1|\n|-|-|\n\n(cut here, in row "; !strings.HasPrefix(got.Body, want) || !strings.HasSuffix(got.Body, "\n\n## B\n\nA1:B1\n\n|text|2|\n|-|-|") || !got.Truncated {
			t.Errorf("%s: truncated %v, %q:\n%s", name, got.Truncated, got.Notes, got.Body)
		}
	}
	l := reading.DefaultLimits()
	l.Elements = 20_000
	got, err := extract(t.Context(), reading.File{Data: data}, l)
	if err != nil || !got.Truncated || !strings.Contains(strings.Join(got.Notes, " "), "more different texts than are read") {
		t.Errorf("shared texts: %v, %+v", err, got)
	}
}

// Texts are kept up to a bound, whatever their number: empty ones take room, too.
func TestSharedTextsAreBounded(t *testing.T) {
	t.Parallel()
	const count = maxShared/sharedCost + 1
	cells := fmt.Sprintf(`<row><c t="s"><v>0</v></c><c t="s"><v>%d</v></c></row>`, count-1)
	got := body(t, reading.File{Data: sheetOf(t, "", cells, `<si><t>a</t></si>`+strings.Repeat(`<si/>`, count-1), "")})
	if want := "## Data\n\nA1:B1\n\n|a|…|\n|-|-|"; got.Body != want || !got.Truncated {
		t.Errorf("truncated %v: %q", got.Truncated, got.Body)
	}
}

// workbookOf makes a workbook of two sheets.
func workbookOf(t testing.TB, first, second, shared string) []byte {
	t.Helper()
	sheet := func(rows string) string { return `<worksheet><sheetData>` + rows + `</sheetData></worksheet>` }
	return office(t, "xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="` + relationships + `"><sheets><sheet name="A" r:id="r1"/><sheet name="B" r:id="r2"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": rels("worksheet worksheets/sheet1.xml", "worksheet worksheets/sheet2.xml", "sharedStrings sharedStrings.xml"),
		"xl/worksheets/sheet1.xml":   sheet(first),
		"xl/worksheets/sheet2.xml":   sheet(second),
		"xl/sharedStrings.xml":       `<sst>` + shared + `</sst>`,
	})
}
