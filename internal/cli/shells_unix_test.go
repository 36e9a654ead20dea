//go:build unix

package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// typist types into a shell that runs on a terminal.
type typist struct {
	terminal *os.File
	heard    chan []byte
	soFar    []byte
}

// startShell starts a shell that finds this program by its name, and has read its completion script.
func startShell(t *testing.T, load string, command ...string) *typist {
	t.Helper()
	program, err := exec.LookPath(command[0])
	if err != nil {
		t.Skipf("no %s here", command[0])
	}
	home := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(home, "microsoft-mcp-server")); err != nil { // testscript.Main makes it the program
		t.Fatal(err)
	}
	config := filepath.Join(home, "config.toml")
	text := "default_profile = \"contoso\"\n[profiles.contoso]\nclient_id = \"" + appID + "\"\n[profiles.fabrikam]\nclient_id = \"" + appID + "\"\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	shell := exec.Command(program, command[1:]...)
	shell.Dir = home
	shell.Env = []string{"HOME=" + home, "PATH=" + home + ":" + os.Getenv("PATH"), "TERM=xterm", "MICROSOFT_MCP_CONFIG=" + config, "XDG_CONFIG_HOME=" + home, "XDG_DATA_HOME=" + home, "LC_ALL=C.UTF-8"}
	terminal, err := pty.StartWithSize(shell, &pty.Winsize{Rows: 50, Cols: 250})
	if err != nil {
		t.Fatal(err)
	}
	w := &typist{terminal: terminal, heard: make(chan []byte)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(w.heard)
		for {
			piece := make([]byte, 4096)
			n, err := terminal.Read(piece)
			if err != nil {
				return
			}
			w.heard <- piece[:n]
		}
	}()
	t.Cleanup(func() {
		_ = shell.Process.Kill()
		_ = shell.Wait()
		_ = terminal.Close()
		for range w.heard { // the reader is waited for
		}
		<-ended
	})
	w.types(t, load+"\n")
	w.types(t, "echo lo''aded\n")
	w.awaits(t, "loaded\r\n")
	return w
}

func (w *typist) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := w.terminal.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// awaits waits until the shell has written a text, and returns what stands before it.
func (w *typist) awaits(t *testing.T, text string) string {
	t.Helper()
	late := time.After(time.Minute)
	for {
		if before, after, found := bytes.Cut(w.soFar, []byte(text)); found {
			w.soFar = after
			return string(before)
		}
		select {
		case piece, open := <-w.heard:
			if !open {
				t.Fatalf("the shell has ended; it wrote %q", w.soFar)
			}
			w.soFar = append(w.soFar, piece...)
		case <-late:
			t.Fatalf("the shell never wrote %q, but %q", text, w.soFar)
		}
	}
}

// completed returns what a line is after the Tab key. The line is then not run, but made an argument of echo.
func (w *typist) completed(t *testing.T, line string) string {
	t.Helper()
	w.types(t, line+"\t\x01echo '<'\\''<' '\x05' '>'\\''>'\n")
	w.awaits(t, "<'< ")
	return strings.TrimRight(w.awaits(t, ">'>\r\n"), " ")
}

// The shells that people type in complete commands, profiles, tools, what those take, and the values of flags.
func TestShellsComplete(t *testing.T) {
	t.Parallel()
	for name, shell := range map[string]struct {
		load    string
		command []string
	}{
		"bash": {". /usr/share/bash-completion/bash_completion; . <(microsoft-mcp-server completion bash)", []string{"bash", "--norc", "--noprofile", "-i"}},
		"zsh":  {"autoload -U compinit; compinit -u; . <(microsoft-mcp-server completion zsh)", []string{"zsh", "-f", "-i"}},
		"fish": {"microsoft-mcp-server completion fish | source", []string{"fish", "--private", "-i"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat("/usr/share/bash-completion/bash_completion"); name == "bash" && err != nil {
				t.Skip("no bash-completion here")
			}
			w := startShell(t, shell.load, shell.command...)
			for line, want := range map[string]string{
				"microsoft-mcp-server too":                               "tools",
				"microsoft-mcp-server call find":                         "call find_graph_api",
				"microsoft-mcp-server tools read_d":                      "tools read_document",
				"microsoft-mcp-server call find_graph_api que":           "find_graph_api query=",
				"microsoft-mcp-server call find_graph_api query=calen":   "query=calendar",
				"microsoft-mcp-server call microsoft_graph apiVersion=":  "apiVersion=", // there are two
				"microsoft-mcp-server call microsoft_graph apiVersion=b": "apiVersion=beta",
				"microsoft-mcp-server call upload":                       "call upload", // not for a profile that only reads
				"microsoft-mcp-server call get_auth_status --output ta":  "--output table",
				"microsoft-mcp-server status --color=al":                 "--color=always",
				"microsoft-mcp-server login fab":                         "login fabrikam",
				"microsoft-mcp-server stdio --profile con":               "--profile contoso",
			} {
				if got := w.completed(t, line); !strings.HasSuffix(got, want) {
					t.Errorf("%s: got %q, want … %q", line, got, want)
				}
			}
		})
	}
}

// PowerShell is seldom here: its script is known to ask the program, as the others do.
func TestPowerShellCompletes(t *testing.T) {
	t.Parallel()
	_, script, _ := newMachine(t).run(t, "", "completion", "powershell")
	for _, want := range []string{"Register-ArgumentCompleter -CommandName 'microsoft-mcp-server'", "__complete", "CompletionResult"} {
		if !strings.Contains(script, want) {
			t.Errorf("the script lacks %q", want)
		}
	}
}
