package state

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRedisRestarts kills the server under a store: what cannot be served says so, and with a new server all goes on.
func TestRedisRestarts(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	s := server.open(t)
	heard, end := listen(t, s, "news")
	put(t, s, "k", "v", time.Hour)
	if _, err := s.Spend(t.Context(), "k", 60, 10); err != nil { // its script is loaded
		t.Fatal(err)
	}

	server.kill(t)
	_, _, get := s.Get(t.Context(), "k")
	_, _, taken := s.Take(t.Context(), "k")
	_, create := s.Create(t.Context(), "k", nil, time.Hour)
	_, spent := s.Spend(t.Context(), "k", 60, 10)
	for name, err := range map[string]error{"Get": get, "Take": taken, "Create": create, "Spend": spent,
		"Put": s.Put(t.Context(), "k", nil, time.Hour), "Delete": s.Delete(t.Context(), "k"),
		"Publish": s.Publish(t.Context(), "news", nil), "Ping": s.Ping(t.Context())} {
		if e, ok := errors.AsType[*Error](err); !ok || !e.Unavailable() || e.Hint() == "" {
			t.Errorf("%s without a server: %v", name, err)
		}
	}

	server.start(t)
	eventually(t, "the server again", func() bool { return s.Ping(t.Context()) == nil })
	if got := read(t, s, "k"); got != "nothing" {
		t.Errorf("the new server has %q", got)
	}
	if wait, err := s.Spend(t.Context(), "k", 60, 10); wait != 0 || err != nil {
		t.Errorf("its script is loaded anew: %v, %v", wait, err)
	}
	before := len(heard())
	eventually(t, "a message after the restart", func() bool {
		if err := s.Publish(t.Context(), "news", []byte("again")); err != nil {
			t.Fatal(err)
		}
		return len(heard()) > before
	})
	if err := end(); err != nil {
		t.Error(err)
	}
}

// TestRedisRestartsUnderLoad restarts the server while many use it: each answer is right, or an error that says that
// there is none.
func TestRedisRestartsUnderLoad(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	s := server.open(t)
	ctx, stop := context.WithCancel(t.Context())
	finished := make(chan error, 8)
	for worker := range 8 {
		go func() { finished <- hammer(ctx, s, fmt.Sprint("w/", worker)) }()
	}
	for range 3 {
		server.kill(t)
		server.start(t)
		eventually(t, "the server again", func() bool { return s.Ping(t.Context()) == nil })
	}
	stop()
	for range 8 {
		if err := <-finished; err != nil {
			t.Error(err)
		}
	}
}

// hammer creates and takes a value that nobody else knows, and returns what no store may answer.
func hammer(ctx context.Context, s store, key string) error {
	for i := 0; ctx.Err() == nil; i++ {
		name, want := fmt.Sprint(key, "/", i), fmt.Sprint(key, " has ", i)
		if made, err := s.Create(ctx, name, []byte(want), time.Hour); err != nil {
			continue
		} else if !made {
			return fmt.Errorf("%s was there before it was created", name)
		}
		value, found, err := s.Get(ctx, name)
		if err == nil && found && string(value) != want {
			return fmt.Errorf("%s is %q", name, value)
		}
	}
	return nil
}

