package ui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What other servers have is never shown, however a file is written.
func TestDifferenceShowsNothingElse(t *testing.T) {
	t.Parallel()
	hush := strings.Repeat("hush ", 200)
	for name, row := range map[string]struct {
		before, after  string
		removed, added []string
	}{
		"none":      {"a\nb\n", "a\nb\n", nil, nil},
		"new file":  {"", "a\nb\n", []string{}, []string{"a", "b"}},
		"inserted":  {"a\nhush\n", "a\nnew\nhush\n", nil, []string{"new"}},
		"replaced":  {"a\nold\nhush", "a\nnew\nhush", []string{"…old…"}, []string{"…new…"}},
		"shared":    {"{\n\"x\": \"hush\"\n}", "{\n\"x\": \"hush\",\n\"y\": 1\n}", nil, []string{"…,", "\"y\": 1…"}},
		"one line":  {`{"a":"` + hush + `"}`, `{"b":1,"a":"` + hush + `"}`, nil, []string{`…b":1,"…`}},
		"cut runes": {"é" + hush, "è" + hush, []string{"…é…"}, []string{"…è…"}},
	} {
		removed, added := difference([]byte(row.before), []byte(row.after))
		if diff := cmp.Diff(strings.Join(row.removed, "|"), strings.Join(removed, "|")); diff != "" {
			t.Errorf("%s: removed (-want +got)\n%s", name, diff)
		}
		if diff := cmp.Diff(strings.Join(row.added, "|"), strings.Trim(strings.Join(added, "|"), "|")); diff != "" {
			t.Errorf("%s: added (-want +got)\n%s", name, diff)
		}
		if strings.Contains(strings.Join(append(removed, added...), ""), "hush") {
			t.Errorf("%s: got %q and %q", name, removed, added)
		}
	}
	_, added := difference(nil, []byte(strings.Repeat("x\n", 1000)+strings.Repeat("y", 1000)))
	if len(added) != shownLines+1 {
		t.Errorf("%d lines are shown", len(added))
	}
}
