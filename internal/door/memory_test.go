package door

import (
	"errors"
	"log/slog"
	"math"
	"testing"
	"time"
)

func TestMemoryShedsAndRecovers(t *testing.T) {
	t.Parallel()
	clock := newTick()
	used, garbage, tidied := uint64(0), uint64(0), 0
	m := newMemory(1000, slog.New(slog.DiscardHandler))
	m.now, m.used = clock.now, func() uint64 { return used + garbage }
	m.tidy = func() { tidied++; garbage = 0 }
	for _, step := range []struct {
		name          string
		used, garbage uint64
		pass          time.Duration
		full          bool
		tidied        int
	}{
		{"little", 100, 0, time.Second, false, 0},
		{"garbage is collected", 100, 1000, time.Second, false, 1},
		{"much, right after a collection", 1100, 0, time.Second, true, 1},
		{"much, later", 1100, 0, memoryTidy, true, 2},
		{"somewhat less", 950, 0, time.Second, true, 2},
		{"less", 800, 0, time.Second, false, 2},
		{"more, but not looked at yet", 1100, 0, 50 * time.Millisecond, false, 2},
		{"and looked at", 1100, 0, 50 * time.Millisecond, true, 2},
	} {
		used, garbage = step.used, step.garbage
		clock.pass(step.pass)
		if got := m.full(); got != step.full || tidied != step.tidied {
			t.Errorf("%s: full %v, collected %d times", step.name, got, tidied)
		}
	}
}

// A clock that is set back keeps the door neither shut nor open until it has caught up.
func TestMemoryIsLookedAtWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	clock := newTick()
	used := uint64(2000)
	m := newMemory(1000, slog.New(slog.DiscardHandler))
	m.now, m.used, m.tidy = clock.now, func() uint64 { return used }, func() {}
	if !m.full() {
		t.Fatal("there is too much to begin with, and the door is open")
	}
	for _, step := range []struct {
		used uint64
		full bool
	}{{100, false}, {2000, true}} {
		used = step.used
		clock.pass(-24 * time.Hour)
		if got := m.full(); got != step.full {
			t.Errorf("with %d in use: full %v", step.used, got)
		}
	}
}

func TestMemoryLimitOfTheSystem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		runtime int64
		files   map[string]string
		want    uint64
	}{
		{"none", math.MaxInt64, nil, 0},
		{"of the runtime", 1 << 30, nil, 1 << 30},
		{"of the group, version 2", math.MaxInt64, map[string]string{"/sys/fs/cgroup/memory.max": "536870912\n"}, 512 << 20},
		{"no limit of the group", math.MaxInt64, map[string]string{"/sys/fs/cgroup/memory.max": "max\n"}, 0},
		{"version 1", math.MaxInt64, map[string]string{"/sys/fs/cgroup/memory/memory.limit_in_bytes": "1048576"}, 1 << 20},
		{"no limit in version 1", math.MaxInt64, map[string]string{"/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712"}, 0},
		{"the smaller", 1 << 30, map[string]string{"/sys/fs/cgroup/memory.max": "1048576"}, 1 << 20},
	} {
		read := func(name string) ([]byte, error) {
			if text, ok := tt.files[name]; ok {
				return []byte(text), nil
			}
			return nil, errors.New("no such file")
		}
		if got := systemLimit(tt.runtime, read); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	if memoryUsed() < 1<<20 {
		t.Error("the process is said to use next to nothing: the runtime's metrics have other names")
	}
}
