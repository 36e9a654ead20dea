package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
)

// errBack is that a person wants the question before, errStopped that they want no more, or are not there any more.
var (
	errBack    = errors.New("back")
	errStopped = errors.New("stopped")
)

// talk asks a person at a terminal, or a script that answers a line for each question. All is plain lines, one after the
// other: nothing is drawn over, so that it can be read aloud, and kept.
type talk struct {
	out    io.Writer
	screen terminal.Screen
	in     reader
}

// reader reads answers. It returns io.EOF where no more come.
type reader interface {
	line(prompt string) (string, error)
	hidden(prompt string) (string, error) // without showing what is typed
	restore()                             // leaves the terminal as it was, whatever is being read
}

// mostLine bounds an answer, in bytes.
const mostLine = 16 << 10

// newTalk begins to ask. Where there is a terminal that can redraw a line, the line can be edited.
func (o *options) newTalk() *talk {
	t := &talk{out: o.env.Stdout, screen: o.screen(o.env.Stdout)}
	file, ok := o.env.Stdin.(*os.File)
	if ok = ok && term.IsTerminal(int(file.Fd())); ok && t.screen.Redraw {
		t.in = newEditedLines(file, o.env.Stdout)
		return t
	}
	plain := &plainLines{in: bufio.NewReaderSize(o.env.Stdin, mostLine), out: o.env.Stdout, terminal: -1}
	if ok {
		plain.terminal = int(file.Fd())
		plain.before, _ = term.GetState(plain.terminal) // now: restore may be called while another goroutine reads
	}
	t.in = plain
	return t
}

// plainLines reads lines as they come: from a pipe, or from a terminal whose own editing has to do.
type plainLines struct {
	in       *bufio.Reader
	out      io.Writer
	terminal int // its descriptor, asked for once, as a read may outlive the file; -1 where it is none
	before   *term.State
}

func (p *plainLines) line(prompt string) (string, error) {
	fmt.Fprint(p.out, prompt)
	text, err := p.in.ReadSlice('\n')
	if p.terminal < 0 {
		fmt.Fprintln(p.out) // nobody has pressed Enter on the screen
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", usagef("an answer is too long")
	}
	if err != nil && len(text) == 0 {
		return "", err
	}
	return string(text), nil
}

func (p *plainLines) hidden(prompt string) (string, error) {
	if p.terminal < 0 {
		return p.line(prompt)
	}
	fmt.Fprint(p.out, prompt)
	text, err := term.ReadPassword(p.terminal)
	fmt.Fprintln(p.out)
	return string(text), err
}

func (p *plainLines) restore() {
	if p.before != nil {
		_ = term.Restore(p.terminal, p.before)
	}
}

// editedLines lets a line be edited on a terminal. The terminal is raw only while a line is being typed.
type editedLines struct {
	fd     int // asked for once, as a read may outlive the file
	lines  *term.Terminal
	before *term.State
}

func newEditedLines(in *os.File, out io.Writer) *editedLines {
	e := &editedLines{fd: int(in.Fd()), lines: term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, "")}
	e.before, _ = term.GetState(e.fd)
	return e
}

func (e *editedLines) line(prompt string) (string, error) {
	return e.raw(func() (string, error) {
		e.lines.SetPrompt(prompt)
		return e.lines.ReadLine()
	})
}

func (e *editedLines) hidden(prompt string) (string, error) {
	return e.raw(func() (string, error) { return e.lines.ReadPassword(prompt) })
}

func (e *editedLines) raw(read func() (string, error)) (string, error) {
	if width, height, err := term.GetSize(e.fd); err == nil && width > 0 && height > 0 {
		_ = e.lines.SetSize(width, height)
	}
	if _, err := term.MakeRaw(e.fd); err != nil {
		return "", err
	}
	defer e.restore()
	text, err := read()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	if errors.Is(err, io.EOF) { // Ctrl-C or Ctrl-D, after which the cursor stands behind the prompt
		fmt.Fprint(e.lines, "\n")
	}
	return text, err
}

func (e *editedLines) restore() {
	if e.before != nil {
		_ = term.Restore(e.fd, e.before)
	}
}

// read waits for an answer, or for the end of ctx.
func (t *talk) read(ctx context.Context, from func(string) (string, error), prompt string) (string, error) {
	text, err := awaitLine(ctx, func() (string, error) { return from(prompt) })
	if ctx.Err() != nil {
		t.in.restore()
		fmt.Fprintln(t.out)
	}
	return strings.TrimRight(text, "\r\n"), err
}

