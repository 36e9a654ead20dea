package e2e

import (
	"encoding/json"
	"fmt"
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

// The Inspector makes a batch of more requests than Graph takes at once, one of which is throttled at first.
func TestInspectorBatch(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	eachWay(t, func(t *testing.T, tenant *sandbox.Tenant, g target) {
		marker := "m" + strings.ReplaceAll(t.Name(), "/", "-")
		tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 1, Status: http.StatusTooManyRequests,
			Header: http.Header{"Retry-After": {"1"}}, Body: `{"error":{"code":"TooManyRequests","message":"slow down"}}`,
			Match: func(r *http.Request) bool {
				return r.URL.Query().Get("$top") == "7" && strings.Contains(r.Header.Get("Prefer"), marker)
			}})
		var requests []map[string]any
		for i := range 25 {
			request := map[string]any{"id": fmt.Sprint(i), "method": "GET", "url": "/users?$select=id&$top=1"}
			if i == 7 {
				request["url"], request["headers"] = "/users?$select=id&$top=7", map[string]any{"Prefer": marker}
			}
			requests = append(requests, request)
		}
		got := batch(t, openSession(t, g), requests)
		for i, r := range got.Responses {
			want := 1
			if i == 7 {
				want = 7
			}
			if r.ID != fmt.Sprint(i) || r.Status != http.StatusOK || len(r.Body.Value) != want {
				t.Errorf("item %d: id %s, status %d, %d users, want %d", i, r.ID, r.Status, len(r.Body.Value), want)
			}
		}
	})
}

type batchResult struct {
	Responses []struct {
		ID     string
		Status int
		Body   struct{ Value []map[string]any }
	}
}

func batch(t *testing.T, s *session, requests []map[string]any) (got batchResult) {
	t.Helper()
	text := s.done(t, "microsoft_graph_batch", map[string]any{"requests": requests}).text()
	if err := json.Unmarshal([]byte(text), &got); err != nil || len(got.Responses) != len(requests) {
		t.Fatalf("%d answers, %v:\n%s", len(got.Responses), err, text)
	}
	return got
}
