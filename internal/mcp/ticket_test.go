package mcp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func as(name string) context.Context {
	return withPrincipal(context.Background(), principal{name: name})
}

// ticketOf is the text of a link.
func ticketOf(l tools.Link) string { return l.URL[strings.LastIndexByte(l.URL, '/')+1:] }

func TestTicketsEnd(t *testing.T) {
	t.Parallel()
	now := time.Now()
	x := newTransfers("https://mcp.example.com")
	x.now = func() time.Time { return now }
	link, err := x.Offer(as("a"), tools.Offer{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	text := ticketOf(link)
	now = now.Add(ticketLife)
	if x.find(text) == nil {
		t.Error("it ended before its time")
	}
	if x.find(text+"x") != nil || x.find("") != nil {
		t.Error("another text opens it")
	}
	now = now.Add(time.Second)
	if x.find(text) != nil || x.take(text) != nil {
		t.Error("it holds after its time")
	}
	if _, err := x.Offer(as("a"), tools.Offer{}); err != nil || len(x.held) != 1 {
		t.Errorf("%d are held, %v; want the new one alone", len(x.held), err)
	}
}

func TestTicketsAreTakenOnce(t *testing.T) {
	t.Parallel()
	x := newTransfers("")
	link, err := x.Offer(as("a"), tools.Offer{})
	if err != nil {
		t.Fatal(err)
	}
	text := ticketOf(link)
	k := x.take(text)
	if k == nil || x.take(text) != nil || x.find(text) != nil {
		t.Fatal("two can take it")
	}
	x.giveBack(k)
	if k = x.take(text); k == nil {
		t.Fatal("it was given back and does not hold")
	}
	x.drop(k)
	if x.take(text) != nil || len(x.held) != 0 {
		t.Error("it is used up and holds")
	}
}

// The links that are out are bounded, and no principal can take all of them.
func TestTicketsAreBounded(t *testing.T) {
	t.Parallel()
	x := newTransfers("")
	fill := func(name string) (n int, err error) {
		for err == nil && n < 10*mostTickets {
			if _, err = x.Deposit(as(name), tools.Deposit{}); err == nil {
				n++
			}
		}
		return n, err
	}
	n, err := fill("greedy")
	var tooMany *tooManyTickets
	if n != mostOfOne || !errors.As(err, &tooMany) || tooMany.Hint() == "" {
		t.Errorf("one got %d, %v; want %d", n, err, mostOfOne)
	}
	for i := range 2 * mostTickets / mostOfOne {
		_, _ = fill(strings.Repeat("x", i+1)) // until there is no room
	}
	if len(x.held) != mostTickets {
		t.Errorf("%d are held, want at most %d", len(x.held), mostTickets)
	}
}

// A client that goes on may take as long as it needs, and time that is ours does not count; one that stalls loses
// its place.
func TestPace(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	var deadline time.Time
	p := &pace{now: func() time.Time { return now }, left: paceTime, set: func(at time.Time) error { deadline = at; return nil }}
	move := func(n int, took time.Duration) time.Duration {
		p.begin()
		left := deadline.Sub(now)
		now = now.Add(took)
		p.end(n)
		return left
	}
	for range 1000 {
		now = now.Add(time.Hour) // Microsoft takes its time
		if left := move(paceBytes, paceTime/2); left != paceTime {
			t.Fatalf("%s are left to one that goes on, want %s", left, paceTime)
		}
	}
	move(1, paceTime/2)
	move(1, paceTime/4)
	if left := move(1, 0); left != paceTime/4 {
		t.Errorf("%s are left to one that trickles, want %s", left, paceTime/4)
	}
	p.over()
	if !deadline.IsZero() {
		t.Error("the deadline outlives the body")
	}
}

func TestArrivingSetsDeadlines(t *testing.T) {
	t.Parallel()
	var set []time.Time
	a := &arriving{body: strings.NewReader("hello"), pace: newPace(func(at time.Time) error { set = append(set, at); return nil })}
	if a.begun {
		t.Error("it has begun by itself")
	}
	if got, err := io.ReadAll(a); err != nil || string(got) != "hello" || !a.begun || a.failed() {
		t.Errorf("got %q, %v", got, err)
	}
	if len(set) < 3 || set[0].IsZero() || !set[len(set)-1].IsZero() {
		t.Errorf("got the deadlines %v, want some and none at the end", set)
	}
}

// deadlines is a writer that can have some.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetWriteDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return nil
}

// A download's client must go on reading; what the connection serves afterwards has no deadline of it.
func TestDownloadSetsDeadlines(t *testing.T) {
	t.Parallel()
	h := NewHandler(HTTPConfig{Listen: "127.0.0.1:0", MaxConcurrent: 1})
	link, err := h.transfers.Offer(as("a"), tools.Offer{Name: "x", Open: func(context.Context) (io.ReadCloser, int64, error) {
		return io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20))), 1 << 20, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, link.URL, nil)
	r.Host = "localhost"
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	h.ServeHTTP(w, r)
	if w.Code != 200 || w.Body.Len() != 1<<20 {
		t.Fatalf("got %d, %d bytes", w.Code, w.Body.Len())
	}
	if len(w.set) < 4 || time.Until(w.set[0]) > paceTime || !w.set[len(w.set)-1].IsZero() {
		t.Errorf("got the deadlines %v", w.set)
	}
}
