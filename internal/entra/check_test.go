package entra

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// Whether people could act is known before one of them tries: the app asks for a token that is good for nothing else.
func TestCheckAsksTheAuthority(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	check := func() { // many look at once, and often
		t.Helper()
		together(20, func(int) {
			if err := b.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	check()
	check()
	b.authority.wantRequests(1)
	form := b.authority.asked()[0]
	if form.Get("grant_type") != "client_credentials" || !strings.HasPrefix(form.Get("scope"), testGraph+"/.default") {
		t.Errorf("asked for %s by %s", form.Get("scope"), form.Get("grant_type"))
	}
	b.clock.advance(checkedLife)
	check() // an hour would be too long: the tokens of people are renewed meanwhile
	b.authority.wantRequests(2)
}

func TestCheckOfARefusedCredential(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	b.source.set("the-secret-before", nil)
	for range 20 {
		if e := b.explained(b.Check(t.Context())); e.Code != "AADSTS7000215" || !e.OfCredential() {
			t.Errorf("got %v", e)
		}
	}
	b.refusal(b.come(someID(1)), b.hall.graph()) // people hear of it, too
	b.authority.wantRequests(1)
	if got := strings.Count(b.log.String(), `msg="no token"`); got != 1 || !strings.Contains(b.log.String(), "code=AADSTS7000215") {
		t.Errorf("the log tells %d times of it:\n%s", got, b.log.String())
	}
	b.source.set(testSecret, nil)
	b.clock.advance(memoryOfConfig)
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// Where a tenant stands for many there is none to ask for the app.
func TestCheckAtAnAlias(t *testing.T) {
	t.Parallel()
	w := newWeb(t, func(c *Config) { c.TenantID = "common" })
	if err := w.Check(t.Context()); err != nil {
		t.Error(err)
	}
	w.authority.wantRequests(0)
	w.clock.advance(proofAge)
	w.source.set("", errors.New("locked"))
	if e := w.explained(w.Check(t.Context())); !e.OfCredential() {
		t.Errorf("got %v", e)
	}
}

// An app that has no permission of its own passes.
func TestCheckInATenant(t *testing.T) {
	t.Parallel()
	o := newOurs(t)
	o.config.Scopes = []string{o.tenant.GraphURL() + "/User.Read"} // which no app can have for itself
	people, err := NewOnBehalfOf(o.config, o.cred)
	if err != nil {
		t.Fatal(err)
	}
	if err := people.Check(t.Context()); err != nil {
		t.Error(err)
	}
	wrong, err := NewWeb(o.config, ClientSecret(&source{text: secret.NewText("another")}))
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := errors.AsType[*Error](wrong.Check(t.Context())); !ok || !e.OfCredential() {
		t.Errorf("got %v", e)
	}
}

// The log says why there is no token: once for each failure, whoever hears of it, and not where a person is shown it.
func TestFailuresAreLogged(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		shown bool
		want  int
	}{"a server": {false, 2}, "a command": {true, 0}} {
		f := start(t, func(c *Config) { c.Shown = row.shown })
		f.inject(sandbox.Fault{Status: 400, Body: `{"error":"invalid_scope","error_description":"AADSTS70011: No.","error_codes":[70011]}`})
		for range 10 {
			f.fail(f.graph())
		}
		f.clock.advance(memoryOfConfig + time.Second)
		f.fail(f.graph())
		f.settle() // what is logged comes after the answer
		if got := strings.Count(f.log.String(), `level=WARN msg="no token" profile=`+f.config.Profile+" code=AADSTS70011 "); got != row.want {
			t.Errorf("%s: the log tells %d times of it, want %d:\n%s", name, got, row.want, f.log.String())
		}
	}
}
