package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

func TestWrongSecretIsAskedOnce(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.source.set("wrong-secret-of-somebody", nil)
	var errs [50]error
	together(len(errs), func(i int) { _, errs[i] = f.Token(t.Context(), f.graph()) })
	for _, err := range errs {
		f.wire.see("", err)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Code != "AADSTS7000215" || e.OAuth != "invalid_client" || e.Status != http.StatusUnauthorized || e.TraceID == "" || e.CorrelationID == "" {
			t.Fatalf("got %+v, want the whole of AADSTS7000215", err)
		}
		if !strings.Contains(e.Hint(), "microsoft-mcp-server secret set contoso") {
			t.Fatalf("hint: %s", e.Hint())
		}
	}
	f.wantRequests(1)
	f.clock.advance(10 * time.Second)
	if e := f.fail(f.graph()); !strings.Contains(e.Error(), "next attempt is possible in 20 s") {
		t.Errorf("the remembered failure says %q", e)
	}
	f.wantRequests(1)
	f.source.set(f.tenant.ClientSecret(), nil)
	f.clock.advance(20 * time.Second)
	f.get()
	f.wantRequests(2)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(*Config)
		code   string
		oauth  string
		hint   string
	}{
		{"unknown app", func(c *Config) { c.ClientID = "00000000-0000-4000-8000-000000000001" },
			"AADSTS700016", "unauthorized_client", "00000000-0000-4000-8000-000000000001"},
		{"unknown tenant", func(c *Config) { c.TenantID = "nobody.example" }, "AADSTS90002", "", "tenant_id (nobody.example)"},
		{"disabled app", func(c *Config) { c.ClientID = company.DisabledClientID }, "AADSTS7000112", "", "Enterprise applications"},
		{"scope without .default", func(c *Config) { c.Scopes = []string{"https://graph.microsoft.com/User.Read.All"} }, "", "invalid_scope", "contoso"},
		{"unknown API", nil, "AADSTS500011", "invalid_resource", "cloud of profile contoso"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := start(t, row.change)
			r := Request{Audience: "https://graph.microsoft.com"}
			if row.name == "unknown API" {
				r.Audience = "https://unknown.example"
			}
			e := f.fail(r)
			t.Log(e, "|", e.Hint())
			if row.code != "" && e.Code != row.code || row.oauth != "" && e.OAuth != row.oauth || e.Code == "" {
				t.Errorf("got %v, want %s (%s)", e, row.code, row.oauth)
			}
			if !strings.Contains(e.Error(), e.Code) || !strings.Contains(e.Hint(), row.hint) {
				t.Errorf("got %v, hint %q, want %q in it", e, e.Hint(), row.hint)
			}
			if strings.ContainsAny(e.Hint(), "{}") || strings.ContainsAny(e.Error(), "\r\n") || strings.Contains(e.Message, "Trace ID") {
				t.Errorf("not filled or not one line: %q %q", e.Error(), e.Hint())
			}
			f.fail(r)
			if got := f.requests(); got > 1 || len(f.waits.got) > 0 {
				t.Errorf("%d requests and %v waited, want no second attempt", got, f.waits.got)
			}
		})
	}
}

