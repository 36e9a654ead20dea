package e2e

import (
	"context"
	"sync"
	"testing"
)

// Replicas and what they share come and go under load. Every answer is right, or refuses cleanly; nobody gets anything of
// somebody else's; what is to be done once is never done twice; and afterwards everything works again.
func TestReplicasComeAndGo(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]fleetOptions{
		"a store that remembers": {appendOnly: true, http: "rate_limit = 1000000"},
		"a store that forgets":   {http: "rate_limit = 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.keys, o.people, o.level = keysOfCrowd, 20_000, "error"
			f := startFleet(t, o)
			l := newLoad(t, f)
			errands, all := l.crowd(t)
			stop := make(chan struct{})
			var callers sync.WaitGroup
			for i, e := range errands {
				l.begin(t, &callers, stop, e, all[i])
			}
			end := sync.OnceFunc(func() {
				close(stop)
				callers.Wait()
			})
			t.Cleanup(end)
			l.wait(t, 200, true)
			for i := range f.replicas {
				f.kill(t, i)
				l.wait(t, 60, false)
				f.start(t, i)
				l.wait(t, 120, true)
			}
			before := l.count(lost)
			f.store.kill()
			l.wait(t, 100, false)
			f.store.start(t)
			l.wait(t, 200, true)
			end()
			l.ledger.check(t)
			if n := l.count(lost) - before; n != 0 {
				t.Errorf("%d answers were lost while no replica was", n)
			}
			t.Logf("answered, refused, lost, gone: %v", l.counts)
			for i, e := range errands {
				if err := eventually(t, func(ctx context.Context) (outcome, error) { return e.run(ctx, l, all[i]) }); err != nil {
					t.Errorf("afterwards, %s: %v", e.name, err)
				}
			}
			l.ledger.check(t)
		})
	}
}

// eventually does something again until it is answered.
func eventually(t *testing.T, do func(ctx context.Context) (outcome, error)) error {
	t.Helper()
	ctx := within(t)
	for {
		came, err := do(ctx)
		if err != nil || came == answered {
			return err
		}
		if rest(ctx); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
