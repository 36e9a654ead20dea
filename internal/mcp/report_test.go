package mcp_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// Who calls hears how far it is: of their own call alone, and not after it.
func TestClientHearsOfProgress(t *testing.T) {
	t.Parallel()
	heard := make(chan mcp.Progress, 8)
	do := func(_ context.Context, r *graph.Request) (*graph.Response, error) {
		if r.Query("$skiptoken") == "" {
			return answerJSON(`{"value":[{"id":"1"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}`)
		}
		heard <- <-heard // the call goes on once it was heard
		return answerJSON(`{"value":[{"id":"2"}]}`)
	}
	config := mcp.Config{Profiles: []*tools.Profile{testProfile(t, "contoso", do)}}
	server := startServer(t, mcp.HTTPConfig{Config: config})
	dialled, err := mcp.Dial(t.Context(), server.URL+"/mcp", "")
	if err != nil {
		t.Fatal(err)
	}
	local, err := mcp.Local(t.Context(), mcp.HTTPConfig{Config: config}.Alone())
	if err != nil {
		t.Fatal(err)
	}
	arguments := json.RawMessage(`{"path":"/users","maxItems":10}`)
	for name, client := range map[string]*mcp.Client{"over HTTP": dialled, "in this process": local} {
		for range 2 {
			answer, err := client.CallWith(t.Context(), "microsoft_graph", arguments, func(p mcp.Progress) { heard <- p })
			if err != nil || answer.IsError {
				t.Fatalf("%s: got %+v, %v", name, answer, err)
			}
			if diff := cmp.Diff(mcp.Progress{Done: 1, Total: 10, Text: "1 items"}, <-heard); diff != "" || len(heard) > 0 {
				t.Errorf("%s: %d more, %s", name, len(heard), diff)
			}
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
}
