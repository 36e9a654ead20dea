package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	protocol "github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// confirmed makes the account's calls ask for an agreement, too: before they ask for a token, as the policy
// does, or only once somebody is signed in.
func (a *account) confirmed(t testing.TB, signInFirst, byToken bool) *tools.Profile {
	p := a.profile(t)
	p.Guarded = func(asker tools.Asker) graph.Caller {
		return graphFunc(func(_ context.Context, r *graph.Request) (*graph.Response, error) {
			a.mu.Lock()
			signedIn := a.signedIn
			a.mu.Unlock()
			if q := (&question{r.Path(), byToken}); !q.agreedBy(asker) && (signedIn || !signInFirst) {
				return nil, q
			}
			return a.use()
		})
	}
	return p
}

func (c caller) remove(more map[string]any) reply {
	c.t.Helper()
	arguments := map[string]any{"path": "/users/1", "method": "DELETE"}
	for name, value := range more {
		arguments[name] = value
	}
	return c.call(context.Background(), "microsoft_graph", arguments)
}

func TestSignInAndConfirmation(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for _, signInFirst := range []bool{false, true} {
			for _, modes := range []*protocol.ElicitationCapability{{Form: &struct{}{}, URL: &struct{}{}}, {}} {
				a := &account{}
				var order []string
				p := &person{modes: modes}
				p.answer = func(_ context.Context, q protocol.ElicitationParams) (protocol.ElicitationResponseAction, error) {
					if order = append(order, q.Mode); q.Mode == "url" {
						time.AfterFunc(4*time.Second, func() { a.end(nil) })
					}
					return accept, nil
				}
				want := "form url"
				switch {
				case modes.URL == nil:
					want = "form"
					time.AfterFunc(4*time.Second, func() { a.end(nil) })
				case signInFirst:
					want = "url form"
				}
				wantText(t, p.inProcess(t, version, a.confirmed(t, signInFirst, false)).remove(nil), false, "Ada")
				if got := strings.Join(order, " "); got != want {
					t.Errorf("asked %q, want %q", got, want)
				}
				if got := a.counts(); got.Sent != 1 || got.Starts != 1 {
					t.Errorf("got %+v", got)
				}
			}
		}
	})
}

// Progress grows although the tool begins to count only after the sign-in.
func TestProgressGrowsThroughASignIn(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		a := &account{}
		profile := a.profile(t)
		profile.Guarded = func(tools.Asker) graph.Caller {
			return graphFunc(func(_ context.Context, r *graph.Request) (*graph.Response, error) {
				if _, err := a.use(); err != nil {
					return nil, err
				}
				if r.Query("$skiptoken") == "" {
					return answerJSON(`{"value":[{"id":"1"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}`)
				}
				return answerJSON(`{"value":[{"id":"2"}]}`)
			})
		}
		p := &person{}
		c := p.inProcess(t, version, profile)
		time.AfterFunc(12*time.Second, func() { a.end(nil) })
		wantText(t, c.call(context.Background(), "microsoft_graph", map[string]any{"path": "/users", "maxItems": 10}), false, `"id":"2"`)
		synctest.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		var got []any
		for _, note := range p.progress {
			got = append(got, note.Params.AdditionalFields["progress"])
		}
		if diff := cmp.Diff([]any{1, 2, 3, 4}, got); diff != "" {
			t.Errorf("progress (-want +got):\n%s", diff)
		}
	})
}

