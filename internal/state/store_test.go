package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// store is what both kinds do.
type store interface {
	Get(ctx context.Context, key string) ([]byte, bool, error)
	Put(ctx context.Context, key string, value []byte, life time.Duration) error
	Create(ctx context.Context, key string, value []byte, life time.Duration) (bool, error)
	Take(ctx context.Context, key string) ([]byte, bool, error)
	Delete(ctx context.Context, key string) error
	Spend(ctx context.Context, key string, perMinute, burst int) (time.Duration, error)
	Publish(ctx context.Context, channel string, message []byte) error
	Subscribe(ctx context.Context, channel string, take func([]byte)) error
	Alone() bool
	Ping(ctx context.Context) error
	Close() error
}

// TestContract is what every store does.
func TestContract(t *testing.T) {
	t.Parallel()
	kinds := map[string]func(t *testing.T) store{
		"memory": func(*testing.T) store { return NewMemory() },
		"redis":  func(t *testing.T) store { return startRedis(t).open(t) },
	}
	for name, open := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			if err := s.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, want := s.Alone(), name == "memory"; got != want {
				t.Errorf("Alone() = %v, want %v", got, want)
			}
			t.Run("values", func(t *testing.T) { values(t, s) })
			t.Run("lives", func(t *testing.T) { lives(t, s) })
			t.Run("create", func(t *testing.T) { create(t, s) })
			t.Run("take", func(t *testing.T) { take(t, s) })
			t.Run("allowance", func(t *testing.T) { spend(t, s) })
			t.Run("crowd", func(t *testing.T) { crowd(t, s) })
			t.Run("messages", func(t *testing.T) { messages(t, s) })
			t.Run("misuse", func(t *testing.T) { misuse(t, s) })
			t.Run("closed", func(t *testing.T) { closed(t, s) })
		})
	}
}

// read returns what s has under key, or "nothing".
func read(t *testing.T, s store, key string) string {
	t.Helper()
	value, found, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("Get(%q): %v", key, err)
	}
	if !found {
		return "nothing"
	}
	return string(value)
}

func put(t *testing.T, s store, key, value string, life time.Duration) {
	t.Helper()
	if err := s.Put(t.Context(), key, []byte(value), life); err != nil {
		t.Fatalf("Put(%q): %v", key, err)
	}
}

func values(t *testing.T, s store) {
	if got := read(t, s, "v/none"); got != "nothing" {
		t.Errorf("an empty store has %q", got)
	}
	all := string(bytes.Repeat([]byte{0, 255, '\r', '\n', '$'}, 2000))
	for _, value := range []string{"one", "", all} {
		put(t, s, "v/1", value, time.Minute)
		if got := read(t, s, "v/1"); got != value {
			t.Errorf("of %d bytes came back %d, or others", len(value), len(got))
		}
	}
	mine := []byte("mine")
	if err := s.Put(t.Context(), "v/2", mine, time.Minute); err != nil {
		t.Fatal(err)
	}
	copy(mine, "evil")
	got, _, _ := s.Get(t.Context(), "v/2")
	copy(got, "evil")
	if got := read(t, s, "v/2"); got != "mine" {
		t.Errorf("a caller changed what is stored, to %q", got)
	}
	for range 2 { // what is not there can be removed, too
		if err := s.Delete(t.Context(), "v/2"); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, s, "v/2"); got != "nothing" {
		t.Errorf("removed, and still there: %q", got)
	}
	if got := read(t, s, "V/1"); got != "nothing" {
		t.Errorf("keys do not differ by case: %q", got)
	}
}

// eventually waits until what it waits for is true; only what never comes takes long.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("it never came: %s", what)
		case <-tick.C:
		}
	}
}

