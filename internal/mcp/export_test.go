package mcp

import "github.com/mark3labs/mcp-go/server"

// NewServer is the protocol server without a transport, for clients in the same process.
func NewServer(c Config) *server.MCPServer {
	c = c.withDefaults()
	return newServer(c, c.Profiles, newConfirmations(), nil)
}
