package e2e

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// addPolicy adds rules to the profile of a configuration that sandboxtest.Profile wrote.
func addPolicy(t *testing.T, config, rules string) {
	t.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, append(text, "\n[profiles.e2e.policy]\n"+rules...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The Inspector makes a write that is refused, and ones that its person declines and agrees to.
func TestInspectorWrites(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	config := sandboxtest.Profile(t, tenant, "e2e")
	addPolicy(t, config, `deny = ["POST /users/*/sendMail"]
confirm = ["PATCH /users/*"]`)
	t.Cleanup(func() {
		changes := 0
		for _, r := range tenant.Requests(sandbox.Graph) {
			if r.Method == http.MethodPatch {
				changes++
			}
		}
		if changes != 4 {
			t.Errorf("%d changes were sent, want one for each way", changes)
		}
	})
	eachWayTo(t, tenant, config, func(t *testing.T, tenant *sandbox.Tenant, g target) {
		s := openSession(t, g)
		mail := map[string]any{"path": "/users/" + sandbox.MemberUPN + "/sendMail", "method": "POST",
			"body": map[string]any{"message": map[string]any{"subject": "hello"}}}
		if got := s.call(t, "microsoft_graph", mail); !got.IsError || !strings.Contains(got.text(), "refused, not sent") || !strings.Contains(got.text(), "sendMail") {
			t.Errorf("a write that the policy denies: %s", got.raw)
		}
		title := "Examiner of " + t.Name()
		change := map[string]any{"path": "/users/" + sandbox.MemberUPN, "method": "PATCH", "body": map[string]any{"jobTitle": title}}
		asked := s.call(t, "microsoft_graph", change)
		if !strings.Contains(asked.question(t).Message, "PATCH") || !strings.Contains(asked.question(t).Message, title) {
			t.Errorf("the person was asked %q", asked.question(t).Message)
		}
		if got := s.decline(t, asked); !got.IsError || !strings.Contains(got.text(), "not sent") {
			t.Errorf("declined: %s", got.raw)
		}
		who := map[string]any{"path": "/users/" + sandbox.MemberUPN + "?$select=jobTitle"}
		if got := s.done(t, "microsoft_graph", who); strings.Contains(got.text(), title) {
			t.Errorf("what was declined was done: %s", got.text())
		}
		if got := s.agree(t, s.call(t, "microsoft_graph", change)); got.IsError {
			t.Errorf("agreed: %s", got.raw)
		}
		if n := tenant.Count(sandbox.Graph, "sendMail"); n != 0 {
			t.Errorf("%d requests for what the policy denies reached the tenant", n)
		}
	})
}