// awaitLine waits for what a person types. It returns errStopped where ctx ends first, or no more comes.
func awaitLine(ctx context.Context, read func() (string, error)) (string, error) {
	type line struct {
		text string
		err  error
	}
	lines := make(chan line, 1)
	go func() { // whoever stops it ends the program: a read cannot be taken back
		text, err := read()
		lines <- line{text, err}
	}()
	select {
	case l := <-lines:
		if errors.Is(l.err, io.EOF) {
			return "", errStopped
		}
		return l.text, l.err
	case <-ctx.Done():
		return "", errStopped
	}
}

// option is one of the answers that are offered.
type option struct{ name, title string }

// question is what is asked. Of all answers but those to secret ones the blanks around them are dropped.
type question struct {
	title   string
	options []option
	many    bool   // several options may be chosen, with commas between them
	open    bool   // anything else may be typed, too
	usual   string // what Enter stands for; "" for nothing
	help    string
	check   func(string) (string, error) // returns the answer as it is kept; nil: as it was typed
}

// ask asks until there is an answer that can be taken.
func (t *talk) ask(ctx context.Context, q question) (string, error) {
	t.say("")
	t.heading(q.title)
	t.offer(q)
	prompt := "> "
	if q.usual != "" {
		prompt = "[" + terminal.Printable(q.usual) + "] > "
	}
	for {
		typed, err := t.read(ctx, t.in.line, prompt)
		if err != nil {
			return "", err
		}
		switch typed = strings.TrimSpace(typed); strings.ToLower(typed) {
		case "?":
			t.say(q.help)
			t.offer(q)
			continue
		case "back":
			return "", errBack
		case "stop":
			return "", errStopped
		case "":
			typed = q.usual
		}
		answer, err := q.take(typed)
		if err == nil || errors.Is(err, errBack) {
			return answer, err
		}
		if ctx.Err() != nil {
			return "", errStopped
		}
		t.complain(err)
	}
}

// offer lists the options.
func (t *talk) offer(q question) {
	widest := 0
	for _, o := range q.options {
		widest = max(widest, terminal.Width(o.name))
	}
	for i, o := range q.options {
		name := o.name + strings.Repeat(" ", widest-terminal.Width(o.name))
		fmt.Fprintf(t.out, "%3d  %s  %s\n", i+1, t.screen.Paint(terminal.Strong, terminal.Printable(name)), terminal.Printable(o.title))
	}
}

// take makes an answer of what was typed: a number stands for an option.
func (q question) take(typed string) (string, error) {
	if typed == "" {
		return "", usagef("there is no usual answer to this: type one, or ? to have it explained")
	}
	parts := []string{typed}
	if q.many {
		parts = strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ' ' })
	}
	for i, part := range parts {
		named := slices.IndexFunc(q.options, func(o option) bool { return strings.EqualFold(o.name, part) })
		if n, err := strconv.Atoi(part); err == nil && n >= 1 && n <= len(q.options) {
			named = n - 1
		}
		switch {
		case named >= 0:
			parts[i] = q.options[named].name
		case len(q.options) > 0 && !q.open:
			return "", usagef("type a number from 1 to %d, or the name beside it", len(q.options))
		}
	}
	answer := strings.Join(parts, ",")
	if q.check == nil {
		return answer, nil
	}
	return q.check(answer)
}

// secret asks for what is not to be seen.
func (t *talk) secret(ctx context.Context, title string) (string, error) {
	t.say("")
	t.heading(title)
	return t.read(ctx, t.in.hidden, "(not shown) > ")
}

// say writes a text, wrapped to the screen.
func (t *talk) say(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		for _, part := range terminal.Wrap(terminal.Printable(line), t.width()) {
			fmt.Fprintln(t.out, part)
		}
	}
}

func (t *talk) width() int {
	if t.screen.Width == 0 {
		return 100
	}
	return t.screen.Width
}

func (t *talk) heading(text string) {
	for _, part := range terminal.Wrap(terminal.Printable(text), t.width()) {
		fmt.Fprintln(t.out, t.screen.Paint(terminal.Name, part))
	}
}

// good says that something has worked.
func (t *talk) good(format string, args ...any) {
	fmt.Fprintf(t.out, "%s %s\n", t.screen.Paint(terminal.Good, "done:"), terminal.Printable(fmt.Sprintf(format, args...)))
}

// complain says what is wrong, and what to do.
func (t *talk) complain(err error) {
	fmt.Fprintf(t.out, "%s %s\n", t.screen.Paint(terminal.Bad, "not so:"), terminal.Lines(err.Error()))
	if hint := hintOf(err); hint != "" && !strings.Contains(err.Error(), hint) {
		t.say("  " + hint)
	}
}
