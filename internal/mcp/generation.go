package mcp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/server"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// Handler is the whole HTTP surface. What it serves can be changed while it runs ([Handler.Reload]).
type Handler struct {
	*lasting
	current atomic.Pointer[generation]

	reloading sync.Mutex // held while a generation takes over from another
}

// lasting is what outlives a change of the configuration.
type lasting struct {
	shared        Shared
	sessions      *sessions
	confirmations *confirmations
	transfers     *transfers
	places        *places
	moving        *places // of transfers, which take long and so have their own
}

// generation is what one configuration makes of the HTTP surface. It never changes. A request ends with the generation
// that it began with.
type generation struct {
	*lasting
	config    HTTPConfig
	door      *door
	readiness *readiness
	handler   http.Handler

	running atomic.Int64  // requests, and one more while the generation is the current one
	idle    chan struct{} // closed when it has been replaced and its last request is over

	mu      sync.Mutex
	servers map[string]*protocol // guarded by mu; by the names of the profiles served
}

// NewHandler makes the HTTP surface. It has to be closed ([Handler.Close]; [Serve] does).
func NewHandler(c HTTPConfig) *Handler {
	c = c.withDefaults()
	l := &lasting{shared: c.Shared, confirmations: newConfirmations(c.Shared, c.Sealer), transfers: newTransfers(c.Shared, c.Sealer),
		places: newPlaces(c.callBounds()), moving: newPlaces(c.transferBounds())}
	l.sessions = newSessions(c.Shared, c.Sealer, c.Log)
	if !c.Shared.Alone() { // before there are sessions: people's clients may answer at once
		l.sessions.mail.begin(l.sessions)
	}
	h := &Handler{lasting: l}
	h.current.Store(newGeneration(l, c, nil))
	return h
}

func (c HTTPConfig) withDefaults() HTTPConfig {
	c.Config = c.Config.withDefaults()
	if c.MaxUpload <= 0 {
		c.MaxUpload = 250 << 20
	}
	return c
}

// newGeneration makes what serves a configuration that has its defaults. before is the one that it replaces, or nil.
func newGeneration(l *lasting, c HTTPConfig, before *generation) *generation {
	g := &generation{lasting: l, idle: make(chan struct{}), servers: map[string]*protocol{}}
	c.Config.links = &links{transfers: l.transfers, base: strings.TrimSuffix(c.BaseURL, "/")}
	g.config, g.door, g.readiness = c, newDoor(c), newReadiness(c)
	if before != nil {
		g.door.inherit(before.door)
	}
	g.running.Store(1)
	g.handler = g.routes()
	return g
}

// Reload serves another configuration from now on, in one step. Sessions, links, agreements and limits stay; what
// connects replicas (Shared, Sealer) stays what it was at the start. Requests that run end with the configuration that
// they began with: idle is closed when the last of them is over, and what served them alone may be closed.
func (h *Handler) Reload(c HTTPConfig) (idle <-chan struct{}, err error) {
	if len(c.Profiles) == 0 {
		return nil, errors.New("there is no profile to serve")
	}
	h.reloading.Lock()
	defer h.reloading.Unlock()
	before := h.current.Load()
	c.Shared, c.Sealer = before.config.Shared, before.config.Sealer
	c = c.withDefaults()
	next := newGeneration(h.lasting, c, before)
	h.places.resize(c.callBounds())
	h.moving.resize(c.transferBounds())
	h.current.Store(next)
	before.leave() // its own place
	return before.idle, nil
}

// ServeHTTP serves a request by the configuration that holds when it comes.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g := h.enter()
	defer g.leave()
	g.handler.ServeHTTP(w, r)
}

// enter returns the current generation, which the caller has to leave.
func (h *Handler) enter() *generation {
	for {
		g := h.current.Load()
		for n := g.running.Load(); n > 0; n = g.running.Load() { // one that has ended does not begin again
			if g.running.CompareAndSwap(n, n+1) {
				return g
			}
		}
	}
}

// leave ends a request. The last one of a generation that was replaced closes it.
func (g *generation) leave() {
	if g.running.Add(-1) == 0 {
		g.close(context.Background())
		close(g.idle)
	}
}

// close makes its protocol servers forget their sessions, which may go on in another generation.
func (g *generation) close(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.servers {
		g.sessions.leave(s)
		_ = s.Shutdown(ctx) // it serves nothing by itself, so there is nothing to fail
	}
}

// Close ends what runs in the background. Sessions that other replicas know stay open.
func (h *Handler) Close(ctx context.Context) {
	h.sessions.stop()
	h.current.Load().close(ctx)
}

// profilesFor returns the profiles that a principal may use, or the one that the path names, each as they may use it.
func (g *generation) profilesFor(p principal, named string) []*tools.Profile {
	var profiles []*tools.Profile
	for _, candidate := range g.config.Profiles {
		if named != "" && candidate.Name != named || p.profiles != nil && !slices.Contains(p.profiles, candidate.Name) {
			continue
		}
		if served := servedTo(p, candidate); served != nil {
			profiles = append(profiles, served)
		}
	}
	return profiles
}

// servedTo returns a profile as a principal may use it: for reading alone, where that is so. It is nil where the profile
// is one for people and the principal is none.
func servedTo(p principal, profile *tools.Profile) *tools.Profile {
	if profile.For != nil && p.person == nil {
		return nil
	}
	if !profile.ReadOnly && p.mayOnlyRead(profile.Name) {
		return profile.Reading // nil: nobody may read with it alone
	}
	return profile
}

// serverFor returns the protocol server for a set of profiles. There are as many as there are different sets
// among the keys and paths, so what one lists never depends on another.
func (g *generation) serverFor(profiles []*tools.Profile) *protocol {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.Name
		if p.ReadOnly {
			names[i] += "\x00" // the same profile may be served in two ways
		}
	}
	set := strings.Join(names, "\n")
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.servers[set]
	if !ok {
		s = newProtocol(g.sessions)
		s.library = newServer(g.config.Config, profiles, g.confirmations, newHooks())
		s.StreamableHTTPServer = server.NewStreamableHTTPServer(s.library,
			server.WithSessionIdManagerResolver(s),
			server.WithSessionIdleTTL(sessionIdle),
			// Nothing is ever sent outside of an answer, so no stream needs to be kept open for it.
			server.WithDisableStreaming(true),
			// The door checks hosts, and knows the names that are allowed.
			server.WithDisableLocalhostProtection(true),
			server.WithStreamableHTTPLogger(slog.New(quiet{g.config.Log.Handler()})),
		)
		g.servers[set] = s
	}
	return s
}
