package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// wire stands for the service, with the time that an answer takes.
type wire func(*http.Request) *http.Response

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w(r), nil
}

func answer(r *http.Request, status int, body string, header ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}
	for i := 0; i+1 < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}

func throttled(r *http.Request, retryAfter string) *http.Response {
	return answer(r, 429, `{"error":{"code":"TooManyRequests","message":"Slow down."}}`, "Retry-After", retryAfter)
}

func newTestClient(w wire) *Client { return NewClient(Config{Auth: &tokens{}, Transport: w}) }

func request(t testing.TB, method, path string) *Request {
	t.Helper()
	e, err := NewEndpoints("https://graph.microsoft.com", "https://management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	api := Graph
	if rest, ok := strings.CutPrefix(path, "azure:"); ok {
		api, path = ResourceManager, rest
	}
	r, err := e.NewRequest(Params{API: api, Method: method, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWorkloads(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]workload{
		"/me/messages?$top=1":               {outlook, "me"},
		"/users('Ada@Contoso.com')/events":  {outlook, "ada@contoso.com"},
		"/users/ada@contoso.com/todo/lists": {outlook, "ada@contoso.com"},
		"/groups/1/conversations":           {outlook, "1"},
		"/users":                            {directory, ""},
		"/users/1":                          {directory, ""},
		"/me/memberOf":                      {directory, ""},
		"/contacts":                         {directory, ""},
		"/me/drive/root:/messages/a.txt:":   {files, ""},
		"/sites/contoso.com,1,2/lists":      {files, ""},
		"/sites/1/onenote/pages":            {oneNote, ""},
		"/me/onenote/pages":                 {oneNote, ""},
		"/teams/1/channels":                 {teams, ""},
		"/me/chats":                         {teams, ""},
		"/me/planner/tasks":                 {planner, ""},
		"/search/query":                     {"search", ""},
		"/reports/x":                        {"reports", ""},
		"/$batch":                           {"batch", ""},
		"/":                                 {"root", ""},
		"azure:/subscriptions":              {"azure", ""},
	} {
		if got := workloadOf(request(t, "GET", path)); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
}

// A 429 in one call makes the others of its workload wait; those of other workloads go on.
func TestOneRefusalHoldsTheWholeWorkload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		early := 0 // requests of the workload during the pause
		first := true
		c := newTestClient(func(r *http.Request) *http.Response {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(r.URL.Path, "/me/drive") {
				return answer(r, 200, "{}")
			}
			if first {
				first = false
				return throttled(r, "20")
			}
			if time.Since(start) < 20*time.Second {
				early++
			}
			return answer(r, 200, "{}")
		})
		var running sync.WaitGroup
		ends := make([]time.Duration, 12)
		do := func(i int, path string) {
			running.Go(func() {
				if _, err := c.Do(t.Context(), request(t, "GET", path)); err != nil {
					t.Errorf("call %d: %v", i, err)
				}
				ends[i] = time.Since(start)
			})
		}
		do(0, "/me/messages")
		synctest.Wait() // it was refused, and waits
		for i := 1; i < 10; i++ {
			do(i, "/me/messages")
		}
		do(10, "/me/drive/root")
		do(11, "/users/ada/messages") // another mailbox
		running.Wait()
		if early != 1 {
			t.Errorf("%d requests of other mailboxes came during the pause, want 1", early)
		}
		for i, end := range ends {
			if held := i < 10; held != (end >= 20*time.Second) || end > 23*time.Second {
				t.Errorf("call %d ended after %s", i, end)
			}
		}
		if ends[0] != 20*time.Second {
			t.Errorf("the first to wait waited %s, want what was asked for", ends[0])
		}
	})
}

func TestCallsInFlightAreBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path func(i int) string
		most int
	}{
		{func(int) string { return "/me/messages" }, 4},
		{func(i int) string { return fmt.Sprintf("/users/%d/messages", i) }, 10},
		{func(int) string { return "/users" }, 10},
	} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			now, most := 0, 0
			var order []string
			c := NewClient(Config{Auth: &tokens{}, InFlight: 10, Transport: wire(func(r *http.Request) *http.Response {
				mu.Lock()
				now++
				most = max(most, now)
				order = append(order, r.URL.RawQuery)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				now--
				mu.Unlock()
				return answer(r, 200, "{}")
			})})
			var running sync.WaitGroup
			for i := range 40 {
				running.Go(func() {
					if _, err := c.Do(t.Context(), request(t, "GET", fmt.Sprintf("%s?$skip=%02d", tt.path(i), i))); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait() // so that they come in this order
			}
			running.Wait()
			if most != tt.most {
				t.Errorf("%s: %d calls at once, want %d", tt.path(0), most, tt.most)
			}
			for i := 1; i < len(order); i++ {
				if i/tt.most != (i-1)/tt.most && order[i] < order[i-1] {
					t.Errorf("%s: %s went before %s", tt.path(0), order[i-1], order[i])
				}
			}
			if !c.gate.all.idle() {
				t.Errorf("%d places were not given back", c.gate.all.taken)
			}
			for w, l := range c.gate.lanes {
				if !l.idle() {
					t.Errorf("the lane %v is not idle", w)
				}
			}
		})
	}
}

