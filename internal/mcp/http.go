package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// HTTPConfig is what the HTTP transport needs beyond [Config].
type HTTPConfig struct {
	Config
	Listen         string // host:port, as configured: what is allowed depends on whether it is loopback
	BaseURL        string // how clients reach the server, where that differs; may be empty
	AllowedHosts   []string
	AllowedOrigins []string
	Keys           []Key // none: everybody may ask
	QueryKey       bool  // take the key from ?api_key=, too
	MaxBody        int64 // bytes of a request
	MaxUpload      int64 // bytes of a file that is uploaded; 0: 250 MiB
	RateLimit      int   // calls a minute and principal; 0: no limit
	MaxConcurrent  int   // requests at once in all
	Bearers        []Authenticator
	Resource       *Resource    // what this server is to OAuth clients; nil: they are not told
	OAuth          http.Handler // signs people in, below /oauth/ and in the metadata; nil: not here
	Shared         Shared       // with other replicas; nil: this process is alone
	Sealer         Sealer       // nil: with a random key
	// Ready tells whether the profiles can get their tokens. It must answer from memory where it can.
	Ready func(context.Context) error
}

// Resource is the protected resource that the server is (RFC 9728), without what depends on the path.
type Resource struct {
	AuthorizationServers []string // issuers
	Scopes               []string // as a client asks for them
}

// Handler is the whole HTTP surface.
type Handler struct {
	http.Handler
	config        HTTPConfig
	sessions      *sessions
	places        *places
	moving        *places // of transfers, which take long and so have their own
	confirmations *confirmations
	door          *door
	transfers     *transfers

	mu      sync.Mutex
	servers map[string]*server.StreamableHTTPServer // guarded by mu; by the names of the profiles served
}

// NewHandler makes the HTTP surface: /mcp, /mcp/{profile}, /upload, /transfer/{ticket}, /health, /ping and /ready, behind the door.
func NewHandler(c HTTPConfig) *Handler {
	c.Config = c.Config.withDefaults()
	if c.MaxUpload <= 0 {
		c.MaxUpload = 250 << 20
	}
	links := newTransfers(c.BaseURL)
	c.Config.transfers = links
	h := &Handler{config: c, door: newDoor(c), transfers: links, places: newPlaces(c.MaxConcurrent), moving: newPlaces(min(c.MaxConcurrent, mostTransfers)), confirmations: newConfirmations(), servers: map[string]*server.StreamableHTTPServer{}}
	h.sessions = newSessions(h.endSession)
	protected := h.door.guard(http.HandlerFunc(h.serveMCP))
	mux := http.NewServeMux()
	mux.Handle("/mcp", protected)
	mux.Handle("/mcp/{profile}", protected)
	mux.HandleFunc("/upload", h.serveUpload)
	mux.HandleFunc("GET /transfer/{ticket}", h.serveTransfer)
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) { writeText(w, "pong") })
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { writeText(w, "healthy v"+c.Version) })
	mux.HandleFunc("GET /ready", h.serveReady)
	h.Handler = logged(c.Log, recovered(c.Log, mux))
	return h
}

// endSession ends a session as its client would: there is no other way to make the library forget all of it.
func (h *Handler) endSession(id string) {
	h.mu.Lock()
	servers := slices.Collect(maps.Values(h.servers))
	h.mu.Unlock()
	for _, s := range servers {
		r, err := http.NewRequestWithContext(context.WithValue(context.Background(), closing{}, true), http.MethodDelete, "http://localhost/mcp", nil)
		if err != nil {
			continue // cannot happen with this URL
		}
		r.Header.Set(server.HeaderKeySessionID, id)
		s.ServeHTTP(nowhere{http.Header{}}, r)
	}
}

// nowhere takes an answer that nobody reads.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}

// Close ends the sessions that are open.
func (h *Handler) Close(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.servers {
		_ = s.Shutdown(ctx) // it serves nothing by itself, so there is nothing to fail
	}
}

// serveMCP hands a request that passed the door to the protocol server of the profiles that it may use.
func (h *Handler) serveMCP(w http.ResponseWriter, r *http.Request) {
	p := principalFrom(r.Context())
	profiles := h.profilesFor(p, r.PathValue("profile"))
	if len(profiles) == 0 {
		writeError(w, http.StatusNotFound, "no profile of this name is served to you")
		return
	}
	w.Header().Set("X-Accel-Buffering", "no") // proxies must not hold notifications back
	w.Header().Set("Cache-Control", "no-store")
	switch r.Method {
	case http.MethodPost:
		h.servePost(w, r, h.serverFor(profiles))
	case http.MethodDelete:
		h.serveDelete(w, r, h.serverFor(profiles))
	default: // nothing is ever sent outside of an answer, so there is no stream to open with GET
		w.Header().Set("Allow", "POST, DELETE")
		writeError(w, http.StatusMethodNotAllowed, "use POST")
	}
}

// profilesFor returns the profiles that a principal may use, or the one that the path names.
func (h *Handler) profilesFor(p principal, named string) []*tools.Profile {
	return slices.DeleteFunc(slices.Clone(h.config.Profiles), func(candidate *tools.Profile) bool {
		return named != "" && candidate.Name != named || p.profiles != nil && !slices.Contains(p.profiles, candidate.Name)
	})
}

// serverFor returns the protocol server for a set of profiles. There are as many as there are different sets
// among the keys and paths, so what one lists never depends on another.
func (h *Handler) serverFor(profiles []*tools.Profile) *server.StreamableHTTPServer {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.Name
	}
	set := strings.Join(names, "\n")
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.servers[set]
	if !ok {
		s = server.NewStreamableHTTPServer(newServer(h.config.Config, profiles, h.confirmations, newHooks()),
			server.WithSessionIdManagerResolver(h.sessions),
			server.WithSessionIdleTTL(sessionIdle),
			// Nothing is ever sent outside of an answer, so no stream needs to be kept open for it.
			server.WithDisableStreaming(true),
			// The door checks hosts, and knows the names that are allowed.
			server.WithDisableLocalhostProtection(true),
			server.WithStreamableHTTPLogger(slog.New(quiet{h.config.Log.Handler()})),
		)
		h.servers[set] = s
	}
	return s
}

func (h *Handler) serveReady(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
	defer cancel()
	status, word := http.StatusOK, "ready"
	if h.config.Ready != nil {
		if err := h.config.Ready(ctx); err != nil {
			status, word = http.StatusServiceUnavailable, "not ready"
			h.config.Log.Warn("not ready", "error", err)
		}
	}
	writeJSON(w, status, map[string]any{"ready": status == http.StatusOK, "status": word, "total": len(h.config.Profiles)})
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(text)) // a client that is gone needs no answer
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"internal fault"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"error": message})
}

// Serve answers on a listener until ctx ends; then it lets running calls finish for at most grace.
func Serve(ctx context.Context, l net.Listener, h *Handler, grace time.Duration) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second, // of a whole request; answers may take longer
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return running },
		ErrorLog:          slog.NewLogLogger(h.config.Log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving HTTP: %w", err)
	case <-ctx.Done():
	}
	over, stop := context.WithTimeout(running, grace)
	defer stop()
	err := s.Shutdown(over)
	if err != nil {
		cancel() // calls that still run see their context end
		_ = s.Close()
	}
	<-ended
	h.Close(over)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("shutting down: %w", err)
	}
	return nil
}
