package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// far is a service that takes batches, as strict as Microsoft's, and answers items by what their URLs say. It keeps
// the IDs of what it was sent.
type far struct {
	t      *testing.T
	answer func(item wireItem, times int) wireAnswer // times: how often it has come, 1 the first time
	fail   func(n int) error                         // of the n-th envelope, 1 the first; nil: none
	took   time.Duration                             // by each envelope

	mu        sync.Mutex
	envelopes [][]string
	bodies    []string
	times     map[string]int
	at        []time.Time
}

func ok(item wireItem, _ int) wireAnswer { return wireAnswer{ID: item.ID, Status: 200} }

func (f *far) Do(_ context.Context, r *Request) (*Response, error) {
	f.mu.Lock()
	var sent struct{ Requests []wireItem }
	if err := json.Unmarshal(r.Body(), &sent); err != nil || len(sent.Requests) == 0 || len(sent.Requests) > 20 || len(r.Body()) > 4<<20 {
		f.t.Errorf("an envelope of %d items and %d bytes: %v", len(sent.Requests), len(r.Body()), err)
	}
	if f.times == nil {
		f.times = map[string]int{}
	}
	var ids []string
	status := map[string]int{}
	var answers []wireAnswer
	for _, item := range sent.Requests {
		f.times[item.ID]++
		a := wireAnswer{ID: item.ID, Status: 424}
		failed := false
		for _, need := range item.DependsOn {
			if status[need] == 0 {
				f.t.Errorf("%s depends on %s, which is not before it", item.ID, need)
			}
			failed = failed || status[need] >= 400
		}
		if !failed {
			a = f.answer(item, f.times[item.ID])
		}
		status[item.ID] = a.Status
		ids = append(ids, item.ID)
		answers = append(answers, a)
	}
	f.envelopes, f.bodies, f.at = append(f.envelopes, ids), append(f.bodies, string(r.Body())), append(f.at, time.Now())
	n := len(f.envelopes)
	f.mu.Unlock()
	time.Sleep(f.took)
	if f.fail != nil {
		if err := f.fail(n); err != nil {
			return nil, err
		}
	}
	slices.Reverse(answers) // in no order
	body, err := json.Marshal(map[string]any{"responses": answers})
	if err != nil {
		f.t.Fatal(err)
	}
	return &Response{Status: 200, Body: body}, nil
}

func refuse(item wireItem, status int, retryAfter string) wireAnswer {
	return wireAnswer{ID: item.ID, Status: status, Headers: map[string]json.RawMessage{"Retry-After": json.RawMessage(`"` + retryAfter + `"`), "Content-Type": json.RawMessage(`"application/json"`)},
		Body: json.RawMessage(`{"error":{"code":"TooManyRequests","message":"Slow down."}}`)}
}

func get(id string, dependsOn ...string) BatchItem {
	return BatchItem{ID: id, Method: "GET", URL: "/users/" + id, DependsOn: dependsOn}
}

