package odata_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	values, err := url.ParseQuery("$select=id,start/dateTime&$top=5&skip=2&$count=TRUE&$orderby=displayName desc,id&$expand=manager($select=id%3B$expand=members($top=2)),owners&$search=\"a:b\"&api=x&$skiptoken=t")
	if err != nil {
		t.Fatal(err)
	}
	got, err := odata.ParseQuery(values)
	if err != nil {
		t.Fatal(err)
	}
	five, two := 5, 2
	none := map[string]string{}
	want := &odata.Query{
		Select: []odata.Path{{"id"}, {"start", "dateTime"}}, Top: &five, Skip: &two, Count: true, SkipToken: "t", Search: `"a:b"`, HasSearch: true,
		OrderBy: []odata.Order{{By: odata.Path{"displayName"}, Descending: true}, {By: odata.Path{"id"}}}, Other: map[string]string{"api": "x"},
		Expand: []odata.Expansion{
			{Name: "manager", Query: odata.Query{Select: []odata.Path{{"id"}}, Other: none, Expand: []odata.Expansion{{Name: "members", Query: odata.Query{Top: &two, Other: none}}}}},
			{Name: "owners"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestQueryIsRefused(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"$top=x", "$top=-1", "$skip=1.5", "$count=1", "$nonsense=1", "$top=1&$top=2", "$top=1&top=2", "$select=a,", "$select=", "$select=a b", "$orderby=a up", "$orderby=", "$orderby=a desc x",
		"$expand=", "$expand=a(", "$expand=a)", "$expand=a($filter='x)", "$expand=a(b=1;$top=x)", "$filter=a eq", "$expand=" + strings.Repeat("a($expand=", 10) + "b" + strings.Repeat(")", 10),
	} {
		values, err := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = odata.ParseQuery(values)
		var syntax *odata.SyntaxError
		var option *odata.OptionError
		if !errors.As(err, &syntax) && !errors.As(err, &option) {
			t.Errorf("%s: got %v, want an error", query, err)
		}
	}
}

func TestSort(t *testing.T) {
	t.Parallel()
	list := []odata.Entity{{"n": "b", "i": int64(1)}, {"n": nil, "i": int64(2)}, {"n": "A", "i": int64(3)}, {"n": "B", "i": int64(4)}}
	for order, want := range map[string]string{"n": "2314", "n desc": "1432", "n,i desc": "2341", "i desc": "4321", "missing": "1234"} {
		keys, err := odata.ParseOrder(order)
		if err != nil {
			t.Fatal(err)
		}
		sorted := append([]odata.Entity(nil), list...)
		odata.Sort(sorted, keys, func(e odata.Entity) odata.Entity { return e })
		got := ""
		for _, e := range sorted {
			got += string(rune('0' + e["i"].(int64)))
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", order, got, want)
		}
	}
}

func TestDirectorySearch(t *testing.T) {
	t.Parallel()
	has := func(term odata.Term) bool {
		return term.Property == "displayName" && odata.HasWords("Ada van Holt", term.Text) || term.Property == "mail" && term.Text == "ada"
	}
	for search, want := range map[string]bool{
		`"displayName:ada"`:                                     true,
		`"displayName:ad ho"`:                                   true,
		`"displayName:da"`:                                      false,
		`"displayName:x" OR "mail:ada"`:                         true,
		`"displayName:x" AND "mail:ada"`:                        false,
		`"displayName:x" OR "displayName:ada" AND "mail:x"`:     false,
		`("displayName:x" OR "displayName:ada") AND "mail:ada"`: true,
		`NOT "displayName:x"`:                                   true,
		`"displayName:ada" AND NOT "mail:ada"`:                  false,
	} {
		s, err := odata.ParseDirectorySearch(search)
		if err != nil {
			t.Errorf("%s: %v", search, err)
			continue
		}
		if got := s.Matches(has); got != want {
			t.Errorf("%s: got %v, want %v", search, got, want)
		}
	}
	for _, search := range []string{"", "ada", "displayName:ada", `"ada"`, `"displayName:ada`, `"displayName:ada" and "mail:x"`, `"displayName:ada" AND`, `("displayName:ada"`, `NOT NOT "a:b"`} {
		if _, err := odata.ParseDirectorySearch(search); err == nil {
			t.Errorf("%s: got no error", search)
		}
	}
}

func TestKeywords(t *testing.T) {
	t.Parallel()
	s, err := odata.ParseKeywords(`budget from:"Ada Holt" (filetype:docx OR filetype:pdf) NOT "old plan"`)
	if err != nil {
		t.Fatal(err)
	}
	want := []odata.Term{{Text: "budget"}, {Property: "from", Text: "Ada Holt"}, {Property: "filetype", Text: "docx"}, {Property: "filetype", Text: "pdf"}, {Text: "old plan", Phrase: true}}
	if diff := cmp.Diff(want, s.Terms()); diff != "" {
		t.Error(diff)
	}
	if !s.Matches(func(term odata.Term) bool { return term.Text != "docx" && term.Text != "old plan" }) {
		t.Error("got no match for everything but one alternative")
	}
}

func FuzzKeywords(f *testing.F) {
	f.Add(`a AND (b OR NOT c:"d e")`)
	f.Add(`"x:y" (`)
	f.Fuzz(func(t *testing.T, s string) {
		for _, parse := range []func(string) (*odata.Search, error){odata.ParseKeywords, odata.ParseDirectorySearch} {
			if search, err := parse(s); err == nil {
				_ = search.Matches(func(odata.Term) bool { return false })
			}
		}
	})
}

func FuzzQuery(f *testing.F) {
	f.Add("$select=a&$expand=b($select=c;$top=1),d&$orderby=e desc")
	f.Fuzz(func(t *testing.T, s string) {
		values, err := url.ParseQuery(s)
		if err != nil {
			return
		}
		_, _ = odata.ParseQuery(values)
	})
}
