package door

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// hosts says under which names the server may be reached and from which web pages. A page on the Internet can
// make a browser talk to a loopback address (DNS rebinding); its Host and Origin give it away.
// https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning
type hosts struct {
	loopback bool     // the server listens on loopback alone
	names    []string // further host names, lower case, without port
	origins  []string // further origins, lower case
	pages    []string // those of them that are configured
}

func newHosts(c Rules) hosts {
	h := hosts{loopback: IsLoopback(c.Listen)}
	for _, name := range c.AllowedHosts {
		h.names = append(h.names, hostname(name))
	}
	for _, origin := range c.AllowedOrigins {
		h.origins = append(h.origins, strings.ToLower(strings.TrimSuffix(origin, "/")))
	}
	h.pages = h.origins[:len(h.origins):len(h.origins)]
	if u, err := url.Parse(c.BaseURL); err == nil && u.Host != "" {
		// A loopback name is allowed anyway, and says nothing of how others reach us: it is the ancestor's default.
		if name := strings.ToLower(u.Hostname()); !isLoopbackName(name) {
			h.names = append(h.names, name)
		}
		h.origins = append(h.origins, strings.ToLower(u.Scheme+"://"+u.Host))
	}
	return h
}

// allows tells whether a request came by an allowed name and, where a browser says so, from an allowed page;
// what names the header that did not.
func (h hosts) allows(r *http.Request) (what string, ok bool) {
	if !h.allowsHost(r.Host) {
		return "Host", false
	}
	for _, origin := range r.Header.Values("Origin") {
		if !h.allowsOrigin(origin) {
			return "Origin", false
		}
	}
	return "", true
}

// allowsKeyless tells whether a request that shows no key may come from where a browser says that it does: from a
// page of this server or of a configured origin. Another page on loopback may be anybody's, such as a project's that
// is tried out there, and a browser sends a plain file for any page without asking us first.
func (h hosts) allowsKeyless(r *http.Request) bool {
	for _, origin := range r.Header.Values("Origin") {
		if !strings.EqualFold(origin, originOf(r)) && !slices.Contains(h.origins, strings.ToLower(origin)) {
			return false
		}
	}
	return true
}

func (h hosts) allowsHost(host string) bool {
	name := hostname(host)
	switch {
	case isLoopbackName(name):
		return true
	case slices.Contains(h.names, name):
		return true
	case h.loopback:
		return false
	}
	// Beyond loopback a key is asked for, which no rebound page has; names are checked where some were given.
	return len(h.names) == 0
}

func (h hosts) allowsOrigin(origin string) bool {
	origin = strings.ToLower(origin)
	if slices.Contains(h.origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.Path == "" && h.loopback && isLoopbackName(u.Hostname())
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = host
	}
	return strings.ToLower(strings.Trim(hostport, "[]"))
}

func isLoopbackName(name string) bool {
	if name == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback() && ip.Zone() == ""
}

// IsLoopback tells whether an address to listen on (host:port) can be reached from this machine alone.
func IsLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && isLoopbackName(strings.ToLower(host))
}
