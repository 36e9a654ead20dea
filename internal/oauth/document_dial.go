package oauth

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// newDocumentClient returns a client that reaches public addresses alone, at the port of https. The address is checked
// when it is dialled, whatever a name resolved to before: names can change what they stand for between two questions
// (DNS rebinding). Proxies are not used, because they would do the dialling.
//
// Where the operator lists the hosts, it is they who say what is asked for, be it in a network of their own and at another
// port: nothing is checked.
func newDocumentClient(resolver *net.Resolver, listed bool) *http.Client {
	reserved := reservedPrefixes()
	dialer := &net.Dialer{Timeout: documentTime, Resolver: resolver, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if !listed && (err != nil || at.Port() != 443 || !isPublic(at.Addr(), reserved)) {
			return fmt.Errorf("not a public address")
		}
		return nil
	}}
	return &http.Client{
		Timeout:       documentTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			DisableKeepAlives:      true,
			TLSHandshakeTimeout:    3 * time.Second,
			ResponseHeaderTimeout:  3 * time.Second,
			MaxResponseHeaderBytes: 16 << 10,
			ForceAttemptHTTP2:      true,
		},
	}
}

// isPublic tells whether an address is one of the public Internet's.
func isPublic(ip netip.Addr, reserved []netip.Prefix) bool {
	ip = ip.Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.Zone() != "" {
		return false
	}
	for _, prefix := range reserved {
		if prefix.Contains(ip) {
			return false
		}
	}
	return ip.Is4() || netip.MustParsePrefix("2000::/3").Contains(ip)
}

// reservedPrefixes returns the blocks of the IANA registries of special-purpose addresses that look public, and those by
// which IPv6 reaches an IPv4 address.
func reservedPrefixes() []netip.Prefix {
	var prefixes []netip.Prefix
	for _, block := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"168.63.129.16/32", // Azure's own services, seen from a machine there
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		prefixes = append(prefixes, netip.MustParsePrefix(block))
	}
	return prefixes
}
