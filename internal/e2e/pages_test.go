package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// The Inspector reads ten thousand users, as many in an answer as it takes, and goes on with the link that it ends with.
func TestInspectorTenThousandUsers(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	const crowd = 10_000
	tenant := sandboxtest.Start(t, sandbox.Options{Users: crowd})
	eachWayTo(t, tenant, sandboxtest.Profile(t, tenant, "e2e"), func(t *testing.T, _ *sandbox.Tenant, g target) {
		s := openSession(t, g)
		seen, calls := map[string]bool{}, 0
		for path := "/users?$select=id,displayName"; path != "" && calls < 10; calls++ {
			text := s.done(t, "microsoft_graph", map[string]any{"path": path, "maxItems": crowd, "maxChars": 400_000}).text()
			var page struct {
				Columns []string
				Rows    [][]string
				Value   []struct{ ID string }
				Next    string `json:"@odata.nextLink"`
			}
			if err := json.Unmarshal([]byte(text), &page); err != nil || len(text) > 400_000 {
				t.Fatalf("%d characters, %v: %.500s", len(text), err, text)
			}
			id := slices.Index(page.Columns, "id")
			for _, row := range page.Rows {
				seen[row[id]] = true
			}
			for _, user := range page.Value {
				seen[user.ID] = true
			}
			path = strings.TrimSpace(page.Next)
		}
		if len(seen) < crowd || calls == 1 || calls == 10 {
			t.Errorf("%d users in %d calls", len(seen), calls)
		}
	})
}
