package tools

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// needsTag tells whether a change was refused because its ETag is missing or old. Planner answers 409 to an old
// one, which elsewhere says that a name is taken.
func needsTag(r *graph.Request, refusal *graph.Error) bool {
	if !slices.Contains([]string{http.MethodPatch, http.MethodPut, http.MethodDelete}, r.Method()) {
		return false
	}
	switch refusal.Status {
	case http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		return true
	case http.StatusConflict:
		return slices.Contains(r.Readings()[0], "planner")
	case http.StatusBadRequest:
		return strings.Contains(strings.ToLower(refusal.Message), "if-match")
	}
	return false
}

// tagHint reads the item that was to be changed and says which tag it has now; "" where it cannot be read.
func tagHint(ctx context.Context, c Call, r *graph.Request) string {
	var item struct {
		Tag   string `json:"@odata.etag"`
		Plain string `json:"eTag"` // of drive items
	}
	if body := fetch(ctx, c, r, nil); body == nil || json.Unmarshal(body, &item) != nil {
		return ""
	}
	tag := item.Tag
	if tag == "" {
		tag = item.Plain
	}
	if tag == "" || len(tag) > 512 || tag == r.Header("If-Match") {
		return ""
	}
	why := "the item was changed by somebody else meanwhile"
	if r.Header("If-Match") == "" {
		why = "changes of this item need its tag"
	}
	return why + `: read it again and see that the change still fits, then send headers {"If-Match": ` + compact.Quote(tag) + `}, its tag now`
}
