// Package pdf reads PDF, page by page.
//
// It is a reader of our own. What could have been used instead, and was looked at in November 2026:
//
//   - github.com/pdfcpu/pdfcpu (Apache-2.0, well kept): has no text extraction, so that everything from the content
//     streams up would be ours anyway; it reads and validates the whole file before anything else, and takes no bounds
//     on what a stream expands to or how deep objects refer to each other. Its tracker has stack overflows on hostile
//     files, and Go cannot recover from those.
//   - github.com/ledongthuc/pdf (BSD, kept up again): extracts text, but reports by panic, and knows neither LZW nor the
//     repair of a broken cross-reference table.
//   - github.com/klippa-app/go-pdfium (MIT): the fidelity of a browser, at the price of a WebAssembly runtime and
//     of a blob of megabytes that has to be compiled when it is first used.
//   - others are AGPL, need cgo, or are not served by the module proxy.
//
// What text needs of PDF is small beside what PDF is, and each part here has its bound: object.go (lexer, meter),
// file.go and repair.go (cross-reference tables, object streams), crypt.go, filter.go, font.go,
// cmap.go and glyph.go (codes to text), content.go (operators), sheet.go, line.go, mark.go, right.go,
// table.go, column.go, heads.go, row.go, layout.go and paragraph.go (glyphs to lines, tables, columns
// and paragraphs).
package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

const (
	pdfMaxPages = 10_000
	pdfMaxFonts = 256 // kept at a time
	pdfMaxTree  = 64  // levels of the page tree
)

// pdfPages reads the pages of a file one after another.
type pdfPages struct {
	*pdfFile
	fonts map[pdfRef]*pdfFont
	names map[string]string
	prose pdfProse
	out   *reading.Output
	count int
	notes pdfNotes
}

// pdfNotes counts what could not be read.
type pdfNotes struct {
	scans   []int // pages of images alone
	garbled []int // pages with glyphs of unknown meaning
	empty   int
	texts   int
	cut     bool
}

// Read takes the text out of a PDF, page by page, each under a heading with its number: that is what people cite.
func Read(ctx context.Context, f reading.File, l *reading.Limits) (*reading.Text, error) {
	work := min(l.Expanded, 64<<20+8*int64(len(f.Data)))
	file, err := openPDF(ctx, f.Data, int(work))
	if err != nil {
		return nil, pdfError(err)
	}
	d := &pdfPages{
		pdfFile: file, fonts: map[pdfRef]*pdfFont{}, out: l.Output(),
		prose: pdfProse{words: map[string]struct{}{}},
	}
	root, _ := d.resolve(d.trailer["Root"]).(pdfDict)
	d.walk(root["Pages"], pdfDict{}, map[pdfRef]bool{}, 0)
	if d.count == 0 {
		d.loosePages()
	}
	if err := d.meter.err; err != nil && (!errors.Is(err, errPDFWork) || d.notes.texts == 0) {
		return nil, pdfError(err)
	}
	if d.notes.texts == 0 {
		return nil, d.noText()
	}
	t := d.out.Text("pdf")
	t.Sections, t.SectionName = d.count, "pages"
	d.note(t)
	return t, nil
}

func pdfError(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &reading.Error{Kind: reading.Stopped, Format: "pdf", Err: err}
	}
	return err
}

// walk follows the page tree (7.7.3); seen and depth keep it from running in a circle.
func (d *pdfPages) walk(node any, inherited pdfDict, seen map[pdfRef]bool, depth int) {
	if ref, isRef := node.(pdfRef); isRef {
		if seen[ref] {
			return
		}
		seen[ref] = true
	}
	dict, _ := d.resolve(node).(pdfDict)
	if dict == nil || depth > pdfMaxTree || d.full() {
		return
	}
	own := pdfDict{}
	for _, key := range []pdfName{"Resources", "Rotate"} {
		if own[key] = inherited[key]; dict[key] != nil {
			own[key] = dict[key]
		}
	}
	kids, isNode := d.resolve(dict["Kids"]).(pdfArray)
	if !isNode {
		d.page(dict, own)
		return
	}
	for _, kid := range kids {
		d.walk(kid, own, seen, depth+1)
	}
}

// full reports whether reading on is of no use.
func (d *pdfPages) full() bool {
	if d.count >= pdfMaxPages || d.out.Full {
		d.notes.cut = true
	}
	return d.notes.cut || d.meter.err != nil
}

// loosePages reads pages that no tree leads to, in the order of their numbers.
func (d *pdfPages) loosePages() {
	for _, number := range d.numbersOfObjects() {
		if d.full() {
			return
		}
		if dict, _ := d.load(number).(pdfDict); dict["Type"] == pdfName("Page") {
			d.page(dict, dict)
		}
	}
}

// page writes one page.
func (d *pdfPages) page(dict, inherited pdfDict) {
	d.count++
	p := &pdfPainter{pages: d, sheet: &pdfSheet{}}
	p.state = pdfState{ctm: pdfTurned(d.resolve(inherited["Rotate"])), scale: 1}
	resources, _ := d.resolve(inherited["Resources"]).(pdfDict)
	p.run(d.contents(dict), resources)
	d.annotations(p, dict)
	text := d.prose.page(p.sheet.rows())
	switch {
	case text != "":
		d.notes.texts++
		d.out.Block(fmt.Sprintf("## Page %d\n\n%s", d.count, text))
	case p.images > 0:
		d.notes.scans = append(d.notes.scans, d.count)
	default:
		d.notes.empty++
	}
	if s := p.sheet; s.unknown*10 > s.glyphs {
		d.notes.garbled = append(d.notes.garbled, d.count)
	}
	if p.sheet.overflow {
		d.notes.cut = true
	}
}

