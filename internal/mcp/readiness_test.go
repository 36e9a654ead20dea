package mcp

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestReadinessIsNoStorm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		failed := map[string]error{}
		r := &readiness{now: time.Now, ask: func(ctx context.Context) health {
			asked++
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				t.Error("the client that asked first has gone, and all others with it")
			}
			return health{failed: failed}
		}}
		gone, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { _, _ = r.get(gone) })
		synctest.Wait()
		for range 50 {
			all.Go(func() {
				if _, err := r.get(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		leave()
		all.Wait()
		for _, step := range []struct {
			pass  time.Duration
			asked int
		}{{readyLife - 1, 1}, {1, 2}, {unreadyLife - 1, 2}, {1, 3}} {
			time.Sleep(step.pass) // of the bubble's clock
			failed = map[string]error{"contoso": errors.New("x")}
			if _, err := r.get(t.Context()); err != nil || asked != step.asked {
				t.Errorf("%+v: asked %d times, %v", step, asked, err)
			}
		}
	})
}
