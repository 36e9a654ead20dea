package door

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are the addresses whose word is taken for whom a request comes from and by which name (X-Forwarded-For, -Proto,
// -Host, X-Request-Id). From everybody else these headers are ignored: anybody can write them.
type proxies []netip.Prefix

func (p proxies) trusts(a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(a) })
}

// addressOf reads an address as net/http and proxies write it, with or without a port; the zero one where it is none.
func addressOf(text string) netip.Addr {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone("") // networks have none
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// mostHops bounds what is read of a list that a client may have begun.
const mostHops = 32

// client returns whom a request comes from: going back from the nearest, the first that is no trusted proxy. What stands
// further left, the client may have made up.
func (p proxies) client(peer netip.Addr, header http.Header) netip.Addr {
	hops := strings.Join(header.Values("X-Forwarded-For"), ",")
	for range mostHops {
		if hops == "" {
			break
		}
		before, last, several := cutLast(hops)
		said := addressOf(strings.TrimSpace(last))
		if !said.IsValid() {
			break
		}
		peer = said
		if !p.trusts(peer) || !several {
			break
		}
		hops = before
	}
	return peer
}

func cutLast(list string) (before, last string, several bool) {
	i := strings.LastIndexByte(list, ',')
	if i < 0 {
		return "", list, false
	}
	return list[:i], list[i+1:], true
}

// forwarded returns the last of the values of a header that a proxy sets: what the nearest one has seen.
func forwarded(header http.Header, name string) string {
	_, last, _ := cutLast(strings.Join(header.Values(name), ","))
	return strings.TrimSpace(last)
}

// readmit makes of a request by way of a trusted proxy what it was before. It changes r, which is the caller's own copy.
func (p proxies) readmit(r *http.Request, e *accessEntry) {
	if client := p.client(e.remote, r.Header); client != e.remote {
		e.remote, r.RemoteAddr = client, client.String()
	}
	switch forwarded(r.Header, "X-Forwarded-Proto") {
	case "https":
		e.secure = true
	case "http":
		e.secure = false
	}
	if host := forwarded(r.Header, "X-Forwarded-Host"); isHostport(host) {
		r.Host = host
	}
	if id := r.Header.Get("X-Request-Id"); isRequestID(id) {
		e.id = id
	}
}

// isHostport tells whether a text can be a Host header.
func isHostport(text string) bool {
	if text == "" || len(text) > 261 {
		return false
	}
	if host, _, err := net.SplitHostPort(text); err == nil && host == "" {
		return false
	}
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]") == ""
}

// originOf is how a client reached the server, as far as the request and the proxies that are trusted tell; base_url is for
// the others.
func originOf(r *http.Request) string {
	e := entryOf(r.Context())
	if e == nil && r.TLS != nil || e != nil && e.secure {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

type originKey struct{}

// withOrigin keeps how a client reached the server, for the links that it is given. The Host was checked.
func withOrigin(ctx context.Context, origin string) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

// Origin returns how the client of a request that was let in has reached the server, such as https://mcp.example.com; "" on
// stdio.
func Origin(ctx context.Context) string {
	origin, _ := ctx.Value(originKey{}).(string)
	return origin
}
