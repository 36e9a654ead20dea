package pdf

import (
	"bytes"
	"context"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// pdfFile finds the objects of a PDF. Nothing is read before it is asked for, and no object is kept: a file can
// describe more of them than fit into memory.
type pdfFile struct {
	data     []byte
	meter    *pdfMeter
	entries  map[int]pdfEntry
	trailer  pdfDict
	rebuilds int
	depth    int // of resolve within itself
	crypt    *pdfCrypt
	packs    map[int]*pdfPack // the object streams read last
}

// pdfEntry says where an object is: at an offset of the file, or as the n-th of an object stream.
type pdfEntry struct {
	offset     int
	generation int
	pack       int // the number of the object stream; 0: none
	index      int
}

// pdfPack is a decoded object stream (7.5.7).
type pdfPack struct {
	data    []byte
	offsets []int
	numbers []int
}

const (
	pdfMaxObjects = 1 << 20
	pdfMaxNumber  = 8_388_607 // of an object (Annex C)
	pdfMaxPacks   = 4
	pdfMaxResolve = 32
)

var errPDFWork = &reading.Error{Kind: reading.TooLarge, Format: "pdf", Detail: "its objects expand or repeat beyond what is read"}

// openPDF reads the cross-reference tables, or makes one by searching the file where they lead nowhere.
func openPDF(ctx context.Context, data []byte, work int) (*pdfFile, error) {
	if at := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-")); at > 0 {
		data = data[at:] // offsets count from the header, as readers agree
	}
	d := &pdfFile{
		data: data, meter: &pdfMeter{ctx: ctx, left: work}, entries: map[int]pdfEntry{}, trailer: pdfDict{},
		packs: map[int]*pdfPack{},
	}
	if start, ok := d.startXref(); ok {
		d.readXrefs(start)
	}
	if !d.hasPages() {
		d.rebuild()
	}
	if d.meter.err != nil {
		return nil, d.meter.err
	}
	if err := d.openCrypt(); err != nil {
		return nil, err
	}
	if !d.hasPages() {
		d.rebuild() // object streams of an encrypted file could not be read before
	}
	if d.meter.err != nil {
		return nil, d.meter.err
	}
	if !d.hasPages() {
		return nil, &reading.Error{Kind: reading.Broken, Format: "pdf", Detail: "no page tree was found"}
	}
	return d, nil
}

// hasPages reports whether the catalogue and the root of the page tree can be read. Where they may be encrypted,
// that they are there is enough.
func (d *pdfFile) hasPages() bool {
	root, _ := d.resolve(d.trailer["Root"]).(pdfDict)
	if root == nil && d.crypt == nil && d.trailer["Encrypt"] != nil && d.trailer["Root"] != nil {
		return true
	}
	pages, _ := d.resolve(root["Pages"]).(pdfDict)
	if pages == nil && d.crypt == nil && d.trailer["Encrypt"] != nil && root["Pages"] != nil {
		return true
	}
	return pages != nil && (pages["Kids"] != nil || pages["Contents"] != nil)
}

func (d *pdfFile) lexer(pos int) *pdfLexer {
	return &pdfLexer{data: d.data, pos: pos, meter: d.meter, refs: true}
}

func (d *pdfFile) startXref() (int, bool) {
	tail := max(0, len(d.data)-2048)
	at := bytes.LastIndex(d.data[tail:], []byte("startxref"))
	if at < 0 {
		return 0, false
	}
	start, ok := d.lexer(tail + at + len("startxref")).integer()
	return start, ok && start >= 0 && start < len(d.data)
}

func (x *pdfLexer) integer() (int, bool) {
	object, _ := x.next()
	n, ok := object.(int)
	return n, ok
}

// readXrefs follows the chain of tables from the newest to the oldest; the newest word on an object counts.
func (d *pdfFile) readXrefs(start int) {
	queue, seen := []int{start}, map[int]bool{}
	for len(queue) > 0 && len(seen) < 4096 {
		at := queue[0]
		queue = queue[1:]
		if at < 0 || at >= len(d.data) || seen[at] {
			continue
		}
		seen[at] = true
		trailer := d.readXref(at)
		for key, value := range trailer {
			if _, newer := d.trailer[key]; !newer {
				d.trailer[key] = value
			}
		}
		for _, key := range []pdfName{"XRefStm", "Prev"} { // a hybrid file's stream goes before older tables
			if next, ok := trailer[key].(int); ok {
				queue = append(queue, next)
			}
		}
	}
}

