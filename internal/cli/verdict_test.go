package cli

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// What find_graph_api says of a call is what the policy would do with it.
func TestVerdictIsThePolicys(t *testing.T) {
	t.Parallel()
	rules, err := policy.New(policy.Rules{ReadWrite: true, Deny: []string{"* /users/bob@contoso.com/**"}, Confirm: []string{"DELETE /**"}})
	if err != nil {
		t.Fatal(err)
	}
	endpoints, err := graph.NewEndpoints("https://graph.microsoft.com", "")
	if err != nil {
		t.Fatal(err)
	}
	var served tools.Profile
	guard(&served, nil, rules, nil)
	for _, tt := range []struct {
		method, path  string
		allowed, asks bool
	}{
		{"GET", "/users/bob@contoso.com/messages", false, false},
		{"GET", "/users/ada@contoso.com/messages", true, false},
		{"DELETE", "/users/ada@contoso.com/messages/1", true, true},
		{"DELETE", "/users/{user}", true, true},
	} {
		r, err := endpoints.NewRequest(graph.Params{Method: tt.method, Path: tt.path})
		if err != nil {
			t.Fatal(err)
		}
		if allowed, asks := served.Verdict(r); allowed != tt.allowed || asks != tt.asks {
			t.Errorf("%s %s: got %v, %v", tt.method, tt.path, allowed, asks)
		}
	}
}
