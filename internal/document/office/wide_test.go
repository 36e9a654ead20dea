package office

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading/readingtest"
)

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
	for name, f := range map[string]reading.File{
		"docx": {Data: word},
		"pptx": {Data: slidesOf(t, slide)},
		"odt":  {Data: writer("text", "text")},
		"ods":  {Data: writer("spreadsheet", "spreadsheet")},
		"rtf":  {Data: []byte(`{\rtf1 \trowd\intbl ` + strings.Repeat(`h\cell`, columns) + `\row` + strings.Repeat(`\trowd\intbl x\cell\row`, rows) + `}`)},
	} {
		readingtest.Affordable(t, name, f, body)
	}
}
