package policy_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// recorder is the far side of a guard.
type recorder struct{ sent []*graph.Request }

func (r *recorder) Do(_ context.Context, request *graph.Request) (*graph.Response, error) {
	r.sent = append(r.sent, request)
	return &graph.Response{Status: http.StatusOK}, nil
}

// book is an audit log.
type book struct {
	lines []policy.Entry
	fault error
}

func (b *book) Record(entries ...policy.Entry) error {
	if b.fault == nil {
		b.lines = append(b.lines, entries...)
	}
	return b.fault
}

func mustPolicy(t testing.TB, r policy.Rules) *policy.Policy {
	t.Helper()
	p, err := policy.New(r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func endpoints(t testing.TB) graph.Endpoints {
	t.Helper()
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "https://management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// agreeing is by after a person has agreed to what err asks for, if it asks.
func agreeing(by policy.By, err error) policy.By {
	var confirm *policy.ConfirmError
	if errors.As(err, &confirm) {
		by.Agreed = append(slices.Clone(by.Agreed), confirm.Digests()...)
	}
	return by
}

// try sends "METHOD PATH" through a guard and says what became of it.
func try(t testing.TB, p *policy.Policy, confirmed bool, call, body string) (verdict string, err error) {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	params := graph.Params{Method: method, Path: path, Body: []byte(body)}
	if rest, ok := strings.CutPrefix(path, "azure:"); ok {
		params.API, params.Path = graph.ResourceManager, rest
	}
	request, err := endpoints(t).NewRequest(params)
	if err != nil {
		return "invalid", err
	}
	far, by := &recorder{}, policy.By{}
	if confirmed {
		_, err := policy.Guard(&recorder{}, p, &book{}, by).Do(t.Context(), request)
		by = agreeing(by, err)
	}
	_, err = policy.Guard(far, p, &book{}, by).Do(t.Context(), request)
	var refused *policy.RefusedError
	var confirm *policy.ConfirmError
	switch {
	case err == nil && len(far.sent) == 1:
		return "allow", nil
	case len(far.sent) != 0:
		t.Fatalf("%s: sent and refused: %v", call, err)
	case errors.As(err, &confirm):
		return "confirm", err
	case errors.As(err, &refused):
		return "deny", err
	}
	return "error", err
}

func TestGuard(t *testing.T) {
	t.Parallel()
	readOnly := policy.Rules{}
	ruled := policy.Rules{ReadWrite: true, Allow: []string{"GET /**", "POST /users/*/sendMail", "DELETE /**", "POST /$batch"},
		Deny: []string{"* /auditLogs/**", "GET /users/*/messages/**"}, Confirm: []string{"DELETE /**"}}
	actions := policy.Rules{ReadWrite: true, Deny: []string{"POST /security/runHuntingQuery", "GET /me/messages/*/event", "* /users/ceo@contoso.com/**",
		"* /me/drive/root:/My Docs/**", "* /users/x_y.com#EXT#@contoso.com/**", "* /me/messages/AAMk="}}
	functions := policy.Rules{Allow: []string{"GET /reports/*", "GET /users/delta", "GET /applications(appId='123')", "GET /me/messages/*"}}
	narrow := policy.Rules{ReadWrite: true, Allow: []string{"GET /users/*", "GET /groups/*/members/**"}}
	for _, tt := range []struct {
		name  string
		rules policy.Rules
		call  string
		want  string
	}{
		{"read", readOnly, "GET /users", "allow"},
		{"write", readOnly, "POST /users", "deny"},
		{"delete", readOnly, "DELETE /users/1", "deny"},
		{"search reads", readOnly, "POST /search/query", "allow"},
		{"another query may not", readOnly, "POST /security/runHuntingQuery/query", "deny"},
		{"schedule reads", readOnly, "POST /me/calendar/getSchedule", "allow"},
		{"qualified schedule reads", readOnly, "POST /me/calendar/microsoft.graph.getSchedule", "allow"},
		{"arm write", readOnly, "POST azure:/subscriptions/1/query", "deny"},
		{"arm batch", policy.Rules{ReadWrite: true}, "POST azure:/batch", "deny"},

		{"allowed", ruled, "POST /users/ada@contoso.com/sendMail", "allow"},
		{"allowed in other case", ruled, "POST /Users/ada@contoso.com/SENDMAIL", "allow"},
		{"not allowed", ruled, "POST /users", "deny"},
		{"denied", ruled, "GET /auditLogs/signIns", "deny"},
		{"denied itself", ruled, "GET /auditLogs", "deny"},
		{"denied in other case", ruled, "GET /AUDITLOGS/signins", "deny"},
		{"denied beta", ruled, "GET /beta/auditLogs/signIns", "deny"},
		{"denied encoded", ruled, "GET /%61uditLogs/signIns", "deny"},
		{"denied key in parentheses", ruled, "GET /users('ada')/messages", "deny"},
		{"denied where the key has parentheses", ruled, "GET /users/!(0)/messages", "deny"},
		{"denied where the key looks like a call", ruled, "GET /users/plan(2)/messages", "deny"},
		{"denied alternate key", ruled, "GET /users(mail='a@b.c')/messages", "deny"},
		{"denied as me", ruled, "GET /me/messages", "deny"},
		{"denied by type cast", ruled, "GET /users/ada/microsoft.graph.user/messages", "deny"},
		{"denied by expand", ruled, "GET /users/ada?$expand=messages", "deny"},
		{"denied by expand of a collection", ruled, "GET /users?$expand=messages($top=1)", "deny"},
		{"denied by expand without dollar", ruled, "GET /users/ada?EXPAND=messages", "deny"},
		{"denied by nested expand", ruled, "GET /groups/1?$expand=owners($expand=manager),x", "allow"},
		{"denied by expand of everything", ruled, "GET /users/ada?$expand=*", "deny"},
		{"expand that cannot be read", ruled, "GET /users/ada?$expand=messages($top=1", "deny"},
		{"other expand", ruled, "GET /users/ada?$expand=manager($select=id)", "allow"},
		{"confirm", ruled, "DELETE /users/ada", "confirm"},
		{"named elsewhere", ruled, "GET /$entity?$id=users('ada')", "deny"},
		{"named elsewhere, without rules", readOnly, "GET /$entity?$id=users('ada')", "allow"},

		{"sub-namespace", actions, "POST /security/microsoft.graph.security.runHuntingQuery", "deny"},
		{"cast in expand", actions, "GET /me/messages/1?$expand=microsoft.graph.eventMessage/event", "deny"},
		{"named single key", actions, "GET /users(id='ceo@contoso.com')/messages", "deny"},
		{"named key of another name", actions, "GET /users(userPrincipalName='ceo@contoso.com')/messages", "deny"},
		{"folder", actions, "GET /me/drive/root:/My%20Docs/plan.docx:/content", "deny"},
		{"folder itself", actions, "GET /me/drive/root:/My Docs:/children", "deny"},
		{"folder with a slash", actions, "GET /me/drive/root:/My Docs/:/children", "deny"},
		{"folder of the default drive", actions, "GET /drive/root:/my docs/x", "deny"},
		{"folder of a user's drive", actions, "GET /users/ada/drive/root:/My Docs/x", "deny"},
		{"other folder", actions, "GET /me/drive/root:/Public/x", "allow"},
		{"guest", actions, "GET /users/x_y.com%23EXT%23@contoso.com/messages", "deny"},
		{"key that ends in =", actions, "GET /me/messages('AAMk=')", "deny"},

		{"function", functions, "GET /reports/getEmailActivityUserDetail(period='D7')", "allow"},
		{"function at its end", functions, "GET /users/delta()", "allow"},
		{"alternate key", functions, "GET /applications(appId='123')", "allow"},
		{"not the collection", functions, "GET /applications", "deny"},
		{"key that ends in = is a key", functions, "GET /me/messages('AAMk=')", "allow"},

		{"narrow", narrow, "GET /users/ada", "allow"},
		{"narrow collection", narrow, "GET /users", "deny"},
		{"narrow deeper", narrow, "GET /users/ada/messages", "deny"},
		{"narrow does not take me along", narrow, "GET /me", "deny"},
		{"narrow expand", narrow, "GET /users/ada?$expand=manager", "deny"},
		{"narrow cast", narrow, "GET /groups/1/members/microsoft.graph.user", "allow"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := try(t, mustPolicy(t, tt.rules), false, tt.call, "")
			if got != tt.want {
				t.Errorf("%s: got %s (%v), want %s", tt.call, got, err, tt.want)
			}
		})
	}
}

func TestZeroPolicyRefuses(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*policy.Policy{"nil": nil, "zero": {}} {
		if got, err := try(t, p, true, "GET /me", ""); got != "deny" {
			t.Errorf("%s: got %s (%v), want deny", name, got, err)
		}
	}
}

func TestBatchItemsAreJudged(t *testing.T) {
	t.Parallel()
	rules := policy.Rules{ReadWrite: true, Deny: []string{"* /auditLogs/**"}, Confirm: []string{"DELETE /**"}}
	for _, tt := range []struct{ name, body, want string }{
		{"allowed", `{"requests":[{"id":"1","method":"GET","url":"/users?$top=1"}]}`, "allow"},
		{"denied", `{"requests":[{"id":"1","method":"GET","url":"/users"},{"id":"2","method":"GET","url":"/auditLogs/signIns"}]}`, "deny"},
		{"denied without a slash", `{"requests":[{"id":"1","method":"GET","url":"auditLogs/signIns"}]}`, "deny"},
		{"denied in a doubled list", `{"requests":[{"id":"1","method":"GET","url":"/auditLogs/signIns"}],"requests":[{"id":"1","method":"GET","url":"/users"}]}`, "allow"},
		{"denied under another case", `{"Requests":[{"ID":"1","Method":"GET","URL":"/auditLogs"}]}`, "deny"},
		{"denied by expand", `{"requests":[{"id":"1","method":"GET","url":"/x?$expand=a"},{"id":"2","method":"DELETE","url":"/auditLogs/1"}]}`, "deny"},
		{"confirm", `{"requests":[{"id":"1","method":"DELETE","url":"/users/1"}]}`, "confirm"},
		{"a batch inside", `{"requests":[{"id":"1","method":"POST","url":"/$batch","body":{}}]}`, "deny"},
		{"other version", `{"requests":[{"id":"1","method":"GET","url":"/beta/users"}]}`, "error"},
		{"other host", `{"requests":[{"id":"1","method":"GET","url":"https://evil.com/users"}]}`, "error"},
		{"dot segments", `{"requests":[{"id":"1","method":"GET","url":"/users/../auditLogs"}]}`, "error"},
		{"overriding header", `{"requests":[{"id":"1","method":"GET","url":"/users","headers":{"X-HTTP-Method":"DELETE"}}]}`, "error"},
		{"no JSON", `nonsense`, "deny"},
		{"empty", `{"requests":[]}`, "deny"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := try(t, mustPolicy(t, rules), false, "POST /$batch", tt.body); got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
		})
	}
	t.Run("read-only", func(t *testing.T) {
		t.Parallel()
		p := mustPolicy(t, policy.Rules{})
		if got, err := try(t, p, false, "POST /$batch", `{"requests":[{"id":"1","method":"GET","url":"/users"}]}`); got != "allow" {
			t.Errorf("reads: got %s (%v)", got, err)
		}
		if got, err := try(t, p, false, "POST /$batch", `{"requests":[{"id":"1","method":"PATCH","url":"/users/1"}]}`); got != "deny" {
			t.Errorf("a write: got %s (%v)", got, err)
		}
	})
}

// What is sent is what was judged, even where the body can be read in two ways.
func TestBatchIsWrittenAnew(t *testing.T) {
	t.Parallel()
	request, err := endpoints(t).NewRequest(graph.Params{Method: "POST", Path: "/$batch",
		Body: []byte(`{"requests":[{"id":"0","method":"GET","url":"/auditLogs"}],"requests":[{"id":"1","method":"get","url":"/users?$top=1","body":{"n":12345678901234567890}}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	far := &recorder{}
	if _, err := policy.Guard(far, mustPolicy(t, policy.Rules{ReadWrite: true}), &book{}, policy.By{}).Do(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	got := string(far.sent[0].Body())
	if want := `{"requests":[{"id":"1","method":"GET","url":"/users?%24top=1","body":{"n":12345678901234567890}}]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestConfirmation(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Confirm: []string{"DELETE /**"}})
	if got, _ := try(t, p, true, "DELETE /users/1", ""); got != "allow" {
		t.Errorf("confirmed: got %s, want allow", got)
	}
	_, err := try(t, p, false, "POST /$batch", `{"requests":[{"id":"1","method":"DELETE","url":"/me/messages/junk"},{"id":"2","method":"GET","url":"/me"},{"id":"3","method":"DELETE","url":"/users/ceo"}]}`)
	var several *policy.ConfirmError
	if !errors.As(err, &several) || !strings.Contains(several.Question(), "/me/messages/junk") || !strings.Contains(several.Question(), "/users/ceo") || strings.Contains(several.Question(), "GET") {
		t.Errorf("a batch: got %v", err)
	}
	digest := func(call, body string) [32]byte {
		_, err := try(t, p, false, call, body)
		var confirm *policy.ConfirmError
		if !errors.As(err, &confirm) {
			t.Fatalf("%s: got %v", call, err)
		}
		return confirm.CallDigest()
	}
	one, again, other := digest("DELETE /users/1", ""), digest("DELETE /users/1", ""), digest("DELETE /users/2", "")
	if one == other || one != again {
		t.Error("the digest does not identify the exact call")
	}
}

func TestRulesThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]policy.Rules{
		"policy.allow: the list is empty":                     {Allow: []string{}},
		`policy.deny[0]: "GET": write it as "METHOD PATTERN"`: {Deny: []string{"GET"}},
		"its method is none of":                               {Deny: []string{"FETCH /me"}},
		`does not begin with "/"`:                             {Deny: []string{"GET me"}},
		"plain path":                                          {Deny: []string{"GET /me?$top=1"}},
		"an empty segment":                                    {Deny: []string{"GET /a//b"}},
		"leave the version out":                               {Deny: []string{"GET /beta/me"}},
		"a dot segment":                                       {Deny: []string{"GET /a/../b"}},
		"without query and braces":                            {Deny: []string{"GET /users/{id}"}},
		"whole segments":                                      {Deny: []string{"GET /users/a*"}},
		`or end the rule in "/**"`:                            {Allow: []string{"GET /users(employeeId=5)"}},
		"policy.allow[1]":                                     {Allow: []string{"GET /me", "POST /users/*/sendMail"}},
		"the profile is read-only":                            {Confirm: []string{"DELETE /**"}},
	} {
		if _, err := policy.New(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q in it", r, err, want)
		}
	}
}

func TestDoubleStars(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Allow: []string{"GET /a/**/z", "GET /**/mid/**"}})
	for call, want := range map[string]string{
		"GET /a/z": "allow", "GET /a/b/z": "allow", "GET /a/b/c/z": "allow", "GET /a/b": "deny", "GET /z": "deny",
		"GET /mid": "allow", "GET /x/mid/y": "allow", "GET /a/z/z": "allow", "POST /a/z": "deny",
	} {
		if got, err := try(t, p, false, call, ""); got != want {
			t.Errorf("%s: got %s (%v), want %s", call, got, err, want)
		}
	}
}

// Other spellings of a denied path are denied, or refused before that.
func FuzzSpellings(f *testing.F) {
	for _, s := range []string{"/auditLogs/signIns", "/AUDITLOGS('x')", "/%61uditlogs", "/beta/auditLogs", "/auditlogs?$top=1", "/microsoft.graph.auditLogs/x", "/auditLogs()/signIns"} {
		f.Add(s)
	}
	p := mustPolicy(f, policy.Rules{ReadWrite: true, Deny: []string{"* /auditLogs/**"}})
	e := endpoints(f)
	f.Fuzz(func(t *testing.T, path string) {
		request, err := e.NewRequest(graph.Params{Path: path})
		if err != nil {
			return
		}
		// What a service that ignores case, keys and namespaces would find first in the path.
		first, _, _ := strings.Cut(strings.TrimPrefix(request.Path(), "/"), "/")
		name := strings.TrimPrefix(strings.ToLower(first), "microsoft.graph.")
		if strings.HasSuffix(name, ")") {
			name, _, _ = strings.Cut(name, "(")
		}
		if name != "auditlogs" {
			return
		}
		if got, _ := try(t, p, false, "GET "+path, ""); got == "allow" {
			t.Fatalf("%q was allowed as %s", path, request.URL())
		}
	})
}
