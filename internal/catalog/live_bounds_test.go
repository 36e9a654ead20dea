package catalog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// hostile is a document that has more than an index may take, as it is written for each number.
func hostile(t *testing.T, times int, navigation, more string) *schema.Model {
	t.Helper()
	var b strings.Builder
	b.WriteString(`<Edmx><DataServices><Schema Namespace="microsoft.graph" Alias="graph"><EntityType Name="user">`)
	each := func(format string) {
		for i := range times {
			b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
		}
	}
	each(navigation)
	b.WriteString(`</EntityType>`)
	each(more)
	b.WriteString(`<EntityContainer><Singleton Name="` + wordy("Zz") + `" Type="graph.user"/></EntityContainer></Schema></DataServices></Edmx>`)
	m, err := schema.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wordy is a name of nearly as many bytes as are looked at, and as many words as they can be.
func wordy(last string) string {
	var b strings.Builder
	for i := range 80 {
		b.WriteByte('A' + byte(i/10))
		b.WriteByte('a' + byte(i%10))
	}
	return b.String() + last
}

// TestLiveIsBounded has documents that an index would take hundreds of megabytes for.
func TestLiveIsBounded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		model                  *schema.Model
		paths, types, postings int // of the index, that it has come to
	}{
		"types":    {hostile(t, 70_000, `<NavigationProperty Name="n#" Type="graph.t#"/>`, `<EntityType Name="t#"/>`), 45_000, 45_000, 1},
		"names":    {hostile(t, 24_000, `<NavigationProperty Name="n#`+wordy("")+`" Type="graph.u"/>`, ``), 24_000, 2, 1 << 20},
		"postings": {hostile(t, 30_000, `<NavigationProperty Name="n#" Type="graph.user"/>`, ``), 30_000, 2, mostPostings},
	} {
		c := New()
		v := c.live(test.model)
		postings := 0
		for _, list := range v.postings {
			postings += len(list)
		}
		if len(v.templates) > mostText || postings > mostPostings || len(v.types) > mostTypes || len(v.paths) > mostPaths {
			t.Errorf("%s: %d bytes of templates, %d postings, %d types, %d paths", name, len(v.templates), postings, len(v.types), len(v.paths))
		}
		text := 0
		for term := range v.terms {
			text += len(term)
		}
		if text > mostNames+mostNames/2 {
			t.Errorf("%s: the terms have %d bytes", name, text)
		}
		if len(v.paths) < test.paths || len(v.types) < test.types || postings < test.postings {
			t.Errorf("%s: %d paths, %d types, %d postings: the test does not test", name, len(v.paths), len(v.types), postings)
		}
		end := uint32(0)
		for _, p := range v.paths {
			if p.start != end || p.end <= p.start {
				t.Fatalf("%s: a path stands from %d to %d, behind %d", name, p.start, p.end, end)
			}
			end = p.end
		}
		if int(end) != len(v.templates) {
			t.Errorf("%s: the last path ends at %d of %d", name, end, len(v.templates))
		}
		c.Find(Query{Text: "aa bb zz n17", Model: test.model})
	}
}

// TestLiveNamesNoWrongType has more types than are numbered: those behind the last are not named after another one.
func TestLiveNamesNoWrongType(t *testing.T) {
	t.Parallel()
	b := liveBuilder{live: &live{types: []string{""}}, kinds: map[string]uint16{"": 0}}
	for i := range mostTypes + 10 {
		name := fmt.Sprintf("microsoft.graph.t%d", i)
		if got := b.types[b.kind(name)]; got != fmt.Sprintf("t%d", i) && (got != "" || i < mostTypes-1) {
			t.Fatalf("%s is %q", name, got)
		}
	}
	if len(b.types) != mostTypes {
		t.Errorf("got %d types", len(b.types))
	}
}
