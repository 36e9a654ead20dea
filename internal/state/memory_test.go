package state

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestMemoryIsBounded fills a store by number and by size; what has died makes room.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory()
		m.values = newTable(10, 1<<20)
		isFull := func(err error) bool {
			e, ok := errors.AsType[*Error](err)
			return ok && e.Unavailable() && e.Hint() != ""
		}
		for i := range 10 {
			put(t, m, fmt.Sprint("k/", i), "v", time.Duration(i+1)*time.Minute)
		}
		if err := m.Put(t.Context(), "k/x", nil, time.Minute); !isFull(err) {
			t.Errorf("an eleventh of ten: %v", err)
		}
		put(t, m, "k/5", "new", time.Hour) // in place of another there is room
		time.Sleep(2*time.Minute + time.Second)
		put(t, m, "k/x", "v", time.Minute) // two have died
		put(t, m, "k/y", "v", time.Minute)
		if _, err := m.Create(t.Context(), "k/z", nil, time.Minute); !isFull(err) {
			t.Errorf("an eleventh of ten: %v", err)
		}
		if got := read(t, m, "k/5"); got != "new" {
			t.Errorf("what was put last is %q", got)
		}

		m.values = newTable(10, 1000)
		put(t, m, "k", string(make([]byte, 700)), time.Hour)
		if err := m.Put(t.Context(), "l", make([]byte, 700), time.Hour); !isFull(err) {
			t.Errorf("beyond its size: %v", err)
		}
		if err := m.Put(t.Context(), "k", make([]byte, 900), time.Hour); !isFull(err) {
			t.Errorf("beyond its size, in place of another: %v", err)
		}
		if got := len(read(t, m, "k")); got != 700 {
			t.Errorf("what could not be replaced has %d bytes", got)
		}
		put(t, m, "k", "", time.Hour)
		put(t, m, "l", string(make([]byte, 600)), time.Hour)
	})
}

// TestMemoryForgets has many come and go: nothing stays of them.
func TestMemoryForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory()
		for i := range 5000 {
			put(t, m, fmt.Sprint("k/", i), "v", time.Duration(1+i*7919%60)*time.Second)
			if i%3 == 0 {
				if err := m.Delete(t.Context(), fmt.Sprint("k/", i)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := m.Spend(t.Context(), fmt.Sprint("a/", i), 60, 5); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		put(t, m, "last", "v", time.Second)
		if _, err := m.Spend(t.Context(), "last", 60, 5); err != nil {
			t.Fatal(err)
		}
		for name, table := range map[string]*table{"values": m.values, "allowances": m.allowances} {
			if len(table.entries) != 1 || len(table.queue) != 1 || table.bytes > 2*entryCost {
				t.Errorf("%s: %d entries, %d in the queue, %d bytes", name, len(table.entries), len(table.queue), table.bytes)
			}
		}
	})
}

// TestStrangersDoNotFillTheStore spends the allowances of ever new callers.
func TestStrangersDoNotFillTheStore(t *testing.T) {
	t.Parallel()
	m := NewMemory()
	m.allowances = newTable(100, 1<<20)
	var last error
	for i := range 101 {
		_, last = m.Spend(t.Context(), fmt.Sprint("stranger/", i), 1, 1)
	}
	if e, ok := errors.AsType[*Error](last); !ok || !e.Unavailable() {
		t.Errorf("one too many: %v", last)
	}
	put(t, m, "session", "v", time.Hour)
}

// TestAllowance follows a caller by the clock.
func TestAllowance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory()
		spend := func() time.Duration {
			wait, err := m.Spend(t.Context(), "a", 60, 3) // one a second, three saved up
			if err != nil {
				t.Fatal(err)
			}
			return wait
		}
		for range 3 {
			if wait := spend(); wait != 0 {
				t.Fatalf("what was saved up has to wait %v", wait)
			}
		}
		if got, want := spend(), time.Second; got != want {
			t.Errorf("the wait is %v, want %v", got, want)
		}
		time.Sleep(time.Second - time.Microsecond)
		if got, want := spend(), time.Microsecond; got != want {
			t.Errorf("the wait is %v, want %v", got, want)
		}
		time.Sleep(time.Microsecond)
		if wait := spend(); wait != 0 {
			t.Errorf("after the wait, one has to wait %v", wait)
		}
		time.Sleep(time.Hour) // no more than three are saved up
		for range 3 {
			spend()
		}
		if wait := spend(); wait != time.Second {
			t.Errorf("after an hour a fourth has to wait %v", wait)
		}
	})
}

// TestAllowanceWhenTheClockIsSetBack has a caller spend all, at a time that turns out to be none.
func TestAllowanceWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	m := NewMemory()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m.now = func() time.Time { return now }
	checkSetBack(t, m, func() { now = now.Add(-24 * time.Hour) })
}

// checkSetBack spends all, has the clock set back by a day, and fails unless callers go on at the usual pace.
func checkSetBack(t *testing.T, s store, setBack func()) {
	t.Helper()
	spend := func() time.Duration {
		wait, err := s.Spend(t.Context(), "a", 1, 3) // one a minute, three saved up
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	for spend() == 0 {
	}
	setBack()
	if wait := spend(); wait != 0 {
		t.Errorf("the first call has to wait %v", wait)
	}
	if wait := spend(); wait <= 0 || wait > time.Minute {
		t.Errorf("the second has to wait %v, want a minute at most, and not nothing", wait)
	}
}

// TestPublishToWhoIsBehind has a subscriber who does not take: the sender hears of it.
func TestPublishToWhoIsBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory()
		hold := make(chan struct{})
		go func() { _ = m.Subscribe(t.Context(), "c", func([]byte) { <-hold }) }()
		synctest.Wait()
		var err error
		for range mailbox + 2 {
			err = m.Publish(t.Context(), "c", nil)
		}
		if e, ok := errors.AsType[*Error](err); !ok || !e.Unavailable() {
			t.Errorf("got %v", err)
		}
		close(hold)
		synctest.Wait()
		if err := m.Publish(t.Context(), "c", nil); err != nil {
			t.Errorf("who has caught up: %v", err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(m.subscribers) != 0 {
			t.Errorf("%d channels are left", len(m.subscribers))
		}
	})
}
