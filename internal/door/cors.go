package door

import (
	"net/http"
	"slices"
	"strings"
)

// What pages of other origins may send and read. The protocol's Mcp-Param- headers are named by the tools.
const (
	corsMethods = "GET, POST, PUT, DELETE"
	corsExposed = "Mcp-Session-Id, WWW-Authenticate, Retry-After, X-Request-Id"
)

func corsMayHave(header string) bool {
	switch header {
	case "accept", "authorization", "content-type", "last-event-id", "mcp-protocol-version", "mcp-session-id", "mcp-method", "mcp-name", "x-api-key", "traceparent", "tracestate":
		return true
	}
	return strings.HasPrefix(header, "mcp-param-") && isRequestID(header)
}

// share lets the pages of the configured origins read the answers (CORS), where the configuration says so: those alone,
// by name, and never with cookies, of which there are none. https://fetch.spec.whatwg.org/#http-cors-protocol
func (d *Door) share(next http.Handler) http.Handler {
	if !d.rules.CORS {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		origins := r.Header.Values("Origin")
		if len(origins) != 1 || !slices.Contains(d.hosts.pages, strings.ToLower(origins[0])) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", origins[0])
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			w.Header().Set("Access-Control-Expose-Headers", corsExposed)
			next.ServeHTTP(w, r)
			return
		}
		if !d.AllowsNames(w, r) {
			return
		}
		w.Header().Set("Access-Control-Allow-Methods", corsMethods)
		if asked := corsHeaders(r.Header.Values("Access-Control-Request-Headers")); asked != "" {
			w.Header().Set("Access-Control-Allow-Headers", asked)
		}
		w.Header().Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}

// corsHeaders returns those of the headers that a page wants to send which it may.
func corsHeaders(asked []string) string {
	var may []string
	for name := range strings.SplitSeq(strings.ToLower(strings.Join(asked, ",")), ",") {
		if name = strings.TrimSpace(name); corsMayHave(name) {
			may = append(may, name)
		}
	}
	return strings.Join(may, ", ")
}
