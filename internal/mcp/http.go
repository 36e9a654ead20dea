package mcp

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"time"
)

// HTTPConfig is what the HTTP transport needs beyond [Config].
type HTTPConfig struct {
	Config
	Listen         string // host:port, as configured: what is allowed depends on whether it is loopback
	BaseURL        string // how clients reach the server, where that differs; may be empty
	AllowedHosts   []string
	AllowedOrigins []string
	Keys           []Key          // none: everybody may ask
	QueryKey       bool           // take the key from ?api_key=, too
	MaxBody        int64          // bytes of a request
	MaxUpload      int64          // bytes of a file that is uploaded; 0: 250 MiB
	RateLimit      int            // calls a minute and principal; 0: no limit
	MaxConcurrent  int            // requests at once in all
	MaxPerCaller   int            // requests at once of one principal; 0: half of MaxConcurrent
	MaxConnections int            // at once; 0: 4096
	MaxMemory      int64          // bytes in use beyond which no new call begins; 0: there is no limit
	MaxWait        time.Duration  // for one of MaxConcurrent; 0: five seconds, negative: none
	CORS           bool           // pages of AllowedOrigins may read the answers
	TrustedProxies []netip.Prefix // whose X-Forwarded headers and X-Request-Id are believed
	TLSCertificate string         // PEM file; "": plain HTTP
	TLSKey         string         // PEM file
	Bearers        []Authenticator
	Resource       *Resource    // what this server is to OAuth clients; nil: they are not told
	OAuth          http.Handler // signs people in, below /oauth/ and in the metadata; nil: not here
	Metrics        http.Handler // at /metrics, for who may use all profiles; nil: not here
	// Ready returns an error for each profile that cannot get a token, by its name. It is not asked more often than
	// every few seconds.
	Ready func(context.Context) map[string]error
}

// Resource is the protected resource that the server is (RFC 9728), without what depends on the path.
type Resource struct {
	AuthorizationServers []string // issuers
	Scopes               []string // as a client asks for them
}

// routes returns what is served: /mcp and /mcp/{profile}, files at /upload and /transfer/{ticket}, /health, /ping and
// /ready, the protected resource's metadata and, where they are here, /metrics and the pages and metadata of the
// authorization server.
func (g *generation) routes() http.Handler {
	protected := g.door.guard(http.HandlerFunc(g.serveMCP))
	mux := http.NewServeMux()
	mux.Handle("/mcp", protected)
	mux.Handle("/mcp/{profile}", protected)
	mux.HandleFunc("/upload", g.serveUpload)
	mux.HandleFunc("GET /transfer/{ticket}", g.serveTransfer)
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) { writeText(w, "pong") })
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { writeText(w, "healthy v"+g.config.Version) })
	mux.HandleFunc("GET /ready", g.serveReady)
	mux.HandleFunc("GET "+resourceMetadata, g.door.serveResource)
	mux.HandleFunc("GET "+resourceMetadata+"/mcp", g.door.serveResource)
	mux.HandleFunc("GET "+resourceMetadata+"/mcp/{profile}", g.door.serveResource)
	if g.config.Metrics != nil {
		mux.Handle("GET /metrics", g.door.guard(http.HandlerFunc(g.serveMetrics)))
	}
	if g.config.OAuth != nil {
		pages := g.door.attend(g.config.OAuth)
		for _, path := range []string{"/oauth/", "/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/"} {
			mux.Handle(path, pages)
		}
	}
	return g.door.receive(logged(g.config.Log, observed(g.config.Observer, recovered(g.config.Log, g.door.share(mux)))))
}

// serveMetrics tells what the server does, for all profiles, to whoever may use all of them: a key without a list of its
// own, or, where none is asked for, this machine. No token is that.
func (g *generation) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if principalFrom(r.Context()).profiles != nil {
		writeError(w, http.StatusForbidden, "metrics are for API keys that may use all profiles; or set metrics_listen in the configuration's [http]")
		return
	}
	g.config.Metrics.ServeHTTP(w, r)
}

// serveMCP hands a request that passed the door to the protocol server of the profiles that it may use.
func (g *generation) serveMCP(w http.ResponseWriter, r *http.Request) {
	p := principalFrom(r.Context())
	profiles := g.profilesFor(p, r.PathValue("profile"))
	if len(profiles) == 0 {
		writeError(w, http.StatusNotFound, "no profile of this name is served to you")
		return
	}
	w.Header().Set("X-Accel-Buffering", "no") // proxies must not hold notifications back
	w.Header().Set("Cache-Control", "no-store")
	switch r.Method {
	case http.MethodPost:
		g.servePost(w, r, g.serverFor(profiles))
	case http.MethodDelete:
		g.serveDelete(w, r, g.serverFor(profiles))
	default: // nothing is ever sent outside of an answer, so there is no stream to open with GET
		w.Header().Set("Allow", "POST, DELETE")
		writeError(w, http.StatusMethodNotAllowed, "use POST")
	}
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
