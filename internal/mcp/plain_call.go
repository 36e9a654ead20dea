package mcp

import (
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// isPlainCall tells whether a message is a tool call during which nothing can be sent to the client: it is in a session
// whose client cannot ask its person, and wants no progress. Its answer needs no stream.
func isPlainCall(r *http.Request, n *session, m message) bool {
	version := r.Header.Get(mcp.HeaderProtocolVersion)
	return m.Method == string(mcp.MethodToolsCall) && m.isRequest() && !m.modern && !m.broken && len(m.Params.Meta) == 0 &&
		n.id != "" && n.hello.Capabilities.Elicitation == nil &&
		r.Header.Get("Content-Type") == "application/json" && (version == "" || mcp.IsValidProtocolVersion(version))
}

// servePlainCall answers such a call as the library's transport would, without what that keeps ready for each: a goroutine
// and channels for notifications, and one more decoding of the message.
func (p *protocol) servePlainCall(w http.ResponseWriter, r *http.Request, n *session, body []byte) {
	ctx := p.library.WithContext(r.Context(), plainSession{n})
	response := p.library.HandleMessage(ctx, body)
	switch {
	case response == nil:
		w.WriteHeader(http.StatusAccepted)
		return
	case ctx.Err() != nil:
		return // nobody is there
	}
	answer, err := encode(response)
	if err != nil {
		p.sessions.log.ErrorContext(ctx, "writing an answer", "error", err)
		writeError(w, http.StatusInternalServerError, "an internal fault; it was logged")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(append(answer, '\n')) // a client that is gone needs no answer
}

// plainSession is a session as the library sees it during a plain call. The library finds calls to cancel by its ID, as
// by that of its own session.
type plainSession struct{ *session }

// Initialize and the others of its kind have nothing to do: the session was opened before.
func (plainSession) Initialize()                                    {}
func (plainSession) SetClientInfo(mcp.Implementation)               {}
func (plainSession) SetClientCapabilities(_ mcp.ClientCapabilities) {}

func (plainSession) Initialized() bool                                   { return true }
func (plainSession) NotificationChannel() chan<- mcp.JSONRPCNotification { return nil }
func (s plainSession) SessionID() string                                 { return s.id }
func (s plainSession) GetClientInfo() mcp.Implementation                 { return s.hello.ClientInfo }
func (s plainSession) GetClientCapabilities() mcp.ClientCapabilities     { return s.hello.Capabilities }

var _ server.SessionWithClientInfo = plainSession{}
