package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// Whatever stands in a rule, it is refused by name or means something that can be relied on: a further deny never lets more
// through, a further confirm never lets more through unasked, an allow-list never lets through what would be refused without
// one, and a read-only profile lets no write through.
func FuzzRules(f *testing.F) {
	for _, rule := range []string{"GET /**", "* /me/**", "POST /me/sendMail", "GET /users/*/messages", "PATCH|DELETE /x", "/x", "GET  /a/**/z", "GET /users('*')", "GET azure:/subscriptions/**", "* /", "GET /a b", "GET /**/**", "get /ME/*", "GET /%6de", "GET /a/***"} {
		f.Add(rule, "GET /me/messages")
		f.Add(rule, "POST /me/sendMail")
	}
	e := endpoints(f)
	f.Fuzz(func(t *testing.T, rule, call string) {
		method, path, _ := strings.Cut(call, " ")
		if _, err := e.NewRequest(graph.Params{Method: method, Path: path}); err != nil {
			return
		}
		verdict := func(r policy.Rules) (string, bool) {
			p, err := policy.New(r)
			if err != nil {
				if fault, ok := errors.AsType[*policy.RuleError](err); !ok || fault.Problem == "" || len(err.Error()) > 10*len(rule)+1000 {
					t.Errorf("%q: %v", rule, err)
				}
				return "", false
			}
			got, _ := try(t, p, false, call, "")
			return got, true
		}
		free, _ := verdict(policy.Rules{ReadWrite: true})
		rank := map[string]int{"deny": 0, "confirm": 1, "allow": 2}
		for name, r := range map[string]policy.Rules{"deny": {ReadWrite: true, Deny: []string{rule}}, "confirm": {ReadWrite: true, Confirm: []string{rule}}, "allow": {ReadWrite: true, Allow: []string{rule}}} {
			if got, ok := verdict(r); ok && rank[got] > rank[free] {
				t.Errorf("with %s %q, %s is %s instead of %s", name, rule, call, got, free)
			}
		}
		if got, ok := verdict(policy.Rules{Allow: []string{rule}}); ok && method != "GET" && got == "allow" {
			if plain, _ := verdict(policy.Rules{}); plain != "allow" {
				t.Errorf("%s is %s for a read-only profile with allow %q, and %s without", call, got, rule, plain)
			}
		}
		denied, ok := verdict(policy.Rules{ReadWrite: true, Allow: []string{rule}, Deny: []string{rule}})
		if ok && denied == "allow" {
			t.Errorf("%s is allowed although %q allows and denies it", call, rule)
		}
	})
}
