package entrasim

import (
	"slices"
	"sync"
)

// maxIssued bounds what is remembered of what was issued.
const maxIssued = 10_000

// issuedSecrets remembers what was issued and opens something, so that a test can look for it where it must not be.
// The zero value is empty.
type issuedSecrets struct {
	mu  sync.Mutex // guards all
	all []string   // oldest first
}

// add remembers a secret and returns it.
func (s *issuedSecrets) add(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= maxIssued {
		s.all = slices.Delete(s.all, 0, maxIssued/10)
	}
	s.all = append(s.all, text)
	return text
}

// Secrets returns the client secrets, and every code and token issued so far; of very many the last ones.
func (e *Entra) Secrets() []string {
	e.secrets.mu.Lock()
	all := slices.Clone(e.secrets.all)
	e.secrets.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range e.apps {
		all = append(all, a.secret)
	}
	return all
}
