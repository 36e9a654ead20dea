package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/state"
	"github.com/sapientsai/microsoft-mcp-server/internal/telemetry"
)

// httpServer is a server over HTTP and what it is made of. What is not in the assembly stays while the configuration
// is reloaded.
type httpServer struct {
	*options
	listen    string
	metrics   string // the metrics' own address, "" for the endpoint's
	log       *slog.Logger
	memory    int64 // bytes beyond which no new call begins, as the system says; 0: it does not
	telemetry *telemetry.Telemetry
	store     store
	seals     *state.Sealer
	lost      func(error) // ends the server when the audit log cannot be written, and that is to be fatal

	background sync.WaitGroup

	handler *mcp.Handler
	served  *assembly
	config  *profile.Config
}

// runHTTP serves until ctx ends.
func (o *options) runHTTP(ctx context.Context, c *profile.Config, listen string) error {
	if listen == "" {
		listen = c.HTTP.Listen
	} else if err := c.HTTP.CheckListen(listen); err != nil {
		return &usageError{err}
	}
	asked, stopAsking := hangUps()
	defer stopAsking()
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	s := &httpServer{options: o, listen: listen, metrics: c.HTTP.MetricsListen, memory: door.SystemMemory(), config: c, lost: lost}
	if err := checkTLS(c); err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	defer s.close()
	l, err := listenOn(listen)
	if err != nil {
		return err
	}
	door.KeepMemory(s.maxMemory(c.HTTP))
	s.handler = mcp.NewHandler(s.handlerConfig(c, s.served))
	s.tellFigures()
	stopMetrics, err := s.serveMetrics()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer stopMetrics()
	s.announce(l)
	s.background.Go(func() { giveBack(ctx) })
	s.background.Go(func() { s.tryState(ctx, placeOfState(c.State)) }) // not s.config, which a reload may change meanwhile
	s.background.Go(func() { s.watch(ctx, asked) })
	err = door.Serve(ctx, l, s.handler, grace)
	lost(nil)
	s.background.Wait()
	if cause := context.Cause(ctx); err == nil && isFatal(cause) {
		return cause
	}
	return err
}

// open makes what the server needs before it listens.
func (s *httpServer) open(ctx context.Context) error {
	log, err := s.options.log(serverLevel)
	if err != nil {
		return err
	}
	s.telemetry, err = telemetry.New(telemetry.Options{Getenv: s.env.Getenv, Version: version(), Log: log, Out: s.env.Stderr, RequestID: door.RequestID})
	if err != nil {
		return &usageError{err}
	}
	s.log = slog.New(s.telemetry.Handler(log.Handler()))
	if s.seals, err = s.sealer(ctx, s.config); err != nil {
		return err
	}
	if s.store, err = s.openState(ctx, s.config); err != nil {
		return err
	}
	s.served, err = s.assemble(s.config)
	return err
}

// assemble wires a configuration for this server.
func (s *httpServer) assemble(c *profile.Config) (*assembly, error) {
	return s.options.assembleWith(c, overHTTP, surroundings{log: s.log, observer: s.telemetry.Observer(), lost: s.lost, also: s.addCallers})
}

// addCallers wires who is let in beside those with API keys.
func (s *httpServer) addCallers(c *profile.Config, a *assembly) error {
	resource := &door.Resource{}
	if c.HTTP.OAuth != nil {
		signed, err := s.newSignedCallers(c, a, s.log)
		if err != nil {
			return err
		}
		a.bearers, a.oauth = append(a.bearers, signed), signed.Server
		resource.AuthorizationServers, resource.Scopes = []string{c.HTTP.BaseURL}, []string{oauth.Scope}
	}
	if c.HTTP.Entra != nil {
		known, err := s.newEntraCallers(c)
		if err != nil {
			return err
		}
		a.bearers = append(a.bearers, known)
		if c.HTTP.OAuth == nil { // where both are, clients that know one only take the first, with its scopes
			resource.AuthorizationServers, resource.Scopes = known.issuers(), known.scopes()
		}
	}
	if len(a.bearers) > 0 {
		a.resource = resource
	}
	return nil
}

