package cli

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	quietLook  = 10 * time.Second
	quietBytes = 1 << 20  // allocated between two looks by a server that has nothing to do
	worthBytes = 16 << 20 // that the system would get back
)

// giveBack returns memory to the system when a busy time is over. The collector is set to run seldom, and would keep
// what a crowd of callers has needed for minutes after it has gone.
func giveBack(ctx context.Context) {
	look := time.NewTicker(quietLook)
	defer look.Stop()
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	var before, kept uint64
	for {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		metrics.Read(samples)
		allocated := samples[0].Value.Uint64() - before
		before = samples[0].Value.Uint64()
		held := samples[1].Value.Uint64() + samples[2].Value.Uint64() + samples[3].Value.Uint64()
		if allocated > quietBytes {
			kept = 0
			continue
		}
		if held > kept+worthBytes { // more than what was left after the last time
			debug.FreeOSMemory()
			metrics.Read(samples)
			kept = samples[1].Value.Uint64() + samples[2].Value.Uint64() + samples[3].Value.Uint64()
		}
	}
}
