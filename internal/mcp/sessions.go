package mcp

import (
	"container/list"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// sessions knows the sessions of clients that still use them (protocol versions up to 2025-11-25): whose each
// is, and since when it has been idle. An ID counts only together with the principal that opened it, so a
// leaked or guessed one opens nothing.
//
// A replica that has company keeps a record of each session in the store. Whoever meets a session that it does not know
// finds it there and takes it over, as it is: sessions move freely. What is known here is looked up again once in
// sessionCheck, which also keeps the record alive.
type sessions struct {
	most      int // of one principal, here
	mostInAll int
	now       func() time.Time
	shared    Shared
	sealer    Sealer
	log       *slog.Logger
	mail      mail // between the replicas

	mu    sync.Mutex
	byID  map[[sha256.Size]byte]*session // guarded by mu; by the hash, so that a look-up does not compare secrets
	order list.List                      // guarded by mu; of *session, the longest idle first
	own   map[string]*list.List          // guarded by mu; the same of each principal that has any
}

// session is one session, as this replica knows it.
type session struct {
	id    string
	owner string // principal's name
	hello mcp.InitializeParams

	seen    time.Time   // guarded by sessions.mu
	checked time.Time   // guarded by sessions.mu; when the store was last asked about it
	at      []*protocol // guarded by sessions.mu; which servers of the library know it

	inOrder, inOwn *list.Element // guarded by sessions.mu; its places in sessions.order and own

	learning sync.Mutex // held while one of them is told
}

const (
	sessionIdle  = time.Hour
	sessionCheck = time.Minute
	maxSessions  = 1_000
	maxInAll     = 20_000
	helloLength  = 256 // of each text that is kept of a client's greeting
)

var errNoSession = errors.New("no such session")

func newSessions(shared Shared, sealer Sealer, log *slog.Logger) *sessions {
	return &sessions{most: maxSessions, mostInAll: maxInAll, now: time.Now, shared: shared, sealer: sealer, log: log,
		byID: map[[sha256.Size]byte]*session{}, own: map[string]*list.List{}}
}

// record is a session as the store keeps it, sealed.
type record struct {
	ID    string               `json:"id"`
	Owner string               `json:"owner"`
	Hello mcp.InitializeParams `json:"hello"`
}

const sessionPurpose = "session"

func sessionKey(sum [sha256.Size]byte) string {
	return sessionPurpose + "/" + hex.EncodeToString(sum[:])
}

// greetingIn keeps of a client's greeting what a server has to know of it, which is little: sessions are many.
func greetingIn(body []byte) mcp.InitializeParams {
	var message struct {
		Params mcp.InitializeParams `json:"params"`
	}
	if json.Unmarshal(body, &message) != nil {
		return mcp.InitializeParams{} // the library will say why
	}
	p := message.Params
	short := func(text string) string { return strings.ToValidUTF8(text[:min(len(text), helloLength)], "") }
	return mcp.InitializeParams{ProtocolVersion: short(p.ProtocolVersion),
		Capabilities: mcp.ClientCapabilities{Elicitation: p.Capabilities.Elicitation},
		ClientInfo:   mcp.Implementation{Name: short(p.ClientInfo.Name), Version: short(p.ClientInfo.Version)}}
}

// open begins a session. The caller tells a server of the library, and calls ready then: until that, others wait.
// Where a principal has too many, its longest idle one goes: the library keeps some kilobytes for each, and clients
// seldom say goodbye.
func (s *sessions) open(ctx context.Context, owner string, hello mcp.InitializeParams) (*session, error) {
	n := &session{id: "mcp-session-" + rand.Text(), owner: owner, hello: hello}
	sum := sha256.Sum256([]byte(n.id))
	if !s.shared.Alone() {
		value, err := json.Marshal(record{ID: n.id, Owner: owner, Hello: hello})
		if err != nil {
			return nil, err // cannot happen with strings
		}
		key := sessionKey(sum)
		if err := s.shared.Put(ctx, key, s.sealer.Seal(sessionPurpose, value, []byte(key)), sessionIdle); err != nil {
			return nil, err
		}
	}
	n.learning.Lock()
	s.add(sum, n)
	return n, nil
}

// ready ends what open has begun.
func (s *sessions) ready(n *session, p *protocol) {
	s.known(n, p)
	n.learning.Unlock()
}

// add takes a session in, and returns the one that is there already, if any.
func (s *sessions) add(sum [sha256.Size]byte, n *session) *session {
	s.mu.Lock()
	if present := s.byID[sum]; present != nil {
		s.mu.Unlock()
		return present
	}
	s.place(sum, n)
	gone := s.ended()
	servers := s.remove(gone)
	if surplus := s.surplus(n.owner); surplus != nil {
		gone, servers = append(gone, surplus), append(servers, s.remove([]*session{surplus})...)
	}
	s.mu.Unlock()
	forgetAll(gone, servers)
	return n
}

// place gives a session its places. The caller holds mu.
func (s *sessions) place(sum [sha256.Size]byte, n *session) {
	n.seen, n.checked = s.now(), s.now()
	s.byID[sum] = n
	own := s.own[n.owner]
	if own == nil {
		own = list.New()
		s.own[n.owner] = own
	}
	n.inOrder, n.inOwn = s.order.PushBack(n), own.PushBack(n)
}

// use notes that a session is used. The caller holds mu.
func (s *sessions) use(n *session) {
	n.seen = s.now()
	s.order.MoveToBack(n.inOrder)
	s.own[n.owner].MoveToBack(n.inOwn)
}

// ended returns the sessions that have ended by themselves. The caller holds mu.
func (s *sessions) ended() (gone []*session) {
	for e := s.order.Front(); e != nil; e = e.Next() {
		n := e.Value.(*session)
		if s.now().Sub(n.seen) <= sessionIdle {
			break
		}
		gone = append(gone, n)
	}
	return gone
}

// surplus returns the longest idle session of a principal that has too many, or of all where there are too many in all.
// The caller holds mu.
func (s *sessions) surplus(owner string) *session {
	switch own := s.own[owner]; {
	case own.Len() > s.most:
		return own.Front().Value.(*session)
	case len(s.byID) > s.mostInAll:
		return s.order.Front().Value.(*session)
	}
	return nil
}

// remove takes sessions out, and returns which servers know each. The caller holds mu.
func (s *sessions) remove(gone []*session) [][]*protocol {
	servers := make([][]*protocol, len(gone))
	for i, n := range gone {
		delete(s.byID, sha256.Sum256([]byte(n.id)))
		s.order.Remove(n.inOrder)
		own := s.own[n.owner]
		if own.Remove(n.inOwn); own.Len() == 0 {
			delete(s.own, n.owner)
		}
		servers[i], n.at = n.at, nil
	}
	return servers
}

// forgetAll makes the library forget sessions. It must be called without mu.
func forgetAll(gone []*session, servers [][]*protocol) {
	for i, n := range gone {
		for _, p := range servers[i] {
			p.forget(n)
		}
	}
}

// find returns the session of an ID, if it is this principal's, and sees to it that p knows it. The error is
// errNoSession, or the store's.
func (s *sessions) find(ctx context.Context, id, owner string, p *protocol) (*session, error) {
	sum := sha256.Sum256([]byte(id))
	s.mu.Lock()
	found := s.byID[sum]
	var known, due bool
	switch now := s.now(); {
	case found == nil:
	case found.owner != owner, s.shared.Alone() && now.Sub(found.seen) > sessionIdle: // others may have seen it since
		s.mu.Unlock()
		return nil, errNoSession
	default:
		if due = now.Sub(found.checked) > sessionCheck && !s.shared.Alone(); due {
			found.checked = now // by this request, not by those that come meanwhile
		}
		s.use(found)
		known = slices.Contains(found.at, p)
	}
	s.mu.Unlock()
	var err error
	switch {
	case found == nil:
		found, err = s.load(ctx, sum, owner)
	case due:
		err = s.check(ctx, sum, found)
	}
	if err != nil {
		return nil, err
	}
	if !known {
		s.introduce(found, p)
	}
	return found, nil
}

// load takes over a session that was opened elsewhere.
func (s *sessions) load(ctx context.Context, sum [sha256.Size]byte, owner string) (*session, error) {
	if s.shared.Alone() {
		return nil, errNoSession
	}
	key := sessionKey(sum)
	value, ok, err := s.shared.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoSession
	}
	plain, err := s.sealer.Open(sessionPurpose, value, []byte(key))
	var r record
	if err != nil || json.Unmarshal(plain, &r) != nil || r.Owner != owner || sha256.Sum256([]byte(r.ID)) != sum {
		return nil, errNoSession
	}
	return s.add(sum, &session{id: r.ID, owner: r.Owner, hello: r.Hello}), nil
}

