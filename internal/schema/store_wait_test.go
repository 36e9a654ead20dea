package schema_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// stuck answers with the beginning of a document and then with nothing, until it is let go.
func stuck(began chan<- struct{}, let <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		io.WriteString(w, "<Edmx>")
		w.(http.Flusher).Flush()
		close(began)
		select {
		case <-let:
		case <-r.Context().Done():
		}
	}
}

func TestStoreDoesNotWaitForASlowService(t *testing.T) {
	t.Parallel()
	began, let := make(chan struct{}), make(chan struct{})
	defer close(let)
	s := newService(t, stuck(began, let))
	f := newStore(t, "", false)
	f.Model(s.source())
	<-began
	for range 3 {
		if f.Model(s.source()) != nil {
			t.Error("there is a model")
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Wait(ctx, s.source())
	var none *schema.UnavailableError
	if !errors.As(err, &none) || !errors.Is(err, context.Canceled) || !strings.Contains(none.Hint(), "being fetched") {
		t.Errorf("got %v", err)
	}
	if status := f.Status(s.source()); !status.Fetching || s.calls() != 1 {
		t.Errorf("got %+v, %d calls", status, s.calls())
	}
	// Closing ends it at the service's side, too.
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if status := f.Status(s.source()); status.Fetching || !errors.Is(status.Failure, context.Canceled) {
		t.Errorf("got %+v", status)
	}
	if f.log.String() != "" { // that it was cut short is no fault
		t.Errorf("got %s", f.log)
	}
	if f.Model(s.source()) != nil || f.Status(s.source()).Fetching || s.calls() != 1 {
		t.Error("a store that is closed fetches")
	}
	if _, err := f.Wait(t.Context(), s.source()); err == nil {
		t.Error("a store that is closed has a model")
	}
}

func TestStoreClosesWithinItsTime(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	deaf := transport(func(*http.Request) (*http.Response, error) {
		<-let // it does not listen to its context
		return nil, errors.New("late")
	})
	f := newStore(t, "", false)
	from := schema.Source{Graph: "https://graph.example", Version: "beta", Transport: deaf}
	f.Model(from)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(let)
	f.settle(t, from)
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestStoreOffline(t *testing.T) {
	t.Parallel()
	s := newService(t, xml(small(10)))
	dir := t.TempDir()
	off := newStore(t, dir, true)
	_, err := off.Wait(t.Context(), s.source())
	var none *schema.UnavailableError
	if !errors.As(err, &none) || none.Hint() == "" || off.Model(s.source()) != nil {
		t.Errorf("got %v", err)
	}
	on := newStore(t, dir, false)
	if _, err := on.Wait(t.Context(), s.source()); err != nil {
		t.Fatal(err)
	}
	on.settle(t, s.source())
	off = newStore(t, dir, true)
	off.clock.forward(365 * 24 * time.Hour)
	if off.Model(s.source()) == nil || off.Status(s.source()).Fetching || s.calls() != 1 {
		t.Errorf("%d calls", s.calls())
	}
}

func TestStoreKnowsItsSources(t *testing.T) {
	t.Parallel()
	f := newStore(t, t.TempDir(), false)
	for _, from := range []schema.Source{
		{Graph: "http://graph.example", Version: "v1.0"},
		{Graph: "https://user:secret@graph.example", Version: "v1.0"},
		{Graph: "https://graph.example/path", Version: "v1.0"},
		{Graph: "https://graph.example/../..", Version: "v1.0"},
		{Graph: "https://[::1]", Version: "v1.0"},
		{Graph: "https://", Version: "v1.0"},
		{Graph: "", Version: "v1.0"},
		{Graph: "https://graph.example", Version: "../v1.0"},
		{Graph: "https://graph.example", Version: ""},
	} {
		_, err := f.Wait(t.Context(), from)
		var none *schema.UnavailableError
		if f.Model(from) != nil || !errors.As(err, &none) || none.Hint() == "" || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: got %v", from, err)
		}
		if f.Status(from).Failure == nil {
			t.Errorf("%+v: no failure", from)
		}
	}
	for i := range 40 { // more than anybody has
		from := schema.Source{Graph: "https://graph.example:" + strings.Repeat("1", 1+i%5), Version: "v1.0", Transport: refusing()}
		if i >= 5 {
			from.Graph = "https://" + strings.Repeat("g", i) + ".example"
		}
		f.Model(from)
		f.settle(t, from)
	}
	if err := f.Status(schema.Source{Graph: "https://one.more.example", Version: "beta"}).Failure; err == nil || !strings.Contains(err.Error(), "32 others") {
		t.Errorf("got %v", err)
	}
}

func refusing() http.RoundTripper {
	return transport(func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") })
}
