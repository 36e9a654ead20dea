package company

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"time"
)

const (
	pageWidth, pageHeight = 595, 842 // A4 in points
	pageMargin            = 64
	pageLines             = 46
	lineChars             = 88
)

// pdfLine is a line of text in one size.
type pdfLine struct {
	text string
	size int
	bold bool
}

// pdfDocument typesets blocks in Helvetica (ISO 32000-1). Its letters are those of WinAnsiEncoding: any other
// becomes a question mark. Compressed or not, page streams occur both ways in the wild.
func (p press) pdfDocument(title string, modified time.Time, all []block, compressed bool) []byte {
	pages := paginate(all)
	w := &pdfWriter{}
	if compressed {
		w.deflate = p.zlib
	}
	w.out.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	kids := make([]string, len(pages))
	for i := range pages {
		kids[i] = fmt.Sprintf("%d 0 R", 6+2*i)
	}
	w.object("<< /Type /Catalog /Pages 2 0 R >>")
	w.object(fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(pages)))
	w.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	w.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>")
	w.object(fmt.Sprintf("<< /Title (%s) /Author (%s) /ModDate (D:%s) >>", pdfText(title), pdfText(p.author), modified.UTC().Format("20060102150405Z")))
	for i, lines := range pages {
		w.object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents %d 0 R >>", pageWidth, pageHeight, 7+2*i))
		w.stream(pageContent(lines, i+1, len(pages)))
	}
	return w.finish()
}

// paginate wraps the blocks into lines and the lines into pages.
func paginate(all []block) [][]pdfLine {
	pages := [][]pdfLine{nil}
	add := func(l pdfLine) {
		if len(pages[len(pages)-1]) >= pageLines {
			pages = append(pages, nil)
		}
		pages[len(pages)-1] = append(pages[len(pages)-1], l)
	}
	for _, x := range all {
		switch x.kind {
		case pageBreak:
			pages = append(pages, nil)
			continue
		case heading:
			add(pdfLine{x.text, 19 - 3*x.level, true})
		case paragraph:
			for _, line := range wrap(x.text, lineChars) {
				add(pdfLine{line, 11, false})
			}
		case bullets:
			for _, item := range x.items {
				for i, line := range wrap(item, lineChars-4) {
					add(pdfLine{[]string{"•  ", "    "}[min(i, 1)] + line, 11, false})
				}
			}
		case table:
			for i, row := range x.rows {
				add(pdfLine{strings.Join(row, "    "), 10, i == 0})
			}
		}
		add(pdfLine{})
	}
	return pages
}

// wrap breaks a text at blanks into lines of at most width characters.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

func pageContent(lines []pdfLine, page, of int) []byte {
	var w bytes.Buffer
	y := pageHeight - pageMargin
	w.WriteString("BT\n")
	for _, l := range append(lines, pdfLine{fmt.Sprintf("%s, page %d of %d", Name, page, of), 8, false}) {
		if l.size == 8 {
			y = pageMargin / 2
		}
		font := "F1"
		if l.bold {
			font = "F2"
		}
		if l.text != "" {
			fmt.Fprintf(&w, "/%s %d Tf 1 0 0 1 %d %d Tm (%s) Tj\n", font, l.size, pageMargin, y, pdfText(l.text))
		}
		y -= 15
	}
	w.WriteString("ET\n")
	return w.Bytes()
}

// pdfText encodes a text for a literal string in WinAnsiEncoding.
func pdfText(s string) string {
	if strings.ContainsAny(s, `()\`) {
		s = strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s)
	}
	return windows1252(s)
}

// windows1252 encodes a text in the code page of that name; a letter that it lacks becomes a question mark.
func windows1252(s string) string {
	var w strings.Builder
	for _, r := range s {
		switch {
		case r < 0x7f || r >= 0xa0 && r <= 0xff:
			w.WriteByte(byte(r))
		case r == '€':
			w.WriteByte(0x80)
		case r == '•':
			w.WriteByte(0x95)
		case r == '–':
			w.WriteByte(0x96)
		case r == '’':
			w.WriteByte(0x92)
		default:
			w.WriteByte('?')
		}
	}
	return w.String()
}

// pdfWriter numbers objects from 1 and remembers where each begins.
type pdfWriter struct {
	out     bytes.Buffer
	offsets []int
	deflate *zlib.Writer // nil: page streams are not compressed
}

func (p *pdfWriter) object(content string) {
	p.offsets = append(p.offsets, p.out.Len())
	fmt.Fprintf(&p.out, "%d 0 obj\n%s\nendobj\n", len(p.offsets), content)
}

func (p *pdfWriter) stream(data []byte) {
	filter := ""
	if p.deflate != nil {
		var packed bytes.Buffer
		p.deflate.Reset(&packed)
		_, _ = p.deflate.Write(data) // to memory
		_ = p.deflate.Close()
		data, filter = packed.Bytes(), " /Filter /FlateDecode"
	}
	p.object(fmt.Sprintf("<< /Length %d%s >>\nstream\n%s\nendstream", len(data), filter, data))
}

// finish appends the cross-reference table (ISO 32000-1, 7.5.4: entries of exactly 20 bytes) and the trailer.
func (p *pdfWriter) finish() []byte {
	start := p.out.Len()
	fmt.Fprintf(&p.out, "xref\n0 %d\n0000000000 65535 f \n", len(p.offsets)+1)
	for _, offset := range p.offsets {
		fmt.Fprintf(&p.out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&p.out, "trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(p.offsets)+1, start)
	return p.out.Bytes()
}