// check finds out whether a session is still open, and keeps it so.
func (s *sessions) check(ctx context.Context, sum [sha256.Size]byte, n *session) error {
	key := sessionKey(sum)
	value, ok, err := s.shared.Get(ctx, key)
	if err == nil && ok {
		err = s.shared.Put(ctx, key, value, sessionIdle)
	}
	switch {
	case err != nil:
		s.mu.Lock()
		n.checked = time.Time{} // the next request asks again
		s.mu.Unlock()
		return err
	case !ok:
		s.drop(sum)
		return errNoSession
	}
	return nil
}

// introduce makes a server of the library know a session.
func (s *sessions) introduce(n *session, p *protocol) {
	n.learning.Lock()
	defer n.learning.Unlock()
	s.mu.Lock()
	known := slices.Contains(n.at, p)
	s.mu.Unlock()
	if known {
		return
	}
	p.learn(n)
	s.known(n, p)
}

// known notes that a server knows a session. It must not where the session has ended meanwhile.
func (s *sessions) known(n *session, p *protocol) {
	s.mu.Lock()
	open := s.byID[sha256.Sum256([]byte(n.id))] == n
	if open {
		n.at = append(n.at, p)
	}
	s.mu.Unlock()
	if !open {
		p.forget(n)
	}
}

