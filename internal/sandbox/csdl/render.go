package csdl

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Document returns the $metadata document of "v1.0" or "beta". The caller owns it. A mistake in the model is an error.
func Document(version string) ([]byte, error) {
	m, err := read()
	if err != nil {
		return nil, err
	}
	m = m.of(version)
	if err := m.check(); err != nil {
		return nil, err
	}
	var w writer
	w.line(`<?xml version="1.0" encoding="utf-8"?>`)
	w.line(`<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">`)
	w.line(`<edmx:DataServices>`)
	for _, namespace := range m.namespaces() {
		m.schema(&w, namespace)
	}
	w.line(`</edmx:DataServices>`)
	w.line(`</edmx:Edmx>`)
	return w.Bytes(), nil
}

// Properties returns the names of the properties of each type in beta, inherited ones too, by the type's name without
// microsoft.graph.; those of navigation are not among them.
func Properties() (map[string][]string, error) {
	m, err := read()
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for _, t := range m.types {
		for at := t; at != nil; at = m.byName[at.base] {
			for _, f := range at.fields {
				if !f.to && !f.has {
					all[t.name] = append(all[t.name], f.name)
				}
			}
		}
	}
	return all, nil
}

// of leaves out what a version does not have.
func (m *model) of(version string) *model {
	if version == "beta" {
		return m
	}
	some := &model{byName: map[string]*typ{}}
	for _, t := range m.types {
		if !t.beta {
			one := *t
			one.fields = slices.DeleteFunc(slices.Clone(t.fields), func(f field) bool { return f.beta })
			some.types, some.byName[t.name] = append(some.types, &one), &one
		}
	}
	some.operations = slices.DeleteFunc(slices.Clone(m.operations), func(o operation) bool { return o.beta })
	some.roots = slices.DeleteFunc(slices.Clone(m.roots), func(r root) bool { return r.beta })
	return some
}

// check finds types that are named and not declared.
func (m *model) check() error {
	var missing []string
	need := func(where, name string) {
		name = strings.Trim(name, "[]")
		if name != "" && !isPrimitive(name) && m.byName[name] == nil {
			missing = append(missing, where+" names the type "+name)
		}
	}
	for _, t := range m.types {
		need(t.name, t.base)
		for _, f := range t.fields {
			need(t.name+"."+f.name, f.of)
		}
	}
	for _, o := range m.operations {
		need(o.name, o.binding)
		need(o.name, o.returns)
		for _, p := range o.parameters {
			need(o.name+"."+p.name, p.of)
		}
	}
	for _, r := range m.roots {
		need(r.name, r.of)
	}
	if len(missing) > 0 {
		return fmt.Errorf("types that are not declared: %s", strings.Join(missing, "; "))
	}
	return nil
}

const rootNamespace = "microsoft.graph"

// namespaces lists the namespaces that have something, the one of most types first.
func (m *model) namespaces() []string {
	all := []string{rootNamespace}
	add := func(name string) {
		if namespace, _ := split(name); !slices.Contains(all, namespace) {
			all = append(all, namespace)
		}
	}
	for _, t := range m.types {
		add(t.name)
	}
	for _, o := range m.operations {
		add(o.name)
	}
	slices.Sort(all[1:])
	return all
}

// split cuts security.alert into its namespace and alert.
func split(name string) (namespace, local string) {
	at := strings.LastIndexByte(name, '.')
	if at < 0 {
		return rootNamespace, name
	}
	return rootNamespace + "." + name[:at], name[at+1:]
}

// isPrimitive tells whether a type is one of Edm's.
func isPrimitive(name string) bool {
	return slices.Contains([]string{"Binary", "Boolean", "Date", "DateTimeOffset", "Decimal", "Double", "Duration", "Guid", "Int16", "Int32", "Int64", "Single", "Stream", "String", "TimeOfDay"}, name)
}

// qualified is how the document names a type: graph. is the alias of microsoft.graph, as Graph itself has it.
func qualified(name string) string {
	inner := strings.Trim(name, "[]")
	full := "graph." + inner
	switch namespace, local := split(inner); {
	case isPrimitive(inner):
		full = "Edm." + inner
	case namespace != rootNamespace:
		full = namespace + "." + local
	}
	if strings.HasPrefix(name, "[") {
		return "Collection(" + full + ")"
	}
	return full
}

