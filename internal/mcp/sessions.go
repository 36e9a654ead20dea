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
	most int
	now  func() time.Time

	mu   sync.Mutex
	byID map[string]*session // guarded by mu
}

type session struct {
	owner    string
	delivery *delivery
	seen     time.Time
}

const (
	sessionIdle = time.Hour
	maxSessions = 10_000
)

var errNoSession = errors.New("no such session")

func newSessions() *sessions {
	return &sessions{most: maxSessions, now: time.Now, byID: map[string]*session{}}
}

// find returns the session of an ID, if it is this principal's.
func (s *sessions) find(id string, p principal) (*session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byID[key(id)]
	if !ok || found.owner != p.name {
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

// ResolveSessionIdManager gives the library a manager that knows who asks. The sweeper asks without a request.
func (s *sessions) ResolveSessionIdManager(r *http.Request) server.SessionIdManager {
	if r == nil {
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

// Generate opens a session. Where there are too many, the longest idle one goes.
func (m sessionManager) Generate() string {
	id := "mcp-session-" + rand.Text()
	s := m.sessions
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byID) >= s.most {
		oldest := ""
		for k, candidate := range s.byID {
			if oldest == "" || candidate.seen.Before(s.byID[oldest].seen) {
				oldest = k
			}
		}
		delete(s.byID, oldest)
	}
	s.byID[key(id)] = &session{owner: m.principal.name, delivery: newDelivery(), seen: s.now()}
	return id
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
