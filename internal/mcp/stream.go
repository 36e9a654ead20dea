package mcp

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
)

// stream is what a tool call over HTTP sends before its answer. Mostly that is nothing, and then it costs nothing: the
// answer is a JSON text. With the first message the answer becomes a stream of events, which somebody else writes,
// so that a client that does not read keeps no call waiting.
type stream struct {
	w http.ResponseWriter

	mu      sync.Mutex
	events  chan []byte // guarded by mu; nil until something is sent
	ended   bool        // guarded by mu
	writing sync.WaitGroup
}

// Room for messages that the client has not read yet. A question finds some where notifications do not.
const (
	mostEvents = 100
	roomToAsk  = 8
)

var (
	errStreamEnded = errors.New("the call was answered already")
	errNotRead     = errors.New("the client does not read what it is sent")
)

// send sends a message soon, where fewer than most wait.
func (s *stream) send(message []byte, most int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		return errStreamEnded
	case len(s.events) >= most:
		return errNotRead
	case s.events == nil:
		events := make(chan []byte, mostEvents+roomToAsk)
		s.events = events
		s.writing.Go(func() { s.write(events) })
	}
	s.events <- message // there is room: nobody else puts anything in
	return nil
}

// write writes events until there are no more. After one that could not be written, nobody is there.
func (s *stream) write(events <-chan []byte) {
	header := s.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Connection", "keep-alive")
	header.Set("Cache-Control", "no-cache")
	s.w.WriteHeader(http.StatusOK)
	var err error
	for message := range events {
		if err == nil {
			err = writeEvent(s.w, message)
		}
	}
}

// end lets nothing in any more, and waits until all is written. It tells whether there was anything.
func (s *stream) end() (begun bool) {
	s.mu.Lock()
	if begun = s.events != nil; begun && !s.ended {
		close(s.events)
	}
	s.ended = true
	s.mu.Unlock()
	s.writing.Wait()
	return begun
}

// writeEvent writes one message of a stream, and keeps nothing back.
func writeEvent(w http.ResponseWriter, message []byte) error {
	if _, err := fmt.Fprintf(w, "event: message\ndata: %s\n\n", message); err != nil {
		return err
	}
	_ = http.NewResponseController(w).Flush() // a writer that cannot flush has nothing to hold back
	return nil
}
