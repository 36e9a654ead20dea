package schema_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// official returns the documents of Microsoft's in the folder that MICROSOFT_GRAPH_METADATA names. None of them is part of
// this repository.
func official(t testing.TB) map[string][]byte {
	t.Helper()
	dir := os.Getenv("MICROSOFT_GRAPH_METADATA")
	if dir == "" {
		t.Skip("MICROSOFT_GRAPH_METADATA names no folder with v1.0.xml, beta.xml, …")
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no documents in %s: %v", dir, err)
	}
	documents := map[string][]byte{}
	for _, name := range names {
		if documents[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return documents
}

// TestOfficial reads Microsoft's documents and finds all of what they declare. What is not found is counted by looking for
// it in the text, which knows nothing of our parser.
func TestOfficial(t *testing.T) {
	t.Parallel()
	for name, text := range official(t) {
		m, err := schema.Parse(bytes.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		count := func(element string) int { return bytes.Count(text, []byte("<"+element+" ")) }
		size := m.Size()
		if want := count("EntityType") + count("ComplexType") + count("EnumType") + count("TypeDefinition"); size.Types != want {
			t.Errorf("%s: %d types, want %d", name, size.Types, want)
		}
		if want := count("Action") + count("Function"); size.Operations != want {
			t.Errorf("%s: %d operations, want %d", name, size.Operations, want)
		}
		if want := count("EntitySet") + count("Singleton") + count("ActionImport") + count("FunctionImport"); size.Roots != want {
			t.Errorf("%s: %d roots, want %d", name, size.Roots, want)
		}
		if size.Lost != 0 || size.Bytes > 1<<20 {
			t.Errorf("%s: %+v", name, size)
		}
		checkTypes(t, name, m)
		checkPaths(t, name, m)
		blob := stored(t, m)
		if loaded, err := schema.Load(blob); err != nil || answers(loaded) != answers(m) {
			t.Errorf("%s: once stored it answers otherwise: %v", name, err)
		}
	}
}

func checkTypes(t *testing.T, name string, m *schema.Model) {
	t.Helper()
	for each, kind := range m.Types() {
		got, ok := m.Type(strings.ToUpper(each))
		if !ok || got.Name != each || got.Kind != kind {
			t.Errorf("%s: %s is found as %s", name, each, got.Name)
		}
		for _, p := range got.Navigation {
			if found, ok := m.Property(each, p.Name); !ok || found.Name != p.Name {
				t.Errorf("%s: %s has no %s", name, each, p.Name)
			}
		}
	}
}

// checkPaths follows each path that a model names, and counts the operations that none leads to.
func checkPaths(t *testing.T, name string, m *schema.Model) {
	t.Helper()
	paths, operations := 0, 0
	for p := range m.Paths() {
		paths++
		if p.Operation != nil {
			operations++
		}
		target, err := m.Resolve(p.Template)
		if err != nil || target.Type != p.Type || target.Collection != p.Collection {
			t.Errorf("%s: %s leads to %+v, %v", name, p.Template, target, err)
		}
	}
	if size := m.Size(); size.Operations-operations > size.Operations/100 {
		t.Errorf("%s: paths lead to %d of %d operations", name, operations, size.Operations)
	}
	t.Logf("%s: %+v, %d paths, %d of them operations", name, m.Size(), paths, operations)
}
