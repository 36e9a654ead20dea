package cli

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	quietLook  = 10 * time.Second
	quietPart  = 8        // a server is quiet that allocates less than this part of what it holds between two looks
	worthBytes = 16 << 20 // that the system would get back
)

// giveBack returns memory to the system when a busy time is over. The collector is set to run seldom, and would keep
// what a crowd of callers has needed for minutes after it has gone.
func giveBack(ctx context.Context) {
	look := time.NewTicker(quietLook)
	defer look.Stop()
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	read := func() (allocated, held uint64) {
		metrics.Read(samples)
		return samples[0].Value.Uint64(), samples[1].Value.Uint64() + samples[2].Value.Uint64() + samples[3].Value.Uint64()
	}
	var before, kept uint64
	for first := true; ; first = false {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		allocated, held := read()
		if first { // nothing is read at the start, which is to be over soon
			before, kept = allocated, min(held, worthBytes)
			continue
		}
		quiet := (allocated-before)*quietPart < held
		before = allocated
		if quiet && held > kept+worthBytes { // more than what was left after the last time
			runtime.GC() // the first lets go of what lies in pools, the second frees it
			debug.FreeOSMemory()
			_, kept = read()
		} else {
			kept = min(kept, held)
		}
	}
}
