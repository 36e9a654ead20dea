package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/pkg/browser"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// Env is all that the program takes from its surroundings.
type Env struct {
	Args      []string // without the program's name
	Stdin     io.Reader
	Stdout    io.Writer
	Stderr    io.Writer
	Getenv    func(string) string
	ConfigDir func() (string, error)
	CacheDir  func() (string, error) // for what can be fetched again; nil: there is none
	Vault     func() secret.Vault    // the OS keyring; making one opens nothing
	OpenURL   func(string) error     // opens a page in the person's browser; nil where none can be opened
	Program   func() string          // what a person types to start this program; nil: its name
}

// System returns the surroundings of the process. Standard output is taken away from everything that writes to
// os.Stdout by itself: over stdio a stray line there would break the protocol.
func System() Env {
	stdout := os.Stdout
	os.Stdout = os.Stderr
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		browser.Stdout, browser.Stderr = null, null // a file, that the browser can hold when we are gone
	}
	return Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		ConfigDir: os.UserConfigDir, CacheDir: os.UserCacheDir,
		Vault:   func() secret.Vault { return secret.Keyring() },
		OpenURL: opener(os.Getenv),
		Program: typedProgram,
	}
}

// gcPercent lets the heap grow to five times what lives before it is collected.
const gcPercent = 400

// untilSignalled returns a context that a signal to end cancels. A second signal ends the program at once.
func untilSignalled(ctx context.Context) (_ context.Context, stop func()) {
	signalled, release := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(signalled, release)
	// The cause of signalled is an error of its own, not context.Canceled, by which all rooms know an end from a fault.
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(signalled, cancel)
	return ctx, func() {
		unhook()
		cancel()
		release()
	}
}

// Exit codes, also in the help of the root command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// exitError ends the program with a code of its command's own.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// Main runs the program and returns its exit code: 0 done, 1 failed, 2 wrong usage or configuration; a command's help
// names others.
func Main(ctx context.Context, env Env) int {
	ctx, stop := untilSignalled(ctx)
	defer stop()
	if env.Getenv("GOGC") == "" {
		// A few megabytes live, each call makes and drops one: collecting at every doubling would cost more than the
		// calls.
		debug.SetGCPercent(gcPercent)
	}
	root := newRoot(env)
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	report(env.Stderr, err)
	var usage *usageError
	var own *exitError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &own):
		return own.code
	}
	return exitFailed
}

// report prints an error and what to do about it.
func report(w io.Writer, err error) {
	var shown *shownError
	if errors.As(err, &shown) {
		return
	}
	fmt.Fprintf(w, "microsoft-mcp-server: %s\n", terminal.Lines(err.Error())) // it may quote what a service said
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		if hint := hinted.Hint(); hint != "" && !strings.Contains(err.Error(), hint) {
			fmt.Fprintf(w, "  %s\n", terminal.Lines(hint))
		}
	}
}

// usageError is a mistake in the command line or the configuration.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// shownError is a failure that the command has already told.
type shownError struct{ err error }

func (e *shownError) Error() string { return e.err.Error() }
func (e *shownError) Unwrap() error { return e.err }
