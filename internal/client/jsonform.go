package client

import (
	"slices"
	"strings"
)

// jsonForm is a file of JSON that has its entries in the object at path.
type jsonForm struct {
	path   []string
	reader string // as for parseJSON
}

// document is a text and its tree, which is empty where the text is.
type document struct {
	text string
	root node
}

func (f jsonForm) open(text string) (document, *flaw) {
	if strings.TrimSpace(text) == "" {
		return document{text: "{}\n", root: node{kind: '{', end: 2}}, nil
	}
	root, err := parseJSON(text, f.reader)
	if err == nil && root.kind != '{' {
		err = flawAt(root.start, "the file holds something else than an object")
	}
	return document{text, root}, err
}

// at returns the object that path leads to, and the part of path that is not there.
func (d document) at(path []string) (node, []string, *flaw) {
	n := d.root
	for i, name := range path {
		index, twice := n.find(name)
		switch {
		case twice:
			return n, nil, flawAt(n.members[index].start, "there are two of the name %q: which of them counts, nobody can tell", name)
		case index < 0:
			return n, path[i:], nil
		case n.members[index].value.kind != '{':
			return n, nil, flawAt(n.members[index].start, "%q is something else than an object", name)
		}
		n = n.members[index].value
	}
	return n, nil, nil
}

func (f jsonForm) entry(text, name string) (saying, bool, error) {
	d, err := f.open(text)
	if err != nil {
		return saying{}, false, err
	}
	n, missing, err := d.at(append(slices.Clone(f.path), name))
	if err != nil {
		return saying{}, false, err
	}
	if missing != nil {
		return saying{}, false, nil
	}
	said := saying{command: d.first(n, commandNames), url: d.first(n, addressNames)}
	var all bool
	if said.args, all = d.arguments(n); !all {
		said.odd = oddArguments
	}
	said.off = d.is(n, "disabled", "true") || d.is(n, "enabled", "false")
	if d.overHTTP(n) {
		said.key, said.odd = d.key(n)
	}
	return said, true, nil
}

// What of an entry cannot be made out.
const (
	oddArguments = "its entry for this server has arguments that are not text"
	oddKey       = "its entry for this server has a key that is not written as --key-env writes it"
)

// key returns how an entry for an address names the variable of its key.
func (d document) key(n node) (reference, odd string) {
	for _, name := range []string{"headers", "Authorization"} {
		i, twice := n.find(name)
		switch {
		case twice:
			return "", oddKey
		case i < 0:
			return "", ""
		}
		n = n.members[i].value
	}
	if n.kind != '"' {
		return "", oddKey
	}
	reference, bearer := strings.CutPrefix(unquoted(d.text[n.start:n.end]), "Bearer ")
	if !bearer || reference == "" {
		return "", oddKey
	}
	return reference, ""
}

// is tells whether an entry's setting is the word true or false.
func (d document) is(n node, name, word string) bool {
	i, _ := n.find(name)
	return i >= 0 && n.members[i].value.kind == 0 && d.text[n.members[i].value.start:n.members[i].value.end] == word
}

// first returns the text that one of the names has: the first of a list.
func (d document) first(n node, names []string) string {
	for _, name := range names {
		i, _ := n.find(name)
		if i < 0 {
			continue
		}
		v := n.members[i].value
		if v.kind == '[' && len(v.members) > 0 {
			v = v.members[0].value
		}
		if v.kind == '"' {
			return unquoted(d.text[v.start:v.end])
		}
	}
	return ""
}

// arguments returns what an entry starts its program with: the texts of "args", or those behind a program that heads a list.
// It tells whether there is nothing but texts.
func (d document) arguments(n node) (words []string, all bool) {
	all = true
	for _, name := range append([]string{"args"}, commandNames...) {
		i, _ := n.find(name)
		if i < 0 || n.members[i].value.kind != '[' {
			all = all && (i < 0 || name != "args")
			continue
		}
		for j, m := range n.members[i].value.members {
			v := m.value
			all = all && v.kind == '"'
			if v.kind == '"' && (name == "args" || j > 0) {
				words = append(words, unquoted(d.text[v.start:v.end]))
			}
		}
	}
	return words, all
}

func (f jsonForm) install(text, name string, wanted []field) (string, error) {
	before, err := f.open(text)
	if err != nil {
		return "", err
	}
	path := append(slices.Clone(f.path), name)
	after := before
	if n, missing, err := before.at(path); err != nil {
		return "", err
	} else if missing == nil && before.overHTTP(n) != overHTTP(wanted) {
		// One way to be reached in place of another: nothing of the entry fits any more.
		after.text = replaced(before, n, wanted)
	} else if after, err = f.merged(before, path, wanted); err != nil {
		return "", err
	} else if after, err = f.withoutKey(after, path, wanted); err != nil {
		return "", err
	}
	if after.text == before.text && text != "" {
		return text, nil
	}
	return after.text, f.check(before, after.text, path, wanted)
}

// overHTTP tells whether the entry that is there names an address.
func (d document) overHTTP(n node) bool {
	return d.first(n, commandNames) == "" && d.first(n, addressNames) != ""
}

