package graph

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// listener writes down what it hears.
type listener struct {
	mu    sync.Mutex // guards heard
	heard []string
}

func (l *listener) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, fmt.Sprintf(format, args...))
}

type spanKey struct{}

func (l *listener) Begin(ctx context.Context, name string, attrs ...slog.Attr) (context.Context, func(string, ...slog.Attr)) {
	return context.WithValue(ctx, spanKey{}, name), func(outcome string, _ ...slog.Attr) { l.note("%s %v: %s", name, attrs, outcome) }
}

func (l *listener) Count(_ context.Context, name string, attrs ...slog.Attr) {
	l.note("%s %v", name, attrs)
}

func (l *listener) Carry(ctx context.Context, set func(name, value string)) {
	set("traceparent", fmt.Sprint(ctx.Value(spanKey{})))
}

func TestTheObserverHearsOfEachExchange(t *testing.T) {
	t.Parallel()
	var carried []string
	answers := []int{429, 503, 404}
	f := newFixture(t, func(w http.ResponseWriter, r *http.Request) {
		carried = append(carried, r.Header.Get("Traceparent"))
		if answers[0] == 429 {
			w.Header().Set("Retry-After", "1")
		}
		w.WriteHeader(answers[0])
		answers = answers[1:]
	})
	l := &listener{}
	f.client.observer = l
	_, err := f.client.Do(t.Context(), f.request(Params{Path: "/users/ada@contoso.com/messages/AAMk", Query: map[string]string{"$select": "subject"}}))
	if !isStatus(err, 404) {
		t.Fatalf("got %v", err)
	}
	want := []string{
		"graph request [method=GET workload=outlook]: 429", "throttled [workload=outlook]",
		"graph request [method=GET workload=outlook]: 503", "graph request [method=GET workload=outlook]: 404",
	}
	if !slices.Equal(l.heard, want) {
		t.Errorf("heard\n%s\nwant\n%s", strings.Join(l.heard, "\n"), strings.Join(want, "\n"))
	}
	if !slices.Equal(carried, []string{"graph request", "graph request", "graph request"}) {
		t.Errorf("the service gets %q as traceparents", carried)
	}
}

func TestTheObserverHearsWhyThereIsNoAnswer(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 1)
	f := newFixture(t, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	l := &listener{}
	f.client.observer = l
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := f.client.Do(ctx, f.request(Params{Path: "/users"})); err == nil {
		t.Fatal("got an answer")
	}
	ctx, cancel = context.WithTimeout(t.Context(), 1)
	defer cancel()
	_, _ = f.client.send(ctx, f.request(Params{Path: "/users"}), "token", "id")
	f.server.CloseClientConnections()
	f.client.transport = cutOff{}
	_, _ = f.client.send(t.Context(), f.request(Params{Path: "/users"}), "token", "id")
	var outcomes []string
	for _, heard := range l.heard {
		outcomes = append(outcomes, heard[strings.LastIndex(heard, " ")+1:])
	}
	if want := []string{"cancelled", "timeout", "error"}; !slices.Equal(outcomes, want) {
		t.Errorf("heard %q, want %q", outcomes, want)
	}
}

type cutOff struct{}

func (cutOff) RoundTrip(*http.Request) (*http.Response, error) { return nil, errInterrupted }

// A redirect leads elsewhere, whose business our traces are not.
func TestATraceIsNotCarriedElsewhere(t *testing.T) {
	t.Parallel()
	var f *fixture
	elsewhere := make(chan http.Header, 1)
	f = newFixture(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/elsewhere") {
			elsewhere <- r.Header.Clone()
			return
		}
		w.Header().Set("Location", f.server.URL+"/elsewhere")
		w.WriteHeader(http.StatusFound)
	})
	f.client.observer = &listener{}
	if _, err := f.client.Do(t.Context(), f.request(Params{Path: "/me/drive/items/1/content"})); err != nil {
		t.Fatal(err)
	}
	if got := (<-elsewhere).Get("Traceparent"); got != "" {
		t.Errorf("the other host gets traceparent %q", got)
	}
}

// It counts allocations, so it does not run beside others.
func TestNobodyListeningCostsNothing(t *testing.T) {
	f := newFixture(t, func(http.ResponseWriter, *http.Request) {})
	r := f.request(Params{Path: "/users/ada/messages"})
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		ctx, end := f.client.begin(ctx, r.Method(), workloadOf(r).name)
		f.client.carry(ctx, nil)
		end(nil, nil)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
