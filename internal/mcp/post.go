package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
)

// message is what has to be known of a message before the library sees it, and all of a tool call.
type message struct {
	Version string          `json:"jsonrpc"`
	Method  string          `json:"method"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
	Params  struct {
		Name      any             `json:"name"` // mostly text
		Arguments json.RawMessage `json:"arguments"`
		Meta      *mcp.Meta       `json:"_meta"` // as the library reads it
		Task      json.RawMessage `json:"task"`
		mcp.MultiRoundTripParams
	} `json:"params"`
	modern bool // of a protocol version without sessions, by header or body
	broken bool // cannot be read: the library will say why
}

// name is the tool's that a call is for, "" where there is none.
func (m message) name() string {
	name, _ := m.Params.Name.(string)
	return name
}

// readMessage reads a message.
func readMessage(body []byte) (m message) {
	if json.Unmarshal(body, &m) != nil {
		return message{broken: true}
	}
	return m
}

// isRequest tells whether work is asked for: notifications and answers to our own questions are not work.
func (m message) isRequest() bool { return m.Method != "" && len(m.ID) > 0 }

// isAnswer tells whether it is one to a question of ours.
func (m message) isAnswer() bool {
	return m.Method == "" && len(m.ID) > 0 && (m.Result != nil || m.Error != nil)
}

// classify reads a body as far as needed.
func classify(r *http.Request, body []byte) message {
	m := readMessage(body)
	m.modern = !m.broken && (mcp.IsModernProtocol(m.Params.Meta.ProtocolVersion()) || mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)))
	return m
}

// smallBody is read before a place is free: a person's answer must come through when all places are taken by
// calls that wait for one.
const smallBody = 16 << 10

// bodyTime is how long a body may take to arrive.
const bodyTime = 20 * time.Second

// servePost hands a message that passed the door to the library.
func (g *generation) servePost(w http.ResponseWriter, r *http.Request, p *protocol) {
	who := door.PrincipalOf(r.Context())
	placed := false
	place := func() bool {
		placed = placed || g.door.BeginCall(w, r, who)
		return placed
	}
	defer func() {
		if placed {
			g.door.EndCall(who)
		}
	}()
	small := r.ContentLength >= 0 && r.ContentLength <= smallBody
	if !small && !place() {
		return
	}
	if !small { // it holds a place meanwhile
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) // not every writer can
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		door.RefuseBody(w, tooLarge.Limit)
		return
	case err != nil:
		door.WriteError(w, http.StatusBadRequest, "the request's body did not arrive whole and in time")
		return
	}
	if !small {
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	}
	m := classify(r, body)
	if !survives(m.ID) {
		door.WriteJSON(w, http.StatusBadRequest, map[string]any{"jsonrpc": "2.0", "id": nil, "error": map[string]any{"code": mcp.INVALID_REQUEST, "message": lossyID}})
		return
	}
	if (m.isRequest() || m.broken) && !place() { // what cannot be read here may be work to the library
		return
	}
	g.hand(w, r, p, m, body)
}

// hand gives a message to the library, in the session that it belongs to.
func (g *generation) hand(w http.ResponseWriter, r *http.Request, p *protocol, m message, body []byte) {
	n, ok := g.sessionOf(w, r, p, m)
	switch {
	case !ok:
		return
	case n == nil:
		n = &session{} // of this request alone
	case m.isAnswer():
		g.serveAnswer(w, r, n, m)
		return
	case m.Method == methodCancelled:
		g.serveCancelled(w, r, n, body)
		return
	}
	if isCall(r, m) { // which has its tool's time, and its questions have theirs
		p.serveCall(w, r, n, m, body)
		return
	}
	ctx, cancel := context.WithTimeoutCause(r.Context(), g.config.CallTimeout+callGrace, &overdueError{"there was no answer within", g.config.CallTimeout})
	defer cancel()
	if !m.modern && !m.broken && m.isRequest() && m.Method == string(mcp.MethodInitialize) {
		opened, err := g.sessions.open(ctx, door.PrincipalOf(ctx).Name, greetingIn(body))
		if err != nil {
			g.door.RefuseStore(w, r, err)
			return
		}
		defer g.sessions.ready(opened, p)
		ctx = context.WithValue(ctx, openingKey{}, opened.id)
	}
	p.serveRest(w, r.WithContext(ctx), body)
}

// serveRest has the library's transport serve a message.
func (p *protocol) serveRest(w http.ResponseWriter, r *http.Request, body []byte) {
	d := newDelivery()
	r = r.WithContext(withDelivery(r.Context(), d))
	r.Body = io.NopCloser(bytes.NewReader(body))
	counting := &countingWriter{ResponseWriter: w, delivery: d}
	defer counting.done()
	p.ServeHTTP(counting, r)
}

// callGrace lets a call that ran into its own deadline say so.
const callGrace = 5 * time.Second

const methodCancelled = "notifications/cancelled"

// sessionOf finds the session that a message belongs to, nil for none, and answers what must not reach the library: a
// session that is not the principal's, and a cancellation without one. The library looks calls up by session and
// request id, and clients without sessions all share the empty one, so that one client's cancellation would end
// another's call. Those clients cancel by closing their request.
func (g *generation) sessionOf(w http.ResponseWriter, r *http.Request, p *protocol, m message) (*session, bool) {
	id := r.Header.Get(server.HeaderKeySessionID)
	switch {
	case m.Method == methodCancelled && (m.modern || id == ""):
		w.WriteHeader(http.StatusAccepted)
		return nil, false
	case m.modern, m.broken:
		return nil, true
	case m.Method == string(mcp.MethodInitialize):
		r.Header.Del(server.HeaderKeySessionID) // of a session that has ended; this one is new
		return nil, true
	case id == "":
		door.WriteError(w, http.StatusBadRequest, "the Mcp-Session-Id header is missing: start a session with initialize")
		return nil, false
	}
	return g.findSession(w, r, p, "this session is not open: start a new one with initialize")
}

// findSession finds the session that a request names, and answers where there is none.
func (g *generation) findSession(w http.ResponseWriter, r *http.Request, p *protocol, otherwise string) (*session, bool) {
	n, err := g.sessions.find(r.Context(), r.Header.Get(server.HeaderKeySessionID), door.PrincipalOf(r.Context()).Name, p)
	switch {
	case errors.Is(err, errNoSession):
		door.WriteError(w, http.StatusNotFound, otherwise)
	case err != nil:
		g.door.RefuseStore(w, r, err)
	}
	return n, err == nil
}

// serveDelete ends a session.
func (g *generation) serveDelete(w http.ResponseWriter, r *http.Request, p *protocol) {
	if r.Header.Get(server.HeaderKeySessionID) == "" {
		door.WriteError(w, http.StatusBadRequest, "the Mcp-Session-Id header is missing")
		return
	}
	n, ok := g.findSession(w, r, p, "this session is not open")
	if !ok {
		return
	}
	if !mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)) { // which have no sessions: the library says so
		if err := g.sessions.end(r.Context(), n); err != nil {
			g.door.RefuseStore(w, r, err)
			return
		}
	}
	p.ServeHTTP(w, r)
}
