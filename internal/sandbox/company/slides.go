package company

import (
	"fmt"
	"strings"
	"time"
)

const (
	slideNS    = "http://schemas.openxmlformats.org/presentationml/2006/main"
	drawingNS  = "http://schemas.openxmlformats.org/drawingml/2006/main"
	slideNames = ` xmlns:a="` + drawingNS + `" xmlns:r="` + relationshipNS + `" xmlns:p="` + slideNS + `"`
)

// slide has a title, points, and what the speaker says.
type slide struct {
	title  string
	points []string
	notes  string
}

// slidesOf makes a slide of each heading: its lists and paragraphs are the points, and a paragraph that
// begins with "Notes: " is what the speaker says.
func slidesOf(all []block) (slides []slide) {
	for _, x := range all {
		if x.kind == heading {
			slides = append(slides, slide{title: x.text})
			continue
		}
		if len(slides) == 0 {
			continue
		}
		last := &slides[len(slides)-1]
		if notes, found := strings.CutPrefix(x.text, "Notes: "); found {
			last.notes = notes
			continue
		}
		if x.kind == paragraph {
			last.points = append(last.points, x.text)
		}
		last.points = append(last.points, x.items...)
	}
	return slides
}

// presentation is a pptx with one master, one layout, and notes for every slide.
func (p press) presentation(title string, modified time.Time, slides []slide) []byte {
	const kind = officeTypes + "presentationml."
	main := partFile{name: "ppt/presentation.xml", contentType: kind + "presentation.main+xml"}
	relations := []string{"slideMaster", "slideMasters/slideMaster1.xml", "notesMaster", "notesMasters/notesMaster1.xml", "theme", "theme/theme1.xml"}
	var ids strings.Builder
	var parts []partFile
	for i, s := range slides {
		n := i + 1
		relations = append(relations, "slide", fmt.Sprintf("slides/slide%d.xml", n))
		fmt.Fprintf(&ids, `<p:sldId id="%d" r:id="rId%d"/>`, 256+i, len(relations)/2)
		parts = append(parts,
			partFile{fmt.Sprintf("ppt/slides/slide%d.xml", n), kind + "slide+xml", `<p:sld` + slideNames + `>` + shapes(shape(`type="title"`, s.title), shape(`type="body" idx="1"`, s.points...)) + `</p:sld>`},
			partFile{fmt.Sprintf("ppt/slides/_rels/slide%d.xml.rels", n), "", relationships("slideLayout", "../slideLayouts/slideLayout1.xml", "notesSlide", fmt.Sprintf("../notesSlides/notesSlide%d.xml", n))},
			partFile{fmt.Sprintf("ppt/notesSlides/notesSlide%d.xml", n), kind + "notesSlide+xml", `<p:notes` + slideNames + `>` + shapes(shape(`type="body" idx="1"`, s.notes)) + `</p:notes>`},
			partFile{fmt.Sprintf("ppt/notesSlides/_rels/notesSlide%d.xml.rels", n), "", relationships("slide", fmt.Sprintf("../slides/slide%d.xml", n), "notesMaster", "../notesMasters/notesMaster1.xml")},
		)
	}
	main.content = `<p:presentation` + slideNames + `><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:notesMasterIdLst><p:notesMasterId r:id="rId2"/></p:notesMasterIdLst>` +
		`<p:sldIdLst>` + ids.String() + `</p:sldIdLst><p:sldSz cx="12192000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>`
	parts = append([]partFile{main, {"ppt/_rels/presentation.xml.rels", "", relationships(relations...)}}, parts...)
	return p.officePackage(title, modified, append(parts, masters()...))
}

// masters are the parts that every presentation needs before it may have a slide.
func masters() []partFile {
	const kind = officeTypes + "presentationml."
	const colours = `<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>`
	return []partFile{
		{"ppt/slideMasters/slideMaster1.xml", kind + "slideMaster+xml", `<p:sldMaster` + slideNames + `>` + shapes() + colours + `<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>`},
		{"ppt/slideMasters/_rels/slideMaster1.xml.rels", "", relationships("slideLayout", "../slideLayouts/slideLayout1.xml", "theme", "../theme/theme1.xml")},
		{"ppt/slideLayouts/slideLayout1.xml", kind + "slideLayout+xml", `<p:sldLayout` + slideNames + ` type="obj">` + shapes(shape(`type="title"`, "Title"), shape(`type="body" idx="1"`, "Text")) + `</p:sldLayout>`},
		{"ppt/slideLayouts/_rels/slideLayout1.xml.rels", "", relationships("slideMaster", "../slideMasters/slideMaster1.xml")},
		{"ppt/notesMasters/notesMaster1.xml", kind + "notesMaster+xml", `<p:notesMaster` + slideNames + `>` + shapes() + colours + `</p:notesMaster>`},
		{"ppt/notesMasters/_rels/notesMaster1.xml.rels", "", relationships("theme", "../theme/theme2.xml")},
		{"ppt/theme/theme1.xml", officeTypes + "theme+xml", theme()},
		{"ppt/theme/theme2.xml", officeTypes + "theme+xml", theme()},
	}
}

func shapes(all ...string) string {
	var w strings.Builder
	w.WriteString(`<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>`)
	for i, s := range all {
		fmt.Fprintf(&w, `<p:sp><p:nvSpPr><p:cNvPr id="%d" name="Shape %d"/><p:cNvSpPr/>%s</p:sp>`, i+2, i+1, s)
	}
	w.WriteString(`</p:spTree></p:cSld>`)
	return w.String()
}

// shape is a placeholder with these attributes and a paragraph per text.
func shape(placeholder string, texts ...string) string {
	var w strings.Builder
	w.WriteString(`<p:nvPr><p:ph ` + placeholder + `/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:lstStyle/>`)
	for _, text := range texts {
		w.WriteString(`<a:p><a:r><a:rPr lang="en-GB"/><a:t>` + xmlText(text) + `</a:t></a:r></a:p>`)
	}
	if len(texts) == 0 {
		w.WriteString(`<a:p/>`)
	}
	w.WriteString(`</p:txBody>`)
	return w.String()
}

func theme() string {
	var colours strings.Builder
	for i, name := range strings.Fields("dk1 lt1 dk2 lt2 accent1 accent2 accent3 accent4 accent5 accent6 hlink folHlink") {
		rgb := strings.Fields("06222F FFFFFF 0B3C5D EAF2F6 1D7874 328CC1 D9B310 F4743B 6B7A8F 9DC183 0563C1 954F72")[i]
		colours.WriteString(`<a:` + name + `><a:srgbClr val="` + rgb + `"/></a:` + name + `>`)
	}
	const font = `<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>`
	fill := strings.Repeat(`<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>`, 3)
	line := strings.Repeat(`<a:ln><a:solidFill><a:schemeClr val="phClr"/></a:solidFill></a:ln>`, 3)
	effect := strings.Repeat(`<a:effectStyle><a:effectLst/></a:effectStyle>`, 3)
	return `<a:theme xmlns:a="` + drawingNS + `" name="Merisand"><a:themeElements><a:clrScheme name="Merisand">` + colours.String() + `</a:clrScheme>` +
		`<a:fontScheme name="Merisand"><a:majorFont>` + font + `</a:majorFont><a:minorFont>` + font + `</a:minorFont></a:fontScheme>` +
		`<a:fmtScheme name="Merisand"><a:fillStyleLst>` + fill + `</a:fillStyleLst><a:lnStyleLst>` + line + `</a:lnStyleLst><a:effectStyleLst>` + effect + `</a:effectStyleLst><a:bgFillStyleLst>` + fill + `</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>`
}
