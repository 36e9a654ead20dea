package cli_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// startRedis starts a server on a socket of its own and returns its URL.
func startRedis(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("needs redis-server")
	}
	dir, err := os.MkdirTemp("", "redis") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "eady to accept") {
			return "unix://" + socket
		}
	}
	t.Fatal("redis-server does not start")
	return ""
}

// keysFile writes a file with two keys and a shared store.
func (m *machine) keysFile(t *testing.T, url string) string {
	t.Helper()
	path := filepath.Join(m.dir, "config.toml")
	config := "[state]\nurl = \"" + url + "\"\nprefix = \"test:\"\nkey = { env = \"STATE_KEY\" }\n"
	for i, name := range []string{"one", "two"} {
		config += fmt.Sprintf("\n[[http.api_keys]]\nname = %q\nsha256 = \"%064d\"\n", name, i)
	}
	if err := os.WriteFile(path, []byte(config+"expires = 2020-01-31\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Replicas with another copy of the file are told that a key is revoked.
func TestRevokedKeyIsShared(t *testing.T) {
	t.Parallel()
	url := startRedis(t)
	m := newMachine(t)
	path := m.keysFile(t, url)
	m.wants(t, 0, "all replicas are told", "--config", path, "key", "revoke", "one")
	store, err := state.NewRedis(state.RedisConfig{URL: url, Prefix: "test:"})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	got, found, err := store.Get(context.WithoutCancel(t.Context()), "revoked/"+strings.Repeat("0", 64))
	if err != nil || !found || string(got) != "one" {
		t.Errorf("got %q, %v, %v", got, found, err)
	}
}

// A store that cannot be reached does not keep a key alive here, and nobody is told that all is well.
func TestRevokedKeyWithoutTheStore(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "redis://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	m := newMachine(t)
	path := m.keysFile(t, url)
	m.wants(t, 1, "is not revoked: the replicas cannot be told", "--config", path, "key", "revoke", "one")
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), `"one"`) {
		t.Errorf("the entry is gone, and nobody could try again: %v\n%s", err, text)
	}
	m.wants(t, 0, "", "--config", path, "key", "revoke", "one", "--here")
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), `"one"`) {
		t.Errorf("got %v\n%s", err, text)
	}
	// The other has expired, and nobody has to be told; but it is the only one left.
	m.wants(t, 2, "is the only key", "--config", path, "key", "revoke", "two")
}

// The key that is shown is the one whose hash the file has, and expires when it was said to.
func TestCreatedKeyOpens(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := filepath.Join(m.dir, "config.toml")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	code, out, errs := m.run(t, "", "--config", path, "key", "create", "one", "--expires", "2d", "--json")
	var made struct{ Key, SHA256 string }
	if err := json.Unmarshal([]byte(out), &made); code != 0 || err != nil {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	c, err := profile.Load(profile.Options{File: path})
	if err != nil || len(c.HTTP.APIKeys) != 1 {
		t.Fatalf("got %+v, %v", c, err)
	}
	k := c.HTTP.APIKeys[0]
	if got := sha256.Sum256([]byte(made.Key)); got != k.SHA256 || made.SHA256 != fmt.Sprintf("%x", got) {
		t.Errorf("the file has %x, the key's hash is %x", k.SHA256, got)
	}
	if left := k.Expires.Sub(before); left < 47*time.Hour || left > 49*time.Hour {
		t.Errorf("it expires in %v", left)
	}
}
