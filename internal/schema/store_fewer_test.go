package schema_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asked has a store renew its model, and tells how many types that has then.
func (f fixture) asked(t *testing.T, s *service) int {
	t.Helper()
	f.Model(s.source())
	return f.settle(t, s.source()).Size.Types
}

// TestStoreTakesFewerInTheEnd has a service whose schema has far fewer types all of a sudden, and stays so.
func TestStoreTakesFewerInTheEnd(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{"in memory": "", "on disk": filepath.Join(t.TempDir(), "kept")} {
		s := newService(t, xml(small(40)))
		f := newStore(t, dir, false)
		f.asked(t, s)
		s.now(xml(small(18)))
		f.clock.forward(8 * 24 * time.Hour)
		for hours := 0; hours < 3*24; hours += 12 {
			if dir != "" && hours == 36 { // another process, which knows what this one did
				next := newStore(t, dir, false)
				next.clock.at.Store(f.clock.at.Load())
				f = next
			}
			if got := f.asked(t, s); got != 40 {
				t.Fatalf("%s: after %d hours, there are %d types, want 40", name, hours, got)
			}
			if failure := f.Status(s.source()).Failure; failure == nil || !strings.Contains(failure.Error(), "kept out: it has 18 types, the schema that is there has 40") {
				t.Errorf("%s: got %v", name, failure)
			}
			f.clock.forward(12 * time.Hour)
		}
		s.now(xml(small(19))) // about as many
		if got := f.asked(t, s); got != 19 || f.Status(s.source()).Failure != nil {
			t.Errorf("%s: got %d types, %v; want 19", name, got, f.Status(s.source()).Failure)
		}
		if dir != "" {
			checkFiles(t, dir)
		}
	}
}

// TestStoreForgetsFewer has schemas of few types that do not agree, or that came when the right one did not.
func TestStoreForgetsFewer(t *testing.T) {
	t.Parallel()
	s := newService(t, xml(small(40)))
	dir := filepath.Join(t.TempDir(), "kept")
	f := newStore(t, dir, false)
	f.asked(t, s)
	f.clock.forward(8 * 24 * time.Hour)
	for _, types := range []int{18, 10, 5, 10, 18} { // each time something else
		s.now(xml(small(types)))
		if got := f.asked(t, s); got != 40 {
			t.Errorf("%d types, want 40", got)
		}
		f.clock.forward(2 * 24 * time.Hour)
	}
	s.now(xml(small(40)))
	f.asked(t, s)
	checkFiles(t, dir)
	f.clock.forward(8 * 24 * time.Hour)
	s.now(xml(small(18)))
	if got := f.asked(t, s); got != 40 {
		t.Errorf("%d types, want 40: what came before the right one does not count", got)
	}
}

// TestStoreDistrustsItsNotes has damaged notes of a smaller schema: they are as good as none.
func TestStoreDistrustsItsNotes(t *testing.T) {
	t.Parallel()
	for _, note := range []string{"", "x", "msgraph-fewer 1\n18 types", "msgraph-fewer 1\n18 types since 99999999999999\n", strings.Repeat("x", 1<<20)} {
		s := newService(t, xml(small(40)))
		dir := t.TempDir()
		f := newStore(t, dir, false)
		f.asked(t, s)
		names, _ := filepath.Glob(filepath.Join(dir, "*.schema"))
		if len(names) != 1 {
			t.Fatalf("got %v", names)
		}
		if err := os.WriteFile(names[0]+".fewer", []byte(note), 0o600); err != nil {
			t.Fatal(err)
		}
		f.clock.forward(8 * 24 * time.Hour)
		s.now(xml(small(18)))
		if got := f.asked(t, s); got != 40 {
			t.Errorf("%.40q: got %d types, want 40", note, got)
		}
		f.clock.forward(4 * 24 * time.Hour)
		if got := f.asked(t, s); got != 18 {
			t.Errorf("%.40q: got %d types four days later, want 18", note, got)
		}
	}
}