func endpoints(t testing.TB) Endpoints {
	t.Helper()
	e, err := NewEndpoints("https://graph.microsoft.com", "")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func runBatch(f *far, items ...BatchItem) ([]BatchResponse, error) {
	return Batch(f.t.Context(), f, endpoints(f.t), BatchCall{Items: items})
}

// statuses writes the answers in short: id=status, 0 where there is no answer, ! where there is an error.
func statuses(all []BatchResponse) string {
	var b strings.Builder
	for i, r := range all {
		if i > 0 {
			b.WriteByte(' ')
		}
		status := 0
		if r.Response != nil {
			status = r.Response.Status
		}
		fmt.Fprintf(&b, "%s=%d", r.ID, status)
		if r.Err != nil {
			b.WriteByte('!')
		}
	}
	return b.String()
}

// independent returns n items that do not depend on each other.
func independent(n int) (items []BatchItem) {
	for i := range n {
		items = append(items, get(fmt.Sprint(i)))
	}
	return items
}

func TestBatchIsSplit(t *testing.T) {
	t.Parallel()
	inChain := func(n int) (items []BatchItem) {
		for i := range n {
			items = append(items, get(fmt.Sprint(i)))
			if i > 0 {
				items[i].DependsOn = []string{fmt.Sprint(i - 1)}
			}
		}
		slices.Reverse(items) // the order is ours to find
		return items
	}
	apart := independent(25)
	apart[0].DependsOn = []string{"24"} // one depends on the last: they have to go together
	apart[22].DependsOn = []string{"24"}
	for _, tt := range []struct {
		name  string
		items []BatchItem
		want  []int // items in each envelope, sorted
	}{
		{"one", independent(1), []int{1}},
		{"as many as fit", independent(20), []int{20}},
		{"one more", independent(21), []int{1, 20}},
		{"many", independent(200), []int{20, 20, 20, 20, 20, 20, 20, 20, 20, 20}},
		{"kept together", apart, []int{5, 20}},
		{"a chain", inChain(20), []int{20}},
		{"a chain that is too long", inChain(45), []int{5, 20, 20}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &far{t: t, answer: ok}
			got, err := runBatch(f, tt.items...)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range got {
				if r.ID != tt.items[i].ID || r.Err != nil || r.Response.Status != 200 {
					t.Errorf("answer %d: %+v, want that of %q", i, r, tt.items[i].ID)
				}
			}
			var sizes []int
			for _, ids := range f.envelopes {
				sizes = append(sizes, len(ids))
			}
			slices.Sort(sizes)
			if diff := cmp.Diff(tt.want, sizes); diff != "" {
				t.Errorf("envelopes: %s", diff)
			}
			for _, ids := range f.envelopes {
				if tt.name == "kept together" && slices.Contains(ids, "24") && !(slices.Contains(ids, "0") && slices.Contains(ids, "22")) {
					t.Errorf("%v went without those that depend on it", ids)
				}
			}
		})
	}
}

func TestEnvelopesGoTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &far{t: t, answer: ok, took: time.Second}
		items := independent(100)
		var seen []int
		start := time.Now()
		_, err := Batch(t.Context(), f, endpoints(t), BatchCall{Items: items, Progress: func(done, total int) { seen = append(seen, done) }})
		if err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("5 envelopes took %s (%v), want 2 s", time.Since(start), err)
		}
		if diff := cmp.Diff([]int{20, 40, 60, 80, 100}, seen); diff != "" {
			t.Errorf("progress: %s", diff)
		}
	})
}

// What was answered is worth keeping where a part of the batch could not be sent; a batch of which nothing came back
// is one error.
func TestEnvelopesThatFail(t *testing.T) {
	t.Parallel()
	broken := &TransportError{Host: "graph.microsoft.com", Err: errors.New("gone")}
	var items []BatchItem
	for i := range 45 {
		items = append(items, get(fmt.Sprint(i)))
		if i > 0 {
			items[i].DependsOn = []string{fmt.Sprint(i - 1)}
		}
	}
	f := &far{t: t, answer: ok, fail: func(n int) error {
		if n == 2 {
			return broken
		}
		return nil
	}}
	all, err := runBatch(f, items...)
	if err != nil {
		t.Fatal(err)
	}
	var refusal *Error
	if all[19].Err != nil || !errors.Is(all[20].Err, broken) || !errors.Is(all[39].Err, broken) || !errors.As(all[40].Err, &refusal) || refusal.Status != 424 || len(f.envelopes) != 2 {
		t.Errorf("got %s after %d envelopes", statuses(all), len(f.envelopes))
	}
	if want := `GET /users/40: HTTP 424 Failed Dependency, FailedDependency: not sent, since request "39", which it depends on, failed`; fmt.Sprint(all[40].Err) != want {
		t.Errorf("got  %v\nwant %s", all[40].Err, want)
	}
	f.fail = func(int) error { return broken }
	if _, err := runBatch(f, get("a"), get("b")); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	f.fail, f.envelopes = func(n int) error {
		if n == 2 {
			return broken
		}
		return errors.New("not signed in")
	}, nil
	if _, err := runBatch(f, append(independent(45), get("45"))...); !errors.Is(err, broken) {
		t.Errorf("got %v, want the one after which something may have been carried out", err)
	}
	f.fail, f.answer = nil, func(item wireItem, _ int) wireAnswer { return wireAnswer{ID: "other", Status: 200} }
	if _, err := runBatch(f, get("a")); err == nil || !strings.Contains(err.Error(), `request "a": the service's answer to the batch leaves it out`) {
		t.Errorf("got %v", err)
	}
}

