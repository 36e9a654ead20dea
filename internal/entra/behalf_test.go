package entra

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// behalf is a hall with what acts for those who come with a token.
type behalf struct {
	*hall
	*OnBehalfOf
}

func newBehalf(t *testing.T) *behalf {
	t.Helper()
	h := newHall(t)
	o, err := NewOnBehalfOf(h.config, ClientSecret(h.source))
	if err != nil {
		t.Fatal(err)
	}
	o.sleep = (&waits{}).sleep
	t.Cleanup(func() {
		if err := o.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &behalf{hall: h, OnBehalfOf: o}
}

// brought is a token that a person came with, issued at that time and good for an hour.
func (b *behalf) brought(id string, issued time.Time) secret.Text {
	return secret.NewText(unsignedJWT(map[string]any{"oid": id, "tid": testTenant, "aud": testClient, "iat": issued.Unix(), "exp": issued.Add(time.Hour).Unix(),
		"preferred_username": "user" + id[:8] + "@contoso.example"}))
}

// come lets a person come with a fresh token.
func (b *behalf) come(id string) *Behalf {
	return b.Person(testTenant, id, b.brought(id, b.clock.Now()))
}

func TestEachActsAsThemselves(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	const people, calls = 100, 3
	now := b.clock.Now()
	together(people*calls, func(i int) {
		id, spelt := someID(i%people), someID(i%people)
		if i >= people {
			spelt = strings.ToUpper(id)
		}
		text, err := b.Person(testTenant, spelt, b.brought(id, now)).Token(t.Context(), b.hall.graph())
		if err != nil || readText(text).ObjectID != id {
			t.Errorf("%s got the token of %q, %v", id, readText(text).ObjectID, err)
		}
	})
	b.authority.wantRequests(people)
	if got := b.authority.documents; got > 5 {
		t.Errorf("the metadata was read %d times for %d people", got, people)
	}
	if b.source.count() != 1 {
		t.Errorf("the secret was read %d times for %d people", b.source.count(), people)
	}
}

func TestOneExchangeForFiftyCalls(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	arrived, release := b.authority.hold()
	go func() { <-arrived; close(release) }()
	now := b.clock.Now()
	together(50, func(int) {
		if _, err := b.Person(testTenant, someID(1), b.brought(someID(1), now)).Token(t.Context(), b.hall.graph()); err != nil {
			t.Error(err)
		}
	})
	b.authority.wantRequests(1)
	form := b.authority.asked()[0]
	for name, want := range map[string]string{
		"requested_token_use": "on_behalf_of", "assertion": b.brought(someID(1), now).Reveal(), "client_id": testClient,
		"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
	} {
		if form.Get(name) != want {
			t.Errorf("%s differs from what was to be sent", name)
		}
	}
	if scope := form.Get("scope"); !strings.HasPrefix(scope, testGraph+"/User.Read "+testGraph+"/Mail.Read") {
		t.Errorf("asked for %q", scope)
	}
	if diff := cmp.Diff([]string{"token[kind=behalf]ok"}, b.heard.heard()); diff != "" {
		t.Error(diff)
	}
}

func TestNewerTokenOfTheSamePerson(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	now := b.clock.Now()
	first, second := b.brought(someID(1), now), b.brought(someID(1), now.Add(time.Minute))
	got := b.token(b.Person(testTenant, someID(1), first), b.hall.graph())
	if b.token(b.Person(testTenant, someID(1), second), b.hall.graph()) != got {
		t.Error("what was got for the earlier token is not used on")
	}
	p := b.Person(testTenant, someID(1), first) // an older request of theirs, late
	b.authority.wantRequests(1)
	if b.token(p, Request{Audience: testGraph, Rejected: got}) == got {
		t.Error("a refused token was given again")
	}
	if b.authority.asked()[1].Get("assertion") != second.Reveal() {
		t.Error("not the newest token was exchanged")
	}
}

// A token that was issued later may be the one that expires earlier.
func TestOlderTokenOutlivesTheNewer(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	now := b.clock.Now()
	older := b.brought(someID(1), now)
	b.Person(testTenant, someID(1), secret.NewText(unsignedJWT(map[string]any{"oid": someID(1), "tid": testTenant, "iat": now.Add(time.Minute).Unix(), "exp": now.Add(2 * time.Minute).Unix()})))
	b.clock.advance(10 * time.Minute)
	b.token(b.Person(testTenant, someID(1), older), b.hall.graph())
	if b.authority.asked()[0].Get("assertion") != older.Reveal() {
		t.Error("the expired token was exchanged")
	}
}

func TestExpiredTokenIsNotSent(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	p := b.come(someID(1))
	b.clock.advance(2 * time.Hour)
	e := b.refusal(p, b.hall.graph())
	if !e.SignInNeeded() || !strings.Contains(e.Hint(), "at the client") {
		t.Errorf("got %v (%s), want that the person signs in at the client", e, e.Hint())
	}
	b.authority.wantRequests(0)
	b.token(b.come(someID(1)), b.hall.graph()) // at once: the failure was of the token before
}

func TestWhatTheAuthorityRefuses(t *testing.T) {
	t.Parallel()
	claims := `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	for _, test := range []struct {
		name, body, hint, claims string
		signIn                   bool
	}{
		{"expired", refusalBody(500133, "invalid_grant", ""), "sign in again: at the client", "", true},
		{"not to act on", refusalBody(50013, "invalid_grant", ""), "sign in again: at the client", "", true},
		{"consent", refusalBody(65001, "invalid_grant", `,"suberror":"consent_required"`), "/" + testTenant + "/adminconsent?client_id=" + testClient, "", false},
		{"second factor", refusalBody(50076, "interaction_required", `,"claims":`+quoted(claims)), "at the client", claims, true},
		{"endless claims", refusalBody(50076, "interaction_required", `,"claims":"{\"a\":\"`+strings.Repeat("b", maxClaims)+`\"}"`), "at the client", "", true},
		{"disabled account", refusalBody(50057, "invalid_grant", ""), "an administrator", "", false},
		{"unknown", refusalBody(999999, "invalid_grant", ""), "error?code=999999", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBehalf(t)
			b.authority.refuse(400, test.body)
			e := b.refusal(b.come(someID(1)), b.hall.graph())
			if e.SignInNeeded() != test.signIn || e.claims != test.claims || !strings.Contains(e.Hint(), test.hint) || strings.Contains(e.Hint(), "microsoft-mcp-server login") {
				t.Errorf("got %v, sign-in needed %t, claims %q, hint %q", e, e.SignInNeeded(), e.claims, e.Hint())
			}
			if e.Gone() {
				t.Error("a grant is said to have ended, and there is none")
			}
			if again := b.refusal(b.come(someID(1)), b.hall.graph()); !strings.Contains(again.Error(), "not asked again yet") {
				t.Errorf("got %v at once, want the remembered error", again)
			}
			b.authority.wantRequests(1)
			if diff := cmp.Diff([]string{"token[kind=behalf]refused"}, b.heard.heard()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func TestNewTokenEndsTheRefusal(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	b.authority.refuse(400, refusalBody(50013, "invalid_grant", ""))
	b.refusal(b.come(someID(1)), b.hall.graph())
	b.token(b.Person(testTenant, someID(1), b.brought(someID(1), b.clock.Now().Add(time.Minute))), b.hall.graph())
	b.authority.wantRequests(2)
}

// Of two clients of one person, the one that signed in last brings tokens that the authority does not take.
func TestTwoClientsOfOnePerson(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	now := b.clock.Now()
	old, good, bad := b.brought(someID(1), now.Add(-time.Minute)), b.brought(someID(1), now), b.brought(someID(1), now.Add(time.Minute))
	refusal := refusalBody(50013, "invalid_grant", "")
	b.authority.refuse(400, refusal, refusal)
	b.refusal(b.Person(testTenant, someID(1), bad), b.hall.graph())
	for range 5 { // in turns, at once
		b.refusal(b.Person(testTenant, someID(1), old), b.hall.graph())
		b.refusal(b.Person(testTenant, someID(1), bad), b.hall.graph())
	}
	b.authority.wantRequests(1)
	b.clock.advance(memoryOfSignIn)
	b.refusal(b.Person(testTenant, someID(1), bad), b.hall.graph()) // the old one is held, and refused
	b.clock.advance(memoryOfSignIn)
	b.token(b.Person(testTenant, someID(1), good), b.hall.graph())
	b.token(b.Person(testTenant, someID(1), bad), b.hall.graph())
	b.authority.wantRequests(3)
}

// While the authority looks at a token that it will refuse, the person comes with a better one.
func TestNewTokenWhileTheOldIsRefused(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	b.authority.refuse(400, refusalBody(500133, "invalid_grant", ""))
	arrived, release := b.authority.hold()
	done := make(chan error, 1)
	p := b.come(someID(1))
	go func() { _, err := p.Token(context.Background(), b.hall.graph()); done <- err }()
	<-arrived
	better := b.brought(someID(1), b.clock.Now().Add(time.Minute))
	b.Person(testTenant, someID(1), better)
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if forms := b.authority.asked(); len(forms) != 2 || forms[1].Get("assertion") != better.Reveal() {
		t.Error("the better token was not tried")
	}
}

func TestThrottledExchangeIsRepeated(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	b.authority.refuse(429, `{"error":"temporarily_unavailable"}`)
	b.token(b.come(someID(1)), b.hall.graph())
	if diff := cmp.Diff([]string{"token[kind=behalf]throttled", "token[kind=behalf]ok"}, b.heard.heard()); diff != "" {
		t.Error(diff)
	}
}

func TestChallengeIsAnswered(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	p := b.come(someID(1))
	first := b.token(p, b.hall.graph())
	second := b.token(p, Request{Audience: testGraph, Rejected: first, Claims: `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`})
	if got := b.authority.asked()[1].Get("claims"); first == second || !strings.Contains(got, `"nbf"`) || !strings.Contains(got, "CP1") {
		t.Errorf("the claims are %s", got)
	}
}

// What is wrong with the credential concerns everybody: the authority is not asked by each of them.
func TestReplacedSecretIsReadAgain(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	b.source.set("the-secret-before", nil)
	for i := range 20 {
		if e := b.refusal(b.come(someID(i)), b.hall.graph()); e.Code != "AADSTS7000215" || !strings.Contains(e.Hint(), "secret set contoso") {
			t.Errorf("got %v (%s)", e, e.Hint())
		}
	}
	b.authority.wantRequests(1)
	b.source.set(testSecret, nil)
	b.clock.advance(memoryOfSecret / 2)
	b.refusal(b.come(someID(22)), b.hall.graph()) // which does not make it any longer
	b.clock.advance(memoryOfSecret / 2)
	b.token(b.come(someID(19)), b.hall.graph()) // who only heard of it
	b.token(b.come(someID(20)), b.hall.graph())
	b.clock.advance(proofAge)
	b.token(b.come(someID(21)), b.hall.graph())
	if got := b.source.count(); got != 3 {
		t.Errorf("the secret was read %d times, want 3", got)
	}
	b.clock.advance(proofAge)
	b.source.set("", errors.New("locked"))
	for i := range 20 {
		if err := b.Check(t.Context()); err == nil || b.explained(err).class != unread {
			t.Errorf("Check: got %v", err)
		}
		b.refusal(b.come(someID(30+i)), b.hall.graph())
	}
	if got := b.source.count(); got != 4 {
		t.Errorf("the secret was read %d times, want 4", got)
	}
}

func TestStatusOfAPerson(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	p := b.come(someID(1))
	status, err := p.Status(t.Context(), testGraph)
	if err != nil {
		t.Fatal(err)
	}
	want := Status{Mode: "onBehalfOf", TenantID: testTenant, ClientID: testClient, Account: "user00000001@contoso.example", Permissions: []string{"Mail.Read", "User.Read"}}
	if status.ExpiresAt.IsZero() {
		t.Error("no expiry")
	}
	status.ExpiresAt = time.Time{}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Error(diff)
	}
	if tenant, account := p.Who(); tenant != testTenant || account != want.Account {
		t.Errorf("got %s, %s", tenant, account)
	}
}

func TestClosingEndsExchanges(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	kept := b.come(someID(2))
	b.token(kept, b.hall.graph())
	arrived, release := b.authority.hold()
	defer close(release)
	done := make(chan error, 1)
	p := b.come(someID(1))
	go func() { _, err := p.Token(context.Background(), b.hall.graph()); done <- err }()
	<-arrived
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("the exchange went on")
	}
	b.token(kept, b.hall.graph()) // from memory
	if e, ok := errors.AsType[*Error](errOf(b.come(someID(3)).Token(t.Context(), b.hall.graph()))); !ok || !strings.Contains(e.Error(), "closed") {
		t.Errorf("after closing: got %v", e)
	}
}

func errOf(_ string, err error) error { return err }

// Closing one person's identity must not end it for others who act for them.
func TestClosingOnePerson(t *testing.T) {
	t.Parallel()
	b := newBehalf(t)
	p := b.come(someID(1))
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	b.token(b.come(someID(1)), b.hall.graph())
}

func TestOnBehalfOfIsChecked(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	cred := ClientSecret(h.source)
	for name, change := range map[string]func(*Config){
		"no API":    func(c *Config) { c.Audiences = nil },
		"no client": func(c *Config) { c.ClientID = "" },
	} {
		c := h.config
		change(&c)
		if _, err := NewOnBehalfOf(c, cred); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := NewWeb(c, cred); err == nil {
			t.Errorf("web, %s: no error", name)
		}
	}
	if _, err := NewOnBehalfOf(h.config, nil); err == nil {
		t.Error("without a credential: no error")
	}
	h.config.Scopes = nil
	o, err := NewOnBehalfOf(h.config, cred)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{testGraph + "/.default"}, o.scopesFor(testGraph)); diff != "" {
		t.Error(diff)
	}
	if _, err := NewWeb(h.config, cred); err == nil {
		t.Error("web, no scopes: no error")
	}
}