func lives(t *testing.T, s store) {
	put(t, s, "l/short", "x", 30*time.Millisecond)
	put(t, s, "l/long", "x", time.Hour)
	put(t, s, "l/longer", "x", 30*time.Millisecond)
	put(t, s, "l/longer", "x", time.Hour) // a new life
	eventually(t, "the end of a life", func() bool { return read(t, s, "l/short") == "nothing" })
	if got := read(t, s, "l/long") + read(t, s, "l/longer"); got != "xx" {
		t.Errorf("what lives on is %q", got)
	}
	if _, found, err := s.Take(t.Context(), "l/short"); found || err != nil {
		t.Errorf("Take of what has died: %v, %v", found, err)
	}
	if made, err := s.Create(t.Context(), "l/short", []byte("again"), time.Hour); !made || err != nil {
		t.Errorf("Create in place of what has died: %v, %v", made, err)
	}
}

func create(t *testing.T, s store) {
	for i, want := range []bool{true, false} {
		got, err := s.Create(t.Context(), "c/1", fmt.Append(nil, i), time.Minute)
		if got != want || err != nil {
			t.Errorf("Create, time %d: %v, %v", i+1, got, err)
		}
	}
	if got := read(t, s, "c/1"); got != "0" {
		t.Errorf("the second came through: %q", got)
	}
}

func take(t *testing.T, s store) {
	put(t, s, "t/1", "once", time.Minute)
	value, found, err := s.Take(t.Context(), "t/1")
	if string(value) != "once" || !found || err != nil {
		t.Errorf("Take: %q, %v, %v", value, found, err)
	}
	if _, found, err := s.Take(t.Context(), "t/1"); found || err != nil {
		t.Errorf("Take again: %v, %v", found, err)
	}
}

// crowd has many create and take the same: one of them succeeds.
func crowd(t *testing.T, s store) {
	var created, taken atomic.Int32
	for round := range 20 {
		key := fmt.Sprint("crowd/", round)
		var everybody sync.WaitGroup
		for range 16 {
			everybody.Go(func() {
				made, err := s.Create(t.Context(), key, []byte("x"), time.Minute)
				if err != nil {
					t.Error(err)
				}
				if made {
					created.Add(1)
				}
				_, found, err := s.Take(t.Context(), key+"/t")
				if err != nil {
					t.Error(err)
				}
				if found {
					taken.Add(1)
				}
			})
			if round%2 == 0 {
				put(t, s, key+"/other", "x", time.Minute)
			}
		}
		put(t, s, key+"/t", "x", time.Minute)
		everybody.Wait()
		if _, found, _ := s.Take(t.Context(), key+"/t"); found {
			taken.Add(1)
		}
	}
	if created.Load() != 20 || taken.Load() != 20 {
		t.Errorf("of 20 were created %d, taken %d", created.Load(), taken.Load())
	}
}

func spend(t *testing.T, s store) {
	for i := range 5 { // one a minute, five saved up
		if wait, err := s.Spend(t.Context(), "a/1", 1, 5); wait != 0 || err != nil {
			t.Fatalf("call %d has to wait %v, %v", i+1, wait, err)
		}
	}
	var last time.Duration
	for range 3 { // and what is refused costs nothing
		wait, err := s.Spend(t.Context(), "a/1", 1, 5)
		if err != nil || wait < 30*time.Second || wait > time.Minute {
			t.Errorf("beyond the allowance: wait %v, %v", wait, err)
		}
		last = wait
	}
	if last > time.Minute {
		t.Errorf("refused calls moved the time on: %v", last)
	}
	if wait, err := s.Spend(t.Context(), "a/2", 1, 1); wait != 0 || err != nil {
		t.Errorf("somebody else has to wait: %v, %v", wait, err)
	}
	for range 2 {
		if _, err := s.Spend(t.Context(), "a/3", 6000, 1); err != nil { // one in 10 ms
			t.Fatal(err)
		}
	}
	eventually(t, "a new allowance", func() bool {
		wait, err := s.Spend(t.Context(), "a/3", 6000, 1)
		return wait == 0 && err == nil
	})
	if got := read(t, s, "a/1"); got != "nothing" {
		t.Errorf("an allowance is a value: %q", got)
	}
	for range 2 { // no limits are the smallest, not none
		if _, err := s.Spend(t.Context(), "a/4", 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	if wait, err := s.Spend(t.Context(), "a/4", -1, -1); wait == 0 || err != nil {
		t.Errorf("a limit of -1 lets all pass: %v, %v", wait, err)
	}
}

// listen subscribes, and returns what has come so far and what ends it.
func listen(t *testing.T, s store, channel string) (heard func() []string, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var got []string
	done := make(chan error, 1)
	go func() {
		done <- s.Subscribe(ctx, channel, func(message []byte) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, string(message))
		})
	}()
	heard = func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string{}, got...)
	}
	eventually(t, "the first message", func() bool {
		if err := s.Publish(t.Context(), channel, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		return len(heard()) > 0
	})
	return heard, func() error { cancel(); return <-done }
}

