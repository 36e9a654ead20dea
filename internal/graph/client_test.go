package graph

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// tokens issues a new token for each refused one and keeps what it was asked.
type tokens struct {
	mu    sync.Mutex
	asked []TokenRequest
}

func (t *tokens) Token(_ context.Context, r TokenRequest) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked = append(t.asked, r)
	if r.Rejected != "" {
		return "renewed", nil
	}
	return "first", nil
}

type fixture struct {
	client  *Client
	request func(Params) *Request
	tokens  *tokens
	waited  []time.Duration
	now     time.Time // of the gate; waiting moves it
	server  *httptest.Server
}

func newFixture(t *testing.T, handler http.HandlerFunc) *fixture {
	t.Helper()
	return fixtureOf(t, httptest.NewUnstartedServer(handler))
}

// fixtureOf starts a server that a test has set up.
func fixtureOf(t *testing.T, s *httptest.Server) *fixture {
	t.Helper()
	s.StartTLS()
	t.Cleanup(s.Close)
	f := &fixture{tokens: &tokens{}, server: s, now: time.Now()}
	f.client = NewClient(Config{Auth: f.tokens, Transport: s.Client().Transport, UserAgent: "test/1", MaxBody: 1 << 20})
	f.client.gate.now = func() time.Time { return f.now }
	f.client.wait = func(ctx context.Context, d time.Duration) error {
		f.waited = append(f.waited, d)
		f.now = f.now.Add(d)
		return ctx.Err()
	}
	e, err := NewEndpoints(s.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	f.request = func(p Params) *Request {
		t.Helper()
		r, err := e.NewRequest(p)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	return f
}

func (f *fixture) get(t *testing.T) (*Response, error) {
	t.Helper()
	return f.client.Do(t.Context(), f.request(Params{Path: "/users"}))
}

func TestDoSendsWhatTheServiceNeeds(t *testing.T) {
	t.Parallel()
	var got http.Header
	f := newFixture(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})
	resp, err := f.client.Do(t.Context(), f.request(Params{Method: "POST", Path: "/users", Body: []byte(`{"a":1}`), Header: http.Header{"If-Match": {"W/1"}}}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(resp.Body), `{"a":1}`; got != want {
		t.Errorf("body: got %s, want %s", got, want)
	}
	for name, want := range map[string]string{"Authorization": "Bearer first", "Content-Type": "application/json", "If-Match": "W/1", "User-Agent": "test/1"} {
		if got.Get(name) != want {
			t.Errorf("%s: got %q, want %q", name, got.Get(name), want)
		}
	}
	if len(got.Get("client-request-id")) != 36 {
		t.Errorf("client-request-id: got %q, want a UUID", got.Get("client-request-id"))
	}
	if got, want := f.tokens.asked[0].Audience, f.server.URL; got != want {
		t.Errorf("audience: got %s, want %s", got, want)
	}
}

func TestErrorsAreKeptWhole(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("request-id", "req-1")
		w.Header().Set("client-request-id", "client-1")
		w.Header().Set("Retry-After", "90")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":{"code":"TooManyRequests","message":"Slow down.","target":"t","innererror":{"code":"activityLimitReached","innerError":{"code":"deepest","message":"Mailbox busy."}}}}`)
	})
	_, err := f.get(t)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an Error", err)
	}
	if e.Status != 429 || e.Code != "TooManyRequests" || e.RequestID != "req-1" || e.ClientRequestID != "client-1" || e.RetryAfter != 90*time.Second || e.Target != "t" {
		t.Errorf("got %+v", e)
	}
	if got, want := strings.Join(e.InnerCodes, " "), "activityLimitReached deepest"; got != want {
		t.Errorf("inner codes: got %q, want %q", got, want)
	}
	for _, want := range []string{"HTTP 429", "TooManyRequests > activityLimitReached > deepest", "Slow down.", "Mailbox busy.", "retry after 90 s", "request-id req-1", "client-request-id client-1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if len(f.waited) != 0 {
		t.Errorf("waited %v for a Retry-After beyond what a call may wait", f.waited)
	}
}

func TestErrorsAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 50_000)
	inner := strings.Repeat(`{"code":"`+long[:200]+`","innerError":`, 20) + "{}" + strings.Repeat("}", 20)
	f := newFixture(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("request-id", long)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"code":"`+long+`","target":"`+long+`","message":"`+long+`","client-request-id":"`+long+`","innerError":`+inner+`}}`)
	})
	_, err := f.get(t)
	if err == nil || len(err.Error()) > 8<<10 || !strings.Contains(err.Error(), "HTTP 400") {
		t.Errorf("an error of %d bytes: %.300v", len(fmt.Sprint(err)), err)
	}
}

func TestForeignAnswersAreNamed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"html": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<html>  <b>Blocked</b>\n by the proxy</html>")
		}, "the answer (text/html) is not one of the service's errors: <html> <b>Blocked</b> by the proxy</html>"},
		"nothing":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }, "the answer has no body"},
		"binary":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400); _, _ = w.Write([]byte{0xff, 0xfe}) }, "2 bytes) is not one of the service's errors"},
		"no answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "the connection ended before the answer was complete"},
		"half an answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
			panic(http.ErrAbortHandler)
		}, "the connection ended before the answer was complete"},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			chunk := make([]byte, 64<<10)
			for range 300 << 20 / len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, "larger than 1 MiB"},
		"redirect to http": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1/x", http.StatusFound)
		}, "not plain https"},
		"redirect for ever": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "more than 5 redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, tt.handler)
			if _, err := f.get(t); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			} else if strings.Contains(err.Error(), "Bearer") {
				t.Errorf("%q shows the token's header", err)
			}
		})
	}
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	challenge := `Bearer realm="", error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true}}}`)) + `"`
	for name, tt := range map[string]struct {
		accept, challenge string
		wantCalls         int32
		wantClaims        string
	}{
		"expired":        {"Bearer renewed", "", 2, ""},
		"claims":         {"Bearer renewed", challenge, 2, `{"access_token":{"nbf":{"essential":true}}}`},
		"refused always": {"never", "", 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			f := newFixture(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				if r.Header.Get("Authorization") != tt.accept {
					w.Header().Set("WWW-Authenticate", tt.challenge)
					w.WriteHeader(http.StatusUnauthorized)
					_, _ = io.WriteString(w, `{"error":{"code":"InvalidAuthenticationToken","message":"expired"}}`)
				}
			})
			_, err := f.get(t)
			if (err == nil) != (tt.accept != "never") {
				t.Errorf("got error %v", err)
			}
			if got := calls.Load(); got != tt.wantCalls {
				t.Errorf("got %d calls, want %d", got, tt.wantCalls)
			}
			if got := f.tokens.asked[1]; got.Rejected != "first" || got.Claims != tt.wantClaims {
				t.Errorf("second token: asked for %+v", got)
			}
		})
	}
}

