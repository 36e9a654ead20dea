package catalog_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
)

// TestAreasAreWellFormed is what a contributor of an area meets first.
func TestAreasAreWellFormed(t *testing.T) {
	t.Parallel()
	if err := catalog.Check(); err != nil {
		t.Fatal(err)
	}
	c := catalog.New()
	seen := map[string]string{}
	operations := 0
	for _, a := range c.Areas() {
		if a.Title == "" {
			t.Errorf("%s has no title: begin it with a line %q", a.Name, "# Title")
		}
		for _, o := range c.Area(a.Name) {
			operations++
			where := a.Name + ": " + o.Method + " " + o.Path
			key := o.Method + " " + shape(o.Path)
			if first, twice := seen[key]; twice {
				t.Errorf("%s stands twice: also in %s", where, first)
			}
			seen[key] = where
			checkOperation(t, where, o)
		}
	}
	if operations < 300 {
		t.Errorf("there are %d operations; that is not the catalog", operations)
	}
}

func checkOperation(t *testing.T, where string, o catalog.Operation) {
	t.Helper()
	if o.Does == "" || utf8.RuneCountInString(o.Does) > 120 {
		t.Errorf("%s: does has %d characters; it should have 1 to 120", where, utf8.RuneCountInString(o.Does))
	}
	for _, words := range []struct {
		field string
		have  []string
		least int
	}{{"ask", o.Asks, 2}, {"de", o.German, 1}, {"fr", o.French, 1}} {
		if len(words.have) < words.least {
			t.Errorf("%s: %s has %d phrases; it should have %d or more", where, words.field, len(words.have), words.least)
		}
	}
	if (o.Delegated == "" || o.Application == "") && o.Path != "/$batch" { // a batch needs what its requests need
		t.Errorf("%s: delegated and application need a permission, or %q", where, "-")
	}
	if o.Body != "" && !json.Valid([]byte(o.Body)) {
		t.Errorf("%s: body is no JSON: %s", where, o.Body)
	}
	if o.Version != "" && o.Version != "beta" {
		t.Errorf("%s: version is %q; it should be beta or absent", where, o.Version)
	}
	for _, path := range append([]string{o.Path}, o.Also...) {
		if !strings.HasPrefix(path, "/") || strings.Count(path, "{") != strings.Count(path, "}") || strings.ContainsAny(path, " ?#") {
			t.Errorf("%s: %q is no path", where, path)
		}
	}
}

// shape is a template without the names of its placeholders.
func shape(template string) string {
	var b strings.Builder
	inside := false
	for _, r := range strings.ToLower(template) {
		switch {
		case r == '{':
			inside = true
			b.WriteString("{}")
		case r == '}':
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestAt(t *testing.T) {
	t.Parallel()
	c := catalog.New()
	tests := []struct{ method, path, want string }{
		{"GET", "/me/messages", "/me/messages"},
		{"get", "/ME/Messages", "/me/messages"},
		{"GET", "me/messages/", "/me/messages"},
		{"GET", "/v1.0/me/messages?$top=5", "/me/messages"},
		{"GET", "https://graph.microsoft.com/v1.0/me/messages", "/me/messages"},
		{"GET", "/users/ada@contoso.com/messages", "/me/messages"},
		{"GET", "/users('ada@contoso.com')/messages", "/me/messages"},
		{"GET", "/me/messages/AAMkAD=", "/me/messages/{message}"},
		{"POST", "/me/sendMail", "/me/sendMail"},
		{"POST", "/me/microsoft.graph.sendMail", "/me/sendMail"},
		{"GET", "/users/delta", "/users/delta"},
		{"DELETE", "/users/1", "/users/{user}"},
		{"DELETE", "/me/sendMail", ""},
		{"GET", "/users/$count", "/users/$count"},
		{"GET", "/users('$count')", "/users/{user}"},
		{"GET", "/me/drive/root:/$count", "/me/drive/items/{item}"},
		{"GET", "/me/messages/$count", ""},
		{"GET", "/me/messages/%24count", ""},
		{"GET", "/me/messages/$value", ""},
		{"DELETE", "/users/$ref", ""},
		{"DELETE", "/groups/1/members/$ref", ""},
		{"GET", "/", ""},
		{"GET", "", ""},
		{"GET", "/no/such/thing", ""},
	}
	for _, test := range tests {
		o, ok := c.At(test.method, test.path)
		if o.Path != test.want || ok != (test.want != "") {
			t.Errorf("At(%s, %s) = %q, %v; want %q", test.method, test.path, o.Path, ok, test.want)
		}
	}
}

// TestAtKnowsItsOwn: each template, with values for what stands in braces, leads to its operation or to one that has the
// same template.
func TestAtKnowsItsOwn(t *testing.T) {
	t.Parallel()
	c := catalog.New()
	for _, a := range c.Areas() {
		for _, o := range c.Area(a.Name) {
			for i, template := range append([]string{o.Path}, o.Also...) {
				got, ok := c.At(o.Method, filled(template))
				if !ok || i == 0 && got.Path != o.Path {
					t.Errorf("At(%s, %s) = %q, %v; want %s", o.Method, filled(template), got.Path, ok, o.Path)
				}
			}
		}
	}
}

// filled puts a value where a template has braces.
func filled(template string) string {
	return strings.ReplaceAll(strings.ReplaceAll(shape(template), "'{}'", "'x'"), "{}", "8f3c")
}

func TestProperties(t *testing.T) {
	t.Parallel()
	c := catalog.New()
	for _, name := range []string{"user", "User", "microsoft.graph.user", "#microsoft.graph.user"} {
		got := c.Properties(name)
		if len(got) < 30 || !cmp.Equal(got[:2], []string{"id", "displayName"}) {
			t.Errorf("Properties(%s) = %v", name, got)
		}
	}
	for _, name := range []string{"", ".", "nothing", "graph.", "user "} {
		if got := c.Properties(name); got != nil {
			t.Errorf("Properties(%q) = %v; want none", name, got)
		}
	}
	for _, name := range []string{"message", "event", "driveItem", "group", "listItem", "mailFolder", "calendar", "contact", "site", "list"} {
		if len(c.Properties(name)) < 5 {
			t.Errorf("Properties(%s) = %v", name, c.Properties(name))
		}
	}
}
