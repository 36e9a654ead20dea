package mcp

import (
	"time"

	"github.com/mark3labs/mcp-go/server"

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

// Sessions is how many are known here.
func (h *Handler) Sessions() int {
	h.sessions.mu.Lock()
	defer h.sessions.mu.Unlock()
	return len(h.sessions.byID)
}
