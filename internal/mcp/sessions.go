package mcp

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// sessions knows the sessions of clients that still use them (protocol versions up to 2025-11-25): whose each
// is, and since when it has been idle. An ID counts only together with the principal that opened it, so a
// leaked or guessed one opens nothing.
type sessions struct {
	most  int // of one principal
	now   func() time.Time
	close func(id string) // ends a session in the library, too

	mu   sync.Mutex
	byID map[string]*session // guarded by mu
}

type session struct {
	id       string
	owner    principal
	delivery *delivery
	seen     time.Time
}

const (
	sessionIdle = time.Hour
	maxSessions = 1_000
)

var errNoSession = errors.New("no such session")

func newSessions(end func(id string)) *sessions {
	return &sessions{most: maxSessions, now: time.Now, close: end, byID: map[string]*session{}}
}

// find returns the session of an ID, if it is this principal's.
func (s *sessions) find(id string, p principal) (*session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byID[key(id)]
	if !ok || found.owner.name != p.name {
		return nil, false
	}
	found.seen = s.now()
	return found, true
}

// key spares the map the ID itself, so that a look-up does not compare secrets byte by byte.
func key(id string) string {
	sum := sha256.Sum256([]byte(id))
	return string(sum[:])
}

// closing marks our own request to end a session.
type closing struct{}

// ResolveSessionIdManager gives the library a manager that knows who asks. The sweeper asks without a request.
func (s *sessions) ResolveSessionIdManager(r *http.Request) server.SessionIdManager {
	if r == nil || r.Context().Value(closing{}) != nil {
		return sessionManager{sessions: s, anyone: true}
	}
	return sessionManager{sessions: s, principal: principalFrom(r.Context())}
}

// sessionManager is what the library asks on behalf of one principal.
type sessionManager struct {
	sessions  *sessions
	principal principal
	anyone    bool
}

// Generate opens a session. Where a principal has too many, its longest idle one goes: the library keeps some
// kilobytes for each, and clients seldom say goodbye.
func (m sessionManager) Generate() string {
	id := "mcp-session-" + rand.Text()
	m.sessions.mu.Lock()
	m.sessions.byID[key(id)] = &session{id: id, owner: m.principal, delivery: newDelivery(), seen: m.sessions.now()}
	surplus := m.sessions.surplus(m.principal)
	m.sessions.mu.Unlock()
	if surplus != nil {
		m.sessions.close(surplus.id)
	}
	return id
}

// surplus returns the longest idle session of a principal that has too many. The caller holds mu.
func (s *sessions) surplus(p principal) *session {
	var oldest *session
	n := 0
	for _, candidate := range s.byID {
		if candidate.owner.name != p.name {
			continue
		}
		if n++; oldest == nil || candidate.seen.Before(oldest.seen) {
			oldest = candidate
		}
	}
	if n <= s.most {
		return nil
	}
	return oldest
}

// Validate tells whether the session is open and the principal's.
func (m sessionManager) Validate(id string) (isTerminated bool, err error) {
	if _, ok := m.sessions.find(id, m.principal); !ok {
		return false, errNoSession
	}
	return false, nil
}

// Terminate closes the session.
func (m sessionManager) Terminate(id string) (isNotAllowed bool, err error) {
	if _, ok := m.sessions.find(id, m.principal); !ok && !m.anyone {
		return false, errNoSession
	}
	m.sessions.mu.Lock()
	defer m.sessions.mu.Unlock()
	delete(m.sessions.byID, key(id))
	return false, nil
}
