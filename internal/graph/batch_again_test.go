package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestThrottledItemsAreSentAgain(t *testing.T) {
	t.Parallel()
	type try struct {
		status int
		after  string
	}
	for _, tt := range []struct {
		name  string
		items []BatchItem
		tries map[string][]try // by ID; others succeed
		want  string
		sent  []string // the IDs of each envelope
		took  time.Duration
	}{
		{"alone", []BatchItem{get("a"), get("b"), get("c")}, map[string][]try{"b": {{429, "7"}}}, "a=200 b=200 c=200", []string{"a b c", "b"}, 7 * time.Second},
		{"together", []BatchItem{get("a"), get("b"), get("c")}, map[string][]try{"a": {{429, "5"}}, "c": {{429, "9"}}}, "a=200 b=200 c=200", []string{"a b c", "a c"}, 9 * time.Second},
		{"with what waited for it", []BatchItem{get("a"), get("b", "a"), get("c", "b"), get("d", "a"), get("e")}, map[string][]try{"b": {{429, "1"}}},
			"a=200 b=200 c=200 d=200 e=200", []string{"a b c d e", "b c"}, time.Second},
		{"not with what failed", []BatchItem{get("a"), get("x"), get("b", "a", "x")}, map[string][]try{"a": {{429, "1"}}, "x": {{404, ""}}},
			"a=200 x=404! b=0!", []string{"a x b", "a"}, time.Second},
		{"a write that was throttled", []BatchItem{{ID: "a", Method: "POST", URL: "/users", Body: json.RawMessage(`{}`)}}, map[string][]try{"a": {{429, "1"}}}, "a=200", []string{"a", "a"}, time.Second},
		{"a read that met a fault", []BatchItem{get("a")}, map[string][]try{"a": {{503, "2"}}}, "a=200", []string{"a", "a"}, 2 * time.Second},
		{"a write that met a fault", []BatchItem{{ID: "a", Method: "POST", URL: "/users", Body: json.RawMessage(`{}`)}, get("b")}, map[string][]try{"a": {{503, "2"}}}, "a=503! b=200", []string{"a b"}, 0},
		{"a conditional delete that met a fault", []BatchItem{{ID: "a", Method: "DELETE", URL: "/users/1", Header: map[string]string{"if-match": "*"}}, get("b")}, map[string][]try{"a": {{504, ""}}}, "a=504! b=200", []string{"a b"}, 0},
		{"other refusals", []BatchItem{get("a"), get("b"), get("c"), get("d")}, map[string][]try{"a": {{401, ""}}, "b": {{403, "1"}}, "c": {{500, "1"}}}, "a=401! b=403! c=500! d=200", []string{"a b c d"}, 0},
		{"for too long", []BatchItem{get("a"), get("b")}, map[string][]try{"a": {{429, "90"}}}, "a=429! b=200", []string{"a b"}, 0},
		{"too often", []BatchItem{get("a"), get("b", "a"), get("c")}, map[string][]try{"a": {{429, "1"}, {429, "1"}, {429, "1"}, {429, "1"}}}, "a=429! b=424! c=200", []string{"a b c", "a b", "a b", "a b"}, 3 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &far{t: t, answer: func(item wireItem, times int) wireAnswer {
					if tries := tt.tries[item.ID]; times <= len(tries) {
						return refuse(item, tries[times-1].status, tries[times-1].after)
					}
					return ok(item, times)
				}}
				start := time.Now()
				all, err := runBatch(f, tt.items...)
				if got := statuses(all); err != nil || got != tt.want {
					t.Errorf("got %q (%v), want %q", got, err, tt.want)
				}
				var sent []string
				for _, ids := range f.envelopes {
					sent = append(sent, strings.Join(ids, " "))
				}
				if diff := cmp.Diff(tt.sent, sent); diff != "" {
					t.Errorf("sent: %s", diff)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("it took %s, want %s", took, tt.took)
				}
			})
		})
	}
}

func TestAnItemThatStaysThrottledSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &far{t: t, answer: func(item wireItem, _ int) wireAnswer {
			if item.ID == "a" {
				return refuse(item, 429, "4")
			}
			return ok(item, 1)
		}}
		all, err := runBatch(f, BatchItem{ID: "a", Method: "GET", URL: "/me/messages"}, get("b"))
		if err != nil {
			t.Fatal(err)
		}
		var refusal *Error
		if got, want := fmt.Sprint(all[0].Err), "GET /me/messages: gave up after waiting 12 s in all (4 tries); the service throttles this mailbox and asks to wait 4 s more: HTTP 429"; !strings.HasPrefix(got, want) || !errors.As(all[0].Err, &refusal) {
			t.Errorf("got  %s\nwant %s…", got, want)
		}
	})
}

func TestABatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &far{t: t, answer: func(item wireItem, _ int) wireAnswer {
			if item.ID == "0" {
				return refuse(item, 429, "20")
			}
			return ok(item, 1)
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		all, err := Batch(ctx, f, endpoints(t), BatchCall{Items: []BatchItem{get("0"), get("1")}})
		if got, want := statuses(all), "0=429! 1=200"; got != want || err != nil || ctx.Err() != nil {
			t.Errorf("got %q (%v), want %q, before the time is up", got, err, want)
		}
		cancelled, stop := context.WithCancel(t.Context())
		stop()
		if _, err := Batch(cancelled, f, endpoints(t), BatchCall{Items: []BatchItem{get("0"), get("1")}}); !errors.Is(err, context.Canceled) || len(f.envelopes) != 1 {
			t.Errorf("cancelled: got %v after %d envelopes", err, len(f.envelopes))
		}
	})
}

// Where the answer leaves out everything, what is told of the batch is what cannot be undone.
func TestLeftOutChangesAreInDoubt(t *testing.T) {
	t.Parallel()
	f := &far{t: t, answer: func(wireItem, int) wireAnswer { return wireAnswer{ID: "nobody", Status: 200} }}
	post := BatchItem{ID: "b", Method: "POST", URL: "/users/b/sendMail", Body: json.RawMessage(`{}`)}
	_, err := runBatch(f, get("a"), post, get("c"))
	var doubt *DoubtError
	if !errors.As(err, &doubt) || doubt.Hint() != doubtHint || !strings.Contains(err.Error(), `request "b"`) {
		t.Errorf("got %v, want the change that may have been carried out", err)
	}
}

// A throttled item closes its workload for single calls, too.
func TestThrottledItemsHoldTheirWorkload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		batches := 0
		c := newTestClient(func(r *http.Request) *http.Response {
			switch {
			case r.URL.Path != "/v1.0/$batch":
				return answer(r, 200, "{}")
			case batches > 0:
				return answer(r, 200, `{"responses":[{"id":"m","status":200}]}`)
			}
			batches++
			return answer(r, 200, `{"responses":[{"id":"m","status":429,"headers":{"Retry-After":"20"}},{"id":"u","status":200}]}`)
		})
		done := make(chan string)
		go func() {
			all, err := Batch(t.Context(), c, endpoints(t), BatchCall{Items: []BatchItem{{ID: "m", Method: "GET", URL: "/me/messages"}, get("u")}})
			done <- fmt.Sprintln(statuses(all), err, time.Since(start))
		}()
		synctest.Wait()
		for path, want := range map[string]bool{"/me/events": true, "/users": false} {
			before := time.Since(start)
			if _, err := c.Do(t.Context(), request(t, "GET", path)); err != nil {
				t.Error(err)
			}
			if waited := time.Since(start) > before; path == "/users" && waited != want {
				t.Errorf("%s waited: %t, want %t", path, waited, want)
			}
		}
		if at := time.Since(start); at < 20*time.Second {
			t.Errorf("/me/events went through after %s", at)
		}
		if got, want := <-done, "m=200 u=200 <nil> 20s\n"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
