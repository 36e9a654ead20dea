package schema_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// every returns the document of our own that has every construct.
func every(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/every.xml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parse(t testing.TB, text string) *schema.Model {
	t.Helper()
	m, err := schema.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// document wraps declarations into a document of one schema.
func document(declarations string) string {
	return `<Edmx Version="4.0"><DataServices><Schema Namespace="microsoft.graph" Alias="graph">` + declarations + `</Schema></DataServices></Edmx>`
}

// answers writes down all that a model says.
func answers(m *schema.Model) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n", m.Size())
	for name, kind := range m.Types() {
		described, ok := m.Type(name)
		fmt.Fprintf(&b, "%s %s %v %+v\n", name, kind, ok, described)
		fmt.Fprintf(&b, "\t%+v\n\t%+v\n", m.Operations(name, false), m.Operations(name, true))
	}
	fmt.Fprintf(&b, "%+v\n", m.Roots())
	for p := range m.Paths() {
		operation := p.Operation
		p.Operation = nil
		fmt.Fprintf(&b, "%+v", p)
		if operation != nil {
			fmt.Fprintf(&b, " %+v", *operation)
		}
		target, err := m.Resolve(p.Template)
		fmt.Fprintf(&b, " %s %v %v\n", target.Type, target.Collection, err)
	}
	return b.String()
}
