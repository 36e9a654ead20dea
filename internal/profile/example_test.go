package profile

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.." // of the repository

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// exampleHome is absolute on every system.
var exampleHome, _ = filepath.Abs("home-of-ada")

// loadExample loads a text as the configuration file of an empty environment
// that has a home.
func loadExample(t *testing.T, src string) *Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	home := func(name string) string {
		if name == "HOME" {
			return exampleHome
		}
		return ""
	}
	c, err := Load(Options{File: path, Getenv: home})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// uncommented switches every commented key on: "#key" but not "# text".
func uncommented(src string) string {
	return regexp.MustCompile(`(?m)^#(\S)`).ReplaceAllString(src, "$1")
}

func TestExampleLoads(t *testing.T) {
	t.Parallel()
	src := readText(t, "config.example.toml")
	asIs, full := loadExample(t, src), loadExample(t, uncommented(src))
	if want := []string{"contoso", "fabrikam"}; !slices.Equal(asIs.Names(), want) {
		t.Errorf("got profiles %v, want %v", asIs.Names(), want)
	}
	if want := []string{"contoso", "fabrikam", "litware", "woodgrove", "tailwind", "adatum", "lab"}; !slices.Equal(full.Names(), want) {
		t.Errorf("with everything on: got profiles %v, want %v", full.Names(), want)
	}
	// The example shows defaults: switching them on changes nothing.
	for i, p := range asIs.Profiles {
		q := full.Profiles[i]
		got := []any{q.AccountType, q.Cloud, q.AppScopes, q.SharePoint.SearchRegion, q.Folders}
		want := []any{p.AccountType, p.Cloud, p.AppScopes, p.SharePoint.SearchRegion, p.Folders}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the example shows other values than the defaults (-default +example)\n%s", p.Name, diff)
		}
	}
	if o := full.HTTP.OAuth; o == nil || !o.Registration || full.HTTP.Entra == nil || full.HTTP.Entra.Resource != full.HTTP.BaseURL+"/mcp" || full.State.Prefix != defaultPrefix {
		t.Errorf("the example shows other values than the defaults of [http.entra], [http.oauth] and [state]:\n%+v\n%+v", full.HTTP, full.State)
	}
	if a, b := asIs.Audit, full.Audit; a.Keep != b.Keep || a.Fatal != b.Fatal {
		t.Errorf("the example shows other values than the defaults of [audit]:\n%+v\n%+v", a, b)
	}
	if asIs.Schema.Offline || full.Schema.Offline || full.Schema.Folder == "" {
		t.Errorf("the example shows other values than the defaults of [schema]:\n%+v\n%+v", asIs.Schema, full.Schema)
	}
	if served, err := full.Serve(nil, true); err != nil || len(served) != 2 {
		t.Errorf("the example with everything on serves %v, %v", served, err)
	}
	a, b := asIs.HTTP, full.HTTP
	if a.Listen != b.Listen || a.QueryKey != b.QueryKey || a.MaxBody != b.MaxBody || a.MaxUpload != b.MaxUpload || a.RateLimit != b.RateLimit || a.MaxConcurrent != b.MaxConcurrent || a.MaxPerCaller != b.MaxPerCaller || a.MaxConnections != b.MaxConnections || a.MaxMemory != b.MaxMemory || a.TLS.Key != "" {
		t.Errorf("the example shows other values than the defaults of [http]:\n%+v\n%+v", a, b)
	}
}

// TestExampleShowsEveryKey walks the structs that the parser knows.
func TestExampleShowsEveryKey(t *testing.T) {
	t.Parallel()
	lines := scanAll(uncommented(readText(t, "config.example.toml"))).lines
	shown := map[string]bool{}
	index := regexp.MustCompile(`\[\d+\]`)
	profile := regexp.MustCompile(`^profiles\.[a-z]+`)
	for key := range lines {
		shown[profile.ReplaceAllString(index.ReplaceAllString(key, ""), "profiles.*")] = true
	}
	known := map[string]bool{}
	knownKeys(known, "", reflect.TypeFor[fileConfig]())
	// A secret's sources are shown once, not at each secret.
	sources := map[string]bool{}
	for key := range known {
		parent := parentKey(key)
		if name := key[len(parent):]; known[parent+".from"] {
			sources[name] = sources[name] || shown[key]
		} else if !shown[key] {
			t.Errorf("config.example.toml does not show %s", key)
		}
	}
	if want := map[string]bool{".from": true, ".env": true, ".file": true, ".command": true, ".systemd": true}; !maps.Equal(sources, want) {
		t.Errorf("config.example.toml shows the secret sources %v, want all of %v", sources, want)
	}
}

// knownKeys collects the keys of a struct and of what is in it.
func knownKeys(into map[string]bool, key string, t reflect.Type) {
	switch t {
	case reflect.TypeFor[fileTime]():
		return
	case reflect.TypeFor[fileCloud]():
		if strings.HasPrefix(key, "http.") {
			return // shown once, at a profile
		}
		t = reflect.TypeFor[fileHosts]()
	case reflect.TypeFor[fileVault]():
		t = reflect.TypeFor[fileSealed]()
	case reflect.TypeFor[map[string]*fileProfile]():
		key = key + ".*"
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		knownKeys(into, key, t.Elem())
	case reflect.Struct:
		for i, name := range fieldsOf(t).names {
			full := strings.TrimPrefix(key+"."+name, ".")
			into[full] = true
			knownKeys(into, full, t.Field(i).Type)
		}
	}
}

