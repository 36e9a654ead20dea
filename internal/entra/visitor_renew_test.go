package entra

import (
	"context"
	"errors"
	"testing"
)

// Whether somebody may go on is asked of the authority, however good the token in memory is.
func TestRenewalIsNotFromMemory(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	v := w.Person(w.granted(m, someID(1)), m)
	if _, err := v.Token(t.Context(), w.graph()); err != nil {
		t.Fatal(err)
	}
	w.authority.wantRequests(1)
	if err := v.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.authority.wantRequests(2)
	if _, err := v.Token(t.Context(), w.graph()); err != nil { // what came is used
		t.Fatal(err)
	}
	w.authority.wantRequests(2)
	w.authority.refuse(400, refusalBody(50173, "invalid_grant", ""))
	var failed *Error
	if err := v.Renew(t.Context()); !errors.As(err, &failed) || !failed.Gone() || !failed.ForPerson() {
		t.Errorf("after the sessions were revoked: %v", err)
	}
}

// One renewal joins the request that is under way, and who leaves does not end it.
func TestRenewalJoinsTheRequestUnderWay(t *testing.T) {
	t.Parallel()
	w, m := newWeb(t, nil), newMemory()
	v := w.Person(w.granted(m, someID(1)), m)
	arrived, release := w.authority.hold()
	first := make(chan error, 1)
	go func() { first <- v.Renew(t.Context()) }()
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() { second <- v.Renew(ctx) }()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("by somebody who has left: %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
	w.authority.wantRequests(1)
}

// What is wrong with the app, its credential or the network is nothing that strangers who sign in are shown.
func TestWhoseAnErrorIs(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		status int
		body   string
		person bool
	}{
		"disabled account": {400, refusalBody(50057, "invalid_grant", ""), true},
		"sessions revoked": {400, refusalBody(50173, "invalid_grant", ""), true},
		"second factor":    {400, refusalBody(50076, "interaction_required", ""), true},
		"wrong secret":     {401, refusalBody(7000215, "invalid_client", ""), false},
		"app disabled":     {400, refusalBody(7000112, "unauthorized_client", ""), false},
		"outage":           {400, refusalBody(90033, "temporarily_unavailable", ""), false},
		"no token at all":  {200, `{"hello":"world"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, m := newWeb(t, nil), newMemory()
			w.authority.refuse(row.status, row.body, row.body, row.body) // what may pass is asked again, twice
			if e := w.refusal(w.Person(w.granted(m, someID(1)), m), w.graph()); e.ForPerson() != row.person {
				t.Errorf("for the person: %v, %v", e.ForPerson(), e)
			}
		})
	}
	w, m := newWeb(t, nil), newMemory()
	w.source.set("", errors.New("no secret at /var/lib/private"))
	if e := w.refusal(w.Person(w.granted(m, someID(1)), m), w.graph()); e.ForPerson() {
		t.Errorf("for the person: %v", e)
	}
	other := WebPerson{Grant: "g", TenantID: "99999999-9999-4999-8999-999999999999", ObjectID: someID(1)}
	if e := w.refusal(w.Person(other, m), w.graph()); !e.ForPerson() {
		t.Errorf("of another tenant, and not for the person: %v", e)
	}
}
