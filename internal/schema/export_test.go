package schema

import (
	"context"
	"io"
)

// ParseWithin is [Parse] with limits that a test reaches soon: bytes of the document, declarations, bytes of the model.
func ParseWithin(r io.Reader, document, declarations, model int) (*Model, error) {
	return parse(r, limits{document, declarations, model})
}

// Settled waits for the fetch under way, if there is one.
func (s *Store) Settled(ctx context.Context, from Source) error {
	e, err := s.find(from)
	if err != nil {
		return err
	}
	s.mu.Lock()
	running := e.running
	s.mu.Unlock()
	if running == nil {
		return nil
	}
	select {
	case <-running:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