// forgotten notes that a server knows a session no more.
func (s *sessions) forgotten(id string, p *protocol) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.byID[sha256.Sum256([]byte(id))]; n != nil {
		n.at = slices.DeleteFunc(n.at, func(q *protocol) bool { return q == p })
	}
}

// leave notes that a server knows no session any more.
func (s *sessions) leave(p *protocol) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.byID {
		n.at = slices.DeleteFunc(n.at, func(q *protocol) bool { return q == p })
	}
}

// holds tells whether a session is open here and the principal's.
func (s *sessions) holds(id, owner string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.byID[sha256.Sum256([]byte(id))]
	return n != nil && n.owner == owner
}

// drop ends a session at this replica.
func (s *sessions) drop(sum [sha256.Size]byte) {
	s.mu.Lock()
	var gone []*session
	if n := s.byID[sum]; n != nil {
		gone = []*session{n}
	}
	servers := s.remove(gone)
	s.mu.Unlock()
	forgetAll(gone, servers)
}

// end ends a session at all replicas.
func (s *sessions) end(ctx context.Context, n *session) error {
	sum := sha256.Sum256([]byte(n.id))
	if !s.shared.Alone() {
		if err := s.shared.Delete(ctx, sessionKey(sum)); err != nil {
			return err
		}
		// Who does not hear of it finds out within sessionCheck.
		_ = s.send(ctx, letter{Kind: endedLetter, Session: sum[:], Owner: n.owner})
	}
	s.drop(sum)
	return nil
}
