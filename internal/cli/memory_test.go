package cli

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// The configured limit goes before the system's.
func TestMaxMemory(t *testing.T) {
	t.Parallel()
	s := &httpServer{memory: 100}
	if got := s.maxMemory(profile.HTTP{MaxMemory: 7}); got != 7 {
		t.Errorf("got %d", got)
	}
	if got := s.maxMemory(profile.HTTP{}); got != 100 {
		t.Errorf("got %d", got)
	}
}
