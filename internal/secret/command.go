package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

const (
	commandLimit = 30 * time.Second // for a password manager that asks a server
	commandGrace = 2 * time.Second  // for descendants that hold its output open
	maxStderr    = 4 << 10          // bytes kept to find the first line in
	maxLine      = 200              // runes of it in the error
)

// FromCommand runs argv and takes its standard output: at most 64 KiB of UTF-8
// text, of which one newline at the end is dropped. The program runs without a
// shell, in our environment and working directory, with no standard input, and is
// killed after 30 s or when ctx ends. argv[0] is an absolute path or a bare name
// looked up in PATH: a relative path would run what lies in the folder that a
// client happens to start us in.
//
// A program that fails is ErrUnavailable; the error holds the first line of its
// standard error, and nothing of its standard output or its arguments.
func FromCommand(argv []string) Source {
	return commandSource{argv: append([]string(nil), argv...), limit: commandLimit, grace: commandGrace}
}

type commandSource struct {
	argv         []string
	limit, grace time.Duration
}

func (s commandSource) Read(ctx context.Context) (Text, error) {
	if len(s.argv) == 0 || s.argv[0] == "" {
		return Text{}, &Error{Op: "running the secret command", Kind: ErrUnavailable, Err: errors.New("it is empty"),
			Next: `name a program: client_secret = { command = ["PROGRAM", "ARGUMENT"] }`}
	}
	op := fmt.Sprintf("running the secret command %s", s.argv[0])
	if filepath.Base(s.argv[0]) != s.argv[0] && !filepath.IsAbs(s.argv[0]) {
		return Text{}, &Error{Op: op, Kind: ErrUnavailable, Err: errors.New("it is a relative path"),
			Next: "give the program's absolute path, or a name that is found in PATH"}
	}
	if err := ctx.Err(); err != nil {
		return Text{}, &Error{Op: op, Err: err}
	}
	bounded, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()

	stdout := capture{limit: maxRead, full: cancel}
	stderr := capture{limit: maxStderr}
	cmd := exec.CommandContext(bounded, s.argv[0], s.argv[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = s.grace
	err := cmd.Run()

	const next = "run the command by hand and see that it prints the secret, and nothing else"
	switch {
	case stdout.over:
		return Text{}, &Error{Op: op, Kind: ErrTooLarge, Err: fmt.Errorf("more than %d bytes", maxRead), Next: next}
	case err != nil:
		if ctx.Err() != nil {
			return Text{}, &Error{Op: op, Err: ctx.Err()}
		}
		return Text{}, s.failed(bounded, op, err, firstLine(stderr.kept.Bytes(), stdout.kept.Bytes()))
	}
	return toText(op, stdout.kept.Bytes(), next)
}

func (s commandSource) failed(bounded context.Context, op string, err error, said string) error {
	e := &Error{Op: op, Kind: ErrUnavailable, Err: err, Next: "run the command by hand, as the user the server runs as"}
	var exit *exec.ExitError
	switch {
	case bounded.Err() != nil:
		e.Err = fmt.Errorf("no answer within %s", s.limit)
		e.Next = "use a command that asks nobody: it has no terminal"
	case errors.Is(err, exec.ErrWaitDelay):
		e.Err = errors.New("it ended, but a program it started holds its output open")
	case !errors.As(err, &exit):
		e.Next = "install the program, or give its absolute path"
	}
	if said != "" {
		e.Err = fmt.Errorf("%w: %s", e.Err, said)
	}
	return e
}

// firstLine returns the first line of stderr that says anything, fit for one line
// of an error. It is withheld where it repeats the output, as a shell that
// traces its commands does.
func firstLine(stderr, stdout []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimLeft(stderr, "\r\n\t "), []byte("\n"))
	secret := bytes.TrimSpace(stdout)
	if len(secret) > 0 && bytes.Contains(line, secret) {
		return "(its message repeats its output and is withheld)"
	}
	text := []rune(strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, string(line))))
	if len(text) > maxLine {
		text = append(text[:maxLine], '…')
	}
	return string(text)
}

// capture keeps the first limit bytes written to it. The rest is dropped, and
// full, if set, is called: what was read is no longer of use then.
type capture struct {
	kept  bytes.Buffer // not embedded: its ReadFrom would pass the limit by
	limit int
	full  func()
	over  bool
}

func (c *capture) Write(p []byte) (int, error) {
	room := c.limit - c.kept.Len()
	if len(p) <= room {
		return c.kept.Write(p)
	}
	c.kept.Write(p[:room])
	c.over = true
	if c.full != nil {
		c.full()
	}
	return len(p), nil
}
