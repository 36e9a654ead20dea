package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact/compacttest"
)

// slow answers each request after a while, unless the call ends before.
type slow struct {
	service
	after time.Duration
}

func (s slow) Do(ctx context.Context, r *graph.Request) (*graph.Response, error) {
	select {
	case <-time.After(s.after):
		return s.service(r)
	case <-ctx.Done():
		return nil, fmt.Errorf("talking to graph.microsoft.com: %w", context.Cause(ctx))
	}
}

type listEnd struct {
	Next  string `json:"@odata.nextLink"`
	Delta string `json:"@odata.deltaLink"`
	Note  string
}

func endOf(t testing.TB, text string) (end listEnd) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &end); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	return end
}

func TestTimeIsUp(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]time.Duration{
		"before a page that would not come in time": 5100 * time.Millisecond,
		"in the middle of a page":                   5900 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				pages := 0
				s := slow{after: time.Second, service: paged(100, func(*graph.Request) int { pages++; return 10 })}
				if strings.Contains(name, "middle") {
					inner := s.service
					s.service = func(r *graph.Request) (*graph.Response, error) {
						if pages == 4 { // slower than all before
							<-ctx.Done()
							return nil, context.Cause(ctx)
						}
						return inner(r)
					}
				}
				text, err := callGraphIn(ctx, t, s, map[string]any{"path": "/users", "maxItems": 100})
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(name, "before") && ctx.Err() != nil {
					t.Error("the answer came after the deadline")
				}
				end, got := endOf(t, text), len(compacttest.Items(t, text))
				if got != pages*10 || !strings.Contains(end.Note, "time is up") || !strings.Contains(end.Next, fmt.Sprintf("skiptoken=%d.", got)) {
					t.Errorf("%d items of %d pages, next %q, note %q", got, pages, end.Next, end.Note)
				}
			})
		})
	}
}

func TestCancelledCallsEndAtOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	pages := 0
	_, err := callGraphIn(ctx, t, slow{service: paged(1000, func(*graph.Request) int {
		if pages++; pages == 3 {
			cancel()
		}
		return 10
	})}, map[string]any{"path": "/users", "maxItems": 1000})
	if !errors.Is(err, context.Canceled) || pages > 3 {
		t.Errorf("got %v after %d pages", err, pages)
	}
}

func TestLinksThatLeadInACircle(t *testing.T) {
	t.Parallel()
	const there = "https://graph.microsoft.com/v1.0/users?$skiptoken="
	asked := 0
	text, err := callGraph(t, func(r *graph.Request) (*graph.Response, error) {
		asked++
		next := map[string]string{"": "a", "a": "b", "b": "c", "c": "a"}[r.Query("$skiptoken")]
		return replyJSON(fmt.Sprintf(`{"value":[{"n":%d}],"@odata.nextLink":"%s%s"}`, asked, there, next))
	}, map[string]any{"path": "/users", "maxItems": 100})
	end := endOf(t, text)
	if err != nil || asked != 4 || len(compacttest.Items(t, text)) != 4 || end.Next != "" || !strings.Contains(end.Note, "leads back") {
		t.Errorf("asked %d times, %v: %s", asked, err, text)
	}
}

// A mark that no page can make up for does not read the whole collection for an empty list.
func TestAMarkPassesByFewPages(t *testing.T) {
	t.Parallel()
	for _, arguments := range []map[string]any{
		{"path": "/users?mcp-skip=999999999"},
		{"path": "/users?mcp-skip=999999999", "maxItems": 10_000},
	} {
		pages := 0
		text, err := callGraph(t, paged(100_000, func(*graph.Request) int { pages++; return 10 }), arguments)
		if err != nil {
			t.Fatal(err)
		}
		end := endOf(t, text)
		if pages > 50 || len(compacttest.Items(t, text)) != 0 || !strings.Contains(end.Next, "$skiptoken=") || !strings.Contains(end.Note, "mcp-skip") {
			t.Errorf("%v: %d pages, %s", arguments, pages, text)
		}
	}
	// One that was made for a page of 200 does, where the service gives 10 at once.
	text, err := callGraph(t, paged(1_000, func(*graph.Request) int { return 10 }), map[string]any{"path": "/users?mcp-skip=199"})
	if items := compacttest.Items(t, text); err != nil || len(items) != 1 || fmt.Sprint(items[0]["n"]) != "199" {
		t.Errorf("got %s (%v)", text, err)
	}
}