// readXref reads one table or cross-reference stream and returns its trailer.
func (d *pdfFile) readXref(at int) pdfDict {
	x := d.lexer(at)
	if first, _ := x.next(); first != pdfWord("xref") {
		stream, _ := d.objectAt(at, -1).(*pdfStream)
		if stream == nil {
			return nil
		}
		d.readXrefStream(stream)
		return stream.dict
	}
	for {
		object, ok := x.next()
		first, isInt := object.(int)
		if !ok || !isInt {
			if object != pdfWord("trailer") {
				return nil
			}
			trailer, _ := x.next()
			dict, _ := trailer.(pdfDict)
			return dict
		}
		count, _ := x.integer()
		for i := range max(0, count) {
			offset, ok1 := x.integer()
			generation, ok2 := x.integer()
			kind, _ := x.next()
			if !ok1 || !ok2 {
				return nil
			}
			if kind == pdfWord("n") {
				d.enter(first+i, pdfEntry{offset: offset, generation: generation})
			} else {
				d.enter(first+i, pdfEntry{offset: -1})
			}
		}
	}
}

func (d *pdfFile) enter(number int, e pdfEntry) {
	if _, newer := d.entries[number]; newer || number < 0 || number > pdfMaxNumber || len(d.entries) >= pdfMaxObjects {
		return
	}
	d.entries[number] = e
}

// readXrefStream reads the entries of 7.5.8.
func (d *pdfFile) readXrefStream(s *pdfStream) {
	data, ok := d.decodeStream(s)
	widths, _ := s.dict["W"].(pdfArray)
	if !ok || len(widths) < 3 {
		return
	}
	var w [3]int
	for i := range w {
		w[i], _ = widths[i].(int)
		if w[i] < 0 || w[i] > 8 {
			return
		}
	}
	size, _ := s.dict["Size"].(int)
	index, _ := s.dict["Index"].(pdfArray)
	if len(index) < 2 {
		index = pdfArray{0, size}
	}
	row := w[0] + w[1] + w[2]
	for ; len(index) >= 2 && row > 0; index = index[2:] {
		first, _ := index[0].(int)
		count, _ := index[1].(int)
		for i := 0; i < count && len(data) >= row; i++ {
			d.enterRow(first+i, data[:row], w)
			data = data[row:]
		}
	}
}

func (d *pdfFile) enterRow(number int, row []byte, w [3]int) {
	field := func(from, width, otherwise int) int {
		if width == 0 {
			return otherwise
		}
		n := 0
		for _, b := range row[from : from+width] {
			n = n<<8 | int(b)
		}
		return n
	}
	kind, second, third := field(0, w[0], 1), field(w[0], w[1], 0), field(w[0]+w[1], w[2], 0)
	switch kind {
	case 1:
		d.enter(number, pdfEntry{offset: second, generation: third})
	case 2:
		d.enter(number, pdfEntry{pack: second, index: third})
	default:
		d.enter(number, pdfEntry{offset: -1})
	}
}

// resolve follows references to the object itself; a missing object is nil (7.3.10).
func (d *pdfFile) resolve(object any) any {
	if d.depth >= pdfMaxResolve {
		return nil
	}
	d.depth++
	defer func() { d.depth-- }()
	for range pdfMaxResolve {
		ref, isRef := object.(pdfRef)
		if !isRef {
			return object
		}
		object = d.load(ref.number)
	}
	return nil
}

func (d *pdfFile) load(number int) any {
	e, ok := d.entries[number]
	switch {
	case !ok || e.offset < 0 || !d.meter.spend(16):
		return nil
	case e.pack > 0:
		return d.packed(number, e)
	}
	object := d.objectAt(e.offset, number)
	if object == nil && d.rebuilds == 0 && !d.isObject(e.offset, number) {
		d.rebuild() // the table lies: no object, or another one, is where it says
		e = d.entries[number]
		object = d.objectAt(e.offset, number)
	}
	return object
}

