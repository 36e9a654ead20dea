package tools_test

import (
	"context"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// fixedToken is an app's token, which lasts as long as a test.
type fixedToken string

func (f fixedToken) Token(context.Context, graph.TokenRequest) (string, error) { return string(f), nil }

// tenantClient makes a client of an embedded tenant that has a token already.
func tenantClient(t testing.TB, tenant *sandbox.Tenant, token string) (*graph.Client, graph.Endpoints) {
	t.Helper()
	endpoints, err := graph.NewEndpoints(tenant.GraphURL(), "")
	if err != nil {
		t.Fatal(err)
	}
	return graph.NewClient(graph.Config{Auth: fixedToken(token), Transport: sandboxtest.Client(t, tenant).Transport}), endpoints
}
