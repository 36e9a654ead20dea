package doctor

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestShelf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		shelf      Shelf
		age        time.Duration // negative: there is nothing
		state      State
		text, todo string
	}{
		{Shelf{}, -1, Warning, "no folder", "[schema] folder"},
		{Shelf{Folder: dir}, 36 * time.Hour, OK, "1 day old, in " + dir, ""},
		{Shelf{Folder: filepath.Join(dir, "not", "yet")}, -1, OK, "when it is first needed", ""},
		{Shelf{Folder: file}, -1, Warning, "cannot be written (it is no folder)", "[schema] folder"},
		{Shelf{Folder: dir}, 90 * 24 * time.Hour, Warning, "90 days old", "log"},
		{Shelf{Folder: dir, Offline: true}, 90 * 24 * time.Hour, OK, "nothing is fetched", ""},
		{Shelf{Folder: dir, Offline: true}, -1, Warning, "there is no description", "offline"},
	} {
		row.shelf.Fetched = func() time.Time {
			if row.age < 0 {
				return time.Time{}
			}
			return now.Add(-row.age)
		}
		row.shelf.find(t.Context(), now).is(t, row.state, row.text, row.todo)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("something is left: %v, error %v", left, err)
	}
}

func ours(body string) bool { return strings.HasPrefix(body, "healthy v") }

// healthy is a server that answers as ours does.
func healthy(t *testing.T, answer string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" {
			_, _ = io.WriteString(w, answer)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	mine, other := healthy(t, "healthy v1.2.3"), healthy(t, "<html>")
	at := func(url string) string { return strings.TrimPrefix(url, "http://") }
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for _, row := range []struct {
		listen, base string
		state        State
		text, todo   string
	}{
		{closing(t), "", OK, "is free", ""},
		{at(mine), "", OK, "our server answers on", ""},
		{at(mine), mine, OK, "and at " + mine, ""},
		{at(mine), other, Warning, "and not at " + other, "base_url"},
		{at(mine), "http://" + closing(t), Warning, "and not at", "base_url"},
		{at(other), "", Wrong, "another program has " + at(other), "another port"},
		{"192.0.2.1:8080", "", Wrong, "nobody can listen on 192.0.2.1:8080", "an address of this machine"},
	} {
		Endpoint{Listen: row.listen, BaseURL: row.base, Ours: ours}.find(t.Context(), time.Now()).is(t, row.state, row.text, row.todo)
	}
	for listen, want := range map[string]string{":80": "http://127.0.0.1:80", "0.0.0.0:80": "http://127.0.0.1:80", "[::]:80": "http://127.0.0.1:80", "[::1]:80": "http://[::1]:80", "localhost:80": "http://localhost:80"} {
		if got := (Endpoint{Listen: listen}).local(); got != want {
			t.Errorf("%s: got %s", listen, got)
		}
	}
}

func TestCertificateOfTheEndpoint(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	file := filepath.Join(t.TempDir(), "cert.pem")
	look := func(content []byte) Finding {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return Endpoint{Listen: closing(t), Certificate: file, Ours: ours}.find(t.Context(), time.Now())
	}
	look(pemOf(m.leaf("mcp.example", time.Now().Add(31*24*time.Hour)))).is(t, OK, "is free", "")
	look(pemOf(m.leaf("mcp.example", time.Now().Add(9*24*time.Hour+time.Hour)))).is(t, Warning, "in 9 days", "renew")
	look(pemOf(m.leaf("mcp.example", time.Now().Add(-time.Hour)))).is(t, Wrong, "expired at", "renew")
	look([]byte("no certificate")).is(t, Wrong, "there is no certificate in it", "PEM")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	Endpoint{Listen: closing(t), Certificate: file}.find(t.Context(), time.Now()).is(t, Wrong, "cannot be read", "PEM")
}

func TestClients(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, config := filepath.Join(dir, "program.exe"), filepath.Join(dir, "config.toml")
	for _, file := range []string{program, config} {
		if err := os.WriteFile(file, nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(config, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, row := range map[string]struct {
		client     Client
		state      State
		text, todo string
	}{
		"fine":         {Client{Command: program, Args: []string{"stdio", "--profile", "lab"}}, OK, "Zed", ""},
		"over HTTP":    {Client{}, OK, "Zed", ""},
		"gone":         {Client{Command: program + "x"}, Wrong, "is not there or cannot be run", "install"},
		"no program":   {Client{Command: dir}, Wrong, "is not there or cannot be run", "install"},
		"no profile":   {Client{Command: program, Args: []string{"stdio", "--profile", "lab", "--profile=lap"}}, Wrong, "the profile lap, which there is not", "--profile NAME"},
		"other file":   {Client{Command: program, Args: []string{"--config", config, "--profile", "lap"}}, OK, "Zed", ""},
		"no file":      {Client{Command: program, Args: []string{"--config=" + config + "x"}}, Wrong, "cannot be read", "install"},
		"broken entry": {Client{Problem: "settings.json:3: it is no JSON"}, Wrong, "settings.json:3", "correct the file"},
	} {
		row.client.Title, row.client.File = "Zed", "settings.json"
		t.Log(name)
		c := Clients{Profiles: []string{"lab"}, Look: func() []Client { return []Client{row.client} }}
		c.find(t.Context()).is(t, row.state, row.text, row.todo)
	}
	Clients{Look: func() []Client { return nil }}.find(t.Context()).is(t, Skipped, "no MCP client", "microsoft-mcp-server install")
}
