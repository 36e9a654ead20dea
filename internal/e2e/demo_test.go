package e2e

import (
	"regexp"
	"strings"
	"testing"
)

// demo --once shows one real exchange and ends.
func TestDemoOnce(t *testing.T) {
	t.Parallel()
	p := start(t, environment(t), "demo", "--once")
	if code := p.exitCode(t); code != 0 {
		t.Fatalf("demo --once ends with %d:\n%s\n%s", code, p.stdout, p.stderr)
	}
	for _, want := range []string{"microsoft_graph", "/users", "displayName"} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("demo --once does not show %q:\n%s", want, p.stdout)
		}
	}
}

var keyPattern = regexp.MustCompile(`Bearer ([A-Za-z0-9_-]{16,})`)

// demo serves, and what it prints is enough for a client to connect.
func TestDemoServes(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	p := start(t, environment(t), "demo", "--listen", "127.0.0.1:0")
	url := p.stdout.wait(t, "address of the endpoint", endpointPattern.MatchString)
	g := target{URL: endpointPattern.FindString(url)}
	if found := keyPattern.FindStringSubmatch(p.stdout.String()); found != nil {
		g.Key = found[1]
	}
	for _, era := range []string{legacy, modern} {
		g.Era = era
		got := inspectGraph(t, g, inspectorDone, goodPath)
		if n := strings.Count(got.text(), `"displayName"`); got.IsError || n != 2 {
			t.Errorf("%s: isError %v and %d users:\n%s", era, got.IsError, n, got.text())
		}
	}
}

// demo --stdio is a stdio server like any other.
func TestDemoStdio(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	home := t.TempDir()
	for _, era := range []string{legacy, modern} {
		t.Run(era, func(t *testing.T) {
			t.Parallel()
			g := target{Era: era, Command: binary, Args: []string{"demo", "--stdio"}, Env: map[string]string{"HOME": home}}
			var list toolList
			inspect(t, g, inspectorDone, &list, "--method", "tools/list")
			checkTools(t, list)
			if got := inspectGraph(t, g, inspectorDone, goodPath); got.IsError {
				t.Errorf("tool error:\n%s", got.text())
			}
		})
	}
	p := start(t, environment(t), "demo", "--stdio")
	p.send(t, initializeFrame, callFrame(t, 2, goodPath))
	p.stdin.Close()
	if code := p.exitCode(t); code != 0 {
		t.Errorf("the process ends with %d", code)
	}
	if got := p.tool(t, 2); got.IsError {
		t.Errorf("tool error:\n%s", got.text())
	}
	p.checkPure(t)
}
