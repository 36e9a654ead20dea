package audit_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/audit"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// read returns the lines of a log, each of which has to be one JSON object.
func read(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	var lines []map[string]any
	scanner := bufio.NewScanner(bytes.NewReader(text))
	for scanner.Scan() {
		var line map[string]any
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%v: %.200q", err, scanner.Text())
		}
		lines = append(lines, line)
	}
	return lines
}

func TestLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	before := time.Now().Truncate(time.Millisecond)
	hostile := "a\nb\r\x1b[31m\u2028{\"verdict\":\"allowed\"}"
	log := audit.ToWriter(&out, quiet())
	if err := log.Record(policy.Entry{Verdict: "denied", Path: hostile, Principal: hostile, Code: "\xff"}, policy.Entry{Verdict: "allowed"}); err != nil {
		t.Fatal(err)
	}
	lines := read(t, out.Bytes())
	if len(lines) != 2 || lines[0]["verdict"] != "denied" || lines[0]["path"] != hostile || lines[1]["verdict"] != "allowed" || lines[0]["msg"] != "audit" {
		t.Errorf("got %v", lines)
	}
	text, _ := lines[0]["time"].(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !strings.HasSuffix(text, "Z") || len(text) != len("2006-01-02T15:04:05.000Z") || at.Before(before) {
		t.Errorf("got time %q (%v)", text, err)
	}
	if strings.ContainsAny(out.String(), "\r\x1b\u2028") {
		t.Errorf("what a terminal or a reader of lines acts on is in it: %q", out.String())
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "audit.jsonl")
	log := audit.ToFile(name, quiet())
	if _, err := os.Stat(name); err == nil {
		t.Error("the file is made before there is something to say")
	}
	record := func() {
		t.Helper()
		if err := log.Record(policy.Entry{}); err != nil {
			t.Fatal(err)
		}
	}
	record()
	info, err := os.Stat(name)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	// A file that is taken away is begun anew, and the old one keeps what it has.
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	record()
	record()
	for file, want := range map[string]int{name: 2, name + ".1": 1} {
		text, err := os.ReadFile(file)
		if got := len(read(t, text)); err != nil || got != want {
			t.Errorf("%s: got %d lines (%v), want %d", file, got, err, want)
		}
	}
}

func TestManyWritersKeepLinesWhole(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "audit.jsonl")
	var all sync.WaitGroup
	const writers, each = 8, 50
	for w := range writers {
		log := audit.ToFile(name, quiet()) // as another process would
		all.Go(func() {
			for i := range each {
				entry := policy.Entry{Call: fmt.Sprint(w, i), Path: strings.Repeat("x", 1000)}
				if err := log.Record(entry, entry); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// A line that was taken for torn while it was being written leaves an empty one.
	text = bytes.Join(bytes.FieldsFunc(text, func(r rune) bool { return r == '\n' }), []byte("\n"))
	lines := read(t, text)
	if len(lines) != 2*writers*each {
		t.Errorf("got %d lines, want %d", len(lines), 2*writers*each)
	}
	for i := 0; i+1 < len(lines); i += 2 {
		if lines[i]["call"] != lines[i+1]["call"] {
			t.Fatalf("line %d: what was recorded together lies apart", i)
		}
	}
}

func TestFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, want := range map[string]string{
		filepath.Join(dir, "missing", "audit.jsonl"): "",
		dir: "not a regular file",
	} {
		var told bytes.Buffer
		log := audit.ToFile(name, slog.New(slog.NewTextHandler(&told, nil)))
		err := log.Record(policy.Entry{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), dir) {
			t.Errorf("%s: got %v", name, err)
		}
		if !strings.Contains(told.String(), filepath.Base(dir)) {
			t.Errorf("%s: the server's log does not name it: %s", name, told.String())
		}
	}
}

// full takes some bytes and then none, once.
type full struct {
	bytes.Buffer
	room int
}

func (f *full) Write(p []byte) (int, error) {
	if f.room < len(p) {
		n, _ := f.Buffer.Write(p[:f.room])
		f.room = 1 << 20
		return n, errors.New("no space left on device")
	}
	return f.Buffer.Write(p)
}

// After a line that was cut short, the next is whole.
func TestTornLine(t *testing.T) {
	t.Parallel()
	out := &full{room: 10}
	log := audit.ToWriter(out, quiet())
	if err := log.Record(policy.Entry{Call: "1"}); err == nil {
		t.Error("a line that was cut short counts as recorded")
	}
	if err := log.Record(policy.Entry{Call: "2"}); err != nil {
		t.Error(err)
	}
	if err := log.Record(policy.Entry{Call: "3"}); err != nil {
		t.Error(err)
	}
	first, rest, _ := strings.Cut(out.String(), "\n")
	if lines := read(t, []byte(rest)); len(first) != 10 || len(lines) != 2 || lines[0]["call"] != "2" {
		t.Errorf("got %q", out.String())
	}
	if err := audit.ToWriter(io.Discard, quiet()).Record(); err != nil {
		t.Error(err)
	}
}

// A line that another process cut short, or this one before it was started anew, does not swallow the next.
func TestTornFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "audit.jsonl")
	log := audit.ToFile(name, quiet())
	record := func(call string) {
		t.Helper()
		if err := log.Record(policy.Entry{Call: call}); err != nil {
			t.Fatal(err)
		}
	}
	tear := func() {
		t.Helper()
		f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(`{"call":"torn`); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	record("1")
	tear()
	record("2")
	record("3")
	tear()
	record("4")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var calls []string
	for line := range strings.Lines(string(text)) {
		var entry struct{ Call string }
		switch err := json.Unmarshal([]byte(line), &entry); {
		case err == nil:
			calls = append(calls, entry.Call)
		case !strings.HasPrefix(line, `{"call":"torn`):
			t.Errorf("%v: %q", err, line)
		}
	}
	if got := strings.Join(calls, " "); got != "1 2 3 4" {
		t.Errorf("got the calls %s in\n%s", got, text)
	}
}

// Whoever keeps the log from being read wants it written still.
func TestFileThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("here a mode does not keep this user from reading")
	}
	name := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(name, nil, 0o200); err != nil {
		t.Fatal(err)
	}
	log := audit.ToFile(name, quiet())
	for range 2 {
		if err := log.Record(policy.Entry{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(name, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if got := len(read(t, text)); err != nil || got != 2 {
		t.Errorf("got %d lines (%v), want 2", got, err)
	}
}
