package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// pausing is a far that says which paths it asks not to be sent, and until when.
type pausing struct {
	*far
	until map[string]time.Time
}

func (p *pausing) Pause(r *Request) time.Duration { return time.Until(p.until[r.Path()]) }

// What a closed workload holds back waits, with what needs it; the rest goes at once.
func TestItemsOfAClosedWorkloadWait(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		items  []BatchItem
		closed map[string]time.Duration
		want   string
		sent   []string // the IDs of each envelope
		first  time.Duration
		last   time.Duration // at least; a quarter more at most
	}{
		{"alone", []BatchItem{get("a"), get("b"), get("c")}, map[string]time.Duration{"a": 20 * time.Second}, "a=200 b=200 c=200", []string{"b c", "a"}, 0, 20 * time.Second},
		{"with what needs it", []BatchItem{get("a"), get("b"), get("c", "b"), get("d", "c"), get("e", "a")}, map[string]time.Duration{"b": 4 * time.Second},
			"a=200 b=200 c=200 d=200 e=200", []string{"a e", "b c d"}, 0, 4 * time.Second},
		{"after what it needs", []BatchItem{get("a"), get("b", "a")}, map[string]time.Duration{"b": 4 * time.Second}, "a=200 b=200", []string{"a", "b"}, 0, 4 * time.Second},
		{"all", []BatchItem{get("a"), get("b")}, map[string]time.Duration{"a": 4 * time.Second, "b": 8 * time.Second}, "a=200 b=200", []string{"a b"}, 8 * time.Second, 8 * time.Second},
		{"for too long", []BatchItem{get("a"), get("b", "a"), get("c")}, map[string]time.Duration{"a": 40 * time.Second}, "a=0! b=0! c=200", []string{"c"}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				p := &pausing{far: &far{t: t, answer: ok}, until: map[string]time.Time{}}
				for id, d := range tt.closed {
					p.until["/users/"+id] = start.Add(d)
				}
				all, err := Batch(t.Context(), p, endpoints(t), BatchCall{Items: tt.items})
				if got := statuses(all); err != nil || got != tt.want {
					t.Errorf("got %q (%v), want %q", got, err, tt.want)
				}
				var sent []string
				for _, ids := range p.envelopes {
					sent = append(sent, strings.Join(ids, " "))
				}
				if diff := cmp.Diff(tt.sent, sent); diff != "" {
					t.Fatalf("sent: %s", diff)
				}
				first, last := p.at[0].Sub(start), p.at[len(p.at)-1].Sub(start)
				if first < tt.first || first > tt.first*5/4 || last < tt.last || last > tt.last*5/4 {
					t.Errorf("sent from %s to %s, want %s and %s", first, last, tt.first, tt.last)
				}
			})
		})
	}
}

// slow is a far that takes its time to answer.
type slow struct {
	*pausing
	takes time.Duration
}

func (s *slow) Do(ctx context.Context, r *Request) (*Response, error) {
	if err := sleep(ctx, s.takes); err != nil {
		return nil, err
	}
	return s.pausing.Do(ctx, r)
}

// What is held back waits while the rest is on its way, and not once more behind it.
func TestHeldItemsWaitMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := &pausing{far: &far{t: t, answer: ok}, until: map[string]time.Time{"/users/a": start.Add(20 * time.Second)}}
		all, err := Batch(t.Context(), &slow{p, 15 * time.Second}, endpoints(t), BatchCall{Items: []BatchItem{get("a"), get("b")}})
		if got := statuses(all); err != nil || got != "a=200 b=200" {
			t.Errorf("got %q (%v)", got, err)
		}
		if took := time.Since(start); took < 35*time.Second || took > 41*time.Second {
			t.Errorf("took %s, want the 20 s of the pause and the 15 s of an answer", took)
		}
	})
}

// A workload that stays closed, or closes again and again, does not hold a batch for ever.
func TestABatchGivesUpOnAClosedWorkload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(func(r *http.Request) *http.Response { return answer(r, 200, "{}") })
		c.shut(t.Context(), workload{name: directory}, 5*time.Minute)
		_, err := Batch(t.Context(), c, endpoints(t), BatchCall{Items: []BatchItem{get("a")}})
		var waited *WaitError
		if want := "GET /users/a: not sent; the service throttles the directory workload and asks to wait 300 s more"; fmt.Sprint(err) != want || !errors.As(err, &waited) {
			t.Errorf("got %v, want %s", err, want)
		}
		start := time.Now()
		f := &again{far: &far{t: t, answer: ok}}
		if _, err := Batch(t.Context(), f, endpoints(t), BatchCall{Items: []BatchItem{get("a")}}); !errors.As(err, &waited) || len(f.envelopes) != 0 || time.Since(start) > maxWaiting+2*time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if all, err := Batch(ctx, f, endpoints(t), BatchCall{Items: []BatchItem{get("a")}}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: got %s (%v)", statuses(all), err)
		}
	})
}

// again is a far that asks for ten more seconds whenever it is asked.
type again struct{ *far }

func (again) Pause(*Request) time.Duration { return 10 * time.Second }

// One refusal holds the items of all batches, and not what goes with them.
func TestBatchesHeedWhatOthersWereTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		start, early, mail := time.Now(), 0, 0
		c := newTestClient(func(r *http.Request) *http.Response {
			mu.Lock()
			defer mu.Unlock()
			first := time.Since(start) < 20*time.Second
			if r.URL.Path != "/v1.0/$batch" {
				if first {
					return throttled(r, "20")
				}
				return answer(r, 200, "{}")
			}
			var sent struct{ Requests []wireItem }
			if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
				t.Error(err)
			}
			var answers []string
			for _, item := range sent.Requests {
				if first && item.ID == "u" {
					early++
				} else if first {
					mail++
				}
				answers = append(answers, `{"id":"`+item.ID+`","status":200}`)
			}
			return answer(r, 200, `{"responses":[`+strings.Join(answers, ",")+`]}`)
		})
		var running sync.WaitGroup
		running.Go(func() { _, _ = c.Do(t.Context(), request(t, "GET", "/users")) })
		synctest.Wait() // it was refused, and waits
		for range 20 {
			running.Go(func() {
				items := []BatchItem{{ID: "u", Method: "GET", URL: "/users"}, {ID: "m", Method: "GET", URL: "/me/messages"}}
				if all, err := Batch(t.Context(), c, endpoints(t), BatchCall{Items: items}); err != nil || statuses(all) != "u=200 m=200" {
					t.Errorf("got %s (%v)", statuses(all), err)
				}
			})
		}
		running.Wait()
		if early != 0 || mail != 20 {
			t.Errorf("%d items of the closed workload and %d others were sent before its time, want 0 and 20", early, mail)
		}
	})
}

// Without a word on how long, a throttled item closes its workload for as long as a single call would wait.
func TestAThrottledItemWithoutATimeClosesItsWorkload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(func(r *http.Request) *http.Response {
			return answer(r, 200, `{"responses":[{"id":"a","status":429}]}`)
		})
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = Batch(t.Context(), c, endpoints(t), BatchCall{Items: []BatchItem{get("a")}})
		}()
		synctest.Wait() // it was refused, and waits
		if pause := c.Pause(request(t, "GET", "/users")); pause < time.Second/2 || pause > time.Second {
			t.Errorf("the workload is closed for %s, want about a second", pause)
		}
		<-done
	})
}
