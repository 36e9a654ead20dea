package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestGivingUpSaysWhatItWaitedFor(t *testing.T) {
	t.Parallel()
	type reply struct {
		status int
		after  string
	}
	for _, tt := range []struct {
		name    string
		limit   time.Duration // of the call
		replies []reply       // the last one for ever
		method  string
		want    []string
		hint    []string
		took    time.Duration
	}{
		{"more than a call waits", 2 * time.Minute, []reply{{429, "12"}, {429, "12"}, {429, "60"}}, "GET",
			[]string{"GET /me/messages: gave up after waiting 24 s in all (3 tries)", "throttles this mailbox and asks to wait 60 s more", "HTTP 429", "TooManyRequests"},
			[]string{"try again in 60 s, not before 00:01:24 UTC; until then calls to this mailbox wait"}, 24 * time.Second},
		{"more than it has time for", 20 * time.Second, []reply{{429, "12"}}, "POST",
			[]string{"gave up after waiting 12 s in all (2 tries)", "asks to wait 12 s more", "HTTP 429"}, []string{"try again in 12 s"}, 12 * time.Second},
		{"at once", 2 * time.Minute, []reply{{429, "100"}}, "GET",
			[]string{"GET /me/messages: not repeated; the service throttles this mailbox and asks to wait 100 s more"}, []string{"try again in 100 s"}, 0},
		{"again and again", 2 * time.Minute, []reply{{429, "3"}}, "GET", []string{"after waiting 9 s in all (4 tries)"}, []string{"try again in 3 s"}, 9 * time.Second},
		{"no word how long", 2 * time.Minute, []reply{{429, ""}}, "GET", []string{"(4 tries)", "HTTP 429"}, []string{"the service is busy"}, -1},
		{"faults", 2 * time.Minute, []reply{{502, ""}}, "GET", []string{"(4 tries)", "HTTP 502"}, []string{"a fault on the service's side"}, -1},
		{"a fault in a write", 2 * time.Minute, []reply{{502, ""}}, "POST", []string{"POST /me/messages: HTTP 502"}, []string{"may have been carried out: look"}, 0},
		{"SharePoint's way", 2 * time.Minute, []reply{{503, "60"}}, "GET", []string{"not repeated", "asks to wait 60 s more", "HTTP 503"}, []string{"try again in 60 s"}, 0},
		{"SharePoint's way with a write", 2 * time.Minute, []reply{{503, "60"}}, "POST", []string{"not repeated", "HTTP 503"}, []string{"may have been carried out: look before sending it again, not before 00:01:00 UTC"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start, tries := time.Now(), 0
				c := newTestClient(func(r *http.Request) *http.Response {
					reply := tt.replies[min(tries, len(tt.replies)-1)]
					tries++
					return answer(r, reply.status, `{"error":{"code":"TooManyRequests","message":"x"}}`, "Retry-After", reply.after)
				})
				ctx, cancel := context.WithTimeout(t.Context(), tt.limit)
				defer cancel()
				_, err := c.Do(ctx, request(t, tt.method, "/me/messages"))
				var refusal *Error
				var hinted interface{ Hint() string }
				if !errors.As(err, &refusal) || !errors.As(err, &hinted) {
					t.Fatalf("got %v", err)
				}
				for _, want := range tt.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%q lacks %q", err, want)
					}
				}
				for _, want := range tt.hint {
					if !strings.Contains(hinted.Hint(), want) {
						t.Errorf("the hint %q lacks %q", hinted.Hint(), want)
					}
				}
				if took := time.Since(start); tt.took >= 0 && took != tt.took {
					t.Errorf("it took %s, want %s", took, tt.took)
				}
			})
		})
	}
}

// What is known to be refused is not sent.
func TestCallsDuringALongPauseAreNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := newTestClient(func(r *http.Request) *http.Response {
			if sent++; sent == 1 {
				return throttled(r, "90")
			}
			return answer(r, 200, "{}")
		})
		_, _ = c.Do(t.Context(), request(t, "GET", "/me/messages"))
		time.Sleep(10 * time.Second)
		_, err := c.Do(t.Context(), request(t, "GET", "/me/events"))
		var waited *WaitError
		if !errors.As(err, &waited) || waited.Ahead != 80*time.Second || waited.Tries != 0 || sent != 1 {
			t.Errorf("got %v after %d requests", err, sent)
		}
		if want := "GET /me/events: not sent; the service throttles this mailbox and asks to wait 80 s more"; err != nil && err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
		time.Sleep(60 * time.Second)
		if _, err := c.Do(t.Context(), request(t, "GET", "/me/events")); err != nil { // 20 s are waited
			t.Error(err)
		}
	})
}

// Who was queueing when the workload was closed waits, too, and leaves no place taken.
func TestQueuesHeedAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var at []time.Duration
		c := newTestClient(func(r *http.Request) *http.Response {
			mu.Lock()
			at = append(at, time.Since(start))
			n := len(at)
			mu.Unlock()
			if n == 1 {
				time.Sleep(time.Second)
				return throttled(r, "10")
			}
			time.Sleep(2 * time.Second)
			return answer(r, 200, "{}")
		})
		var running sync.WaitGroup
		for range 9 {
			running.Go(func() {
				if _, err := c.Do(t.Context(), request(t, "GET", "/me/messages")); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		running.Wait()
		for i, sent := range at {
			if early := sent < 11*time.Second; early != (i < mailboxInFlight) {
				t.Errorf("request %d was sent after %s", i, sent)
			}
		}
		if n := c.gate.all.taken + c.gate.lane(workload{outlook, "me"}).taken; n != 0 {
			t.Errorf("%d places were not given back", n)
		}
	})
}

func TestPausesThatAreProlongedAreNotWaitedForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(func(r *http.Request) *http.Response { return answer(r, 200, "{}") })
		ctx, stop := context.WithCancel(t.Context())
		var others sync.WaitGroup
		others.Go(func() {
			for ctx.Err() == nil {
				c.gate.close(workload{name: directory}, 25*time.Second)
				_ = sleep(ctx, 20*time.Second)
			}
		})
		synctest.Wait()
		_, err := c.Do(t.Context(), request(t, "GET", "/users"))
		stop()
		others.Wait()
		var waited *WaitError
		if !errors.As(err, &waited) || waited.Waited > maxWaiting || waited.Waited < maxWaiting/2 {
			t.Errorf("got %v", err)
		}
	})
}

// An absurd Retry-After does not close a workload for days.
func TestPausesEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := newTestClient(func(r *http.Request) *http.Response {
			if sent++; sent == 1 {
				return throttled(r, "900000")
			}
			return answer(r, 200, "{}")
		})
		_, err := c.Do(t.Context(), request(t, "GET", "/users"))
		if err == nil {
			t.Fatal("no error")
		}
		time.Sleep(maxClosed)
		if _, err := c.Do(t.Context(), request(t, "GET", "/users")); err != nil {
			t.Errorf("after %s: %v", maxClosed, err)
		}
	})
}
