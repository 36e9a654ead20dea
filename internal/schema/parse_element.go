package schema

import (
	"cmp"
	"encoding/xml"
	"slices"
	"strings"
)

// document is what a document declares, names as they are written there.
type document struct {
	types      []declaredType
	operations []declaredOperation
	roots      []declaredRoot
	spaces     []space
}

type declaredType struct {
	space      int // of document.spaces
	name       string
	flags      int
	base       string
	key        []string
	properties []declaredProperty
	navigation []declaredProperty
	members    []string
	underlying string
}

type declaredProperty struct {
	name, kind string
	flags      int
}

type declaredOperation struct {
	space      int
	name       string
	flags      int
	bound      bool
	parameters []declaredProperty
	returns    string
}

type declaredRoot struct {
	name  string
	kind  string // the type; of an import the operation's name
	flags int
}

// document reads all of it.
func (p *parser) document() error {
	t, err := p.token()
	if err != nil {
		return err
	}
	start, ok := t.(xml.StartElement)
	switch {
	case !ok:
		return p.fail("it is empty")
	case strings.EqualFold(start.Name.Local, "html"):
		return p.fail("it is an HTML page, not metadata")
	case start.Name.Local != "Edmx":
		return p.fail("it begins with %s, not with Edmx", shorten(start.Name.Local))
	}
	if v := p.attribute(start, "Version"); v != "" && !strings.HasPrefix(v, "4") {
		return p.fail("it has version %s of OData; versions 4.0 and 4.01 are read", shorten(v))
	}
	if err := p.each(p.service); err != nil {
		return err
	}
	if t, err := p.token(); err != nil || t != nil {
		if err == nil {
			err = p.fail("it goes on behind its end")
		}
		return err
	}
	if len(p.found.spaces) == 0 {
		return &ParseError{What: "it has no Schema"}
	}
	return nil
}

func (p *parser) service(e xml.StartElement) error {
	if e.Name.Local != "DataServices" {
		return p.skip() // a Reference: what lies in other documents is taken as not known
	}
	return p.each(func(e xml.StartElement) error {
		if e.Name.Local != "Schema" {
			return p.skip()
		}
		return p.schema(e)
	})
}

func (p *parser) schema(e xml.StartElement) error {
	name, err := p.name(e, "Namespace")
	if err != nil {
		return err
	}
	number, err := p.space(name, p.attribute(e, "Alias"))
	if err != nil {
		return err
	}
	if err := p.declare(); err != nil {
		return err
	}
	return p.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "EntityType":
			return p.structure(e, number, kindEntity)
		case "ComplexType":
			return p.structure(e, number, kindComplex)
		case "EnumType":
			return p.enumeration(e, number)
		case "TypeDefinition":
			return p.definition(e, number)
		case "Action":
			return p.operation(e, number, flagAction)
		case "Function":
			return p.operation(e, number, 0)
		case "EntityContainer":
			return p.each(p.root)
		}
		return p.skip() // Term, Annotations, Annotation
	})
}

// space returns the number of a namespace. A document may have it in several pieces.
func (p *parser) space(name, alias string) (int, error) {
	number := slices.IndexFunc(p.found.spaces, func(s space) bool { return s.name == name })
	if number < 0 {
		if number = len(p.found.spaces); number == maxSpace {
			return 0, p.fail("it has more than %d schemas", maxSpace)
		}
		p.found.spaces = append(p.found.spaces, space{name: name})
	}
	s := &p.found.spaces[number]
	if alias != "" && len(s.aliases) < maxDeep && len(alias) <= maxName {
		s.aliases = append(s.aliases, alias)
	}
	return number, nil
}

func (p *parser) structure(e xml.StartElement, space, kind int) error {
	name, err := p.name(e, "Name")
	if err != nil {
		return err
	}
	base, err := p.kind(e, "BaseType")
	if err != nil {
		return err
	}
	t := declaredType{space: space, name: name, flags: kind, base: base}
	for flag, attribute := range map[int]string{flagAbstract: "Abstract", flagOpen: "OpenType", flagStream: "HasStream"} {
		if p.truth(e, attribute, false) {
			t.flags |= flag
		}
	}
	err = p.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "Property":
			return p.property(e, &t.properties, true)
		case "NavigationProperty":
			return p.property(e, &t.navigation, true)
		case "Key":
			return p.each(func(e xml.StartElement) error { return p.keyPart(e, &t) })
		}
		return p.skip()
	})
	if err != nil {
		return err
	}
	p.found.types = append(p.found.types, t)
	return p.declare()
}