func (p *places) idle() bool { return p.taken == 0 && len(p.queue) == 0 }

// Whoever gives up waiting for a place leaves it to the next.
func TestCancelledCallsLeaveTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := NewClient(Config{Auth: &tokens{}, InFlight: 6, Transport: wire(func(r *http.Request) *http.Response {
			select {
			case <-time.After(10 * time.Second):
			case <-r.Context().Done():
			}
			return answer(r, 200, "{}")
		})})
		var running sync.WaitGroup
		for i := range 60 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i%40)*time.Second)
			running.Go(func() {
				defer cancel()
				_, err := c.Do(ctx, request(t, "GET", []string{"/me/messages", "/users", "/me/drive"}[i%3]))
				if err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
		}
		running.Wait()
		if !c.gate.all.idle() {
			t.Errorf("%d places were not given back", c.gate.all.taken)
		}
		if _, err := c.Do(t.Context(), request(t, "GET", "/me/messages")); err != nil {
			t.Error(err)
		}
	})
}

// A tool that reads a stream and makes other calls meanwhile does not wait for itself.
func TestAStreamHoldsNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := NewClient(Config{Auth: &tokens{}, InFlight: 1, Transport: wire(func(r *http.Request) *http.Response { return answer(r, 200, "{}") })})
		stream, err := c.Do(t.Context(), request(t, "GET", "/me/drive/root:/a:/content").Streamed())
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Stream.Close()
		if _, err := c.Do(t.Context(), request(t, "GET", "/users")); err != nil {
			t.Error(err)
		}
	})
}

func TestLanesAreForgotten(t *testing.T) {
	t.Parallel()
	c := newTestClient(func(r *http.Request) *http.Response { return answer(r, 200, "{}") })
	for i := range 5 * maxIdleLanes {
		for _, path := range []string{"/users/%d/messages", "/invented%d/x"} {
			if _, err := c.Do(t.Context(), request(t, "GET", fmt.Sprintf(path, i))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(c.gate.lanes); n > maxIdleLanes {
		t.Errorf("%d lanes are kept, want at most %d", n, maxIdleLanes)
	}
}

// Lanes that have to stay are not gone through again for each new one: the clock is read for every lane that a sweep
// looks at.
func TestManyClosedLanesAreSweptSeldom(t *testing.T) {
	t.Parallel()
	const lanes = 20_000
	g := newGate(0)
	looks, now := 0, time.Now()
	g.now = func() time.Time { looks++; return now }
	box := func(i int) workload { return workload{outlook, fmt.Sprint(i)} }
	for i := range lanes {
		g.close(box(i), maxClosed)
	}
	if most := 4 * lanes; looks > most || len(g.lanes) != lanes {
		t.Errorf("%d lanes are kept, and %d were looked at, want %d and at most %d", len(g.lanes), looks, lanes, most)
	}
	now = now.Add(maxClosed)
	for i := range 2 * lanes {
		g.close(box(lanes+i), 0)
	}
	if n := len(g.lanes); n > lanes {
		t.Errorf("%d lanes are kept once they are open, want at most %d", n, lanes)
	}
}

// The gate's share of a call, which has to stay far below that of anything else in it.
func BenchmarkGate(b *testing.B) {
	c := newTestClient(nil)
	for _, path := range []string{"/users/6ea91a8d-e32e-41a1-b7bd-000000000007", "/me/messages"} {
		r := request(b, "GET", path)
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p := passage{request: r, lane: workloadOf(r)}
				if err := c.enter(b.Context(), &p); err != nil {
					b.Fatal(err)
				}
				c.gate.leave(p.lane)
			}
		})
	}
}
