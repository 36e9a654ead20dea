package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
)

// protocol is the library's server for one set of profiles. Several may know one session: those of other sets and
// generations here, and those of other replicas. The library numbers the questions that each puts to clients from 1, so
// a client would meet the same number twice in a session. They go out with the server's own mark, which tells whom an
// answer is for.
type protocol struct {
	*server.StreamableHTTPServer
	library   *server.MCPServer // which that serves
	calls     *dispatch
	sessions  *sessions
	mark      int64
	questions questions
	patience  time.Duration // with a person who is asked something
}

// A question's number is below 2^53, beyond which JavaScript rounds. Nobody asks people more than 2^24 questions.
const (
	markBits   = 29
	numberBits = 24
)

func newProtocol(s *sessions) *protocol {
	return &protocol{sessions: s, mark: rand.Int64N(1<<markBits-1) + 1}
}

// marked returns the number by which a client knows a question.
func (p *protocol) marked(number int64) int64 {
	return p.mark<<numberBits | number&(1<<numberBits-1)
}

// unmark returns whose question a client's number is, and which.
func unmark(id int64) (mark, number int64) {
	return id >> numberBits, id & (1<<numberBits - 1)
}

// openingKey holds in a request's context the ID of the session that it opens.
type openingKey struct{}

// ResolveSessionIdManager gives the library a manager that knows who asks. The sweeper asks without a request.
func (p *protocol) ResolveSessionIdManager(r *http.Request) server.SessionIdManager {
	if r == nil {
		return sessionManager{protocol: p}
	}
	opening, _ := r.Context().Value(openingKey{}).(string)
	return sessionManager{protocol: p, opening: opening, caller: door.PrincipalOf(r.Context()).Name}
}

// sessionManager is what the library asks on behalf of one principal.
type sessionManager struct {
	protocol *protocol
	opening  string
	caller   string
}

// Generate returns the ID of the session that is being opened; "" where none is.
func (m sessionManager) Generate() string { return m.opening }

// Validate tells whether the session is open and the principal's.
func (m sessionManager) Validate(id string) (isTerminated bool, err error) {
	if !m.protocol.sessions.holds(id, m.caller) {
		return false, errNoSession
	}
	return false, nil
}

// Terminate notes that this server knows a session no more. The session itself is ended by sessions alone.
func (m sessionManager) Terminate(id string) (isNotAllowed bool, err error) {
	m.protocol.sessions.forgotten(id, m.protocol)
	return false, nil
}

// learn makes the library know a session that was opened elsewhere.
func (p *protocol) learn(s *session) {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 0, "method": mcp.MethodInitialize, "params": s.hello})
	if err != nil {
		return // cannot happen with strings; the session then can ask nobody
	}
	p.post(context.WithValue(context.Background(), openingKey{}, s.id), s, body)
}

// forget makes the library forget a session, as its client would: there is no other way to make it forget all of it.
func (p *protocol) forget(s *session) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodDelete, "http://localhost/mcp", nil)
	if err != nil {
		return // cannot happen with this URL
	}
	r.Header.Set(server.HeaderKeySessionID, s.id)
	p.ServeHTTP(nowhere{http.Header{}}, r)
}

// post hands the library a message of a session's client that has come another way.
func (p *protocol) post(ctx context.Context, s *session, body []byte) {
	r, err := http.NewRequestWithContext(door.WithPrincipal(ctx, door.Principal{Name: s.owner}), http.MethodPost, "http://localhost/mcp", bytes.NewReader(body))
	if err != nil {
		return // cannot happen with this URL
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if ctx.Value(openingKey{}) == nil {
		r.Header.Set(server.HeaderKeySessionID, s.id)
	}
	p.ServeHTTP(nowhere{http.Header{}}, r)
}

// nowhere takes an answer that nobody reads.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}