// maxMemory is the configured limit, or the system's.
func (s *httpServer) maxMemory(h profile.HTTP) int64 {
	if h.MaxMemory > 0 {
		return h.MaxMemory
	}
	return s.memory
}

// handlerConfig is what the door and the protocol need.
func (s *httpServer) handlerConfig(c *profile.Config, a *assembly) mcp.HTTPConfig {
	h := c.HTTP
	config := mcp.HTTPConfig{
		Config: a.config, MaxUpload: h.MaxUpload, Ready: a.ready,
		Rules: door.Rules{
			Listen: s.listen, BaseURL: h.BaseURL, AllowedHosts: h.AllowedHosts, AllowedOrigins: h.AllowedOrigins, CORS: h.CORS,
			Keys: keysOf(h, s.env.Getenv), QueryKey: h.QueryKey, MaxBody: h.MaxBody, RateLimit: h.RateLimit,
			MaxConcurrent: h.MaxConcurrent, MaxPerCaller: h.MaxPerCaller, MaxConnections: h.MaxConnections, MaxMemory: s.maxMemory(h),
			TrustedProxies: h.TrustedProxies, TLSCertificate: h.TLS.Certificate, TLSKey: h.TLS.Key,
			Bearers: a.bearers, Resource: a.resource,
		},
	}
	config.Shared, config.Sealer = s.store, s.seals
	if a.oauth != nil {
		config.OAuth = a.oauth
	}
	if s.metrics == "" {
		config.Metrics = s.telemetry.Metrics()
	}
	return config
}

// tellFigures adds to the metrics how much the server has to do.
func (s *httpServer) tellFigures() {
	for _, g := range []struct {
		name, help string
		of         func(mcp.Figures) int
	}{
		{"mcp_sessions", "Sessions of older clients that this replica knows.", func(f mcp.Figures) int { return f.Sessions }},
		{"mcp_calls_running", "Calls that are worked on.", func(f mcp.Figures) int { return f.Calls }},
		{"mcp_calls_waiting", "Calls that wait for their turn.", func(f mcp.Figures) int { return f.Waiting }},
		{"mcp_transfers_running", "Files under way, in or out.", func(f mcp.Figures) int { return f.Transfers }},
	} {
		s.telemetry.Gauge(g.name, g.help, func() float64 { return float64(g.of(s.handler.Figures())) })
	}
}

// serveMetrics serves the metrics on an address of their own, where one is configured.
func (s *httpServer) serveMetrics() (stop func(), err error) {
	if s.metrics == "" {
		return func() {}, nil
	}
	l, err := listenOn(s.metrics)
	if err != nil {
		return nil, fmt.Errorf("metrics_listen: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.telemetry.Metrics())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	s.log.Info("metrics", "address", l.Addr().String())
	return func() {
		_ = server.Close() // a scrape that is cut is made again
		<-served
	}, nil
}

// close ends what open has made.
func (s *httpServer) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	s.served.close()
	if err := errors.Join(s.telemetry.Shutdown(ctx), s.store.Close()); err != nil {
		s.log.Warn("closing", "error", err)
	}
}

// endpoint writes the URL of the MCP endpoint as a client on this machine would.
func endpoint(l net.Listener, tls bool) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); err != nil || ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port) + "/mcp"
}

// lostError ends the server: what it does can no longer be recorded, and the configuration says that it must be.
type lostError struct{ err error }

func (e *lostError) Error() string { return "the audit log cannot be written: " + e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// Hint says what to do.
func (e *lostError) Hint() string {
	return "make room or give the rights back, and start again; without fatal in [audit], only changes are refused meanwhile"
}

func isFatal(cause error) bool {
	var lost *lostError
	return errors.As(cause, &lost)
}
