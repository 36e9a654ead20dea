package policy_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// Explain says what Guard does, of whatever it is asked.
func TestExplainIsWhatGuardDoes(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Allow: []string{"GET /**", "POST /$batch", "DELETE /users/*"}, Deny: []string{"* /auditLogs/**"}, Confirm: []string{"DELETE /**"}})
	for _, tt := range []struct{ call, body, rule, items string }{
		{"GET /users/Ada", "", "allow: GET /**", ""},
		{"POST /users", "", "allow: none covers it", ""},
		{"GET /AuditLogs('x')", "", "deny: * /auditLogs/**", ""},
		{"GET /users?$expand=x($expand=auditLogs)", "", "allow: GET /**", ""},
		{"GET /?$expand=auditLogs", "", "deny: * /auditLogs/**", ""},
		{"DELETE /users/1", "", "confirm: DELETE /**", ""},
		{"POST /$batch", `{"requests":[{"id":"a","method":"GET","url":"/me"},{"id":"b","method":"DELETE","url":"/users/1"}]}`, "confirm: DELETE /**", "a allow, b confirm"},
		{"POST /$batch", `{"requests":[{"id":"a","method":"DELETE","url":"/users/1"},{"id":"b","method":"GET","url":"/auditLogs"}]}`, "deny: * /auditLogs/**", "a confirm, b deny"},
		{"POST /$batch", `{"requests":[{"id":"a","method":"GET","url":"/me"}]}`, "items are judged", "a allow"},
		{"POST /$batch", `{"requests":[]}`, "", ""},
		{"POST /$batch", `{"requests":[{"id":"a","method":"GET","url":"https://evil.example/"}]}`, "", ""},
	} {
		method, path, _ := strings.Cut(tt.call, " ")
		request, err := endpoints(t).NewRequest(graph.Params{Method: method, Path: path, Body: []byte(tt.body)})
		if err != nil {
			t.Fatal(err)
		}
		want, _ := try(t, p, false, tt.call, tt.body)
		if want == "error" { // not a call at all
			want = "deny"
		}
		got := p.Explain(request)
		var items []string
		for _, item := range got.Items {
			items = append(items, item.Item+" "+item.Verdict.String())
		}
		if got.Verdict.String() != want || got.Rule != tt.rule || strings.Join(items, ", ") != tt.items || got.Reason == "" {
			t.Errorf("%s %s: got %s by %q (%s), items %v; want %s by %q, %s", tt.call, tt.body, got.Verdict, got.Rule, got.Reason, items, want, tt.rule, tt.items)
		}
	}
}
