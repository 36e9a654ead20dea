package telemetry

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// describeProcess adds what is known of the process itself, under the names that dashboards for Go know.
func (t *Telemetry) describeProcess(version string) {
	t.metrics.ask(asked{family: family{name: prefix + "build_info", help: "The version that runs, as labels.", kind: kindGauge},
		fixed: pair("version", version) + "," + pair("go", runtime.Version()), value: func() float64 { return 1 }})
	started := float64(t.started.UnixMilli()) / 1000
	own := t.metrics.own
	own("process_start_time_seconds", kindGauge, "When the process began, in seconds since 1970.", func() float64 { return started })
	own(prefix+"uptime_seconds", kindGauge, "How long the process has been running.", func() float64 { return time.Since(t.started).Seconds() })
	own("go_goroutines", kindGauge, "Goroutines that exist.", func() float64 { return float64(runtime.NumGoroutine()) })
	memory := func(name, help string, of func(*runtime.MemStats) uint64) {
		own(name, kindGauge, help, func() float64 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m) // stops the process for some microseconds, at a scrape alone
			return float64(of(&m))
		})
	}
	memory("go_memstats_heap_alloc_bytes", "Bytes of the heap that are in use.", func(m *runtime.MemStats) uint64 { return m.HeapAlloc })
	memory("go_memstats_sys_bytes", "Bytes that Go has got from the system.", func(m *runtime.MemStats) uint64 { return m.Sys })
	if runtime.GOOS == "linux" {
		own("process_resident_memory_bytes", kindGauge, "Bytes of memory that the process holds.", resident)
		own("process_cpu_seconds_total", kindCounter, "Processor time that the process has used.", processorTime)
	}
}

// resident returns the memory that the process holds (proc_pid_statm(5)), or 0 where the system does not tell.
func resident() float64 {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return float64(pages) * float64(os.Getpagesize())
}

// ticks is how many of the system's ticks are a second: the same on all of Linux that Go runs on.
const ticks = 100

// processorTime returns what the process has used in user and system mode (proc_pid_stat(5), fields 14 and 15).
func processorTime() float64 {
	raw, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	text := string(raw)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // the program's name before it may hold anything
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / ticks
}