// The link to later changes says that everything before it was seen.
func TestDeltaLinkComesLast(t *testing.T) {
	t.Parallel()
	s := paged(40, func(*graph.Request) int { return 40 })
	text, err := callGraph(t, s, map[string]any{"path": "/users/delta", "maxItems": 15})
	end := endOf(t, text)
	if err != nil || end.Delta != "" || end.Next == "" {
		t.Fatalf("cut: %v, %+v", err, end)
	}
	text, err = callGraph(t, s, map[string]any{"path": end.Next})
	if end = endOf(t, text); err != nil || end.Delta == "" || end.Next != "" || len(compacttest.Items(t, text)) != 25 {
		t.Errorf("the rest: %v, %+v", err, end)
	}
}

func TestDeltasThatAreGone(t *testing.T) {
	t.Parallel()
	const fresh = "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=latest"
	gone := &graph.Error{Status: 410, Code: "resyncRequired", Method: "GET", Path: "/users/delta", Restart: fresh}
	_, err := callGraph(t, func(*graph.Request) (*graph.Response, error) { return nil, gone }, map[string]any{"path": "/users/delta?$deltatoken=old"})
	if err == nil || !strings.Contains(hintOf(err), fresh) {
		t.Errorf("got %v, hint %q", err, hintOf(err))
	}
	text, err := callGraph(t, func(r *graph.Request) (*graph.Response, error) {
		if r.Query("$skiptoken") != "" {
			return nil, gone
		}
		return replyJSON(`{"value":[{"n":1}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users/delta?$skiptoken=2"}`)
	}, map[string]any{"path": "/users/delta", "maxItems": 5})
	if end := endOf(t, text); err != nil || end.Next != "" || !strings.Contains(end.Note, fresh) {
		t.Errorf("in the middle: %v, %+v", err, end)
	}
}

// A page that failed for a while can be asked for again.
func TestPagesThatFail(t *testing.T) {
	t.Parallel()
	const next = "https://graph.microsoft.com/v1.0/users?$skiptoken=2"
	text, err := callGraph(t, func(r *graph.Request) (*graph.Response, error) {
		if r.Query("$skiptoken") != "" {
			return nil, &graph.Error{Status: 503, Method: "GET", Path: "/users"}
		}
		return replyJSON(`{"value":[{"n":1}],"@odata.nextLink":"` + next + `"}`)
	}, map[string]any{"path": "/users", "maxItems": 5})
	if end := endOf(t, text); err != nil || end.Next != next || !strings.Contains(end.Note, "503") {
		t.Errorf("%v, %+v", err, end)
	}
}

// Of the pages that were read only what is shown of them is kept.
func TestPagesAreLetGo(t *testing.T) {
	t.Parallel()
	const pages = 60
	var bodies []weak.Pointer[byte]
	most := 0
	text, err := callGraph(t, func(r *graph.Request) (*graph.Response, error) {
		if n := len(bodies); n%20 == 19 {
			runtime.GC()
			kept := 0
			for _, body := range bodies {
				if body.Value() != nil {
					kept++
				}
			}
			most = max(most, kept)
		}
		response, err := replyJSON(fmt.Sprintf(`{"value":[{"n":%d,"none":null,"text":%q}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=%d","filler":%q}`,
			len(bodies), "text", len(bodies)+1, bytes.Repeat([]byte("x"), 200<<10)))
		bodies = append(bodies, weak.Make(&response.Body[0]))
		return response, err
	}, map[string]any{"path": "/users", "maxItems": pages, "maxChars": 400_000})
	if err != nil || len(bodies) != pages || most > 2 {
		t.Errorf("%d pages, %d of them at once in memory; %v: %.100s", len(bodies), most, err, text)
	}
}

