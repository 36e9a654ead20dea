package document

import (
	"fmt"
	"strings"
	"testing"
)

// Styles 0 to 9: general, date, percent, own date and time, hours, euro, a quoted d, seconds with fractions, month.
const testFormats = `<numFmts><numFmt numFmtId="164" formatCode="dd\.mm\.yyyy\ hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/>` +
	`<numFmt numFmtId="166" formatCode="#,##0.00\ [$€-407]"/><numFmt numFmtId="167" formatCode="0&quot; days&quot;"/>` +
	`<numFmt numFmtId="168" formatCode="mm:ss.000"/><numFmt numFmtId="169" formatCode="[$-409]mmm\ "/></numFmts>` +
	`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="168"/><xf numFmtId="169"/><xf numFmtId="11"/></cellXfs>`

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
			got := body(t, File{Data: sheetOf(t, workbook, cell, "", testFormats)})
			if want := "## Data\n\nA1: " + want; got.Body != want {
				t.Errorf("%s in style %s %s: got %q, want %q", row.v, row.style, workbook, got.Body, want)
			}
		}
	}
}

func TestXlsxCells(t *testing.T) {
	t.Parallel()
	const shared = `<si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>ルビ</t></rPh></si><si><t>a_x000D_b_x0041_|_x</t></si>`
	for _, row := range []struct{ name, rows, want string }{
		{"kinds", `<row r="2"><c r="B2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c><c r="D2" t="b"><v>1</v></c><c r="E2" t="e"><v>#N/A</v></c><c r="F2" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c><c r="G2" t="str"><f>A1</f><v>text</v></c><c r="H2" t="d"><v>2024-02-29</v></c></row>`,
			"B2:H2\n\n|plain|rich|TRUE|#N/A|inline|text|2024-02-29|\n|-|-|-|-|-|-|-|"},
		{"escapes", `<row><c t="s"><v>2</v></c></row>`, `A1: abA\|_x`},
		{"without addresses", `<row><c><v>1</v></c><c/><c><v>3</v></c></row><row><c><v>4</v></c></row>`, "A1:C2\n\n|1||3|\n|-|-|-|\n|4|||"},
		{"a formula without a value", `<row><c><f>SUM(B1:B2)</f></c></row>`, "A1: =SUM(B1:B2)"},
		{"islands", `<row r="1"><c r="C1"><v>1</v></c><c r="D1"><v>2</v></c></row><row r="1000000"><c r="XFD1000000"><v>3</v></c></row>`, "C1:D1\n\n|1|2|\n|-|-|\n\nXFD1000000: 3"},
		{"far apart", `<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>`, "A1:XFD1\n\n- A1: 1\n- XFD1: 2"},
		{"wrong index", `<row><c t="s"><v>99</v></c><c t="s"><v>-1</v></c></row>`, "(empty)"},
		{"prefixes", `<x:row xmlns:x="y" r="1"><x:c r="A1"><x:v>7</x:v></x:c></x:row>`, "A1: 7"},
	} {
		got := body(t, File{Data: sheetOf(t, "", row.rows, shared, testFormats)})
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
	l := defaultLimits()
	l.cells = 2001
	got, err := extract(t.Context(), File{Data: data}, l)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Truncated || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "it was cut in row 1001 of 50000") {
		t.Errorf("truncated %v, notes %q", got.Truncated, got.Notes)
	}
	l = defaultLimits()
	l.text = 5000
	if got, err = extract(t.Context(), File{Data: data}, l); err != nil || !got.Truncated || len(got.Body) > l.text {
		t.Errorf("%v: %d bytes, truncated %v", err, len(got.Body), got.Truncated)
	}
}
