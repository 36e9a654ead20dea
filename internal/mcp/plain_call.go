package mcp

import (
	"encoding/json"
	"mime"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
)

// Tool calls over HTTP go past the library's transport, which keeps a goroutine and channels ready for each, in case
// that something is sent before the answer, and decodes the message some times more. What it would do beside that is
// done here: what the client sees is the same.

// isCall tells whether a message is a tool call that the library's transport would let through. In doubt it is not, where
// the call is of the era without sessions: then that transport can carry it out, too.
func isCall(r *http.Request, m message) bool {
	if m.Method != string(mcp.MethodToolsCall) || !m.isRequest() || !isJSON(r.Header.Get("Content-Type")) {
		return false
	}
	version := r.Header.Get(mcp.HeaderProtocolVersion)
	if !m.modern {
		return version == "" || mcp.IsValidProtocolVersion(version)
	}
	name := m.name()
	return mcp.IsValidProtocolVersion(version) && version == m.Params.Meta.ProtocolVersion() && r.Header.Get(mcp.HeaderLastEventID) == "" &&
		r.Header.Get(mcp.HeaderMethod) == m.Method && name != "" && r.Header.Get(mcp.HeaderName) == name
}

// isJSON tells whether a Content-Type is JSON's, whatever else it says.
func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}

// serveCall answers a tool call.
func (p *protocol) serveCall(w http.ResponseWriter, r *http.Request, n *session, m message, body []byte) {
	limited := &countingWriter{ResponseWriter: w} // a client that does not read keeps no place
	defer limited.done()
	w = limited
	out := &stream{w: w}
	defer out.end() // also where somebody panics
	ctx := p.library.WithContext(r.Context(), &callSession{session: n, protocol: p, stream: out})
	response := p.calls.answer(ctx, n.id, m, body)
	begun := out.end()
	switch {
	case response == nil && !begun:
		w.WriteHeader(http.StatusAccepted)
		return
	case response == nil, ctx.Err() != nil:
		return // nothing is left to say, or nobody is there
	}
	answer, err := encode(response)
	switch {
	case err != nil:
		p.sessions.log.ErrorContext(ctx, "writing an answer", "error", err)
		if !begun {
			door.WriteError(w, http.StatusInternalServerError, "an internal fault; it was logged")
		}
	case begun:
		_ = writeEvent(w, answer) // a client that is gone needs no answer
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(statusOf(response, m.modern))
		_, _ = w.Write(append(answer, '\n'))
	}
}

// statusOf is the status that an answer has: since 2026-07-28, it tells of some errors.
func statusOf(response mcp.JSONRPCMessage, modern bool) int {
	failed, ok := response.(mcp.JSONRPCError)
	if !ok || !modern {
		return http.StatusOK
	}
	switch failed.Error.Code {
	case mcp.METHOD_NOT_FOUND:
		return http.StatusNotFound
	case mcp.HEADER_MISMATCH, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, mcp.UNSUPPORTED_PROTOCOL_VERSION, mcp.INVALID_REQUEST, mcp.INVALID_PARAMS, mcp.PARSE_ERROR:
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// callSession is a client's session as the library sees it during one tool call. The library finds calls to cancel by
// its ID, as by that of its own session.
type callSession struct {
	*session
	protocol *protocol
	stream   *stream
}

// Initialize and the others of its kind have nothing to do: the session was opened before, or is that of one request.
func (*callSession) Initialize()                                    {}
func (*callSession) SetClientInfo(mcp.Implementation)               {}
func (*callSession) SetClientCapabilities(_ mcp.ClientCapabilities) {}

func (*callSession) Initialized() bool                                   { return true }
func (*callSession) NotificationChannel() chan<- mcp.JSONRPCNotification { return nil }
func (s *callSession) SessionID() string                                 { return s.id }
func (s *callSession) GetClientInfo() mcp.Implementation                 { return s.hello.ClientInfo }
func (s *callSession) GetClientCapabilities() mcp.ClientCapabilities     { return s.hello.Capabilities }

// notify sends a notification. It does not wait: a client that does not take them in time loses them.
func (s *callSession) notify(method string, params map[string]any) error {
	note := mcp.Notification{Method: method, Params: mcp.NotificationParams{AdditionalFields: params}}
	text, err := json.Marshal(mcp.JSONRPCNotification{JSONRPC: mcp.JSONRPC_VERSION, Notification: note})
	if err != nil {
		return err
	}
	return s.stream.send(text, mostEvents)
}

var (
	_ server.SessionWithClientInfo  = (*callSession)(nil)
	_ server.SessionWithElicitation = (*callSession)(nil)
)
