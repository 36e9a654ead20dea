package profile

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultListen        = "127.0.0.1:8080"
	defaultMaxBody       = 4 << 20
	defaultMaxUpload     = 250 << 20 // the ancestor's
	defaultRateLimit     = 600
	defaultMaxConcurrent = 256

	keyVariable = "MCP_API_KEY"
)

// http returns the HTTP settings with the environment over them.
func (l *loader) http() HTTP {
	r := l.raw.HTTP
	h := HTTP{
		Listen:         defaultListen,
		BaseURL:        r.BaseURL,
		Profiles:       r.Profiles,
		QueryKey:       r.QueryKey == nil || *r.QueryKey,
		AllowedHosts:   r.AllowedHosts,
		AllowedOrigins: r.AllowedOrigins,
		MaxBody:        l.between("http.max_body", r.MaxBody, defaultMaxBody, 1<<10, 64<<20),
		MaxUpload:      l.between("http.max_upload", r.MaxUpload, defaultMaxUpload, 1<<10, 250<<30), // the largest file in OneDrive
		RateLimit:      int(l.between("http.rate_limit", r.RateLimit, defaultRateLimit, 0, 1_000_000)),
		MaxConcurrent:  int(l.between("http.max_concurrent", r.MaxConcurrent, defaultMaxConcurrent, 1, 100_000)),
	}
	if r.Listen != "" {
		h.Listen = r.Listen
	}
	h.APIKeys = l.apiKeys()
	l.port(&h)
	l.listen(h)
	l.baseURL(&h)
	if h.Profiles != nil && len(h.Profiles) == 0 {
		l.fail("http.profiles", "name the profiles to serve, or remove the key", "is empty")
	}
	for i, name := range h.Profiles {
		l.known(indexKey("http.profiles", i), name)
	}
	l.allowed(&h)
	return h
}

// between returns n, or fallback where n is unset; it must lie in [low, high].
func (l *loader) between(key string, n *int64, fallback, low, high int64) int64 {
	if n == nil {
		return fallback
	}
	if *n < low || *n > high {
		l.fail(key, fmt.Sprintf("write a number from %d to %d", low, high), "is out of range")
	}
	return *n
}

// port applies PORT. The ancestor listened on every interface; that is kept
// only where its key guards the door.
func (l *loader) port(h *HTTP) {
	v := l.env.lookup("PORT")
	if v == "" {
		return
	}
	l.at.vars["http.listen"] = "PORT"
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 65535 {
		l.fail("http.listen", "write a number from 1 to 65535", "is not a port")
		return
	}
	h.Listen = "127.0.0.1:" + strconv.Itoa(n)
	if l.env.lookup(keyVariable) != "" {
		h.Listen = ":" + strconv.Itoa(n)
	}
}

func (l *loader) listen(h HTTP) {
	if problem, remedy := checkListen(h.Listen, len(h.APIKeys) > 0); problem != "" {
		l.fail("http.listen", remedy, "%s", problem)
	}
}

// CheckListen applies the rules for listen addresses to one that a flag gave:
// it is host:port, and beyond loopback only where there is an API key.
func (h HTTP) CheckListen(address string) error {
	if problem, remedy := checkListen(address, len(h.APIKeys) > 0); problem != "" {
		return &Error{Key: "--listen", Problem: problem, Remedy: remedy}
	}
	return nil
}

func checkListen(address string, guarded bool) (problem, remedy string) {
	host, port, err := net.SplitHostPort(address)
	n, portErr := strconv.Atoi(port)
	bad := err != nil || portErr != nil || n < 0 || n > 65535
	_, ipErr := netip.ParseAddr(host)
	if bad || ipErr != nil && host != "" && !isHostName(host) {
		return "is not host:port", "write an address such as 127.0.0.1:8080"
	}
	if !isLoopbackHost(host) && !guarded {
		return "lets everybody on the network call without a key", openDoorRemedy
	}
	return "", ""
}

func (l *loader) baseURL(h *HTTP) {
	if v := l.env.lookup("BASE_URL"); v != "" {
		l.at.vars["http.base_url"] = "BASE_URL"
		h.BaseURL = v
	}
	if h.BaseURL == "" {
		return
	}
	if h.BaseURL = webURL(h.BaseURL); h.BaseURL == "" {
		l.fail("http.base_url", "write it as https://HOST", "is not an http or https URL without user, query and fragment")
		return
	}
	// A proxy in front makes a loopback address reachable for all.
	if u, err := url.Parse(h.BaseURL); err == nil && len(h.APIKeys) == 0 && !isLoopbackHost(u.Hostname()) {
		l.fail("http.base_url", openDoorRemedy, "lets everybody who reaches this host call without a key")
	}
}

// isLoopbackHost reports whether a host name can only mean this machine.
func isLoopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	// Any other name may mean another interface tomorrow.
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

const openDoorRemedy = "set MCP_API_KEY or make a key with `microsoft-mcp-server key create NAME` ([[http.api_keys]]), or listen on 127.0.0.1"

// apiKeys returns the file's keys and the ancestor's.
func (l *loader) apiKeys() []APIKey {
	var keys []APIKey
	for i, r := range l.raw.HTTP.APIKeys {
		at := indexKey("http.api_keys", i)
		k := APIKey{Name: r.Name, Profiles: r.Profiles}
		switch same := func(o APIKey) bool { return o.Name == r.Name }; {
		case r.Name == "":
			l.fail(at+".name", "name the key after who uses it", "is missing")
		case !isName(r.Name):
			l.fail(at+".name", "use up to 64 letters, digits, dots, hyphens and underscores", "is not a name")
		case slices.ContainsFunc(keys, same) || r.Name == keyVariable:
			l.fail(at+".name", "give each key its own", "the name is taken")
		}
		l.hash(at+".sha256", r.SHA256, &k)
		if slices.ContainsFunc(keys, func(o APIKey) bool { return r.SHA256 != "" && o.SHA256 == k.SHA256 }) {
			l.fail(at+".sha256", "make a key of its own for each user", "is the hash of another key's too")
		}
		if r.Profiles != nil && len(r.Profiles) == 0 {
			l.fail(at+".profiles", "name the profiles it opens, or remove it to open all", "is empty")
		}
		for j, name := range r.Profiles {
			l.known(indexKey(at+".profiles", j), name)
		}
		keys = append(keys, k)
	}
	if l.env.lookup(keyVariable) != "" {
		keys = append(keys, APIKey{Name: keyVariable, Env: keyVariable})
	}
	return keys
}

func (l *loader) hash(key, digits string, k *APIKey) {
	const remedy = "make a key with `microsoft-mcp-server key create NAME`, which prints its hash"
	if digits == "" {
		l.fail(key, remedy, "is missing")
		return
	}
	sum, err := hex.DecodeString(digits)
	if err != nil || len(sum) != len(k.SHA256) {
		l.fail(key, remedy, "is not 64 hexadecimal digits")
		return
	}
	copy(k.SHA256[:], sum)
}

// allowed checks the further hosts and origins; "*" would switch the check off
// and is refused like any other text that is no name.
func (l *loader) allowed(h *HTTP) {
	for i, host := range h.AllowedHosts {
		if !isAuthority(host) {
			l.fail(indexKey("http.allowed_hosts", i), "write mcp.example.com or mcp.example.com:8443", "is not a host or host:port")
		}
	}
	for i, o := range h.AllowedOrigins {
		origin, ok := originOf(o)
		h.AllowedOrigins[i] = origin
		if !ok {
			l.fail(indexKey("http.allowed_origins", i), "write https://app.example.com", "is not an origin")
		}
	}
}
