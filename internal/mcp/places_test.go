package mcp_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// A message that we cannot read, and the library can, takes a place like any other.
func TestOddMessagesTakeAPlace(t *testing.T) {
	t.Parallel()
	hang, begun := make(chan struct{}), make(chan struct{}, 1)
	p := testProfile(t, "contoso", func(context.Context, *graph.Request) (*graph.Response, error) {
		begun <- struct{}{}
		<-hang
		return answerJSON(`{}`)
	})
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Version: "1", Profiles: []*tools.Profile{p}}, Rules: door.Rules{MaxConcurrent: 1, MaxWait: -1}})
	var calls sync.WaitGroup
	defer calls.Wait()
	defer close(hang)
	calls.Go(func() { callGraph(9, `{"path":"/a"}`).do(t, t.Context(), s) })
	<-begun
	for _, odd := range []string{`"requestState":5`, `"inputResponses":[]`, `"z":1`} {
		if resp, body := modern(1, "tools/list", "", `{`+odd+`}`).do(t, t.Context(), s); resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("with %s: %d %.150s", odd, resp.StatusCode, body)
		}
	}
}