// A model's confirm token is not used up by a call that was not sent for want of a sign-in, and is by one that was.
func TestConfirmTokenOutlivesASignIn(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		a := &account{}
		c := (&person{}).inProcess(t, version, a.confirmed(t, false, true))
		m := regexp.MustCompile(`with confirm "([\w-]+)"`).FindStringSubmatch(c.remove(nil).text)
		if m == nil {
			t.Fatal("no token")
		}
		token := map[string]any{"confirm": m[1]}
		wantText(t, c.remove(token), true, "not finished")
		a.end(nil)
		wantText(t, c.remove(token), false, "Ada")
		wantText(t, c.remove(token), true, "was used")
		if got := a.counts(); got.Sent != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

// rounds speaks the modern protocol by hand, to send back other things than it was sent.
type rounds struct {
	t *testing.T
	s *httptest.Server
}

// round is an answer of the server: its text, and what it asks for.
type round struct {
	body   string
	key    string // of the question
	action string // the answer to it
	state  string
}

func (r rounds) call(path string, answered round) round {
	r.t.Helper()
	more := ""
	if answered.key != "" {
		state, _ := json.Marshal(answered.state)
		more = fmt.Sprintf(`,"requestState":%s,"inputResponses":{%q:{"action":%q}}`, state, answered.key, answered.action)
	}
	_, body := modern(1, "tools/call", "microsoft_graph", fmt.Sprintf(`{"name":"microsoft_graph","arguments":{"path":%q,"method":"DELETE"}%s`, path, more)+
		`,"_meta":{"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{},"url":{}}}}}`).do(r.t, r.t.Context(), r.s)
	var m struct {
		Result struct {
			RequestState  string
			InputRequests map[string]any
		}
	}
	if _, data, ok := strings.Cut(body, "data: "); ok {
		body = data
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		r.t.Fatalf("%v: %s", err, body)
	}
	for key := range m.Result.InputRequests {
		return round{body: body, key: key, action: "accept", state: m.Result.RequestState}
	}
	return round{body: body}
}

func (r round) want(t *testing.T, key, text string) {
	t.Helper()
	if r.key != key || !strings.Contains(r.body, text) {
		t.Errorf("got a question for %q: %s\nwant one for %q, and %q", r.key, r.body, key, text)
	}
}

const notOurs = "does not belong to this call"

func TestForgedAnswersToTheSignIn(t *testing.T) {
	t.Parallel()
	a := &account{}
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{a.profile(t)}}})
	r := rounds{t, s}
	asked := r.call("/users/1", round{})
	asked.want(t, "signIn", signInURL)
	for name, forged := range map[string]round{
		"no state":         {key: "signIn", action: "accept"},
		"another state":    {key: "signIn", action: "accept", state: strings.Repeat("A", len(asked.state))},
		"a no of others":   {key: "signIn", action: "decline", state: "x." + asked.state},
		"a state with end": {key: "signIn", action: "accept", state: asked.state + "A"},
	} {
		if got := r.call("/users/1", forged); got.key != "" || !strings.Contains(got.body, notOurs) {
			t.Errorf("%s: got %s", name, got.body)
		}
	}
	r.call("/users/2", asked).want(t, "", notOurs)
	a.end(nil)
	r.call("/users/1", asked).want(t, "", "Ada")
	r.call("/users/1", asked).want(t, "", notOurs) // used
	if got := a.counts(); got != (counts{Starts: 1, Attempts: 2, Sent: 1}) {
		t.Errorf("got %+v", got)
	}
}

// An agreement that travels with the sign-in's state holds for its own call, once, and by itself is nothing.
func TestAgreementsDoNotTravel(t *testing.T) {
	t.Parallel()
	a := &account{}
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{a.confirmed(t, false, true)}}})
	r := rounds{t, s}
	states := map[string]round{}
	for _, path := range []string{"/users/1", "/users/2", "/users/3"} {
		question := r.call(path, round{})
		question.want(t, "confirm", "Allow DELETE")
		r.call(path, round{key: "signIn", action: "accept", state: question.state}).want(t, "", notOurs) // not its question
		a.mu.Lock()
		a.running, a.url = nil, signInURL+path // each call's sign-in is another, so that each is asked
		a.mu.Unlock()
		states[path] = r.call(path, question)
		states[path].want(t, "signIn", signInURL)
	}
	first, agreement, _ := strings.Cut(states["/users/1"].state, ".")
	second, _, _ := strings.Cut(states["/users/2"].state, ".")
	a.end(nil)

	stolen := states["/users/2"]
	stolen.state = second + "." + agreement
	r.call("/users/2", stolen).want(t, "confirm", "Allow DELETE /users/2")
	for _, state := range []string{agreement, first, first + "." + agreement} {
		r.call("/users/1", round{key: "confirm", action: "accept", state: state}).want(t, "", "the agreement does not belong to this call")
	}
	_, body := callGraph(1, fmt.Sprintf(`{"path":"/users/1","method":"DELETE","confirm":%q}`, agreement)).do(t, t.Context(), s)
	if !strings.Contains(body, "does not belong to this exact call") {
		t.Errorf("as the model's token: %s", body)
	}
	if got := a.counts(); got.Sent != 0 {
		t.Errorf("%d calls were sent", got.Sent)
	}
	r.call("/users/1", states["/users/1"]).want(t, "", "Ada")
	used := states["/users/3"]
	third, _, _ := strings.Cut(used.state, ".")
	used.state = third + "." + agreement
	r.call("/users/3", used).want(t, "confirm", "Allow DELETE /users/3")
	if got := a.counts(); got.Sent != 1 {
		t.Errorf("%d calls were sent, want one", got.Sent)
	}
}

