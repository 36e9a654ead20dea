package mcp

import (
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// NewServer is the protocol server without a transport, for clients in the same process.
func NewServer(c Config) *server.MCPServer {
	c = c.withDefaults()
	return newServer(c, c.Profiles, ownConfirmations(), nil)
}

// NewOwnSealer makes a sealer with a key of its own, for replicas that share it.
func NewOwnSealer() Sealer { return newOwnSealer() }

// SessionCheck is how long a session is taken for open without asking the store.
const SessionCheck = sessionCheck

// Later moves the sessions' clock on.
func (h *Handler) Later(d time.Duration) {
	h.sessions.mu.Lock()
	defer h.sessions.mu.Unlock()
	before := h.sessions.now
	h.sessions.now = func() time.Time { return before().Add(d) }
}

// Sessions is how many are known here.
func (h *Handler) Sessions() int {
	h.sessions.mu.Lock()
	defer h.sessions.mu.Unlock()
	return len(h.sessions.byID)
}