func TestRedirectsNeverCarryTheToken(t *testing.T) {
	t.Parallel()
	var leaked atomic.Bool
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
			leaked.Store(true)
		}
		_, _ = io.WriteString(w, "content")
	}))
	defer elsewhere.Close()
	target := elsewhere.URL + "/file"
	f := newFixture(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/same") {
			if r.Header.Get("Authorization") != "" {
				leaked.Store(true)
			}
			_, _ = io.WriteString(w, "content")
			return
		}
		http.Redirect(w, r, target, http.StatusFound)
	})
	for _, location := range []string{target, f.server.URL + "/same"} {
		target = location
		resp, err := f.get(t)
		if err != nil || string(resp.Body) != "content" {
			t.Errorf("%s: got %v, %v", location, resp, err)
		}
	}
	if leaked.Load() {
		t.Error("the token followed a redirect")
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method    string
		status    int
		header    string
		wantCalls int32
		wantWait  time.Duration
	}{
		"throttled read":          {"GET", 429, "3", 2, 3 * time.Second},
		"throttled write":         {"POST", 429, "2", 2, 2 * time.Second},
		"busy read":               {"GET", 503, "", 2, 0},
		"busy delete":             {"DELETE", 504, "", 2, 0},
		"busy write is not twice": {"POST", 503, "1", 1, 0},
		"busy patch is not twice": {"PATCH", 502, "", 1, 0},
		"too long":                {"GET", 429, "600", 1, 0},
		"refused":                 {"GET", 403, "", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			f := newFixture(t, func(w http.ResponseWriter, _ *http.Request) {
				if calls.Add(1) > 1 {
					return
				}
				w.Header().Set("Retry-After", tt.header)
				w.WriteHeader(tt.status)
			})
			_, err := f.client.Do(t.Context(), f.request(Params{Method: tt.method, Path: "/users"}))
			if (err == nil) != (tt.wantCalls == 2) || calls.Load() != tt.wantCalls {
				t.Fatalf("got %d calls and error %v, want %d calls", calls.Load(), err, tt.wantCalls)
			}
			if tt.wantWait > 0 && (len(f.waited) != 1 || f.waited[0] != tt.wantWait) {
				t.Errorf("waited %v, want %v", f.waited, tt.wantWait)
			}
		})
	}
}

func TestCancellationReachesTheService(t *testing.T) {
	t.Parallel()
	arrived, gone := make(chan struct{}), make(chan struct{})
	f := newFixture(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(gone)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := f.client.Do(ctx, f.request(Params{Path: "/users"}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	<-gone
}

// What this machine lacks is not blamed on the network.
func TestTransportHints(t *testing.T) {
	t.Parallel()
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", err)}
	}
	for want, err := range map[string]error{
		"LimitNOFILE": dial(syscall.EMFILE),
		"too many":    dial(syscall.ENFILE),
		"clock":       &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}},
		"ca_file":     &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		"HTTPS_PROXY": dial(syscall.ENETUNREACH),
	} {
		if e := (&TransportError{Host: "graph.microsoft.com", Err: err}); !strings.Contains(e.Hint(), want) {
			t.Errorf("%v: got the hint %q, want one with %q", err, e.Hint(), want)
		}
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"error":{"code":"Request_UnsupportedQuery","message":"Unsupported Query."}}`:                                                     "ConsistencyLevel",
		`{"error":{"code":"BadRequest","message":"/me request is only valid with delegated authentication flow."}}`:                        "/users/{id",
		`{"error":{"code":"BadRequest","message":"Resource not found for the segment 'userz'."}}`:                                          "spelling",
		`{"error":{"code":"Request_BadRequest","message":"Could not find a property named 'x' on type 'microsoft.graph.user'."}}`:          "$select",
		`{"error":{"code":"MissingApiVersionParameter","message":"The api-version query parameter (?api-version=) is required."}}`:         "api-version",
		`{"error":{"code":"BadRequest","message":"Syntax error: character ':' is not valid at position 11 in 'displayName:ada'."}}`:        `{"$search": "\"displayName:ada\""}`,
		`{"error":{"code":"BadRequest","message":"SearchRequest Invalid (Region is required when request with application permission.)"}}`: `add "region", such as "NAM"`,
		`{"error":{"code":"invalidRequest","message":"You cannot get content for a folder"}}`:                                              "/children",
		`{"error":{"code":"MailboxNotEnabledForRESTAPI","message":"REST API is not yet supported for this mailbox."}}`:                     "use an account that has one",
	} {
		f := newFixture(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, body)
		})
		_, err := f.get(t)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Hint(), want) {
			t.Errorf("%s: got %v, want a hint with %q", body, err, want)
		}
	}
}
