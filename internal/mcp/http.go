package mcp

import (
	"context"
	"net/http"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
)

// HTTPConfig is what the HTTP transport needs beyond [Config], and the rules of its door.
type HTTPConfig struct {
	Config
	door.Rules
	MaxUpload int64        // bytes of a file that is uploaded; 0: 250 MiB
	OAuth     http.Handler // signs people in, below /oauth/ and in the metadata; nil: not here
	Metrics   http.Handler // at /metrics, for who may use all profiles; nil: not here
	// Ready returns an error for each profile that cannot get a token, by its name. It is not asked more often than
	// every few seconds.
	Ready func(context.Context) map[string]error
}

// routes returns what is served: /mcp and /mcp/{profile}, files at /upload and /transfer/{ticket}, /health, /ping and
// /ready, the protected resource's metadata and, where they are here, /metrics and the pages and metadata of the
// authorization server.
func (g *generation) routes() http.Handler {
	protected := g.door.Guard(http.HandlerFunc(g.serveMCP))
	mux := http.NewServeMux()
	mux.Handle("/mcp", protected)
	mux.Handle("/mcp/{profile}", protected)
	mux.HandleFunc("/upload", g.serveUpload)
	mux.HandleFunc("GET /transfer/{ticket}", g.serveTransfer)
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) { writeText(w, "pong") })
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { writeText(w, "healthy v"+g.config.Version) })
	mux.HandleFunc("GET /ready", g.serveReady)
	g.door.ServePages(mux, g.config.OAuth)
	if g.config.Metrics != nil {
		mux.Handle("GET /metrics", g.door.Guard(http.HandlerFunc(g.serveMetrics)))
	}
	return g.door.Wrap(mux)
}

// serveMetrics tells what the server does, for all profiles, to whoever may use all of them: a key without a list of its
// own, or, where none is asked for, this machine. No token is that.
func (g *generation) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if door.PrincipalOf(r.Context()).Profiles != nil {
		door.WriteError(w, http.StatusForbidden, "metrics are for API keys that may use all profiles; or set metrics_listen in the configuration's [http]")
		return
	}
	g.config.Metrics.ServeHTTP(w, r)
}

// serveMCP hands a request that passed the door to the protocol server of the profiles that it may use.
func (g *generation) serveMCP(w http.ResponseWriter, r *http.Request) {
	p := door.PrincipalOf(r.Context())
	profiles := g.profilesFor(p, r.PathValue("profile"))
	if len(profiles) == 0 {
		door.WriteError(w, http.StatusNotFound, "no profile of this name is served to you")
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
		door.WriteError(w, http.StatusMethodNotAllowed, "use POST")
	}
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(text)) // a client that is gone needs no answer
}
