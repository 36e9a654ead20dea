package ui

// Room is the first part of every path.
func (s *Server) Room() string { return s.room }
