package graphsim

import (
	"net/http"
	"net/url"
	"strings"
)

// Resource names what a request reaches, however its path is spelled: the version and the route, with the keys in
// braces, such as "v1.0/users/{ada@contoso.example}/messages". It is "" where there is no route for the method. It
// looks at the path alone: whether the keys exist and the caller may see them is not asked, and /me stays me. Whoever
// fuzzes a policy compares two spellings by it.
func (g *Graph) Resource(method, escapedPath string) string {
	p, err := g.readPath(escapedPath)
	if err != nil {
		return ""
	}
	if p.isMetadata() && method == http.MethodGet {
		return p.version + "/$metadata"
	}
	if p.isBatch() {
		return p.version + "/$batch"
	}
	// me is a user whose key is known later.
	c := &call{g: g, path: p, caller: Caller{UserID: "me"}, exchange: &exchange{request: &http.Request{Method: method, URL: &url.URL{}}}}
	if err := c.replaceMe(); err != nil {
		return ""
	}
	found, _, err := c.findRoute()
	if err != nil || found.routes[method] == nil {
		return ""
	}
	parts := strings.Split(found.routes[method].pattern, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = "{" + c.path.segments[i].text + "}"
		}
	}
	name := p.version + "/" + strings.Join(parts, "/")
	switch {
	case c.count:
		name += "/$count"
	case c.ref:
		name += "/$ref"
	case c.property != "":
		name += "/" + strings.ToLower(c.property)
	}
	return name
}
