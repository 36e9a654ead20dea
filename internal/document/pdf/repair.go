package pdf

import (
	"bytes"
	"maps"
	"slices"
)

// rebuild makes the table of objects anew by searching the file for "n g obj": cut, patched and badly written files
// have a cross-reference table that leads nowhere. It is done once, and once more when the key is known: the object
// streams of an encrypted file cannot be read before.
func (d *pdfFile) rebuild() {
	if d.rebuilds >= 2 || !d.meter.spend(len(d.data)/4) {
		return
	}
	d.rebuilds++
	clear(d.packs)
	d.entries = map[int]pdfEntry{}
	packs := d.scanObjects()
	d.scanTrailers()
	for _, number := range packs {
		if pack := d.pack(number); pack != nil {
			for i, n := range pack.numbers {
				d.enter(n, pdfEntry{pack: number, index: i})
			}
		}
	}
	if root, _ := d.resolve(d.trailer["Root"]).(pdfDict); root["Pages"] == nil {
		d.findCatalog()
	}
}

// scanObjects enters every object that begins in the file; the last of a number counts. It returns the numbers of
// the object streams, and takes the entries of cross-reference streams for trailers.
func (d *pdfFile) scanObjects() (packs []int) {
	for at := 0; ; {
		next := bytes.Index(d.data[at:], []byte("obj"))
		if next < 0 {
			return packs
		}
		at += next + 3
		number, generation, start, ok := d.headerBefore(at - 3)
		if !ok || number > pdfMaxNumber || len(d.entries) >= pdfMaxObjects {
			continue
		}
		d.entries[number] = pdfEntry{offset: start, generation: generation}
		head := d.data[at:min(len(d.data), at+1024)]
		if end := bytes.Index(head, []byte("stream")); end >= 0 {
			head = head[:end]
		}
		switch {
		case bytes.Contains(head, []byte("/ObjStm")) && len(packs) < 1<<16:
			packs = append(packs, number)
		case bytes.Contains(head, []byte("/XRef")):
			object, _ := d.lexer(at).next()
			d.takeTrailer(object)
		}
		if !d.meter.spend(64) {
			return packs
		}
	}
}

// headerBefore reads the "n g " that ends at a position, backwards.
func (d *pdfFile) headerBefore(end int) (number, generation, start int, ok bool) {
	back := func(at int) (value, from int, ok bool) {
		for at > 0 && pdfSpace(d.data[at-1]) {
			at--
		}
		from = at
		for from > 0 && at-from < 10 && d.data[from-1] >= '0' && d.data[from-1] <= '9' {
			from--
		}
		for _, c := range d.data[from:at] {
			value = value*10 + int(c-'0')
		}
		return value, from, from < at
	}
	generation, at, ok := back(end)
	if !ok || at == 0 || !pdfSpace(d.data[at-1]) {
		return 0, 0, 0, false
	}
	number, start, ok = back(at)
	return number, generation, start, ok
}

func (d *pdfFile) scanTrailers() {
	for at := 0; ; {
		next := bytes.Index(d.data[at:], []byte("trailer"))
		if next < 0 {
			return
		}
		at += next + len("trailer")
		object, ok := d.lexer(at).next()
		if !ok {
			return
		}
		d.takeTrailer(object)
	}
}

// takeTrailer keeps what a trailer says that the search needs; the last one counts.
func (d *pdfFile) takeTrailer(object any) {
	dict, _ := object.(pdfDict)
	if _, isRef := dict["Root"].(pdfRef); !isRef {
		return
	}
	for _, key := range []pdfName{"Root", "Encrypt", "ID"} {
		if value, there := dict[key]; there {
			d.trailer[key] = value
		}
	}
}

// findCatalog looks through all objects for the catalogue, and where there is none, for the root of a page tree.
func (d *pdfFile) findCatalog() {
	var tree pdfRef
	for _, number := range slices.Backward(d.numbersOfObjects()) {
		dict, _ := d.load(number).(pdfDict)
		switch {
		case d.meter.err != nil:
			return
		case dict["Type"] == pdfName("Catalog") && dict["Pages"] != nil:
			d.trailer["Root"] = pdfRef{number, 0}
			return
		case dict["Type"] == pdfName("Pages") && dict["Parent"] == nil && number > tree.number:
			tree.number = number
		}
	}
	if tree.number > 0 {
		d.trailer["Root"] = pdfDict{"Pages": tree}
	}
}

func (d *pdfFile) numbersOfObjects() []int { return slices.Sorted(maps.Keys(d.entries)) }
