package mcp_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// mostAnswer is more than any answer of these tests has to be.
const mostAnswer = 1 << 20

// fuzzHandler is a server whose profile counts the calls that come through.
func fuzzHandler(f *testing.F, change func(*mcp.HTTPConfig)) (http.Handler, *atomic.Int64) {
	f.Helper()
	var calls atomic.Int64
	c := mcp.HTTPConfig{Config: mcp.Config{Version: "1", Profiles: []*tools.Profile{testProfile(f, "contoso", func(context.Context, *graph.Request) (*graph.Response, error) {
		calls.Add(1)
		return answerJSON(`{"id":"1"}`)
	})}}, Rules: door.Rules{Listen: "127.0.0.1:0", MaxBody: 1 << 20, MaxConcurrent: 8}}
	change(&c)
	c.Config = c.Alone()
	return mcp.NewHandler(c), &calls
}

// serveText reads a request as net/http's server does, and has it served; nil where it is none.
func serveText(h http.Handler, text string) *httptest.ResponseRecorder {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		return nil
	}
	r.RemoteAddr = "198.51.100.7:1234"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const rawCall = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n" +
	"Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: microsoft_graph\r\n%sContent-Length: %d\r\n\r\n%s"

// Whatever request a stranger makes up, nothing is called without the key, no key is shown, and the answer is one that
// browsers and clients can do no harm with.
func FuzzDoor(f *testing.F) {
	h, calls := fuzzHandler(f, func(c *mcp.HTTPConfig) { c.Keys, c.QueryKey = []door.Key{apiKey("agent", "right-key")}, true })
	call := callGraph(1, `{"path":"/x"}`).body
	for _, head := range []string{"", "Authorization: Bearer wrong\r\n", "Authorization: Bearer\r\nX-API-Key:\r\n", "Origin: https://evil.example\r\n", "X-API-Key: wrong\r\n", "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: localhost\r\n",
		"Mcp-Session-Id: mcp-session-x\r\n", "X-Request-Id: a\r\n", "Authorization: ApiKey right-kex\r\n", "Transfer-Encoding: chunked\r\n"} {
		f.Add(fmt.Sprintf(rawCall, head, len(call), call))
	}
	for _, line := range []string{"GET /transfer/abc", "PUT /upload?path=/me/drive/root:/x:/content", "GET /metrics", "GET /mcp?api_key=x&access_token=y", "OPTIONS /mcp", "GET http://evil.example/mcp", "DELETE /mcp/contoso", "GET /.well-known/oauth-protected-resource/mcp/x", "GET /mcp/../health", "CONNECT x:1"} {
		f.Add(line + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
	}
	if w := serveText(h, fmt.Sprintf(rawCall, "X-API-Key: right-key\r\n", len(call), call)); w == nil || w.Code != 200 || calls.Load() != 1 {
		f.Fatalf("the right key opens nothing: %+v", w)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "right") {
			return // it may know the key
		}
		w := serveText(h, text)
		if w == nil {
			return
		}
		if calls.Load() != 1 {
			t.Fatal("a call came through")
		}
		body := w.Body.String()
		if strings.Contains(body, "right-key") || len(body) > mostAnswer || w.Code < 200 || w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%d %.300q", w.Code, body)
		}
		if kind := w.Header().Get("Content-Type"); strings.Contains(kind, "html") && !strings.HasPrefix(strings.TrimSpace(body), "<a href=\"/") {
			t.Errorf("a page: %s %.300q", kind, body)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("headers %v", w.Header())
		}
	})
}

// Whatever message a client sends that is let in, it gets an answer to it: JSON-RPC, of a readable length, for no other
// id than its own. Both eras, with prompts' arguments, resources' addresses and completions among the seeds.
func FuzzMessage(f *testing.F) {
	h, _ := fuzzHandler(f, func(*mcp.HTTPConfig) {})
	for _, e := range []exchange{callGraph(1, `{"path":"/x"}`), modern("a", "tools/list", "", ""), modern(2, "prompts/list", "", ""), modern(3, "resources/list", "", ""), modern(3, "resources/read", "", `{"uri":"graph://x/../y"}`),
		modern(4, "completion/complete", "", `{"ref":{"type":"ref/resource","uri":"graph://{x}"},"argument":{"name":"x","value":"\u0000"}}`), modern(5, "prompts/get", "", `{"name":"x","arguments":{"person":"a\nb"}}`),
		modern(6, "server/discover", "", ""), legacy(7, "initialize", fmt.Sprintf(hello, "{}"), ""), legacy(8, "tools/call", `{}`, "x")} {
		f.Add(e.body)
	}
	f.Add(`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`)
	f.Add(`{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`)
	f.Add(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"microsoft_graph","arguments":"{\"path\":\"/x\"}","_meta":{"progressToken":1,"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, version := range []string{"2026-07-28", "2025-11-25"} {
			r := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "application/json, text/event-stream")
			r.Header.Set("Mcp-Protocol-Version", version)
			for name, value := range headersOf(body) {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			checkAnswer(t, body, w)
		}
	})
}

