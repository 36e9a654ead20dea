package policy_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// A question hides nothing behind blanks, has no lines of the body's own, and says what it does not show.
func TestAQuestionHidesNothing(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Confirm: []string{"POST /**", "POST /$batch"}})
	blanks, feeds := strings.Repeat(" ", 600), strings.Repeat("\n", 300)
	const line = "\nGET https://graph.microsoft.com/v1.0/me"
	for _, tt := range []struct{ name, path, body, want string }{
		{"blanks before", "/me/sendMail", blanks + `{"to":"eve"}`, `with {"to":"eve"}`},
		{"blanks within", "/me/sendMail", "{" + feeds + `"to": "eve"}`, `with {"to":"eve"}`},
		{"blanks in a value", "/me/sendMail", `{"a":"` + blanks + `","to":"eve"}`, `with {"a":" ","to":"eve"}`},
		{"text", "/me/sendMail", "a" + blanks + "b" + feeds + "c\u2028d\u00a0e\u3000f", `with a b\nc\nd e f`},
		{"lines of its own", "/me/sendMail", "harmless" + line, `with harmless\nGET https://graph.microsoft.com/v1.0/me`},
		{"what cannot be seen", "/me/sendMail", "a\u202eb\u200bc\x1bd", `with a\u202eb\u200bc\x1bd`},
		{"long", "/me/sendMail", strings.Repeat("x", 517), strings.Repeat("x", 500) + "… (17 more characters not shown)"},
		{"as long as is shown", "/me/sendMail", strings.Repeat("x", 500), "with " + strings.Repeat("x", 500)},
		{"blanks in a batch", "/$batch", `{"requests":[{"id":"1","method":"POST","url":"/me/sendMail","body":{` + feeds + `"to":"eve"}}]}`, ` with {"to":"eve"}`},
		{"of an allowed item", "/$batch", `{"requests":[{"id":"1","method":"PATCH","url":"/me","body":{` + feeds + `"to":"eve"}}]}`, ` with {"to":"eve"}`},
		{"long in a batch", "/$batch", `{"requests":[{"id":"1","method":"POST","url":"/x","body":"` + strings.Repeat("x", 250) + `"}]}`, "… (52 more characters not shown)"},
	} {
		_, err := try(t, p, false, "POST "+tt.path, tt.body)
		var confirm *policy.ConfirmError
		if !errors.As(err, &confirm) {
			t.Fatalf("%s: got %v", tt.name, err)
		}
		if got := confirm.Question(); !strings.HasSuffix(got, tt.want) || strings.Contains(got, line) {
			t.Errorf("%s: got %q, want %q at its end", tt.name, got, tt.want)
		}
	}
}

// What there is too much of to be looked at is refused, and not overlooked.
func TestTooMuchToJudge(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Deny: []string{"GET /**/messages/**"}})
	casts := strings.Repeat("graph.x/", 6)
	for call, want := range map[string]string{
		"GET /users/x?$expand=" + casts + "messages":                      "deny",
		"GET /users/x?$expand=" + strings.Repeat("a,", 200) + "b":         "allow",
		"GET /users/x?$expand=graph.x/graph.y/manager":                    "allow",
		"GET /me/graph.b/graph.c/graph.d" + strings.Repeat("/events", 50): "invalid",
		"GET /me/graph.b/graph.c/graph.d" + strings.Repeat("/events", 5):  "allow",
		"GET /me" + strings.Repeat("/events", 60):                         "allow",
	} {
		if got, err := try(t, p, false, call, ""); got != want {
			t.Errorf("%s: got %s (%v), want %s", call, got, err, want)
		}
	}
	many := "GET /users/graph.a/graph.b?$expand=" + strings.Repeat("a,", 200) + "b" // in nine readings of the path each
	if got, err := try(t, mustPolicy(t, policy.Rules{}), false, many, ""); got != "deny" || !strings.Contains(err.Error(), "too many paths") {
		t.Errorf("%s: got %s (%v)", many, got, err)
	}
}

// Nobody is asked, and nothing judged, for a caller that has gone.
func TestCheckStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	log := &book{}
	checker := policy.Guard(&recorder{}, mustPolicy(t, policy.Rules{}), log, policy.By{}).(graph.Checker)
	if err := checker.Check(ctx, envelopes(t, `{"requests":[{"id":"1","method":"DELETE","url":"/me"}]}`)); !errors.Is(err, context.Canceled) || len(log.lines) != 0 {
		t.Errorf("got %v and %d lines", err, len(log.lines))
	}
}
