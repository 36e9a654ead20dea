package aisearch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// desk is a client of the embedded tenant's search service.
type desk struct {
	*sandbox.Tenant
	t      *testing.T
	client *Client
	key    string
	reads  int             // of the key
	waits  []time.Duration // that were not waited
	log    bytes.Buffer
}

func newDesk(t *testing.T, change ...func(*Config)) *desk {
	t.Helper()
	return newDeskAt(t, sandboxtest.Start(t, sandbox.Options{}), change...)
}

func newDeskAt(t *testing.T, tenant *sandbox.Tenant, change ...func(*Config)) *desk {
	t.Helper()
	d := &desk{Tenant: tenant, t: t}
	d.key = d.SearchKey()
	c := Config{Endpoint: d.SearchURL() + "/", Index: sandbox.SearchIndex, Transport: sandboxtest.Client(t, d.Tenant).Transport, UserAgent: "test",
		Key: func(context.Context) (string, error) { d.reads++; return d.key + "\n", nil },
		Log: slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, f := range change {
		f(&c)
	}
	var err error
	if d.client, err = New(c); err != nil {
		t.Fatal(err)
	}
	d.client.wait = func(_ context.Context, wait time.Duration) error { d.waits = append(d.waits, wait); return nil }
	return d
}

const anySearch = `{"search":"travel","queryType":"simple","top":2}`

func (d *desk) search() (string, error) {
	d.t.Helper()
	body, err := d.client.Search(d.t.Context(), []byte(anySearch))
	for _, text := range []string{string(body), errorText(err), d.log.String()} {
		if strings.Contains(text, d.key) {
			d.t.Errorf("the key is in %s", text)
		}
	}
	return string(body), err
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error() + "\n" + hintOf(err)
}

func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

func (d *desk) refused(want, hint string) {
	d.t.Helper()
	body, err := d.search()
	if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(hintOf(err), hint) {
		d.t.Errorf("got %s, %v (hint %q)\nwant %s, hint %s", body, err, hintOf(err), want, hint)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 2 {
		if got, err := d.search(); err != nil || !strings.Contains(got, `"@search.score"`) {
			t.Fatalf("got %.200s, %v", got, err)
		}
	}
	requests := d.Requests(sandbox.Search)
	if r := requests[0]; r.Method != "POST" || r.Path != "/indexes/handbook/docs/search" || r.RawQuery != "api-version=2025-09-01" ||
		r.Header.Get("api-key") != d.key || r.Header.Get("Authorization") != "" || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("sent %+v", r)
	}
	if d.reads != 1 {
		t.Errorf("the key was read %d times for two searches", d.reads)
	}
	if !strings.Contains(d.log.String(), "index=handbook status=200") {
		t.Errorf("logged %s", d.log.String())
	}
}

func TestRefusalsHaveARemedy(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.RotateSearchKey()
	d.refused("searching the index handbook: HTTP 403 Forbidden (request-id ", "azure_ai_search.api_key")
	if n := d.Count(sandbox.Search, "/"); n != 1 {
		t.Errorf("a refused key was tried %d times", n)
	}
	d.key = d.SearchKey() // it was stored anew
	if _, err := d.search(); err != nil {
		t.Errorf("a key that was replaced: %v", err)
	}
	newDeskAt(t, d.Tenant, func(c *Config) { c.Index = "../admin" }).refused("HTTP 404", "azure_ai_search.index")
	newDeskAt(t, d.Tenant, func(c *Config) { c.Index = "nosuch" }).refused("No index with the name 'nosuch'", "azure_ai_search.index")
	before := d.Count(sandbox.Search, "/")
	keyless := newDeskAt(t, d.Tenant)
	keyless.key = "two words"
	keyless.refused("no key at all", "query key")
	if keyless.Count(sandbox.Search, "/") != before {
		t.Error("a key with a blank in it was sent")
	}
	for _, tt := range []struct {
		name       string
		fault      sandbox.Fault
		want, hint string
	}{
		{"a message", sandbox.Fault{Status: 400, Body: `{"error":{"code":"InvalidRequestParameter","message":"Could not find a property named 'x'.\r\nParameter name: $select"}}`},
			"400 Bad Request, InvalidRequestParameter: Could not find a property named 'x'. Parameter name: $select", "the message names"},
		{"no JSON", sandbox.Fault{Status: 200, Body: "<html>Sign in to the network</html>"}, "not the JSON of a search", "proxy"},
		{"a gateway's page", sandbox.Fault{Status: 500, Body: "<html>oops"}, "not one of the service's errors: <html>oops", "service's side"},
		{"a service without keys", sandbox.Fault{Status: 401}, "401 Unauthorized", "accepts API keys"},
		{"too much", sandbox.Fault{Status: 200, Body: `"` + strings.Repeat("x", 2000) + `"`}, "the answer is larger than", "smaller top"},
	} {
		d := newDeskAt(t, d.Tenant, func(c *Config) { c.MaxBody = 1500 })
		tt.fault.Host = sandbox.Search
		remove := d.Inject(tt.fault)
		d.refused(tt.want, tt.hint)
		remove()
	}
}

// A host that asks the key to follow it elsewhere does not get it there, and one that repeats it is not repeated.
func TestTheKeyStaysWithItsHost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, status := range []int{301, 302, 307, 308} {
		remove := d.Inject(sandbox.Fault{Host: sandbox.Search, Status: status, Header: http.Header{"Location": {d.GraphURL() + "/x"}}})
		d.refused("HTTP 30", "not followed")
		remove()
	}
	if n := d.Count(sandbox.Graph, "/"); n != 0 {
		t.Errorf("the redirect was followed %d times", n)
	}
	echo := func(status int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"error":{"code":"`+r.Header.Get("api-key")+`","message":"the key `+r.Header.Get("api-key")+` is wrong"}}`)
		}
	}
	for _, status := range []int{200, 400, 403} {
		remove := d.Inject(sandbox.Fault{Host: sandbox.Search, Handler: echo(status)})
		body, err := d.search() // looks for the key itself
		if !strings.Contains(body+errorText(err), hidden) {
			t.Errorf("HTTP %d: got %s, %v", status, body, err)
		}
		remove()
	}
}

func TestFaultsAreWaitedOut(t *testing.T) {
	t.Parallel()
	header := func(s string) http.Header { return http.Header{"Retry-After": {s}} }
	tenant := sandboxtest.Start(t, sandbox.Options{})
	for _, tt := range []struct {
		name  string
		fault sandbox.Fault
		waits int
		first time.Duration // 0: any
		want  string        // in the error; "" for success
	}{
		{"throttled", sandbox.Fault{Status: 429, Header: header("7"), Times: 2}, 2, 7 * time.Second, ""},
		{"busy", sandbox.Fault{Status: 503, Header: header("1"), Times: 1}, 1, time.Second, ""},
		{"busy, no word how long", sandbox.Fault{Status: 503, Times: 3}, 3, 0, ""},
		{"for ever", sandbox.Fault{Status: 429, Header: header("1")}, 3, time.Second, "429"},
		{"too long", sandbox.Fault{Status: 429, Header: header("120")}, 0, 0, "429"},
		{"a broken connection", sandbox.Fault{Drop: true, Times: 1}, 1, 0, ""},
		{"half an answer", sandbox.Fault{HalfBody: true, Times: 1}, 1, 0, ""},
		{"refused", sandbox.Fault{Status: 400}, 0, 0, "400"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDeskAt(t, tenant)
			tt.fault.Host = sandbox.Search
			defer d.Inject(tt.fault)()
			_, err := d.search()
			if len(d.waits) != tt.waits || tt.first > 0 && d.waits[0] != tt.first {
				t.Errorf("waited %v", d.waits)
			}
			if (err == nil) != (tt.want == "") || !strings.Contains(errorText(err), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	d := newDeskAt(t, tenant)
	d.Inject(sandbox.Fault{Host: sandbox.Search, Status: 503, Header: header("20")})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := d.client.Search(ctx, []byte(anySearch)); err == nil || len(d.waits) != 0 || !strings.Contains(hintOf(err), "wait 20 s") {
		t.Errorf("a wait beyond the call's time: waited %v, %v", d.waits, err)
	}
	ended, end := context.WithCancelCause(t.Context())
	end(errors.New("the client went away"))
	if _, err := d.client.Search(ended, []byte(anySearch)); err == nil || !strings.Contains(err.Error(), "the client went away") || len(d.waits) != 0 {
		t.Errorf("got %v, waited %v", err, d.waits)
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"", "http://x.search.windows.net", "https://", "https://u:p@x", "https://x/path", "https://x?a=b", "https://x#f", "x.search.windows.net"} {
		if _, err := New(Config{Endpoint: endpoint, Index: "i"}); err == nil {
			t.Errorf("%q was taken for an endpoint", endpoint)
		}
	}
	for _, index := range []string{"", ".", ".."} {
		if _, err := New(Config{Endpoint: "https://x.search.windows.net", Index: index}); err == nil {
			t.Errorf("%q was taken for an index", index)
		}
	}
	c, err := New(Config{Endpoint: "https://x.search.windows.net/", Index: "a/b?c"})
	if err != nil || c.url != "https://x.search.windows.net/indexes/a%2Fb%3Fc/docs/search?api-version=2025-09-01" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Duration{"": 0, "5": 5 * time.Second, "0.5": 500 * time.Millisecond, "-5": 0, "soon": 0, "NaN": 0,
		"99999999999": maxRetryAfter, "1e400": maxRetryAfter, "Fri, 02 Jan 2099 15:04:05 GMT": maxRetryAfter,
		"Tue, 24 Nov 2026 10:00:09 GMT": 9 * time.Second, "Tue, 24 Nov 2026 09:00:00 GMT": 0} {
		if got := parseRetryAfter(s, now); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}
