package doctor

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// proxies looks at the proxy settings, and whether the proxies answer. What the settings say is not repeated: there may be
// a password in it.
func (n *Network) proxies(ctx context.Context, clouds []Cloud) Finding {
	if f, odd := n.oddSettings(); odd {
		return f
	}
	var used, direct []string
	for _, c := range clouds {
		for _, origin := range c.origins() {
			proxy, err := n.throughProxy(origin)
			switch {
			case err != nil:
				return noProxy()
			case proxy == nil:
				direct = append(direct, hostOf(origin))
			case !slices.Contains(used, addressOf(proxy)):
				used = append(used, addressOf(proxy))
			}
		}
	}
	if len(used) == 0 {
		return n.without(direct)
	}
	for _, address := range used {
		if err := n.reach(ctx, address); err != nil {
			return Finding{State: Wrong, Text: fmt.Sprintf("the proxy at %s (HTTPS_PROXY) cannot be reached: %s", address, plain(err)), Do: "correct HTTPS_PROXY, or unset it where the network needs none"}
		}
	}
	text := "the proxy at " + list(used, 3) + " answers"
	if len(direct) > 0 {
		slices.Sort(direct)
		text += "; without it go " + list(slices.Compact(direct), 3)
	}
	return Finding{State: OK, Text: text}
}

// noProxy is the finding where the setting cannot be read.
func noProxy() Finding {
	return Finding{State: Wrong, Text: "HTTPS_PROXY is not the URL of a proxy", Do: "write it as http://HOST:PORT, or unset it"}
}

// without is the finding where no proxy is used.
func (n *Network) without(direct []string) Finding {
	switch {
	case len(direct) == 0:
		return Finding{State: Skipped, Text: "no host is called"}
	case n.setting("HTTPS_PROXY") != "":
		return Finding{State: OK, Text: "HTTPS_PROXY is set, and is used for none of the hosts (NO_PROXY, or they are on this machine)"}
	case n.setting("ALL_PROXY") != "":
		return Finding{State: Warning, Text: "ALL_PROXY is set, which is not heeded here", Do: "set HTTPS_PROXY to the same, where the proxy is needed"}
	}
	return Finding{State: OK, Text: "none is set"}
}

// oddSettings finds settings that would be passed over in silence.
func (n *Network) oddSettings() (Finding, bool) {
	for i, entry := range strings.Split(n.setting("NO_PROXY"), ",") {
		if entry = strings.TrimSpace(entry); entry == "" || entry == "*" {
			continue
		}
		_, notNetwork := netip.ParsePrefix(entry)
		if notNetwork != nil && strings.ContainsAny(entry, "/ ;@") {
			return Finding{State: Warning, Text: fmt.Sprintf("entry %d of NO_PROXY is no host, no domain, no address and no network, and so means nothing", i+1),
				Do: "write hosts and domains without scheme and path, with commas between them: NO_PROXY=localhost,.example.com,10.0.0.0/8"}, true
		}
	}
	if raw := n.setting("HTTPS_PROXY"); raw != "" {
		u, err := url.Parse(raw)
		if err != nil || u.Scheme == "" || u.Host == "" {
			u, err = url.Parse("http://" + raw)
		}
		if err != nil || u.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
			return noProxy(), true
		}
	}
	return Finding{}, false
}

// setting is a variable in capitals or small letters, as whoever reads them takes them.
func (n *Network) setting(name string) string {
	return cmp.Or(n.getenv(name), n.getenv(strings.ToLower(name)))
}

// reach makes a connection and closes it.
func (n *Network) reach(ctx context.Context, address string) error {
	conn, err := n.dial(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// addressOf is where to connect to a proxy.
func addressOf(proxy *url.URL) string {
	port := proxy.Port()
	if port == "" {
		port = map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[proxy.Scheme]
	}
	return net.JoinHostPort(proxy.Hostname(), cmp.Or(port, "80"))
}
