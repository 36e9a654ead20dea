package entra

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

func TestOneRequestForFiftyCallers(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	arrived, release := make(chan struct{}), make(chan struct{})
	f.inject(sandbox.Fault{Times: 1, Delay: func(context.Context) { close(arrived); <-release }})
	var tokens [50]string
	go func() { <-arrived; close(release) }()
	together(len(tokens), func(i int) {
		var err error
		if tokens[i], err = f.Token(t.Context(), f.graph()); err != nil {
			t.Error(err)
		}
	})
	for _, token := range tokens {
		f.wire.see(token, nil)
		if token == "" || token != tokens[0] {
			t.Fatal("callers got different tokens, or none")
		}
	}
	if f.get() != tokens[0] {
		t.Error("a later call got another token")
	}
	f.wantRequests(1)
}

func TestTokenSuitsItsAudience(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	graph := f.get()
	arm := f.ask(Request{Audience: f.tenant.ResourceManagerURL()})
	if graph == arm {
		t.Error("one token for two audiences")
	}
	if got, want := f.wire.lastForm().Get("scope"), f.tenant.ResourceManagerURL()+"/.default"; !strings.HasPrefix(got, want) {
		t.Errorf("asked for scope %q, want %q", got, want)
	}
	f.wantRequests(2)
	f.fail(Request{Audience: "http://graph.microsoft.com"})
	f.fail(Request{Audience: "https://graph.microsoft.com/v1.0"})
	f.wantRequests(2)
}

func TestOwnScopeOfAnAudience(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *Config) { c.Scopes = []string{"api://x/.default", "https://Graph.example/sub/.default"} })
	for audience, want := range map[string]string{
		"https://graph.example":       "https://Graph.example/sub/.default",
		"https://graph.microsoft.com": "https://graph.microsoft.com/.default",
	} {
		if got := f.scope(audience); got != want {
			t.Errorf("scope(%s) = %q, want %q", audience, got, want)
		}
	}
}

// One cloud's token must not go to another's host.
func TestNoTokenForAnotherCloudsHost(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *Config) { c.Audiences = []string{shared.GraphURL()} })
	f.get()
	e := f.fail(Request{Audience: "https://graph.microsoft.us"})
	if !strings.Contains(e.Error(), "no host of this profile's cloud") {
		t.Errorf("got %v", e)
	}
	f.wantRequests(1)
}

func TestRenewalAheadOfTime(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	first := f.get()
	f.clock.advance(49 * time.Minute)
	if f.get() != first {
		t.Error("renewed too early")
	}
	f.settle()
	f.wantRequests(1)
	f.clock.advance(2 * time.Minute)
	arrived, release := make(chan struct{}), make(chan struct{})
	f.inject(sandbox.Fault{Times: 1, Delay: func(context.Context) { close(arrived); <-release }})
	together(20, func(int) {
		if token, err := f.Token(t.Context(), f.graph()); token != first || err != nil {
			t.Errorf("during the renewal: another token or %v", err)
		}
	})
	<-arrived
	close(release)
	f.settle()
	if f.get() == first {
		t.Error("not renewed")
	}
	f.wantRequests(2)
}

func TestHeldTokenBridgesAnOutage(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	first := f.get()
	remove := f.inject(sandbox.Fault{Status: 503, Body: "busy"})
	steps := []struct {
		after time.Duration // since the step before
		want  int           // token requests in all
	}{
		{51 * time.Minute, 4}, // in the background, with two retries
		{20 * time.Second, 4}, // remembered
		{5 * time.Minute, 7},  // too close to the end to be used without asking
		{20 * time.Second, 7},
	}
	for i, step := range steps {
		f.clock.advance(step.after)
		if f.get() != first {
			t.Fatalf("step %d: another token", i)
		}
		f.settle()
		f.wantRequests(step.want)
	}
	if got := strings.Count(f.log.String(), "the held one is used on"); got != 2 {
		t.Errorf("%d failures logged, want 2", got)
	}
	f.clock.advance(5 * time.Minute)
	if e := f.fail(f.graph()); e.Status != 503 {
		t.Errorf("after the expiry: %v, want the 503", e)
	}
	remove()
	f.clock.advance(time.Minute)
	if f.get() == first {
		t.Error("no new token after the outage")
	}
}

