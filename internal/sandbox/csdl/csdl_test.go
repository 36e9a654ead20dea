package csdl

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"
)

// named is what the document has by name.
type named struct {
	Name     string `xml:"Name,attr"`
	Type     string `xml:"Type,attr"`
	BaseType string `xml:"BaseType,attr"`
}

type document struct {
	Schemas []struct {
		Namespace    string `xml:"Namespace,attr"`
		EntityTypes  []kind `xml:"EntityType"`
		ComplexTypes []kind `xml:"ComplexType"`
		Enums        []kind `xml:"EnumType"`
		Actions      []named
		Container    *struct {
			Sets       []named `xml:"EntitySet"`
			Singletons []named `xml:"Singleton"`
		} `xml:"EntityContainer"`
	} `xml:"DataServices>Schema"`
}

type kind struct {
	named
	Properties []named `xml:"Property"`
	Navigation []named `xml:"NavigationProperty"`
}

func parse(t *testing.T, version string) (document, string) {
	t.Helper()
	text, err := Document(version)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := xml.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d, string(text)
}

func TestDocument(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1.0", "beta"} {
		d, text := parse(t, version)
		types := map[string]bool{}
		roots := map[string]string{}
		for _, s := range d.Schemas {
			for _, k := range slices.Concat(s.EntityTypes, s.ComplexTypes, s.Enums) {
				name := s.Namespace + "." + k.Name
				if types[name] {
					t.Errorf("%s: %s is there twice", version, name)
				}
				types[name] = true
				seen := map[string]bool{}
				for _, p := range slices.Concat(k.Properties, k.Navigation) {
					if seen[p.Name] {
						t.Errorf("%s: %s.%s is there twice", version, name, p.Name)
					}
					seen[p.Name] = true
				}
			}
			if s.Container != nil {
				for _, r := range slices.Concat(s.Container.Sets, s.Container.Singletons) {
					roots[r.Name] = r.Type
				}
			}
		}
		if len(types) < 800 || len(roots) < 55 || roots["me"] != "microsoft.graph.user" || roots["external"] != "microsoft.graph.externalConnectors.external" {
			t.Errorf("%s: got %d types and the roots %v", version, len(types), roots)
		}
		for _, line := range []string{
			`<EntityType Name="user" BaseType="graph.directoryObject" OpenType="true">`, `<NavigationProperty Name="messages" Type="Collection(graph.message)" ContainsTarget="true" />`,
			`<NavigationProperty Name="manager" Type="graph.directoryObject" />`, `<Property Name="id" Type="Edm.String" Nullable="false" />`,
			`<Parameter Name="bindingParameter" Type="Collection(graph.user)" />`, `<ReturnType Type="Collection(graph.user)" />`, `<Member Name="html" Value="1" />`,
			`<NavigationProperty Name="alerts_v2" Type="Collection(microsoft.graph.security.alert)" ContainsTarget="true" />`,
		} {
			if !strings.Contains(text, line) {
				t.Errorf("%s lacks %s", version, line)
			}
		}
		if got := strings.Contains(text, `Name="wellKnownName"`); got != (version == "beta") {
			t.Errorf("%s has wellKnownName: %v", version, got)
		}
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	all, err := Properties()
	if err != nil {
		t.Fatal(err)
	}
	message := all["message"]
	for _, name := range []string{"subject", "categories", "id"} { // its own, its base's, and that one's
		if !slices.Contains(message, name) {
			t.Errorf("a message lacks %s", name)
		}
	}
	if slices.Contains(message, "attachments") {
		t.Error("a navigation property is among the properties")
	}
}

func TestMistakesAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"  String name":                          `x.txt:1: a property outside of a type`,
		"entity a\n  String":                     `x.txt:2: "String" is not a type and names`,
		"entity a\nentity a":                     `x.txt:2: the type a is declared twice`,
		"entity a : b sealed":                    `x.txt:1: "sealed" after the name of a type`,
		"thing a":                                `x.txt:1: "thing" is no kind of declaration`,
		"action a":                               `x.txt:1: "a" has no parentheses`,
		"action a(b, c)":                         `x.txt:1: "c" is not a parameter and its type`,
		"set users":                              `x.txt:1: "users" is not a name and a type`,
		"entity":                                 `x.txt:1: "entity" declares nothing`,
		"entity a\n  colour colour":              `types that are not declared: a.colour names the type colour`,
		"function f(a) b":                        `types that are not declared: f names the type a; f names the type b`,
		"beta enum b x\nentity a\n  b c":         `types that are not declared: a.c names the type b`,
		"entity a : b":                           `types that are not declared: a names the type b`,
		"one c d":                                `types that are not declared: c names the type d`,
		"entity a\n  String name\n  Strin other": `types that are not declared: a.other names the type Strin`,
	} {
		m := &model{byName: map[string]*typ{}}
		err := m.readFile("x.txt", text)
		if err == nil {
			err = m.of("v1.0").check()
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
