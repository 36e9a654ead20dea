package door

import (
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// memory tells when so much of it is in use that new calls had better not begin: those that run shall end well, which
// they do not if the system ends the process.
type memory struct {
	limit uint64 // bytes; 0: none
	log   *slog.Logger
	now   func() time.Time
	used  func() uint64
	tidy  func() // gives back what is not in use

	short   atomic.Bool
	looked  atomic.Int64 // when, in nanoseconds
	looking sync.Mutex   // held by the one who looks
	tidied  time.Time    // guarded by looking
}

const (
	memoryLook = 100 * time.Millisecond // at most one look in this time
	memoryTidy = 5 * time.Second        // at most one collection in this time
)

// newMemory watches over a limit in bytes; 0: none.
func newMemory(limit int64, log *slog.Logger) *memory {
	return &memory{limit: uint64(max(0, limit)), log: log, now: time.Now, used: memoryUsed, tidy: debug.FreeOSMemory}
}

// SystemMemory is beyond how many bytes a server had better refuse new calls: a part of what the system lets the process
// have (GOMEMLIMIT, or its control group), 0 where it does not say. It is to be asked before [KeepMemory] is called.
func SystemMemory() int64 {
	return int64(systemLimit(debug.SetMemoryLimit(-1), os.ReadFile) / 100 * 85)
}

// KeepMemory has garbage collected in time where calls are refused beyond a limit. It would count as used otherwise, and
// keep the door shut: the collector lets it grow to several times what lives.
func KeepMemory(limit int64) {
	if limit > 0 {
		debug.SetMemoryLimit(limit / 10 * 9)
	}
}

// full tells whether new calls have to be refused. It costs next to nothing.
func (m *memory) full() bool {
	if m.limit == 0 {
		return false
	}
	since := m.now().UnixNano() - m.looked.Load() // below 0: the clock was set back, to before the last look
	if (since >= int64(memoryLook) || since < 0) && m.looking.TryLock() {
		m.look()
		m.looking.Unlock()
	}
	return m.short.Load()
}

// look finds out how much is in use. What is garbage counts, too, until it is collected; so before it stays closed, the
// door has it collected. It opens again with some distance to the limit, lest it swing. The caller holds looking.
func (m *memory) look() {
	now := m.now()
	m.looked.Store(now.UnixNano())
	used := m.used()
	if used > m.limit && now.Sub(m.tidied) >= memoryTidy {
		m.tidied = now
		m.short.Store(true) // for whoever comes meanwhile
		m.tidy()
		used = m.used()
		m.looked.Store(m.now().UnixNano())
		if used <= m.limit {
			m.short.Store(false)
			return
		}
		m.log.Warn("short of memory: new calls are refused", "used", used, "limit", m.limit)
	}
	switch {
	case used > m.limit:
		if !m.short.Swap(true) {
			m.log.Warn("short of memory: new calls are refused", "used", used, "limit", m.limit)
		}
	case used < m.limit/10*9 && m.short.Swap(false):
		m.log.Info("there is memory for new calls again", "used", used)
	}
}

// memoryUsed is what the runtime's own limit counts: all that the system has given, without what was given back.
func memoryUsed() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	if samples[0].Value.Kind() != metrics.KindUint64 || samples[1].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// systemLimit is the smaller of GOMEMLIMIT and of what the control group may use; 0 where there is neither.
func systemLimit(runtimeLimit int64, read func(string) ([]byte, error)) uint64 {
	limit := uint64(math.MaxInt64)
	if runtimeLimit > 0 {
		limit = uint64(runtimeLimit)
	}
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} { // version 2 and 1
		text, err := read(file)
		if err != nil {
			continue
		}
		if group, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil && group > 0 { // "max": none
			limit = min(limit, group)
		}
	}
	if limit >= 1<<60 { // how version 1 and the runtime write "none"
		return 0
	}
	return limit
}
