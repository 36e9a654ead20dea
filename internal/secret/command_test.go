package secret_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// TestMain lets the test binary play the programs the tests run.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "play" {
		play(os.Args[2], os.Args[3:])
		return
	}
	// For the programs: under -race each would stay for a second at its end.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// program returns the command that plays the part.
func program(part string, args ...string) []string {
	return append([]string{os.Args[0], "play", part}, args...)
}

func play(part string, args []string) {
	switch part {
	case "print":
		fmt.Print(args[0])
	case "env":
		fmt.Print(os.Getenv(args[0]))
	case "stdin":
		n, _ := io.Copy(io.Discard, os.Stdin)
		fmt.Printf("%d bytes", n)
	case "warn":
		fmt.Fprintln(os.Stderr, "a warning")
		fmt.Println(args[0])
	case "fail": // stderr, stdout
		fmt.Fprint(os.Stderr, args[0])
		fmt.Print(args[1])
		os.Exit(3)
	case "flood":
		for {
			if _, err := os.Stdout.WriteString(strings.Repeat("x", 1<<12)); err != nil {
				return
			}
		}
	case "mounts":
		playMounts(args[0])
	case "keyring":
		playKeyring()
	case "lock":
		playLock(args[0], args[1], args[2])
	case "records":
		playRecords(store(args[0]), args[1], args[2], args[3])
	case "writer":
		playWriter(store(args[0]), args[1], args[2])
	case "folder":
		playFolder(args[0])
	case "hold":
		playHold(args[0])
	case "sleep": // longer than any test
		time.Sleep(time.Hour)
	case "hang":
		hang(args[0])
	case "leave child": // prints, and leaves a child that holds the output open
		child := exec.Command(os.Args[0], "play", "hang", args[0])
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
		fmt.Print(plain)
	}
}

// hang calls at the address and stays until the listener hangs up.
func hang(address string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, conn)
}

// hangs listens for a program that plays "hang", and hangs up at the test's end.
// The returned function waits until the program is there.
func hangs(t *testing.T) (address string, there func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	arrived, done := make(chan net.Conn, 1), make(chan struct{})
	go func() {
		defer close(done)
		if conn, err := l.Accept(); err == nil {
			arrived <- conn
		}
	}()
	var conn net.Conn
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		if conn == nil && len(arrived) > 0 {
			conn = <-arrived
		}
		if conn != nil {
			_ = conn.Close()
		}
	})
	return l.Addr().String(), func() { conn = <-arrived }
}

func TestFromCommandTakesTheOutput(t *testing.T) {
	t.Parallel()
	wantText(t, secret.FromCommand(program("print", plain+"\n")), plain)
	wantText(t, secret.FromCommand(program("print", "$HOME `id` a  b")), "$HOME `id` a  b")
	wantText(t, secret.FromCommand(program("warn", plain)), plain)
	wantText(t, secret.FromCommand(program("stdin")), "0 bytes")
}

func TestFromCommandPassesTheEnvironmentOn(t *testing.T) {
	t.Setenv("SECRET_TEST_VARIABLE", plain)
	wantText(t, secret.FromCommand(program("env", "SECRET_TEST_VARIABLE")), plain)
}

func TestFromCommandKeepsItsOwnArguments(t *testing.T) {
	t.Parallel()
	argv := program("print", plain)
	source := secret.FromCommand(argv)
	argv[3] = "changed"
	wantText(t, source, plain)
}

func TestFromCommandRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		argv []string
		kind error
		word string
	}{
		"nothing":         {nil, secret.ErrUnavailable, "command = ["},
		"an empty name":   {[]string{""}, secret.ErrUnavailable, "command = ["},
		"a relative path": {[]string{"./print"}, secret.ErrUnavailable, "it is a relative path"},
		"a path above":    {[]string{"../bin/print"}, secret.ErrUnavailable, "it is a relative path"},
		"no such program": {[]string{"no-such-program-anywhere"}, secret.ErrUnavailable, "install"},
		"no output":       {program("print", "\n"), secret.ErrNotFound, "it is empty"},
		"no end":          {program("flood"), secret.ErrTooLarge, "65536"},
		"a failure":       {program("fail", "\n\n no\x1b[31m such item\nsecond line", plain), secret.ErrUnavailable, "exit status 3: no [31m such item //"},
		"a silent failure": {
			program("fail", "", plain), secret.ErrUnavailable, "exit status 3 //"},
		"a traced failure": {
			program("fail", "+ echo "+plain, plain+"\n"), secret.ErrUnavailable, "withheld"},
		"a long story": {
			program("fail", strings.Repeat("é", 5000), ""), secret.ErrUnavailable, strings.Repeat("é", 200) + "… //"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := wantError(t, secret.FromCommand(row.argv), row.kind, row.word)
			if strings.Contains(said, "second line") {
				t.Errorf("got %q, want the first line alone", said)
			}
		})
	}
}

func TestFromCommandEndsWithTheContext(t *testing.T) {
	t.Parallel()
	address, there := hangs(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		there()
		cancel()
	}()
	_, err := secret.FromCommand(program("hang", address)).Read(ctx)
	if !errors.Is(err, context.Canceled) || errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
}

// A descendant that keeps the output open must not keep us.
func TestFromCommandDoesNotWaitForDescendants(t *testing.T) {
	t.Parallel()
	address, _ := hangs(t)
	wantError(t, secret.FromCommand(program("leave child", address)), secret.ErrUnavailable, "holds its output open")
}
