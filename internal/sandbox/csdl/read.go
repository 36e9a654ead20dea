package csdl

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed model/*.txt
var files embed.FS

// model is what the files of model/ declare.
type model struct {
	types      []*typ
	operations []operation
	roots      []root
	byName     map[string]*typ
}

// typ is an entity, complex or enumeration type.
type typ struct {
	form, name, base string // form: entity, complex or enum; names are as the files have them
	abstract, open   bool
	beta             bool
	key              []string
	members          []string // of an enumeration
	fields           []field
}

// field is a property; to and has say that it is one of navigation.
type field struct {
	name, of string // of: the type, [x] for a collection
	to, has  bool
	beta     bool
}

type operation struct {
	form, name, binding, returns string
	parameters                   []field
	beta                         bool
}

type root struct {
	form, name, of string
	beta           bool
}

// read reads all files of the model.
func read() (*model, error) {
	m := &model{byName: map[string]*typ{}}
	entries, err := fs.ReadDir(files, "model")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := fs.ReadFile(files, "model/"+e.Name())
		if err != nil {
			return nil, err
		}
		if err := m.readFile(e.Name(), string(text)); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(m.types, func(a, b *typ) int { return cmp.Compare(a.name, b.name) })
	slices.SortStableFunc(m.roots, func(a, b root) int { return cmp.Compare(a.name, b.name) })
	return m, nil
}

func (m *model) readFile(name, text string) error {
	var within *typ
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, " \r\n")
		var err error
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == ' ' && within == nil:
			err = fmt.Errorf("a property outside of a type")
		case line[0] == ' ':
			err = within.read(strings.Fields(line))
		default:
			within, err = m.declare(line)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
	return nil
}

// declare reads a line that declares something, and returns the type that the indented lines below belong to.
func (m *model) declare(line string) (*typ, error) {
	line, beta := cutBeta(line)
	form, rest, _ := strings.Cut(line, " ")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return nil, fmt.Errorf("%q declares nothing", line)
	}
	switch form {
	case "entity", "complex", "enum":
		t, err := newType(form, words)
		if err != nil {
			return nil, err
		}
		if m.byName[t.name] != nil {
			return nil, fmt.Errorf("the type %s is declared twice", t.name)
		}
		t.beta = beta
		m.types, m.byName[t.name] = append(m.types, t), t
		return t, nil
	case "action", "function":
		o, err := readOperation(form, rest)
		o.beta = beta
		m.operations = append(m.operations, o)
		return nil, err
	case "set", "one":
		if len(words) != 2 {
			return nil, fmt.Errorf("%q is not a name and a type", rest)
		}
		m.roots = append(m.roots, root{form, words[0], words[1], beta})
		return nil, nil
	}
	return nil, fmt.Errorf("%q is no kind of declaration", form)
}

func cutBeta(line string) (string, bool) { return strings.CutPrefix(line, "beta ") }

func newType(form string, words []string) (*typ, error) {
	t := &typ{form: form, name: words[0]}
	words = words[1:]
	if form == "enum" {
		t.members = words
		return t, nil
	}
	if len(words) >= 2 && words[0] == ":" {
		t.base, words = words[1], words[2:]
	}
	for _, word := range words {
		switch word {
		case "abstract":
			t.abstract = true
		case "open":
			t.open = true
		default:
			return nil, fmt.Errorf("%q after the name of a type", word)
		}
	}
	return t, nil
}

// read reads a line of properties.
func (t *typ) read(words []string) error {
	f := field{}
	if words[0] == "beta" {
		f.beta, words = true, words[1:]
	}
	if words[0] == "key" {
		t.key = append(t.key, words[1:]...)
		return nil
	}
	f.to, f.has = words[0] == "to", words[0] == "has"
	if f.to || f.has {
		words = words[1:]
	}
	if len(words) < 2 {
		return fmt.Errorf("%q is not a type and names", strings.Join(words, " "))
	}
	for _, name := range words[1:] {
		f.name, f.of = name, words[0]
		t.fields = append(t.fields, f)
	}
	return nil
}

// readOperation reads `name(binding, parameter type, …) type`.
func readOperation(form, text string) (operation, error) {
	name, rest, opened := strings.Cut(text, "(")
	inside, returns, closed := strings.Cut(rest, ")")
	if !opened || !closed {
		return operation{}, fmt.Errorf("%q has no parentheses", text)
	}
	o := operation{form: form, name: name, returns: strings.TrimSpace(returns)}
	for i, part := range strings.Split(inside, ",") {
		words := strings.Fields(part)
		switch {
		case i == 0 && len(words) == 1:
			o.binding = strings.TrimPrefix(words[0], "-")
		case len(words) == 2:
			o.parameters = append(o.parameters, field{name: words[0], of: words[1]})
		default:
			return operation{}, fmt.Errorf("%q is not a parameter and its type", strings.TrimSpace(part))
		}
	}
	return o, nil
}
