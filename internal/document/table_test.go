package document

import (
	"runtime"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	t.Parallel()
	wide := make([]string, 900)
	for i := range wide {
		wide[i] = "z"
	}
	for _, row := range []struct {
		name string
		rows [][]string
		want string
	}{
		{"short rows are filled up", [][]string{{"a"}, {"b", "c", " "}, nil}, "|a||\n|-|-|\n|b|c|\n|||"},
		{"cells are made to fit", [][]string{{"a|b", "c\r\nd\te"}}, "|a\\|b|c<br>d e|\n|-|-|"},
		{"nothing in it", [][]string{{"", " "}, {"\n"}}, ""},
		{"but not where bars are all there is", [][]string{wide, {"a"}, nil, nil, nil, {"", "b"}}, strings.Repeat("|z", 900) + "|\n" + strings.Repeat("|-", 900) + "|\n|a|\n||\n||\n||\n||b|"},
	} {
		if got := markdownTable(row.rows); got != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, row.want)
		}
		o := &output{max: 100}
		o.block("before")
		if o.table(row.rows); row.want != "" && !strings.HasPrefix("before\n\n"+row.want, o.String()) || o.len() > 100 || o.full != (len(row.want) > 92) {
			t.Errorf("%s: %d bytes, full %v:\n%s", row.name, o.len(), o.full, o.String())
		}
	}
}

// A few kilobytes of one wide row and many short ones are a table of gigabytes, if rows are filled up.
func TestWideTablesCostLittle(t *testing.T) {
	const columns, rows = 20_000, 20_000
	word := docxOf(t, `<w:tbl><w:tr>`+strings.Repeat(`<w:tc>`+para("", "h")+`</w:tc>`, columns)+`</w:tr>`+strings.Repeat(`<w:tr><w:tc>`+para("", "x")+`</w:tc></w:tr>`, rows)+`</w:tbl>`, nil)
	slide := `<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr>` + strings.Repeat(`<a:tc><a:txBody><a:p><a:r><a:t>h</a:t></a:r></a:p></a:txBody></a:tc>`, columns) + `</a:tr>` +
		strings.Repeat(`<a:tr><a:tc><a:txBody><a:p><a:r><a:t>x</a:t></a:r></a:p></a:txBody></a:tc></a:tr>`, rows) + `</a:tbl></a:graphicData></a:graphic></p:graphicFrame>`
	writer := func(kind, what string) []byte {
		return openDocument(t, kind, "", `<`+what+`><table name="T"><table-row><table-cell number-columns-repeated="16000"><p>h</p></table-cell></table-row>`+
			strings.Repeat(`<table-row><table-cell><p>x</p></table-cell></table-row>`, rows)+`</table></`+what+`>`)
	}
	for name, f := range map[string]File{
		"csv":  {Name: "a.csv", Data: []byte(strings.Repeat(",", columns) + "h\n" + strings.Repeat("x,y\n", 2*rows))},
		"docx": {Data: word},
		"pptx": {Data: slidesOf(t, slide)},
		"odt":  {Data: writer("text", "text")},
		"ods":  {Data: writer("spreadsheet", "spreadsheet")},
		"rtf":  {Data: []byte(`{\rtf1 \trowd\intbl ` + strings.Repeat(`h\cell`, columns) + `\row` + strings.Repeat(`\trowd\intbl x\cell\row`, rows) + `}`)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := body(t, f)
		runtime.ReadMemStats(&after)
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 400 {
			t.Errorf("%s: %d MiB were allocated", name, used)
		}
		if len(got.Body) > 1<<20 || !strings.HasSuffix(strings.SplitN(got.Body, "\n\nNotes:", 2)[0], "|") {
			t.Errorf("%s: %d bytes, which end in %q", name, len(got.Body), got.Body[max(0, len(got.Body)-40):])
		}
	}
}

// A bar that ends a cell is not taken along by a backslash before it.
func TestCellsThatEndInABackslash(t *testing.T) {
	t.Parallel()
	text, err := Extract(t.Context(), File{Name: "a.csv", Data: []byte("path,owner\nC:\\Temp\\,ada\n")})
	if err != nil || !strings.Contains(text.Body, `|C:\Temp\ |ada|`) {
		t.Errorf("%v: %s", err, text.Body)
	}
}
