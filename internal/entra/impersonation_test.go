package entra

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Nobody acts as somebody else, whatever goes wrong before or behind us.
func TestNobodyActsAsAnother(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	now := b.clock.Now()
	b.token(b.come(someID(1)), b.hall.graph())
	foreign := func(claims map[string]any) secret.Text { return secret.NewText(unsignedJWT(claims)) }
	for name, p := range map[string]*Behalf{
		"another's token":           b.Person(testTenant, someID(1), b.brought(someID(2), now)),
		"a token that names nobody": b.Person(testTenant, someID(1), foreign(map[string]any{"tid": testTenant})),
		"a token of no tenant":      b.Person(testTenant, someID(1), foreign(map[string]any{"oid": someID(1)})),
		"no token":                  b.Person(testTenant, someID(1), secret.Text{}),
		"nobody":                    b.Person("", "", foreign(map[string]any{})),
		"another tenant":            b.Person(someID(7), someID(1), foreign(map[string]any{"oid": someID(1), "tid": someID(7)})),
		"a personal account":        b.Person(personalTenant, someID(1), foreign(map[string]any{"oid": someID(1), "tid": personalTenant})),
		"a path":                    b.Person(testTenant+"/"+someID(1), someID(2), foreign(map[string]any{"oid": someID(2), "tid": testTenant + "/" + someID(1)})),
	} {
		if e := b.refusal(p, b.hall.graph()); e.SignInNeeded() {
			t.Errorf("%s: got %v", name, e)
		}
	}
	b.authority.wantRequests(1)
	b.authority.as = someID(3)
	if e := b.refusal(b.come(someID(2)), b.hall.graph()); !strings.Contains(e.Error(), "another person") {
		t.Errorf("got %v", e)
	}
}

func TestTokenGoesToTheAuthorityAlone(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	stranger := newDesk(t)
	b.authority.endpoint = stranger.URL + "/" + testTenant + tokenPath
	if e := b.refusal(b.come(someID(1)), b.hall.graph()); !strings.Contains(e.Error(), "another host") {
		t.Errorf("got %v", e)
	}
	stranger.wantRequests(0)
	b.authority.endpoint = "" // and what led there is not kept
	b.token(b.come(someID(2)), b.hall.graph())
}

// An authority of someone's own may repeat what it was sent.
func TestErrorHidesTheToken(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	brought := b.brought(someID(1), b.clock.Now())
	b.authority.refuse(400, `{"error":"invalid_grant","error_description":"AADSTS50013: bad `+brought.Reveal()+` here"}`)
	e := b.refusal(b.Person(testTenant, someID(1), brought), b.hall.graph())
	if !strings.Contains(e.Message, "[secret]") {
		t.Errorf("got %q", e.Message)
	}
}
