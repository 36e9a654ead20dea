package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// An authorization is a run of the official TypeScript client's OAuth flow, as testdata/oauth.mjs has it.
type authorization struct {
	Call     map[string]any `json:"call"`               // of a tool, as whoever has signed in
	Host     string         `json:"host,omitempty"`     // of the redirect URI; "" means 127.0.0.1
	Client   *oauthClient   `json:"client,omitempty"`   // registered before
	Document string         `json:"document,omitempty"` // the URL of the client's metadata
	Scope    string         `json:"scope,omitempty"`    // where the server does not say which
}

type oauthClient struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret,omitempty"`
}

// authorized is what comes of it.
type authorized struct {
	Error, Message string // where the authorization server refuses
	Revision       string
	Tools          []string
	Before, After  toolResult // the call with the first tokens, and with renewed ones
	ClientID       string
	Issuer         string
	Scope          string
	Back           map[string]string // what the browser brought back
	Answers, Saves int               // how often it came, and how often the client has got tokens
	Tokens         []string
	Pages          []string // what the browser showed in the end, of each address that it was sent to
}

// authorize runs the flow against a server. The addresses that the client wants to be opened are opened by open.
func authorize(t *testing.T, g target, a authorization, env []string, open func(ctx context.Context, address string) (string, error)) authorized {
	t.Helper()
	r := node(t, placeScripts(t)+"/oauth.mjs")
	request, err := json.Marshal(map[string]any{"target": g, "params": a})
	if err != nil {
		t.Fatal(err)
	}
	r.cmd.Env = append(append(r.cmd.Env, "E2E_REQUEST="+string(request)), env...)
	r.cmd.Stdout = nil
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var got authorized
	var pages []string
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var line struct{ Authorize string }
		switch err := json.Unmarshal(lines.Bytes(), &line); {
		case err != nil:
			t.Errorf("oauth.mjs printed no JSON: %v\n%s", err, lines.Text())
		case line.Authorize != "":
			page, err := open(t.Context(), line.Authorize)
			if err != nil {
				_ = r.cmd.Process.Kill() // it waits for what will not come
				t.Errorf("opening %s: %v", line.Authorize, err)
			}
			pages = append(pages, page)
		case json.Unmarshal(lines.Bytes(), &got) != nil:
			t.Errorf("oauth.mjs printed another outcome: %s", lines.Text())
		}
	}
	if err := r.cmd.Wait(); err != nil || lines.Err() != nil {
		t.Fatalf("oauth.mjs: %v, %v\nthe browser: %q\n%s", err, lines.Err(), pages, r.stderr.String())
	}
	got.Pages = pages
	return got
}

// chromium opens an address in a real, headless Chromium and clicks through it as somebody, or refuses.
func chromium(t *testing.T, upn string, refuse ...sandboxtest.Refuse) func(ctx context.Context, address string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		needOrSkip(t, "chromium is missing")
	}
	return func(ctx context.Context, address string) (string, error) {
		return sandboxtest.Browser(ctx, address, upn, "", refuse...)
	}
}
