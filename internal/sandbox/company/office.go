package company

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// The Office files here hold the parts that the standard (ECMA-376, part 1) requires and no others.

const (
	xmlHeader      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	relationshipNS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageNS      = "http://schemas.openxmlformats.org/package/2006/"
	officeTypes    = "application/vnd.openxmlformats-officedocument."
	wordNS         = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
)

// press makes documents in the name of an author. It makes one at a time.
type press struct {
	author  string
	deflate *flate.Writer // these two for all files: each costs 600 KB
	zlib    *zlib.Writer
}

func newPress(author string) press {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(err) // only for a level that does not exist
	}
	return press{author: author, deflate: w, zlib: zlib.NewWriter(io.Discard)}
}

// partFile is one file of an Office package, without the XML declaration.
type partFile struct{ name, contentType, content string }

// officePackage zips the parts together with the content types and the relationships of the package.
func (p press) officePackage(title string, modified time.Time, parts []partFile) []byte {
	main := parts[0] // what the package is about comes first
	parts = append(parts, partFile{"docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml", coreProperties(title, p.author, modified)})
	var types strings.Builder
	types.WriteString(`<Types xmlns="` + packageNS + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`)
	for _, part := range parts {
		if part.contentType != "" {
			fmt.Fprintf(&types, `<Override PartName="/%s" ContentType="%s"/>`, part.name, part.contentType)
		}
	}
	types.WriteString(`</Types>`)
	rels := `<Relationships xmlns="` + packageNS + `relationships">` +
		`<Relationship Id="rId1" Type="` + relationshipNS + `/officeDocument" Target="` + main.name + `"/>` +
		`<Relationship Id="rId2" Type="` + packageNS + `relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`
	parts = append([]partFile{{"[Content_Types].xml", "", types.String()}, {"_rels/.rels", "", rels}}, parts...)
	return p.zipped(modified, parts)
}

func (p press) zipped(modified time.Time, parts []partFile) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		p.deflate.Reset(w)
		return p.deflate, nil
	})
	for _, part := range parts {
		method := zip.Store // for tiny parts compression costs more time than it saves bytes
		if len(part.content) > 2<<10 {
			method = zip.Deflate
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: method, Modified: modified})
		if err == nil {
			_, err = w.Write([]byte(xmlHeader + part.content))
		}
		if err != nil {
			panic(err) // writing to memory
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func coreProperties(title, author string, modified time.Time) string {
	at := stamp(modified)
	return `<cp:coreProperties xmlns:cp="` + packageNS + `metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<dc:title>` + xmlText(title) + `</dc:title><dc:creator>` + xmlText(author) + `</dc:creator>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">` + at + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + at + `</dcterms:modified></cp:coreProperties>`
}

// relationships writes a part's .rels file: pairs of type (its last word) and target, rId1 first.
func relationships(pairs ...string) string {
	var w strings.Builder
	w.WriteString(`<Relationships xmlns="` + packageNS + `relationships">`)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&w, `<Relationship Id="rId%d" Type="%s/%s" Target="%s"/>`, i/2+1, relationshipNS, pairs[i], pairs[i+1])
	}
	w.WriteString(`</Relationships>`)
	return w.String()
}

func xmlText(s string) string {
	var w strings.Builder
	_ = xml.EscapeText(&w, []byte(s)) // a strings.Builder takes everything
	return w.String()
}

// wordDocument is a docx with real headings, lists and tables.
func (p press) wordDocument(title string, modified time.Time, all []block) []byte {
	var body strings.Builder
	for _, x := range all {
		wordBlock(&body, x)
	}
	return p.officePackage(title, modified, []partFile{
		{"word/document.xml", officeTypes + "wordprocessingml.document.main+xml",
			`<w:document xmlns:w="` + wordNS + `"><w:body>` + body.String() + `<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1417" w:right="1417" w:bottom="1134" w:left="1417" w:header="708" w:footer="708" w:gutter="0"/></w:sectPr></w:body></w:document>`},
		{"word/styles.xml", officeTypes + "wordprocessingml.styles+xml", wordStyles()},
		{"word/numbering.xml", officeTypes + "wordprocessingml.numbering+xml",
			`<w:numbering xmlns:w="` + wordNS + `"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="720" w:hanging="360"/></w:pPr></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`},
		{"word/_rels/document.xml.rels", "", relationships("styles", "styles.xml", "numbering", "numbering.xml")},
	})
}

func wordBlock(w *strings.Builder, x block) {
	switch x.kind {
	case heading:
		wordParagraph(w, fmt.Sprintf(`<w:pPr><w:pStyle w:val="Heading%d"/></w:pPr>`, x.level), x.text)
	case paragraph:
		wordParagraph(w, "", x.text)
	case bullets:
		for _, item := range x.items {
			wordParagraph(w, `<w:pPr><w:pStyle w:val="ListParagraph"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>`, item)
		}
	case table:
		w.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>` + strings.Repeat(`<w:gridCol w:w="2200"/>`, len(x.rows[0])) + `</w:tblGrid>`)
		for _, row := range x.rows {
			w.WriteString(`<w:tr>`)
			for _, cell := range row {
				w.WriteString(`<w:tc><w:tcPr><w:tcW w:w="2200" w:type="dxa"/></w:tcPr>`)
				wordParagraph(w, "", cell)
				w.WriteString(`</w:tc>`)
			}
			w.WriteString(`</w:tr>`)
		}
		w.WriteString(`</w:tbl><w:p/>`)
	case pageBreak:
		w.WriteString(`<w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
	}
}

// wordParagraph splits the text into two runs, as Word does wherever somebody has edited.
func wordParagraph(w *strings.Builder, properties, text string) {
	w.WriteString(`<w:p>` + properties)
	cut := strings.IndexByte(text, ' ') + 1
	for _, run := range []string{text[:cut], text[cut:]} {
		if run != "" {
			w.WriteString(`<w:r><w:t xml:space="preserve">` + xmlText(run) + `</w:t></w:r>`)
		}
	}
	w.WriteString(`</w:p>`)
}

func wordStyles() string {
	var w strings.Builder
	w.WriteString(`<w:styles xmlns:w="` + wordNS + `"><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>`)
	for level := 1; level <= 3; level++ {
		fmt.Fprintf(&w, `<w:style w:type="paragraph" w:styleId="Heading%d"><w:name w:val="heading %d"/><w:basedOn w:val="Normal"/><w:pPr><w:outlineLvl w:val="%d"/></w:pPr><w:rPr><w:b/><w:sz w:val="%d"/></w:rPr></w:style>`, level, level, level-1, 38-6*level)
	}
	w.WriteString(`<w:style w:type="paragraph" w:styleId="ListParagraph"><w:name w:val="List Paragraph"/><w:basedOn w:val="Normal"/></w:style>` +
		`<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/></w:style></w:styles>`)
	return w.String()
}