func messages(t *testing.T, s store) {
	first, endFirst := listen(t, s, "m/1")
	second, endSecond := listen(t, s, "m/1")
	other, endOther := listen(t, s, "m/2")
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprint(i))
		if err := s.Publish(t.Context(), "m/1", []byte(want[i])); err != nil {
			t.Fatal(err)
		}
	}
	for name, heard := range map[string]func() []string{"first": first, "second": second} {
		eventually(t, "the last message", func() bool { got := heard(); return got[len(got)-1] == "99" })
		got := heard()
		if diff := cmp.Diff(want, got[len(got)-100:]); diff != "" {
			t.Errorf("%s got others, or in another order (-want +got):\n%s", name, diff)
		}
	}
	for _, message := range other() {
		if message != "hello" {
			t.Errorf("the other channel's subscriber got %q", message)
		}
	}
	for _, end := range []func() error{endFirst, endSecond, endOther} {
		if err := end(); err != nil {
			t.Errorf("a subscription ended with %v", err)
		}
	}
	if err := s.Publish(t.Context(), "m/1", []byte("to nobody")); err != nil {
		t.Error(err)
	}
}

func misuse(t *testing.T, s store) {
	ctx := t.Context()
	long, large := strings.Repeat("k", maxKey+1), make([]byte, maxValue+1)
	_, endless := s.Create(ctx, "x", nil, 0)
	_, nameless := s.Spend(ctx, "", 1, 1)
	for name, err := range map[string]error{
		"no key":        s.Put(ctx, "", nil, time.Minute),
		"long key":      s.Put(ctx, long, nil, time.Minute),
		"large value":   s.Put(ctx, "x", large, time.Minute),
		"no life":       endless,
		"no name":       nameless,
		"large message": s.Publish(ctx, "x", large),
		"no channel":    s.Subscribe(ctx, "", func([]byte) {}),
	} {
		if e, ok := errors.AsType[*Error](err); !ok || e.Unavailable() {
			t.Errorf("%s: %v", name, err)
		}
	}
	put(t, s, "x", string(large[:maxValue]), time.Minute)
	if got := len(read(t, s, "x")); got != maxValue {
		t.Errorf("of the largest value came back %d bytes", got)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := s.Get(gone, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up gets %v", err)
	}
}

// closed ends the store: what is called then says that it cannot.
func closed(t *testing.T, s store) {
	ended := make(chan error, 1)
	_, _ = listen(t, s, "z") // so that the subscription below is not the first
	go func() { ended <- s.Subscribe(t.Context(), "z/2", func([]byte) {}) }()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	_, _, err := s.Get(t.Context(), "v/1")
	for name, err := range map[string]error{"Get": err, "Ping": s.Ping(t.Context()), "Put": s.Put(t.Context(), "x", nil, time.Minute)} {
		if e, ok := errors.AsType[*Error](err); !ok || !e.Unavailable() {
			t.Errorf("%s of a closed store: %v", name, err)
		}
	}
	if err := <-ended; err == nil {
		t.Error("a subscription of a closed store ended without an error, before its context")
	}
}
