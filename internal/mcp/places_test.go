package mcp

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func named(name string) principal { return principal{name: name} }

func TestPlacesGoRoundAmongThoseWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(bounds{most: 1, share: 1, wait: 5 * time.Second})
		p.take(t.Context(), named("a"))
		var mu sync.Mutex
		var order []string
		var all sync.WaitGroup
		for _, name := range []string{"a", "a", "b", "c"} {
			all.Go(func() {
				if p.take(t.Context(), named(name)) {
					mu.Lock()
					order = append(order, name)
					mu.Unlock()
					p.leave(named(name))
				}
			})
			synctest.Wait() // in this order
		}
		p.leave(named("a"))
		all.Wait()
		if got, want := strings.Join(order, " "), "a b c a"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if p.taken != 0 || p.waiting != 0 || len(p.takenBy) != 0 || len(p.lines) != 0 || len(p.turns) != 0 {
			t.Errorf("something stays behind: %+v", p)
		}
	})
}

func TestWaitForAPlaceEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(bounds{most: 1, share: 1, wait: 5 * time.Second})
		p.take(t.Context(), named("a"))
		start := time.Now()
		if p.take(t.Context(), named("b")) || time.Since(start) != 5*time.Second {
			t.Errorf("there was a place after %s", time.Since(start))
		}
		gone, leave := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		waiting.Go(func() {
			if p.take(gone, named("b")) {
				t.Error("a client that is gone has a place")
			}
		})
		synctest.Wait()
		start = time.Now()
		leave()
		waiting.Wait()
		if time.Since(start) != 0 {
			t.Error("a client that is gone waits on")
		}
		if p.waiting != 0 || len(p.lines) != 0 || len(p.turns) != 0 {
			t.Errorf("something stays behind: %+v", p)
		}
		p.leave(named("a"))
		if !p.take(t.Context(), named("b")) {
			t.Error("the place that is free again is not given away")
		}
	})
}

// Nobody waits in a room that is full, and one principal does not fill it.
func TestWaitingRoomIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(bounds{most: 4, share: 2, wait: 5 * time.Second})
		var all sync.WaitGroup
		ask := func(name string) (refused bool) {
			start, answered := time.Now(), make(chan bool, 1)
			all.Go(func() { answered <- p.take(t.Context(), named(name)) })
			synctest.Wait()
			select {
			case has := <-answered:
				return !has && time.Since(start) == 0
			default:
				return false
			}
		}
		refused := map[string]int{}
		for _, name := range []string{"a", "b"} {
			for range 12 { // two have a place, eight wait
				if ask(name) {
					refused[name]++
				}
			}
		}
		if refused["a"] != 2 || refused["b"] != 2 || p.waiting != 16 || !ask("c") {
			t.Errorf("refused %v, waiting %d", refused, p.waiting)
		}
		time.Sleep(6 * time.Second) // of the bubble's clock
		all.Wait()
		p.leave(named("a"))
		if p.waiting != 0 || p.taken != 3 {
			t.Errorf("%d wait, %d are taken", p.waiting, p.taken)
		}
	})
}

func TestPlacesCanGrow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(bounds{most: 1, share: 1, wait: time.Minute})
		p.take(t.Context(), named("a"))
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				if !p.take(t.Context(), named("a")) {
					t.Error("no place")
				}
			})
		}
		synctest.Wait()
		p.resize(bounds{most: 4, share: 3, wait: time.Minute})
		all.Wait()
		if p.taken != 3 {
			t.Errorf("%d are taken", p.taken)
		}
	})
}

// Under a storm nothing is counted twice or lost.
func TestPlacesAddUp(t *testing.T) {
	t.Parallel()
	p := newPlaces(bounds{most: 3, share: 2, wait: 10 * time.Millisecond})
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			who := named(string(rune('a' + i%5)))
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*time.Millisecond)
			defer cancel()
			for range 20 {
				if p.take(ctx, who) {
					p.leave(who)
				}
			}
		})
	}
	all.Wait()
	if p.taken != 0 || p.waiting != 0 || len(p.takenBy) != 0 || len(p.lines) != 0 || len(p.turns) != 0 {
		t.Errorf("something stays behind: %+v", p)
	}
}

func TestBoundsOfPlaces(t *testing.T) {
	t.Parallel()
	two := []Key{{Name: "a"}, {Name: "b"}}
	for _, tt := range []struct {
		c    HTTPConfig
		want bounds
	}{
		{HTTPConfig{MaxConcurrent: 5}, bounds{5, 5, 5 * time.Second}},
		{HTTPConfig{MaxConcurrent: 5, Keys: two}, bounds{5, 3, 5 * time.Second}},
		{HTTPConfig{MaxConcurrent: 5, Bearers: []Authenticator{nil}}, bounds{5, 3, 5 * time.Second}},
		{HTTPConfig{MaxConcurrent: 5, MaxPerCaller: 2, MaxWait: -1}, bounds{5, 2, -1}},
		{HTTPConfig{MaxConcurrent: 5, MaxPerCaller: 9, Keys: two}, bounds{5, 5, 5 * time.Second}},
		{HTTPConfig{}, bounds{1, 1, 5 * time.Second}},
	} {
		if got := tt.c.callBounds(); got != tt.want {
			t.Errorf("got %v, want %v", got, tt.want)
		}
	}
}

func TestRecentForgetsTheOldest(t *testing.T) {
	t.Parallel()
	r := newRecent[string, int](2)
	r.keep("a", 1)
	r.keep("b", 2)
	r.find("a")
	r.keep("c", 3)
	var held []string
	for _, key := range []string{"a", "b", "c"} {
		if _, ok := r.find(key); ok {
			held = append(held, key)
		}
	}
	if !slices.Equal(held, []string{"a", "c"}) || len(r.byKey) != 2 || r.order.Len() != 2 {
		t.Errorf("held: %v", held)
	}
}

// Who gives up in the moment in which their turn comes has a place all the same, and leaves it.
func TestTurnComesWhileGivingUp(t *testing.T) {
	t.Parallel()
	p := newPlaces(bounds{most: 1, share: 1, wait: time.Minute})
	p.take(t.Context(), named("a"))
	p.mu.Lock()
	w := p.line("b")
	p.mu.Unlock()
	p.leave(named("a"))
	if p.giveUp("b", w) || p.taken != 1 || p.takenBy["b"] != 1 {
		t.Errorf("the place is lost: %+v", p)
	}
}
