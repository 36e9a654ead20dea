package entra

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// memory keeps grants as replicas share them.
type memory struct {
	mu      sync.Mutex
	refresh map[string]string
	version map[string]int
	broken  error
	loads   int
	loaded  func() // called after each load, while nobody holds the lock
}

func (m *memory) Load(_ context.Context, id string) (secret.Text, string, error) {
	m.mu.Lock()
	m.loads++
	text, version, err, loaded := m.refresh[id], m.version[id], m.broken, m.loaded
	m.mu.Unlock()
	if loaded != nil {
		defer loaded()
	}
	switch {
	case err != nil:
		return secret.Text{}, "", err
	case text == "":
		return secret.Text{}, "", fmt.Errorf("grant: %w", ErrNoGrant)
	}
	return secret.NewText(text), fmt.Sprint(version), nil
}

func (m *memory) Save(_ context.Context, id, version string, refresh secret.Text) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	if m.refresh[id] != "" && fmt.Sprint(m.version[id]) == version {
		m.refresh[id], m.version[id] = refresh.Reveal(), m.version[id]+1
	}
	return nil
}

func (m *memory) put(id, refresh string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refresh[id], m.version[id] = refresh, m.version[id]+1
}

func (m *memory) get(id string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refresh[id]
}

func newMemory() *memory { return &memory{refresh: map[string]string{}, version: map[string]int{}} }

// granted makes a grant of somebody's, as if they had signed in elsewhere.
func (w *web) granted(m *memory, id string) WebPerson {
	w.authority.mu.Lock()
	w.authority.refresh["refresh-0-of-"+id] = id
	w.authority.mu.Unlock()
	m.put("grant-"+id, "refresh-0-of-"+id)
	return WebPerson{Grant: "grant-" + id, TenantID: testTenant, ObjectID: id, Account: "ada@contoso.example"}
}

func TestEachVisitorActsAsThemselves(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	const people, calls = 100, 3
	var persons []WebPerson
	for i := range people {
		persons = append(persons, w.granted(m, someID(i)))
	}
	together(people*calls, func(i int) {
		p := persons[i%people]
		text, err := w.Person(p, m).Token(t.Context(), w.graph())
		if err != nil || readText(text).ObjectID != p.ObjectID {
			t.Errorf("%s got the token of %q, %v", p.ObjectID, readText(text).ObjectID, err)
		}
	})
	w.authority.wantRequests(people)
	for i := range people {
		if got := m.get("grant-" + someID(i)); !strings.HasSuffix(got, "-of-"+someID(i)) || strings.HasPrefix(got, "refresh-0-") {
			t.Errorf("%d: the grant's refresh token is %s", i, got)
		}
	}
}

func TestOnePersonHasOneIdentityAsLongAsTheGrantLasts(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	g, err := w.Redeem(t.Context(), w.back(someID(1), nil))
	if err != nil {
		t.Fatal(err)
	}
	m.put("grant-1", g.Refresh.Reveal())
	p := WebPerson{Grant: "grant-1", TenantID: g.TenantID, ObjectID: g.ObjectID, Account: g.Account}
	v := w.Person(p, m)
	first := w.token(v, w.graph())
	form := w.authority.asked()[1]
	if form.Get("refresh_token") != g.Refresh.Reveal() || form.Get("client_secret") != testSecret || !strings.HasPrefix(form.Get("scope"), testGraph+"/User.Read ") {
		t.Errorf("what is asked for differs: scope %q", form.Get("scope"))
	}
	status, err := v.Status(t.Context(), testGraph)
	if err != nil || status.Account != "ada@contoso.example" || !cmp.Equal(status.Permissions, []string{"Mail.Read", "User.Read"}) {
		t.Errorf("got %v, %v", status, err)
	}
	w.clock.advance(2 * time.Hour)
	if w.token(w.Person(p, m), w.graph()) == first {
		t.Error("the token was not renewed")
	}
	if w.Person(p, m) != v {
		t.Error("one person has two identities")
	}
	if w.Forget(p); w.Person(p, m) == v {
		t.Error("the identity of an ended grant is still there")
	}
}

func TestOneRenewalForFiftyCalls(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	p := w.granted(m, someID(1))
	arrived, release := w.authority.hold()
	go func() { <-arrived; close(release) }()
	together(50, func(int) {
		if _, err := w.Person(p, m).Token(t.Context(), w.graph()); err != nil {
			t.Error(err)
		}
	})
	w.authority.wantRequests(1)
}

// Another replica renews at the same time, and only its refresh token is good afterwards.
func TestAnotherReplicaWasFaster(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	p := w.granted(m, someID(1))
	other := w.granted(newMemory(), someID(1)) // registers the token
	w.authority.refuse(400, refusalBody(70000, "invalid_grant", `,"suberror":"bad_token"`))
	m.loaded = sync.OnceFunc(func() { m.put(p.Grant, "refresh-0-of-"+other.ObjectID+"-newer") })
	w.authority.refresh["refresh-0-of-"+other.ObjectID+"-newer"] = someID(1)
	w.token(w.Person(p, m), w.graph())
	if forms := w.authority.asked(); len(forms) != 2 || !strings.HasSuffix(forms[1].Get("refresh_token"), "-newer") {
		t.Error("the newer refresh token was not tried")
	}
	if got := m.get(p.Grant); got != "refresh-1-of-"+someID(1) {
		t.Errorf("the grant's refresh token is %s", got)
	}
}

