package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// fixture is a tenant, a client with a token, and an address of Graph that answers 200.
type fixture struct {
	*sandbox.Tenant
	client *http.Client
	token  string
	url    string
}

func start(t *testing.T, o sandbox.Options) fixture {
	t.Helper()
	tenant := sandboxtest.Start(t, o)
	a := appOf(t, tenant)
	got, err := a.acquire(t)
	if err != nil {
		t.Fatal(err)
	}
	return fixture{tenant, a.client, got.AccessToken, tenant.GraphURL() + "/v1.0/users?$top=2"}
}

func (f fixture) get(t *testing.T) (int, string) {
	t.Helper()
	return get(t, f.client, f.url, f.token)
}

// try asks without a body's being complete in mind; err is that of the request or of its body.
func (f fixture) try(ctx context.Context, url string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	res, err := f.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

func TestFaultAnswers(t *testing.T) {
	t.Parallel()
	f := start(t, sandbox.Options{})
	for _, row := range []struct {
		name   string
		fault  sandbox.Fault
		status int
		body   string
	}{
		{"status", sandbox.Fault{Status: 503}, 503, ""},
		{"status and body", sandbox.Fault{Status: 429, Body: "slow down", Header: http.Header{"Retry-After": {"7"}}}, 429, "slow down"},
		{"body", sandbox.Fault{Body: "<html>"}, 200, "<html>"},
		{"handler", sandbox.Fault{Handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(418) }}, 418, ""},
	} {
		row.fault.Host = sandbox.Graph
		remove := f.Inject(row.fault)
		if status, body := f.get(t); status != row.status || body != row.body {
			t.Errorf("%s: got %d %q, want %d %q", row.name, status, body, row.status, row.body)
		}
		remove()
		remove()
		if status, _ := f.get(t); status != 200 {
			t.Errorf("%s, removed: got %d, want 200", row.name, status)
		}
	}
}

func TestFaultsHappenInOrderAndAsOftenAsSaid(t *testing.T) {
	t.Parallel()
	f := start(t, sandbox.Options{})
	f.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 2, Status: 503, Header: http.Header{"Retry-After": {"1"}}})
	f.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 1, Status: 429})
	f.Inject(sandbox.Fault{Host: sandbox.ResourceManager, Status: 500}) // another host
	f.Inject(sandbox.Fault{Host: sandbox.Graph, Status: 500, Match: func(r *http.Request) bool { return r.Method == http.MethodPost }})
	for i, want := range []int{503, 503, 429, 200} {
		if got, _ := f.get(t); got != want {
			t.Errorf("request %d: got %d, want %d", i, got, want)
		}
	}
}

