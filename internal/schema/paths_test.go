package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

func TestPaths(t *testing.T) {
	t.Parallel()
	want := []string{
		"GET /me person", "GET /users person*", "GET /sites site*", "GET /people person*", "GET /shelves shelf*", "GET /scans scan*",
		"GET /openNow(day='{day}') library*", "GET /openNow() library*", "POST /closeAll ",
		"GET /me/loans lending.loan*", "GET /me/warden person", "GET /me/drive drive", "GET /me/shelves shelf*",
		"POST /me/greet ", "GET /me/favourite(since={since}) lending.loan",
		"POST /users/dismissAll Edm.Int32", "GET /users/delta() person*", "GET /users/delta(token='{token}') librarian*",
		"GET /me/drive/root driveItem", "GET /me/drive/items driveItem*", "GET /me/drive/special driveItem*", "GET /me/home/library library", "GET /sites/{site}/drive drive",
		"GET /me/loans/{loan}/borrower person", "GET /me/loans/{loan}/book lending.book", "POST /me/loans/{loan}/microsoft.graph.lending.extend lending.loan",
		"GET /me/microsoft.graph.librarian/keysHeld doorKey*", "GET /users/microsoft.graph.librarian/delta() librarian*", "GET /me/drive/items/{driveItem}/children driveItem*",
	}
	var got []string
	for p := range parse(t, every(t)).Paths() {
		line := p.Method + " " + p.Template + " " + strings.TrimPrefix(p.Type, "microsoft.graph.")
		if p.Collection {
			line += "*"
		}
		got = append(got, line)
		if !strings.Contains(p.Template, p.Name) || strings.ContainsAny(p.Name, ".(/") {
			t.Errorf("%s: the name is %q", p.Template, p.Name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPathsEnd has types that lead to themselves in every way, and a reader that has seen enough.
func TestPathsEnd(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "<EntityType Name='t%d' BaseType='graph.t%d'>", i, i/2+1000*(1-min(i, 1)))
		for j := range 40 {
			fmt.Fprintf(&b, "<NavigationProperty Name='n%d' Type='Collection(graph.t%d)'/>", j, j)
		}
		fmt.Fprintf(&b, "</EntityType><Function Name='f' IsBound='true' IsComposable='true'><Parameter Name='b' Type='graph.t%d'/><ReturnType Type='graph.t%d'/></Function>", i, i)
	}
	m := parse(t, document(b.String()+"<EntityContainer><Singleton Name='me' Type='graph.t0'/></EntityContainer>"))
	seen := map[string]bool{}
	for p := range m.Paths() {
		if seen[p.Template] {
			t.Errorf("%s comes twice", p.Template)
		}
		seen[p.Template] = true
		if target, err := m.Resolve(p.Template); err != nil || target.Type != p.Type || target.Collection != p.Collection {
			t.Errorf("%s: got %+v, %v", p.Template, target, err)
		}
	}
	if want := 1 + 40*40 + 1; len(seen) < want || len(seen) > want+40 {
		t.Errorf("got %d paths, want about %d", len(seen), want)
	}
	count := 0
	for range m.Paths() {
		if count++; count == 3 {
			break
		}
	}
	if count != 3 {
		t.Errorf("it went on after %d", count)
	}
}

func TestPathsWithoutRoots(t *testing.T) {
	t.Parallel()
	for p := range parse(t, document("<EntityType Name='a'/>")).Paths() {
		t.Errorf("got %+v", p)
	}
	var none []schema.Root
	if got := parse(t, document("")).Roots(); len(got) != len(none) {
		t.Errorf("got %v", got)
	}
}
