package mcp

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
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
