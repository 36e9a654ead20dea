package doctor

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
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
	program, config, other, broken := filepath.Join(dir, "program.exe"), filepath.Join(dir, "config.toml"), filepath.Join(dir, "other.toml"), filepath.Join(dir, "broken.toml")
	for _, file := range []string{program, config, other, broken} {
		if err := os.WriteFile(file, nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	same := filepath.Join(dir, "same.toml")
	if err := os.Link(config, same); err != nil {
		t.Fatal(err)
	}
	read := func(file string) ([]string, error) {
		return map[string][]string{other: {"lap"}, config: {"not read"}}[file], map[string]error{broken: io.ErrUnexpectedEOF}[file]
	}
	for name, row := range map[string]struct {
		client     Client
		state      State
		text, todo string
	}{
		"fine":               {Client{Command: program, Args: []string{"stdio", "--profile", "lab"}}, OK, "Zed", ""},
		"gone":               {Client{Command: program + "x"}, Wrong, "is not there or cannot be run", "install"},
		"no program":         {Client{Command: dir}, Wrong, "is not there or cannot be run", "install"},
		"no profile":         {Client{Command: program, Args: []string{"stdio", "--profile", "lab", "--profile=lap"}}, Wrong, "the profile lap, which there is not", "--profile NAME"},
		"same file":          {Client{Command: program, Args: []string{"--config", config, "--profile", "lab"}}, OK, "Zed", ""},
		"by another name":    {Client{Command: program, Args: []string{"--config", same, "--profile", "lab"}}, OK, "Zed", ""},
		"same, no profile":   {Client{Command: program, Args: []string{"--config", same, "--profile", "lap"}}, Wrong, "the profile lap, which there is not", "--profile NAME"},
		"other file":         {Client{Command: program, Args: []string{"--config", other, "--profile", "lap"}}, OK, "Zed", ""},
		"other, no profile":  {Client{Command: program, Args: []string{"--config", other, "--profile", "lab"}}, Wrong, "the profile lab, which there is not", "--profile NAME"},
		"the last file":      {Client{Command: program, Args: []string{"--config", other, "--config=" + config, "--profile", "lab"}}, OK, "Zed", ""},
		"empty file":         {Client{Command: program, Args: []string{"--config", program, "--profile", "lab"}}, Wrong, "the profile lab, which there is not", "--profile NAME"},
		"broken file":        {Client{Command: program, Args: []string{"--config", broken}}, Wrong, broken + ", is wrong", "doctor --config FILE"},
		"relative file":      {Client{Command: program, Args: []string{"--config", "config.toml"}}, Warning, "another one in each folder", "install"},
		"no file":            {Client{Command: program, Args: []string{"--config=" + config + "x"}}, Wrong, "cannot be read", "install"},
		"broken entry":       {Client{Problem: "settings.json:3: it is no JSON"}, Wrong, "settings.json:3", "correct the file"},
		"switched off":       {Client{Command: program + "x", Off: true}, Warning, "switched off in the client", "switch it on"},
		"address, off":       {Client{URL: "nonsense", Off: true}, Warning, "switched off in the client", "switch it on"},
		"neither of the two": {Client{}, Wrong, "is not there or cannot be run", "install"},
	} {
		row.client.Title, row.client.File = "Zed", "settings.json"
		t.Log(name)
		c := Clients{File: config, Profiles: []string{"lab"}, Read: read, Look: func() []Client { return []Client{row.client} }}
		c.find(t.Context()).is(t, row.state, row.text, row.todo)
	}
	Clients{Look: func() []Client { return nil }}.find(t.Context()).is(t, Skipped, "no MCP client", "microsoft-mcp-server install")
	c := Clients{Look: func() []Client { // the worst decides, and comes first
		return []Client{{Title: "A", Command: program}, {Title: "B", Off: true}, {Title: "C", Command: dir}}
	}}
	c.find(t.Context()).is(t, Wrong, "C: the program", "install")
	if f := c.find(t.Context()); !strings.Contains(f.Text, "(), B: its entry is there, but") {
		t.Errorf("got %s", f.Text)
	}
}

// reached is a server that answers as ours does at an address below its host, and counts what it is asked.
func reached(t *testing.T, prefix, health string, asked *atomic.Int32) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if strings.Contains(r.URL.String(), "hush") || r.Header.Get("Authorization") != "" {
			t.Errorf("the key was sent: %s", r.URL)
		}
		switch r.URL.Path {
		case prefix + "/health":
			_, _ = io.WriteString(w, health)
		case prefix + "/mcp":
			http.Error(w, "use POST", http.StatusMethodNotAllowed)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + prefix
}

func TestClientsOverHTTP(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	mine, below, other := reached(t, "", "healthy v1.2.3", &asked), reached(t, "/graph", "healthy v1.2.3", &asked), reached(t, "", "<html>", &asked)
	secured := httptest.NewUnstartedServer(http.NotFoundHandler())
	secured.Config.ErrorLog = log.New(io.Discard, "", 0)
	secured.StartTLS()
	t.Cleanup(secured.Close)
	for name, row := range map[string]struct {
		client     Client
		state      State
		text, todo string
	}{
		"fine":           {Client{URL: mine + "/mcp"}, OK, "Zed", ""},
		"below a path":   {Client{URL: below + "/mcp"}, OK, "Zed", ""},
		"with a query":   {Client{URL: mine + "/mcp?api_key=hush"}, OK, "Zed", ""},
		"key set":        {Client{URL: mine + "/mcp", KeyEnv: "MCP_KEY"}, OK, "Zed", ""},
		"key not set":    {Client{URL: mine + "/mcp", KeyEnv: "MCP_KEE"}, Warning, "MCP_KEE, which is not set here", "set MCP_KEE to the key where the client starts"},
		"no server":      {Client{URL: "http://" + closing(t) + "/mcp", KeyEnv: "MCP_KEE"}, Wrong, "nothing answers at the address", "microsoft-mcp-server http"},
		"wrong path":     {Client{URL: mine + "/mpc?api_key=hush"}, Wrong, "there is nothing at the address that its entry names, " + mine + "/mpc", "whose path is /mcp"},
		"other program":  {Client{URL: other + "/mcp"}, Warning, "does not say at " + other + "/health that it is a server of ours", "a proxy in front"},
		"no address":     {Client{URL: "127.0.0.1:8080/mcp?api_key=hush"}, Wrong, "no http or https URL", "--http URL"},
		"other scheme":   {Client{URL: "ftp://ada:hush@127.0.0.1/mcp"}, Wrong, "no http or https URL", "--http URL"},
		"no host":        {Client{URL: "http:///mcp"}, Wrong, "no http or https URL", "--http URL"},
		"with a name":    {Client{URL: strings.Replace(mine, "http://", "http://ada:hush@", 1) + "/mcp"}, OK, "Zed", ""},
		"variables":      {Client{URL: "${env:MCP_URL}"}, Warning, "made of variables that only the client knows", "--http URL"},
		"no certificate": {Client{URL: secured.URL + "/mcp"}, Warning, "nothing answers at the address", "of a CA that this machine knows"},
	} {
		row.client.Title, row.client.File = "Zed", "settings.json"
		t.Log(name)
		c := Clients{Set: func(name string) bool { return name == "MCP_KEY" }, Ours: ours, Look: func() []Client { return []Client{row.client} }}
		f := c.find(t.Context())
		f.is(t, row.state, row.text, row.todo)
		if strings.Contains(f.Text+f.Do, "hush") {
			t.Errorf("the key is told: %s; %s", f.Text, f.Do)
		}
	}
	asked.Store(0)
	one := Client{Title: "Zed", URL: mine + "/mcp"}
	Clients{Ours: ours, Look: func() []Client { return []Client{one, one, one} }}.find(t.Context()).is(t, OK, "Zed, Zed, Zed", "")
	if got := asked.Load(); got != 2 {
		t.Errorf("of three entries for one address, %d questions were asked; want 2", got)
	}
}
