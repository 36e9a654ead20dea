package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// desktop is a person's machine: a home folder, a session bus, and a real keyring in it that is unlocked with the
// log-in. Everything that the tests know to be secret is looked for in it at the end.
type desktop struct {
	t       *testing.T
	home    string
	runtime string
	temp    string
	bin     string // first in PATH: holds the stand-in for the browser's starter
	address string // of the session bus
	stops   []func()

	mu      sync.Mutex // guards what follows
	outputs []*process // of all programs that ran
	texts   []string   // what else was shown
	argv    map[string]bool
}

// newDesktop logs a person in to a machine of their own.
func newDesktop(t *testing.T) *desktop {
	t.Helper()
	for _, program := range []string{"dbus-daemon", "gnome-keyring-daemon", "secret-tool"} {
		if _, err := exec.LookPath(program); err != nil {
			needOrSkip(t, "%s is missing: install dbus, gnome-keyring and libsecret-tools", program)
		}
	}
	// Not t.TempDir: sockets have short names.
	root, err := os.MkdirTemp("", "desk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	d := &desktop{t: t, home: filepath.Join(root, "home"), runtime: filepath.Join(root, "run"), temp: filepath.Join(root, "tmp"), bin: filepath.Join(root, "bin"),
		argv: map[string]bool{}}
	for _, folder := range []string{d.home, d.runtime, d.temp, d.bin} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d.logIn()
	t.Cleanup(d.logOut)
	d.watchProcesses()
	return d
}

// logIn starts the session: the bus, and the keyring with the person's password.
func (d *desktop) logIn() {
	d.t.Helper()
	d.openBus()
	d.openKeyring()
}

// openBus starts the session bus, with more arguments.
func (d *desktop) openBus(more ...string) {
	d.t.Helper()
	bus := exec.Command("dbus-daemon", append([]string{"--session", "--nofork", "--print-address"}, more...)...)
	bus.Env = d.env()
	out, err := bus.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	d.launch(bus)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		d.t.Fatalf("the session bus says no address: %v", err)
	}
	d.address = strings.TrimSpace(line)
}

// openKeyring starts the keyring, in the place of one that is there, with the person's password.
func (d *desktop) openKeyring() {
	d.t.Helper()
	owned := d.awaitKeyring()
	keyring := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets", "--replace")
	keyring.Env = d.env()
	keyring.Stdin = strings.NewReader("the person's password")
	d.launch(keyring)
	owned()
}

// launch starts a service that ends with the session.
func (d *desktop) launch(cmd *exec.Cmd) {
	d.t.Helper()
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.stops = append(d.stops, func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// awaitKeyring begins to watch the bus, and returns what waits until the keyring is there. Whoever asked earlier
// would have the bus start a second one, a locked one.
func (d *desktop) awaitKeyring() (wait func()) {
	d.t.Helper()
	conn, err := dbus.Connect(d.address)
	if err != nil {
		d.t.Fatalf("connecting to the session bus: %v", err)
	}
	const name = "org.freedesktop.secrets"
	changes := make(chan *dbus.Signal, 16)
	conn.Signal(changes)
	if err := conn.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name)); err != nil {
		d.t.Fatal(err)
	}
	return func() {
		defer conn.Close()
		select {
		case <-changes:
		case <-within(d.t).Done():
			d.t.Fatal("the keyring does not come up")
		}
	}
}

// logOut ends the session and every process of it.
func (d *desktop) logOut() {
	for i := len(d.stops) - 1; i >= 0; i-- {
		d.stops[i]()
	}
	d.stops = nil
}

// restart is the machine's restart: only what rests on disk stays.
func (d *desktop) restart() {
	d.t.Helper()
	d.logOut()
	entries, err := os.ReadDir(d.runtime)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(d.runtime, entry.Name())); err != nil {
			d.t.Fatal(err)
		}
	}
	d.logIn()
}

// env is what programs of the session get.
func (d *desktop) env(pairs ...string) []string {
	env := []string{"HOME=" + d.home, "XDG_RUNTIME_DIR=" + d.runtime, "TMPDIR=" + d.temp, "LANG=C.UTF-8",
		"PATH=" + d.bin + string(os.PathListSeparator) + os.Getenv("PATH")}
	if d.address != "" {
		env = append(env, "DBUS_SESSION_BUS_ADDRESS="+d.address)
	}
	return append(env, pairs...)
}

