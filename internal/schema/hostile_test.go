package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// What these documents have is what a parser may read. It must not multiply when the model is asked.

const meAndUsers = `<EntityContainer><EntitySet Name="users" EntityType="graph.user"/><Singleton Name="me" Type="graph.user"/></EntityContainer>`

// repeat writes a format so many times, with the number in its place.
func repeat(times int, format string) string {
	var b strings.Builder
	for i := range times {
		b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// bounded reads all paths of a document, and holds that they are no more than may be.
func bounded(t *testing.T, m *schema.Model) (paths, text int) {
	t.Helper()
	for p := range m.Paths() {
		paths++
		text += len(p.Template)
		if len(p.Template) > 1<<10 {
			t.Fatalf("a template has %d bytes", len(p.Template))
		}
	}
	if text > 8<<20 {
		t.Errorf("the templates have %d bytes", text)
	}
	return paths, text
}

func TestOperationsWithoutEnd(t *testing.T) {
	t.Parallel()
	m := parse(t, document(`<EntityType Name="user"/>`+
		repeat(20_000, `<Action Name="a#" IsBound="true"><Parameter Name="b" Type="graph.user"/></Action>`)+meAndUsers))
	if got := len(m.Operations("user", false)); got != 4096 {
		t.Errorf("got %d operations", got)
	}
	if paths, _ := bounded(t, m); paths != 4096+2 {
		t.Errorf("got %d paths", paths)
	}
	if _, err := m.Resolve("/me/a4095"); err != nil {
		t.Error(err)
	}
	if _, err := m.Resolve("/me/a4096"); err == nil {
		t.Error("what is not read is known")
	}
}

// TestBasesAreNotReadForEver has many types based on one that has much: the tour ends before it has been to the last of them.
func TestBasesAreNotReadForEver(t *testing.T) {
	t.Parallel()
	m := parse(t, document(`<EntityType Name="user"/>`+
		repeat(4000, `<Action Name="a#" IsBound="true"><Parameter Name="b" Type="graph.user"/></Action>`)+
		repeat(20_000, `<EntityType Name="t#" BaseType="graph.user"><NavigationProperty Name="n" Type="graph.user"/></EntityType>`)+meAndUsers))
	if paths, _ := bounded(t, m); paths < 4000+150 || paths > 4000+300 {
		t.Errorf("got %d paths", paths)
	}
}

func TestTemplatesDoNotMultiply(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 300)
	deep := `<EntityType Name="user"><NavigationProperty Name="first" Type="graph.t0"/></EntityType>`
	for i := range 8 {
		deep += repeat(1, fmt.Sprintf(`<EntityType Name="t%d">`, i)) +
			repeat(1000, fmt.Sprintf(`<NavigationProperty Name="n#%s" Type="graph.t%d"/>`, long, i+1)) + `</EntityType>`
	}
	paths, _ := bounded(t, parse(t, document(deep+meAndUsers)))
	if want := 3 * 1000; paths < want || paths > want+10 { // the fourth level is too long
		t.Errorf("got %d paths, want about %d", paths, want)
	}
	wide := `<EntityType Name="user">` + repeat(28_000, `<NavigationProperty Name="n#`+long+`" Type="graph.user"/>`) + `</EntityType>`
	if paths, text := bounded(t, parse(t, document(wide+meAndUsers))); paths < 20_000 || text < 8<<20-1<<10 {
		t.Errorf("got %d paths of %d bytes: it has ended too early", paths, text)
	}
}

// TestSignaturesWithoutEnd has a function of more parameters than any path can name.
func TestSignaturesWithoutEnd(t *testing.T) {
	t.Parallel()
	m := parse(t, document(`<EntityType Name="user"/><Function Name="f" IsBound="true" IsComposable="true"><Parameter Name="b" Type="graph.user"/>`+
		repeat(50_000, `<Parameter Name="p#"/>`)+`<ReturnType Type="graph.user"/></Function>`+meAndUsers))
	if paths, _ := bounded(t, m); paths != 2 {
		t.Errorf("got %d paths", paths)
	}
	if target, err := m.Resolve("/me/f(" + strings.Repeat("p=1,", 1500) + ")"); err != nil || target.Operation == nil {
		t.Errorf("got %+v, %v", target, err)
	}
}

// TestNearestOfVeryMany: names beyond those that are compared are not found.
func TestNearestOfVeryMany(t *testing.T) {
	t.Parallel()
	names := make([]string, 1<<14, 1<<14+1)
	if got := schema.Nearest("messages", append(names, "messages"), 3); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	names[len(names)-1] = "message"
	if got := schema.Nearest("messages", names, 3); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

// TestArgumentsWithoutEnd: of what stands in parentheses, so much is read that each of Graph's functions is found.
func TestArgumentsWithoutEnd(t *testing.T) {
	t.Parallel()
	function := func(parameters int) string {
		return `<Function Name="f" IsBound="true"><Parameter Name="b" Type="graph.user"/>` + repeat(parameters, `<Parameter Name="p#"/>`) + `<ReturnType Type="Edm.String"/></Function>`
	}
	m := parse(t, document(`<EntityType Name="user"/>`+function(100)+function(64)+function(10)+meAndUsers))
	for given, want := range map[int]int{10: 10, 64: 64, 100: 64} {
		target, err := m.Resolve("/me/f(" + repeat(given, "p#=1,") + ")")
		if err != nil || target.Operation == nil || len(target.Operation.Parameters) != want {
			t.Errorf("%d: got %+v, %v", given, target, err)
		}
	}
}

// TestTypesThatDifferInCase: so many are compared as there may be namespaces.
func TestTypesThatDifferInCase(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	var last string
	for i := range 1 << 11 {
		name := []byte("abcdefghijk")
		for k := range name {
			name[k] -= byte(1-i>>(len(name)-1-k)&1) * ('a' - 'A')
		}
		last = string(name)
		fmt.Fprintf(&b, `<EntityType Name="%s"/>`, name)
	}
	m := parse(t, document(b.String()))
	if got, _ := m.Type("ABCDEFGHIJK"); got.Name != "microsoft.graph.ABCDEFGHIJK" {
		t.Errorf("got %s", got.Name)
	}
	if got, _ := m.Type(last); got.Name == "microsoft.graph."+last || !strings.EqualFold(got.Name, "microsoft.graph."+last) {
		t.Errorf("got %s, which is behind those that are compared", got.Name)
	}
}