// keyPart reads a part of a key, which goes by its alias where it has one: it is a path then.
func (p *parser) keyPart(e xml.StartElement, t *declaredType) error {
	if e.Name.Local != "PropertyRef" {
		return p.skip()
	}
	name, err := p.name(e, "Name")
	if err != nil {
		return err
	}
	if alias := p.attribute(e, "Alias"); alias != "" && len(alias) <= maxName {
		name = alias
	}
	t.key = append(t.key, name)
	return p.declareLeaf()
}

// property reads a property or a parameter. In version 4.01 its type goes without saying where it is a string.
func (p *parser) property(e xml.StartElement, to *[]declaredProperty, named bool) error {
	kind, err := p.kind(e, "Type")
	if err != nil {
		return err
	}
	d := declaredProperty{kind: cmp.Or(kind, "Edm.String")}
	if named {
		if d.name, err = p.name(e, "Name"); err != nil {
			return err
		}
	}
	if p.truth(e, "ContainsTarget", false) {
		d.flags |= flagContained
	}
	if !p.truth(e, "Nullable", true) {
		d.flags |= flagRequired
	}
	*to = append(*to, d)
	return p.declareLeaf()
}

func (p *parser) enumeration(e xml.StartElement, space int) error {
	name, err := p.name(e, "Name")
	if err != nil {
		return err
	}
	underlying, err := p.kind(e, "UnderlyingType")
	if err != nil {
		return err
	}
	t := declaredType{space: space, name: name, flags: kindEnum, underlying: underlying}
	if p.truth(e, "IsFlags", false) {
		t.flags |= flagFlags
	}
	err = p.each(func(e xml.StartElement) error {
		if e.Name.Local != "Member" {
			return p.skip()
		}
		member, err := p.name(e, "Name")
		if err != nil {
			return err
		}
		t.members = append(t.members, member)
		return p.declareLeaf()
	})
	if err != nil {
		return err
	}
	p.found.types = append(p.found.types, t)
	return p.declare()
}

func (p *parser) definition(e xml.StartElement, space int) error {
	name, err := p.name(e, "Name")
	if err != nil {
		return err
	}
	underlying, err := p.kind(e, "UnderlyingType")
	if err != nil {
		return err
	}
	p.found.types = append(p.found.types, declaredType{space: space, name: name, flags: kindDefinition, underlying: underlying})
	return p.declareLeaf()
}

func (p *parser) operation(e xml.StartElement, space, flags int) error {
	name, err := p.name(e, "Name")
	if err != nil {
		return err
	}
	o := declaredOperation{space: space, name: name, flags: flags, bound: p.truth(e, "IsBound", false)}
	if p.truth(e, "IsComposable", false) {
		o.flags |= flagComposable
	}
	var returned []declaredProperty
	err = p.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "Parameter":
			return p.property(e, &o.parameters, true)
		case "ReturnType":
			return p.property(e, &returned, false)
		}
		return p.skip()
	})
	if err != nil {
		return err
	}
	if len(returned) > 0 {
		o.returns = returned[0].kind
	}
	p.found.operations = append(p.found.operations, o)
	return p.declare()
}

func (p *parser) root(e xml.StartElement) error {
	attribute, flags := "", 0
	switch e.Name.Local {
	case "EntitySet":
		attribute, flags = "EntityType", flagSet
	case "Singleton":
		attribute = "Type"
	case "ActionImport":
		attribute, flags = "Action", flagImport
	case "FunctionImport":
		attribute, flags = "Function", flagImport
	default:
		return p.skip()
	}
	name, err := p.name(e, "Name")
	if err != nil {
		return err
	}
	kind, err := p.name(e, attribute)
	if err != nil {
		return err
	}
	p.found.roots = append(p.found.roots, declaredRoot{name, kind, flags})
	return p.declareLeaf() // bindings of navigation properties: paths follow what they contain or name anyway
}
