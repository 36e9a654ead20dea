package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	Params struct {
		Meta map[string]json.RawMessage `json:"_meta"`
	} `json:"params"`
	modern bool // of a protocol version without sessions, by header or body
	broken bool // cannot be read: the library will say why
}

// isRequest tells whether work is asked for: notifications and answers to our own questions are not work.
func (m message) isRequest() bool { return m.Method != "" && len(m.ID) > 0 }

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
func (h *Handler) servePost(w http.ResponseWriter, r *http.Request, s *server.StreamableHTTPServer) {
	p := principalFrom(r.Context())
	placed := false
	place := func() bool {
		placed = placed || h.places.take(p, len(h.config.Keys) < 2)
		return placed
	}
	defer func() {
		if placed {
			h.places.leave(p)
		}
	}()
	small := r.ContentLength >= 0 && r.ContentLength <= smallBody
	if !small && !place() {
		refuseForNow(w, time.Second)
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
		refuseForNow(w, time.Second)
		return
	}
	d, ok := h.sessionOf(w, r, m)
	if !ok {
		return
	}
	// The library asks a client's person after the tool has returned, so the call's own deadline does not hold.
	ctx, cancel := context.WithTimeoutCause(withDelivery(r.Context(), d), h.config.CallTimeout+callGrace,
		fmt.Errorf("there was no answer within %s: %w", h.config.CallTimeout, context.DeadlineExceeded))
	defer cancel()
	r = r.WithContext(ctx)
	r.Body = io.NopCloser(bytes.NewReader(body))
	counting := &countingWriter{ResponseWriter: w, delivery: d}
	defer counting.done()
	s.ServeHTTP(counting, r)
}

// callGrace lets a call that ran into its own deadline say so.
const callGrace = 5 * time.Second

// sessionOf finds out whose notifications a message's are, and answers what must not reach the library: a
// session that is not the principal's, and a cancellation without one. The library looks calls up by session and
// request id, and clients without sessions all share the empty one, so that one client's cancellation would end
// another's call. Those clients cancel by closing their request.
func (h *Handler) sessionOf(w http.ResponseWriter, r *http.Request, m message) (*delivery, bool) {
	id := r.Header.Get(server.HeaderKeySessionID)
	switch {
	case m.Method == "notifications/cancelled" && (m.modern || id == ""):
		w.WriteHeader(http.StatusAccepted)
		return nil, false
	case m.modern, m.broken:
		return newDelivery(), true
	case m.Method == string(mcp.MethodInitialize):
		r.Header.Del(server.HeaderKeySessionID) // of a session that has ended; this one is new
		return newDelivery(), true
	case id == "":
		writeError(w, http.StatusBadRequest, "the Mcp-Session-Id header is missing: start a session with initialize")
		return nil, false
	}
	s, ok := h.sessions.find(id, principalFrom(r.Context()))
	if !ok {
		writeError(w, http.StatusNotFound, "this session is not open: start a new one with initialize")
		return nil, false
	}
	return s.delivery, true
}

// serveDelete ends a session.
func (h *Handler) serveDelete(w http.ResponseWriter, r *http.Request, s *server.StreamableHTTPServer) {
	id := r.Header.Get(server.HeaderKeySessionID)
	if id == "" {
		writeError(w, http.StatusBadRequest, "the Mcp-Session-Id header is missing")
		return
	}
	if _, ok := h.sessions.find(id, principalFrom(r.Context())); !ok {
		writeError(w, http.StatusNotFound, "this session is not open")
		return
	}
	s.ServeHTTP(w, r)
}
