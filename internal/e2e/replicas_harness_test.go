package e2e

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// The profiles that a fleet serves: one of an app, by API keys, and one with which people act as themselves.
const (
	appProfile    = "app"
	peopleProfile = "people"
)

// A fleet is several replicas of one server, each with a configuration file of its own, what they share, and a proxy in
// front of them that sends each request to the next.
type fleet struct {
	tenant   *sandbox.Tenant
	store    *redisProcess
	replicas []*replica
	balancer *balancer
	url      string            // of the endpoint at the proxy
	keys     map[string]string // the API keys, by name
}

// replica is one of the servers.
type replica struct {
	*process
	config string
	args   []string
	url    string // of its own endpoint
}

// fleetOptions say what differs from one fleet to another.
type fleetOptions struct {
	appendOnly bool // the store outlives its own end
	keys       int  // k0, k1 and so on
	people     int  // employees beside the usual ones
	http       string
	level      string // of the log
}

const fleetSize = 3

// startFleet starts all of it.
func startFleet(t *testing.T, o fleetOptions) *fleet {
	t.Helper()
	f := &fleet{store: startRedis(t, o.appendOnly), tenant: sandboxtest.Start(t, sandbox.Options{Users: o.people}), balancer: &balancer{}, keys: map[string]string{}}
	front := httptest.NewServer(f.balancer.handler())
	t.Cleanup(front.Close)
	f.url = front.URL + "/mcp"
	text := f.configuration(t, front.URL, o)
	for i := range fleetSize {
		r := &replica{config: filepath.Join(t.TempDir(), "config.toml"), args: []string{"http", "--listen", "127.0.0.1:0", "--log-level", o.level}}
		f.replicas = append(f.replicas, r)
		r.write(t, text)
		f.start(t, i)
	}
	return f
}

// configuration is the text of the replicas' files.
func (f *fleet) configuration(t *testing.T, base string, o fleetOptions) string {
	t.Helper()
	f.tenant.RegisterAPI(sandbox.API{URIs: []string{base + "/mcp"}})
	f.tenant.Consent(sandbox.APIClientID, "User.Read", "Mail.Read")
	entra := sandboxtest.EntraTables(t, f.tenant, base, peopleProfile)
	entra = strings.Replace(entra, "[http]\n", fmt.Sprintf("[http]\nprofiles = [%q, %q]\n%s\n", appProfile, peopleProfile, o.http), 1)
	_, app, _ := strings.Cut(contentOf(t, sandboxtest.Profile(t, f.tenant, appProfile)), "\n") // behind default_profile
	text := contentOf(t, sandboxtest.CallersProfile(t, f.tenant, peopleProfile, entra)) + app +
		"\n[profiles.app.policy]\nconfirm = [\"PATCH /users/*\"]\nconfirm_token = true\n"
	for i := range o.keys {
		text += f.newKey(fmt.Sprintf("k%d", i))
	}
	key := filepath.Join(t.TempDir(), "state.key")
	var secret [32]byte
	rand.Read(secret[:]) // never fails (crypto/rand)
	if err := os.WriteFile(key, []byte(base64.StdEncoding.EncodeToString(secret[:])), 0o600); err != nil {
		t.Fatal(err)
	}
	return text + fmt.Sprintf("\n[state]\nurl = \"unix://%s\"\nkey = { file = %q }\n", f.store.socket, key)
}

// newKey makes an API key, and returns its table.
func (f *fleet) newKey(name string) string {
	f.keys[name] = rand.Text()
	return fmt.Sprintf("\n[[http.api_keys]]\nname = %q\nsha256 = %q\nprofiles = [%q]\n", name, sumOf(f.keys[name]), appProfile)
}

// sumOf is an API key as the configuration has it.
func sumOf(key string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(key))) }

func contentOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// write puts another text into a replica's file, in one step.
func (r *replica) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(r.config+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(r.config+".new", r.config); err != nil {
		t.Fatal(err)
	}
}

