package mcp

import (
	"net/http"
	"net/url"
	"strings"
)

// resourceMetadata is where RFC 9728 has the metadata of a protected resource; the resource's own path comes behind it.
const resourceMetadata = "/.well-known/oauth-protected-resource"

// challenge says how to be let in (RFC 6750, section 3; RFC 9728, section 5.1).
func (d *door) challenge(w http.ResponseWriter, r *http.Request, no *refusal) {
	var b strings.Builder
	b.WriteString(`Bearer realm="` + Name + `"`)
	add := func(name, value string) {
		if value = quotable(value); value != "" {
			b.WriteString(", " + name + `="` + value + `"`)
		}
	}
	scope := no.scope
	if d.resource != nil {
		add("resource_metadata", d.baseOf(r)+resourceMetadata+endpointPath(r))
		if scope == "" {
			scope = strings.Join(d.resource.Scopes, " ")
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
func (d *door) baseOf(r *http.Request) string {
	if d.base != "" {
		return strings.TrimSuffix(d.base, "/")
	}
	return originOf(r)
}

// serveResource answers with the metadata of an endpoint (RFC 9728, section 3), at its well-known path and, for clients
// that try that, at the root. It does not tell which profiles are served: no credential is asked for.
func (d *door) serveResource(w http.ResponseWriter, r *http.Request) {
	if !d.allowsNames(w, r) {
		return
	}
	name := r.PathValue("profile")
	if d.resource == nil || len(name) > 128 {
		writeError(w, http.StatusNotFound, "there is no metadata: clients are let in by API keys, if at all")
		return
	}
	path := "/mcp"
	if name != "" {
		path += "/" + url.PathEscape(name)
	}
	metadata := map[string]any{
		"resource":                 d.baseOf(r) + path,
		"resource_name":            Name,
		"authorization_servers":    d.resource.AuthorizationServers,
		"bearer_methods_supported": []string{"header"},
	}
	if len(d.resource.Scopes) > 0 {
		metadata["scopes_supported"] = d.resource.Scopes
	}
	writeJSON(w, http.StatusOK, metadata)
}

// The pages of the authorization server may be asked for by anybody.
const (
	visitsPerMinute = 1200 // of one address, behind which a hundred people may be
	maxForm         = 64 << 10
)

// attend stands before the authorization server: it asks for the Host, for pages of our own where a browser says from which
// page it comes, for small bodies, and how often an address comes.
func (d *door) attend(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.allowsNames(w, r) {
			return
		}
		if !d.hosts.allowsKeyless(r) {
			d.refuseName(w, r, "Origin")
			return
		}
		if r.ContentLength > maxForm {
			d.count(r.Context(), reasonBody)
			w.Header().Set("Connection", "close")
			writeError(w, http.StatusRequestEntityTooLarge, "the request is too large")
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