// headersOf repeats of a message what the later era wants in the head, too.
func headersOf(body string) map[string]string {
	var m struct {
		Method string
		Params struct{ Name, URI string }
	}
	if json.Unmarshal([]byte(body), &m) != nil {
		return nil
	}
	headers := map[string]string{}
	for name, value := range map[string]string{"Mcp-Method": m.Method, "Mcp-Name": m.Params.Name + m.Params.URI} {
		if value != "" && strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
			headers[name] = value
		}
	}
	return headers
}

func checkAnswer(t *testing.T, sent string, w *httptest.ResponseRecorder) {
	t.Helper()
	body := w.Body.String()
	if w.Code >= 500 || len(body) > mostAnswer {
		t.Fatalf("%q: %d, %d bytes: %.300q", sent, w.Code, len(body), body)
	}
	var asked struct{ ID any }
	_ = json.Unmarshal([]byte(sent), &asked) // where it cannot be read, no id can be its own
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if data, ok := strings.CutPrefix(line, "data:"); ok {
			line = strings.TrimSpace(data)
		} else if line == "" || strings.HasPrefix(line, "event:") || strings.HasPrefix(line, "id:") || strings.HasPrefix(line, ":") {
			continue
		}
		var answer struct {
			ID    any
			Error json.RawMessage
		}
		if w.Header().Get("Content-Type") == "text/plain; charset=utf-8" {
			continue // the library's words for what is no request at all
		}
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			t.Fatalf("%q: got %d %q: %v", sent, w.Code, line, err)
		}
		if answer.ID != nil && fmt.Sprint(answer.ID) != fmt.Sprint(asked.ID) {
			t.Fatalf("%q was answered as %v: %q", sent, answer.ID, line)
		}
	}
}

// Whatever lines come on standard input, what goes out are lines of JSON-RPC, each request of the handshake's session has one
// answer, and the end of the input is the end of the server.
func FuzzStdio(f *testing.F) {
	p := testProfile(f, "contoso", nil)
	for _, s := range []string{stdioCall(1, `{"path":"/x"}`), "\ufeff", "[]", `{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
		stdioCall(1, `{"path":"/x"}`) + "\n" + stdioCall(1, `{"path":"/x"}`), `{"id":0,"result":{}}` + "\r\n\r\n{", "\x00\xff", `{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"debug"}}`,
		`{"jsonrpc":"2.0","id":"a\u2028b","method":"completion/complete","params":{}}`, `{"jsonrpc":"2.0","id":1.0,"method":"ping"}`, `{"jsonrpc":"2.0","id":1,"ID":2,"method":"ping"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in := `{"jsonrpc":"2.0","id":"greeting","method":"initialize","params":` + fmt.Sprintf(hello, "{}") + "}\n" +
			`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n" + text + "\n" + `{"jsonrpc":"2.0","id":"farewell","method":"ping"}` + "\n"
		var out bytes.Buffer
		if err := mcp.ServeStdio(t.Context(), mcp.Config{Version: "1", Profiles: []*tools.Profile{p}}.Alone(), io.NopCloser(strings.NewReader(in)), &out); err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		for line := range strings.Lines(out.String()) {
			var answer struct {
				JSONRPC string          `json:"jsonrpc"`
				ID      json.RawMessage `json:"id"`
				Method  string          `json:"method"`
			}
			if err := json.Unmarshal([]byte(line), &answer); err != nil || answer.JSONRPC != "2.0" || !strings.HasSuffix(line, "\n") || len(line) > mostAnswer {
				t.Fatalf("%q: got %q on standard output: %v", text, line, err)
			}
			if answer.Method == "" {
				counts[string(answer.ID)]++
			}
		}
		if strings.Contains(text, "greeting") || strings.Contains(text, "farewell") || slices.ContainsFunc([]byte(text), func(c byte) bool { return c == '\\' }) {
			return // it may have taken them back, or asked under the same id
		}
		if counts[`"greeting"`] != 1 || counts[`"farewell"`] != 1 {
			t.Fatalf("%q: answers %v in %q", text, counts, out.String())
		}
	})
}
