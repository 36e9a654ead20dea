package office

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// archive is an open Office file: a zip whose parts are read within limits. It counts what is really expanded, and
// believes nothing that the zip says about sizes.
type archive struct {
	l        *reading.Limits
	check    func() error                       // does the caller still wait?
	parts    map[string]*zip.File               // by lower-case name: Office looks them up so
	rels     map[string]map[string]relationship // by part
	expanded int64
	elements int
}

func openArchive(ctx context.Context, data []byte, l *reading.Limits) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, &reading.Error{Kind: reading.Broken, Format: "zip", Detail: "its list of parts, which stands at the end, cannot be read; the file is incomplete or damaged"}
	}
	if len(z.File) > l.Entries {
		return nil, &reading.Error{Kind: reading.TooLarge, Format: "zip", Detail: fmt.Sprintf("it has %d parts; at most %d are read", len(z.File), l.Entries)}
	}
	a := &archive{l: l, parts: make(map[string]*zip.File, len(z.File)), rels: map[string]map[string]relationship{}}
	a.check = func() error { return l.Check(ctx) }
	for _, f := range z.File {
		name := partName(f.Name)
		if _, doubled := a.parts[name]; !doubled {
			a.parts[name] = f
		}
	}
	return a, nil
}

// ratioFrom is the size below which a part may expand to any multiple: empty forms compress very well.
const ratioFrom = 16 << 20

// partName returns a part's name as it is looked up.
func partName(name string) string {
	return strings.ToLower(strings.TrimLeft(strings.ReplaceAll(name, `\`, "/"), "/"))
}

func (a *archive) has(name string) bool { return a.parts[partName(name)] != nil }

// open opens a part. A part that is not there is an error; see has.
func (a *archive) open(name string) (*part, error) {
	f := a.parts[partName(name)]
	if f == nil {
		return nil, &reading.Error{Kind: reading.Broken, Detail: "it lacks its part " + printable(name)}
	}
	if f.Flags&1 != 0 {
		return nil, &reading.Error{Kind: reading.Encrypted, Detail: "its parts have a password"}
	}
	r, err := f.Open()
	if err != nil {
		return nil, &reading.Error{Kind: reading.Broken, Detail: "its part " + printable(name) + " cannot be opened", Err: err}
	}
	return &part{ReadCloser: r, archive: a, name: name, packed: int64(f.CompressedSize64), most: a.l.Entry}, nil
}

// part is a part being read.
type part struct {
	io.ReadCloser
	archive *archive
	name    string
	packed  int64 // bytes in the file, which zip holds itself to
	read    int64
	most    int64 // bytes that it may expand to
}

// Read counts, looks at the context, and ends with an *Error where a limit is met.
func (p *part) Read(b []byte) (int, error) {
	a := p.archive
	if err := a.check(); err != nil {
		return 0, err
	}
	n, err := p.ReadCloser.Read(b)
	p.read += int64(n)
	a.expanded += int64(n)
	switch {
	case p.read > p.most:
		return n, &reading.Error{Kind: reading.TooLarge, Detail: fmt.Sprintf("its part %s expands to more than %d MiB", printable(p.name), p.most>>20)}
	case a.expanded > a.l.Expanded:
		return n, &reading.Error{Kind: reading.TooLarge, Detail: fmt.Sprintf("its parts expand to more than %d MiB", a.l.Expanded>>20)}
	case p.read > ratioFrom && p.read/a.l.Ratio > p.packed:
		return n, &reading.Error{Kind: reading.TooLarge, Detail: fmt.Sprintf("its part %s expands to more than %d times its size, as no document does", printable(p.name), a.l.Ratio)}
	case err != nil && !errors.Is(err, io.EOF):
		return n, &reading.Error{Kind: reading.Broken, Detail: "its part " + printable(p.name) + " is damaged", Err: err}
	}
	return n, err
}

// printable makes a name out of the file fit for a message: short, and without control characters.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '`' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "?"))
	if runes := []rune(name); len(runes) > 80 {
		name = string(runes[:80]) + "…"
	}
	return name
}

// relationship is one part's pointer to another, or to an address.
type relationship struct {
	id, kind, target string // kind is the last word of its type: hyperlink, footnotes, slide, …
	external         bool
}

// related returns the relationships of a part by their id, for reading only. A part without any has none. Each list is
// read once: thousands of notes may ask for that of their part.
func (a *archive) related(name string) (map[string]relationship, error) {
	if rels := a.rels[name]; rels != nil {
		return rels, nil
	}
	dir, base := path.Split(name)
	rels := map[string]relationship{}
	source := dir + "_rels/" + base + ".rels"
	if !a.has(source) {
		return rels, nil
	}
	root, err := a.tree(source)
	if err != nil {
		return nil, err
	}
	for _, n := range root.all("Relationship") {
		r := relationship{id: n.attr("Id"), kind: path.Base(n.attr("Type")), target: n.attr("Target"), external: n.attr("TargetMode") == "External"}
		if !r.external {
			r.target = resolve(dir, r.target)
		}
		rels[r.id] = r
	}
	a.rels[name] = rels
	return rels, nil
}

// resolve finds a target from the folder of the part that names it. It can lead nowhere but into the archive.
func resolve(dir, target string) string {
	target, _, _ = strings.Cut(strings.ReplaceAll(target, `\`, "/"), "#")
	if !strings.HasPrefix(target, "/") {
		target = "/" + dir + target
	}
	return strings.TrimPrefix(path.Clean(target), "/")
}

// one returns the target of the first relationship of a kind, or "".
func one(rels map[string]relationship, kind string) string {
	best := ""
	for _, r := range rels {
		if r.kind == kind && !r.external && (best == "" || r.target < best) {
			best = r.target
		}
	}
	return best
}
