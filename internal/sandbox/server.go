package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// server is one host: a listener, and around the handler what records requests and injects faults.
type server struct {
	listener net.Listener
	plain    bool // without TLS
	http     http.Server
	record   record
	faults   faults
	serving  sync.WaitGroup // the accept loop and the connections

	mu       sync.Mutex // guards closed; no request is added to running once it is set
	closed   bool
	running  sync.WaitGroup // the requests
	stop     context.CancelFunc
	closing  sync.Once
	closeErr error
}

// listen takes a free port of 127.0.0.1. Clients that connect before serve is called wait.
func listen() (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	return &server{listener: l, stop: func() {}}, nil
}

func (s *server) url() string {
	if s.plain {
		return "http://" + s.listener.Addr().String()
	}
	return "https://" + s.listener.Addr().String()
}

// connKey finds a request's connection in its context.
type connKey struct{}

// serve starts to answer, over TLS with HTTP/1.1 or HTTP/2 as the client likes.
func (s *server) serve(certificate tls.Certificate, h http.Handler) {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.http = http.Server{
		Handler:           s.recorded(s.faults.wrap(h)),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		ConnState:         s.count,
	}
	s.serving.Go(func() { // it ends when the listener is closed
		if s.plain {
			_ = s.http.Serve(s.listener)
			return
		}
		_ = s.http.ServeTLS(s.listener, "", "")
	})
}

// count keeps track of connections, for which http.Server.Close does not wait.
func (s *server) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew: // called by the accept loop, which is counted itself: never from zero
		s.serving.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.serving.Done()
	}
}

// recorded writes down each request and what it is answered.
func (s *server) recorded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.begin() {
			panic(http.ErrAbortHandler)
		}
		defer s.running.Done()
		rw := &recordingWriter{ResponseWriter: w, entry: s.record.add(r), record: &s.record}
		defer confess(rw)
		next.ServeHTTP(rw, r)
		rw.setStatus(http.StatusOK) // unless there is one
	})
}

// confess turns a panic into an answer: there is no log in which a mistake of the sandbox could be found.
func confess(w http.ResponseWriter) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		http.Error(w, fmt.Sprintf("a mistake in the sandbox: %v\n%s", p, debug.Stack()), http.StatusInternalServerError)
	}
}

func (s *server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

func (s *server) close() error {
	s.closing.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		s.stop()
		s.closeErr = s.http.Close()
		if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) { // where it was never served
			s.closeErr = errors.Join(s.closeErr, err)
		}
		s.running.Wait()
		s.serving.Wait()
	})
	return s.closeErr
}

// cut ends a request's connection without another byte.
func cut(r *http.Request) {
	switch c := r.Context().Value(connKey{}).(type) {
	case *tls.Conn:
		_ = c.NetConn().Close()
	case net.Conn:
		_ = c.Close()
	}
	panic(http.ErrAbortHandler) // the server writes nothing and logs nothing
}
