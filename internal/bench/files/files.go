// Package files makes documents of each kind that read_document reads, of the size that people's are, to measure how
// fast the text is taken out of them. They are invented, and the same in every run.
package files

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
)

// A File is one document.
type File struct {
	Name        string // the extension tells the kind
	ContentType string
	Data        []byte
	Plain       int    // bytes once unpacked, which is what a reader has to go through
	Parts       int    // pages, slides or rows; 0 where there are none
	PartName    string // what Parts counts
}

// Kind is the name's extension.
func (f File) Kind() string { return f.Name[strings.LastIndexByte(f.Name, '.')+1:] }

// All returns a document of each kind.
func All() []File {
	return []File{document(), workbook(), slides(), portable(), web(), mail()}
}

// prose is a paragraph of n sentences, of which no two in a row are the same.
func prose(seed, n int) string {
	subjects := []string{"The survey", "Our buoy", "Every shipment", "Their calibration", "This invoice"}
	verbs := []string{"was moved to", "depends on", "arrived before", "explains", "needs"}
	objects := []string{"the second quarter", "a new supplier", "the pressure test", "your approval", "the office in Oslo", "the rest of the week", "Größe und Gewicht"}
	var b strings.Builder
	for i := range n {
		k := seed*31 + i*7
		fmt.Fprintf(&b, "%s %d %s %s. ", subjects[k%len(subjects)], k%997, verbs[(k/3)%len(verbs)], objects[(k/5)%len(objects)])
	}
	return strings.TrimSpace(b.String())
}

// A part is one file of an archive.
type part struct{ name, text string }

