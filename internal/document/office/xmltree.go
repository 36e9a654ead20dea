package office

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// node is an XML element. Names are without their namespace: in Office's formats the same local name means the same
// wherever it is looked for here, and the namespaces have two spellings (transitional and strict).
type node struct {
	name  string
	attrs []xml.Attr
	kids  []*node // elements, and runs of characters as nodes without a name
	text  string  // of a run of characters
}

// attr returns an attribute that has no namespace, or any where it is the only one of that name.
func (n *node) attr(name string) string {
	value := ""
	for _, a := range n.attrs {
		if a.Name.Local == name {
			if value = a.Value; a.Name.Space == "" {
				return value
			}
		}
	}
	return value
}

// rel returns the attribute of that name which points to a relationship: r:id, r:embed.
func (n *node) rel(name string) string {
	for _, a := range n.attrs {
		if a.Name.Local == name && strings.HasSuffix(a.Name.Space, "/relationships") {
			return a.Value
		}
	}
	return ""
}

// child follows names downwards, and returns nil where one is missing. A nil node has no children.
func (n *node) child(names ...string) *node {
	for _, name := range names {
		if n == nil {
			return nil
		}
		var found *node
		for _, kid := range n.kids {
			if kid.name == name {
				found = kid
				break
			}
		}
		n = found
	}
	return n
}

// value returns the attribute val of the child of that name: how Office writes most properties.
func (n *node) value(names ...string) string {
	if c := n.child(names...); c != nil {
		return c.attr("val")
	}
	return ""
}

// on says whether a property that is a switch is there and not turned off.
func (n *node) on(names ...string) bool {
	c := n.child(names...)
	return c != nil && isTrue(c.attr("val"), true)
}

func isTrue(s string, empty bool) bool {
	switch strings.ToLower(s) {
	case "":
		return empty
	case "0", "false", "off", "none":
		return false
	}
	return true
}

// all returns the elements of a name at any depth, in order; it does not look into those it found.
func (n *node) all(name string) []*node {
	var found []*node
	if n == nil {
		return nil
	}
	for _, kid := range n.kids {
		if kid.name == name {
			found = append(found, kid)
		} else {
			found = append(found, kid.all(name)...)
		}
	}
	return found
}

// content returns the characters in n, at any depth.
func (n *node) content() string {
	var b strings.Builder
	n.collect(&b)
	return b.String()
}

func (n *node) collect(b *strings.Builder) {
	if n == nil {
		return
	}
	b.WriteString(n.text)
	for _, kid := range n.kids {
		kid.collect(b)
	}
}

// elements reads a part's XML within the archive's limits.
type elements struct {
	*xml.Decoder
	archive *archive
	name    string
	depth   int
	count   int // elements read
	most    int // elements that it may have
	part    *part
}

// stream opens a part to read its XML piece by piece. The caller closes it.
func (a *archive) stream(name string) (*elements, error) {
	r, err := a.open(name)
	if err != nil {
		return nil, err
	}
	d := xml.NewDecoder(r)
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		e, err := htmlindex.Get(label)
		if err != nil {
			return nil, err
		}
		return e.NewDecoder().Reader(in), nil
	}
	return &elements{Decoder: d, archive: a, name: name, part: r, most: a.l.Elements}, nil
}

// streamHalf opens a part that may take no more than half of what the limits leave, so that others can be read even
// where it is too large.
func (a *archive) streamHalf(name string) (*elements, error) {
	e, err := a.stream(name)
	if err != nil {
		return nil, err
	}
	e.part.most = min(e.part.most, (a.l.Expanded-a.expanded)/2)
	e.most = (a.l.Elements - a.elements) / 2
	return e, nil
}

func (e *elements) close() { _ = e.part.Close() }

// next returns the next token, io.EOF at the end. With raw, names keep their prefix and nesting is not looked at.
func (e *elements) next(raw bool) (xml.Token, error) {
	read := e.Token
	if raw {
		read = e.RawToken
	}
	t, err := read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil:
		var known *reading.Error
		if errors.As(err, &known) {
			return nil, known
		}
		// The decoder's own words quote the file.
		line, _ := e.InputPos()
		return nil, &reading.Error{Kind: reading.Broken, Detail: fmt.Sprintf("its part %s is no proper XML in line %d", printable(e.name), line)}
	}
	switch t.(type) {
	case xml.StartElement:
		e.depth++
		e.count++
		e.archive.elements++
	case xml.EndElement:
		e.depth--
	}
	if l := e.archive.l; e.depth > l.Depth {
		return nil, &reading.Error{Kind: reading.TooLarge, Detail: fmt.Sprintf("its part %s nests more than %d elements", printable(e.name), l.Depth)}
	} else if e.count > e.most {
		return nil, &reading.Error{Kind: reading.TooLarge, Detail: fmt.Sprintf("its part %s has more than %d elements", printable(e.name), e.most)}
	} else if e.archive.elements > l.Elements {
		return nil, &reading.Error{Kind: reading.TooLarge, Detail: fmt.Sprintf("it has more than %d elements", l.Elements)}
	}
	return t, nil
}

// maxSubtree bounds the elements, their ends and the text between that stand in memory at once. A page of a document has some thousand.
const maxSubtree = 3_000_000

// subtree reads the element that start begins to its end.
func (e *elements) subtree(start xml.StartElement) (*node, error) {
	root := &node{name: start.Name.Local, attrs: start.Attr}
	path, count := []*node{root}, 0
	for len(path) > 0 {
		t, err := e.next(false)
		if errors.Is(err, io.EOF) {
			return nil, &reading.Error{Kind: reading.Broken, Detail: "its part " + printable(e.name) + " breaks off"}
		}
		if err != nil {
			return nil, err
		}
		if count++; count > maxSubtree {
			return nil, &reading.Error{Kind: reading.TooLarge, Detail: fmt.Sprintf("its part %s has more than %d elements in one piece", printable(e.name), maxSubtree)}
		}
		top := path[len(path)-1]
		switch t := t.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, attrs: t.Attr}
			top.kids = append(top.kids, n)
			path = append(path, n)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			top.kids = append(top.kids, &node{text: string(t)})
		}
	}
	return root, nil
}

// tree reads a whole part.
func (a *archive) tree(name string) (*node, error) {
	e, err := a.stream(name)
	if err != nil {
		return nil, err
	}
	defer e.close()
	for {
		t, err := e.next(false)
		if errors.Is(err, io.EOF) {
			return nil, &reading.Error{Kind: reading.Broken, Detail: "its part " + printable(name) + " is empty"}
		}
		if err != nil {
			return nil, err
		}
		if start, ok := t.(xml.StartElement); ok {
			return e.subtree(start)
		}
	}
}
