package e2e

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A chaosServer is one of the servers of a round: a process that may be ended and started again.
type chaosServer struct {
	t      *testing.T
	c      *chaos
	name   string
	stdio  bool
	config string
	key    string // of the API, over HTTP
	gauges string // where its metrics are, over HTTP
	home   string
	env    []string
	args   []string

	steady sync.Mutex // held while the server is started, and while a start would not go well

	mu      sync.Mutex
	run     *chaosRun     // guarded by mu; nil while it is down
	changed chan struct{} // guarded by mu; closed and replaced when it goes up or down
	logs    []*process    // guarded by mu; all runs, for what they wrote
}

// chaosRun is one run of a server.
type chaosRun struct {
	*process
	url   string        // over HTTP
	link  *stdioLink    // over stdio
	asked chan struct{} // closed when it was asked to end
	ask   func()
	at    map[string]int // how many requests of each errand had come to Graph by then; set before asked is closed
	piped bool           // the end of its input asked it
}

// begun tells whether a run was at a call when it was asked to end, before which so many requests of its errand had come.
// What had been written to its input by then, it has to answer.
func (r *chaosRun) begun(mark string, before int) bool { return r.piped || r.at[mark] > before }

// ending tells whether a run was asked to end.
func (r *chaosRun) ending() bool {
	select {
	case <-r.asked:
		return true
	default:
		return false
	}
}

// newChaos starts all that a round needs.
func newChaos(t *testing.T, seed uint64) *chaos {
	t.Helper()
	c := &chaos{seed: seed, ledger: newChaosLedger(), heard: &whispers{}, changed: make(chan struct{}), counts: map[string]int{}, words: map[string]int{}}
	c.decoy = newDecoys(t, c)
	c.lines = [2]*chaosLine{newChaosLine(t), newChaosLine(t)}
	c.tenant = newChaosTenant(t, c)
	c.lines[0].lead(c.tenant.LoginURL())
	c.lines[1].lead(c.tenant.GraphURL())
	tables, env := machineSetup(t, c)
	for _, name := range []string{"http", "stdio " + legacy, "stdio " + modern} {
		s := &chaosServer{t: t, c: c, name: name, stdio: name != "http", key: rand.Text(), home: t.TempDir(), changed: make(chan struct{})}
		s.config = s.configuration(t, tables)
		s.env = append(environment(t, "MICROSOFT_MCP_CONFIG="+s.config, "MCP_API_KEY="+s.key, "HTTPS_PROXY="+c.decoy.proxy, "HTTP_PROXY="+c.decoy.proxy,
			"HOME="+s.home, "USERPROFILE="+s.home, "XDG_CONFIG_HOME="+s.home), env...)
		s.args = []string{"stdio", "--log-level", "debug"}
		if !s.stdio {
			s.args = []string{"http", "--listen", "127.0.0.1:0", "--log-level", "debug"}
		}
		c.heard.add(s.key)
		c.hosts = append(c.hosts, s)
		s.start(t)
	}
	c.ways = []*way{{s: c.hosts[0], era: legacy}, {s: c.hosts[0], era: modern}, {s: c.hosts[1], era: legacy}, {s: c.hosts[2], era: modern}}
	return c
}

