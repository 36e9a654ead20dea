package schema

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What a document may have. Graph's own have 4 MB, 30,000 declarations, and elements 8 deep of less than 2 kB.
const (
	maxDocument     = 64 << 20
	maxElement      = 1 << 20 // bytes between one token and the next
	maxDeep         = 64
	maxDeclarations = 250_000
	maxName         = 512
)

// Parse reads a document of the Common Schema Definition Language, XML, version 4 or 4.01. What it does not know, and all
// annotations, it passes over. Memory is bounded by what the document declares, not by its length. What it does not read is a
// [*ParseError].
func Parse(r io.Reader) (*Model, error) {
	return parse(r, limits{maxDocument, maxDeclarations, maxBlob})
}

// limits are what a document may have at most: bytes, declarations, and bytes of its model.
type limits struct{ document, declarations, model int }

func parse(r io.Reader, most limits) (*Model, error) {
	p := newParser(r, most)
	if err := p.document(); err != nil {
		return nil, err
	}
	b, err := p.found.link()
	if err != nil {
		return nil, &ParseError{What: err.Error()}
	}
	blob := b.encode()
	if len(blob) > most.model {
		return nil, &ParseError{What: "what it declares takes more than " + size(most.model)}
	}
	return load(blob)
}

// ParseError means that a document is not what [Parse] reads.
type ParseError struct {
	Line int // 0: it is about the whole document
	What string
	Err  error // what went wrong with the reading, if that is what it was
}

// Error says what is wrong, and where.
func (e *ParseError) Error() string {
	if e.Line == 0 {
		return "reading the metadata: " + e.What
	}
	return fmt.Sprintf("reading the metadata, line %d: %s", e.Line, e.What)
}

// Unwrap returns what went wrong with the reading.
func (e *ParseError) Unwrap() error { return e.Err }

// Hint returns what to do next.
func (e *ParseError) Hint() string {
	return "fetch the document again, from {graph}/{version}/$metadata and without a proxy that changes it; where it stays so, report it with this line"
}

// parser reads the elements of a document, one after the other.
type parser struct {
	xml     *xml.Decoder
	source  *meter
	deep    int
	most    int // declarations
	count   int
	interns map[string]string
	found   document
}

func newParser(r io.Reader, most limits) *parser {
	p := &parser{source: &meter{from: r, most: int64(most.document)}, most: most.declarations, interns: map[string]string{}}
	p.xml = xml.NewDecoder(bufio.NewReaderSize(p.source, 32<<10)) // it takes a byte order mark for text, and that is passed over
	return p
}

// meter counts what is read. Without it a single element could fill the memory.
type meter struct {
	from io.Reader
	all  int64
	mark int64 // where the last token ended
	most int64
}

func (m *meter) Read(b []byte) (int, error) {
	if m.all >= m.most {
		return 0, errors.New("it has more than " + size(int(m.most)))
	}
	if m.all-m.mark > maxElement {
		return 0, errors.New("one element has more than " + size(maxElement))
	}
	n, err := m.from.Read(b[:min(len(b), 32<<10)])
	m.all += int64(n)
	return n, err
}

func size(bytes int) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// fail makes an error of what is wrong where the parser stands.
func (p *parser) fail(format string, a ...any) error {
	line, _ := p.xml.InputPos()
	return &ParseError{Line: line, What: fmt.Sprintf(format, a...)}
}

// token returns the next start or end of an element; nil at the end of the document.
func (p *parser) token() (xml.Token, error) {
	for {
		t, err := p.xml.Token()
		p.source.mark = p.xml.InputOffset()
		switch {
		case errors.Is(err, io.EOF) && t == nil:
			return nil, nil
		case err != nil:
			return nil, p.broken(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if p.deep++; p.deep > maxDeep {
				return nil, p.fail("elements stand more than %d deep in each other", maxDeep)
			}
			return t, nil
		case xml.EndElement:
			p.deep--
			return t, nil
		case xml.Directive:
			return nil, p.fail("it has a document type or another directive, which metadata never has")
		}
	}
}

// broken says what the XML reader met, in words that do not repeat the document.
func (p *parser) broken(err error) error {
	line, _ := p.xml.InputPos()
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF"):
		return &ParseError{line, "it ends in the middle", io.ErrUnexpectedEOF}
	case errors.As(err, &syntax):
		return &ParseError{syntax.Line, "it is no well-formed XML: " + shorten(syntax.Msg), nil}
	}
	return &ParseError{line, shorten(err.Error()), err}
}

// shorten cuts what may repeat a piece of the document.
func shorten(text string) string {
	const most = 160
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// each calls visit for each element in the one that has just begun, which visit reads to its end.
func (p *parser) each(visit func(xml.StartElement) error) error {
	for {
		t, err := p.token()
		if err != nil {
			return err
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			return nil
		}
		if err := visit(start); err != nil {
			return err
		}
	}
}

// skip passes over the rest of the element that has just begun.
func (p *parser) skip() error {
	for deep := p.deep; ; {
		t, err := p.token()
		if err != nil {
			return err
		}
		if t == nil || p.deep < deep {
			return nil
		}
	}
}

// declare counts something that is kept.
func (p *parser) declare() error {
	if p.count++; p.count > p.most {
		return p.fail("it declares more than %d things", p.most)
	}
	return nil
}

// declareLeaf counts what has nothing in it that is read.
func (p *parser) declareLeaf() error {
	if err := p.declare(); err != nil {
		return err
	}
	return p.skip()
}

// attribute returns the value of an attribute, "" where there is none.
func (p *parser) attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return p.intern(a.Value)
		}
	}
	return ""
}

// intern returns one and the same string for equal ones, of which the XML reader makes a new one each time.
func (p *parser) intern(s string) string {
	if known, ok := p.interns[s]; ok {
		return known
	}
	p.interns[s] = s
	return s
}

// name returns an attribute that an element must have and that names something.
func (p *parser) name(e xml.StartElement, attribute string) (string, error) {
	name := p.attribute(e, attribute)
	switch {
	case name == "":
		return "", p.fail("%s has no %s", e.Name.Local, attribute)
	case len(name) > maxName:
		return "", p.fail("the %s of %s has more than %d bytes", attribute, e.Name.Local, maxName)
	case strings.ContainsAny(name, "\n\r\t\x00"):
		return "", p.fail("the %s of %s has a control character", attribute, e.Name.Local)
	}
	return name, nil
}

// kind returns an attribute that names a type; "" where there is none.
func (p *parser) kind(e xml.StartElement, attribute string) (string, error) {
	kind := p.attribute(e, attribute)
	if len(kind) > maxName {
		return "", p.fail("the %s of %s has more than %d bytes", attribute, e.Name.Local, maxName)
	}
	return kind, nil
}

// truth returns a boolean attribute.
func (p *parser) truth(e xml.StartElement, name string, otherwise bool) bool {
	switch p.attribute(e, name) {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	return otherwise
}
