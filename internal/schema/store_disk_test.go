package schema_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestStoreMendsItsFiles has files that are damaged, and what is no file.
func TestStoreMendsItsFiles(t *testing.T) {
	t.Parallel()
	s := newService(t, xml(small(10)))
	dir := t.TempDir()
	first := newStore(t, dir, false)
	if _, err := first.Wait(t.Context(), s.source()); err != nil {
		t.Fatal(err)
	}
	first.settle(t, s.source())
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	whole, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func() error{
		"a byte": func() error { return os.WriteFile(names[0], append(whole[:len(whole)-1:len(whole)-1], 'x'), 0o600) },
		"half":   func() error { return os.WriteFile(names[0], whole[:len(whole)/2], 0o600) },
		"empty":  func() error { return os.WriteFile(names[0], nil, 0o600) },
		"huge":   func() error { return os.Truncate(names[0], 40<<20) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		f := newStore(t, dir, false)
		if f.Model(s.source()) != nil {
			t.Errorf("%s: there is a model", name)
		}
		if _, err := f.Wait(t.Context(), s.source()); err != nil || !strings.Contains(f.log.String(), "of no use") {
			t.Errorf("%s: %v, log %s", name, err, f.log)
		}
		f.settle(t, s.source())
		if now, err := os.ReadFile(names[0]); err != nil || string(now) != string(whole) {
			t.Errorf("%s: it is not mended: %v", name, err)
		}
	}
	os.Remove(names[0])
	if err := os.Mkdir(names[0], 0o700); err != nil {
		t.Fatal(err)
	}
	f := newStore(t, dir, false)
	if _, err := f.Wait(t.Context(), s.source()); err != nil {
		t.Errorf("a folder in its place: %v", err)
	}
}

// TestStoreWithoutADisk has a folder that cannot be written to.
func TestStoreWithoutADisk(t *testing.T) {
	t.Parallel()
	s := newService(t, xml(small(10)))
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dirs := []string{filepath.Join(file, "below")}
	if closed := t.TempDir(); onUnix && os.Getuid() != 0 {
		if err := os.Chmod(closed, 0o500); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, closed)
	}
	for _, dir := range dirs {
		f := newStore(t, dir, false)
		m, err := f.Wait(t.Context(), s.source())
		if err != nil {
			t.Fatal(err)
		}
		if status := f.settle(t, s.source()); status.Failure != nil || f.Model(s.source()) != m || !strings.Contains(f.log.String(), "kept in memory") {
			t.Errorf("got %+v, log %s", status, f.log)
		}
	}
}

// TestStoresShareAFolder has several programs ask at once. What each reads is whole; later on one of them renews it for all.
func TestStoresShareAFolder(t *testing.T) {
	t.Parallel()
	s := newService(t, xml(small(40)))
	dir := filepath.Join(t.TempDir(), "shared")
	stores := make([]fixture, 4)
	var all sync.WaitGroup
	for i := range stores {
		stores[i] = newStore(t, dir, false)
		all.Go(func() {
			if m, err := stores[i].Wait(t.Context(), s.source()); err != nil || m.Size().Types != 40 {
				t.Errorf("store %d: %v", i, err)
			}
			stores[i].settle(t, s.source())
			if strings.Contains(stores[i].log.String(), "level=WARN") {
				t.Error(stores[i].log)
			}
		})
	}
	all.Wait()
	checkFiles(t, dir)
	before := s.calls()
	for i := range stores {
		stores[i].clock.forward(8 * 24 * time.Hour)
		stores[i].Model(s.source())
		if status := stores[i].settle(t, s.source()); !status.Fetched.Equal(stores[i].clock.now()) {
			t.Errorf("got %+v", status)
		}
	}
	if got := s.calls() - before; got != 1 {
		t.Errorf("%d fetches, want one for all", got)
	}
}

func TestStoreSweeps(t *testing.T) {
	t.Parallel()
	s := newService(t, xml(small(10)))
	dir := t.TempDir()
	old, recent, other := filepath.Join(dir, ".schema-1.tmp"), filepath.Join(dir, ".schema-2.tmp"), filepath.Join(dir, "mine.tmp")
	for _, name := range []string{old, recent, other} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{old, other} {
		long := time.Now().Add(-2 * time.Hour)
		if err := os.Chtimes(name, long, long); err != nil {
			t.Fatal(err)
		}
	}
	f := newStore(t, dir, false)
	f.Model(s.source())
	f.settle(t, s.source())
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was left is there: %v", err)
	}
	for _, name := range []string{recent, other} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}

// TestStoreWithAWrongClock has a file from the future: a clock was wrong once.
func TestStoreWithAWrongClock(t *testing.T) {
	t.Parallel()
	s := newService(t, xml(small(10)))
	dir := t.TempDir()
	ahead := newStore(t, dir, false)
	ahead.clock.forward(20 * 365 * 24 * time.Hour)
	ahead.Model(s.source())
	ahead.settle(t, s.source())
	f := newStore(t, dir, false)
	if f.Model(s.source()) == nil {
		t.Error("it is not used")
	}
	if status := f.settle(t, s.source()); !status.Fetched.Equal(f.clock.now()) || s.calls() != 2 {
		t.Errorf("got %+v, %d calls", status, s.calls())
	}
}
