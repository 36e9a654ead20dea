package e2e

import (
	"sync"
	"syscall"
	"testing"
)

// A store that takes connections and answers nothing holds nobody up for long: what needs it is put off, and goes on as
// soon as the store does.
func TestReplicasWithAFrozenStore(t *testing.T) {
	t.Parallel()
	f, l, callers := calmFleet(t, fleetOptions{keys: 1, level: "error", http: "rate_limit = 0"})
	c := callers[0]
	for i, r := range f.replicas {
		if came, err := reads(within(t), l, c.at(r)); came != answered || err != nil {
			t.Fatalf("replica %d: %v, %v", i, came, err)
		}
	}
	if err := f.store.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for i, r := range f.replicas {
		for range 3 { // what needs no store is served
			if came, err := reads(within(t), l, c.at(r)); came != answered || err != nil {
				t.Errorf("replica %d: reading: %v, %v", i, came, err)
			}
		}
	}
	var waiting sync.WaitGroup
	for i, r := range f.replicas {
		waiting.Go(func() {
			session := *c.at(r)
			if came, err := session.greet(within(t)); came != putOff || err != nil {
				t.Errorf("replica %d: a session: %v, %v", i, came, err)
			}
		})
		waiting.Go(func() {
			if _, came, err := c.at(r).uploadLink(within(t), l.employee()); came != putOff || err != nil {
				t.Errorf("replica %d: a link: %v, %v", i, came, err)
			}
		})
	}
	waiting.Wait()
	if err := f.store.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for i, r := range f.replicas {
		session := *c.at(r)
		if err := eventually(t, session.greet); err != nil {
			t.Errorf("replica %d: afterwards: %v", i, err)
		}
	}
}
