package schema

import (
	"fmt"
	"slices"
	"strings"
)

// What segments are of the protocol's and not of the schema's.
const (
	serviceCount   = "$count"
	serviceValue   = "$value"
	serviceRef     = "$ref"
	serviceContent = "content"
	typeStream     = "Edm.Stream"
	typeNumber     = "Edm.Int32"
)

const (
	maxPath     = 8 << 10
	maxSegments = 256
)

// Resolve follows a path from the root of the version, in any of its spellings: keys as segments or in parentheses, by name
// or without; casts and operations with their namespace, an alias of it or without; parameters of functions; items and sites
// by their own path between colons; $count, $value, $ref and content. What stands in braces is a key or a value. A version
// in front, a host and a query are passed over. A segment that does not exist is an [*UnknownSegmentError].
func (m *Model) Resolve(path string) (Target, error) {
	path = strings.Trim(plainPath(path), "/")
	if len(path) > maxPath {
		return Target{}, fmt.Errorf("the path has more than %d bytes", maxPath)
	}
	w := walk{m: m, all: path, rest: path, atRoot: true, operation: -1}
	for range maxSegments {
		if w.rest == "" {
			return w.target(), nil
		}
		if err := w.next(); err != nil {
			return Target{}, err
		}
	}
	return Target{}, fmt.Errorf("the path has more than %d segments", maxSegments)
}

// plainPath takes off what stands around a path: query, fragment, host, version.
func plainPath(path string) string {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	if rest, ok := strings.CutPrefix(path, "https://"); ok {
		_, path, _ = strings.Cut(rest, "/")
	}
	path = strings.TrimLeft(path, "/")
	for _, version := range []string{"v1.0", "beta"} {
		if len(path) >= len(version) && strings.EqualFold(path[:len(version)], version) {
			if rest := path[len(version):]; rest == "" || rest[0] == '/' {
				return rest
			}
		}
	}
	return path
}

// walk is a path that is being followed, and where it stands.
type walk struct {
	m         *Model
	all, rest string
	atRoot    bool
	ref       int // the type
	many      bool
	property  member // that the last segment was
	operation int    // likewise; -1: none
	service   string
	keys      []string
}

func (w *walk) target() Target {
	t := Target{Type: w.m.refName(w.ref), Collection: w.many, Service: w.service, Keys: w.keys}
	switch w.service {
	case serviceCount:
		t.Type, t.Collection = typeNumber, false
	case serviceValue, serviceContent:
		if refType(w.ref) >= 0 {
			t.Type = typeStream
		}
	}
	if w.property.found {
		p := w.m.property(w.property)
		t.Property = &p
	}
	if w.operation >= 0 {
		o := w.m.operation(w.operation)
		t.Operation = &o
	}
	return t
}

// next follows one segment, and what stands between colons behind it.
func (w *walk) next() error {
	before := len(w.all) - len(w.rest)
	raw, rest := cutSegment(w.rest)
	w.rest = rest
	if raw == "" {
		return nil
	}
	if plain, ok := strings.CutSuffix(raw, ":"); ok && plain != "" {
		ahead := *w
		if ahead.step(readSegment(plain)) && ahead.addressable() {
			*w = ahead
			w.passAddress()
			return nil
		}
	}
	s := readSegment(raw)
	from := *w
	if !w.step(s) {
		return from.unknown(s, w.all[:max(0, before-1)])
	}
	return nil
}

// addressable tells whether what is below an item can be named by a path of its own: files and sites.
// https://learn.microsoft.com/graph/onedrive-addressing-driveitems
func (w *walk) addressable() bool {
	if w.many || w.service != "" || refType(w.ref) < 0 {
		return false
	}
	h, _ := w.m.typeAt(refType(w.ref))
	name := w.m.text(h.name)
	return strings.EqualFold(name, "driveItem") || strings.EqualFold(name, "site")
}

// passAddress passes over a path to the colon that ends it. It leads to what is of the same type as that which it begins at.
func (w *walk) passAddress() {
	w.property, w.operation = member{}, -1
	if at := strings.Index(w.rest, ":/"); at >= 0 {
		w.rest = w.rest[at+2:]
		return
	}
	w.rest = ""
}