func TestRedisOfSeveralReplicas(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	one, two := server.open(t), server.open(t)
	stranger := openRedis(t, RedisConfig{URL: "unix://" + server.path, Prefix: "other:"})
	database := openRedis(t, RedisConfig{URL: "unix://" + server.path + "?db=1", Prefix: "test:"})
	put(t, one, "k", "v", time.Hour)
	if got := read(t, two, "k"); got != "v" {
		t.Errorf("another replica has %q", got)
	}
	if got := read(t, stranger, "k") + read(t, database, "k"); got != "nothingnothing" {
		t.Errorf("another deployment has %q", got)
	}
	for i, s := range []store{one, two, one, two} {
		if wait, err := s.Spend(t.Context(), "k", 1, 4); wait != 0 || err != nil {
			t.Errorf("call %d: %v, %v", i+1, wait, err)
		}
	}
	if wait, err := two.Spend(t.Context(), "k", 1, 4); wait == 0 || err != nil {
		t.Errorf("each replica has an allowance of its own: %v", err)
	}
	heard, end := listen(t, two, "news")
	if err := one.Publish(t.Context(), "news", []byte("from one")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other's message", func() bool { return strings.Contains(fmt.Sprint(heard()), "from one") })
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestRedisPassword(t *testing.T) {
	t.Parallel()
	const right, wrong = "hunter2-right", "hunter2-wrong"
	server := startRedis(t, "--user", "default", "off", "--user", "mcp", "on", ">"+right, "~test:*", "&test:*", "+@all")
	for name, row := range map[string]struct {
		user, password string
		err            error
		want           string
	}{
		"right":      {user: "mcp", password: right},
		"wrong":      {user: "mcp", password: wrong, want: "check [state] username"},
		"unread":     {user: "mcp", err: errors.New("the keyring is locked"), want: "the keyring is locked"},
		"none":       {want: "set [state] password"},
		"other user": {user: "eve", password: right, want: "check [state] username"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := RedisConfig{URL: "unix://" + server.path, Prefix: "test:", Username: row.user}
			if name != "none" {
				c.Password = func(context.Context) (string, error) { return row.password, row.err }
			}
			_, _, err := openRedis(t, c).Get(t.Context(), "k")
			if row.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e, ok := errors.AsType[*Error](err)
			if !ok || !e.Unavailable() || !strings.Contains(e.Error()+e.Hint(), row.want) {
				t.Fatalf("got %v", err)
			}
			if text := fmt.Sprintf("%v %+v %s", e, *e, e.Hint()); strings.Contains(text, "hunter2") {
				t.Errorf("the password is in %q", text)
			}
		})
	}
	c := RedisConfig{URL: "unix://" + server.path, Prefix: "else:", Username: "mcp",
		Password: func(context.Context) (string, error) { return right, nil }}
	_, _, err := openRedis(t, c).Get(t.Context(), "k")
	if err == nil || !strings.Contains(err.Error(), "NOPERM") {
		t.Errorf("another's keys: %v", err)
	}
}

// TestRedisOverTLS checks the server's certificate against the CA that is named, and only that.
func TestRedisOverTLS(t *testing.T) {
	t.Parallel()
	certificate, key := certify(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	_ = free.Close()
	startRedis(t, "--tls-port", port, "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no")
	for name, row := range map[string]struct {
		c    RedisConfig
		want string // in the hint
	}{
		"its CA":     {c: RedisConfig{URL: "rediss://" + address, CAFile: certificate}},
		"other CA":   {c: RedisConfig{URL: "rediss://" + address}, want: "ca_file"},
		"other name": {c: RedisConfig{URL: "rediss://localhost:" + port, CAFile: certificate}, want: "ca_file"},
		"no TLS":     {c: RedisConfig{URL: "redis://" + address}, want: "rediss://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := openRedis(t, row.c).Ping(t.Context())
			if row.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e, ok := errors.AsType[*Error](err); !ok || !e.Unavailable() || !strings.Contains(e.Hint(), row.want) {
				t.Errorf("got %v; hint %q", err, e.Hint())
			}
		})
	}
}

func TestRedisThatRepeatsThePassword(t *testing.T) {
	t.Parallel()
	for _, before := range []string{"ERR unknown command, with args beginning with: ", "", "hunter2 "} {
		s := openRedis(t, RedisConfig{URL: "redis://" + echo(t, before), Username: "mcp",
			Password: func(context.Context) (string, error) { return "hunter2", nil }})
		err := s.Ping(t.Context())
		e, ok := errors.AsType[*Error](err)
		if !ok || !e.Unavailable() {
			t.Fatalf("got %v", err)
		}
		if text := fmt.Sprintf("%v %+v %s", e, *e, e.Hint()); strings.Contains(text, "hunter2") {
			t.Errorf("the password is in %q", text)
		}
	}
}

// TestRedisLosesAnAnswer: what was done, but not answered, is not done again and answered as if for the first time.
func TestRedisLosesAnAnswer(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	direct := server.open(t)
	through := func(command string) *Redis {
		return openRedis(t, RedisConfig{URL: "redis://" + lossy(t, server, command), Prefix: "test:"})
	}
	put(t, direct, "k", "v", time.Hour)
	if got := read(t, through("get"), "k"); got != "v" { // and what can be repeated is
		t.Errorf("Get: %q", got)
	}
	put(t, through("set"), "k", "w", time.Hour)
	if _, found, err := through("getdel").Take(t.Context(), "k"); found || err == nil {
		t.Errorf("Take: %v, %v, want an error: nobody knows who has it", found, err)
	}
	if got := read(t, direct, "k"); got != "nothing" {
		t.Errorf("what may have been taken is still there: %q", got)
	}
	if made, err := through("nx").Create(t.Context(), "c", nil, time.Hour); made || err == nil {
		t.Errorf("Create: %v, %v, want an error: nobody knows who made it", made, err)
	}
}

// TestRedisThatIsSilent has a server that takes a connection and says nothing, as one behind a firewall does.
func TestRedisThatIsSilent(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // the system takes the connections
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	s := openRedis(t, RedisConfig{URL: "redis://" + listener.Addr().String()})
	_, _, err = s.Take(t.Context(), "k") // ends by its own limit, or the test by its
	if e, ok := errors.AsType[*Error](err); !ok || !e.Unavailable() || !strings.Contains(e.Error(), "in time") {
		t.Errorf("got %v", err)
	}
}

func TestNewRedisRefuses(t *testing.T) {
	t.Parallel()
	noCertificate := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noCertificate, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []RedisConfig{
		{}, {URL: "http://host"}, {URL: "redis://"}, {URL: "redis://mcp:hunter2@host"}, {URL: "redis://hunter2@host"},
		{URL: "redis://host/hunter2"}, {URL: "redis://host/-1"}, {URL: "redis://host?password=hunter2"}, {URL: "redis://host#hunter2"},
		{URL: "redis://user:hunter2 @host:x"}, {URL: "unix://host/path"}, {URL: "unix:///path?password=hunter2"}, {URL: "unix:///path?db=a"},
		{URL: "rediss://host", CAFile: noCertificate}, {URL: "rediss://host", CAFile: noCertificate + ".missing"},
	} {
		_, err := NewRedis(c)
		if err == nil {
			t.Errorf("%q is taken", c.URL)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
	for _, url := range []string{"redis://host", "redis://host:1/2", "rediss://host", "unix:///path", "unix:///path?db=3", "redis://[::1]:6379"} {
		openRedis(t, RedisConfig{URL: url}) // and connects to nothing
	}
}

// A server that comes back from an older snapshot has forgotten what was taken since: its epoch is another one.
func TestRedisEpochChangesWithARestart(t *testing.T) {
	t.Parallel()
	s := startRedis(t)
	r := s.open(t)
	first, err := r.Epoch(t.Context())
	if err != nil || first == "" {
		t.Fatalf("got %q, %v", first, err)
	}
	if again, err := r.Epoch(t.Context()); err != nil || again != first {
		t.Errorf("got %q, %v, then %q", first, err, again)
	}
	s.kill(t)
	s.start(t)
	after, err := r.Epoch(t.Context())
	if err != nil || after == "" || after == first {
		t.Errorf("after a restart: %q, %v; before: %q", after, err, first)
	}
}

// A server that does not say how long it has been running is used all the same.
func TestRedisWithoutInfo(t *testing.T) {
	t.Parallel()
	s := startRedis(t, "--rename-command", "INFO", "")
	if epoch, err := s.open(t).Epoch(t.Context()); epoch != "" || err != nil {
		t.Errorf("got %q, %v", epoch, err)
	}
}
