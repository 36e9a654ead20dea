package mcp

import (
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// bare is what knows sessions, with a clock, and a server of the library.
func bare(t *testing.T) (*sessions, *protocol, func(time.Duration)) {
	t.Helper()
	s := newSessions(state.NewMemory(), state.RandomSealer(), slog.New(slog.DiscardHandler))
	now := time.Unix(1_800_000_000, 0)
	s.now = func() time.Time { return now }
	p := newProtocol(s)
	p.StreamableHTTPServer = server.NewStreamableHTTPServer(server.NewMCPServer("x", "1"), server.WithSessionIdManagerResolver(p))
	return s, p, func(d time.Duration) { now = now.Add(d) }
}

func opened(t *testing.T, s *sessions, p *protocol, owner string) string {
	t.Helper()
	n, err := s.open(t.Context(), owner, mcp.InitializeParams{ProtocolVersion: "2025-11-25"})
	if err != nil {
		t.Fatal(err)
	}
	s.ready(n, p)
	return n.id
}

// A session that nobody uses ends; one that is used does not, and those that ended make room.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	s, p, wait := bare(t)
	used, idle := opened(t, s, p, "ada"), opened(t, s, p, "ada")
	holds := func(id string) bool {
		_, err := s.find(context.Background(), id, "ada", p)
		if err != nil && !errors.Is(err, errNoSession) {
			t.Fatal(err)
		}
		return err == nil
	}
	for range 3 {
		wait(sessionIdle)
		if !holds(used) {
			t.Fatal("a session that is used has ended")
		}
	}
	if holds(idle) {
		t.Error("one that was idle for hours holds")
	}
	opened(t, s, p, "eve")
	if len(s.byID) != 2 {
		t.Errorf("%d are kept, want 2", len(s.byID))
	}
}

// No principal can have too many, and not all together; those that go are the longest idle.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	s, p, wait := bare(t)
	s.most, s.mostInAll = 3, 5
	var adas []string
	for range 3 {
		adas = append(adas, opened(t, s, p, "ada"))
		wait(time.Second)
	}
	eves := opened(t, s, p, "eve")
	wait(time.Second)
	if _, err := s.find(t.Context(), adas[0], "ada", p); err != nil {
		t.Fatal(err)
	}
	adas = append(adas, opened(t, s, p, "ada"))
	want := map[string]bool{adas[0]: true, adas[1]: false, adas[2]: true, adas[3]: true, eves: true}
	for i, id := range append(adas, eves) {
		if owner := map[bool]string{true: "eve", false: "ada"}[id == eves]; s.holds(id, owner) != want[id] {
			t.Errorf("session %d: it holds: %t, want %t", i, !want[id], want[id])
		}
	}
	for i := range 10 {
		wait(time.Second)
		opened(t, s, p, fmt.Sprint("other", i))
	}
	if len(s.byID) != 5 || s.holds(eves, "eve") {
		t.Errorf("%d are kept, want 5, and not the longest idle", len(s.byID))
	}
}

// Sessions of others that have ended make no room for one principal's.
func TestSessionsOfOneAreBoundedWhileOthersEnd(t *testing.T) {
	t.Parallel()
	s, p, wait := bare(t)
	s.most = 3
	opened(t, s, p, "eve")
	wait(sessionIdle)
	for range 3 {
		opened(t, s, p, "ada")
	}
	wait(time.Second)
	opened(t, s, p, "ada")
	if got := s.own["ada"].Len(); got != 3 || s.own["eve"] != nil || len(s.byID) != 3 {
		t.Errorf("ada has %d of %d, eve %v", got, len(s.byID), s.own["eve"])
	}
}

// Whatever happens to sessions in whatever order, each is in the order of all and in its owner's, once, by how long it has
// been idle.
func TestSessionsStayInOrder(t *testing.T) {
	t.Parallel()
	s, p, wait := bare(t)
	s.most, s.mostInAll = 5, 12
	owners := []string{"ada", "bob", "eve", "mallory"}
	ids := map[string]string{} // and whose each is
	dice := rand.New(rand.NewPCG(3, 4))
	for i := range 3_000 {
		owner := owners[dice.IntN(len(owners))]
		id := ""
		for id = range ids {
			break
		}
		switch dice.IntN(5) {
		case 0, 1:
			ids[opened(t, s, p, owner)] = owner
		case 2:
			_, _ = s.find(t.Context(), id, owner, p) // often another's
		case 3:
			s.drop(sha256.Sum256([]byte(id)))
			delete(ids, id)
		default:
			wait(time.Duration(dice.IntN(10)) * time.Minute)
		}
		inAll, inOwn := inOrder(t, &s.order), 0
		for owner, own := range s.own {
			inOwn += inOrder(t, own)
			if own.Len() == 0 || own.Len() > s.most || own.Front().Value.(*session).owner != owner {
				t.Fatalf("step %d: %s has %d", i, owner, own.Len())
			}
		}
		if inAll != len(s.byID) || inOwn != len(s.byID) || len(s.byID) > s.mostInAll {
			t.Fatalf("step %d: %d are known, %d in the order, %d in their owners'", i, len(s.byID), inAll, inOwn)
		}
	}
}

// inOrder counts the sessions of a list, the longest idle of which has to be the first.
func inOrder(t *testing.T, l *list.List) (n int) {
	t.Helper()
	var before time.Time
	for e := l.Front(); e != nil; e = e.Next() {
		if seen := e.Value.(*session).seen; seen.Before(before) {
			t.Fatalf("one that was used at %s comes after one of %s", seen, before)
		} else {
			before = seen
		}
		n++
	}
	return n
}

// What another replica sees of a session keeps it alive here, however long it is idle here.
func TestSessionsThatAreUsedElsewhere(t *testing.T) {
	t.Parallel()
	s, p, wait := bare(t)
	s.shared = accompanied{s.shared.(*state.Memory)}
	defer s.stop()
	id := opened(t, s, p, "ada")
	wait(2 * sessionIdle)
	if _, err := s.find(t.Context(), id, "ada", p); err != nil {
		t.Errorf("the store has it, and it is said to have ended: %v", err)
	}
	if _, err := s.find(t.Context(), id, "eve", p); !errors.Is(err, errNoSession) {
		t.Errorf("it is another's: %v", err)
	}
	if err := s.shared.Delete(t.Context(), sessionKey(sha256.Sum256([]byte(id)))); err != nil {
		t.Fatal(err)
	}
	wait(2 * sessionCheck)
	for range 2 {
		if _, err := s.find(t.Context(), id, "ada", p); !errors.Is(err, errNoSession) {
			t.Errorf("the store has it no more: %v", err)
		}
	}
}

// accompanied is a store that others use, too.
type accompanied struct{ *state.Memory }

func (accompanied) Alone() bool { return false }
