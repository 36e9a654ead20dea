package schema_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// FuzzParse holds that no document harms, and that what is read can be stored and loaded with the same answers.
func FuzzParse(f *testing.F) {
	text := every(f)
	f.Add(text)
	f.Add(document(`<EntityType Name="a" BaseType="graph.a"/><Action Name="b" IsBound="true"><Parameter Name="c" Type="Collection(graph.a)"/></Action>`))
	f.Add(document(`<EntityContainer><Singleton Name="me" Type="graph.a"/><FunctionImport Name="x" Function="graph.y"/></EntityContainer><Function Name="y"/>`))
	f.Add("<!DOCTYPE x>")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := schema.Parse(strings.NewReader(text))
		if err != nil {
			var failed *schema.ParseError
			if !errors.As(err, &failed) {
				t.Errorf("got %T %v", err, err)
			}
			return
		}
		loaded, err := schema.Load(stored(t, m))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := answers(loaded), answers(m); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		for name := range m.Types() {
			if got, ok := m.Type(name); !ok || got.Name != name {
				t.Errorf("%q is found as %q", name, got.Name)
			}
		}
	})
}

// FuzzLoad holds that what is stored can be anything at all. The checksum is made right, or it would keep out everything.
func FuzzLoad(f *testing.F) {
	blob := stored(f, parse(f, every(f)))
	f.Add(blob)
	f.Add(stored(f, parse(f, document(""))))
	f.Add(blob[:200])
	f.Fuzz(func(t *testing.T, blob []byte) {
		m, err := schema.Load(forge(bytes.Clone(blob)))
		if err != nil {
			return
		}
		count := 0
		for name := range m.Types() {
			m.Type(name)
			m.Operations(name, false)
			m.Operations(name, true)
			if count++; count == 100 {
				break
			}
		}
		m.Roots()
		for p := range m.Paths() {
			if _, err := m.Resolve(p.Template); err != nil {
				_ = err.Error()
			}
			if count++; count > 300 {
				break
			}
		}
	})
}

// FuzzResolve holds that any path has an answer, and the same one with its version, its host and a query.
func FuzzResolve(f *testing.F) {
	m := parse(f, every(f))
	for _, path := range []string{
		"/me/drive/root:/a/b (1):/children", "/users('o''hara')/loans/{loan}", "/users/delta(token='a/b')/$count",
		"/shelves(room='A,B',number=3)", "/me/graph.librarian/keysHeld", "/sites/a:/b:/drive", "/me/%zz/(((", "/v1.0/me?$top=1#x",
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got, err := m.Resolve(path)
		if err != nil {
			var unknown *schema.UnknownSegmentError
			if errors.As(err, &unknown) && (unknown.Hint() == "" || len(unknown.Nearest) > 5) {
				t.Errorf("%q: %+v", path, unknown)
			}
			if len(err.Error()) > 2000 {
				t.Errorf("%d bytes of an error", len(err.Error()))
			}
			return
		}
		if strings.ContainsAny(path, "?#") || strings.HasPrefix(path, "https:") || strings.Contains(path, "//") {
			return
		}
		again, err := m.Resolve("https://graph.microsoft.com/v1.0/" + strings.TrimLeft(plain(path), "/") + "?$top=1")
		if err != nil || again.Type != got.Type || again.Collection != got.Collection || again.Service != got.Service {
			t.Errorf("%q: got %+v, %v; without host and version %+v", path, again, err, got)
		}
	})
}

// plain takes a version off a path.
func plain(path string) string {
	path = strings.TrimLeft(path, "/")
	for _, version := range []string{"v1.0", "beta"} {
		if first, rest, _ := strings.Cut(path, "/"); strings.EqualFold(first, version) {
			return rest
		}
	}
	return path
}
