//go:build unix

package cli_test

import (
	"context"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/sapientsai/microsoft-mcp-server/internal/cli"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// sitter sits at a terminal and types each answer when it is asked for.
type sitter struct {
	ours, theirs *os.File
	mu           sync.Mutex // guards what follows
	shown        strings.Builder
	seen         int // how far it has been looked at
	more         *sync.Cond
}

func newSitter(t *testing.T) *sitter {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	ty := &sitter{ours: ours, theirs: theirs}
	ty.more = sync.NewCond(&ty.mu)
	if err := pty.Setsize(ours, &pty.Winsize{Rows: 40, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		buffer := make([]byte, 4096)
		for {
			n, err := ours.Read(buffer)
			ty.mu.Lock()
			ty.shown.Write(buffer[:n])
			ty.more.Broadcast()
			ty.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	t.Cleanup(func() {
		theirs.Close()
		reading.Wait()
		ours.Close()
	})
	return ty
}

// awaits waits until a text is shown, of which nothing was waited for before.
func (ty *sitter) awaits(text string) {
	ty.mu.Lock()
	defer ty.mu.Unlock()
	for {
		if at := strings.Index(ty.shown.String()[ty.seen:], text); at >= 0 {
			ty.seen += at + len(text)
			return
		}
		ty.more.Wait()
	}
}

func (ty *sitter) types(t *testing.T, after, keys string) {
	t.Helper()
	ty.awaits(after)
	ty.awaits("> ")
	if _, err := io.WriteString(ty.ours, keys); err != nil {
		t.Error(err)
	}
}

func (ty *sitter) all() string {
	ty.mu.Lock()
	defer ty.mu.Unlock()
	return ty.shown.String()
}

// A person types at a real terminal: corrects a line, sees no secret, and stops with Ctrl-C; the terminal is as it was.
func TestSetupAtATerminal(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{"that redraws": "xterm-256color", "that does not": "dumb"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, tenant, cloud := newcomer(t)
			m.env["TERM"] = kind
			if kind == "dumb" {
				m.env["NO_COLOR"] = "1"
			}
			ty := newSitter(t)
			before, err := term.GetState(int(ty.theirs.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan int, 1)
			run := func() {
				ended <- cli.Main(t.Context(), m.around(ty.theirs, ty.theirs, ty.theirs, setupArgs(cloud, "--server", "--read-only")...))
			}
			go run()
			ty.types(t, "Which tenant?", "x\x7f"+sandbox.TenantID+"\r") // a mistake, and back over it
			ty.types(t, "What is it to reach?", "\r")
			ty.types(t, "prove itself with?", "\r")
			if kind == "dumb" {
				ty.types(t, "Where does the secret rest?", "\x04") // the end of input: Ctrl-C would be for the whole test
			} else {
				ty.types(t, "Where does the secret rest?", "\x03")
			}
			if code := <-ended; code != 1 {
				t.Errorf("stopped: got code %d", code)
			}
			if after, err := term.GetState(int(ty.theirs.Fd())); err != nil || *after != *before {
				t.Errorf("the terminal is left in another state: %v", err)
			}
			go run()
			ty.types(t, "was stopped", "\r")
			ty.types(t, "Where does the secret rest?", "\r")
			ty.types(t, "An app registration is needed", "have\r")
			ty.types(t, "client) ID?", sandbox.ClientID+"\r")
			ty.types(t, "be called?", "app\r")
			ty.types(t, "Write this profile?", "\r")
			ty.types(t, "The client secret of app", tenant.ClientSecret()+"\r")
			ty.types(t, "Which MCP clients", "none\r")
			if code := <-ended; code != 0 {
				t.Errorf("got code %d", code)
			}
			ty.awaits("doctor app")
			shown := ty.all()
			if strings.Contains(shown, tenant.ClientSecret()) || !strings.Contains(shown, "stopped; what was answered is kept") {
				t.Errorf("shown is %s", shown)
			}
			if coloured := strings.Contains(shown, "\x1b[1;34m"); coloured != (kind != "dumb") || kind == "dumb" && strings.Contains(shown, "\x1b") {
				t.Errorf("colours: %t in %q", coloured, shown)
			}
		})
	}
}

// A secret is being asked for when the program is told to end: whoever sits there sees again what they type.
func TestEchoComesBack(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{"secret set": "", "setup that redraws": "xterm-256color", "setup that does not": "dumb"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, _, cloud := newcomer(t)
			m.env["TERM"] = kind
			app := append(cloud, "--tenant", sandbox.TenantID, "--client-id", sandbox.ClientID, "--secret-from", "keyring")
			args, question := setupArgs(app, "--server", "--read-only", "--for", "directory", "--name", "app"), "The client secret of app"
			if kind == "" {
				if code, out, errs := m.run(t, "", append([]string{"profile", "add", "app", "--auth-mode", "clientCredentials"}, app...)...); code != 0 {
					t.Fatalf("got code %d, %s%s", code, out, errs)
				}
				args, question = []string{"secret", "set", "app"}, "it is not shown"
			}
			ty := newSitter(t)
			terminal := int(ty.theirs.Fd())
			before, err := term.GetState(terminal)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context()) // as by a signal, which would be for the whole test
			ended := make(chan int, 1)
			go func() { ended <- cli.Main(ctx, m.around(ty.theirs, ty.theirs, ty.theirs, args...)) }()
			if kind != "" {
				ty.types(t, "Write this profile?", "\r")
			}
			ty.awaits(question)
			for hidden := false; !hidden; runtime.Gosched() {
				now, err := term.GetState(terminal)
				if err != nil {
					t.Fatal(err)
				}
				hidden = *now != *before
			}
			cancel()
			defer io.WriteString(ty.ours, "\r") // for the read that cannot be taken back, and holds the terminal open
			if code := <-ended; code != 1 {
				t.Errorf("got code %d", code)
			}
			if after, err := term.GetState(terminal); err != nil || *after != *before {
				t.Errorf("the terminal is left in another state: %v", err)
			}
			if kind == "" {
				ty.awaits("cancelled")
			}
		})
	}
}
