package entrasim

import (
	"net/url"
	"slices"
	"strings"
)

// redirectAllowed tells whether a redirect URI is registered: as it is, except that the port does not matter where
// the host is localhost or 127.0.0.1, each of them registered itself, and no path is the same as the root
// (https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions).
func redirectAllowed(registered []string, redirect string) bool {
	u, err := url.Parse(redirect)
	if err != nil || u.Fragment != "" || strings.ContainsAny(redirect, "*\\") || u.User != nil {
		return false
	}
	return slices.ContainsFunc(registered, func(r string) bool {
		known, err := url.Parse(r)
		return err == nil && samePlace(known, u)
	})
}

func samePlace(known, u *url.URL) bool {
	hosts := strings.EqualFold(known.Host, u.Host)
	if name := strings.ToLower(u.Hostname()); name == "localhost" || name == "127.0.0.1" {
		hosts = strings.EqualFold(known.Hostname(), name)
	}
	return hosts && known.Scheme == u.Scheme && rooted(known) == rooted(u) && known.RawQuery == u.RawQuery
}

// takesForms tells whether a page may send a form to a redirect URI by itself: over the web, or to this machine. To a
// browser javascript: is an address, too, whoever registered it.
func takesForms(redirect string) bool {
	u, err := url.Parse(redirect)
	if err != nil || u.Host == "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, strings.ToLower(u.Hostname()))
}

func rooted(u *url.URL) string {
	if u.EscapedPath() == "" {
		return "/"
	}
	return u.EscapedPath()
}

// withParameters adds parameters to the query of a redirect URI. Where it has no path it gets one, as at Entra.
func withParameters(redirect string, parameters url.Values) string {
	u, err := url.Parse(redirect)
	if err != nil {
		return redirect // it was parsed when it was checked
	}
	if u.Path == "" && u.Opaque == "" {
		u.Path = "/"
	}
	q := u.Query()
	for name, values := range parameters {
		q[name] = values
	}
	u.RawQuery = q.Encode()
	return u.String()
}