func TestBatchesThatAreRefused(t *testing.T) {
	t.Parallel()
	with := func(change func(*BatchItem)) []BatchItem {
		item := BatchItem{ID: "k", Method: "POST", URL: "/users", Body: json.RawMessage(`{}`)}
		change(&item)
		return []BatchItem{get("1"), item}
	}
	for name, tt := range map[string]struct {
		items []BatchItem
		want  string
	}{
		"none":               {nil, "requests: there is none"},
		"too many":           {independent(201), "201 of them; at most 200"},
		"no id":              {with(func(i *BatchItem) { i.ID = " " }), "requests[1]: it has no id"},
		"no method":          {with(func(i *BatchItem) { i.Method = "" }), `request "k": it has no method`},
		"foreign method":     {with(func(i *BatchItem) { i.Method = "OPTIONS" }), `request "k": method: "OPTIONS" is not one of`},
		"no url":             {with(func(i *BatchItem) { i.URL = "/" }), `request "k": it has no url`},
		"a version alone":    {with(func(i *BatchItem) { i.URL = "/v1.0" }), `request "k": its url is a version`},
		"absolute":           {with(func(i *BatchItem) { i.URL = "https://graph.microsoft.com/v1.0/users" }), `request "k": its url "https://graph.microsoft.com/v1.0/users" is absolute`},
		"another host":       {with(func(i *BatchItem) { i.URL = "//evil.com/users" }), `is absolute`},
		"another version":    {with(func(i *BatchItem) { i.URL = "/beta/users" }), `request "k": url: leave the version out`},
		"dot segments":       {with(func(i *BatchItem) { i.URL = "/users/../auditLogs" }), `request "k": path: a dot segment`},
		"a batch inside":     {with(func(i *BatchItem) { i.URL = "/%24Batch" }), `request "k": it is a batch inside a batch`},
		"a foreign header":   {with(func(i *BatchItem) { i.Header = map[string]string{"X-HTTP-Method": "GET"} }), `request "k": headers: "X-Http-Method" may not be set`},
		"a header twice":     {with(func(i *BatchItem) { i.Header = map[string]string{"Prefer": "a", "prefer": "b"} }), `request "k": the header`},
		"the same id":        {[]BatchItem{get("a"), get("A")}, `request "A": another request has the same id`},
		"unknown dependency": {[]BatchItem{get("a"), get("b", "c")}, `request "b": dependsOn names "c", which is the id of no request here`},
		"depends on itself":  {[]BatchItem{get("a", "A")}, `request "a": dependsOn names the request itself`},
		"a circle":           {[]BatchItem{get("x", "a"), get("a", "b"), get("b", "c"), get("c", "a")}, "dependsOn goes in a circle: a → b → c → a"},
		"no JSON":            {with(func(i *BatchItem) { i.Body = json.RawMessage(`"hello"`) }), `request "k": its body is not JSON`},
		"text without base64": {with(func(i *BatchItem) {
			i.Body, i.Header = json.RawMessage(`"hi there"`), map[string]string{"content-type": "text/plain"}
		}), `a body of type text/plain has to be a string in base64`},
		"an object as content": {with(func(i *BatchItem) { i.Header = map[string]string{"content-type": "text/plain"} }), `has to be a string in base64`},
		"a large body":         {with(func(i *BatchItem) { i.Body = json.RawMessage(`"` + strings.Repeat("x", 3<<20) + `"`) }), `its body is larger than 3 MiB`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &far{t: t, answer: ok}
			_, err := runBatch(f, tt.items...)
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(f.envelopes) != 0 {
				t.Errorf("got %v after %d envelopes, want %q and none", err, len(f.envelopes), tt.want)
			}
		})
	}
}

func TestBodiesOfABatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, method, contentType, body, want string }{
		{"an object", "POST", "", `{"n":12345678901234567890}`, `{"id":"a","method":"POST","url":"/users?%24top=5","headers":{"Content-Type":"application/json"},"body":{"n":12345678901234567890}}`},
		{"an object as text", "PATCH", "", `" {\"a\": 1}\n"`, `{"id":"a","method":"PATCH","url":"/users?%24top=5","headers":{"Content-Type":"application/json"},"body":{"a":1}}`},
		{"with its type", "POST", "application/json; charset=utf-8", `"[1]"`, `{"id":"a","method":"POST","url":"/users?%24top=5","headers":{"Content-Type":"application/json; charset=utf-8"},"body":[1]}`},
		{"other content", "PUT", "image/png", `"e30="`, `{"id":"a","method":"PUT","url":"/users?%24top=5","headers":{"Content-Type":"image/png"},"body":"e30="}`},
		{"none", "POST", "", `null`, `{"id":"a","method":"POST","url":"/users?%24top=5"}`},
		{"with a read", "get", "", `{"a":1}`, `{"id":"a","method":"GET","url":"/users?%24top=5"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &far{t: t, answer: ok}
			item := BatchItem{ID: "a", Method: tt.method, URL: "v1.0/users?$top=5", Body: json.RawMessage(tt.body)}
			if tt.contentType != "" {
				item.Header = map[string]string{"content-TYPE": tt.contentType}
			}
			if _, err := runBatch(f, item); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(`{"requests":[`+tt.want+`]}`, f.bodies[0]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLargeBodiesAreSplit(t *testing.T) {
	t.Parallel()
	f := &far{t: t, answer: ok}
	body := json.RawMessage(`{"a":"` + strings.Repeat("x", 2<<20) + `"}`)
	items := []BatchItem{{ID: "a", Method: "POST", URL: "/users", Body: body}, {ID: "b", Method: "POST", URL: "/users", Body: body, DependsOn: []string{"a"}}, {ID: "c", Method: "POST", URL: "/users", Body: body}, {ID: "d", Method: "POST", URL: "/users", Body: body}}
	if got, err := runBatch(f, items...); err != nil || statuses(got) != "a=200 b=200 c=200 d=200" || len(f.envelopes) != 4 {
		t.Errorf("got %s (%v) in %d envelopes, want 4", statuses(got), err, len(f.envelopes))
	}
}

// A fault in one of the goroutines ends where the caller can catch it, and not the process.
func TestPanicsReachTheCaller(t *testing.T) {
	t.Parallel()
	defer func() {
		if r := recover(); !strings.HasPrefix(fmt.Sprint(r), "boom\n") {
			t.Errorf("got %v", r)
		}
	}()
	f := &far{t: t, answer: ok, fail: func(int) error { panic("boom") }}
	_, _ = runBatch(f, independent(45)...)
}

// checking is a far that asks for agreement before anything is sent.
type checking struct {
	*far
	checked int
	err     error
}

func (c *checking) Check(_ context.Context, requests []*Request) error {
	c.checked += len(requests)
	return c.err
}

func TestEverythingIsCheckedFirst(t *testing.T) {
	t.Parallel()
	items := independent(45)
	c := &checking{far: &far{t: t, answer: ok}, err: errors.New("no")}
	if _, err := Batch(t.Context(), c, endpoints(t), BatchCall{Items: items}); !errors.Is(err, c.err) || c.checked != 3 || len(c.envelopes) != 0 {
		t.Errorf("got %v after %d checks and %d envelopes", err, c.checked, len(c.envelopes))
	}
	c.err = nil
	if _, err := Batch(t.Context(), c, endpoints(t), BatchCall{Items: items}); err != nil || len(c.envelopes) != 3 {
		t.Errorf("got %v after %d envelopes", err, len(c.envelopes))
	}
}

func TestAnswersThatAreNotJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ kind, body, want string }{
		{"application/json", `{"a":"e30="}`, `{"a":"e30="}`},
		{"application/json", `"e30="`, `"e30="`},
		{"", `{"a":1}`, `{"a":1}`},
		{"image/png", `"iVBORw=="`, "\x89PNG"},
		{"text/plain", `"MTQ1"`, "145"},
		{"text/plain", `"1450"`, "1450"},
		{"text/plain", `145`, "145"},
		{"", `null`, ""},
	} {
		a := wireAnswer{Status: 200, Body: json.RawMessage(tt.body), Headers: map[string]json.RawMessage{}}
		if tt.kind != "" {
			a.Headers["content-type"] = json.RawMessage(`"` + tt.kind + `"`)
		}
		if got := string(a.response().Body); got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.kind, tt.body, got, tt.want)
		}
	}
}
