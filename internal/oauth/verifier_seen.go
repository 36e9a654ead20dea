package oauth

import (
	"crypto/rsa"
	"crypto/sha256"
	"sync"

	"github.com/sapientsai/microsoft-mcp-server/internal/recent"
)

const maxSeen = 4096 // tokens that are remembered

// digest stands for a token, so that none is kept.
type digest = [sha256.Size]byte

// verified is a token that was found good, and by which key.
type verified struct {
	claims Claims
	keyID  string
	key    *rsa.PublicKey
}

// seen remembers the tokens that were used last. It is safe for concurrent use.
type seen struct {
	mu     sync.Mutex
	tokens *recent.Map[digest, *verified] // guarded by mu
}

func newSeen(most int) *seen { return &seen{tokens: recent.New[digest, *verified](most)} }

// get returns nil for a token that is not remembered.
func (s *seen) get(d digest) *verified {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, _ := s.tokens.Find(d)
	return v
}

func (s *seen) put(d digest, v *verified) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.Keep(d, v)
}

func (s *seen) remove(d digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.Drop(d)
}
