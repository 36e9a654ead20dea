package mcp

// Figures are how much a server has to do at one moment.
type Figures struct {
	Sessions  int // of older clients, that this replica knows
	Calls     int // that are worked on
	Waiting   int // requests that wait for a place
	Transfers int // files under way
}

// Figures counts. It may be called at any time.
func (h *Handler) Figures() Figures {
	f := Figures{Sessions: h.sessions.count()}
	f.Calls, f.Waiting, f.Transfers = h.Door().Busy()
	return f
}

func (s *sessions) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byID)
}
