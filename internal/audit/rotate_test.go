package audit_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/audit"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// writerVariable makes this program one of several that write a log: it names the file.
const writerVariable = "AUDIT_TEST_WRITES"

const (
	processes  = 3
	perProcess = 400
)

func TestMain(m *testing.M) {
	if name := os.Getenv(writerVariable); name != "" {
		os.Exit(writeMany(name))
	}
	os.Exit(m.Run())
}

func writeMany(name string) int {
	log := audit.ToRotatedFile(name, 10_000, 1000, slog.New(slog.DiscardHandler))
	for i := range perProcess {
		if err := log.Record(policy.Entry{Call: fmt.Sprint(os.Getpid(), i), Path: strings.Repeat("x", 300)}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}

// Of several processes that write and rotate one file, none loses a line, and none writes into another's.
func TestProcessesRotateTogether(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "audit.jsonl")
	var all [processes]*exec.Cmd
	for i := range all {
		all[i] = exec.Command(os.Args[0])
		all[i].Env = append(os.Environ(), writerVariable+"="+name)
		all[i].Stderr = os.Stderr
		if err := all[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	files, err := filepath.Glob(name + "*")
	if err != nil || len(files) < 10 {
		t.Errorf("got %d files, %v: the log was not rotated", len(files), err)
	}
	calls := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 20_000 || file != name && filepath.Ext(file) != ".lock" && len(text) < 10_000 {
			t.Errorf("%s has %d bytes", file, len(text))
		}
		text = bytes.ReplaceAll(text, []byte("\n\n"), []byte("\n")) // a line that was taken for torn
		for _, line := range read(t, bytes.TrimPrefix(text, []byte("\n"))) {
			call, _ := line["call"].(string)
			if calls[call] {
				t.Errorf("%s is there twice", call)
			}
			calls[call] = true
		}
	}
	if len(calls) != processes*perProcess {
		t.Errorf("got %d lines, want %d", len(calls), processes*perProcess)
	}
}

// Of rotated files as many stay as shall, the newest with the smallest number; a gap is filled.
func TestRotatedFilesStay(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "audit.jsonl")
	log := audit.ToRotatedFile(name, 1, 3, quiet())
	record := func(call string) {
		t.Helper()
		if err := log.Record(policy.Entry{Call: call}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want ...string) {
		t.Helper()
		for i, call := range want {
			text, err := os.ReadFile(fmt.Sprintf("%s.%d", name, i+1))
			if lines := read(t, text); err != nil || len(lines) != 1 || lines[0]["call"] != call {
				t.Errorf(".%d: got %v, %v, want the call %s", i+1, lines, err, call)
			}
		}
		if _, err := os.Stat(fmt.Sprintf("%s.%d", name, len(want)+1)); err == nil {
			t.Errorf(".%d is there, too", len(want)+1)
		}
		if _, err := os.Stat(name); err == nil {
			t.Error("the log is there, too, and empty")
		}
	}
	for _, call := range []string{"1", "2", "3", "4", "5"} {
		record(call)
	}
	check("5", "4", "3")
	if err := os.Remove(name + ".2"); err != nil {
		t.Fatal(err)
	}
	record("6")
	check("6", "5", "3")
}

// A folder in which nothing can be made does not lose entries: the file there is appended to, and grows.
func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("here a mode does not keep this user from writing")
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "audit.jsonl")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	checkGrows(t, name)
}

// A name that cannot be renamed to does not either.
func TestFileThatCannotBeRotated(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.MkdirAll(filepath.Join(name+".1", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	checkGrows(t, name)
}

func checkGrows(t *testing.T, name string) {
	t.Helper()
	var told bytes.Buffer
	log := audit.ToRotatedFile(name, 1, 1, slog.New(slog.NewTextHandler(&told, nil)))
	for range 3 {
		if err := log.Record(policy.Entry{}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if got := len(read(t, text)); err != nil || got != 3 {
		t.Errorf("got %d lines, %v, want 3", got, err)
	}
	if got := strings.Count(told.String(), "cannot be rotated, and grows"); got != 1 {
		t.Errorf("it was told %d times, want once:\n%s", got, told.String())
	}
}

// Whoever wants to know of a loss is told of each, and of nothing else.
func TestLossIsTold(t *testing.T) {
	t.Parallel()
	out := &full{room: 10}
	log := audit.ToWriter(out, quiet())
	var lost []error
	log.OnLoss(func(err error) { lost = append(lost, err) })
	first, second := log.Record(policy.Entry{}), log.Record(policy.Entry{})
	if len(lost) != 1 || lost[0] != first || second != nil {
		t.Errorf("was told %v; got %v, %v", lost, first, second)
	}
}

// A disk that is full loses the line that does not fit, and says so; the next one is whole.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	name := filepath.Join(dir, "audit.jsonl")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 48<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	log := audit.ToRotatedFile(name, 1<<20, 2, quiet())
	var err error
	kept := 0
	for ; err == nil && kept < 1000; kept++ {
		err = log.Record(policy.Entry{Call: fmt.Sprint(kept), Path: strings.Repeat("x", 300)})
	}
	if err == nil || !strings.Contains(err.Error(), "no space") {
		t.Fatalf("got %v, want a full disk", err)
	}
	kept--
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := log.Record(policy.Entry{Call: "after"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if !strings.Contains(lines[len(lines)-1], `"call":"after"`) || len(lines) < kept+1 || len(lines) > kept+2 {
		t.Errorf("got %d lines, the last of them %q, of %d that were recorded", len(lines), lines[len(lines)-1], kept+1)
	}
}

// smallDisk returns a folder with room for 64 KiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("needs to be allowed to mount")
	}
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).Run(); err != nil {
		t.Skip("needs to be allowed to mount")
	}
	t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	return dir
}