func TestPlanOfATokensLife(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct{ lifetime, refreshIn, renew, stop time.Duration }{
		{time.Hour, 0, 50 * time.Minute, 55 * time.Minute},
		{28 * time.Hour, 14 * time.Hour, 14 * time.Hour, 28*time.Hour - 5*time.Minute},
		{time.Hour, 2 * time.Hour, 55 * time.Minute, 55 * time.Minute},
		{time.Hour, time.Second, 15 * time.Minute, 55 * time.Minute},
		{12 * time.Minute, 0, 576 * time.Second, 648 * time.Second},
		{10 * time.Minute, 0, 8 * time.Minute, 9 * time.Minute},
		{8 * time.Minute, time.Minute, 2 * time.Minute, 432 * time.Second},
		{time.Second, 0, 800 * time.Millisecond, 900 * time.Millisecond},
	} {
		got := newToken("t", "", now, row.lifetime, row.refreshIn)
		if got.renew.Sub(now) != row.renew || got.stop.Sub(now) != row.stop || got.expires.Sub(now) != row.lifetime {
			t.Errorf("lifetime %v, refresh in %v: renewed after %v, used until %v, want %v and %v",
				row.lifetime, row.refreshIn, got.renew.Sub(now), got.stop.Sub(now), row.renew, row.stop)
		}
	}
}

func TestRejectedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	first := f.get()
	r := f.graph()
	r.Rejected = first
	var tokens [50]string
	together(len(tokens), func(i int) {
		var err error
		if tokens[i], err = f.Token(t.Context(), r); err != nil {
			t.Error(err)
		}
	})
	for _, token := range tokens {
		if token == first || token != tokens[0] {
			t.Fatal("the refused token came back, or different ones")
		}
	}
	f.wantRequests(2)
	if f.get() != tokens[0] {
		t.Error("the new token is not kept")
	}
}

// Nobody gets a refused token while a new one is on its way, or cannot be had.
func TestRejectedTokenIsDropped(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	r := f.graph()
	r.Rejected = f.get()
	remove := f.inject(sandbox.Fault{Status: 503})
	f.fail(r)
	if e := f.fail(f.graph()); e.Status != 503 {
		t.Errorf("got %v, want the 503", e)
	}
	remove()
	f.clock.advance(memoryOfTransient)
	if f.get() == r.Rejected {
		t.Error("the refused token came back")
	}
}

// An API that refuses whatever it gets must not make us ask at every call.
func TestEndlessRejectionIsBounded(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	r := f.graph()
	r.Rejected = f.get()
	for range 20 {
		r.Rejected = f.ask(r)
	}
	f.wantRequests(1 + maxForced)
	f.clock.advance(forceWindow + time.Second)
	f.ask(r)
	f.wantRequests(2 + maxForced)
}

func TestClaimsChallenge(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	first := f.get()
	r := f.graph()
	r.Rejected, r.Claims = first, `{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}`
	var tokens [50]string
	together(len(tokens), func(i int) { tokens[i], _ = f.Token(t.Context(), r) })
	for _, token := range tokens {
		f.wire.see(token, nil)
		if token == "" || token == first || token != tokens[0] {
			t.Fatal("the refused token came back, or different ones")
		}
	}
	f.wantRequests(2)
	claims := f.wire.lastForm().Get("claims")
	for _, want := range []string{"1604106651", "xms_cc", "CP1"} {
		if !strings.Contains(strings.ToUpper(claims), strings.ToUpper(want)) {
			t.Errorf("claims sent: %s, want %s in them", claims, want)
		}
	}
	if f.get() != tokens[0] {
		t.Error("a call without a challenge does not profit from the new token")
	}
	for _, bad := range []string{"{", "[]", "null"} {
		f.fail(Request{Audience: f.tenant.GraphURL(), Claims: bad})
	}
	if f.get() != tokens[0] {
		t.Error("a bad challenge spoilt the token")
	}
	f.wantRequests(2)
}