// start starts a replica, at another address each time, and lets the proxy know.
func (f *fleet) start(t *testing.T, i int) {
	t.Helper()
	r := f.replicas[i]
	r.process = start(t, environment(t, "MICROSOFT_MCP_CONFIG="+r.config), r.args...)
	r.url = r.endpoint(t)
	f.balancer.set(i, strings.TrimSuffix(strings.TrimPrefix(r.url, "http://"), "/mcp"))
}

// kill ends a replica as a crash does. The proxy does not know.
func (f *fleet) kill(t *testing.T, i int) {
	t.Helper()
	if err := f.replicas[i].cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-f.replicas[i].ended
}

// A balancer sends each request to the next replica. One that nobody has taken goes to another; one that a replica may
// have taken is never sent again.
type balancer struct {
	mu        sync.Mutex
	addresses []string // guarded by mu
	next      int      // guarded by mu
}

func (b *balancer) set(i int, address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.addresses) <= i {
		b.addresses = append(b.addresses, "")
	}
	b.addresses[i] = address
}

// turn returns the replicas in the order in which to ask them.
func (b *balancer) turn() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.addresses)
	order := make([]string, n)
	for i := range order {
		order[i] = b.addresses[(b.next+i)%n]
	}
	b.next++
	return order
}

var errNoReplica = errors.New("no replica takes connections")

func (b *balancer) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	for _, address := range b.turn() {
		if conn, err := new(net.Dialer).DialContext(ctx, network, address); err == nil {
			return conn, nil
		}
	}
	return nil, errNoReplica
}

// lostHeader marks the proxy's answer where a replica may have taken a request and has not answered it.
const lostHeader = "Replica-Lost"

// handler is the proxy. Each request has a connection of its own: on one that was used before, Go's transport would send
// some requests twice.
func (b *balancer) handler() http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "replica"
			r.Out.Host = r.In.Host
		},
		Transport:     &http.Transport{DialContext: b.dial, DisableKeepAlives: true},
		FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if errors.Is(err, errNoReplica) {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			w.Header().Set(lostHeader, err.Error())
			w.WriteHeader(http.StatusBadGateway)
		},
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // answers that break off are the test's doing
	}
}

// redisProcess is a real server of our own, on a socket in a folder of the test.
type redisProcess struct {
	socket string
	args   []string
	cmd    *exec.Cmd
}

// startRedis starts a server, or skips the test where there is none.
func startRedis(t *testing.T, appendOnly bool) *redisProcess {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		needOrSkip(t, "redis-server is missing: install it")
	}
	folder, err := os.MkdirTemp("", "redis") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	r := &redisProcess{socket: filepath.Join(folder, "s")}
	r.args = []string{"--port", "0", "--unixsocket", r.socket, "--save", "", "--dir", folder, "--daemonize", "no",
		"--maxmemory-policy", "noeviction"}
	if appendOnly { // by the second, what was acknowledged may be lost where the disk is busy
		r.args = append(r.args, "--appendonly", "yes", "--appendfsync", "always")
	}
	t.Cleanup(func() {
		r.kill()
		_ = os.RemoveAll(folder)
	})
	r.start(t)
	return r
}

// start starts the server, and waits until it answers.
func (r *redisProcess) start(t *testing.T) {
	t.Helper()
	r.cmd = exec.Command("redis-server", r.args...)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for ctx := within(t); !r.answers(); {
		if ctx.Err() != nil {
			t.Fatal("redis-server does not answer")
		}
	}
}

func (r *redisProcess) answers() bool {
	conn, err := net.Dial("unix", r.socket)
	if err != nil {
		return false
	}
	defer conn.Close()
	said := make([]byte, len("+PONG"))
	_, err = io.WriteString(conn, "PING\r\n")
	if err == nil {
		_, err = io.ReadFull(conn, said)
	}
	return err == nil && string(said) == "+PONG"
}

// kill ends the server as a crash does.
func (r *redisProcess) kill() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait() // it was killed
	r.cmd = nil
	_ = os.Remove(r.socket)
}
