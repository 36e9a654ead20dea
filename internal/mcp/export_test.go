package mcp

import (
	"io"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// NewServer is the protocol server without a transport, for clients in the same process.
func NewServer(c Config) *server.MCPServer {
	c = c.Alone().withDefaults()
	return newServer(c, c.Profiles, newConfirmations(c.Shared, c.Sealer), nil)
}

// Alone is c for a process that shares nothing, where it does not say otherwise.
func (c Config) Alone() Config {
	if c.Shared == nil {
		c.Shared = state.NewMemory()
	}
	if c.Sealer == nil {
		c.Sealer = state.RandomSealer()
	}
	return c
}

// SessionCheck is how long a session is taken for open without asking the store.
const SessionCheck = sessionCheck

// Later moves the sessions' clock on.
func (h *Handler) Later(d time.Duration) {
	h.sessions.mu.Lock()
	defer h.sessions.mu.Unlock()
	before := h.sessions.now
	h.sessions.now = func() time.Time { return before().Add(d) }
}

// ByLibrary serves messages to /mcp as the library's own transport does.
func (h *Handler) ByLibrary() http.Handler {
	g := h.current.Load()
	return g.door.Wrap(g.door.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Accel-Buffering", "no")
		w.Header().Set("Cache-Control", "no-store")
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		g.serverFor(g.profilesFor(door.PrincipalOf(r.Context()), "")).serveRest(w, r, body)
	})))
}

// Sessions is how many are known here.
func (h *Handler) Sessions() int {
	h.sessions.mu.Lock()
	defer h.sessions.mu.Unlock()
	return len(h.sessions.byID)
}
