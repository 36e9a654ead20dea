package graph

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// faulty is a transport that fails, or answers, always alike.
type faulty func(*http.Request) (*http.Response, error)

func (f faulty) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func hintTo(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

func TestAChangeThatMayHaveBeenMadeSaysSo(t *testing.T) {
	t.Parallel()
	status := func(code int, body string) faulty {
		return func(r *http.Request) (*http.Response, error) { return answer(r, code, body), nil }
	}
	fails := func(err error) faulty {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	const plain, conditional = "", "If-Match"
	for _, tt := range []struct {
		name, method, header string
		far                  faulty
		want                 bool
	}{
		{"a timeout behind the service", "POST", plain, status(504, "{}"), true},
		{"a fault", "PATCH", plain, status(500, "{}"), true},
		{"a broken connection", "POST", plain, fails(io.EOF), true},
		{"a deadline", "POST", plain, fails(context.DeadlineExceeded), true},
		{"an answer that is too large", "POST", plain, status(200, strings.Repeat("x", 2<<20)), true},
		{"a condition", "PUT", conditional, status(502, "{}"), true},
		{"a condition for deleting", "DELETE", conditional, fails(io.EOF), true},
		{"a refusal", "POST", plain, status(403, "{}"), false},
		{"a refusal that comes as a fault", "POST", plain, status(500, `{"error":{"code":"quotaLimitReached","message":"Full."}}`), false},
		{"throttled", "POST", plain, status(429, "{}"), false},
		{"never connected", "POST", plain, fails(&net.OpError{Op: "dial", Err: errors.New("refused")}), false},
		{"a proxy that is not there", "POST", plain, fails(&net.OpError{Op: "proxyconnect", Err: errors.New("refused")}), false},
		{"a host that is not trusted", "POST", plain, fails(&tls.CertificateVerificationError{Err: errors.New("x")}), false},
		{"a read", "GET", plain, status(504, "{}"), false},
		{"what may happen twice", "DELETE", plain, fails(io.EOF), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				header := http.Header{}
				if tt.header != "" {
					header.Set(tt.header, "x")
				}
				r, err := endpoints(t).NewRequest(Params{Method: tt.method, Path: "/me/messages", Header: header})
				if err != nil {
					t.Fatal(err)
				}
				c := NewClient(Config{Auth: &tokens{}, Transport: tt.far, MaxBody: 1 << 20})
				_, err = c.Do(t.Context(), r)
				var doubt *DoubtError
				if hint := hintTo(err); err == nil || errors.As(err, &doubt) != tt.want || strings.Contains(hint, doubtHint) != tt.want || hint == "" {
					t.Errorf("got %v with the hint %q", err, hint)
				}
			})
		})
	}
}

// Where a try that met a fault has deleted what the next does not find, the refusal does not send the model on a search.
func TestADeletionThatWasRepeated(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		first int
		want  bool
	}{{503, true}, {504, true}, {429, false}, {404, false}} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			c := newTestClient(func(r *http.Request) *http.Response {
				if tries++; tries == 1 {
					return answer(r, tt.first, "{}", "Retry-After", "1")
				}
				return answer(r, 404, "{}")
			})
			_, err := c.Do(t.Context(), request(t, "DELETE", "/users/1"))
			if hint := hintTo(err); strings.Contains(hint, "may have deleted it") != tt.want {
				t.Errorf("after %d: got %v with the hint %q", tt.first, err, hint)
			}
			f := &far{t: t, answer: func(item wireItem, times int) wireAnswer {
				if item.ID == "a" && times == 1 {
					return refuse(item, tt.first, "1")
				} else if item.ID == "a" {
					return refuse(item, 404, "")
				}
				return ok(item, 1)
			}}
			all, err := runBatch(f, BatchItem{ID: "a", Method: "DELETE", URL: "/users/1"}, get("b"))
			if err != nil {
				t.Fatal(err)
			}
			if hint := hintTo(all[0].Err); strings.Contains(hint, "may have deleted it") != tt.want {
				t.Errorf("in a batch, after %d: got %v with the hint %q", tt.first, all[0].Err, hint)
			}
		})
	}
}

// Each item of a batch is in doubt for itself.
func TestItemsThatMayHaveBeenCarriedOut(t *testing.T) {
	t.Parallel()
	post := func(id string) BatchItem {
		return BatchItem{ID: id, Method: "POST", URL: "/users", Body: json.RawMessage(`{}`)}
	}
	f := &far{t: t, answer: func(item wireItem, _ int) wireAnswer { return refuse(item, 500, "") }}
	all, err := runBatch(f, post("write"), get("read"))
	if err != nil {
		t.Fatal(err)
	}
	if write, read := hintTo(all[0].Err), hintTo(all[1].Err); write != doubtHint || read == doubtHint {
		t.Errorf("got the hints %q and %q", write, read)
	}
	for name, failure := range map[string]error{
		"a broken connection":   &TransportError{Host: "graph.microsoft.com", Err: io.EOF},
		"a fault of the whole":  &Error{Status: 504, Method: "POST", Path: "/$batch"},
		"an answer that is not": errNoAnswers,
	} {
		f := &far{t: t, answer: ok, fail: func(int) error { return failure }}
		if _, err := runBatch(f, get("read"), post("write")); !errors.Is(err, failure) || hintTo(err) != doubtHint {
			t.Errorf("%s: got %v with the hint %q", name, err, hintTo(err))
		}
		if _, err := runBatch(f, get("read")); !errors.Is(err, failure) || hintTo(err) == doubtHint || hintTo(err) == "" {
			t.Errorf("%s, reading: got %v with the hint %q", name, err, hintTo(err))
		}
	}
	for status, body := range map[int]string{200: "<html>", 504: "{}"} {
		c := newTestClient(func(r *http.Request) *http.Response { return answer(r, status, body) })
		for _, items := range [][]BatchItem{{get("read")}, {get("read"), post("write")}} {
			if _, err := Batch(t.Context(), c, endpoints(t), BatchCall{Items: items}); err == nil || (hintTo(err) == doubtHint) != (len(items) > 1) {
				t.Errorf("HTTP %d to %d items: got %v with the hint %q", status, len(items), err, hintTo(err))
			}
		}
	}
}
