package policy_test

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// Whoever may only read is judged by the same rules: none that is for writes stands in the way, and none lets a write through.
func TestReading(t *testing.T) {
	t.Parallel()
	whole := mustPolicy(t, policy.Rules{ReadWrite: true, Allow: []string{"GET /users/**", "PATCH /users/*"}, Deny: []string{"* /users/*/messages"}, Confirm: []string{"PATCH /users/*"}})
	reading := whole.Reading()
	for call, want := range map[string]string{"GET /users/1": "allow", "GET /users/1/messages": "deny", "GET /groups": "deny", "PATCH /users/1": "deny"} {
		if got, err := try(t, reading, true, call, ""); got != want {
			t.Errorf("%s: %s, want %s: %v", call, got, want, err)
		}
	}
	if reading.Could("PATCH", "") || !reading.Could("GET", "") || !whole.Could("PATCH", "") {
		t.Error("what could be called is not what may be read, or the whole policy changed with it")
	}
	var none policy.Policy
	if got, _ := try(t, none.Reading(), true, "GET /users", ""); got != "deny" {
		t.Errorf("no policy: %s", got)
	}
}