// What an If-Match needs is there: of one item, and of every one where each change needs it.
func TestTags(t *testing.T) {
	t.Parallel()
	const item = `{"@odata.etag":"W/\"1\"","id":"1","none":null}`
	for path, want := range map[string]string{
		"/me/messages/1":      `{"@odata.etag":"W/\"1\"","id":"1"}`,
		"/me/messages":        `{"value":[{"id":"1"}]}`,
		"/planner/tasks":      `{"value":[{"@odata.etag":"W/\"1\"","id":"1"}]}`,
		"/me/planner/tasks/1": `{"@odata.etag":"W/\"1\"","id":"1"}`,
	} {
		body := item
		if !strings.HasSuffix(path, "1") {
			body = `{"value":[` + item + `]}`
		}
		text, err := callGraph(t, func(*graph.Request) (*graph.Response, error) { return replyJSON(body) }, map[string]any{"path": path})
		if err != nil || text != want {
			t.Errorf("%s: got %s (%v)", path, text, err)
		}
	}
}

// In changes since a token, null says that a value was taken away.
func TestChangesKeepNulls(t *testing.T) {
	t.Parallel()
	const body = `{"value":[{"id":"1","jobTitle":null,"businessPhones":[]},{"id":"2","@removed":{"reason":"deleted"}}]}`
	for path, want := range map[string]string{
		"/users/delta?$deltatoken=1": body,
		"/users/delta()?token=1":     body,
		"/users/delta":               `{"value":[{"id":"1"},{"id":"2","@removed":{"reason":"deleted"}}]}`,
		"/users?$skiptoken=1":        `{"value":[{"id":"1"},{"id":"2","@removed":{"reason":"deleted"}}]}`,
	} {
		text, err := callGraph(t, func(*graph.Request) (*graph.Response, error) { return replyJSON(body) }, map[string]any{"path": path})
		if err != nil || text != want {
			t.Errorf("%s: got %s (%v)", path, text, err)
		}
	}
}

// However long the links, and whatever stands beside a list, the answer is a list in its bounds.
func TestLongLinksAndOddMembers(t *testing.T) {
	t.Parallel()
	element := `{"id":"1","subject":"` + strings.Repeat("x", 300) + `"}`
	for _, length := range []int{100, 500, 600, 900, 1500, 5000} {
		body := `{"value":[` + element + strings.Repeat(","+element, 19) + `],"@odata.nextLink":"https://graph.microsoft.com/v1.0/me/messages?$skiptoken=` + strings.Repeat("a", length) + `"}`
		text, err := callGraph(t, func(*graph.Request) (*graph.Response, error) { return replyJSON(body) }, map[string]any{"path": "/me/messages", "maxChars": 1000})
		if err != nil || !json.Valid([]byte(text)) {
			t.Errorf("a link of %d: %v in %.300s", length, err, text)
		}
	}
	text, err := callGraph(t, func(*graph.Request) (*graph.Response, error) {
		return replyJSON(`{"common":{"their":1},"rows":[2],"value":[{"id":"1","same":"s"},{"id":"2","same":"s"},{"id":"3","same":"s"}]}`)
	}, map[string]any{"path": "/x"})
	var got struct {
		Common map[string]int
		Value  []map[string]string
	}
	if err != nil || json.Unmarshal([]byte(text), &got) != nil || got.Common["their"] != 1 || len(got.Value) != 3 || got.Value[2]["same"] != "s" || strings.Count(text, `"rows"`) != 1 {
		t.Errorf("%v: %s", err, text)
	}
}