// full names a type with its whole namespace, as Graph does in its container.
func full(name string) string {
	namespace, local := split(name)
	return namespace + "." + local
}

func (m *model) schema(w *writer, namespace string) {
	alias := ""
	if namespace == rootNamespace {
		alias = ` Alias="graph"`
	}
	w.line(`<Schema Namespace="%s"%s xmlns="http://docs.oasis-open.org/odata/ns/edm">`, namespace, alias)
	for _, t := range m.types {
		if in, local := split(t.name); in == namespace {
			t.render(w, local)
		}
	}
	for _, o := range m.operations {
		if in, local := split(o.name); in == namespace {
			o.render(w, local)
		}
	}
	if namespace == rootNamespace {
		m.container(w)
	}
	w.line(`</Schema>`)
}

func (t *typ) render(w *writer, local string) {
	if t.form == "enum" {
		w.line(`<EnumType Name="%s">`, local)
		for i, member := range t.members {
			w.line(`<Member Name="%s" Value="%d" />`, member, i)
		}
		w.line(`</EnumType>`)
		return
	}
	element := map[string]string{"entity": "EntityType", "complex": "ComplexType"}[t.form]
	attributes := ""
	if t.base != "" {
		attributes += ` BaseType="` + qualified(t.base) + `"`
	}
	if t.abstract {
		attributes += ` Abstract="true"`
	}
	if t.open {
		attributes += ` OpenType="true"`
	}
	w.line(`<%s Name="%s"%s>`, element, local, attributes)
	if len(t.key) > 0 {
		w.line(`<Key>`)
		for _, name := range t.key {
			w.line(`<PropertyRef Name="%s" />`, name)
		}
		w.line(`</Key>`)
	}
	for _, f := range t.fields {
		f.render(w, slices.Contains(t.key, f.name))
	}
	w.line(`</%s>`, element)
}

func (f field) render(w *writer, isKey bool) {
	switch {
	case f.has:
		w.line(`<NavigationProperty Name="%s" Type="%s" ContainsTarget="true" />`, f.name, qualified(f.of))
	case f.to:
		w.line(`<NavigationProperty Name="%s" Type="%s" />`, f.name, qualified(f.of))
	case isKey:
		w.line(`<Property Name="%s" Type="%s" Nullable="false" />`, f.name, qualified(f.of))
	default:
		w.line(`<Property Name="%s" Type="%s" />`, f.name, qualified(f.of))
	}
}

// element is the name of the element that declares it.
func (o operation) element() string {
	return map[string]string{"action": "Action", "function": "Function"}[o.form]
}

func (o operation) render(w *writer, local string) {
	element := o.element()
	bound := ""
	if o.binding != "" {
		bound = ` IsBound="true"`
	}
	w.line(`<%s Name="%s"%s>`, element, local, bound)
	if o.binding != "" {
		w.line(`<Parameter Name="bindingParameter" Type="%s" />`, qualified(o.binding))
	}
	for _, p := range o.parameters {
		w.line(`<Parameter Name="%s" Type="%s" />`, p.name, qualified(p.of))
	}
	if o.returns != "" {
		w.line(`<ReturnType Type="%s" />`, qualified(o.returns))
	}
	w.line(`</%s>`, element)
}

func (m *model) container(w *writer) {
	w.line(`<EntityContainer Name="GraphService">`)
	for _, r := range m.roots {
		switch r.form {
		case "set":
			w.line(`<EntitySet Name="%s" EntityType="%s" />`, r.name, full(r.of))
		case "one":
			w.line(`<Singleton Name="%s" Type="%s" />`, r.name, full(r.of))
		}
	}
	for _, o := range m.operations {
		if _, local := split(o.name); o.binding == "" {
			w.line(`<%sImport Name="%s" %s="%s" />`, o.element(), local, o.element(), qualified(o.name))
		}
	}
	w.line(`</EntityContainer>`)
}

// writer writes lines.
type writer struct{ bytes.Buffer }

func (w *writer) line(format string, args ...any) {
	fmt.Fprintf(&w.Buffer, format, args...)
	w.WriteByte('\n')
}