func TestFaultInBatch(t *testing.T) {
	t.Parallel()
	f := start(t, sandbox.Options{})
	defer f.Inject(sandbox.Fault{Host: sandbox.Graph, Status: 429, Header: http.Header{"Retry-After": {"3"}},
		Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/groups") }})()
	batch := `{"requests": [{"id": "1", "method": "GET", "url": "/users?$top=1"}, {"id": "2", "method": "GET", "url": "/groups?$top=1"}]}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.GraphURL()+"/v1.0/$batch", strings.NewReader(batch))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + f.token}, "Content-Type": {"application/json"}}
	res, err := f.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got struct {
		Responses []struct {
			ID      string
			Status  int
			Headers map[string]string
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	for _, r := range got.Responses {
		if want := map[string]int{"1": 200, "2": 429}[r.ID]; r.Status != want || (r.Headers["Retry-After"] == "3") != (want == 429) {
			t.Errorf("request %s: got %d, %v; want %d", r.ID, r.Status, r.Headers, want)
		}
	}
	if len(got.Responses) != 2 || f.Count(sandbox.Graph, "") != 1 {
		t.Errorf("got %d answers, and %d requests are recorded; want 2, and the batch alone", len(got.Responses), f.Count(sandbox.Graph, ""))
	}
}

// A panic is an answer that says so, and the host lives on.
func TestMistakeIsTold(t *testing.T) {
	t.Parallel()
	f := start(t, sandbox.Options{})
	f.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 1, Handler: func(http.ResponseWriter, *http.Request) { panic("oops") }})
	if status, body := f.get(t); status != 500 || !strings.Contains(body, "oops") {
		t.Errorf("got %d %q, want 500 and what happened", status, body)
	}
	if status, _ := f.get(t); status != 200 {
		t.Errorf("afterwards: got %d, want 200", status)
	}
}

// eachProtocol runs a test with HTTP/1.1 and then with HTTP/2: the product's clients may speak either.
func eachProtocol(t *testing.T, test func(t *testing.T, f fixture)) {
	f := start(t, sandbox.Options{})
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			f.client = sandboxtest.Client(t, f.Tenant)
			var protocols http.Protocols
			protocols.SetHTTP1(protocol == "HTTP/1.1")
			protocols.SetHTTP2(protocol == "HTTP/2.0")
			f.client.Transport.(*http.Transport).Protocols = &protocols
			test(t, f)
		})
	}
}

func TestDrop(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, f fixture) {
		defer f.Inject(sandbox.Fault{Host: sandbox.Graph, Drop: true})()
		if status, _, err := f.try(t.Context(), f.url); err == nil {
			t.Errorf("got %d, want no answer", status)
		}
		all := f.Requests(sandbox.Graph)
		if len(all) == 0 || all[len(all)-1].Status != 0 {
			t.Errorf("got %d requests, want one without a status", len(all))
		}
	})
}

// Dropping cuts the whole connection, also where HTTP/2 could end one stream.
func TestDropCutsTheConnection(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, f fixture) {
		f.get(t)
		var reused []bool
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { reused = append(reused, c.Reused) }})
		remove := f.Inject(sandbox.Fault{Host: sandbox.Graph, Drop: true})
		if status, _, err := f.try(ctx, f.url); err == nil {
			t.Errorf("got %d, want no answer", status)
		}
		remove()
		if _, _, err := f.try(ctx, f.url); err != nil {
			t.Error(err)
		}
		if len(reused) < 2 || !reused[0] || reused[len(reused)-1] {
			t.Errorf("got connections used before: %v; want the first request's to be, and the last one's not", reused)
		}
	})
}

func TestHalfBody(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, f fixture) {
		_, whole := f.get(t)
		defer f.Inject(sandbox.Fault{Host: sandbox.Graph, HalfBody: true})()
		status, half, err := f.try(t.Context(), f.url)
		if err == nil || status != 200 || half == "" || len(half) >= len(whole) || !strings.HasPrefix(whole[:20], half[:20]) {
			t.Errorf("got %d, %d of %d bytes, %v; want half of them and an error", status, len(half), len(whole), err)
		}
	})
}

func TestDelay(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, f fixture) {
		arrived, release := make(chan struct{}), make(chan struct{})
		f.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 1, Delay: func(ctx context.Context) {
			close(arrived)
			select {
			case <-release:
			case <-ctx.Done():
			}
		}})
		var waiting sync.WaitGroup
		waiting.Go(func() {
			if status, _, err := f.try(t.Context(), f.url); status != 200 || err != nil {
				t.Errorf("got %d, %v; want 200 after the delay", status, err)
			}
		})
		<-arrived
		if all := f.Requests(sandbox.Graph); all[len(all)-1].Status != 0 {
			t.Errorf("got status %d before the answer, want 0", all[len(all)-1].Status)
		}
		close(release)
		waiting.Wait()
	})
}

// A client that gives up ends the delay, and the host does not go on to the real answer.
func TestDelayEndsWithTheClient(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, f fixture) {
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan struct{})
		f.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 1,
			Delay:   func(ctx context.Context) { cancel(); <-ctx.Done(); close(left) },
			Handler: func(http.ResponseWriter, *http.Request) { t.Error("the request is answered") },
		})
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.client.Do(req); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		<-left
	})
}

func TestFaultsUnderConcurrency(t *testing.T) {
	t.Parallel()
	f := start(t, sandbox.Options{})
	f.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 10, Status: 429})
	var mu sync.Mutex
	got := map[int]int{}
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			status, _, err := f.try(t.Context(), f.url)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			got[status]++
		})
	}
	all.Wait()
	if got[429] != 10 || got[200] != 30 {
		t.Errorf("got %v, want 10 times 429 and 30 times 200", got)
	}
}
