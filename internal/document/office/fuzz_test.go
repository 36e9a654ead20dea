package office

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

func FuzzDocx(f *testing.F) {
	f.Add(para(`<w:pStyle w:val="a"/><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>`, "text"), `<w:styles><w:style w:styleId="a"><w:name w:val="heading 1"/></w:style></w:styles>`,
		`<w:numbering><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="1"><w:numFmt w:val="lowerRoman"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`)
	f.Add(`<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="99"/><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:tbl/></w:tc></w:tr></w:tbl>`, "", "")
	f.Add(`<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:footnoteReference w:id="5"/></w:r><w:hyperlink r:id="r7"><w:r><w:t>x</w:t></w:r></w:hyperlink></w:p>`, "", "")
	f.Add(fieldOf(` HYPERLINK "https://x" `, "x")+`<w:p><w:r><w:rPr><w:strike/><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="a"/></w:ddList></w:ffData></w:fldChar><w:t>held</w:t></w:r></w:p>`, "",
		`<w:numbering><w:abstractNum w:abstractNumId="0"><w:lvl><w:isLgl/><w:lvlText w:val="%1"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/><w:lvlOverride><w:startOverride w:val="7"/></w:lvlOverride></w:num></w:numbering>`)
	f.Add(`<w:p><w:r><w:drawing><graphicData><chart r:id="r9"/></graphicData></w:drawing></w:r></w:p>`, "", "")
	f.Fuzz(func(t *testing.T, body, styles, numbering string) {
		sound(t, reading.File{Data: docxOf(t, body, map[string]string{"styles.xml": styles, "numbering.xml": numbering,
			"charts/chart1.xml": chartPart, "footnotes.xml": `<w:footnotes><w:footnote w:id="5">` + body + `</w:footnote></w:footnotes>`})})
	})
}

func FuzzXlsx(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c><f>A1</f></c></row>`, `<si><t>a</t></si>`, testFormats)
	f.Add(`<row r="9"><c r="XFD9" s="4"><v>-1e300</v></c><c t="inlineStr"><is><t>x_x0041_</t></is></c></row>`, "", testFormats)
	f.Add(`<row><c s="7"><v>1e5</v></c></row>`, "", `<numFmts><numFmt numFmtId="168" formatCode="[h"/></numFmts><cellXfs><xf numFmtId="168"/></cellXfs>`)
	f.Fuzz(func(t *testing.T, rows, shared, styles string) {
		sound(t, reading.File{Data: sheetOf(t, `<workbookPr date1904="0"/>`, rows, shared, styles)})
	})
}

func FuzzPptx(f *testing.F) {
	f.Add(`<p:sp><p:nvSpPr><p:nvPr><p:ph/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:pPr lvl="99"><a:buAutoNum startAt="7"/></a:pPr><a:r><a:t>x</a:t></a:r></a:p></p:txBody></p:sp>`)
	f.Add(`<p:sp><p:txBody><a:p><a:pPr><a:buAutoNum type="romanUcParenBoth"/></a:pPr><a:r><a:rPr baseline="30%" strike="dblStrike"/><a:t>x</a:t></a:r></a:p></p:txBody></p:sp>`)
	f.Add(`!<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr><a:tc/></a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`)
	f.Fuzz(func(t *testing.T, slide string) { sound(t, reading.File{Data: slidesOf(t, slide)}) })
}

// The container itself: zip files that nobody made right.
func FuzzContainer(f *testing.F) {
	f.Add(docxOf(f, para("", "text"), nil))
	f.Add(sheetOf(f, "", `<row><c><v>1</v></c></row>`, "", ""))
	f.Fuzz(func(t *testing.T, data []byte) {
		sound(t, reading.File{Data: data})
	})
}

func FuzzRTF(f *testing.F) {
	f.Add(`\ansicpg932{\fonttbl{\f1\fcharset128 x;}}{\stylesheet{\s1\sbasedon1 heading 1;}}\f1\s1\'93\'fa\par\u-10179?\u-8704?`)
	f.Add(`\trowd\intbl a\cell{\footnote b}\nestcell\nestrow\row{\field{\*\fldinst HYPERLINK "https://x"}{\fldrslt y}}\bin9 x`)
	f.Add("{\\super 2}{\\strike x\x0e\x11}{\\super\\chftn{\\footnote n}}\\striked1 y\\nosupersub\\par")
	f.Add(`{\listtext 1.\tab}\ilvl99 z\par}}}{{{\outlinelevel9`)
	f.Fuzz(func(t *testing.T, body string) { sound(t, reading.File{Data: []byte(`{\rtf1 ` + body)}) })
}

func FuzzOpenDocument(f *testing.F) {
	f.Add(`<text><h outline-level="2">a<note><note-body><p>n</p></note-body></note></h><list style-name="L"><list-item><p>i<s c="3"/></p><list/></list-item></list><p><a href="https://x">y</a></p></text>`)
	f.Add(`<text><p style-name="T">a<span style-name="T">2</span></p><list style-name="L" continue-numbering="true"><list-item start-value="-3"><p>x</p></list-item><list-header><p>y</p></list-header></list></text>`)
	f.Add(`<spreadsheet><table name="T"><table-row number-rows-repeated="99"><table-cell number-columns-repeated="9" value-type="percentage" value="0.5"/></table-row></table></spreadsheet>`)
	f.Add(`<presentation><page><frame class="title"><p>t</p></frame><notes><p>n</p></notes></page></presentation>`)
	f.Fuzz(func(t *testing.T, content string) {
		sound(t, reading.File{Data: zipped(t, map[string]string{"mimetype": "x", "content.xml": `<c><automatic-styles><list-style name="L"><list-level-style-number level="1" num-format="i" display-levels="2"/></list-style><style name="T"><text-properties text-position="super" text-line-through-style="solid"/></style></automatic-styles><body>` + content + `</body></c>`})})
	})
}
