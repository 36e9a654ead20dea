package aisearch

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// fuzzed answers everything in one way, and wants the key to come to nobody else.
type fuzzed struct {
	t      *testing.T
	answer func() *http.Response
	asked  int
}

func (s *fuzzed) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.asked++; r.URL.Host != "contoso.search.windows.net" || r.URL.Scheme != "https" || r.Method != http.MethodPost || s.asked > 20 {
		s.t.Errorf("request %d: %s %s", s.asked, r.Method, r.URL)
	}
	resp := s.answer()
	resp.Request = r
	return resp, nil
}

// Whatever the search service, or somebody in its place, answers: the key is sent to the one host, the tries end, and neither the
// answer nor an error has the key in it.
func FuzzAnswer(f *testing.F) {
	const key = "key-that-nobody-may-see"
	f.Add(200, "", "", []byte(`{"value":[{"a":"`+key+`"}]}`))
	f.Add(302, "https://evil.example/", "", []byte(key))
	f.Add(403, "", "1e300", []byte(`{"error":{"code":"`+key+`","message":"a `+key+`","details":[{"message":"\u006bey-that-nobody-may-see"}]}}`))
	f.Add(429, "", "Fri, 31 Dec 9999 23:59:59 GMT", []byte("\xff"))
	f.Add(503, "", "-1", []byte("<html>"))
	f.Add(200, "", "", []byte("[]"))
	f.Fuzz(func(t *testing.T, status int, location, retryAfter string, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		s := &fuzzed{t: t, answer: func() *http.Response {
			return &http.Response{StatusCode: status, Header: http.Header{"Location": {location}, "Retry-After": {retryAfter}, "Request-Id": {location}}, Body: io.NopCloser(bytes.NewReader(body))}
		}}
		c, err := New(Config{Endpoint: "https://contoso.search.windows.net", Index: "docs", Transport: s, MaxBody: 1 << 16, Key: func(context.Context) (string, error) { return key, nil }})
		if err != nil {
			t.Fatal(err)
		}
		var waited time.Duration
		c.wait = func(_ context.Context, d time.Duration) error { waited += d; return nil }
		got, err := c.Search(t.Context(), []byte(`{}`))
		if waited < 0 || waited > 5*time.Minute {
			t.Errorf("waited %s", waited)
		}
		if err == nil && (!json.Valid(got) || bytes.Contains(got, []byte(key))) {
			t.Errorf("%q became %q", body, got)
		}
		if err != nil && (strings.Contains(err.Error(), key) || len(err.Error()) > 8<<10) {
			t.Errorf("%q: an error of %d bytes: %.200v", body, len(err.Error()), err)
		}
	})
}