// Another replica renews while this one's answer is on its way: what it saved stays.
func TestSavingComesTooLate(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	p := w.granted(m, someID(1))
	m.loaded = sync.OnceFunc(func() { m.put(p.Grant, "newer") })
	w.token(w.Person(p, m), w.graph())
	if got := m.get(p.Grant); got != "newer" {
		t.Errorf("the grant's refresh token is %s, want the newer one", got)
	}
}

func TestEndedGrant(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		gone bool
	}{
		"expired":       {refusalBody(700082, "invalid_grant", ""), true},
		"revoked":       {refusalBody(50173, "invalid_grant", ""), true},
		"bad":           {`{"error":"invalid_grant"}`, true},
		"second factor": {refusalBody(50076, "interaction_required", `,"claims":"{\"a\":1}"`), false},
		"consent":       {refusalBody(65001, "invalid_grant", ""), false},
		"policy":        {refusalBody(53003, "invalid_grant", ""), false},
		"unknown":       {refusalBody(999999, "invalid_grant", ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, m := newWeb(t, nil), newMemory()
			w.authority.refuse(400, test.body)
			e := w.refusal(w.Person(w.granted(m, someID(1)), m), w.graph())
			if e.Gone() != test.gone || !e.SignInNeeded() || !strings.Contains(e.Hint(), "at the client") {
				t.Errorf("gone %t, sign-in needed %t, %s", e.Gone(), e.SignInNeeded(), e.Hint())
			}
			if w.authority.wantRequests(1); m.loads != 2 {
				t.Errorf("the grant was read %d times, want 2", m.loads)
			}
		})
	}
}

func TestGrantThatIsNotThere(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	p := w.granted(m, someID(1))
	m.refresh[p.Grant] = ""
	if e := w.refusal(w.Person(p, m), w.graph()); !e.Gone() || !e.SignInNeeded() {
		t.Errorf("got %v", e)
	}
	w.authority.wantRequests(0)
}

// unavailable is how the keeper of grants says that it cannot be reached.
type unavailable struct{ error }

func (unavailable) Unavailable() bool { return true }

func TestGrantsCannotBeRead(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	p := w.granted(m, someID(1))
	m.broken = unavailable{errors.New("connection refused")}
	e := w.refusal(w.Person(p, m), w.graph())
	if e.Gone() || e.SignInNeeded() {
		t.Errorf("got %v: nobody has to sign in for that", e)
	}
	if _, ok := errors.AsType[interface {
		error
		Unavailable() bool
	}](error(e)); !ok {
		t.Error("it does not show that it will pass")
	}
	m.broken = nil
	w.clock.advance(memoryOfSecret)
	m.loaded = func() { m.mu.Lock(); m.broken = errors.New("gone away"); m.mu.Unlock() }
	w.token(w.Person(p, m), w.graph()) // though the renewed refresh token cannot be saved
	if !strings.Contains(w.log.String(), "gone away") {
		t.Error("that it was not saved is not logged")
	}
}

func TestVisitorAnswersAChallenge(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	v := w.Person(w.granted(m, someID(1)), m)
	first := w.token(v, w.graph())
	second := w.token(v, Request{Audience: testGraph, Rejected: first, Claims: `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`})
	if got := w.authority.asked()[1].Get("claims"); first == second || !strings.Contains(got, `"nbf"`) || !strings.Contains(got, "CP1") {
		t.Errorf("the claims are %s", got)
	}
}

// Whatever is mixed up where grants are kept, nobody acts as somebody else.
func TestMixedUpGrants(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	p, other := w.granted(m, someID(1)), w.granted(m, someID(2))
	w.token(w.Person(p, m), w.graph())
	m.put(other.Grant, m.get(p.Grant))
	if e := w.refusal(w.Person(other, m), w.graph()); !strings.Contains(e.Error(), "another person") {
		t.Errorf("got %v", e)
	}
	imposter := WebPerson{Grant: p.Grant, TenantID: testTenant, ObjectID: someID(3)}
	w.refusal(w.Person(imposter, m), w.graph())
	elsewhere := WebPerson{Grant: p.Grant, TenantID: someID(9), ObjectID: someID(1)}
	requests := len(w.authority.asked())
	if e := w.refusal(w.Person(elsewhere, m), w.graph()); !strings.Contains(e.Error(), "tenant") {
		t.Errorf("got %v", e)
	}
	w.authority.wantRequests(requests)
}

func TestErrorHidesTheRefreshToken(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	p := w.granted(m, someID(1))
	w.authority.refuse(400, `{"error":"invalid_grant","error_description":"AADSTS70000: bad `+m.get(p.Grant)+`"}`)
	if e := w.refusal(w.Person(p, m), w.graph()); !strings.Contains(e.Message, "[secret]") {
		t.Errorf("got %q", e.Message)
	}
}

func TestVisitorsWhomNobodyAsksForLeave(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	for i := range 20 {
		w.Person(WebPerson{Grant: someID(i), TenantID: testTenant, ObjectID: someID(i)}, m)
	}
	w.clock.advance(visitTime)
	last := w.Person(WebPerson{Grant: someID(1), TenantID: testTenant, ObjectID: someID(1)}, m)
	if got := w.people.seats.Len(); got != 20 {
		t.Errorf("%d visitors are kept, want 20: it is not too long yet", got)
	}
	w.clock.advance(time.Second)
	if w.Person(WebPerson{Grant: someID(1), TenantID: testTenant, ObjectID: someID(1)}, m) != last || w.people.seats.Len() != 1 {
		t.Errorf("%d visitors are kept, want 1", w.people.seats.Len())
	}
}
