package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	apiv0 "github.com/modelcontextprotocol/registry/pkg/api/v0"
	"github.com/modelcontextprotocol/registry/pkg/model"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// filled is a manifest of a release for every system, with checksums that are made up.
func filled(t *testing.T, name string) []byte {
	t.Helper()
	values := map[string]string{"VERSION": "0.0.1", "SHA256_BUNDLE": sha256Of([]byte("bundle"))}
	for _, target := range allTargets() {
		values["SHA256_"+strings.ToUpper(strings.ReplaceAll(target, "/", "_"))] = sha256Of([]byte(target))
	}
	text, err := templates.ReadFile("templates/" + name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := fill(text, values)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// downloads are the files that a manifest names below the release's page.
var downloads = regexp.MustCompile(`https://github\.com/sapientsai/microsoft-mcp-server/releases/download/v0\.0\.1/([^"]+)`)

// checkDownloads: each file is one that a release has, with the checksum that follows it.
func checkDownloads(t *testing.T, text []byte, want int) {
	t.Helper()
	r := &release{options: options{version: "0.0.1"}}
	sums := map[string]string{r.bundleName(): sha256Of([]byte("bundle"))}
	for _, name := range allTargets() {
		to, err := parseTarget(name)
		if err != nil {
			t.Fatal(err)
		}
		suffix := ".tar.gz"
		if to.os == "windows" {
			suffix = ".zip"
		}
		sums[r.artifact(to, suffix)] = sha256Of([]byte(name))
	}
	found := downloads.FindAllSubmatchIndex(text, -1)
	if len(found) != want {
		t.Errorf("it names %d files, and not %d", len(found), want)
	}
	for _, at := range found {
		name, after := string(text[at[2]:at[3]]), text[at[3]:min(at[3]+200, len(text))]
		sum, known := sums[name]
		if !known {
			t.Errorf("no release has %s", name)
		} else if !bytes.Contains(after, []byte(sum)) {
			t.Errorf("%s has another checksum", name)
		}
	}
}

// TestRegistryEntry holds server.json against the registry's own schema and types, and against those of its rules that it
// checks when something is published.
func TestRegistryEntry(t *testing.T) {
	t.Parallel()
	text := filled(t, "server.json")
	folder := say(t, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/modelcontextprotocol/registry")
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(folder, "internal/validators/schemas/2025-12-11.json"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(document); err != nil {
		t.Error(err)
	}
	var entry apiv0.ServerJSON
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&entry); err != nil {
		t.Fatal(err)
	}
	if entry.Schema != model.CurrentSchemaURL {
		t.Errorf("the registry now wants %s", model.CurrentSchemaURL)
	}
	for _, p := range entry.Packages {
		bundle := p.RegistryType == model.RegistryTypeMCPB
		if p.RegistryBaseURL != "" || bundle != (p.FileSHA256 != "") || bundle != (p.Version != "") || p.Transport.Type != model.TransportTypeStdio {
			t.Errorf("%s has fields that the registry refuses: %+v", p.RegistryType, p)
		}
		for _, v := range p.EnvironmentVariables {
			if strings.Contains(v.Name, "SECRET") != v.IsSecret {
				t.Errorf("%s: isSecret %v", v.Name, v.IsSecret)
			}
		}
	}
	checkDownloads(t, text, 1)
	for _, name := range []string{"Containerfile", "../configs/Containerfile"} {
		if label := `io.modelcontextprotocol.server.name="` + entry.Name + `"`; !strings.Contains(read(t, name), label) {
			t.Errorf("%s lacks the label %s, by which the registry knows whose image it is", name, label)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

func TestFormula(t *testing.T) {
	t.Parallel()
	text := filled(t, "homebrew.rb")
	checkDownloads(t, text, 4)
	at := filepath.Join(t.TempDir(), product+".rb")
	if err := os.WriteFile(at, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if said := say(t, "ruby", "-wc", at); said != "Syntax OK" {
		t.Error(said)
	}
}

// scoop is what Scoop's schema allows, as far as it is used.
type scoop struct {
	Comment      string `json:"##"`
	Version      string `json:"version"`
	Description  string `json:"description"`
	Homepage     string `json:"homepage"`
	License      string `json:"license"`
	Architecture map[string]struct {
		URL        string `json:"url"`
		Hash       string `json:"hash"`
		ExtractDir string `json:"extract_dir"`
	} `json:"architecture"`
	Bin        string            `json:"bin"`
	Checkver   map[string]string `json:"checkver"`
	Autoupdate struct {
		Architecture map[string]struct {
			URL        string `json:"url"`
			ExtractDir string `json:"extract_dir"`
		} `json:"architecture"`
		Hash struct {
			URL string `json:"url"`
		} `json:"hash"`
	} `json:"autoupdate"`
}

func TestScoop(t *testing.T) {
	t.Parallel()
	text := filled(t, "scoop.json")
	checkDownloads(t, text, 2)
	var got scoop
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&got); err != nil {
		t.Fatal(err)
	}
	for name, a := range got.Architecture {
		if name != "64bit" && name != "arm64" || !strings.HasSuffix(a.URL, "/"+a.ExtractDir+".zip") || len(a.Hash) != 64 {
			t.Errorf("%s: %+v", name, a)
		}
		update := got.Autoupdate.Architecture[name]
		if strings.ReplaceAll(update.URL, "$version", got.Version) != a.URL || strings.ReplaceAll(update.ExtractDir, "$version", got.Version) != a.ExtractDir {
			t.Errorf("%s is updated from elsewhere: %+v", name, update)
		}
	}
	if !strings.HasSuffix(got.Autoupdate.Hash.URL, "/"+sumsName) || got.Bin != (target{os: "windows"}).program() {
		t.Errorf("%+v", got)
	}
}

// TestExtensionNames: the manifest names files that the extension has, and nothing secret in clear.
func TestExtensionNames(t *testing.T) {
	t.Parallel()
	text := read(t, "bundle/manifest.json")
	for _, name := range []string{"launch.sh", "changes-true.toml", "changes-false.toml"} {
		read(t, "bundle/"+name)
	}
	if strings.Contains(text, "SECRET") || strings.Contains(text, "API_KEY") {
		t.Error("a desktop's extension signs a person in; a secret in it would make it an app")
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	got, err := fill([]byte("@A@ at x@y.z @B_1@"), map[string]string{"A": "1", "B_1": "2"})
	if err != nil || string(got) != "1 at x@y.z 2" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := fill([]byte("@A@ @B@"), map[string]string{"A": "1"}); !errors.Is(err, errUnfilled) || !strings.Contains(err.Error(), "@B@") {
		t.Errorf("a place that stays empty: %v", err)
	}
}