// configuration writes the file of a server.
func (s *chaosServer) configuration(t *testing.T, tables string) string {
	t.Helper()
	config := sandboxtest.Profile(t, s.c.tenant.Tenant, "e2e")
	text := strings.NewReplacer(s.c.tenant.LoginURL(), s.c.lines[0].url(), s.c.tenant.GraphURL(), s.c.lines[1].url()).Replace(contentOf(t, config))
	if !s.stdio {
		address := freeAddress(t)
		s.gauges = "http://" + address + "/metrics"
		text += fmt.Sprintf("\n[http]\nmetrics_listen = %q\nrate_limit = 100000\n", address)
	}
	if err := os.WriteFile(config, []byte(text+confirmTables+tables), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(s.folder(), 0o700); err != nil {
		t.Fatal(err)
	}
	return config
}

// folder is where a server keeps what it downloads.
func (s *chaosServer) folder() string {
	return filepath.Join(s.home, "Downloads", "microsoft-mcp-server")
}

// start starts the server.
func (s *chaosServer) start(t *testing.T) {
	t.Helper()
	s.steady.Lock()
	defer s.steady.Unlock()
	r := &chaosRun{process: start(t, s.env, s.args...), asked: make(chan struct{})}
	r.ask = sync.OnceFunc(func() { close(r.asked) })
	if s.stdio {
		r.link = newStdioLink(s.c, s.name, r)
	} else {
		r.url = r.endpoint(t)
	}
	if s.name == "stdio "+legacy {
		r.greet(t)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run, s.logs = r, append(s.logs, r.process)
	close(s.changed)
	s.changed = make(chan struct{})
}

// greet makes the handshake of the older era.
func (r *chaosRun) greet(t *testing.T) {
	t.Helper()
	hello, err := r.link.begin("initialize", map[string]any{"protocolVersion": legacyRevision, "capabilities": map[string]any{"elicitation": map[string]any{}}, "clientInfo": map[string]any{"name": "e2e", "version": "1"}})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-hello.answered:
	case <-within(t).Done():
		t.Fatal("the handshake is not answered")
	}
	r.link.write(`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
}

// up waits for the server, and returns its run.
func (s *chaosServer) up(ctx context.Context) (*chaosRun, error) {
	for {
		s.mu.Lock()
		run, changed := s.run, s.changed
		s.mu.Unlock()
		if run != nil {
			return run, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("%s does not come up", s.name)
		}
	}
}

var errDown = errors.New("it is down already")

// end asks the server to end, by a signal or by the end of its input, and waits until it has. Whoever calls now waits
// for start.
func (s *chaosServer) end(ctx context.Context, signal bool) error {
	s.mu.Lock()
	r := s.run
	s.run = nil
	s.mu.Unlock()
	if r == nil {
		return errDown
	}
	r.at, r.piped = s.c.tenant.seen(), !signal
	r.ask()
	if signal {
		if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return err
		}
	} else {
		r.stdin.Close()
	}
	select {
	case <-r.ended:
	case <-ctx.Done():
		s.c.violated("%s does not end in time after it was asked to", s.name)
		_ = r.cmd.Process.Kill()
		<-r.ended
		return nil
	}
	if code := r.cmd.ProcessState.ExitCode(); code != 0 {
		s.c.violated("%s ends with %d after it was asked to: %.500s", s.name, code, lastOf(r.stderr.all()))
	}
	return nil
}

func lastOf(lines []string) string { return strings.Join(lines[max(0, len(lines)-5):], "\n") }

// decoys are places where nothing may ever come.
type decoys struct{ plain, secure, proxy string }

func newDecoys(t *testing.T, c *chaos) *decoys {
	t.Helper()
	never := func(where string) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			c.violated("a request came to %s: %s %s, with a token: %t", where, r.Method, r.URL, r.Header.Get("Authorization") != "")
		})
	}
	plain, secure := httptest.NewServer(never("a host without TLS")), httptest.NewUnstartedServer(never("a host whose certificate nobody vouches for"))
	secure.Config.ErrorLog = discarded()
	secure.StartTLS()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "files.elsewhere.example:443" {
			c.violated("a request is made to the outside: %s %s", r.Method, r.Host)
		}
		http.Error(w, "there is no outside", http.StatusForbidden)
	}))
	for _, s := range []*httptest.Server{plain, secure, proxy} {
		t.Cleanup(s.Close)
	}
	return &decoys{plain: plain.URL, secure: secure.URL, proxy: proxy.URL}
}

// stdioLink is a client at the pipes of a server. It keeps account of what was asked and answered.
type stdioLink struct {
	c    *chaos
	name string
	run  *chaosRun

	writing sync.Mutex // held while a frame is written
	mu      sync.Mutex
	next    int                  // guarded by mu
	calls   map[string]*stdioAsk // guarded by mu; by id
	over    chan struct{}        // closed when the output has ended
	asked   uint64               // questions to the person; of listen alone
}

// stdioAsk is one request.
type stdioAsk struct {
	id       int
	answered chan struct{} // closed with the answer
	answer   response
}

func newStdioLink(c *chaos, name string, run *chaosRun) *stdioLink {
	l := &stdioLink{c: c, name: name, run: run, next: 1, calls: map[string]*stdioAsk{}, over: make(chan struct{})}
	go l.listen()
	return l
}

// listen takes the answers until the output ends.
func (l *stdioLink) listen() {
	defer close(l.over)
	out := l.run.stdout
	for seen := 0; ; {
		out.mu.Lock()
		fresh, changed, ended := out.lines[seen:], out.changed, out.ended
		seen = len(out.lines)
		out.mu.Unlock()
		for _, line := range fresh {
			l.heard(line)
		}
		if ended {
			return
		}
		<-changed
	}
}

func (l *stdioLink) heard(line string) {
	var r response
	if err := json.Unmarshal([]byte(line), &r); err != nil || r.JSONRPC != "2.0" {
		l.c.violated("%s: standard output holds what is no JSON-RPC: %.200q", l.name, line)
		return
	}
	if r.Method == "elicitation/create" {
		l.asked++
		go l.answerQuestion(r.ID, l.c.dice(partQuestions+l.asked))
	}
	if r.Method != "" || string(r.ID) == "null" || len(r.ID) == 0 { // a notification, or an answer to garbage
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	call := l.calls[string(r.ID)]
	if call == nil {
		l.c.violated("%s: an answer to what nobody asked, or a second one: %.300s", l.name, line)
		return
	}
	delete(l.calls, string(r.ID))
	call.answer = r
	close(call.answered)
}

// begin sends a request.
func (l *stdioLink) begin(method string, params map[string]any) (*stdioAsk, error) {
	l.mu.Lock()
	l.next++
	call := &stdioAsk{id: l.next, answered: make(chan struct{})}
	l.calls[fmt.Sprint(call.id)] = call
	l.mu.Unlock()
	return call, l.write(string(message(call.id, method, params)) + "\n")
}

func (l *stdioLink) write(frame string) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	_, err := io.WriteString(l.run.stdin, frame)
	return err
}
