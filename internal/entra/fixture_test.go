package entra

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

const tokenPath = "/oauth2/v2.0/token"

// fixture is an app of the embedded tenant, and what the tests watch.
type fixture struct {
	*App
	t      *testing.T
	tenant *sandbox.Tenant
	config Config
	clock  *clock
	source *source
	wire   *wire
	log    *buffer
	waits  *waits
}

// shared is the tenant of the tests that change nothing in it. Starting one is
// dear: it comes with a whole company.
var shared *sandbox.Tenant

func TestMain(m *testing.M) {
	tenant, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		panic(err)
	}
	shared = tenant
	code := m.Run()
	if err := tenant.Close(); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// start makes an app of the shared tenant; change may alter its configuration.
func start(t *testing.T, change func(*Config)) *fixture {
	t.Helper()
	return join(t, shared, change)
}

// startWith is start with another source of the client secret.
func startWith(t *testing.T, source SecretSource) *fixture {
	t.Helper()
	return prove(t, shared, nil, ClientSecret(source))
}

// join is start for another tenant.
func join(t *testing.T, tenant *sandbox.Tenant, change func(*Config)) *fixture {
	t.Helper()
	return prove(t, tenant, change, nil)
}

// prove is join with a credential; nil is the tenant's client secret in the fixture's source.
func prove(t *testing.T, tenant *sandbox.Tenant, change func(*Config), cred Credential) *fixture {
	t.Helper()
	f := &fixture{t: t, tenant: tenant, clock: &clock{now: time.Now()}, log: &buffer{}, waits: &waits{}}
	f.source = &source{text: secret.NewText(f.tenant.ClientSecret())}
	f.wire = &wire{name: t.Name(), next: sandboxtest.Client(t, f.tenant).Transport}
	f.config = Config{
		Profile: "contoso", Authority: f.tenant.LoginURL(), TenantID: company.TenantID, ClientID: company.ClientID,
		HTTP: &http.Client{Transport: f.wire}, Now: f.clock.Now,
		Log: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&f.config)
	}
	if cred == nil {
		cred = ClientSecret(f.source)
	}
	app, err := NewApp(f.config, cred)
	if err != nil {
		t.Fatal(err)
	}
	app.sleep = f.waits.sleep
	f.App = app
	t.Cleanup(func() {
		if err := app.Close(context.Background()); err != nil {
			t.Error(err)
		}
		f.checkSecrecy()
	})
	return f
}

func (f *fixture) graph() Request { return Request{Audience: f.tenant.GraphURL()} }

// get returns a token for Graph.
func (f *fixture) get() string {
	f.t.Helper()
	return f.ask(f.graph())
}

// ask returns the token that answers r.
func (f *fixture) ask(r Request) string {
	f.t.Helper()
	token, err := f.Token(f.t.Context(), r)
	f.wire.see(token, err)
	if err != nil {
		f.t.Fatalf("got %v, want a token", err)
	}
	return token
}

// fail returns the error that answers r.
func (f *fixture) fail(r Request) *Error {
	f.t.Helper()
	token, err := f.Token(f.t.Context(), r)
	f.wire.see(token, err)
	e, ok := errors.AsType[*Error](err)
	if token != "" || !ok {
		f.t.Fatalf("got a token: %t, and %v; want an *Error", token != "", err)
	}
	return e
}

// requests counts the requests for tokens that left.
func (f *fixture) requests() int {
	f.wire.mu.Lock()
	defer f.wire.mu.Unlock()
	return len(f.wire.forms)
}

func (f *fixture) wantRequests(want int) {
	f.t.Helper()
	if got := f.requests(); got != want {
		f.t.Errorf("got %d token requests, want %d", got, want)
	}
}

// settle waits for what runs in the background.
func (f *fixture) settle() { f.running.Wait() }

// inject makes the token endpoint misbehave towards this fixture.
func (f *fixture) inject(fault sandbox.Fault) (remove func()) {
	return f.injectAt(tokenPath, fault)
}

// injectAt is inject for all paths that end so.
func (f *fixture) injectAt(suffix string, fault sandbox.Fault) (remove func()) {
	fault.Host = sandbox.Login
	fault.Match = func(r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, suffix) && r.Header.Get("Fixture") == f.wire.name
	}
	remove = f.tenant.Inject(fault)
	f.t.Cleanup(remove)
	return remove
}

// together calls do from n goroutines at once and waits for them.
func together(n int, do func(i int)) {
	var ready, done sync.WaitGroup
	gate := make(chan struct{})
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-gate
			do(i)
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
}

// clock is a time that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// source is a client secret that a test can change.
type source struct {
	mu    sync.Mutex
	text  secret.Text
	err   error
	reads int
}

func (s *source) Read(context.Context) (secret.Text, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return s.text, s.err
}

func (s *source) set(text string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text, s.err = secret.NewText(text), err
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// waits records what the app would have slept.
type waits struct {
	mu  sync.Mutex
	got []time.Duration
}

func (w *waits) sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, d)
	return ctx.Err()
}

// wire records what leaves and arrives, and the errors that a test has seen.
type wire struct {
	next http.RoundTripper
	name string // goes with every request, for faults to know whose it is

	mu     sync.Mutex
	forms  []url.Values // of token requests
	tokens []string     // that callers got
	errs   []*Error     // that callers got
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Fixture", w.name)
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		w.mu.Lock()
		w.forms = append(w.forms, form)
		w.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return w.next.RoundTrip(r)
}

// see keeps what a caller got, for the fixture's last check.
func (w *wire) see(token string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if token != "" {
		w.tokens = append(w.tokens, token)
	}
	if e, ok := errors.AsType[*Error](err); ok {
		w.errs = append(w.errs, e)
	}
}

func (w *wire) lastForm() url.Values {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.forms[len(w.forms)-1]
}

// buffer is a log.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
