package mcp

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func as(name string) context.Context {
	return door.WithPrincipal(context.Background(), door.Principal{Name: name})
}

// ticketOf is the text of a link.
func ticketOf(l tools.Link) string { return l.URL[strings.LastIndexByte(l.URL, '/')+1:] }

// by is a call that asks for links.
func by(x *transfers, base string) *errand {
	return &errand{handler: &handler{links: &links{transfers: x, base: base}}}
}

func TestTicketsEnd(t *testing.T) {
	t.Parallel()
	now := time.Now()
	x := newTransfers(state.NewMemory(), state.RandomSealer())
	x.now = func() time.Time { return now }
	link, err := by(x, "https://mcp.example.com").Offer(as("a"), tools.Offer{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	text := ticketOf(link)
	holds := func(text string) bool {
		_, err := x.find(t.Context(), text)
		if err != nil && !errors.Is(err, errNoTicket) {
			t.Fatal(err)
		}
		return err == nil
	}
	now = now.Add(ticketLife)
	if !holds(text) {
		t.Error("it ended before its time")
	}
	if holds(text+"x") || holds("") {
		t.Error("another text opens it")
	}
	now = now.Add(time.Second)
	if holds(text) {
		t.Error("it holds after its time")
	}
	if _, err := by(x, "").Offer(as("a"), tools.Offer{}); err != nil || x.out.Len() != 1 {
		t.Errorf("%d are out, %v; want the new one alone", x.out.Len(), err)
	}
	if _, err := x.take(t.Context(), text); !errors.Is(err, errNoTicket) {
		t.Errorf("it can be taken after its time: %v", err)
	}
}

// restored is a store that came back with an older state.
type restored struct {
	*state.Memory
	epoch string
}

func (r *restored) Epoch(context.Context) (string, error) { return r.epoch, nil }

// A link that was used does not count again when a store comes back with what it knew before.
func TestTicketsOfAnOlderStateAreNone(t *testing.T) {
	t.Parallel()
	store := &restored{state.NewMemory(), "before"}
	x := newTransfers(store, state.RandomSealer())
	link, err := by(x, "https://mcp.example.com").Offer(as("a"), tools.Offer{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	text := ticketOf(link)
	if _, err := x.find(t.Context(), text); err != nil {
		t.Fatalf("a link that is good: %v", err)
	}
	store.epoch = "after"
	if _, err := x.take(t.Context(), text); !errors.Is(err, errNoTicket) {
		t.Errorf("a link of an older state: %v", err)
	}
}

func TestTicketsAreTakenOnce(t *testing.T) {
	t.Parallel()
	x := newTransfers(state.NewMemory(), state.RandomSealer())
	link, err := by(x, "").Offer(as("a"), tools.Offer{})
	if err != nil {
		t.Fatal(err)
	}
	text := ticketOf(link)
	k, err := x.take(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.take(t.Context(), text); !errors.Is(err, errNoTicket) {
		t.Fatalf("two can take it: %v", err)
	}
	x.giveBack(t.Context(), k)
	if k, err = x.take(t.Context(), text); err != nil {
		t.Fatalf("it was given back and does not hold: %v", err)
	}
	x.drop(k)
	if _, err := x.take(t.Context(), text); !errors.Is(err, errNoTicket) || x.out.Len() != 0 {
		t.Errorf("it is used up: %v, %d are out", err, x.out.Len())
	}
}

// shown is a store that shows what is put into it.
type shown struct {
	Shared
	values map[string][]byte
}

func (s *shown) Put(ctx context.Context, key string, value []byte, life time.Duration) error {
	s.values[key] = value
	return s.Shared.Put(ctx, key, value, life)
}

// A ticket cannot be opened without the seal, or moved to another text; nothing in the store is readable, and no kind of
// printing shows a person's proof.
func TestTicketsAreSealed(t *testing.T) {
	t.Parallel()
	store := &shown{state.NewMemory(), map[string][]byte{}}
	x := newTransfers(store, state.RandomSealer())
	secret := "eyJ-secret-token"
	ctx := door.WithPrincipal(t.Context(), door.Principal{Name: "user:t/o", Person: &tools.Person{TenantID: "t", ObjectID: "o", Account: "ada@contoso.com", Proof: proof{&secret}}})
	e := by(x, "")
	e.asker = tools.Asker{Tool: "download_file", Agreed: &tools.Agreement{Digests: [][32]byte{{1}, {2}}, ByToken: true}}
	link, err := e.Offer(ctx, tools.Offer{Profile: "contoso", Name: "secret.pdf"})
	if err != nil {
		t.Fatal(err)
	}
	text := ticketOf(link)
	if len(store.values) != 1 {
		t.Errorf("%d values are stored", len(store.values))
	}
	for key, value := range store.values {
		all := key + string(value)
		for _, secret := range []string{text, strings.TrimPrefix(text, downloadTicket), "eyJ-secret", "ada@", "contoso", "secret.pdf"} {
			if strings.Contains(all, secret) {
				t.Errorf("the store shows %q", secret)
			}
		}
		if err := store.Shared.Put(t.Context(), ticketKey(sha256.Sum256([]byte("dnl_mine"))), value, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := x.find(t.Context(), "dnl_mine"); !errors.Is(err, errNoTicket) {
		t.Errorf("a ticket that was moved opens: %v", err)
	}
	if _, err := newTransfers(store, state.RandomSealer()).find(t.Context(), text); !errors.Is(err, errNoTicket) {
		t.Errorf("another seal opens it: %v", err)
	}
	c, err := x.find(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.asker(t.Context()), (tools.Asker{Principal: "user:t/o", Tool: "download_file", Agreed: e.asker.Agreed}); !reflect.DeepEqual(got, want) {
		t.Errorf("it asks as %+v, want %+v", got, want)
	}
	p := c.person()
	if p == nil || p.Proof.Reveal() != secret || p.Account != "ada@contoso.com" {
		t.Fatalf("it is for %v", p)
	}
	if printed := fmt.Sprintf("%v %+v %#v %s", p, p, p, p); strings.Contains(printed, secret) {
		t.Errorf("it prints %s", printed)
	}
}

// The links that are out are bounded, and no principal can take all of them.
func TestTicketsAreBounded(t *testing.T) {
	t.Parallel()
	x := newTransfers(state.NewMemory(), state.RandomSealer())
	fill := func(name string) (n int, err error) {
		for err == nil && n < 10*mostTickets {
			if _, err = by(x, "").Deposit(as(name), tools.Deposit{}); err == nil {
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
	if x.out.Len() != mostTickets {
		t.Errorf("%d are out, want at most %d", x.out.Len(), mostTickets)
	}
	own := 0
	for name, sums := range x.own {
		if own += len(sums); len(sums) == 0 || len(sums) > mostOfOne {
			t.Errorf("%s has %d", name, len(sums))
		}
	}
	if own != mostTickets {
		t.Errorf("%d are somebody's, of %d", own, mostTickets)
	}
	x.now = func() time.Time { return time.Now().Add(ticketLife + time.Second) }
	if _, err := by(x, "").Deposit(as("late"), tools.Deposit{}); err != nil || x.out.Len() != 1 || len(x.own) != 1 {
		t.Errorf("%v; %d are out, of %d, once all others have ended", err, x.out.Len(), len(x.own))
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

// sends answers everything with a file.
type sends string

func (s sends) Do(context.Context, *graph.Request) (*graph.Response, error) {
	return &graph.Response{Status: 200, Header: http.Header{"Content-Type": {"application/pdf"}, "Etag": {`"1"`}},
		Stream: io.NopCloser(strings.NewReader(string(s))), Size: int64(len(s))}, nil
}

// A download's client must go on reading; what the connection serves afterwards has no deadline of it.
func TestDownloadSetsDeadlines(t *testing.T) {
	t.Parallel()
	endpoints, err := graph.NewEndpoints("https://graph.microsoft.com", "")
	if err != nil {
		t.Fatal(err)
	}
	served := &tools.Profile{Name: "contoso", Endpoints: endpoints, Guarded: func(tools.Asker) graph.Caller {
		return sends(strings.Repeat("x", 1<<20))
	}}
	h := NewHandler(HTTPConfig{Config: Config{Profiles: []*tools.Profile{served}}.Alone(), Rules: door.Rules{Listen: "127.0.0.1:0", MaxConcurrent: 1}})
	e := by(h.transfers, "http://localhost")
	e.asker.Tool = "download_file"
	link, err := e.Offer(as("a"), tools.Offer{Profile: "contoso", Name: "x", Path: "/me/photo/$value"})
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
