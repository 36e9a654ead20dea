// Package check holds the files in configs/ against the programs and types that read them: Kubernetes' own API types,
// the compose specification's loader, BuildKit's parser of Containerfiles, and Caddy, nginx, Prometheus and systemd
// themselves where they are installed. It is a module of its own so that the product depends on none of them.
package check

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// run runs a program that is part of what is checked, and fails the test with what it said.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	said, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, said)
	}
	return string(said)
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestCompose(t *testing.T) {
	t.Parallel()
	options, err := cli.NewProjectOptions([]string{"../compose.yaml"}, cli.WithWorkingDirectory("../.."), cli.WithEnv([]string{"MCP_HOST=mcp.example.com"}))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, service := range project.Services {
		if !slices.Contains(service.CapDrop, "ALL") || !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s keeps capabilities", name)
		}
		if len(service.Ports) > 0 && name != "caddy" {
			t.Errorf("%s is published beside the proxy", name)
		}
		for _, secret := range service.Secrets {
			if _, known := project.Secrets[secret.Source]; !known {
				t.Errorf("%s uses the secret %s, which is not there", name, secret.Source)
			}
		}
		for key, value := range service.Environment {
			if value != nil && strings.Contains(strings.ToLower(key), "secret") {
				t.Errorf("%s has %s in its environment", name, key)
			}
		}
	}
	server := project.Services["server"]
	if server.GetScale() < 2 || !server.ReadOnly || server.User != "65532:65532" {
		t.Errorf("the server: %d replicas, read-only %v, user %q", server.GetScale(), server.ReadOnly, server.User)
	}
	if !project.Networks["back"].Internal {
		t.Error("Redis can be reached from, or reach, the outside")
	}
}

func TestContainerfile(t *testing.T) {
	t.Parallel()
	parsed, err := parser.Parse(bytes.NewReader(read(t, "Containerfile")))
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range parsed.Warnings {
		t.Errorf("%v", warning.Short)
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	last := stages[len(stages)-1]
	if !strings.Contains(last.BaseName, "distroless/static") || !strings.HasSuffix(last.BaseName, ":nonroot") {
		t.Errorf("the image is built on %s", last.BaseName)
	}
	user := ""
	for _, command := range last.Commands {
		switch c := command.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.RunCommand:
			t.Errorf("the last stage runs something: there is no shell in it")
		case *instructions.CopyCommand:
			if c.From == "" {
				t.Errorf("the last stage takes %v from the build context", c.SourcePaths)
			}
		}
	}
	if user != "65532:65532" {
		t.Errorf("the image runs as %q", user)
	}
}

func TestCaddy(t *testing.T) {
	t.Parallel()
	run(t, "caddy", "validate", "--config", "../Caddyfile", "--adapter", "caddyfile")
	if formatted := run(t, "caddy", "fmt", "../Caddyfile"); formatted != string(read(t, "Caddyfile")) {
		t.Error("Caddyfile is not formatted: caddy fmt --overwrite Caddyfile")
	}
}

func TestNginx(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate, key := selfSigned(t, dir)
	site := strings.NewReplacer("/etc/ssl/certs/mcp.example.com.pem", certificate, "/etc/ssl/private/mcp.example.com.key", key,
		"/var/log/nginx", dir, "listen 80;", "listen unix:"+dir+"/plain;", "listen 443 ssl http2;", "listen unix:"+dir+"/tls ssl http2;").Replace(string(read(t, "nginx.conf")))
	write(t, filepath.Join(dir, "site.conf"), site)
	main := filepath.Join(dir, "nginx.conf")
	write(t, main, "pid "+dir+"/pid;\nerror_log "+dir+"/error.log;\nevents {}\nhttp {\n"+temporary(dir)+"include "+dir+"/site.conf;\n}\n")
	run(t, "nginx", "-t", "-q", "-p", dir, "-c", main)
}

// temporary lets nginx check its folders without the right to make the system's.
func temporary(dir string) string {
	var b strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		b.WriteString(kind + "_temp_path " + dir + "/" + kind + ";\n")
	}
	return b.String()
}

func TestPrometheus(t *testing.T) {
	t.Parallel()
	run(t, "promtool", "check", "rules", "../prometheus-alerts.yml")
	run(t, "promtool", "test", "rules", "testdata/prometheus-alerts_test.yml")
}

func TestSystemd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "microsoft-mcp-server")
	write(t, binary, "#!/bin/sh\n")
	if err := os.Chmod(binary, 0o700); err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(dir, "microsoft-mcp-server.service")
	write(t, unit, strings.ReplaceAll(string(read(t, "microsoft-mcp-server.service")), "/usr/local/bin/microsoft-mcp-server", binary))
	if said := run(t, "systemd-analyze", "verify", "--man=no", unit); strings.Contains(said, "microsoft-mcp-server.service:") {
		t.Error(said)
	}
	// Of ten, ten being the worst; the rest is the network, which the server is for.
	run(t, "systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// documents splits a file of several.
func documents(text []byte) ([][]byte, error) {
	var all [][]byte
	for _, part := range bytes.Split(text, []byte("\n---\n")) {
		if len(bytes.TrimSpace(part)) > 0 {
			all = append(all, part)
		}
	}
	if len(all) == 0 {
		return nil, errors.Join(errors.New("there is nothing in it"), io.ErrUnexpectedEOF)
	}
	return all, nil
}
