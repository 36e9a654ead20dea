package audit_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/audit"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// Whatever stands in a log's file, a line of ours behind it is read back as it was written, nothing is made up from what is none, and
// no more is read than was asked for.
func FuzzTail(f *testing.F) {
	dir := f.TempDir()
	for _, s := range []string{"", "{", "\x00\n", `{"time":"2026-01-01T00:00:00Z","msg":"audit","method":"GET"}`, `{"msg":"AUDIT"}`, `{"msg":"other","method":"GET"}`, `{"msg":"audit","MSG":"x","time":5}`, "[]\n\n\r\n", `{"msg":"audit","path":{"a":1}}`} {
		f.Add([]byte(s), "/users/ada", int64(1000))
		f.Add([]byte(s), "a\nb\u2028\x1b", int64(0))
	}
	f.Fuzz(func(t *testing.T, before []byte, path string, most int64) {
		name := filepath.Join(dir, "audit.jsonl")
		ours := audit.Line{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Entry: policy.Entry{Method: "GET", Path: path}}
		line, err := json.Marshal(struct {
			Time time.Time `json:"time"`
			Msg  string    `json:"msg"`
			policy.Entry
		}{ours.Time, "audit", ours.Entry})
		if err != nil || json.Unmarshal(line, &ours.Entry) != nil { // which is what becomes of text that is no UTF-8
			t.Fatal(err)
		}
		text := append(append(bytes.Clone(before), '\n'), append(line, '\n')...)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if most = most & (1<<20 - 1); most < 0 {
			most = 0
		}
		lines, older, err := audit.Tail(name, most)
		if err != nil || older != (int64(len(text)) > most) || len(lines) > bytes.Count(text, []byte("\n")) {
			t.Fatalf("%d lines, older: %v, %v", len(lines), older, err)
		}
		if most <= int64(len(line)+1) {
			return // it was cut
		}
		if len(lines) == 0 {
			t.Fatal("our line is missing")
		}
		if len(lines) > 1 && !bytes.Contains(before, []byte("audit")) && !bytes.Contains(before, []byte("\\")) {
			t.Errorf("%q has lines of ours: %v", before, lines)
		}
		if diff := cmp.Diff(ours, lines[len(lines)-1]); diff != "" {
			t.Error(diff)
		}
	})
}
