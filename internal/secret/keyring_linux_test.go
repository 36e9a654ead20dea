package secret_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// asking is a process that reads a client secret from the real keyring.
type asking struct {
	cmd    *exec.Cmd
	cancel io.Closer // of its context
	out    bytes.Buffer
}

// ask starts one whose environment is env and no more.
func ask(t *testing.T, env ...string) *asking {
	t.Helper()
	a := &asking{cmd: exec.CommandContext(t.Context(), os.Args[0], "play", "keyring")}
	a.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"GORACE=" + os.Getenv("GORACE"),
	}, env...)
	a.cmd.Stdout, a.cmd.Stderr = &a.out, os.Stderr
	stdin, err := a.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	a.cancel = stdin
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return a
}

// want checks that the answer is of the kind, holds the words and has a hint.
func (a *asking) want(t *testing.T, kind string, words ...string) {
	t.Helper()
	if err := a.cmd.Wait(); err != nil {
		t.Fatalf("the process that asks failed: %v", err)
	}
	got := a.out.String()
	if !strings.HasPrefix(got, kind+" // reading contoso/client_secret from the keyring") {
		t.Errorf("got %q, want it %s", got, kind)
	}
	for _, word := range words {
		if !strings.Contains(got, word) {
			t.Errorf("got %q, want it to hold %q", got, word)
		}
	}
	if kind != "cancelled" && strings.HasSuffix(got, " // \n") {
		t.Errorf("got %q, which has no hint", got)
	}
}

// bus starts a session bus on which nothing can be activated, and ends it with
// the test.
func bus(t *testing.T) (address string, kill func()) {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		missing(t, "no dbus-daemon")
	}
	dir, err := os.MkdirTemp("", "bus") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := filepath.Join(dir, "bus.conf")
	err = os.WriteFile(config, []byte(`<busconfig><type>session</type>
<listen>unix:tmpdir=`+dir+`</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	kill = start(t, cmd)
	line := make([]byte, 256)
	n, err := out.Read(line)
	if err != nil {
		t.Fatalf("the bus did not say its address: %v", err)
	}
	return strings.TrimSpace(string(line[:n])), kill
}

// start starts cmd; kill, and the test's end, end it.
func start(t *testing.T, cmd *exec.Cmd) (kill func()) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	return kill
}

func connect(t *testing.T, address string) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// gnomeKeyring starts the real daemon and returns when the bus knows it.
func gnomeKeyring(t *testing.T, address, home, password string) (kill func()) {
	t.Helper()
	if _, err := exec.LookPath("gnome-keyring-daemon"); err != nil {
		missing(t, "no gnome-keyring-daemon")
	}
	conn := connect(t, address)
	if err := conn.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged")); err != nil {
		t.Fatal(err)
	}
	changes := make(chan *dbus.Signal, 64)
	conn.Signal(changes)

	cmd := exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets")
	if password != "" {
		cmd.Args = append(cmd.Args, "--unlock")
		cmd.Stdin = strings.NewReader(password)
	}
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + t.TempDir(),
		"DBUS_SESSION_BUS_ADDRESS=" + address,
	}
	kill = start(t, cmd)
	for change := range changes {
		if len(change.Body) == 3 && change.Body[0] == "org.freedesktop.secrets" && change.Body[2] != "" {
			return kill
		}
	}
	t.Fatal("the bus went away before the keyring came")
	return nil
}

func TestKeyringUnlocked(t *testing.T) {
	t.Parallel()
	address, _ := bus(t)
	gnomeKeyring(t, address, t.TempDir(), "password")
	ask(t, "DBUS_SESSION_BUS_ADDRESS="+address).
		want(t, "not found", "run: microsoft-mcp-server secret set contoso")
}

func TestKeyringLocked(t *testing.T) {
	t.Parallel()
	address, _ := bus(t)
	home := t.TempDir()
	gnomeKeyring(t, address, home, "password")() // makes the keyring, and ends
	gnomeKeyring(t, address, home, "")

	for _, here := range []string{"DISPLAY=", "WAYLAND_DISPLAY="} {
		ask(t, "DBUS_SESSION_BUS_ADDRESS="+address, here).
			want(t, "locked", "no display", "gnome-keyring-daemon --replace --unlock")
	}
	// With a display go-keyring is called, and finds nobody who could ask.
	for _, here := range []string{"DISPLAY=:99", "WAYLAND_DISPLAY=wayland-99"} {
		ask(t, "DBUS_SESSION_BUS_ADDRESS="+address, here).
			want(t, "locked", "type the keyring's password into the dialog")
	}
}

func TestKeyringNeverMade(t *testing.T) {
	t.Parallel()
	address, _ := bus(t)
	gnomeKeyring(t, address, t.TempDir(), "")
	ask(t, "DBUS_SESSION_BUS_ADDRESS="+address).want(t, "unavailable", "no default keyring", "create one")
}

// go-keyring would start a bus here that nobody ever stops.
func TestKeyringWithoutABus(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err == nil {
		t.Skip("this user has a session bus at its fixed place, which is always found")
	}
	for name, env := range map[string][]string{
		"unset": nil, "empty": {"DBUS_SESSION_BUS_ADDRESS="}, "autolaunch": {"DBUS_SESSION_BUS_ADDRESS=autolaunch:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			launched := filepath.Join(dir, "launched")
			script := "#!/bin/sh\n: > '" + launched + "'\nexit 1\n"
			if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			ask(t, append(env, "PATH="+dir, "DISPLAY=:99")...).
				want(t, "unavailable", "there is no D-Bus session bus", "dbus-run-session", "client_secret = {")
			if _, err := os.Stat(launched); err == nil {
				t.Error("dbus-launch was run")
			}
		})
	}
}

func TestKeyringWithAStaleBus(t *testing.T) {
	t.Parallel()
	gone := "unix:path=" + filepath.Join(t.TempDir(), "gone")
	for _, address := range []string{gone, "unix:path=/dev/null", "nonsense", "nonsense:a=b"} {
		ask(t, "DBUS_SESSION_BUS_ADDRESS="+address).want(t, "unavailable", "unset it or log in again")
	}
}

func TestKeyringWithoutAService(t *testing.T) {
	t.Parallel()
	address, _ := bus(t)
	ask(t, "DBUS_SESSION_BUS_ADDRESS="+address, "DISPLAY=:99").
		want(t, "unavailable", "no Secret Service runs", "gnome-keyring")
}

func TestKeyringBehindASilentBus(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	a := ask(t, "DBUS_SESSION_BUS_ADDRESS=unix:path="+path)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = a.cancel.Close()
	a.want(t, "cancelled")
}