func TestOneWaiterLeaves(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	arrived, release := make(chan struct{}), make(chan struct{})
	f.inject(sandbox.Fault{Times: 1, Delay: func(context.Context) { close(arrived); <-release }})
	ctx, cancel := context.WithCancel(t.Context())
	left, stayed := make(chan error), make(chan string)
	go func() { _, err := f.Token(ctx, f.graph()); left <- err }()
	<-arrived
	go func() { token, _ := f.Token(t.Context(), f.graph()); stayed <- token }()
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left got %v, want context.Canceled", err)
	}
	close(release)
	if token := <-stayed; token == "" || token != f.get() {
		t.Error("the one who stayed got no token")
	}
	f.wantRequests(1)
}

func TestCancelledCallerStartsNothing(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Token(ctx, f.graph()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	f.settle()
	f.wantRequests(0)
	f.get()
}

func TestClose(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	arrived := make(chan struct{})
	f.inject(sandbox.Fault{Times: 1, Delay: func(ctx context.Context) { close(arrived); <-ctx.Done() }})
	waiting := make(chan error)
	go func() { _, err := f.Token(context.Background(), f.graph()); waiting <- err }()
	<-arrived
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Errorf("the waiting call got %v, want context.Canceled", err)
	}
	if e := f.fail(f.graph()); !strings.Contains(e.Error(), "closed") {
		t.Errorf("after Close: %v", e)
	}
}

func TestClosedAppUsesItsToken(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	first := f.get()
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
	f.clock.advance(52 * time.Minute)
	if f.get() != first {
		t.Error("the held token is not used")
	}
	f.clock.advance(9 * time.Minute)
	f.fail(f.graph())
	f.wantRequests(1)
}

// stuck is a source of secrets that heeds no context.
type stuck struct{ reading, release chan struct{} }

func (s stuck) Read(context.Context) (secret.Text, error) {
	close(s.reading)
	<-s.release
	return secret.Text{}, errors.New("gone")
}

func TestCloseWaitsNoLongerThanAllowed(t *testing.T) {
	t.Parallel()
	source := stuck{make(chan struct{}), make(chan struct{})}
	f := startWith(t, source)
	waiting := make(chan error)
	go func() { _, err := f.Token(t.Context(), f.graph()); waiting <- err }()
	<-source.reading
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	close(source.release)
	if err := <-waiting; err == nil {
		t.Error("got a token without a secret")
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if err := sleep(ctx, 400*time.Millisecond); err != nil || time.Since(begin) != 400*time.Millisecond {
			t.Errorf("slept %v, %v", time.Since(begin), err)
		}
		if err := sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("woke after %v, %v", time.Since(begin), err)
		}
	})
}

func TestStatus(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *Config) { c.TenantID = company.TenantDomain })
	s, err := f.Status(t.Context(), f.tenant.GraphURL())
	if err != nil {
		t.Fatal(err)
	}
	if s.Mode != "clientCredentials" || s.TenantID != company.TenantID || s.ClientID != company.ClientID || s.AppName == "" {
		t.Errorf("got %+v", s)
	}
	if len(s.Permissions) < 2 || !slices.IsSorted(s.Permissions) {
		t.Errorf("permissions %v, want several, sorted", s.Permissions)
	}
	if left := s.ExpiresAt.Sub(f.clock.Now()); left < 59*time.Minute || left > time.Hour {
		t.Errorf("expires in %v, want an hour", left)
	}
	f.get()
	f.wantRequests(1)
}