func TestReadyProfilesLoad(t *testing.T) {
	t.Parallel()
	desktop := loadExample(t, readText(t, "configs/desktop.toml"))
	if p, err := desktop.Find(desktop.DefaultProfile); err != nil || p.AuthMode != Interactive || p.Access != ReadOnly {
		t.Errorf("desktop.toml: got %v, %v, %v; want interactive, read-only", p.AuthMode, p.Access, err)
	}
	server := loadExample(t, readText(t, "configs/server.toml"))
	served, err := server.Serve(nil, true)
	if err != nil || len(served) != 1 || len(server.HTTP.APIKeys) == 0 {
		t.Fatalf("server.toml: got %v, %v and %d keys; want one profile behind a key", served, err, len(server.HTTP.APIKeys))
	}
	for _, file := range []string{"configs/cluster.toml", "configs/kubernetes/config.toml"} {
		c := loadExample(t, readText(t, file))
		if served, err := c.Serve(nil, true); err != nil || len(served) != 2 || c.HTTP.OAuth == nil || c.State.URL == "" {
			t.Errorf("%s: got %v, %v, %+v, %q; want two profiles, signing in and a shared state", file, served, err, c.HTTP.OAuth, c.State.URL)
		}
	}
	guide := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(readText(t, "docs/server.md"), -1)
	if len(guide) < 3 {
		t.Fatalf("docs/server.md shows %d pieces of configuration", len(guide))
	}
	loadExample(t, guide[0][1])
	for _, more := range guide[1:] {
		loadExample(t, guide[0][1]+more[1])
	}
	unit := readText(t, "configs/microsoft-mcp-server.service")
	named := regexp.MustCompile(`client_secret = \{ systemd = "([^"]+)" \}`)
	want := named.FindStringSubmatch(readText(t, "configs/server.toml"))
	if got := named.FindStringSubmatch(unit); len(got) == 0 || !slices.Equal(got, want) {
		t.Fatalf("the unit explains %v, and server.toml has %v", got, want)
	}
	if !strings.Contains(unit, "\nLoadCredential="+want[1]+":") {
		t.Errorf("the unit does not load the credential %s", want[1])
	}
}

// entry is a server in a client's configuration.
type entry struct {
	Type    string            `json:"type"`
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

func TestClientEntries(t *testing.T) {
	t.Parallel()
	stdio := func(kind, command, name string) entry {
		return entry{Type: kind, Command: command, Args: []string{"stdio", "--profile", name}}
	}
	http := func(url, key string) entry {
		return entry{Type: "http", URL: url, Headers: map[string]string{"Authorization": "Bearer " + key}}
	}
	for _, row := range []struct {
		file, key string
		want      map[string]entry
		inputs    []map[string]any
	}{
		{"claude-desktop.json", "mcpServers", map[string]entry{
			"microsoft": stdio("", "/usr/local/bin/microsoft-mcp-server", "contoso"),
		}, nil},
		{"claude-code.mcp.json", "mcpServers", map[string]entry{
			"microsoft":      stdio("stdio", "microsoft-mcp-server", "${MICROSOFT_MCP_PROFILE:-contoso}"),
			"microsoft-http": http("${MICROSOFT_MCP_URL:-http://127.0.0.1:8080/mcp}", "${MICROSOFT_MCP_KEY}"),
		}, nil},
		{"vscode-mcp.json", "servers", map[string]entry{
			"microsoft":      stdio("stdio", "microsoft-mcp-server", "contoso"),
			"microsoft-http": http("http://127.0.0.1:8080/mcp", "${input:microsoft-mcp-key}"),
		}, []map[string]any{{"type": "promptString", "id": "microsoft-mcp-key", "description": "API key of the Microsoft MCP server", "password": true}}},
	} {
		var top map[string]json.RawMessage
		if err := json.Unmarshal([]byte(readText(t, "configs/"+row.file)), &top); err != nil {
			t.Fatalf("%s: %v", row.file, err)
		}
		var got map[string]entry
		if err := strictly(top[row.key], &got); err != nil {
			t.Errorf("%s: %s: %v", row.file, row.key, err)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.file, diff)
		}
		var inputs []map[string]any
		if top["inputs"] != nil {
			if err := strictly(top["inputs"], &inputs); err != nil {
				t.Errorf("%s: inputs: %v", row.file, err)
			}
		}
		if diff := cmp.Diff(row.inputs, inputs); diff != "" {
			t.Errorf("%s: inputs (-want +got)\n%s", row.file, diff)
		}
		delete(top, row.key)
		delete(top, "inputs")
		if len(top) != 0 {
			t.Errorf("%s: more keys than the client knows: %v", row.file, slices.Sorted(maps.Keys(top)))
		}
	}
}

func strictly(data []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
