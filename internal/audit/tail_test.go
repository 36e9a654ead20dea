package audit_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/audit"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

func TestTail(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "audit.jsonl")
	if lines, older, err := audit.Tail(name, 1<<20); len(lines) != 0 || older || err != nil {
		t.Errorf("no file: got %v, %t, %v", lines, older, err)
	}
	log := audit.ToFile(name, slog.New(slog.DiscardHandler))
	record := func(path string) {
		if err := log.Record(policy.Entry{Verdict: policy.Allowed, Path: path}); err != nil {
			t.Fatal(err)
		}
	}
	record("/one")
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	record("/two")
	written, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	odd := string(written) + "\n{\"msg\":\"other\"}\nno JSON\n" + `{"msg":"audit","path":"/cut`
	if err := os.WriteFile(name, []byte(odd), 0o600); err != nil {
		t.Fatal(err)
	}
	paths := func(most int) (string, bool) {
		lines, older, err := audit.Tail(name, int64(most))
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, l := range lines {
			if l.Time.IsZero() {
				t.Errorf("no time: %+v", l)
			}
			all = append(all, l.Path)
		}
		return strings.Join(all, " "), older
	}
	for most, want := range map[int]string{1 << 20: "/one /two", len(odd) + 10: "/two", len(odd) - 1: "", 10: ""} {
		if got, older := paths(most); got != want || older != (most < 1<<20) {
			t.Errorf("%d bytes: got %q, %t, want %q", most, got, older, want)
		}
	}
	if _, _, err := audit.Tail(t.TempDir(), 1<<20); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: got %v", err)
	}
}
