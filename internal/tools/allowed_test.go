package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// verdicts is a policy: what it denies and what a person has to agree to, by the beginning of "METHOD /path".
func verdicts(deny, confirm string) func(*graph.Request) (allowed, asks bool) {
	return func(r *graph.Request) (bool, bool) {
		call := r.Method() + " " + r.Path()
		return deny == "" || !strings.HasPrefix(call, deny), confirm != "" && strings.HasPrefix(call, confirm)
	}
}

// allowedOf returns what is said of a call of an answer.
func allowedOf(t *testing.T, text, method string) string {
	t.Helper()
	var f found
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for _, c := range f.Calls {
		if strings.HasPrefix(c.Call, method+" ") {
			return c.Allowed
		}
	}
	t.Fatalf("no %s in %s", method, text)
	return ""
}

// A path that was given is judged itself, not the template that it is an instance of.
func TestAllowedJudgesThePathThatWasGiven(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path, method, deny, confirm, want string
		change                                  func(*tools.Profile)
	}{
		{name: "denied", path: "/users/bob/messages", method: "GET", deny: "GET /users/bob", want: "no: the policy"},
		{name: "another is denied", path: "/users/ada/messages", method: "GET", deny: "GET /users/bob", want: "yes"},
		{name: "denied in a version", path: "/v1.0/users/bob/messages", method: "GET", deny: "GET /users/bob", want: "no: the policy"},
		{name: "with agreement", path: "/users/ada/messages", method: "GET", confirm: "GET /users", want: "yes, after a person agrees"},
		{name: "a template with agreement", path: "/users/{user}/messages", method: "GET", confirm: "GET /users", want: "yes, after a person agrees"},
		{name: "the usual path of a template", path: "/me/messages", method: "GET", deny: "GET /users/bob", want: "yes"},
		{name: "a template in part", path: "/users/{user}/messages", method: "GET", deny: "GET /users", want: "yes for some paths"},
		{name: "its template could never be", path: "/users/ada/messages", method: "GET", want: "yes",
			change: func(p *tools.Profile) { p.Could = func(_, path string) bool { return !strings.HasPrefix(path, "/me") } }},
		{name: "no verdict", path: "/users/ada/messages", method: "GET", want: "no: the policy",
			change: func(p *tools.Profile) {
				p.Verdict, p.Could = nil, func(_, path string) bool { return !strings.Contains(path, "ada") }
			}},
		{name: "no microsoft_graph", path: "/me/messages", method: "GET", want: "no: this profile does not have microsoft_graph",
			change: func(p *tools.Profile) { p.Tools = []string{"find_graph_api"} }},
		{name: "no token yet", path: "/me/messages", method: "GET", want: "unknown: there is no token",
			change: func(p *tools.Profile) {
				p.Status = func(context.Context) (tools.Status, error) { return tools.Status{}, errors.New("none") }
			}},
	} {
		p := asker(smallGraph(t))
		p.Verdict = verdicts(tt.deny, tt.confirm)
		if tt.change != nil {
			tt.change(p)
		}
		text, err := find(t, p, map[string]any{"path": tt.path})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := allowedOf(t, text, tt.method); !strings.HasPrefix(got, tt.want) || tt.want == "yes" && got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A search does not wait for a token that does not come, nor ask again for one that was refused.
func TestSearchesDoNotWaitForTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		answer := make(chan tools.Status)
		p := asker(nil)
		p.Status = func(ctx context.Context) (tools.Status, error) {
			asked.Add(1)
			select {
			case s := <-answer:
				return s, nil
			case <-ctx.Done():
				return tools.Status{}, ctx.Err()
			}
		}
		p.Grants = tools.NewGrants(p.Status)
		search := func(want string, within time.Duration, askings int32) {
			t.Helper()
			began := time.Now()
			if got := findCalls(t, p, "unread mail").Calls[0].Allowed; !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if took := time.Since(began); took > within {
				t.Errorf("waited for %s", took)
			}
			if asked.Load() != askings {
				t.Errorf("asked %d times, want %d", asked.Load(), askings)
			}
		}
		search("unknown", 300*time.Millisecond, 1)
		search("unknown", 300*time.Millisecond, 1) // it joins the one that is asked
		time.Sleep(6 * time.Second)                // it has failed
		search("unknown", 0, 1)
		time.Sleep(time.Minute)
		search("unknown", 300*time.Millisecond, 2)
		answer <- tools.Status{Permissions: []string{"Mail.Read"}} // late, but here
		synctest.Wait()
		go func() { answer <- tools.Status{Permissions: []string{"Mail.Read"}} }()
		search("yes", 0, 3)
	})
}

// Who signs in is not told for a minute that they have not.
func TestSignInsAreNoticedAtOnce(t *testing.T) {
	t.Parallel()
	signedIn := false
	p := asker(nil)
	p.Status = func(context.Context) (tools.Status, error) {
		if !signedIn {
			return tools.Status{}, signInError(true)
		}
		return tools.Status{Permissions: []string{"Mail.Read"}}, nil
	}
	p.Grants = tools.NewGrants(p.Status)
	if got := findCalls(t, p, "unread mail").Calls[0].Allowed; !strings.HasPrefix(got, "unknown") {
		t.Errorf("before: got %q", got)
	}
	signedIn = true
	if got := findCalls(t, p, "unread mail").Calls[0].Allowed; got != "yes" {
		t.Errorf("after: got %q", got)
	}
}