// merged returns d with all of wanted in the object at path, and what else is there as it was.
func (f jsonForm) merged(d document, path []string, wanted []field) (document, *flaw) {
	n, missing, err := d.at(path)
	if err != nil {
		return d, err
	}
	if missing != nil {
		added := field{name: missing[len(missing)-1], value: wanted}
		for i := len(missing) - 2; i >= 0; i-- {
			added = field{name: missing[i], value: []field{added}}
		}
		return f.open(inserted(d, n, added))
	}
	for _, w := range wanted {
		if d, err = f.with(d, path, w); err != nil {
			return d, err
		}
	}
	return f.less(d, path, func(m member) bool { return obsolete(m.key, wanted) })
}

// withoutKey returns d without what an entry for an address had because of its key, where none is wanted now.
func (f jsonForm) withoutKey(d document, path []string, wanted []field) (document, *flaw) {
	if !overHTTP(wanted) || slices.ContainsFunc(wanted, func(w field) bool { return w.name == "headers" }) {
		return d, nil
	}
	d, err := f.less(d, path, func(m member) bool { return m.key == "oauth" && d.says(m.value, false) })
	if err != nil {
		return d, err
	}
	headers := append(slices.Clone(path), "headers")
	if _, missing, err := d.at(headers); err != nil || missing != nil {
		return d, err
	}
	return f.less(d, headers, func(m member) bool { return m.key == "Authorization" })
}

// less returns d without some members of the object at path.
func (f jsonForm) less(d document, path []string, unwanted func(member) bool) (document, *flaw) {
	for {
		n, _, err := d.at(path)
		if err != nil {
			return d, err
		}
		i := slices.IndexFunc(n.members, unwanted)
		if i < 0 {
			return d, nil
		}
		if d, err = f.open(removed(d, n, i)); err != nil {
			return d, err
		}
	}
}

// with returns d with a setting in the object at path.
func (f jsonForm) with(d document, path []string, w field) (document, *flaw) {
	n, _, err := d.at(path)
	if err != nil {
		return d, err
	}
	i, twice := n.find(w.name)
	inner, nested := w.value.([]field)
	switch {
	case twice:
		return d, flawAt(n.members[i].start, "there are two of the name %q: which of them counts, nobody can tell", w.name)
	case i >= 0 && (w.weak || d.says(n.members[i].value, w.value)):
		return d, nil
	case i >= 0 && nested && n.members[i].value.kind == '{':
		return f.merged(d, append(slices.Clone(path), w.name), inner)
	case i >= 0:
		return f.open(replaced(d, n.members[i].value, w.value))
	}
	return f.open(inserted(d, n, w))
}

// says tells whether a value is v already; of an object, whether it has all of v.
func (d document) says(n node, v any) bool {
	raw := d.text[n.start:n.end]
	switch v := v.(type) {
	case string:
		return n.kind == '"' && unquoted(raw) == v
	case bool:
		return raw == "true" && v || raw == "false" && !v
	case []string:
		return n.kind == '[' && slices.EqualFunc(n.members, v, func(m member, word string) bool { return d.says(m.value, word) })
	case []field:
		return n.kind == '{' && !slices.ContainsFunc(v, func(f field) bool {
			i, twice := n.find(f.name)
			return i < 0 || twice || !f.weak && !d.says(n.members[i].value, f.value)
		})
	}
	return false
}

func (f jsonForm) uninstall(text, name string) (string, error) {
	d, err := f.open(text)
	if err != nil {
		return "", err
	}
	n, missing, err := d.at(f.path)
	if err != nil {
		return "", err
	}
	i, twice := n.find(name)
	switch {
	case missing != nil || i < 0:
		return text, nil
	case twice:
		return "", flawAt(n.members[i].start, "there are two of the name %q: which of them counts, nobody can tell", name)
	}
	after := removed(d, n, i)
	return after, f.check(d, after, append(slices.Clone(f.path), name), nil)
}

// check makes sure, from a reading of its own, that a changed text says what is wanted, and else what it said before.
func (f jsonForm) check(before document, text string, path []string, wanted []field) error {
	after, err := f.open(text)
	if err != nil || !unchanged(before, before.root, after, after.root, path) {
		return unsafe(before.root.start)
	}
	n, missing, err := after.at(path)
	if err != nil || (missing == nil) != (wanted != nil) || wanted != nil && !after.says(n, wanted) {
		return unsafe(before.root.start)
	}
	return nil
}

// unchanged tells whether two objects have the same members, to the byte and in the same order, but for what is at path.
func unchanged(a document, x node, b document, y node, path []string) bool {
	i, _ := x.find(path[0])
	j, _ := y.find(path[0])
	one, other := without(x.members, i), without(y.members, j)
	same := slices.EqualFunc(one, other, func(m, n member) bool {
		return m.key == n.key && a.text[m.value.start:m.value.end] == b.text[n.value.start:n.value.end]
	})
	switch {
	case !same || len(path) == 1:
		return same
	case j < 0:
		return i < 0
	case i < 0:
		return unchanged(a, node{}, b, y.members[j].value, path[1:])
	}
	return unchanged(a, x.members[i].value, b, y.members[j].value, path[1:])
}

func without(members []member, i int) []member {
	if i < 0 {
		return members
	}
	return slices.Delete(slices.Clone(members), i, i+1)
}
