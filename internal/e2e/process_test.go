package e2e

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long anything may take before a test gives up. It is no requirement: it only keeps a server
// that hangs from hanging the tests.
const patience = time.Minute

// within ends a test that waits for ever.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// environment is what a child process gets: as little as an operating system needs, a home of its own, and the
// pairs. Nothing of the machine's own settings (AZURE_*, proxies) reaches the program.
func environment(t *testing.T, pairs ...string) []string {
	t.Helper()
	if err := sourcesOpened(); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	env := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "PATH=" + os.Getenv("PATH")}
	if runtime.GOOS == "windows" {
		for _, name := range []string{"SystemRoot", "SystemDrive", "TEMP", "TMP", "PATHEXT", "ComSpec"} {
			env = append(env, name+"="+os.Getenv(name))
		}
		env = append(env, "USERPROFILE="+home, "APPDATA="+home, "LOCALAPPDATA="+home)
	}
	return append(env, pairs...)
}

// A process is a running program whose output is collected by line.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *transcript
	stderr *transcript
	ended  chan struct{} // closed when the process has ended and its output is complete
}

// lastLines is how much of a log is shown where a test fails.
const lastLines = 500

// start runs the binary. A process that still runs at the test's end is killed.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{
		cmd: exec.Command(binary, args...), stdout: newTranscript(), stderr: newTranscript(),
		ended: make(chan struct{}),
	}
	p.cmd.Env = env
	p.cmd.Dir = t.TempDir()
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { p.stdout.read(stdout) })
	reading.Go(func() { p.stderr.read(stderr) })
	go func() {
		defer close(p.ended)
		reading.Wait()
		_ = p.cmd.Wait() // the exit code is read from ProcessState
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			lines := p.stderr.all()
			lines = lines[max(0, len(lines)-lastLines):]
			t.Logf("%s: the end of standard error of process %d:\n%s", t.Name(), p.cmd.Process.Pid, strings.Join(lines, "\n"))
		}
	})
	return p
}

// exitCode waits for the end of the process.
func (p *process) exitCode(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-within(t).Done():
		t.Fatalf("the process does not end; standard error:\n%s", p.stderr)
		return -1
	}
}

// A transcript is what a process has written so far.
type transcript struct {
	mu      sync.Mutex // guards the rest
	lines   []string
	ended   bool
	changed chan struct{} // closed and replaced when a line arrives or the output ends
}

func newTranscript() *transcript { return &transcript{changed: make(chan struct{})} }

func (s *transcript) read(r io.Reader) {
	buffered := bufio.NewReader(r)
	for {
		line, err := buffered.ReadString('\n')
		s.mu.Lock()
		if line != "" {
			s.lines = append(s.lines, strings.TrimSuffix(line, "\n"))
		}
		s.ended = err != nil
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// all returns the lines so far.
func (s *transcript) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.lines...)
}

func (s *transcript) String() string { return strings.Join(s.all(), "\n") }

// wait returns the first line that found accepts.
func (s *transcript) wait(t *testing.T, what string, found func(line string) bool) string {
	t.Helper()
	ctx := within(t)
	for seen := 0; ; {
		s.mu.Lock()
		fresh, changed, ended := s.lines[seen:], s.changed, s.ended
		seen = len(s.lines)
		s.mu.Unlock()
		for _, line := range fresh {
			if found(line) {
				return line
			}
		}
		if ended {
			t.Fatalf("the output ended without %s:\n%s", what, s)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("no %s in time:\n%s", what, s)
		}
	}
}

var endpointPattern = regexp.MustCompile(`http://127\.0\.0\.1:\d+/mcp`)

// endpoint waits for the line that says where the process listens.
func (p *process) endpoint(t *testing.T) string {
	t.Helper()
	line := p.stderr.wait(t, "address of the endpoint", endpointPattern.MatchString)
	return endpointPattern.FindString(line)
}