// pdfTurned is the matrix of a page's /Rotate, which is clockwise.
func pdfTurned(rotate any) pdfMatrix {
	switch degrees, _ := rotate.(int); ((degrees % 360) + 360) % 360 {
	case 90:
		return pdfMatrix{0, -1, 1, 0, 0, 0}
	case 180:
		return pdfMatrix{-1, 0, 0, -1, 0, 0}
	case 270:
		return pdfMatrix{0, 1, -1, 0, 0, 0}
	}
	return pdfMatrix{1, 0, 0, 1, 0, 0}
}

// contents joins the content streams of a page; operators may not be split between them, but states are.
func (d *pdfPages) contents(dict pdfDict) []byte {
	var out bytes.Buffer
	for _, part := range d.list(dict, "Contents", "") {
		stream, _ := d.resolve(part).(*pdfStream)
		if stream == nil || out.Len() > pdfMaxStream {
			continue
		}
		data, _ := d.decodeStream(stream)
		out.Write(data)
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// annotations paints form fields and comments that stand on the page itself: what people filled in.
func (d *pdfPages) annotations(p *pdfPainter, dict pdfDict) {
	all, _ := d.resolve(dict["Annots"]).(pdfArray)
	for _, each := range all {
		annotation, _ := d.resolve(each).(pdfDict)
		if kind := annotation["Subtype"]; kind != pdfName("Widget") && kind != pdfName("FreeText") || d.meter.err != nil {
			continue
		}
		appearance, _ := d.resolve(annotation["AP"]).(pdfDict)
		rect, _ := d.resolve(annotation["Rect"]).(pdfArray)
		corner := d.numbers(rect)
		at := pdfMatrix{1, 0, 0, 1, min(corner.number(0), corner.number(2)), min(corner.number(1), corner.number(3))}
		p.state = pdfState{ctm: at.times(pdfTurned(d.resolve(dict["Rotate"]))), scale: 1}
		p.object("N", pdfDict{"XObject": pdfDict{"N": appearance["N"]}})
	}
}

func (d *pdfPages) numbers(objects pdfArray) pdfOperands {
	var out pdfOperands
	for _, object := range objects[:min(len(objects), 6)] {
		out = append(out, d.resolve(object))
	}
	return out
}

// namedFont gives a font of the resources; the same font is read once.
func (d *pdfPages) namedFont(name pdfName, resources pdfDict) *pdfFont {
	all, _ := d.resolve(resources["Font"]).(pdfDict)
	ref, isRef := all[name].(pdfRef)
	if font, known := d.fonts[ref]; known && isRef {
		return font
	}
	dict, _ := d.resolve(all[name]).(pdfDict)
	font := d.font(dict)
	if isRef {
		if len(d.fonts) >= pdfMaxFonts {
			clear(d.fonts)
		}
		d.fonts[ref] = font
	}
	return font
}

// guess is the font of text that names none.
func (d *pdfPages) guess() *pdfFont { return d.font(pdfDict{"Encoding": pdfName("WinAnsiEncoding")}) }

// pdfTextString reads a text string (7.9.2.2): UTF-16, UTF-8 or, nearly, Latin-1.
func pdfTextString(s pdfString) string {
	if rest, ok := strings.CutPrefix(string(s), "\xfe\xff"); ok {
		units := make([]uint16, 0, len(rest)/2)
		for i := 0; i+1 < len(rest); i += 2 {
			units = append(units, uint16(rest[i])<<8|uint16(rest[i+1]))
		}
		return string(utf16.Decode(units))
	}
	if rest, ok := strings.CutPrefix(string(s), "\xef\xbb\xbf"); ok {
		return rest
	}
	var out strings.Builder
	for _, b := range []byte(s) {
		out.WriteRune(rune(b))
	}
	return out.String()
}

// noText says why a file without text has none.
func (d *pdfPages) noText() error {
	e := &reading.Error{Kind: reading.Unsupported, Format: "pdf", Detail: "its pages are empty"}
	switch {
	case d.count == 0:
		e.Kind, e.Detail = reading.Broken, "none of its pages was found"
	case len(d.notes.garbled) > 0:
		e.Detail = "its fonts do not say which letters they show, so that the text can only be looked at"
	case len(d.notes.scans) > 0:
		e.Detail = fmt.Sprintf("it has no text layer: its %s hold images only, as a scan does", pdfCount(d.count, "page"))
	}
	return e
}

func pdfCount(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// note says what was left out of the text.
func (d *pdfPages) note(t *reading.Text) {
	if len(d.notes.scans) > 0 {
		t.Notes = append(t.Notes, "No text could be read from "+pageList(d.notes.scans)+": images only, without a text layer.")
	}
	if len(d.notes.garbled) > 0 {
		t.Notes = append(t.Notes, "Letters are missing on "+pageList(d.notes.garbled)+": a font does not say which letters it shows.")
	}
	if (d.notes.cut || d.meter.err != nil) && !t.Truncated {
		t.Truncated = true
		t.Notes = append(t.Notes, fmt.Sprintf("Reading stopped after page %d: the file is too large or too involved to be read to its end.", d.count))
	}
}

// pageList names pages, and counts them where they are many.
func pageList(pages []int) string {
	var names []string
	for i, page := range pages {
		if i == 20 {
			return fmt.Sprintf("%d pages, among them pages %s", len(pages), strings.Join(names, ", "))
		}
		names = append(names, fmt.Sprint(page))
	}
	if len(pages) == 1 {
		return "page " + names[0]
	}
	return "pages " + strings.Join(names, ", ")
}
