package catalog_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
)

// TestDeprecatedIsNotFirst: what stops working is described, but not what a request is answered with.
func TestDeprecatedIsNotFirst(t *testing.T) {
	t.Parallel()
	c := catalog.New()
	for _, test := range []struct{ request, want string }{
		{"files shared with me", "/me/insights/shared"},
		{"shared files", "/me/insights/shared"},
		{"mit mir geteilte Dateien", "/me/insights/shared"},
		{"fichiers partagés avec moi", "/me/insights/shared"},
		{"recent files", "/me/insights/used"},
		{"zuletzt verwendete Dateien", "/me/insights/used"},
		{"fichiers récents", "/me/insights/used"},
	} {
		hits := c.Find(catalog.Query{Text: test.request})
		if len(hits) == 0 || hits[0].Operation.Path != test.want {
			t.Errorf("Find(%s) = %v; want %s first", test.request, names(hits), test.want)
		}
	}
	for _, path := range []string{"/me/drive/sharedWithMe", "/me/drive/recent"} {
		o, ok := c.At("GET", path)
		if !ok || !strings.HasPrefix(o.Does, "Deprecated") || !strings.Contains(strings.Join(o.Notes, "\n"), "/me/insights/") {
			t.Errorf("At(GET, %s) = %+v; want it to say that it is deprecated, and what is to be used", path, o)
		}
	}
}