func archive(f File, parts ...part) File {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err == nil {
			_, err = w.Write([]byte(p.text))
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
		f.Plain += len(p.text)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	f.Data = b.Bytes()
	return f
}

const (
	xmlSpace      = "http://schemas.openxmlformats.org/"
	relationships = xmlSpace + "officeDocument/2006/relationships"
	openXML       = "application/vnd.openxmlformats-officedocument."
)

// office adds what every Office file has: main is the main part's name, kind its content type.
func office(f File, main, kind string, parts ...part) File {
	return archive(f, append([]part{
		{"[Content_Types].xml", `<Types xmlns="` + xmlSpace + `package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/` + main + `" ContentType="` + openXML + kind + `.main+xml"/></Types>`},
		{"_rels/.rels", links("officeDocument " + main)},
	}, parts...)...)
}

// links is a list of relationships, r1, r2 and so on: "kind target".
func links(lines ...string) string {
	var b strings.Builder
	b.WriteString(`<Relationships xmlns="` + xmlSpace + `package/2006/relationships">`)
	for i, line := range lines {
		kind, target, _ := strings.Cut(line, " ")
		fmt.Fprintf(&b, `<Relationship Id="r%d" Type="%s/%s" Target="%s"/>`, i+1, relationships, kind, target)
	}
	return b.String() + `</Relationships>`
}

// document is a report in Word: headings, paragraphs in several runs each, a table after every tenth.
func document() File {
	var b strings.Builder
	b.WriteString(`<w:document xmlns:w="` + xmlSpace + `wordprocessingml/2006/main"><w:body>`)
	for i := range 1500 {
		if i%25 == 0 {
			fmt.Fprintf(&b, `<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Chapter %d</w:t></w:r></w:p>`, i/25+1)
		}
		b.WriteString(`<w:p w:rsidR="00A77B3E"><w:pPr><w:spacing w:after="120"/></w:pPr>`)
		for run := range 4 {
			fmt.Fprintf(&b, `<w:r w:rsidRPr="00C01B2A"><w:rPr><w:rFonts w:ascii="Calibri"/><w:sz w:val="22"/></w:rPr><w:t xml:space="preserve">%s </w:t></w:r>`, prose(i+run, 2))
		}
		b.WriteString(`</w:p>`)
		if i%10 == 9 {
			b.WriteString(wordTable(i))
		}
	}
	b.WriteString(`</w:body></w:document>`)
	return office(File{Name: "report.docx", ContentType: openXML + "wordprocessingml.document"}, "word/document.xml", "wordprocessingml.document",
		part{"word/document.xml", b.String()}, part{"word/_rels/document.xml.rels", links()})
}

func wordTable(seed int) string {
	var b strings.Builder
	b.WriteString(`<w:tbl>`)
	for row := range 6 {
		b.WriteString(`<w:tr>`)
		for cell := range 5 {
			fmt.Fprintf(&b, `<w:tc><w:p><w:r><w:t>%d.%d</w:t></w:r></w:p></w:tc>`, seed+row, cell)
		}
		b.WriteString(`</w:tr>`)
	}
	return b.String() + `</w:tbl>`
}

// workbook is a list of 10,000 rows: shared strings, numbers and dates.
func workbook() File {
	const rows = 10_000
	const space = `xmlns="` + xmlSpace + `spreadsheetml/2006/main"`
	var cells, shared strings.Builder
	for i := range 400 {
		fmt.Fprintf(&shared, `<si><t>%s</t></si>`, prose(i, 1))
	}
	for i := 1; i <= rows; i++ {
		fmt.Fprintf(&cells, `<row r="%[1]d" spans="1:6"><c r="A%[1]d"><v>%[1]d</v></c><c r="B%[1]d" t="s"><v>%[2]d</v></c><c r="C%[1]d" s="1"><v>%[3]d</v></c>`+
			`<c r="D%[1]d"><v>%[4]d.25</v></c><c r="E%[1]d" t="b"><v>%[5]d</v></c><c r="F%[1]d" t="s"><v>%[6]d</v></c></row>`, i, i%400, 45_000+i%700, i*3, i%2, i*7%400)
	}
	return office(File{Name: "list.xlsx", ContentType: openXML + "spreadsheetml.sheet", Parts: rows, PartName: "rows"}, "xl/workbook.xml", "spreadsheetml.sheet",
		part{"xl/workbook.xml", `<workbook ` + space + ` xmlns:r="` + relationships + `"><sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>`},
		part{"xl/_rels/workbook.xml.rels", links("worksheet worksheets/sheet1.xml", "sharedStrings sharedStrings.xml", "styles styles.xml")},
		part{"xl/worksheets/sheet1.xml", `<worksheet ` + space + `><sheetData>` + cells.String() + `</sheetData></worksheet>`},
		part{"xl/sharedStrings.xml", `<sst ` + space + `>` + shared.String() + `</sst>`},
		part{"xl/styles.xml", `<styleSheet ` + space + `><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`})
}

// slides is a talk of 120 slides: a title and some points each.
func slides() File {
	const count = 120
	const spaces = `xmlns:p="` + xmlSpace + `presentationml/2006/main" xmlns:a="` + xmlSpace + `drawingml/2006/main" xmlns:r="` + relationships + `"`
	var parts []part
	var targets []string
	var list strings.Builder
	for i := 1; i <= count; i++ {
		name := fmt.Sprintf("slides/slide%d.xml", i)
		targets = append(targets, "slide "+name)
		fmt.Fprintf(&list, `<p:sldId id="%d" r:id="r%d"/>`, 255+i, i)
		var points strings.Builder
		for point := range 12 {
			fmt.Fprintf(&points, `<a:p><a:pPr lvl="%d"/><a:r><a:rPr lang="en-GB" dirty="0"/><a:t>%s</a:t></a:r></a:p>`, point%3, prose(i+point, 1))
		}
		parts = append(parts, part{"ppt/" + name, fmt.Sprintf(`<p:sld %s><p:cSld><p:spTree>`+
			`<p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>Subject %d</a:t></a:r></a:p></p:txBody></p:sp>`+
			`<p:sp><p:nvSpPr><p:nvPr><p:ph idx="1"/></p:nvPr></p:nvSpPr><p:txBody>%s</p:txBody></p:sp></p:spTree></p:cSld></p:sld>`, spaces, i, points.String())})
	}
	parts = append(parts,
		part{"ppt/presentation.xml", `<p:presentation ` + spaces + `><p:sldIdLst>` + list.String() + `</p:sldIdLst></p:presentation>`},
		part{"ppt/_rels/presentation.xml.rels", links(targets...)})
	return office(File{Name: "talk.pptx", ContentType: openXML + "presentationml.presentation", Parts: count, PartName: "slides"}, "ppt/presentation.xml", "presentationml.presentation", parts...)
}
