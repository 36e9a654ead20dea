package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// A refused item gets the words that a single call would. What has to be read for them is read for the first few.
func TestRefusedItemsGetTheRemediesOfSingleCalls(t *testing.T) {
	t.Parallel()
	refusals := map[string]string{
		"tag":      `"status":412,` + batchJSON + `,"body":{"error":{"code":"notAllowed","message":"Changed."}}`,
		"property": `"status":400,` + batchJSON + `,"body":{"error":{"code":"Request_BadRequest","message":"Invalid property 'departement'."}}`,
	}
	batch := batched(t, func(i item) string { return refusals[strings.TrimRight(i.ID, "0123456789")] })
	reads := 0
	s := service(func(r *graph.Request) (*graph.Response, error) {
		if r.Path() == "/$batch" {
			return batch(r)
		}
		reads++
		return replyJSON(`{"@odata.etag":"W/\"now\"","id":"1"}`)
	})
	all := []map[string]any{{"id": "property", "method": "PATCH", "url": "/users/1", "body": map[string]any{"departement": "x"}}}
	for i := range 9 {
		all = append(all, map[string]any{"id": fmt.Sprint("tag", i), "method": "PATCH", "url": fmt.Sprint("/planner/tasks/", i), "headers": map[string]any{"If-Match": "old"}, "body": map[string]any{"a": 1}})
	}
	_, err := callBatch(t, s, production(t), requests(all...))
	if err == nil || !strings.Contains(err.Error(), `the property is called \"department\"`) || !strings.Contains(err.Error(), `{\"If-Match\": \"W/\\\"now`) {
		t.Errorf("got %v", err)
	}
	if reads == 0 || reads > 5 {
		t.Errorf("%d items were read", reads)
	}
}

// A note that stands under several answers of a batch is written once.
func TestNotesOfABatchAreSaidOnce(t *testing.T) {
	t.Parallel()
	list := `"status":200,` + batchJSON + `,"body":{"value":[{"id":"1","changeKey":"k","subject":"a"}]}`
	other := `"status":200,` + batchJSON + `,"body":{"value":[{"id":"1","webLink":"k"}]}`
	s := batched(t, func(i item) string {
		switch i.ID {
		case "c":
			return other
		case "e", "f":
			return `"status":200,` + batchJSON + `,"body":[{"id":"1","contentBytes":"QUFB"}]`
		}
		return list
	})
	var all []map[string]any
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		all = append(all, map[string]any{"id": id, "method": "GET", "url": "/me/messages"})
	}
	got, err := callBatch(t, s, production(t), requests(all...))
	if err != nil || !json.Valid([]byte(got)) {
		t.Fatalf("%v in %s", err, got)
	}
	const value = `"body":{"value":[{"id":"1","subject":"a"}],"note":`
	for _, want := range []string{value + `"left out: changeKey; $select shows them"}`, value + `"as for \"a\""}}`, `"note":"left out: webLink;`} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %s in %s", want, got)
		}
	}
	if n := strings.Count(got, "changeKey"); n != 1 {
		t.Errorf("the note stands there %d times: %s", n, got)
	}
}

// strict is a guard that refuses what it is asked about.
type strict struct{ service }

func (strict) Check(context.Context, []*graph.Request) error {
	return errors.New("refused, not sent: DELETE /users/1")
}

// Where one item is refused nothing is sent, and the answer says so.
func TestARefusedItemHoldsTheWholeBatch(t *testing.T) {
	t.Parallel()
	s := strict{func(*graph.Request) (*graph.Response, error) {
		t.Error("something was sent")
		return replyJSON("{}")
	}}
	_, err := callBatch(t, s, production(t), requests(map[string]any{"id": "a", "method": "GET", "url": "/me"}, map[string]any{"id": "b", "method": "DELETE", "url": "/users/1"}))
	if want := "the whole batch: refused, not sent: DELETE /users/1"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
