package graph

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		" 7 ":                           7 * time.Second,
		"1.5":                           1500 * time.Millisecond,
		"999999":                        999_999 * time.Second,
		"10000000":                      maxRetryAfter,
		"1e400":                         maxRetryAfter,
		"Inf":                           maxRetryAfter,
		"Sun, 01 Mar 2026 12:00:09 GMT": 9 * time.Second,
		"Fri, 02 Jan 2099 15:04:05 GMT": maxRetryAfter,
		"Sun, 01 Mar 2026 11:00:00 GMT": 0,
		"-5":                            0,
		"-1e400":                        0,
		"NaN":                           0,
		"soon":                          0,
		"":                              0,
	} {
		if got := parseRetryAfter(text, now); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// A service that asks for more than any caller waits is not asked again at once.
func TestAnEndlessPauseIsOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := newTestClient(func(r *http.Request) *http.Response {
			sent++
			return throttled(r, "10000000")
		})
		for range 2 {
			if _, err := c.Do(t.Context(), request(t, "GET", "/users")); err == nil || sent != 1 {
				t.Errorf("got %v after %d requests, want an error after 1", err, sent)
			}
		}
	})
}

func TestWhatMayBeSentTwice(t *testing.T) {
	t.Parallel()
	const file = "/me/drive/root:/a:/content"
	for _, tt := range []struct {
		method, path, header string
		want                 bool
	}{
		{"GET", "/users", "", true},
		{"GET", "/users/1", "If-None-Match", true},
		{"POST", "/users", "", false},
		{"PATCH", "/me", "", false},
		{"DELETE", "/users/1", "", true},
		{"DELETE", "/users/1", "If-Match", false},
		{"DELETE", "/users/1", "if-unmodified-since", false},
		{"PUT", file, "", true},
		{"PUT", file, "Content-Type", true},
		{"PUT", file, "if-match", false},
		{"PUT", file, "If-None-Match", false},
		{"PUT", file, "If-Unmodified-Since", false},
		{"PUT", file + "?@microsoft.graph.conflictBehavior=rename", "", false},
		{"PUT", file + "?@name.conflictBehavior=fail", "", false},
		{"PUT", file + "?%40NAME.ConflictBehavior=rename", "", false},
	} {
		header := http.Header{}
		if tt.header != "" {
			header[tt.header] = []string{"x"}
		}
		r, err := endpoints(t).NewRequest(Params{Method: tt.method, Path: tt.path, Header: header})
		if err != nil {
			t.Fatal(err)
		}
		if got := isRepeatable(r); got != tt.want {
			t.Errorf("%s %s %s: got %t, want %t", tt.method, tt.path, tt.header, got, tt.want)
		}
	}
}
