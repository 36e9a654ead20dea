package schema_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

func TestParse(t *testing.T) {
	t.Parallel()
	m := parse(t, every(t))
	if got, want := m.Size(), (schema.Size{Bytes: m.Size().Bytes, Types: 19, Operations: 10, Roots: 8, Lost: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	var names []string
	for name, kind := range m.Types() {
		names = append(names, name+" "+string(kind))
	}
	want := []string{
		"microsoft.graph.address complex", "microsoft.graph.lending.book entity", "microsoft.graph.cardNumber definition",
		"microsoft.graph.doorKey entity", "microsoft.graph.drive entity", "microsoft.graph.driveItem entity", "microsoft.graph.entity entity",
		"microsoft.graph.foreignAddress complex", "microsoft.graph.librarian entity", "microsoft.graph.library entity",
		"microsoft.graph.lending.loan entity", "microsoft.graph.mood enum", "microsoft.graph.person entity", "microsoft.graph.lending.person entity",
		"microsoft.graph.place complex", "microsoft.graph.rights enum", "microsoft.graph.scan entity", "microsoft.graph.shelf entity", "microsoft.graph.site entity",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestType(t *testing.T) {
	t.Parallel()
	m := parse(t, every(t))
	person := schema.Type{
		Name: "microsoft.graph.person", Kind: schema.Entity, Base: "microsoft.graph.entity", Open: true, Key: []string{"id"},
		Properties: []schema.Property{
			{Name: "id", Type: "Edm.String", Required: true},
			{Name: "displayName", Type: "Edm.String"},
			{Name: "nickName", Type: "Edm.String"},
			{Name: "mood", Type: "microsoft.graph.mood"},
			{Name: "phones", Type: "Edm.String", Collection: true, Required: true},
			{Name: "home", Type: "microsoft.graph.address"},
			{Name: "formerHomes", Type: "microsoft.graph.address", Collection: true},
			{Name: "picture", Type: "Edm.Stream"},
			{Name: "anything", Type: "Edm.Untyped"},
			{Name: "card", Type: "microsoft.graph.cardNumber"},
		},
		Navigation: []schema.Property{
			{Name: "loans", Type: "microsoft.graph.lending.loan", Collection: true, Contained: true, Navigation: true},
			{Name: "warden", Type: "microsoft.graph.person", Required: true, Navigation: true},
			{Name: "drive", Type: "microsoft.graph.drive", Contained: true, Navigation: true},
			{Name: "shelves", Type: "microsoft.graph.shelf", Collection: true, Navigation: true},
		},
		Derived: []string{"microsoft.graph.librarian"},
	}
	shelf := schema.Type{
		Name: "microsoft.graph.shelf", Kind: schema.Entity, Key: []string{"room", "number"},
		Properties: []schema.Property{{Name: "room", Type: "Edm.String", Required: true}, {Name: "place", Type: "microsoft.graph.place", Required: true}},
	}
	for _, test := range []struct {
		name string
		want schema.Type
	}{
		{"person", person},
		{"PERSON", person},
		{"#microsoft.graph.person", person},
		{"graph.Person", person},
		{"shelf", shelf},
		{"mood", schema.Type{Name: "microsoft.graph.mood", Kind: schema.Enum, Members: []string{"calm", "cross", "unknownFutureValue"}}},
		{"rights", schema.Type{Name: "microsoft.graph.rights", Kind: schema.Enum, Members: []string{"borrow", "reserve"}, Flags: true, Underlying: "Edm.Int64"}},
		{"cardNumber", schema.Type{Name: "microsoft.graph.cardNumber", Kind: schema.Definition, Underlying: "Edm.String"}},
		{"scan", schema.Type{Name: "microsoft.graph.scan", Kind: schema.Entity, Base: "microsoft.graph.entity", Stream: true, Key: []string{"id"},
			Properties: []schema.Property{{Name: "id", Type: "Edm.String", Required: true}}}},
		{"lending.person", schema.Type{Name: "microsoft.graph.lending.person", Kind: schema.Entity, Base: "microsoft.graph.entity", Key: []string{"id"},
			Properties: []schema.Property{{Name: "id", Type: "Edm.String", Required: true}, {Name: "wrote", Type: "Edm.String"}}}},
		{"foreignAddress", schema.Type{Name: "microsoft.graph.foreignAddress", Kind: schema.Complex, Base: "microsoft.graph.address",
			Properties: []schema.Property{{Name: "street", Type: "Edm.String"}, {Name: "country", Type: "Edm.String"}},
			Navigation: []schema.Property{{Name: "library", Type: "microsoft.graph.library", Navigation: true}}}},
	} {
		got, ok := m.Type(test.name)
		if diff := cmp.Diff(test.want, got); !ok || diff != "" {
			t.Errorf("%s: %v %s", test.name, ok, diff)
		}
	}
	for _, name := range []string{"", ".", "#", "persons", "perso", "elsewhere.person", "ending.person", "graph.", ".person", "graph.lending", "microsoft.graph.self.person"} {
		if got, ok := m.Type(name); ok {
			t.Errorf("%q is %s", name, got.Name)
		}
	}
	if entity, _ := m.Type("entity"); !entity.Abstract || !slices.Contains(entity.Derived, "microsoft.graph.lending.loan") {
		t.Errorf("got %+v", entity)
	}
}

func TestProperty(t *testing.T) {
	t.Parallel()
	m := parse(t, every(t))
	for name, want := range map[string]string{"ID": "Edm.String", "desk": "Edm.Int32", "Loans": "microsoft.graph.lending.loan"} {
		if got, ok := m.Property("librarian", name); !ok || got.Type != want || got.Navigation != (name == "Loans") {
			t.Errorf("%s: got %+v, %v", name, got, ok)
		}
	}
	if got, ok := m.Property("librarian", "wrote"); ok {
		t.Errorf("got %+v", got)
	}
	if got, ok := m.Property("nobody", "id"); ok {
		t.Errorf("got %+v", got)
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	m := parse(t, every(t))
	greet := schema.Operation{Name: "microsoft.graph.greet", Action: true, Binding: "microsoft.graph.person", Parameters: []schema.Property{
		{Name: "words", Type: "Edm.String", Collection: true, Required: true}, {Name: "mood", Type: "microsoft.graph.mood"}}}
	favourite := schema.Operation{Name: "microsoft.graph.favourite", Binding: "microsoft.graph.person", Composable: true,
		Parameters: []schema.Property{{Name: "since", Type: "Edm.Date"}}, Returns: "microsoft.graph.lending.loan"}
	dismiss := schema.Operation{Name: "microsoft.graph.dismissAll", Action: true, Binding: "microsoft.graph.person", OnMany: true, Returns: "Edm.Int32"}
	delta := schema.Operation{Name: "microsoft.graph.delta", Binding: "microsoft.graph.person", OnMany: true, Returns: "microsoft.graph.person", ReturnsMany: true}
	since := delta
	since.Parameters, since.Returns = []schema.Property{{Name: "token", Type: "Edm.String"}}, "microsoft.graph.librarian"
	own := delta
	own.Binding, own.Returns = "microsoft.graph.librarian", "microsoft.graph.librarian"
	for _, test := range []struct {
		name string
		many bool
		want []schema.Operation
	}{
		{"person", false, []schema.Operation{greet, favourite}},
		{"librarian", false, []schema.Operation{greet, favourite}},
		{"person", true, []schema.Operation{dismiss, delta, since}},
		{"librarian", true, []schema.Operation{own, dismiss, since}}, // its own delta in place of the one without parameters
		{"shelf", true, nil},
		{"nobody", false, nil},
	} {
		if diff := cmp.Diff(test.want, m.Operations(test.name, test.many)); diff != "" {
			t.Errorf("%s %v: %s", test.name, test.many, diff)
		}
	}
	if greet.Method() != "POST" || delta.Method() != "GET" {
		t.Error("methods")
	}
}

func TestRoots(t *testing.T) {
	t.Parallel()
	want := []schema.Root{
		{Name: "people", Type: "microsoft.graph.person", Set: true}, {Name: "users", Type: "microsoft.graph.person", Set: true},
		{Name: "shelves", Type: "microsoft.graph.shelf", Set: true}, {Name: "sites", Type: "microsoft.graph.site", Set: true},
		{Name: "scans", Type: "microsoft.graph.scan", Set: true}, {Name: "me", Type: "microsoft.graph.person"},
		{Name: "openNow", Type: "microsoft.graph.library", Operation: true}, {Name: "closeAll", Operation: true},
	}
	if diff := cmp.Diff(want, parse(t, every(t)).Roots()); diff != "" {
		t.Error(diff)
	}
}

// TestParseLenient reads what services send although it is not quite as it should be.
func TestParseLenient(t *testing.T) {
	t.Parallel()
	me := `<EntityContainer Name="c"><Singleton Name="me" Type="graph.a"/></EntityContainer>`
	for name, text := range map[string]string{
		"a byte order mark":   "\ufeff" + `<?xml version="1.0" encoding="UTF-8"?>` + document(`<EntityType Name="a"/>`+me),
		"prefixes":            `<x:Edmx xmlns:x="u"><x:DataServices><y:Schema xmlns:y="v" Namespace="microsoft.graph" Alias="graph"><y:EntityType Name="a"/><y:EntityContainer Name="c"><y:Singleton Name="me" Type="graph.a"/></y:EntityContainer></y:Schema></x:DataServices></x:Edmx>`,
		"a type twice":        document(`<EntityType Name="a"/><EntityType Name="a"><Property Name="p"/></EntityType>` + me),
		"unknown elements":    document(`<New><EntityType Name="b"/></New><EntityType Name="a"><New><Property Name="p"/></New></EntityType>` + me),
		"unknown attributes":  document(`<EntityType Name="a" New="x" x:Name="z" xmlns:x="u"/>` + me),
		"a base that is lost": document(`<EntityType Name="a" BaseType="gone.b"/>` + me),
		"space at the end":    document(`<EntityType Name="a"/>`+me) + "\n <!-- end -->\n",
		"no version":          strings.Replace(document(`<EntityType Name="a"/>`+me), ` Version="4.0"`, "", 1),
	} {
		m, err := schema.Parse(iotest.OneByteReader(strings.NewReader(text)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if size := m.Size(); size.Types != 1 || size.Roots != 1 {
			t.Errorf("%s: %+v", name, size)
		}
		if target, err := m.Resolve("/me"); err != nil || target.Type != "microsoft.graph.a" {
			t.Errorf("%s: %+v, %v", name, target, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 600)
	for _, test := range []struct {
		name, text, want string
		line             int
	}{
		{"nothing", "", "it is empty", 1},
		{"text", "nothing here", "it is empty", 1},
		{"a page", "<html><body>sign in</body></html>", "HTML page", 1},
		{"another document", "<feed/>", "begins with feed", 1},
		{"no schema", `<Edmx Version="4.0"><DataServices/></Edmx>`, "it has no Schema", 0},
		{"version 2", `<Edmx Version="1.0"/>`, "version 1.0 of OData", 1},
		{"cut", strings.TrimSuffix(document("\n<EntityType Name='a'/>\n"), "</Edmx>"), "ends in the middle", 3},
		{"cut in a tag", "<Edmx Version=\"4.0\">\n<DataServ", "ends in the middle", 2},
		{"wrong end", "<Edmx>\n\n</DataServices>", "no well-formed XML", 3},
		{"more behind it", document("") + "\n<Edmx/>", "goes on behind its end", 2},
		{"an entity", document("\n<EntityType Name='&secret;'/>"), "no well-formed XML", 2},
		{"a document type", "<!DOCTYPE Edmx [<!ENTITY a 'b'>]>\n" + document(""), "document type", 1},
		{"an encoding", `<?xml version="1.0" encoding="utf-16"?>` + document(""), "encoding", 1},
		{"a schema without a name", "<Edmx><DataServices>\n<Schema/></DataServices></Edmx>", "Schema has no Namespace", 2},
		{"a type without a name", document("\n<EntityType/>"), "EntityType has no Name", 2},
		{"a property without a name", document("\n<EntityType Name='a'>\n<Property/></EntityType>"), "Property has no Name", 3},
		{"an entity set without a type", document("\n<EntityContainer><EntitySet Name='a'/></EntityContainer>"), "EntitySet has no EntityType", 2},
		{"a long name", document("<EntityType Name='" + long + "'/>"), "more than 512 bytes", 1},
		{"a long type", document("<EntityType Name='a'><Property Name='b' Type='" + long + "'/></EntityType>"), "more than 512 bytes", 1},
		{"a long base", document("<EntityType Name='a' BaseType='" + long + "'/>"), "more than 512 bytes", 1},
		{"a long underlying type", document("<EnumType Name='a' UnderlyingType='" + long + "'/>"), "more than 512 bytes", 1},
		{"a line break in a name", document("<EntityType Name='a&#10;b'/>"), "control character", 1},
		{"its own base", document("<EntityType Name='a' BaseType='graph.b'/><EntityType Name='b' BaseType='graph.a'/>"), "as its bases", 0},
		{"a long chain", document(chain(40)), "as its bases", 0},
		{"deep", document(strings.Repeat("<a>", 100)), "deep in each other", 1},
		{"long", document("<!--" + strings.Repeat("x", 3<<20) + "-->"), "one element has more than 1 MiB", 1},
	} {
		_, err := schema.Parse(strings.NewReader(test.text))
		var failed *schema.ParseError
		switch {
		case !errors.As(err, &failed):
			t.Errorf("%s: got %v", test.name, err)
		case !strings.Contains(err.Error(), test.want) || failed.Line != test.line || failed.Hint() == "":
			t.Errorf("%s: got line %d, %v", test.name, failed.Line, err)
		case len(err.Error()) > 400:
			t.Errorf("%s: %d bytes of an error", test.name, len(err.Error()))
		}
	}
}

// chain is types that are based on each other.
func chain(length int) string {
	text := ""
	for i := range length {
		text += fmt.Sprintf("<EntityType Name='t%d' BaseType='graph.t%d'/>", i, i+1)
	}
	return text
}

// TestTypeOfGraphItself has a name in several namespaces, of which one goes without saying.
func TestTypeOfGraphItself(t *testing.T) {
	t.Parallel()
	m := parse(t, `<Edmx><DataServices><Schema Namespace="microsoft.graph.a"><EntityType Name="b"/></Schema>`+
		`<Schema Namespace="microsoft.graph"><EntityType Name="b"/><EntityType Name="C"/><EntityType Name="c"/></Schema></DataServices></Edmx>`)
	for name, want := range map[string]string{"b": "microsoft.graph.b", "a.b": "microsoft.graph.a.b", "graph.a.b": "microsoft.graph.a.b", "c": "microsoft.graph.c", "C": "microsoft.graph.C"} {
		if got, _ := m.Type(name); got.Name != want {
			t.Errorf("%s: got %q, want %s", name, got.Name, want)
		}
	}
}

// TestParseLimits has documents that never end, and such as declare too much.
func TestParseLimits(t *testing.T) {
	t.Parallel()
	many := document("<EnumType Name='a'>" + strings.Repeat("<Member Name='m'/>", 200) + "</EnumType>")
	for _, test := range []struct {
		text string
		r    io.Reader
		want string
	}{
		{"endless", io.MultiReader(strings.NewReader("<Edmx Version='4.0'><DataServices>"), repeated("<Annotation/>\n")), "more than 512 KiB"},
		{"endless text", io.MultiReader(strings.NewReader("<Edmx Version='4.0'>"), repeated("  text\n")), "more than 512 KiB"},
		{"many", strings.NewReader(many), "more than 100 things"},
		{"large", strings.NewReader(document("<EntityType Name='" + strings.Repeat("a", 500) + "'/><EntityType Name='" + strings.Repeat("b", 500) + "'/>")), "takes more than 1 KiB"},
	} {
		if _, err := schema.ParseWithin(test.r, 512<<10, 100, 1<<10); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", test.text, err)
		}
	}
	if _, err := schema.ParseWithin(strings.NewReader(many), 512<<10, 203, 32<<10); err != nil {
		t.Error(err)
	}
	fault := errors.New("the line is down")
	if _, err := schema.Parse(io.MultiReader(strings.NewReader("<Edmx>"), iotest.ErrReader(fault))); !errors.Is(err, fault) {
		t.Errorf("got %v", err)
	}
}

// repeated is a text again and again.
type repeated string

func (r repeated) Read(b []byte) (int, error) {
	n := 0
	for len(b)-n >= len(r) { // 32 KiB are asked for
		n += copy(b[n:], r)
	}
	return n, nil
}

func TestImportsDoNotMultiply(t *testing.T) {
	t.Parallel()
	const each = 2000
	text := document(strings.Repeat("<Function Name='f'/>", each) + "<EntityContainer>" +
		strings.Repeat("<FunctionImport Name='f' Function='graph.f'/>", each) + "</EntityContainer>")
	if size := parse(t, text).Size(); size.Roots != each || size.Bytes > 400<<10 {
		t.Errorf("got %+v", size)
	}
}

// TestOverloads: what is bound to the same type stays, though it is called in the same way; a base's own does not.
func TestOverloads(t *testing.T) {
	t.Parallel()
	f := func(binding, kind string) string {
		return `<Function Name="f" IsBound="true"><Parameter Name="b" Type="graph.` + binding + `"/><Parameter Name="p" Type="` + kind + `"/></Function>`
	}
	m := parse(t, document(`<EntityType Name="a"/><EntityType Name="c" BaseType="graph.a"/>`+f("a", "Edm.Date")+f("c", "Edm.String")+f("c", "Edm.Int32")))
	var got []string
	for _, o := range m.Operations("c", false) {
		got = append(got, o.Binding+" "+o.Parameters[0].Type)
	}
	if diff := cmp.Diff([]string{"microsoft.graph.c Edm.String", "microsoft.graph.c Edm.Int32"}, got); diff != "" {
		t.Error(diff)
	}
}