func TestPassingTroubleIsRetried(t *testing.T) {
	t.Parallel()
	after := func(s string) http.Header { return http.Header{"Retry-After": {s}} }
	busy := `{"error":"invalid_request","error_description":"AADSTS90033: A transient error.","error_codes":[90033]}`
	for _, row := range []struct {
		name     string
		fault    sandbox.Fault
		waits    []time.Duration
		requests int
		fails    bool
		memory   time.Duration
	}{
		{"503 once", sandbox.Fault{Times: 1, Status: 503}, []time.Duration{500 * time.Millisecond}, 2, false, 0},
		{"429 with Retry-After", sandbox.Fault{Times: 2, Status: 429, Header: after("7")}, []time.Duration{7 * time.Second, 7 * time.Second}, 3, false, 0},
		{"AADSTS90033", sandbox.Fault{Times: 1, Status: 400, Body: busy}, []time.Duration{500 * time.Millisecond}, 2, false, 0},
		{"drop once", sandbox.Fault{Times: 1, Drop: true}, []time.Duration{500 * time.Millisecond}, 2, false, 0},
		{"half a body once", sandbox.Fault{Times: 1, HalfBody: true}, []time.Duration{500 * time.Millisecond}, 2, false, 0},
		{"503 for ever", sandbox.Fault{Status: 503}, []time.Duration{500 * time.Millisecond, time.Second}, 3, true, 2 * time.Second},
		{"drop for ever", sandbox.Fault{Drop: true}, []time.Duration{500 * time.Millisecond, time.Second}, 3, true, 2 * time.Second},
		{"429 for 15 s", sandbox.Fault{Status: 429, Header: after("15")}, nil, 1, true, 15 * time.Second},
		{"429 for a minute", sandbox.Fault{Status: 429, Header: after("60")}, nil, 1, true, time.Minute},
		{"429 for a day", sandbox.Fault{Status: 429, Header: after("86400")}, nil, 1, true, longestMemory},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := start(t, nil)
			remove := f.inject(row.fault)
			if row.fails {
				t.Log(f.fail(f.graph()))
				f.fail(f.graph())
			} else {
				f.get()
			}
			f.wantRequests(row.requests)
			if !slices.Equal(f.waits.got, row.waits) {
				t.Errorf("waited %v, want %v", f.waits.got, row.waits)
			}
			if !row.fails {
				return
			}
			remove()
			f.clock.advance(row.memory - time.Millisecond)
			f.fail(f.graph())
			f.wantRequests(row.requests)
			f.clock.advance(time.Millisecond)
			f.get()
			f.wantRequests(row.requests + 1)
		})
	}
}

// What an authority answers that is neither a token nor an error of Entra's.
func TestAnswersThatAreNoToken(t *testing.T) {
	t.Parallel()
	html := http.Header{"Content-Type": {"text/html"}}
	for _, row := range []struct {
		name  string
		fault sandbox.Fault
		want  string
	}{
		{"HTML", sandbox.Fault{Status: 200, Header: html, Body: "<html>sign in"}, "200 with an HTML page, which is not a token"},
		{"HTML 403", sandbox.Fault{Status: 403, Header: html, Body: "<html>blocked"}, "403 with an HTML page, which is not a token"},
		{"nothing", sandbox.Fault{Status: 200}, "200 with nothing, which is not a token"},
		{"text", sandbox.Fault{Body: "welcome"}, "200 with text that is not a JSON object"},
		{"half JSON", sandbox.Fault{Body: `{"access_token":"eyJ`}, "JSON that is broken or cut off"},
		{"list", sandbox.Fault{Body: `["access_token"]`}, "text that is not a JSON object"},
		{"no token", sandbox.Fault{Body: `{"expires_in":3600,"token_type":"Bearer"}`}, "JSON without an access_token"},
		{"empty token", sandbox.Fault{Body: `{"expires_in":3600,"access_token":""}`}, "lacks a proper access_token"},
		{"no lifetime", sandbox.Fault{Body: `{"access_token":"leaky"}`}, "lacks a proper access_token or expires_in"},
		{"wrong types", sandbox.Fault{Body: `{"access_token":{"leaky":1},"expires_in":[]}`}, "lacks a proper access_token or expires_in"},
		{"expired", sandbox.Fault{Body: `{"access_token":"leaky","expires_in":-5}`}, "already expired"},
		{"unfit for a header", sandbox.Fault{Body: `{"access_token":"leaky\r\nX: y","expires_in":3600}`}, "no header can carry"},
		{"huge", sandbox.Fault{Body: `{"access_token":"` + strings.Repeat("leaky", 1<<20)}, "more than 1048576 bytes"},
		{"redirect", sandbox.Fault{Status: 307, Header: http.Header{"Location": {"https://evil.example/?leaky"}}}, "307 with a redirect to evil.example"},
		{"odd error", sandbox.Fault{Status: 400, Body: `{"error":"<leaky>","error_codes":"x","trace_id":7}`}, "asking "},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := start(t, nil)
			f.inject(row.fault)
			e := f.fail(f.graph())
			t.Log(e, "|", e.Hint())
			if !strings.Contains(e.Error(), row.want) || !strings.Contains(e.Error(), "127.0.0.1") || e.Hint() == "" {
				t.Errorf("got %q, want %q and the host in it", e, row.want)
			}
			if strings.Contains(e.Error()+e.Hint()+f.log.String(), "leaky") {
				t.Errorf("the answer's content is repeated: %v", e)
			}
			f.fail(f.graph())
			f.wantRequests(1)
		})
	}
}

