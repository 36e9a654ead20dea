//go:build unix

package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/sapientsai/microsoft-mcp-server/internal/cli"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal/terminaltest"
)

// pictureColumns is as wide as GitHub shows a picture without shrinking it.
const pictureColumns = 96

// recording is a person at a terminal, and what stands on it.
type recording struct {
	*machine
	page *terminaltest.Page
	tidy *strings.Replacer // of what is another at each run: the folders of a test
}

func record(m *machine) *recording {
	m.env["TERM"] = "xterm-256color"
	return &recording{m, terminaltest.NewPage(pictureColumns), strings.NewReplacer(m.dir, "~/.config", m.env["HOME"], "~")}
}

// signInLine is where the embedded tenant has people sign in, and what leads there; cloudLine tells of it, too.
var signInLine = regexp.MustCompile(`(If none opens, open this address[^\r\n]*)\r\n(\r\n)?https://[^\r\n]*(\r\n)?`)
var cloudLine = regexp.MustCompile(`[^\n]*custom, https://127[^\n]*\n`)

// types runs a command whose flags that lead to the embedded tenant are hidden. Where the program asks, the answers are
// typed, one after the other.
func (r *recording) types(t *testing.T, command string, hidden []string, answers ...string) {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if err := pty.Setsize(ours, &pty.Winsize{Rows: 50, Cols: pictureColumns}); err != nil {
		t.Fatal(err)
	}
	r.page.Write("\x1b[2m$\x1b[0m \x1b[1;34m" + command + "\x1b[0m\r\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read := make(chan string, 1)
	go func() {
		var shown strings.Builder
		for part := make([]byte, 4<<10); ; {
			n, err := ours.Read(part)
			shown.Write(part[:n])
			if asks := strings.HasSuffix(uncoloured(shown.String()), "> "); asks && len(answers) == 0 {
				cancel()
			} else if asks {
				_, _ = ours.WriteString(answers[0] + "\r")
				answers = answers[1:]
			}
			if err != nil { // the other side is closed
				read <- shown.String()
				return
			}
		}
	}()
	cli.Main(ctx, r.around(theirs, theirs, theirs, append(words(command)[1:], hidden...)...))
	if err := theirs.Close(); err != nil {
		t.Fatal(err)
	}
	shown := signInLine.ReplaceAllString(cloudLine.ReplaceAllString(<-read, ""), "$1\r\n\r\nhttps://…")
	r.page.Write(r.tidy.Replace(shown))
}

// words splits a command as a shell does that knows single quotes alone.
func words(command string) (words []string) {
	for i, part := range strings.Split(command, "'") {
		if i%2 == 1 {
			words[len(words)-1] += part
			continue
		}
		fields := strings.Fields(part)
		if i > 0 && !strings.HasPrefix(part, " ") && len(fields) > 0 {
			words[len(words)-1] += fields[0]
			fields = fields[1:]
		}
		words = append(words, fields...)
		if strings.HasSuffix(part, " ") {
			words = append(words, "")
		}
	}
	return words
}

// The pictures of the README show what the program does. With PICTURES in the environment they are made, in that folder
// (scripts/picture); otherwise they are compared with what it does now.
func TestPictures(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("PICTURES")
	for name, draw := range map[string]func(*testing.T) string{"calls.svg": drawCalls, "setup.svg": drawSetup} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			drawn := draw(t)
			if folder != "" {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(drawn), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if kept := newMachine(t).file(t, "..", "..", "docs", name); kept != drawn {
				t.Errorf("docs/%s shows something else than the program: scripts/picture makes it anew", name)
			}
		})
	}
}

func drawCalls(t *testing.T) string {
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	config, err := os.ReadFile(sandboxtest.Profile(t, tenant, "contoso"))
	if err != nil {
		t.Fatal(err)
	}
	m.env["HOME"] = t.TempDir()
	m.env["MICROSOFT_MCP_CONFIG"] = filepath.Join(m.dir, "config.toml")
	readOnly := strings.Replace(string(config), `access = "read-write"`, `access = "read-only"`, 1) + "\n[audit]\nto = \"file\"\nfile = \"audit.log\"\n"
	if err := os.WriteFile(m.env["MICROSOFT_MCP_CONFIG"], []byte(readOnly), 0o600); err != nil {
		t.Fatal(err)
	}
	r := record(m)
	r.types(t, "microsoft-mcp-server call find_graph_api query='who reports to Ada?' limit=1", nil)
	r.page.Write("\r\n")
	r.types(t, "microsoft-mcp-server call microsoft_graph path='/users?$top=3&$select=displayName,jobTitle'", nil)
	r.page.Write("\r\n")
	r.types(t, "microsoft-mcp-server call microsoft_graph method=DELETE path=/users/ada", nil)
	return r.page.SVG("microsoft-mcp-server", "Three calls in a terminal: find_graph_api, a table of users, and a deletion that is refused")
}

func drawSetup(t *testing.T) string {
	m, tenant, cloud := newcomer(t)
	m.person(t, tenant, sandbox.MemberUPN)
	r := record(m)
	r.types(t, "microsoft-mcp-server setup --read-only --for mail,calendar", append(cloud, "--tenant", sandbox.TenantID), "", "have", sandbox.DesktopClientID, "contoso", "", "")
	return r.page.SVG("microsoft-mcp-server setup", "A run of setup in a terminal, from the first question to a client that knows the profile")
}
