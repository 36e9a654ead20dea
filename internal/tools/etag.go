package tools

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// errandTime bounds what is read to explain a refusal, in time.
const errandTime = 10 * time.Second

// remedy adds to a refusal what helps the caller on. What it has to read for that it reads through the call's own
// guarded Graph, so that it shows nothing that the caller could not read.
func remedy(ctx context.Context, c Call, r *graph.Request, err error) error {
	var refusal *graph.Error
	if r.API() == graph.ResourceManager {
		return explainRole(err)
	}
	if !errors.As(err, &refusal) {
		return err
	}
	hint := ""
	switch {
	case needsTag(r, refusal):
		hint = tagHint(ctx, c, r)
	case r.Query("$apply") != "" && (refusal.Status == http.StatusBadRequest || refusal.Status == http.StatusNotImplemented):
		hint = "Graph groups nothing here: count per value, with a microsoft_graph_batch of " + r.Path() + "/$count?$filter=…"
	default:
		if wrong := unknownProperty(refusal.Message); wrong != nil {
			hint = wrong.hint(ctx, c, r)
		} else {
			hint = c.Profile.pathHint(r, refusal)
		}
	}
	if hint == "" {
		return explain(ctx, c.Profile, err)
	}
	return &remedyError{error: err, hint: hint}
}

// takesReading tells whether remedy may read something to explain a refusal.
func takesReading(r *graph.Request, refusal *graph.Error) bool {
	return needsTag(r, refusal) || unknownProperty(refusal.Message) != nil
}

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
	return why + `: read it again and see that the change still fits, then send headers {"If-Match": ` + quote(tag) + `}, its tag now`
}

// itemPath is the path of the item that a request is about: for a file's content, which may be JSON and name any
// tag, that of the file.
func itemPath(r *graph.Request) string {
	path := r.Path()
	item := path[:strings.LastIndexByte(path, '/')]
	if closed := strings.Count(item+"/", ":/")%2 == 0; closed && isContent(r) { // else the file is called so
		return item
	}
	return path
}

// fetch reads the item of a request, without its query and headers; nil where that fails or is refused.
func fetch(ctx context.Context, c Call, r *graph.Request, query map[string]string) []byte {
	get, err := c.Profile.Endpoints.NewRequest(graph.Params{API: r.API(), Version: r.Version(), Path: itemPath(r), Query: query})
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, errandTime)
	defer cancel()
	response, err := c.Graph.Do(ctx, get)
	if err != nil || !isJSON(response) {
		return nil
	}
	return response.Body
}
