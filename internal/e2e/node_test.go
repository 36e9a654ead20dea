package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The programs inside the folder of JavaScript packages.
const (
	inspectorProgram   = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
	conformanceProgram = "node_modules/@modelcontextprotocol/conformance/dist/index.js"
)

// nodeFolder finds the folder where the JavaScript packages are installed: E2E_NODE, else where scripts/test
// puts them. It skips the test when there is none.
func nodeFolder(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("E2E_NODE")
	if folder == "" {
		folder = filepath.Join("..", "..", ".cache", "node")
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{inspectorProgram, conformanceProgram} {
		if _, err := os.Stat(filepath.Join(folder, program)); err != nil {
			needOrSkip(t, "no JavaScript packages in %s: run scripts/test once, or set E2E_NODE", folder)
		}
	}
	return folder
}

// nodeProgram finds node: the one that scripts/test installed beside the packages, else the machine's.
func nodeProgram(t *testing.T, folder string) string {
	t.Helper()
	name := "node"
	if runtime.GOOS == "windows" {
		name = "node.exe"
	}
	installed := filepath.Join(folder, "runtime", "node_modules", "node", "bin", name)
	if _, err := os.Stat(installed); err == nil {
		return installed
	}
	found, err := exec.LookPath("node")
	if err != nil {
		needOrSkip(t, "no node on this machine: install Node.js 22.19 or newer")
	}
	return found
}

// A nodeRun is a JavaScript program about to be run.
type nodeRun struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
}

// node prepares a program of the packages' folder.
func node(t *testing.T, program string, args ...string) *nodeRun {
	t.Helper()
	folder := nodeFolder(t)
	r := &nodeRun{cmd: exec.CommandContext(within(t), nodeProgram(t, folder),
		append([]string{filepath.Join(folder, filepath.FromSlash(program))}, args...)...)}
	r.cmd.Env = environment(t, "NO_COLOR=1", "MCP_INSPECTOR_SECRET_STORE=memory")
	r.cmd.Dir = t.TempDir()
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	return r
}

// run returns the exit code; a program that cannot be run at all ends the test.
func (r *nodeRun) run(t *testing.T) int {
	t.Helper()
	err := r.cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("running %s: %v\n%s", r.cmd.Args[1], err, r.stderr.String())
	}
	return r.cmd.ProcessState.ExitCode()
}

// typeScript runs a script of testdata with the official TypeScript client on the target, and decodes the JSON
// that it prints. during, where given, is called while the script runs; its send writes a line to the script's
// standard input.
func typeScript(t *testing.T, script string, g target, params, result any, during func(send func())) {
	t.Helper()
	r := node(t, placeScripts(t)+"/"+script)
	request, err := json.Marshal(map[string]any{"target": g, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	r.cmd.Env = append(r.cmd.Env, "E2E_REQUEST="+string(request))
	stdin, err := r.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if during != nil {
		during(func() { _, _ = io.WriteString(stdin, "go\n") })
	}
	if err := r.cmd.Wait(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, r.stderr.String())
	}
	if err := json.Unmarshal(r.stdout.Bytes(), result); err != nil {
		t.Fatalf("%s printed no JSON: %v\n%s", script, err, r.stdout.String())
	}
}

// placeScripts copies testdata's scripts below the packages' folder, because node looks for imports from the
// importing file upwards. It returns the place, relative to that folder.
func placeScripts(t *testing.T) string {
	t.Helper()
	folder := nodeFolder(t)
	place, err := os.MkdirTemp(folder, "scripts-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(place) })
	scripts, err := filepath.Glob(filepath.Join("testdata", "*.mjs"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts in testdata: %v", err)
	}
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err == nil {
			err = os.WriteFile(filepath.Join(place, filepath.Base(script)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return strings.TrimPrefix(filepath.ToSlash(place), filepath.ToSlash(folder)+"/")
}