// A client that can only open pages is not asked by a form.
func TestConfirmationNeedsForms(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		a := &account{signedIn: true}
		p := &person{modes: byURL(), answer: always(accept)}
		wantText(t, p.inProcess(t, version, a.confirmed(t, false, false)).remove(nil), true, "lacks MCP elicitation")
		if len(p.questions()) > 0 {
			t.Errorf("asked %+v", p.questions())
		}
	})
}

func TestSignInOverStdio(t *testing.T) { // not in parallel: see stdio
	for name, version := range eras {
		a := &account{}
		p := &person{modes: byURL()}
		p.answer = func(context.Context, protocol.ElicitationParams) (protocol.ElicitationResponseAction, error) {
			a.end(nil)
			return accept, nil
		}
		c := p.overStdio(t, version, a.profile(t))
		wantText(t, c.me(), false, "Ada")
		wantCounts(t, a, counts{Starts: 1, Attempts: 2, Sent: 1})
		if q := p.questions(); len(q) != 1 || q[0].Mode != "url" {
			t.Errorf("%s: asked %+v", name, q)
		}
		c.client.Close()
	}
}

func TestSignInByBrowserOverStdio(t *testing.T) {
	for name, version := range eras {
		a := &account{}
		p := &person{}
		profile := a.profile(t)
		begin := profile.SignIn
		profile.SignIn = func(ctx context.Context) (*tools.SignIn, error) {
			s, err := begin(ctx)
			open := s.Open
			s.Open = func() error {
				defer a.end(nil)
				return open()
			}
			return s, err
		}
		c := p.overStdio(t, version, profile)
		wantText(t, c.me(), false, "Ada")
		wantCounts(t, a, counts{Starts: 1, Opens: 1, Attempts: 2, Sent: 1})
		p.mu.Lock()
		told := len(p.progress)
		p.mu.Unlock()
		if told != 1 {
			t.Errorf("%s: %d progress notifications before the answer, want 1", name, told)
		}
		c.client.Close()
	}
}

// What the configuration leaves open, the results tell once somebody is signed in.
func TestResultsNameWhoSignedIn(t *testing.T) {
	t.Parallel()
	a := &account{signedIn: true}
	profile := a.profile(t)
	profile.TenantID, profile.Account = "common", ""
	who := tools.Identity{}
	profile.Who = func() tools.Identity { return who }
	c := (&person{}).inProcess(t, eras["legacy"], profile)
	for _, tt := range []struct {
		who  tools.Identity
		want map[string]any
	}{
		{tools.Identity{}, map[string]any{"profile": "contoso", "tenant": "common", "account": ""}},
		{tools.Identity{TenantID: "tenant-1", Account: "ada@contoso.com"}, map[string]any{"profile": "contoso", "tenant": "tenant-1", "account": "ada@contoso.com"}},
	} {
		who = tt.who
		got := c.me().meta
		for key, want := range tt.want {
			if got[key] != want {
				t.Errorf("%s is %v, want %v", key, got[key], want)
			}
		}
	}
}

func TestStatusStartsNoSignIn(t *testing.T) {
	t.Parallel()
	a := &account{}
	profile := a.profile(t)
	profile.Status = func(context.Context) (tools.Status, error) { return tools.Status{}, signedOut{} }
	r := (&person{modes: byURL(), answer: always(accept)}).inProcess(t, eras["legacy"], profile).call(t.Context(), "get_auth_status", nil)
	wantText(t, r, false, `"authenticated":false`, "nobody is signed in", "calling another tool starts the sign-in; or: run the login command")
	wantCounts(t, a, counts{})
}