// run starts the binary in the session.
func (d *desktop) run(pairs []string, args ...string) *process {
	d.t.Helper()
	p := start(d.t, d.env(pairs...), append(args, "--log-level", "debug")...)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.outputs = append(d.outputs, p)
	return p
}

// done runs the binary to its end, which has to be a good one, and returns its standard output.
func (d *desktop) done(stdin string, args ...string) string {
	d.t.Helper()
	p := d.run(nil, args...)
	p.send(d.t, stdin)
	if err := p.stdin.Close(); err != nil {
		d.t.Fatal(err)
	}
	if code := p.exitCode(d.t); code != 0 {
		d.t.Fatalf("%v: exit code %d\n%s\n%s", args, code, p.stdout, p.stderr)
	}
	return p.stdout.String()
}

// kept returns what the keyring holds under the product's name.
func (d *desktop) kept() string {
	d.t.Helper()
	search := exec.CommandContext(within(d.t), "secret-tool", "search", "--all", "service", "microsoft-mcp-server")
	search.Env = d.env()
	out, err := search.CombinedOutput()
	if err != nil && len(out) > 0 {
		d.t.Fatalf("secret-tool: %v: %s", err, out)
	}
	return string(out)
}

// files returns the content of every file of the machine by its path, except for the keyring's and for what the
// browser keeps of the pages it has seen.
func (d *desktop) files() map[string]string {
	d.t.Helper()
	found := map[string]string{}
	for _, root := range []string{d.home, d.runtime, d.temp} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case os.IsNotExist(err):
				return nil // a lock that was just given back
			case err != nil || !entry.Type().IsRegular():
				return err
			}
			content, err := os.ReadFile(path)
			if os.IsNotExist(err) {
				return nil
			}
			found[path] = string(content)
			return err
		})
		if err != nil {
			d.t.Fatal(err)
		}
	}
	return found
}

// watchProcesses notes the command lines of all processes for as long as the test runs.
func (d *desktop) watchProcesses() {
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() {
		often := time.NewTicker(5 * time.Millisecond)
		defer often.Stop()
		for ctx.Err() == nil {
			<-often.C
			lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
			if err != nil {
				return
			}
			for _, line := range lines {
				raw, err := os.ReadFile(line)
				if err == nil && len(raw) > 0 {
					d.mu.Lock()
					d.argv[string(raw)] = true
					d.mu.Unlock()
				}
			}
		}
	})
	d.t.Cleanup(func() {
		cancel()
		watching.Wait()
	})
}

// checkSecrecy fails where one of the secrets can be seen: in what any program wrote, in a file, in a command line.
// A page that a person sees may show none either.
func (d *desktop) checkSecrecy(secrets []string) {
	d.t.Helper()
	places := map[string]string{}
	for path, content := range d.files() {
		places["the file "+path] = content
	}
	d.mu.Lock()
	for _, p := range d.outputs {
		name := fmt.Sprint(p.cmd.Args[1:])
		places["standard output of "+name] = p.stdout.String()
		places["standard error of "+name] = p.stderr.String()
	}
	for i, text := range d.texts {
		places[fmt.Sprintf("page %d", i)] = text
	}
	for line := range d.argv {
		places["a command line, "+strings.SplitN(line, "\x00", 2)[0]] += line
	}
	programs, lines := len(d.outputs), len(d.argv)
	d.mu.Unlock()
	if len(secrets) == 0 || programs == 0 || lines == 0 {
		d.t.Errorf("there is nothing to look for, or nowhere: %d secrets, %d programs, %d command lines", len(secrets), programs, lines)
	}
	for place, text := range places {
		for i, s := range secrets {
			if len(s) >= 8 && strings.Contains(text, s) {
				d.t.Errorf("secret %d (%d characters) is in %s", i, len(s), place)
			}
		}
	}
}

// checkArguments fails where text stood in a command line, which everybody on the machine can read.
func (d *desktop) checkArguments(text string) {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for line := range d.argv {
		if strings.Contains(line, text) {
			d.t.Errorf("%q is in a command line, %s", text, strings.SplitN(line, "\x00", 2)[0])
		}
	}
}
