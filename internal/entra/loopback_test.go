package entra

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// listener returns the address that a sign-in listens at, and its state.
func listener(t *testing.T, in *SignIn) (address, state string) {
	t.Helper()
	u, err := url.Parse(in.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("redirect_uri"), u.Query().Get("state")
}

// Any page and any program of the machine may send requests to the listener. None of them ends the sign-in.
func TestHostilePages(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	in := s.begin()
	address, state := listener(t, in)
	for name, row := range map[string]struct {
		path   string
		change func(*http.Request)
		status int
	}{
		"icon":              {"/favicon.ico", nil, http.StatusNotFound},
		"bare":              {"/", nil, http.StatusBadRequest},
		"no state":          {"/?code=stolen", nil, http.StatusBadRequest},
		"wrong state":       {"/?code=stolen&state=" + strings.Repeat("A", len(state)), nil, http.StatusBadRequest},
		"state of a prefix": {"/?code=stolen&state=" + state[:len(state)-1], nil, http.StatusBadRequest},
		"error, no state":   {"/?error=access_denied&error_subcode=cancel", nil, http.StatusBadRequest},
		"path":              {"/callback?code=stolen&state=" + state, nil, http.StatusNotFound},
		"rebound name":      {"/?code=stolen&state=" + state, func(r *http.Request) { r.Host = "evil.example" }, http.StatusNotFound},
		"rebound with port": {"/?code=stolen&state=" + state, func(r *http.Request) { r.Host = "evil.example:" + r.URL.Port() }, http.StatusNotFound},
		"another port":      {"/?code=stolen&state=" + state, func(r *http.Request) { r.Host = "localhost:1" }, http.StatusNotFound},
		"method":            {"/?code=stolen&state=" + state, func(r *http.Request) { r.Method = http.MethodPut }, http.StatusNotFound},
		"script":            {"/?state=<script>alert(1)</script>", nil, http.StatusBadRequest},
	} {
		status, text := s.fetch(address+row.path, row.change)
		if status != row.status || strings.Contains(text, "alert(1)") || strings.Contains(text, state) {
			t.Errorf("%s: got %d, want %d; %s", name, status, row.status, text)
		}
	}
	s.choose(in, sandbox.MemberUPN)
	if err := in.Wait(t.Context()); err != nil {
		t.Errorf("the sign-in was disturbed: %v", err)
	}
}

// The answer counts once, whoever repeats it.
func TestSecondCallback(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	in := s.begin()
	ending := sandboxtest.SignIn(t, s.tenant, in.URL, sandbox.MemberUPN)
	if _, err := ending.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := in.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	status, text := s.fetch(ending.URL.String(), nil)
	if status != http.StatusConflict || !strings.Contains(text, "This sign-in is over") {
		t.Errorf("got %d: %s", status, text)
	}
	if got := s.grants("authorization_code"); got != 1 {
		t.Errorf("the code was redeemed %d times", got)
	}
}

// A callback that comes after the person was given up on.
func TestCallbackTooLate(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	in := s.begin()
	ending := sandboxtest.SignIn(t, s.tenant, in.URL, sandbox.MemberUPN)
	in.Cancel()
	s.outcome(in)
	// Whether the listener has noticed already or not, nobody is signed in by it.
	_, _ = ending.Deliver(t.Context())
	if keys := s.vault.Keys(); len(keys) != 0 {
		t.Errorf("something is kept: %v", keys)
	}
}

// An answer of the authority that was meant for another sign-in, or another app.
func TestForeignCode(t *testing.T) {
	t.Parallel()
	s, victim := nobody(t, shared, nil), nobody(t, shared, nil)
	stolen := sandboxtest.SignIn(t, s.tenant, s.begin().URL, sandbox.AdminUPN)
	in := victim.begin()
	address, state := listener(t, in)
	victim.fetch(address+"/?code="+url.QueryEscape(stolen.Form.Get("code"))+"&state="+state, nil)
	if e := victim.outcome(in); e.Code != "AADSTS501481" && e.Code != "AADSTS50011" && e.Code != "AADSTS500112" {
		t.Errorf("got %v, want that PKCE refuses it", e)
	}
	if keys := victim.vault.Keys(); len(keys) != 0 {
		t.Errorf("something is kept: %v", keys)
	}
}

// The page loads nothing, sends nothing, is framed and kept nowhere.
func TestPageIsClosed(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	address, _ := listener(t, s.begin())
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	policy := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("other pages may read it")
	}
}

// Whoever has to ask Microsoft or an administrator needs the numbers of what was refused.
func TestRefusalKeepsItsNumbers(t *testing.T) {
	t.Parallel()
	const trace, correlation = "aa7e1d22-0000-4444-9999-123412341234", "bb7e1d22-0000-4444-9999-123412341234"
	s := nobody(t, shared, func(c *Config, _ *Person) {
		c.LoginCommand = "microsoft-mcp-server login contoso --config /etc/mcp.toml"
	})
	in := s.begin()
	address, state := listener(t, in)
	_, text := s.fetch(address+"/?error=access_denied&state="+state+"&error_description="+url.QueryEscape(
		"AADSTS53003: Access has been blocked.\r\nTrace ID: "+trace+"\r\nCorrelation ID: "+correlation+"\r\nTimestamp: 2026-11-24"), nil)
	e := s.outcome(in)
	if e.Code != "AADSTS53003" || e.TraceID != trace || e.CorrelationID != correlation || !strings.Contains(text, trace) {
		t.Errorf("got %v; the page: %s", e, text)
	}
	if e := s.refusal(s.User, s.graph()); !strings.Contains(e.Hint(), "login contoso --config /etc/mcp.toml") {
		t.Errorf("the remedy is %q", e.Hint())
	}
}

// What is in an error or a name is text on the page.
func TestPageEscapes(t *testing.T) {
	t.Parallel()
	s := nobody(t, shared, nil)
	in := s.begin()
	address, state := listener(t, in)
	_, text := s.fetch(address+"/?error=access_denied&error_description="+url.QueryEscape(`AADSTS1: <img src=x onerror=alert(1)>`)+"&state="+state, nil)
	if strings.Contains(text, "<img") || !strings.Contains(text, "&lt;img") {
		t.Errorf("got %s", text)
	}
	s.outcome(in)
}
