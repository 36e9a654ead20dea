package tools_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// A file's content may be JSON and name any tag: the tag is the file's own.
func TestTheTagOfContentIsTheFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ method, path, read string }{
		{"PUT", "/me/drive/root:/a.json:/content", "GET /me/drive/root:/a.json:"},
		{"PUT", "/drives/1/items/2/content", "GET /drives/1/items/2"},
		{"PUT", "/me/photo/$value", "GET /me/photo"},
		{"PATCH", "/me/drive/root:/notes/content", "GET /me/drive/root:/notes/content"}, // a file of that name
		{"PATCH", "/planner/tasks/1", "GET /planner/tasks/1"},
	} {
		arguments := map[string]any{"method": tt.method, "path": tt.path, "body": map[string]any{}, "headers": map[string]any{"If-Match": "old"}}
		hint, made := remedied(t, &graph.Error{Status: 412}, `{"@odata.etag":"now"}`, arguments)
		if want := []string{tt.method + " " + tt.path, tt.read}; !slices.Equal(made, want) || !strings.Contains(hint, `{"If-Match": "now"}`) {
			t.Errorf("got %q with the hint %q, want %q", made, hint, want)
		}
	}
}
