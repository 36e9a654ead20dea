package compact

import (
	"bytes"
	"fmt"
)

// How a shaper goes over JSON. Nothing is decoded or copied here.

// members calls do at each member's value, with the member's name as it is written, quotes included.
func (s *shaper) members(do func(key []byte) error) error {
	s.pos++ // {
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		if s.peek() != '"' {
			return ErrJSON
		}
		key, err := s.stringToken()
		if err != nil {
			return err
		}
		if s.peek() != ':' {
			return ErrJSON
		}
		s.pos++
		if err := do(key); err != nil {
			return err
		}
		if more, err := s.another('}'); !more || err != nil {
			return err
		}
	}
}

// elements calls do at each element of an array.
func (s *shaper) elements(do func() error) error {
	s.pos++ // [
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		if err := do(); err != nil {
			return err
		}
		if more, err := s.another(']'); !more || err != nil {
			return err
		}
	}
}

// another steps over a comma, or over the end.
func (s *shaper) another(end byte) (bool, error) {
	switch s.peek() {
	case ',':
		s.pos++
		return true, nil
	case end:
		s.pos++
		return false, nil
	}
	return false, ErrJSON
}

func (s *shaper) enter() error {
	if s.depth++; s.depth > maxDepth {
		return fmt.Errorf("the answer's JSON is nested deeper than %d levels", maxDepth)
	}
	return nil
}

// peek returns the next byte that is not white space, or 0 at the end.
func (s *shaper) peek() byte {
	for s.pos < len(s.in) {
		switch c := s.in[s.pos]; c {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// stringToken returns the next string as it is written, quotes included.
func (s *shaper) stringToken() ([]byte, error) {
	start := s.pos
	for i := start + 1; i < len(s.in); {
		n := bytes.IndexByte(s.in[i:], '"')
		if n < 0 {
			break
		}
		i += n + 1
		if !escaped(s.in[start:i]) {
			s.pos = i
			return s.in[start:i], nil
		}
	}
	return nil, ErrJSON
}

// escaped tells whether the quote that ends token is escaped: an odd number of backslashes stands before it.
func escaped(token []byte) bool {
	n := 0
	for i := len(token) - 2; i > 0 && token[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// scalar returns a number, true, false or null.
func (s *shaper) scalar() ([]byte, error) {
	start := s.pos
	for s.pos < len(s.in) && isScalarByte(s.in[s.pos]) {
		s.pos++
	}
	if s.pos == start {
		return nil, ErrJSON
	}
	return s.in[start:s.pos], nil
}

func isScalarByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}
