package mcp_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	protocol "github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

const (
	signInURL = "https://login.example.com/contoso/authorize?state=1"
	command   = "microsoft-mcp-server login contoso"
)

// signedOut is the error of a call that nobody has signed in for.
type signedOut struct{}

func (signedOut) Error() string      { return "nobody is signed in to profile contoso" }
func (signedOut) Hint() string       { return "run the login command" }
func (signedOut) SignInNeeded() bool { return true }

// hinted is an error with a remedy.
type hinted struct{ text, hint string }

func (e hinted) Error() string { return e.text }
func (e hinted) Hint() string  { return e.hint }

// account is an identity that a person has to sign in to, and the Graph behind it.
type account struct {
	url, code string
	noBrowser bool
	openErr   error
	useless   bool // signing in changes nothing

	mu       sync.Mutex
	running  chan struct{} // closed at the end of the last sign-in; nil before the first
	ended    bool          // it has
	opened   bool          // its browser
	err      error         // how it ended
	signedIn bool
	starts   int // sign-ins
	opens    int // browsers
	attempts int // calls that reached the identity
	sent     int // calls that reached Graph
}

// begin starts a sign-in or joins the one that runs, as the seam promises.
func (a *account) begin(context.Context) (*tools.SignIn, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running == nil || a.ended {
		a.running, a.ended, a.opened = make(chan struct{}), false, false
		a.starts++
	}
	running := a.running
	s := &tools.SignIn{URL: a.url, UserCode: a.code, Command: command, Wait: func(ctx context.Context) error {
		select {
		case <-running:
			a.mu.Lock()
			defer a.mu.Unlock()
			return a.err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}}
	if s.URL == "" {
		s.URL = signInURL
	}
	if !a.noBrowser {
		s.Open = func() error {
			a.mu.Lock()
			defer a.mu.Unlock()
			if !a.opened {
				a.opened = true
				a.opens++
			}
			return a.openErr
		}
	}
	return s, nil
}

// end is what the person does in the browser.
func (a *account) end(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended, a.err, a.signedIn = true, err, err == nil && !a.useless
	close(a.running)
}

// use is a call to Graph.
func (a *account) use() (*graph.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.attempts++
	if !a.signedIn {
		return nil, errors.Join(errors.New("getting a token"), signedOut{})
	}
	a.sent++
	return answerJSON(`{"displayName":"Ada"}`)
}

func (a *account) profile(t testing.TB) *tools.Profile {
	p := testProfile(t, "contoso", func(context.Context, *graph.Request) (*graph.Response, error) { return a.use() })
	p.SignIn, p.Mode, p.TenantID, p.Account = a.begin, "interactive", "contoso.onmicrosoft.com", ""
	return p
}

type counts struct{ Starts, Opens, Attempts, Sent int }

func (a *account) counts() counts {
	a.mu.Lock()
	defer a.mu.Unlock()
	return counts{a.starts, a.opens, a.attempts, a.sent}
}

// person is whom a client asks, and the client's capabilities.
type person struct {
	modes  *protocol.ElicitationCapability // nil: the client cannot ask
	limit  time.Duration                   // of a call; 0: the default
	answer func(context.Context, protocol.ElicitationParams) (protocol.ElicitationResponseAction, error)

	mu       sync.Mutex
	asked    []protocol.ElicitationParams
	progress []protocol.JSONRPCNotification
}

func byURL() *protocol.ElicitationCapability {
	return &protocol.ElicitationCapability{URL: &struct{}{}}
}

// always gives one answer.
func always(action protocol.ElicitationResponseAction) func(context.Context, protocol.ElicitationParams) (protocol.ElicitationResponseAction, error) {
	return func(context.Context, protocol.ElicitationParams) (protocol.ElicitationResponseAction, error) {
		return action, nil
	}
}

// Elicit serves mcp-go's client.
func (p *person) Elicit(ctx context.Context, r protocol.ElicitationRequest) (*protocol.ElicitationResult, error) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Params)
	p.mu.Unlock()
	action, err := p.answer(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return &protocol.ElicitationResult{ElicitationResponse: protocol.ElicitationResponse{Action: action}}, nil
}

func (p *person) questions() []protocol.ElicitationParams {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func (p *person) options(version string) []client.ClientOption {
	options := []client.ClientOption{client.WithProtocolVersion(version), client.WithClientCapabilities(protocol.ClientCapabilities{Elicitation: p.modes})}
	if p.answer != nil {
		options = append(options, client.WithElicitationHandler(p))
	}
	return options
}

// eras are the versions of the protocol that clients of either era speak.
var eras = map[string]string{"modern": "2026-07-28", "legacy": "2025-11-25"}

// caller is a client of mcp-go.
type caller struct {
	t      *testing.T
	client *client.Client
}

// inProcess connects a client to a server without a transport, which leaves time to the test.
func (p *person) inProcess(t *testing.T, version string, profile *tools.Profile) caller {
	t.Helper()
	c, err := client.NewInProcessClientWithOptions(mcp.NewServer(mcp.Config{Profiles: []*tools.Profile{profile}, CallTimeout: p.limit}), p.options(version)...)
	if err != nil {
		t.Fatal(err)
	}
	return p.greet(t, c, version)
}

// overStdio connects a client to a server by pipes.
func (p *person) overStdio(t *testing.T, version string, profile *tools.Profile) caller {
	t.Helper()
	inReader, inWriter := io.Pipe()
	outReader, outWriter := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- mcp.ServeStdio(context.Background(), mcp.Config{Profiles: []*tools.Profile{profile}}.Alone(), inReader, outWriter)
		outWriter.Close()
	}()
	t.Cleanup(func() {
		inWriter.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return p.greet(t, client.NewClient(transport.NewIO(outReader, inWriter, nil), p.options(version)...), version)
}

func (p *person) greet(t *testing.T, c *client.Client, version string) caller {
	t.Helper()
	t.Cleanup(func() { c.Close() })
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.OnNotification(func(n protocol.JSONRPCNotification) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.progress = append(p.progress, n)
	})
	hello := protocol.InitializeRequest{}
	hello.Params.ProtocolVersion = version
	hello.Params.Capabilities = protocol.ClientCapabilities{Elicitation: p.modes}
	hello.Params.ClientInfo = protocol.Implementation{Name: "test", Version: "1"}
	if _, err := c.Initialize(context.Background(), hello); err != nil {
		t.Fatal(err)
	}
	if got := c.ProtocolVersion(); got != version {
		t.Fatalf("the client speaks %s, want %s", got, version)
	}
	return caller{t, c}
}

// reply is a result, as far as these tests look at it.
type reply struct {
	text    string
	isError bool
	meta    map[string]any
	took    time.Duration
}

func (c caller) call(ctx context.Context, tool string, arguments map[string]any) reply {
	c.t.Helper()
	begin := time.Now()
	request := protocol.CallToolRequest{}
	request.Params.Name, request.Params.Arguments = tool, arguments
	request.Params.Meta = &protocol.Meta{ProgressToken: "p"}
	result, err := c.client.CallTool(ctx, request)
	if err != nil {
		return reply{text: "protocol error: " + err.Error(), isError: true}
	}
	r := reply{isError: result.IsError, took: time.Since(begin)}
	if result.Meta != nil {
		r.meta = result.Meta.AdditionalFields
	}
	for _, content := range result.Content {
		if text, ok := content.(protocol.TextContent); ok {
			r.text += text.Text
		}
	}
	return r
}

func (c caller) me() reply {
	c.t.Helper()
	return c.call(context.Background(), "microsoft_graph", map[string]any{"path": "/me"})
}