// step follows a segment; false where it does not exist.
func (w *walk) step(s segment) bool {
	last := *w
	w.property, w.operation, w.service = member{}, -1, ""
	switch {
	case last.service != "":
		return false // nothing comes behind it
	case w.atRoot:
		return w.begin(s)
	case s.raw[0] == '$':
		return w.serve(s, last)
	case w.many:
		return w.among(s)
	}
	return w.within(s)
}

// serve follows $count, $value and $ref.
func (w *walk) serve(s segment, last walk) bool {
	for _, service := range []string{serviceCount, serviceValue, serviceRef} {
		if strings.EqualFold(s.raw, service) {
			w.service = service
		}
	}
	w.property = last.property
	switch w.service {
	case serviceCount:
		return w.many
	case serviceValue:
		return !w.many
	}
	return w.service != "" && refType(w.ref) >= 0
}

// begin follows the first segment.
func (w *walk) begin(s segment) bool {
	w.atRoot = false
	if strings.EqualFold(s.raw, "$batch") || strings.EqualFold(s.raw, "$metadata") {
		w.service = strings.ToLower(s.raw)
		return true
	}
	for r := range w.m.roots() {
		if !strings.EqualFold(w.m.text(r.name), s.name) {
			continue
		}
		w.ref = r.ref
		if r.flags&flagImport != 0 {
			if best := w.m.overload(slices.Values(r.operations), s); best >= 0 {
				w.call(best)
			}
			return true
		}
		w.many = r.flags&flagSet != 0
		return w.keyed(s)
	}
	w.atRoot = true
	return false
}

// keyed takes the key in parentheses behind a collection.
func (w *walk) keyed(s segment) bool {
	if len(s.arguments) == 0 {
		return true
	}
	if !w.many || !w.isEntity() {
		return false
	}
	w.many = false
	w.property = member{}
	w.keys = append(slices.Clip(w.keys), s.key())
	return true
}

func (w *walk) isEntity() bool {
	i := refType(w.ref)
	if i < 0 {
		return false
	}
	h, _ := w.m.typeAt(i)
	return h.kind() == Entity
}

// among follows a segment behind a collection: an operation, a cast, else a key.
func (w *walk) among(s segment) bool {
	if w.callBound(s) || w.cast(s) {
		return true
	}
	if !w.isEntity() {
		return false
	}
	w.many = false
	w.keys = append(slices.Clip(w.keys), unquote(s.raw))
	return true
}

// within follows a segment behind a single value: a property, an operation, a cast.
func (w *walk) within(s segment) bool {
	i := refType(w.ref)
	if i < 0 {
		return false
	}
	if p := w.m.member(i, s.name); p.found {
		w.property, w.ref, w.many = p, p.ref, p.flags&flagMany != 0
		return w.keyed(s)
	}
	if w.callBound(s) || w.cast(s) {
		return true
	}
	if s.raw == serviceContent && w.m.inherits(i, flagStream) {
		w.service = serviceContent
		return true
	}
	if strings.HasPrefix(s.raw, "extension_") && w.m.inherits(i, flagOpen) { // a property that an app has registered
		w.ref, w.many = 0, false
		return true
	}
	return false
}

// callBound follows an operation that is bound to where the walk stands.
func (w *walk) callBound(s segment) bool {
	best := w.m.overload(w.m.bound(refType(w.ref), w.many), s)
	if best < 0 {
		return false
	}
	w.call(best)
	return true
}

func (w *walk) call(number int) {
	h, _ := w.m.operAt(number)
	w.operation, w.ref, w.many = number, h.returns, h.flags&flagReturnsMany != 0
}

// cast follows a segment that names a type, in full or with an alias: one that is based on the present one, or the other
// way round.
func (w *walk) cast(s segment) bool {
	dot := strings.LastIndexByte(s.name, '.')
	i := w.m.find(s.name)
	if dot < 0 || i < 0 {
		return false
	}
	h, _ := w.m.typeAt(i)
	if w.m.spaceRank(h.space, s.name[:dot]) < 4 {
		return false
	}
	now := refType(w.ref)
	if !slices.Contains(slices.Collect(w.m.chain(i)), now) && !slices.Contains(slices.Collect(w.m.chain(now)), i) {
		return false
	}
	w.ref = 2*i + 1
	return w.keyed(s)
}
