package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A process is a running contender. Its log is written to a file, as it would be in a deployment.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	log    *os.File
}

func start(ctx context.Context, c contender, args []string, scratch string) (*process, error) {
	log, err := os.CreateTemp(scratch, c.name+"-*.log")
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, c.binary, args...), log: log}
	p.cmd.Env = append(os.Environ(), c.env...)
	p.cmd.Stderr = log
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdout = bufio.NewReaderSize(stdout, 1<<20)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", c.name, err)
	}
	return p, nil
}

// end closes the process's standard input, which ends a stdio server, and waits for it. Nobody else may be
// reading its output.
func (p *process) end() error {
	p.stdin.Close()
	_, _ = io.Copy(io.Discard, p.stdout)
	err := p.cmd.Wait()
	p.log.Close()
	return err
}

// kill ends a process that would not end by itself. Whoever still reads its output gets an error.
func (p *process) kill() {
	p.stdin.Close()
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.log.Close()
}

// explain adds the end of the process's log to an error.
func (p *process) explain(err error) error {
	text, _ := os.ReadFile(p.log.Name())
	return fmt.Errorf("%w; its log ends:\n%s", err, text[max(0, len(text)-2000):])
}

// url waits until the log says where the server listens.
func (p *process) url(ctx context.Context) (string, error) {
	pattern := regexp.MustCompile(`http://127\.0\.0\.1:\d+/mcp`)
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline) && ctx.Err() == nil; {
		text, err := os.ReadFile(p.log.Name())
		if err != nil {
			return "", err
		}
		if found := pattern.Find(text); found != nil {
			return string(found), nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return "", p.explain(errors.New("it tells no address"))
}

// resident reads the memory that the process holds, in bytes (proc_pid_status(5)).
func (p *process) resident() (float64, error) { return p.status("VmRSS:") }

// peak reads the most memory that the process ever held, in bytes.
func (p *process) peak() (float64, error) { return p.status("VmHWM:") }

func (p *process) status(name string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kilobytes * 1024, err
		}
	}
	return 0, fmt.Errorf("no %s of process %d", name, p.cmd.Process.Pid)
}
