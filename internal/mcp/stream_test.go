package mcp

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// stuck is a client that does not read until it is let.
type stuck struct {
	*httptest.ResponseRecorder
	reads chan struct{}
}

func (s stuck) Write(b []byte) (int, error) {
	<-s.reads
	return s.ResponseRecorder.Write(b)
}

func TestStreamKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	w := stuck{httptest.NewRecorder(), make(chan struct{})}
	s := &stream{w: w}
	sent, err := 0, error(nil)
	for ; err == nil && sent < 1000; sent++ {
		err = s.send(fmt.Append(nil, sent), mostEvents)
	}
	// One more may be in the hands of whoever writes.
	if !errors.Is(err, errNotRead) || sent-1 < mostEvents || sent-1 > mostEvents+1 {
		t.Errorf("%d messages were taken: %v", sent-1, err)
	}
	if err := s.send([]byte("question"), mostEvents+roomToAsk); err != nil {
		t.Errorf("a question found no room: %v", err)
	}
	close(w.reads)
	for range 2 { // the second time by a defer
		if !s.end() {
			t.Error("it tells nothing of what it sent")
		}
	}
	if err := s.send([]byte("late"), mostEvents); !errors.Is(err, errStreamEnded) {
		t.Errorf("after the end: %v", err)
	}
	body := w.Body.String()
	if !strings.HasPrefix(body, "event: message\ndata: 0\n\nevent: message\ndata: 1\n\n") || !strings.HasSuffix(body, fmt.Sprintf("data: %d\n\nevent: message\ndata: question\n\n", sent-2)) {
		t.Errorf("got %.80s...%s", body, body[max(0, len(body)-80):])
	}
	if w.Header().Get("Content-Type") != "text/event-stream" || w.Code != http.StatusOK || !w.Flushed {
		t.Errorf("got %d %v, sent at once: %t", w.Code, w.Header(), w.Flushed)
	}
}

func TestStreamOfNothing(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if s := (&stream{w: w}); s.end() || len(w.Header()) > 0 {
		t.Errorf("it has begun: %v", w.Header())
	}
}