// isObject reports whether "number g obj" stands at an offset.
func (d *pdfFile) isObject(offset, number int) bool {
	if offset < 0 || offset >= len(d.data) {
		return false
	}
	x := d.lexer(offset)
	x.refs = false
	n, _ := x.integer()
	_, isInt := x.integer()
	word, _ := x.next()
	return isInt && n == number && word == pdfWord("obj")
}

// objectAt reads "n g obj …"; want is the number it must have, or -1.
func (d *pdfFile) objectAt(offset, want int) any {
	if offset < 0 || offset >= len(d.data) {
		return nil
	}
	x := d.lexer(offset)
	number, ok1 := x.integer()
	generation, ok2 := x.integer()
	if word, _ := x.next(); !ok1 || !ok2 || word != pdfWord("obj") || want >= 0 && number != want {
		return nil
	}
	object, _ := x.next()
	dict, isDict := object.(pdfDict)
	if !isDict {
		return object
	}
	if word, _ := x.next(); word != pdfWord("stream") {
		return dict
	}
	return &pdfStream{dict: dict, raw: d.streamBytes(x.pos, dict), owner: pdfRef{number, generation}}
}

// streamBytes finds where the stream that begins at pos ends: by its length, or where that is wrong, by searching.
func (d *pdfFile) streamBytes(pos int, dict pdfDict) []byte {
	if pos < len(d.data) && d.data[pos] == '\r' {
		pos++
	}
	if pos < len(d.data) && d.data[pos] == '\n' {
		pos++
	}
	rest := d.data[min(pos, len(d.data)):]
	if length, ok := d.resolve(dict["Length"]).(int); ok && length >= 0 && length <= len(rest) {
		after := bytes.TrimLeft(rest[length:min(len(rest), length+16)], "\r\n\t \x00")
		if bytes.HasPrefix(after, []byte("endstream")) {
			return rest[:length]
		}
	}
	end := bytes.Index(rest, []byte("endstream"))
	if end < 0 {
		end = len(rest)
	}
	d.meter.spend(end / 16)
	return rest[:end]
}

func (d *pdfFile) packed(number int, e pdfEntry) any {
	pack := d.pack(e.pack)
	if pack == nil {
		return nil
	}
	i := e.index
	if i >= len(pack.numbers) || pack.numbers[i] != number {
		for i = range pack.numbers {
			if pack.numbers[i] == number {
				break
			}
		}
	}
	if i >= len(pack.numbers) || pack.numbers[i] != number || pack.offsets[i] >= len(pack.data) {
		return nil
	}
	x := &pdfLexer{data: pack.data, pos: pack.offsets[i], meter: d.meter, refs: true}
	object, _ := x.next()
	return object
}

// pack gives an object stream, decoded. A few are kept, since neighbours are asked for one after another.
func (d *pdfFile) pack(number int) *pdfPack {
	if pack, known := d.packs[number]; known {
		return pack
	}
	if e := d.entries[number]; e.pack != 0 { // no object stream is within another
		return nil
	}
	stream, _ := d.load(number).(*pdfStream)
	if stream == nil {
		return nil
	}
	data, ok := d.decodeStream(stream)
	first, _ := d.resolve(stream.dict["First"]).(int)
	count, _ := d.resolve(stream.dict["N"]).(int)
	if !ok || first < 0 {
		return nil
	}
	pack := &pdfPack{data: data}
	x := &pdfLexer{data: data, meter: d.meter}
	for range min(max(count, 0), pdfMaxItems) {
		n, ok1 := x.integer()
		offset, ok2 := x.integer()
		if !ok1 || !ok2 || offset < 0 || offset > len(data) {
			break
		}
		pack.numbers, pack.offsets = append(pack.numbers, n), append(pack.offsets, first+offset)
	}
	if len(d.packs) >= pdfMaxPacks {
		clear(d.packs)
	}
	d.packs[number] = pack
	return pack
}
