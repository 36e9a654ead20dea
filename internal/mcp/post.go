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
)

// message is what has to be known of a POST before the library sees it.
type message struct {
	Method string          `json:"method"`
	ID     json.RawMessage `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
	Params struct {
		Meta map[string]json.RawMessage `json:"_meta"`
	} `json:"params"`
	modern bool // of a protocol version without sessions, by header or body
	broken bool // cannot be read: the library will say why
}

// isRequest tells whether work is asked for: notifications and answers to our own questions are not work.
func (m message) isRequest() bool { return m.Method != "" && len(m.ID) > 0 }

// isAnswer tells whether it is one to a question of ours.
func (m message) isAnswer() bool {
	return m.Method == "" && len(m.ID) > 0 && (m.Result != nil || m.Error != nil)
}

// classify reads a body as far as needed.
func classify(r *http.Request, body []byte) message {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return message{broken: true}
	}
	// A version in the body makes the library forget the session, whatever the headers say.
	_, versioned := m.Params.Meta[mcp.MetaKeyProtocolVersion]
	m.modern = versioned || mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion))
	return m
}

// smallBody is read before a place is free: a person's answer must come through when all places are taken by
// calls that wait for one.
const smallBody = 16 << 10

// bodyTime is how long a body may take to arrive.
const bodyTime = 20 * time.Second

// servePost hands a message that passed the door to the library.
func (g *generation) servePost(w http.ResponseWriter, r *http.Request, p *protocol) {
	who := principalFrom(r.Context())
	placed := false
	place := func() bool {
		placed = placed || g.begin(w, r, g.places, who)
		return placed
	}
	defer func() {
		if placed {
			g.places.leave(who)
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
		refuseBody(w, tooLarge.Limit)
		return
	case err != nil:
		writeError(w, http.StatusBadRequest, "the request's body did not arrive whole and in time")
		return
	}
	if !small {
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	}
	m := classify(r, body)
	if !survives(m.ID) {
		writeJSON(w, http.StatusBadRequest, map[string]any{"jsonrpc": "2.0", "id": nil, "error": map[string]any{"code": mcp.INVALID_REQUEST, "message": lossyID}})
		return
	}
	if m.isRequest() && !place() {
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
		n = &session{delivery: newDelivery()} // of this request alone
	case m.isAnswer():
		g.serveAnswer(w, r, n, m)
		return
	case m.Method == methodCancelled:
		g.serveCancelled(w, r, n, body)
		return
	}
	// The library asks a client's person after the tool has returned, so the call's own deadline does not hold.
	ctx, cancel := context.WithTimeoutCause(withDelivery(r.Context(), n.delivery), g.config.CallTimeout+callGrace,
		&overdueError{"there was no answer within", g.config.CallTimeout})
	defer cancel()
	if !m.modern && !m.broken && m.isRequest() && m.Method == string(mcp.MethodInitialize) {
		opened, err := g.sessions.open(ctx, principalFrom(ctx).name, greetingIn(body))
		if err != nil {
			g.refuseStore(w, r, err)
			return
		}
		defer g.sessions.ready(opened, p)
		ctx = context.WithValue(ctx, openingKey{}, opened.id)
	}
	r = r.WithContext(ctx)
	if isPlainCall(r, n, m) {
		p.servePlainCall(w, r, n, body)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	counting := &countingWriter{ResponseWriter: w, delivery: n.delivery, protocol: p}
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
		writeError(w, http.StatusBadRequest, "the Mcp-Session-Id header is missing: start a session with initialize")
		return nil, false
	}
	return g.findSession(w, r, p, "this session is not open: start a new one with initialize")
}

// findSession finds the session that a request names, and answers where there is none.
func (g *generation) findSession(w http.ResponseWriter, r *http.Request, p *protocol, otherwise string) (*session, bool) {
	n, err := g.sessions.find(r.Context(), r.Header.Get(server.HeaderKeySessionID), principalFrom(r.Context()).name, p)
	switch {
	case errors.Is(err, errNoSession):
		writeError(w, http.StatusNotFound, otherwise)
	case err != nil:
		g.refuseStore(w, r, err)
	}
	return n, err == nil
}

// serveDelete ends a session.
func (g *generation) serveDelete(w http.ResponseWriter, r *http.Request, p *protocol) {
	if r.Header.Get(server.HeaderKeySessionID) == "" {
		writeError(w, http.StatusBadRequest, "the Mcp-Session-Id header is missing")
		return
	}
	n, ok := g.findSession(w, r, p, "this session is not open")
	if !ok {
		return
	}
	if !mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)) { // which have no sessions: the library says so
		if err := g.sessions.end(r.Context(), n); err != nil {
			g.refuseStore(w, r, err)
			return
		}
	}
	p.ServeHTTP(w, r)
}
