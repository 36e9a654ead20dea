package office

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
)

// zipped makes an archive of parts.
func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	relationships = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	wordSpaces    = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="` + relationships + `" ` +
		`xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"`
)

// office makes an Office file: main is the main part's name, kind its content type; parts are added to those that
// every such file has.
func office(t testing.TB, main, kind string, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/` + main + `" ContentType="` + kind + `"/></Types>`,
		"_rels/.rels":         rels("officeDocument " + main),
	}
	maps.Copy(all, parts)
	return zipped(t, all)
}

// rels makes a list of relationships, r1, r2…: "kind target", an external one where it has a scheme.
func rels(lines ...string) string {
	var b strings.Builder
	b.WriteString(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for i, line := range lines {
		kind, target, _ := strings.Cut(line, " ")
		mode := ""
		if strings.Contains(target, ":") {
			mode = ` TargetMode="External"`
		}
		b.WriteString(`<Relationship Id="r` + string(rune('1'+i)) + `" Type="` + relationships + `/` + kind + `" Target="` + target + `"` + mode + `/>`)
	}
	return b.String() + `</Relationships>`
}

// chartPart is a chart of one number.
const chartPart = `<c:chartSpace xmlns:c="c" xmlns:a="a"><c:chart><c:title><a:t>Growth</a:t></c:title><c:plotArea><c:ser><c:tx><c:pt idx="0"><c:v>Sales</c:v></c:pt></c:tx><c:cat><c:pt idx="0"><c:v>2023</c:v></c:pt></c:cat><c:val><c:pt idx="0"><c:v>1.5</c:v></c:pt></c:val></c:ser></c:plotArea></c:chart></c:chartSpace>`

// docxOf makes a Word document of its body, and further parts by their name in word/.
func docxOf(t testing.TB, body string, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"word/document.xml":            `<w:document ` + wordSpaces + `><w:body>` + body + `</w:body></w:document>`,
		"word/_rels/document.xml.rels": rels("styles styles.xml", "numbering numbering.xml", "footnotes footnotes.xml", "comments comments.xml", "header header1.xml", "header header2.xml", "hyperlink https://contoso.com/a(b)", "hyperlink javascript:alert(1)", "chart charts/chart1.xml"),
	}
	for name, xml := range parts {
		all["word/"+name] = strings.Replace(xml, ">", " "+wordSpaces+">", 1)
	}
	return office(t, "word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", all)
}

// sheetOf makes a workbook of one sheet: its rows, the shared strings, the styles.
func sheetOf(t testing.TB, workbook, rows, shared, styles string) []byte {
	t.Helper()
	const space = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	return office(t, "xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", map[string]string{
		"xl/workbook.xml":            `<workbook ` + space + ` xmlns:r="` + relationships + `">` + workbook + `<sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": rels("worksheet worksheets/sheet1.xml", "sharedStrings sharedStrings.xml", "styles styles.xml"),
		"xl/worksheets/sheet1.xml":   `<worksheet ` + space + `><sheetData>` + rows + `</sheetData></worksheet>`,
		"xl/sharedStrings.xml":       `<sst ` + space + `>` + shared + `</sst>`,
		"xl/styles.xml":              `<styleSheet ` + space + `>` + styles + `</styleSheet>`,
	})
}

// slidesOf makes a presentation; its slides stand in the file in the opposite order.
func slidesOf(t testing.TB, slides ...string) []byte {
	t.Helper()
	const spaces = `xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="` + relationships + `"`
	parts, targets, list := map[string]string{}, []string{}, ""
	for i, slide := range slides {
		number := string(rune('9' - i))
		targets = append(targets, "slide slides/slide"+number+".xml")
		list += `<p:sldId id="25` + number + `" r:id="r` + string(rune('1'+i)) + `"/>`
		show := ""
		if strings.HasPrefix(slide, "!") {
			show, slide = ` show="0"`, slide[1:]
		}
		parts["ppt/slides/slide"+number+".xml"] = `<p:sld ` + spaces + show + `><p:cSld><p:spTree>` + slide + `</p:spTree></p:cSld></p:sld>`
		parts["ppt/slides/_rels/slide"+number+".xml.rels"] = rels("notesSlide ../notesSlides/notes1.xml", "chart ../charts/chart1.xml", "comments ../comments/c1.xml")
	}
	parts["ppt/presentation.xml"] = `<p:presentation ` + spaces + `><p:sldIdLst>` + list + `</p:sldIdLst></p:presentation>`
	parts["ppt/_rels/presentation.xml.rels"] = rels(targets...)
	parts["ppt/notesSlides/notes1.xml"] = `<p:notes ` + spaces + `><p:cSld><p:spTree><p:sp><p:nvSpPr><p:nvPr><p:ph type="body"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>Speak slowly.</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:notes>`
	parts["ppt/charts/chart1.xml"] = `<c:chartSpace xmlns:c="c" xmlns:a="a"><c:chart><c:title><a:t>Growth</a:t></c:title><c:plotArea><c:ser><c:tx><c:pt idx="0"><c:v>Sales</c:v></c:pt></c:tx><c:cat><c:pt idx="0"><c:v>2023</c:v></c:pt><c:pt idx="1"><c:v>2024</c:v></c:pt></c:cat><c:val><c:pt idx="0"><c:v>1.5</c:v></c:pt><c:pt idx="1"><c:v>0.10000000000000001</c:v></c:pt></c:val></c:ser></c:plotArea></c:chart></c:chartSpace>`
	parts["ppt/comments/c1.xml"] = `<p:cmLst ` + spaces + `><p:cm><p:replyLst><p:reply><p:txBody><a:p><a:r><a:t>No</a:t></a:r></a:p></p:txBody></p:reply></p:replyLst><p:txBody><a:p><a:r><a:t>Too long</a:t></a:r></a:p></p:txBody></p:cm></p:cmLst>`
	return office(t, "ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml", parts)
}
