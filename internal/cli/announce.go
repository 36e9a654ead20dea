package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// announce says what is served, to whom, and where: the last line is that requests are answered from now on.
func (s *httpServer) announce(l net.Listener) {
	var names, proxies []string
	for _, p := range s.served.config.Profiles {
		names = append(names, p.Name)
	}
	for _, p := range s.config.HTTP.TrustedProxies {
		proxies = append(proxies, p.String())
	}
	s.log.Info("serving", "profiles", strings.Join(names, ", "), "ways_in", waysIn(s.config.HTTP), "state", placeOfState(s.config.State),
		"trusted_proxies", strings.Join(proxies, ", "))
	where := endpoint(l, s.config.HTTP.TLS.Certificate != "")
	if strings.EqualFold(s.logFormat, "json") {
		s.log.Info("listening", "url", where)
		return
	}
	fmt.Fprintf(s.env.Stderr, "listening on %s\n", where)
}

// waysIn says who is let in.
func waysIn(h profile.HTTP) string {
	var ways []string
	switch n := len(h.APIKeys); n {
	case 0:
	case 1:
		ways = append(ways, "1 API key")
	default:
		ways = append(ways, fmt.Sprintf("%d API keys", n))
	}
	if h.Entra != nil {
		ways = append(ways, "tokens of Entra")
	}
	if h.OAuth != nil {
		ways = append(ways, "sign-in through this server")
	}
	if len(ways) == 0 {
		return "anybody on this machine"
	}
	return strings.Join(ways, ", ")
}

// placeOfState says where is kept what replicas share. A URL of it that has a password was refused; none is shown all
// the same.
func placeOfState(c profile.State) string {
	if c.URL == "" {
		return "memory"
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return "Redis"
	}
	return "Redis at " + u.Host + u.Path
}

// tryState says at once what is wrong with the shared state, where calls would meet it. The server begins all the same: it
// may be the state that begins later.
func (s *httpServer) tryState(ctx context.Context, place string) {
	if err := s.store.Ping(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("the shared state cannot be used: calls are answered with 503 until it can", "state", place, "error", err, "hint", hintOf(err))
	}
}

// checkTLS refuses a certificate that cannot be used, before anybody is told that TLS is spoken.
func checkTLS(c *profile.Config) error {
	files := c.HTTP.TLS
	if files.Certificate == "" {
		return nil
	}
	err := door.CheckCertificate(files.Certificate, files.Key)
	if err == nil {
		return nil
	}
	key := "http.tls.certificate"
	if missing, ok := errors.AsType[*fs.PathError](err); ok && missing.Path == files.Key {
		key = "http.tls.key"
	}
	return &usageError{c.Errorf(key, hintOf(err), "%s", err)}
}
