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

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
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
	ending        context.Context    // ends with endCalls
	endCalls      context.CancelFunc // ends the tool calls that run, and leaves their connections, on which they are answered
}

// generation is what one configuration makes of the HTTP surface. It never changes. A request ends with the generation
// that it began with.
type generation struct {
	*lasting
	config    HTTPConfig
	door      *door.Door
	readiness *readiness
	handler   http.Handler

	running atomic.Int64  // requests, and one more while the generation is the current one
	idle    chan struct{} // closed when it has been replaced and its last request is over

	mu      sync.Mutex
	servers map[string]*protocol // guarded by mu; by the names of the profiles served
}

// NewHandler makes the HTTP surface. It has to be closed ([Handler.Close]; [door.Serve] does).
func NewHandler(c HTTPConfig) *Handler {
	c = c.withDefaults()
	l := &lasting{shared: c.Shared, confirmations: newConfirmations(c.Shared, c.Sealer), transfers: newTransfers(c.Shared, c.Sealer)}
	l.ending, l.endCalls = context.WithCancel(context.Background())
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
	c.Config.ending = l.ending
	g.config, g.readiness = c, newReadiness(c)
	house := door.House{Name: Name, Store: c.Shared, Observer: c.Observer, Log: c.Log}
	for _, p := range c.Profiles {
		house.Profiles = append(house.Profiles, p.Name)
	}
	if before == nil {
		g.door = door.New(house, c.Rules, nil)
	} else {
		g.door = door.New(house, c.Rules, before.door)
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

// EndCalls ends the tool calls that run, which are answered so.
func (h *Handler) EndCalls() { h.endCalls() }

// Door returns the door by the configuration that holds now, for [door.Serve].
func (h *Handler) Door() *door.Door { return h.current.Load().door }

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
	h.endCalls()
	h.sessions.stop()
	h.current.Load().close(ctx)
}

// profilesFor returns the profiles that a principal may use, or the one that the path names, each as they may use it.
func (g *generation) profilesFor(p door.Principal, named string) []*tools.Profile {
	var profiles []*tools.Profile
	for _, candidate := range g.config.Profiles {
		if named != "" && candidate.Name != named || p.Profiles != nil && !slices.Contains(p.Profiles, candidate.Name) {
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
func servedTo(p door.Principal, profile *tools.Profile) *tools.Profile {
	if profile.For != nil && p.Person == nil {
		return nil
	}
	if !profile.ReadOnly && p.MayOnlyRead(profile.Name) {
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
		s.calls, s.patience = newDispatch(s.library), g.config.CallTimeout
		s.StreamableHTTPServer = server.NewStreamableHTTPServer(s.library,
			server.WithSessionIdManagerResolver(s),
			// No idle time: sessions alone know who is idle, as tool calls go past the library's transport.
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

// quiet keeps the library's chatter, session IDs in it, out of the log.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }
func (q quiet) WithGroup(name string) slog.Handler       { return quiet{q.Handler.WithGroup(name)} }
