package oauth

import (
	"container/list"
	"crypto/rsa"
	"crypto/sha256"
	"sync"
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
	most int

	mu     sync.Mutex // guards what follows
	byUse  *list.List // of seenToken, the last used first
	tokens map[digest]*list.Element
}

type seenToken struct {
	digest digest
	*verified
}

func newSeen(most int) *seen {
	return &seen{most: most, byUse: list.New(), tokens: map[digest]*list.Element{}}
}

func (s *seen) get(d digest) *verified {
	s.mu.Lock()
	defer s.mu.Unlock()
	element := s.tokens[d]
	if element == nil {
		return nil
	}
	s.byUse.MoveToFront(element)
	return element.Value.(seenToken).verified
}

func (s *seen) put(d digest, v *verified) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(s.tokens[d])
	s.tokens[d] = s.byUse.PushFront(seenToken{d, v})
	if s.byUse.Len() > s.most {
		s.drop(s.byUse.Back())
	}
}

func (s *seen) remove(d digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(s.tokens[d])
}

func (s *seen) drop(element *list.Element) {
	if element != nil {
		delete(s.tokens, element.Value.(seenToken).digest)
		s.byUse.Remove(element)
	}
}
