package door

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func named(name string) Principal { return Principal{Name: name} }

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
		waiting := func() int {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.waiting
		}
		refused := map[string]int{}
		for _, name := range []string{"a", "b"} {
			for range 12 { // two have a place, eight wait
				if ask(name) {
					refused[name]++
				}
			}
		}
		if refused["a"] != 2 || refused["b"] != 2 || waiting() != 16 {
			t.Errorf("refused %v, waiting %d", refused, waiting())
		}
		for _, name := range []string{"c", "d", "e"} { // whose first waits all the same
			for range 9 {
				if ask(name) {
					refused[name]++
				}
			}
		}
		if refused["c"] != 6 || refused["d"] != 8 || refused["e"] != 8 || waiting() != 16+5 { // of c, two more than its first
			t.Errorf("refused %v, waiting %d", refused, waiting())
		}
		time.Sleep(6 * time.Second) // of the bubble's clock
		all.Wait()
		p.leave(named("a"))
		if p.waiting != 0 || p.taken != 3 {
			t.Errorf("%d wait, %d are taken", p.waiting, p.taken)
		}
	})
}

// However many places there are from three on, two principals that take what they get, and keep it, leave a third its turn.
func TestTwoDoNotKeepAThirdOut(t *testing.T) {
	t.Parallel()
	for most := 3; most <= 64; most++ {
		b := Rules{MaxConcurrent: most, MaxWait: -1, Bearers: []Authenticator{nil}}.callBounds()
		p := newPlaces(b)
		for range most {
			p.take(t.Context(), named("a"))
		}
		for range most {
			p.take(t.Context(), named("b"))
		}
		if !p.take(t.Context(), named("c")) {
			t.Errorf("%d places: the third has none beside %v", most, p.takenBy)
		}
		if least := most - b.kept; p.takenBy["a"] < min(b.share, least) || p.takenBy["a"]+p.takenBy["b"] < least {
			t.Errorf("%d places: too many are kept beside %v", most, p.takenBy)
		}
	}
}

// The places that are kept for others go to whoever waits with none, before those who have some.
func TestKeptPlacesAreForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(bounds{most: 4, share: 3, kept: 1, wait: 5 * time.Second})
		for range 3 {
			p.take(t.Context(), named("a"))
		}
		p.take(t.Context(), named("b"))
		var all sync.WaitGroup
		got := map[string]bool{}
		var mu sync.Mutex
		for _, name := range []string{"b", "c"} {
			all.Go(func() {
				has := p.take(t.Context(), named(name))
				mu.Lock()
				defer mu.Unlock()
				got[name] = has
			})
			synctest.Wait()
		}
		p.leave(named("a"))
		all.Wait()
		if got["b"] || !got["c"] {
			t.Errorf("got %v", got)
		}
	})
}

func TestPrincipalsThatWaitAreBounded(t *testing.T) {
	t.Parallel()
	p := newPlaces(bounds{most: 1, share: 1, wait: time.Minute})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seat("a")
	for i := range mostLines {
		if p.line(strconv.Itoa(i)) == nil {
			t.Fatalf("principal %d cannot wait", i)
		}
	}
	if p.line("one more") != nil {
		t.Error("there is no bound")
	}
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
		c    Rules
		want bounds
	}{
		{Rules{MaxConcurrent: 5}, bounds{5, 5, 0, 5 * time.Second}},
		{Rules{MaxConcurrent: 5, Keys: two}, bounds{5, 3, 1, 5 * time.Second}},
		{Rules{MaxConcurrent: 5, Keys: append(two, Key{Name: "c"}, Key{Name: "d"})}, bounds{5, 3, 2, 5 * time.Second}},
		{Rules{MaxConcurrent: 5, Bearers: []Authenticator{nil}}, bounds{5, 3, 2, 5 * time.Second}},
		{Rules{MaxConcurrent: 256, Bearers: []Authenticator{nil}}, bounds{256, 128, 64, 5 * time.Second}},
		{Rules{MaxConcurrent: 5, MaxPerCaller: 2, MaxWait: -1}, bounds{5, 2, 0, -1}},
		{Rules{MaxConcurrent: 5, MaxPerCaller: 9, Keys: two}, bounds{5, 5, 1, 5 * time.Second}},
		{Rules{Bearers: []Authenticator{nil}}, bounds{1, 1, 0, 5 * time.Second}},
		{Rules{}, bounds{1, 1, 0, 5 * time.Second}},
	} {
		if got := tt.c.callBounds(); got != tt.want {
			t.Errorf("got %v, want %v", got, tt.want)
		}
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