// The token endpoint comes from metadata, which must not send the secret away.
func TestMetadataCannotSendTheSecretElsewhere(t *testing.T) {
	t.Parallel()
	f, thief := start(t, nil), httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a request left for another host")
	}))
	t.Cleanup(thief.Close)
	login := f.tenant.LoginURL()
	for name, endpoint := range map[string]string{
		"another host": thief.URL + "/t" + tokenPath,
		"plain http":   strings.Replace(login, "https:", "http:", 1) + "/t" + tokenPath,
	} {
		remove := f.injectAt("openid-configuration", sandbox.Fault{
			Body: `{"token_endpoint":"` + endpoint + `","authorization_endpoint":"` + login + `/a","issuer":"` + login + `/t"}`,
		})
		if e := f.fail(f.graph()); !strings.Contains(e.Error(), "to another host or away from https") {
			t.Errorf("%s: %v", name, e)
		}
		remove()
		f.clock.advance(time.Minute)
	}
	f.wantRequests(0)
	f.get()
}

func TestMetadataThatIsNone(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.injectAt("openid-configuration", sandbox.Fault{Body: `{"issuer":"https://elsewhere.example"}`})
	e := f.fail(f.graph())
	if !strings.Contains(e.Error(), "when asked for its metadata") || e.Hint() == "" {
		t.Errorf("got %v, hint %q", e, e.Hint())
	}
	f.wantRequests(0)
}

// An authority of someone's own may repeat the request in its error.
func TestEchoedSecretIsHidden(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	secretText := f.tenant.ClientSecret()
	f.inject(sandbox.Fault{Status: 400, Body: `{"error":"invalid_request","error_description":"bad ` + secretText + ` here"}`})
	if e := f.fail(f.graph()); !strings.Contains(e.Error(), "bad [secret] here") {
		t.Error("the message is gone, or shows the secret")
	}
}

func TestExpiredAndRotatedSecret(t *testing.T) {
	t.Parallel()
	f := join(t, sandboxtest.Start(t, sandbox.Options{}), nil)
	f.tenant.ExpireSecret()
	e := f.fail(f.graph())
	if e.Code != "AADSTS7000222" || !strings.Contains(e.Hint(), "https://portal.azure.com") || !strings.Contains(e.Hint(), company.ClientID) {
		t.Errorf("got %v, hint %q", e, e.Hint())
	}
	f.source.set(f.tenant.RotateSecret(), nil)
	f.clock.advance(memoryOfConfig)
	first := f.get()
	f.source.set(f.tenant.RotateSecret(), nil)
	f.clock.advance(51 * time.Minute)
	f.get()
	f.settle()
	if f.get() == first {
		t.Error("not renewed with the new secret")
	}
	f.wantRequests(3)
	if got := f.source.count(); got != 3 {
		t.Errorf("the secret was read %d times, want once for each request", got)
	}
}

func TestUnreadableSecret(t *testing.T) {
	t.Parallel()
	vault := &vaulttest.Memory{}
	key := secret.ClientSecretKey("contoso")
	f := startWith(t, secret.FromVault(vault, key))
	vault.Switch(vaulttest.Locked)
	e := f.fail(f.graph())
	if !errors.Is(e, secret.ErrLocked) || e.Hint() == "" {
		t.Errorf("got %v, hint %q", e, e.Hint())
	}
	vault.Switch(vaulttest.Open)
	if err := vault.Put(t.Context(), key, secret.NewText(f.tenant.ClientSecret())); err != nil {
		t.Fatal(err)
	}
	if e := f.fail(f.graph()); !strings.Contains(e.Error(), "next attempt is possible in 5 s") {
		t.Errorf("got %v", e)
	}
	f.wantRequests(0)
	f.clock.advance(5 * time.Second)
	f.get()
}

