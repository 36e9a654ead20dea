package office

import (
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

func para(properties, text string) string {
	return `<w:p><w:pPr>` + properties + `</w:pPr><w:r><w:t xml:space="preserve">` + text + `</w:t></w:r></w:p>`
}

func run(properties, text string) string {
	return `<w:r><w:rPr>` + properties + `</w:rPr><w:t xml:space="preserve">` + text + `</w:t></w:r>`
}

func fieldOf(instruction, result string) string {
	return `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>` + instruction + `</w:instrText><w:t>unseen</w:t></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>` + result + `</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`
}

type docxRow struct{ name, body, want string }

// checkDocx reads each body, in a document that has styles, lists, notes and headers.
func checkDocx(t *testing.T, rows []docxRow) {
	t.Helper()
	const (
		styles = `<w:styles><w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>` +
			`<w:style w:type="paragraph" w:styleId="Mein"><w:name w:val="Mein Stil"/><w:basedOn w:val="berschrift1"/></w:style>` +
			`<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>` +
			`<w:style w:type="character" w:styleId="Up"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>` +
			`<w:style w:type="paragraph" w:styleId="Loop"><w:basedOn w:val="Loop"/></w:style></w:styles>`
		numbering = `<w:numbering><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1."/></w:lvl>` +
			`<w:lvl w:ilvl="1"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>` +
			`<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>` +
			`<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="1"><w:startOverride w:val="3"/><w:lvl w:ilvl="1"><w:start w:val="3"/><w:isLgl/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl></w:lvlOverride></w:num></w:numbering>`
	)
	parts := map[string]string{"styles.xml": styles, "numbering.xml": numbering,
		"charts/chart1.xml": chartPart,
		"header1.xml":       `<w:hdr>` + para("", "Contoso") + `</w:hdr>`,
		"header2.xml":       `<w:hdr>` + para("", "Contoso") + `</w:hdr>`,
		"footnotes.xml":     `<w:footnotes><w:footnote w:id="0" w:type="separator">` + para("", "---") + `</w:footnote><w:footnote w:id="5">` + para("", "Source: me") + `</w:footnote></w:footnotes>`}
	for _, row := range rows {
		got := body(t, reading.File{Name: "no-hint", Data: docxOf(t, row.body, parts)})
		want := row.want + "\n\nPage header: Contoso"
		if row.name == "footnote" {
			want += "\n\n[^1]: Source: me"
		}
		if got.Body != want || got.Format != "docx" {
			t.Errorf("%s: got %s\n%q\nwant\n%q", row.name, got.Format, got.Body, want)
		}
		if hidden := slices.ContainsFunc(got.Notes, func(n string) bool { return strings.Contains(n, "Hidden") }); hidden != (row.name == "hidden") {
			t.Errorf("%s: notes %q", row.name, got.Notes)
		}
	}
}

func TestDocx(t *testing.T) {
	t.Parallel()
	num := func(id, level string) string {
		return `<w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="` + id + `"/></w:numPr>`
	}
	checkDocx(t, []docxRow{
		{"localized heading", para(`<w:pStyle w:val="berschrift1"/>`, "Ziele"), "# Ziele"},
		{"style on a heading", para(`<w:pStyle w:val="Mein"/>`, "Ziele"), "# Ziele"},
		{"outline level of a style", para(`<w:pStyle w:val="Own"/>`, "Deep"), "### Deep"},
		{"outline level of a paragraph", para(`<w:outlineLvl w:val="1"/>`, "Direct"), "## Direct"},
		{"a style that is based on itself", para(`<w:pStyle w:val="Loop"/>`, "plain"), "plain"},
		{"looks like a heading", para("", "# no heading"), `\# no heading`},
		{"numbers", para(num("1", "0"), "a") + para(num("1", "1"), "b") + para(num("1", "1"), "c") + para(num("1", "0"), "d") + para(num("1", "1"), "e"),
			"I. a\n  I.3 b\n  I.4 c\nII. d\n  II.3 e"},
		{"a list that starts anew", para(num("1", "0"), "a") + para(num("2", "0"), "b"), "I. a\nVII. b"},
		{"its levels, too", para(num("1", "0"), "a") + para(num("1", "1"), "b") + para(num("2", "0"), "c") + para(num("2", "1"), "d") + para(num("1", "1"), "e"),
			"I. a\n  I.3 b\nVII. c\n  VII.3 d\n  I.4 e"},
		{"only a level starts anew; legal numbers", para(num("1", "0"), "a") + para(num("1", "0"), "b") + para(num("1", "1"), "c") + para(num("3", "1"), "d"),
			"I. a\nII. b\n  II.3 c\n  2.3 d"},
		{"number 0 is none", para(num("0", "0"), "a"), "a"},
		{"tracked changes", `<w:p><w:r><w:t>a </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>old place</w:t></w:r></w:moveFrom></w:p>`, "a new"},
		{"hidden", `<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>obey me</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>`, "seen"},
		{"breaks", `<w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:br w:type="page"/><w:lastRenderedPageBreak/><w:t>c</w:t><w:tab/><w:t>d</w:t><w:noBreakHyphen/><w:softHyphen/><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p>`, "a\nbc\td-☒"},
		{"content control", `<w:sdt><w:sdtContent>` + para("", "block") + `</w:sdtContent></w:sdt><w:p><w:sdt><w:sdtContent><w:r><w:t>inline</w:t></w:r></w:sdtContent></w:sdt></w:p>`, "block\n\ninline"},
		{"links", `<w:p><w:hyperlink r:id="r7"><w:r><w:t>site</w:t></w:r></w:hyperlink> <w:hyperlink r:id="r8"><w:r><w:t> click</w:t></w:r></w:hyperlink></w:p>`, "[site](https://contoso.com/a%28b%29) click"},
		{"text box once", `<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>` + para("", "boxed") + `</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>` + para("", "boxed") + `</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent><w:t>text</w:t></w:r></w:p>`, "text\n\nboxed"},
		{"mathematics", `<w:p><m:oMath><m:r><m:t>x=</m:t></m:r><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath></w:p>`, "x=(a+b)/2"},
		{"footnote", `<w:p><w:r><w:t>Fact</w:t></w:r><w:r><w:footnoteReference w:id="5"/></w:r></w:p>`, "Fact[^1]"},
		{"table", `<w:tbl><w:tr><w:tc>` + para("", "a|b") + `</w:tc><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>` + para("", "wide") + `</w:tc></w:tr>` +
			`<w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>` + para("", "tall") + `</w:tc><w:tc>` + para("", "1") + para("", "2") + `</w:tc><w:tc><w:tbl><w:tr><w:tc>` + para("", "in") + `</w:tc><w:tc>` + para("", "ner") + `</w:tc></w:tr></w:tbl></w:tc></w:tr>` +
			`<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr>` + para("", "covered") + `</w:tc><w:tc/><w:tc>` + para("", "z") + `</w:tc></w:tr><w:tr><w:trPr><w:del/></w:trPr><w:tc>` + para("", "deleted") + `</w:tc></w:tr></w:tbl>`,
			"|a\\|b|wide||\n|-|-|-|\n|tall|1<br>2|in / ner|\n|||z|"},
		{"frame", `<w:tbl><w:tr><w:tc>` + para(`<w:pStyle w:val="berschrift1"/>`, "In a frame") + `</w:tc></w:tr></w:tbl>`, "# In a frame"},
	})
}

func TestDocxRuns(t *testing.T) {
	t.Parallel()
	checkDocx(t, []docxRow{
		{"struck out", `<w:p><w:r><w:t>not </w:t></w:r><w:r><w:rPr><w:strike/></w:rPr><w:t>this</w:t></w:r><w:r><w:rPr><w:strike w:val="0"/></w:rPr><w:t> that</w:t></w:r></w:p>`, "not ~~this~~ that"},
		{"field", `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGEREF x</w:instrText><w:t>secret</w:t></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>12</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t> pages</w:t></w:r></w:p>`, "12 pages"},
		{"a field that never ends", `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>` + para("", "1") + para("", "2") + para("", "3") + para("", "4") + para("", "5"), "1\n\n2\n\n3\n\n4\n\n5"},
		{"a field that never ends, in a short text", `<w:p><w:r><w:t>a</w:t><w:fldChar w:fldCharType="begin"/><w:t>b</w:t></w:r></w:p>` + para("", "c"), "a\n\nb\n\nc"},
		{"an instruction that shows something", fieldOf(` IF `, "no") + para("", "after"), "no\n\nafter"},
		{"link as a field", fieldOf(` HYPERLINK "https://contoso.com/x y" \o "a tip" `, "site"), "[site](https://contoso.com/x%20y)"},
		{"link within the document", fieldOf(` HYPERLINK \l "_Toc1" `, "Chapter 1"), "Chapter 1"},
		{"link that is a script", fieldOf(` HYPERLINK "javascript:alert(1)" `, "click"), "click"},
		{"raised", `<w:p>` + run("", "10") + run(`<w:vertAlign w:val="superscript"/>`, "1") + run(`<w:vertAlign w:val="superscript"/>`, "2") + run("", " m") + run(`<w:vertAlign w:val="superscript"/>`, "2") +
			run("", ", CO") + run(`<w:vertAlign w:val="subscript"/>`, "2") + run("", ", the 1") + run(`<w:vertAlign w:val="superscript"/>`, "st ") + run("", "x") + run(`<w:rStyle w:val="Up"/>`, "n") + `</w:p>`, "10^(12) m^2, CO2, the 1st x^n"},
		{"a raised footnote sign", `<w:p>` + run("", "a") + `<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="9"/></w:r></w:p>`, "a"},
		{"struck in two runs", `<w:p>` + run(`<w:strike/>`, "not ") + run(`<w:strike/>`, "th") + run(`<w:strike/><w:vertAlign w:val="superscript"/>`, "2") + run("", " so") + `</w:p>`, "~~not th^2~~ so"},
		{"form fields", `<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/><w:listEntry w:val="blue"/></w:ddList></w:ffData></w:fldChar><w:instrText> FORMDROPDOWN </w:instrText><w:fldChar w:fldCharType="separate"/><w:fldChar w:fldCharType="end"/><w:t> </w:t></w:r>` +
			`<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData></w:fldChar><w:instrText>FORMCHECKBOX</w:instrText><w:fldChar w:fldCharType="end"/><w:t> yes </w:t></w:r>` +
			`<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/></w:checkBox></w:ffData></w:fldChar><w:instrText>FORMCHECKBOX</w:instrText><w:fldChar w:fldCharType="end"/><w:t> no</w:t></w:r></w:p>`, "blue ☒ yes ☐ no"},
		{"chart", `<w:p><w:r><w:t>See:</w:t><w:drawing><wp:inline xmlns:wp="wp"><a:graphic xmlns:a="a"><a:graphicData><c:chart xmlns:c="c" r:id="r9"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`, "See:\n\nChart: Growth\n\n||Sales|\n|-|-|\n|2023|1.5|"},
	})
}

func TestPptx(t *testing.T) {
	t.Parallel()
	shape := func(kind, paragraphs string) string {
		return `<p:sp><p:nvSpPr><p:nvPr>` + kind + `</p:nvPr></p:nvSpPr><p:txBody>` + paragraphs + `</p:txBody></p:sp>`
	}
	line := func(properties, text string) string {
		return `<a:p><a:pPr` + properties + `/><a:r><a:t>` + text + `</a:t></a:r></a:p>`
	}
	const counted = `<a:p><a:pPr><a:buAutoNum type="romanUcPeriod" startAt="3"/></a:pPr><a:r><a:t>10</a:t></a:r><a:r><a:rPr baseline="30000"/><a:t>6</a:t></a:r></a:p>` +
		`<a:p><a:pPr><a:buAutoNum type="alphaLcParenBoth"/></a:pPr><a:r><a:rPr strike="sngStrike" baseline="-25000"/><a:t>gone</a:t></a:r><a:r><a:rPr strike="noStrike"/><a:t> here</a:t></a:r></a:p>`
	first := shape(`<p:ph type="ctrTitle"/>`, line("", "Hello")) + shape(`<p:ph type="sldNum"/>`, line("", "1")) +
		shape(`<p:ph idx="1"/>`, line("", "one")+line(` lvl="1"`, "two")+counted) +
		`<p:grpSp><p:grpSp>` + shape("", line("", "deep")) + `</p:grpSp></p:grpSp>` +
		`<p:graphicFrame><a:graphic><a:graphicData><c:chart xmlns:c="c" r:id="r2"/></a:graphicData></a:graphic></p:graphicFrame>`
	second := `!` + `<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr><a:tc gridSpan="2"><a:txBody>` + line("", "wide") + `</a:txBody></a:tc><a:tc hMerge="1"><a:txBody>` + line("", "x") + `</a:txBody></a:tc></a:tr><a:tr><a:tc><a:txBody>` + line("", "a") + `</a:txBody></a:tc><a:tc><a:txBody>` + line("", "b") + `</a:txBody></a:tc></a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`
	got := body(t, reading.File{Data: slidesOf(t, first, second)})
	const remarks = "\n\nNotes: Speak slowly.\n\nComment: Too long\nReply: No"
	want := "## Slide 1: Hello\n\n- one\n  - two\nIII. 10^6\n(d) ~~gone~~ here\n\ndeep\n\nChart: Growth\n\n||Sales|\n|-|-|\n|2023|1.5|\n|2024|0.1|" + remarks +
		"\n\n## Slide 2 (hidden)\n\n|wide||\n|-|-|\n|a|b|" + remarks
	if got.Body != want {
		t.Errorf("got\n%s\nwant\n%s", got.Body, want)
	}
	if got.Sections != 2 || got.SectionName != "slides" || len(got.Notes) != 1 {
		t.Errorf("%d %s %q", got.Sections, got.SectionName, got.Notes)
	}
}

// A few bytes of OpenDocument can say that a row repeats a million times.
func TestOpenDocumentRepeats(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", 100_000)
	data := zipped(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet",
		"content.xml": `<document-content><body><spreadsheet><table name="T"><table-row number-rows-repeated="1048576"><table-cell number-columns-repeated="16384"><p>` + text + `</p></table-cell></table-row></table></spreadsheet></body></document-content>`})
	got := body(t, reading.File{Data: data})
	if !got.Truncated || len(got.Notes) != 1 || len(got.Body) > 100 {
		t.Errorf("truncated %v, %q, %d bytes", got.Truncated, got.Notes, len(got.Body))
	}
	data = zipped(t, map[string]string{"mimetype": "x", "META-INF/manifest.xml": `<manifest><file-entry><encryption-data/></file-entry></manifest>`, "content.xml": "\x01\x02secret"})
	if _, err := extract(t.Context(), reading.File{Data: data}, reading.DefaultLimits()); err == nil || err.Error() != "the OpenDocument file is encrypted: it has a password" {
		t.Errorf("got %v", err)
	}
}

// A diagram's words stand in a part of their own, which is read once for all its pictures.
func TestDocxDiagram(t *testing.T) {
	t.Parallel()
	drawing := `<w:p><w:r><w:drawing><graphicData><relIds r:dm="r1"/></graphicData></w:drawing></w:r></w:p>`
	parts := map[string]string{"_rels/document.xml.rels": rels("diagramData data1.xml"),
		"data1.xml": `<dataModel><ptLst><pt><t><a:p xmlns:a="a"><a:r><a:t>Plan</a:t></a:r></a:p></t></pt><pt type="pres"><t/></pt></ptLst></dataModel>`}
	got := body(t, reading.File{Data: docxOf(t, drawing+drawing, parts)})
	if want := "- Plan\n\n- Plan"; got.Body != want || len(got.Notes) != 0 {
		t.Errorf("got %q, %q", got.Body, got.Notes)
	}
	parts["data1.xml"] = `<dataModel><ptLst>`
	got = body(t, reading.File{Data: docxOf(t, drawing+para("", "text"), parts)})
	if got.Body != "text" || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "A chart or diagram could not be read") {
		t.Errorf("broken: got %q, %q", got.Body, got.Notes)
	}
}
