package door

import (
	"net/http"
	"net/url"
	"strings"
)

// resourceMetadata is where RFC 9728 has the metadata of a protected resource; the resource's own path comes behind it.
const resourceMetadata = "/.well-known/oauth-protected-resource"

// Resource is the protected resource that the server is (RFC 9728), without what depends on the path.
type Resource struct {
	AuthorizationServers []string // issuers
	Scopes               []string // as a client asks for them
}

// ServePages adds to what is served what is for those who are not let in yet: the protected resource's metadata and, where it
// is not nil, an authorization server, below /oauth/ and with its metadata.
func (d *Door) ServePages(mux *http.ServeMux, oauth http.Handler) {
	mux.HandleFunc("GET "+resourceMetadata, d.serveResource)
	mux.HandleFunc("GET "+resourceMetadata+"/mcp", d.serveResource)
	mux.HandleFunc("GET "+resourceMetadata+"/mcp/{profile}", d.serveResource)
	if oauth == nil {
		return
	}
	pages := d.attend(oauth)
	for _, path := range []string{"/oauth/", "/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/"} {
		mux.Handle(path, pages)
	}
}

// challenge says how to be let in (RFC 6750, section 3; RFC 9728, section 5.1).
func (d *Door) challenge(w http.ResponseWriter, r *http.Request, no *refusal) {
	var b strings.Builder
	b.WriteString(`Bearer realm="` + d.house.Name + `"`)
	add := func(name, value string) {
		if value = quotable(value); value != "" {
			b.WriteString(", " + name + `="` + value + `"`)
		}
	}
	scope := no.scope
	if d.rules.Resource != nil {
		add("resource_metadata", d.baseOf(r)+resourceMetadata+endpointPath(r))
		if scope == "" {
			scope = strings.Join(d.rules.Resource.Scopes, " ")
		}
	}
	add("scope", scope)
	add("error", no.code)
	if no.code != "" {
		add("error_description", no.description)
	}
	w.Header().Set("WWW-Authenticate", b.String())
}

// quotable leaves of a text what a quoted string of a challenge can have.
func quotable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return -1
		}
		return c
	}, text)
}

// endpointPath is the MCP endpoint that a request is about.
func endpointPath(r *http.Request) string {
	if name := r.PathValue("profile"); name != "" && strings.HasPrefix(r.URL.Path, "/mcp/") {
		return "/mcp/" + url.PathEscape(name)
	}
	return "/mcp"
}

// baseOf is how clients reach the server.
func (d *Door) baseOf(r *http.Request) string {
	if d.rules.BaseURL != "" {
		return strings.TrimSuffix(d.rules.BaseURL, "/")
	}
	return originOf(r)
}

// serveResource answers with the metadata of an endpoint (RFC 9728, section 3), at its well-known path and, for clients
// that try that, at the root. It does not tell which profiles are served: no credential is asked for.
func (d *Door) serveResource(w http.ResponseWriter, r *http.Request) {
	if !d.AllowsNames(w, r) {
		return
	}
	name := r.PathValue("profile")
	if d.rules.Resource == nil || len(name) > 128 {
		WriteError(w, http.StatusNotFound, "there is no metadata: clients are let in by API keys, if at all")
		return
	}
	path := "/mcp"
	if name != "" {
		path += "/" + url.PathEscape(name)
	}
	metadata := map[string]any{
		"resource":                 d.baseOf(r) + path,
		"resource_name":            d.house.Name,
		"authorization_servers":    d.rules.Resource.AuthorizationServers,
		"bearer_methods_supported": []string{"header"},
	}
	if len(d.rules.Resource.Scopes) > 0 {
		metadata["scopes_supported"] = d.rules.Resource.Scopes
	}
	WriteJSON(w, http.StatusOK, metadata)
}

// The pages of the authorization server may be asked for by anybody.
const (
	visitsPerMinute = 1200 // of one address, behind which a hundred people may be
	maxForm         = 64 << 10
)

// attend stands before the authorization server: it asks for the Host, for pages of our own where a browser says from which
// page it comes, for small bodies, and how often an address comes.
func (d *Door) attend(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.AllowsNames(w, r) {
			return
		}
		if !d.hosts.allowsKeyless(r) {
			d.refuseName(w, r, "Origin")
			return
		}
		if r.ContentLength > maxForm {
			d.count(r.Context(), reasonBody)
			w.Header().Set("Connection", "close")
			WriteError(w, http.StatusRequestEntityTooLarge, "the request is too large")
			return
		}
		if wait := d.visits.wait(neighbourhood(remoteOf(r.Context())).String(), visitsPerMinute); wait > 0 {
			d.count(r.Context(), reasonRate)
			refuseForNow(w, wait)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}
