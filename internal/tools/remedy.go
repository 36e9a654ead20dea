package tools

import (
	"context"
	"errors"
	"net/http"
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

// remedyError is a refusal with a better word on what to do than the service's own.
type remedyError struct {
	error
	hint string
}

func (e *remedyError) Unwrap() error { return e.error }

// Hint says what to do next.
func (e *remedyError) Hint() string { return e.hint }

// hintOf returns what an error says that helps; "" where it says nothing.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
