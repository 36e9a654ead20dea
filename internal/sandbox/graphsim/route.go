package graphsim

import (
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

// route is what is done with one method and one pattern of paths. {name} stands for a key or, after a colon, for a
// path; the macros of expandPattern stand for several beginnings.
type route struct {
	method  string
	pattern string
	needs   string // permissions, any of which is enough, separated by blanks; "" means none is needed
	serve   func(*call) (*answer, error)
	area    area
	maxBody int64 // 0 means maxJSON
	params  []string
}

// in sets the area of routes.
func in(a area, routes ...route) []route {
	for i := range routes {
		routes[i].area = a
	}
	return routes
}

func allRoutes() []route {
	return slices.Concat(userRoutes(), groupRoutes(), tenantRoutes(), mailRoutes(), mailActionRoutes(), calendarRoutes(), contactRoutes(),
		driveRoutes(), itemRoutes(), siteRoutes(), searchRoutes(), auditRoutes(), shelfRoutes(), actionRoutes(), reportRoutes(), scheduleRoutes(), deletedRoutes())
}

// expandPattern replaces a macro at the beginning of a pattern.
func expandPattern(pattern string) []string {
	macros := []struct {
		name string
		for_ []string
	}{
		{"ITEM", []string{"DRIVE/root", "DRIVE/root/:/{path}", "DRIVE/items/{item}", "DRIVE/items/{item}/:/{path}", "DRIVE/special/{special}", "DRIVE/special/{special}/:/{path}"}},
		{"DRIVE", []string{"drive", "drives/{drive}", "users/{user}/drive", "users/{user}/drives/{drive}", "groups/{group}/drive", "groups/{group}/drives/{drive}",
			"SITE/drive", "SITE/drives/{drive}"}},
		{"MESSAGE", []string{"users/{user}/messages/{message}", "users/{user}/mailFolders/{folder}/messages/{message}"}},
		{"EVENT", []string{"users/{user}/events/{event}", "users/{user}/calendar/events/{event}", "users/{user}/calendars/{calendar}/events/{event}"}},
		{"SITE", []string{"sites/{site}", "sites/{site}/:/{sitepath}", "sites/{site}/sites/{subsite}", "groups/{group}/sites/{site}"}},
	}
	for _, m := range macros {
		rest, ok := strings.CutPrefix(pattern, m.name)
		if !ok {
			continue
		}
		var all []string
		for _, beginning := range m.for_ {
			all = append(all, expandPattern(beginning+rest)...)
		}
		return all
	}
	return []string{pattern}
}

// node is a step in the tree of all patterns.
type node struct {
	words  map[string]*node
	param  *node
	routes map[string]*route // by method
}

func newNode(routes []route) *node {
	root := &node{}
	for _, r := range routes {
		for _, pattern := range expandPattern(r.pattern) {
			expanded := r
			expanded.pattern, expanded.params = pattern, nil
			root.add(&expanded)
		}
	}
	return root
}

func (n *node) add(r *route) {
	for part := range strings.SplitSeq(r.pattern, "/") {
		if strings.HasPrefix(part, "{") {
			r.params = append(r.params, strings.Trim(part, "{}"))
			if n.param == nil {
				n.param = &node{}
			}
			n = n.param
			continue
		}
		if n.words == nil {
			n.words = map[string]*node{}
		}
		word := strings.ToLower(part)
		if n.words[word] == nil {
			n.words[word] = &node{}
		}
		n = n.words[word]
	}
	if n.routes == nil {
		n.routes = map[string]*route{}
	}
	n.routes[r.method] = r
}

// find returns the node that the segments lead to and the keys on the way; nil where there is none with a route.
// names go before keys: users/delta is the function.
func (n *node) find(segments []segment, keys []segment) (*node, []segment) {
	if len(segments) == 0 {
		if n.routes == nil {
			return nil, nil
		}
		return n, keys
	}
	s := segments[0]
	if next := n.words[s.word]; next != nil && s.word != "" {
		if found, k := next.find(segments[1:], keys); found != nil {
			return found, k
		}
	}
	if n.param != nil && s.word != ":" && !strings.HasPrefix(s.word, "$") {
		return n.param.find(segments[1:], append(keys[:len(keys):len(keys)], s))
	}
	return nil, nil
}

// longest returns how many segments can be followed from the root.
func (n *node) longest(segments []segment) int {
	if len(segments) == 0 {
		return 0
	}
	most := -1
	if next := n.words[segments[0].word]; next != nil {
		most = next.longest(segments[1:])
	}
	if n.param != nil {
		most = max(most, n.param.longest(segments[1:]))
	}
	return most + 1
}

// call is one request that has found its route.
type call struct {
	*exchange
	g        *Graph
	caller   Caller
	path     *path
	route    *route
	params   map[string]segment
	query    *odata.Query
	body     []byte
	count    bool   // the path ends in $count
	ref      bool   // the path ends in $ref
	property string // the path ends in the name of a property
	rawValue bool   // … and $value
	applied  []string
}

func (g *Graph) newCall(x *exchange, p *path, caller Caller) (*call, error) {
	c := &call{exchange: x, g: g, caller: caller, path: p}
	if err := c.replaceMe(); err != nil {
		return nil, err
	}
	found, keys, err := c.findRoute()
	if err != nil {
		return nil, err
	}
	c.route = found.routes[x.request.Method]
	if c.route == nil {
		return nil, wrongMethod()
	}
	c.params = map[string]segment{}
	for i, name := range c.route.params {
		c.params[name] = keys[i]
	}
	values, err := parameters(x.request.URL)
	if err != nil {
		return nil, c.route.area.badQuery("The query specified in the URI is not valid.")
	}
	if !c.permitted() {
		return nil, c.forbidden()
	}
	if c.query, err = odata.ParseQuery(values); err != nil {
		return nil, c.route.area.badQuery("%s", queryProblem(err, values))
	}
	return c, nil
}

// parameters parses a URL's query. A semicolon, which Go refuses, separates the options of a $expand.
func parameters(u *url.URL) (url.Values, error) {
	return url.ParseQuery(strings.ReplaceAll(u.RawQuery, ";", "%3B"))
}

// replaceMe makes users/{id} of me.
func (c *call) replaceMe() error {
	if len(c.path.segments) == 0 || c.path.segments[0].word != "me" {
		return nil
	}
	if c.caller.App {
		return badRequest("/me request is only valid with delegated authentication flow.")
	}
	rest := c.path.segments[1:]
	c.path.segments = append([]segment{{text: "users", word: "users"}, {text: c.caller.UserID}}, rest...)
	return nil
}

// findRoute tries the whole path, then without what may end the path to anything: $count, $ref, a property.
func (c *call) findRoute() (*node, []segment, error) {
	segments := c.path.segments
	root := c.g.routes
	if n, keys := root.find(segments, nil); n != nil && n.routes[c.request.Method] != nil {
		return n, keys, nil
	}
	if len(segments) > 1 && c.request.Method == http.MethodGet {
		last, before := segments[len(segments)-1], segments[:len(segments)-1]
		c.count, c.ref = last.word == "$count", last.word == "$ref"
		if !c.count && !c.ref {
			if c.rawValue = last.word == "$value" && len(before) > 1; c.rawValue {
				last, before = before[len(before)-1], before[:len(before)-1]
			}
			c.property = last.text
		}
		if n, keys := root.find(before, nil); n != nil && n.routes[http.MethodGet] != nil {
			c.path.segments = before
			return n, keys, nil
		}
	}
	n, keys := root.find(segments, nil)
	if n == nil {
		at := min(root.longest(segments), len(segments)-1)
		if at < 0 {
			return nil, nil, badRequest("Empty path")
		}
		return nil, nil, noSegment(segments[at].text)
	}
	return n, keys, nil
}

func (c *call) text(param string) string { return c.params[param].text }

func (c *call) has(param string) bool { _, ok := c.params[param]; return ok }

// preferences yields the items of the header Prefer.
func (c *call) preferences() iter.Seq[string] {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(strings.Join(c.request.Header.Values("Prefer"), ","), ",") {
			if !yield(strings.TrimSpace(part)) {
				return
			}
		}
	}
}

// prefers tells whether the header Prefer has an item, and notes that it was applied.
func (c *call) prefers(item string) bool {
	for part := range c.preferences() {
		if strings.EqualFold(part, item) {
			if !slices.Contains(c.applied, item) {
				c.applied = append(c.applied, item)
			}
			return true
		}
	}
	return false
}

// preference returns the value of an item of the header Prefer, such as odata.maxpagesize=5.
func (c *call) preference(name string) (string, bool) {
	for part := range c.preferences() {
		key, value, ok := strings.Cut(part, "=")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.Trim(strings.TrimSpace(value), `"`), true
		}
	}
	return "", false
}
