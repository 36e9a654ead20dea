package mcp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// stdio is a server on pipes. The library keeps the state of a stdio session in a package variable, so these
// tests do not run in parallel.
type stdio struct {
	t     *testing.T
	in    io.WriteCloser
	lines chan string
	done  chan error
	stop  context.CancelFunc
}

func startStdio(t *testing.T, p *tools.Profile) *stdio {
	t.Helper()
	inReader, inWriter := io.Pipe()
	outReader, outWriter := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	s := &stdio{t: t, in: inWriter, lines: make(chan string, 1000), done: make(chan error, 1), stop: cancel}
	go func() {
		s.done <- mcp.ServeStdio(ctx, mcp.Config{Version: "1", Profiles: []*tools.Profile{p}}.Alone(), inReader, outWriter)
		outWriter.Close()
		inReader.Close()
	}()
	go func() {
		defer close(s.lines)
		scanner := bufio.NewScanner(outReader)
		scanner.Buffer(nil, 16<<20)
		for scanner.Scan() {
			s.lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		cancel()
		inWriter.Close()
		for range s.lines {
		}
	})
	return s
}

// greet makes the handshake and waits for its end, as clients have to.
func (s *stdio) greet(capabilities string) {
	s.t.Helper()
	s.send(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":` + fmt.Sprintf(hello, capabilities) + `}`)
	<-s.lines
	s.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

func (s *stdio) send(lines ...string) {
	s.t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(s.in, line+"\n"); err != nil {
			s.t.Fatal(err)
		}
	}
}

// rest ends the input and returns all that came out.
func (s *stdio) rest() []string {
	s.t.Helper()
	s.in.Close()
	var all []string
	for line := range s.lines {
		if !json.Valid([]byte(line)) || !strings.Contains(line, `"jsonrpc":"2.0"`) {
			s.t.Errorf("not JSON-RPC on standard output: %q", line)
		}
		all = append(all, line)
	}
	if err := <-s.done; err != nil {
		s.t.Errorf("got %v at the end of input, want nil", err)
	}
	return all
}

func stdioCall(id any, arguments string) string {
	idText, _ := json.Marshal(id)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"microsoft_graph","arguments":%s}}`, idText, arguments)
}

func TestStdioAnswersWhatRunsAtTheEndOfInput(t *testing.T) {
	release := make(chan struct{})
	do := func(ctx context.Context, _ *graph.Request) (*graph.Response, error) {
		select {
		case <-release:
			return answerJSON(`{"finished":true}`)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	s := startStdio(t, testProfile(t, "contoso", do))
	s.greet("{}")
	for i := range 60 { // more than the library's workers, so that some wait in its queue
		s.send(stdioCall(i+1, `{"path":"/slow"}`))
	}
	s.send(stdioCall("a \"string\"", `{"path":"/slow"}`), stdioCall(1.5, `{"path":"/slow"}`))
	s.in.Close()
	close(release)
	finished := 0
	for _, line := range s.rest() {
		finished += strings.Count(line, "finished")
	}
	if finished != 62 {
		t.Errorf("%d of 62 calls were answered", finished)
	}
}

func TestStdioLivesOnAfterBadLines(t *testing.T) {
	s := startStdio(t, testProfile(t, "contoso", nil))
	s.greet("{}")
	s.send("", "   ", "{nonsense", "[1,2", `"text"`, `{"jsonrpc":"2.0","id":5,"method":"no/such"}`,
		`{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"nothing"}}`,
		strings.Repeat("x", 9<<20), stdioCall(7, `{"path":"/x"}`))
	all := strings.Join(s.rest(), "\n")
	for _, want := range []string{"-32700", `"id":5,"error":{"code":-32601`, `"id":6,"error"`, "longer than 8 MiB", `"id":7,"result"`} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in:\n%s", want, all)
		}
	}
}

func TestStdioLargeMessagesPass(t *testing.T) {
	var got int
	do := func(_ context.Context, r *graph.Request) (*graph.Response, error) {
		got = len(r.Body())
		return answerJSON(`{}`)
	}
	s := startStdio(t, testProfile(t, "contoso", do))
	s.greet("{}")
	s.send(stdioCall(1, `{"path":"/x","method":"POST","body":{"a":"`+strings.Repeat("y", 3<<20)+`"}}`))
	s.rest()
	if want := 3<<20 + len(`{"a":""}`); got != want {
		t.Errorf("%d bytes of the body arrived, want %d", got, want)
	}
}

func TestStdioCancel(t *testing.T) {
	started := make(chan struct{})
	cancelled := make(chan struct{})
	do := func(ctx context.Context, _ *graph.Request) (*graph.Response, error) {
		close(started)
		<-ctx.Done()
		close(cancelled)
		return nil, context.Cause(ctx)
	}
	s := startStdio(t, testProfile(t, "contoso", do))
	s.greet("{}")
	s.send(stdioCall(1, `{"path":"/slow"}`))
	<-started
	s.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	<-cancelled
	s.rest() // ends although no answer to the cancelled call is owed
}

func TestStdioEndsWithItsContext(t *testing.T) {
	started := make(chan struct{})
	do := func(ctx context.Context, _ *graph.Request) (*graph.Response, error) {
		close(started)
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	s := startStdio(t, testProfile(t, "contoso", do))
	s.greet("{}")
	s.send(stdioCall(1, `{"path":"/slow"}`))
	<-started
	s.stop()
	if err := <-s.done; err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestStdioKeepsProgressBeforeTheAnswer(t *testing.T) {
	do := func(_ context.Context, r *graph.Request) (*graph.Response, error) {
		if r.Query("$skiptoken") == "" {
			return answerJSON(`{"value":[{"id":"1"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=2"}`)
		}
		return answerJSON(`{"value":[{"id":"2"}]}`)
	}
	s := startStdio(t, testProfile(t, "contoso", do))
	s.greet("{}")
	for i := range 50 {
		s.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"microsoft_graph","arguments":{"path":"/users","maxItems":9},"_meta":{"progressToken":%d}}}`, i+1, i+1))
	}
	reported := map[string]bool{}
	answers := 0
	for _, line := range s.rest() {
		var m struct {
			ID     json.Number
			Method string
			Params struct{ ProgressToken json.Number }
			Result struct{ Content []any }
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		if m.Method == "notifications/progress" {
			reported[m.Params.ProgressToken.String()] = true
		} else if len(m.Result.Content) > 0 {
			if answers++; !reported[m.ID.String()] {
				t.Errorf("call %s was answered before its progress was reported", m.ID)
			}
		}
	}
	if answers != 50 {
		t.Errorf("%d of 50 calls were answered", answers)
	}
}