func TestEmptySecret(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.source.set("", nil)
	if e := f.fail(f.graph()); !strings.Contains(e.Error(), "empty") || !strings.Contains(e.Hint(), "contoso") {
		t.Errorf("got %v, hint %q", e, e.Hint())
	}
	f.wantRequests(0)
}

func TestFailureOfOneChallengeIsNotAnothers(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	remove := f.inject(sandbox.Fault{Status: 400, Body: `{"error":"invalid_request","error_description":"AADSTS9000000: claims"}`})
	challenged := Request{Audience: f.tenant.GraphURL(), Claims: `{"a":1}`}
	if e := f.fail(challenged); !strings.Contains(e.Hint(), "/error?code=9000000") {
		t.Errorf("hint of an unknown code: %q", e.Hint())
	}
	remove()
	f.fail(challenged)
	f.wantRequests(1)
	f.get()
	f.wantRequests(2)
}

func TestSkewedClockIsSaid(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.source.set("wrong-secret-of-somebody", nil)
	f.clock.advance(-3 * time.Hour)
	if e := f.fail(f.graph()); !strings.Contains(e.Hint(), "3h0m0s behind") {
		t.Errorf("hint: %q", e.Hint())
	}
}

func TestOneLogLinePerTokenRequest(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.inject(sandbox.Fault{Times: 1, Status: 503})
	f.get()
	var lines []string
	for line := range strings.Lines(f.log.String()) {
		if strings.Contains(line, "token request") {
			lines = append(lines, line)
		}
	}
	if len(lines) != 2 || !strings.Contains(lines[0], "status=503") || !strings.Contains(lines[1], "status=200") {
		t.Fatalf("got lines %q, want the 503 and the 200", lines)
	}
	for _, want := range []string{"profile=contoso", "host=127.0.0.1", "ms=", "client_request_id="} {
		if !strings.Contains(lines[1], want) {
			t.Errorf("%q lacks %s", lines[1], want)
		}
	}
}

func TestEndlessAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	ended := make(chan int, 1)
	f.inject(sandbox.Fault{Handler: func(w http.ResponseWriter, _ *http.Request) {
		chunk, sent := make([]byte, 64<<10), 0
		for sent < 256<<20 {
			n, err := w.Write(chunk)
			if sent += n; err != nil {
				break
			}
		}
		ended <- sent
	}})
	if e := f.fail(f.graph()); !strings.Contains(e.Error(), "more than") {
		t.Errorf("got %v", e)
	}
	if sent := <-ended; sent > 32<<20 {
		t.Errorf("%d bytes were taken, want little more than %d", sent, maxBody)
	}
}

func TestGivenUpReadingIsNotRemembered(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.source.set("", fmt.Errorf("asking for a password: %w", context.Canceled))
	f.fail(f.graph())
	f.source.set(f.tenant.ClientSecret(), nil)
	f.get()
}

func TestRetryAfterHeader(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-1": 0, "1.5": 0, "99999999999999999999": 0,
		"0": 0, "7": 7 * time.Second,
		"Tue, 24 Nov 2026 12:01:30 GMT": 90 * time.Second,
		"Tue, 24 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

// While a token is held nobody waits for another, so failures are remembered for long; but not beyond the token.
func TestFailureIsForgottenWithTheToken(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	busy := &Error{class: transient}
	for lifetime, want := range map[time.Duration]time.Duration{time.Hour: memoryWhileHeld, 12 * time.Second: 12 * time.Second, 0: memoryOfTransient} {
		held := newToken("t", "", now, lifetime, 0)
		if got := newFailure(busy, "", now, held).until.Sub(now); got != want {
			t.Errorf("a token of %v: remembered for %v, want %v", lifetime, got, want)
		}
	}
}
