// Package graphsim is a simulated Microsoft Graph (v1.0 and beta) and Azure Resource Manager over the invented
// company. It speaks the protocol as Microsoft documents it: OData query options, paging, batches, delta queries,
// ETags, downloads and uploads at other hosts, and the errors of directory, mailboxes and files.
//
// It is the attacker's friend: where front ends of Microsoft's kind may differ in how they read a URL (dot
// segments, encoded slashes, backslashes, case, keys in parentheses), it takes the reading that reaches most.
// Whoever denies a resource by its path can find out here whether another spelling still reaches it.
//
// All state is in memory behind one mutex. Entities are never changed once stored: a write stores a changed copy,
// so that answers are encoded without the mutex.
package graphsim

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// Entity is one resource, as in package company.
type Entity = company.Entity

// Caller is whom a request's access token speaks for.
type Caller struct {
	App         bool     // without a signed-in user
	AppID       string   //
	UserID      string   // object ID of the signed-in user; "" for an app
	TenantID    string   //
	Permissions []string // the token's roles or scp
}

// Options are what a Graph works on.
type Options struct {
	Company *company.Company // owned by the Graph from now on
	Now     func() time.Time // nil means time.Now
	// BaseURL is the origin in links such as @odata.nextLink. Nil means that of each request, so that a client which
	// came by another name stays there.
	BaseURL func() string
	// Authenticate checks a request's access token. The error's text goes to the client.
	Authenticate func(*http.Request) (Caller, error)
	// AuthenticateResourceManager does so for the handler of [Graph.ResourceManager]. Nil means Authenticate.
	AuthenticateResourceManager func(*http.Request) (Caller, error)
	// SignOut ends the sessions of the person with this user principal name. Nil means nothing is done.
	SignOut func(userPrincipalName string)
	// WrapItem is put around the handler of each request in a batch, so that single ones can be made to fail. Nil
	// means nothing is.
	WrapItem func(http.Handler) http.Handler
}

// Graph is the simulated Graph, an http.Handler for its host.
type Graph struct {
	o       Options
	kinds   *kinds
	routes  *node
	slashed map[string]bool // the ids that contain a slash, which no path is cut at
	key     [32]byte        // signs page tokens and download tickets

	mu       sync.Mutex // guards everything below, and o.Company
	objects  map[string]thing
	changes  changes
	uploads  map[string]*upload
	large    map[string]*large // by id of the drive item
	versions map[string]int64  // of drive items, by id
	reports  map[string][]byte // that nobody has fetched yet, by id
	serial   int64             // of what was made here
}

// New makes a Graph.
func New(o Options) *Graph {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.AuthenticateResourceManager == nil {
		o.AuthenticateResourceManager = o.Authenticate
	}
	if o.WrapItem == nil {
		o.WrapItem = func(h http.Handler) http.Handler { return h }
	}
	g := &Graph{o: o, objects: map[string]thing{}, uploads: map[string]*upload{}, large: map[string]*large{}, reports: map[string][]byte{}, versions: map[string]int64{}}
	rand.Read(g.key[:])
	g.kinds = newKinds(o.Company)
	g.indexObjects()
	g.slashed = slashedIDs(o.Company)
	g.routes = newNode(allRoutes())
	return g
}

// ServeHTTP answers a request to Graph's host.
func (g *Graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case g.serveDownload(w, r), g.serveReport(w, r), g.serveUpload(w, r):
		return
	}
	g.respond(newExchange(r, g.o.Now())).write(w, r)
}

// respond answers a request, be it one of its own or in a batch.
func (g *Graph) respond(x *exchange) *reply {
	a, err := g.answer(x)
	if err != nil {
		return x.refuse(err)
	}
	return x.reply(a)
}

func (g *Graph) answer(x *exchange) (*answer, error) {
	path, err := g.readPath(x.request.URL.EscapedPath())
	if err != nil {
		return nil, err
	}
	if path.isMetadata() {
		return g.metadata(x, path.version)
	}
	caller, err := g.o.Authenticate(x.request)
	if err != nil {
		return nil, unauthenticated(err)
	}
	if path.isBatch() {
		if x.inBatch {
			return nil, badRequest("A batch can't hold another batch.")
		}
		return g.serveBatch(x, path.version)
	}
	c, err := g.newCall(x, path, caller)
	if err != nil {
		return nil, err
	}
	if c.body, err = readBody(x.request, c.route.maxBody); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	a, err := c.route.serve(c)
	if err != nil {
		return nil, err
	}
	return c.finish(a)
}

// origin is that of links in an answer.
func (g *Graph) origin(r *http.Request) string {
	if g.o.BaseURL != nil {
		if base := g.o.BaseURL(); base != "" {
			return base
		}
	}
	return "https://" + r.Host
}
