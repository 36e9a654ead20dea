package graph

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// newHTTP2Fixture speaks with the handler as with Microsoft's services. The transport hands back copies of requests there.
func newHTTP2Fixture(t *testing.T, handler http.HandlerFunc) *fixture {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("got %s, want HTTP/2", r.Proto)
		}
		handler(w, r)
	}))
	s.EnableHTTP2 = true
	return fixtureOf(t, s)
}

func (f *fixture) patch(t *testing.T) error {
	t.Helper()
	_, err := f.client.Do(t.Context(), f.request(Params{Method: "PATCH", Path: "/users/1", Body: []byte(`{"a":1}`)}))
	return err
}

// What a service refuses is told in its own words, also where the connection has been used before.
func TestRefusedChangesKeepTheMessageOverHTTP2(t *testing.T) {
	t.Parallel()
	f := newHTTP2Fixture(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"code":"Request_BadRequest","message":"Could not find a property named 'x' on type 'microsoft.graph.user'."}}`)
	})
	for i := range 3 {
		err := f.patch(t)
		var e *Error
		if !errors.As(err, &e) || e.elsewhere || !strings.Contains(e.Message, "a property named 'x'") || !strings.Contains(e.Hint(), "$select") {
			t.Errorf("change %d: got %+v, want Graph's message and its hint", i+1, e)
		}
	}
}

// A token that is refused is renewed for a change, too, whatever connection it is refused on.
func TestChangesRenewTheTokenOverHTTP2(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	f := newHTTP2Fixture(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.Header.Get("Authorization") == "Bearer first" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":{"code":"InvalidAuthenticationToken","message":"expired"}}`)
		}
	})
	for i := range 3 {
		if err := f.patch(t); err != nil {
			t.Errorf("change %d: %v", i+1, err)
		}
	}
	if got := calls.Load(); got != 6 {
		t.Errorf("got %d calls, want 6", got)
	}
}
