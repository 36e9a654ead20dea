package profile

import (
	"cmp"
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

	defaultMaxConnections = 4096

	keyVariable = "MCP_API_KEY"
)

// http returns the HTTP settings with the environment over them.
func (l *loader) http(profiles []Profile) HTTP {
	r := l.raw.HTTP
	h := HTTP{
		Listen:         cmp.Or(r.Listen, defaultListen),
		BaseURL:        r.BaseURL,
		Profiles:       r.Profiles,
		QueryKey:       r.QueryKey == nil || *r.QueryKey,
		AllowedHosts:   r.AllowedHosts,
		AllowedOrigins: r.AllowedOrigins,
		CORS:           r.CORS,
		MetricsListen:  r.MetricsListen,
	}
	l.limits(&h)
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
	l.metrics(h)
	h.TLS = l.tls()
	h.TrustedProxies = l.trustedProxies()
	h.Entra = l.entra(h, profiles)
	h.OAuth = l.oauth(h, profiles)
	return h
}

// limits reads how much of everything there may be.
func (l *loader) limits(h *HTTP) {
	r := l.raw.HTTP
	h.MaxBody = l.between("http.max_body", r.MaxBody, defaultMaxBody, 1<<10, 64<<20)
	h.MaxUpload = l.between("http.max_upload", r.MaxUpload, defaultMaxUpload, 1<<10, 250<<30) // the largest file in OneDrive
	h.RateLimit = int(l.between("http.rate_limit", r.RateLimit, defaultRateLimit, 0, 1_000_000))
	h.MaxConcurrent = int(l.between("http.max_concurrent", r.MaxConcurrent, defaultMaxConcurrent, 1, 100_000))
	h.MaxPerCaller = int(l.between("http.max_per_caller", r.MaxPerCaller, 0, 0, 100_000))
	h.MaxConnections = int(l.between("http.max_connections", r.MaxConnections, defaultMaxConnections, 1, 1_000_000))
	if r.MaxMemory != nil && *r.MaxMemory != 0 {
		h.MaxMemory = l.between("http.max_memory", r.MaxMemory, 0, 64<<20, 1<<40) // with less, an idle server might refuse
	}
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
	if l.env.lookup(keyVariable) != "" || l.signIn {
		h.Listen = ":" + strconv.Itoa(n)
	}
}

// guarded reports whether the file or the environment says who may call.
func (l *loader) guarded(h HTTP) bool {
	return len(h.APIKeys) > 0 || l.raw.HTTP.Entra != nil || l.raw.HTTP.OAuth != nil
}

func (l *loader) listen(h HTTP) {
	if problem, remedy := checkListen(h.Listen, l.guarded(h)); problem != "" {
		l.fail("http.listen", remedy, "%s", problem)
	}
}

// CheckListen applies the rules for listen addresses to one that a flag gave:
// it is host:port, and beyond loopback only where something says who may call.
func (h HTTP) CheckListen(address string) error {
	if problem, remedy := checkListen(address, len(h.APIKeys) > 0 || h.Entra != nil || h.OAuth != nil); problem != "" {
		return &Error{Key: "--listen", Problem: problem, Remedy: remedy}
	}
	return nil
}

func checkListen(address string, guarded bool) (problem, remedy string) {
	host, ok := listenHost(address)
	if !ok {
		return "is not host:port", "write an address such as 127.0.0.1:8080"
	}
	if !isLoopbackHost(host) && !guarded {
		return "lets everybody on the network call without a key", openDoorRemedy
	}
	return "", ""
}

// listenHost returns the host of an address to listen on, which may be empty; false where it is not host:port.
func listenHost(address string) (string, bool) {
	host, port, err := net.SplitHostPort(address)
	n, portErr := strconv.Atoi(port)
	_, ipErr := netip.ParseAddr(host)
	return host, err == nil && portErr == nil && n >= 0 && n <= 65535 && (ipErr == nil || host == "" || isHostName(host))
}

// baseURL applies BASE_URL, for which the ancestor had a default. It needs one where people come back to us from
// signing in.
func (l *loader) baseURL(h *HTTP) {
	if l.signIn {
		l.at.vars["http.base_url"] = "BASE_URL"
		h.BaseURL = "http://localhost:" + cmp.Or(l.env.lookup("PORT"), "8080")
	}
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
	if strings.HasSuffix(h.BaseURL, "/mcp") {
		l.fail("http.base_url", "leave /mcp out: it is added", "is the endpoint's address, and not what stands before it")
	}
	// A proxy in front makes a loopback address reachable for all.
	if u, err := url.Parse(h.BaseURL); err == nil && !l.guarded(*h) && !isLoopbackHost(u.Hostname()) {
		l.fail("http.base_url", openDoorRemedy, "lets everybody who reaches this host call without a key")
	}
}

// isLoopbackHost reports whether a host name can only mean this machine.
func isLoopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	// Any other name may mean another interface tomorrow.
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

const openDoorRemedy = "set MCP_API_KEY or make a key with `microsoft-mcp-server key create NAME` ([[http.api_keys]]), or let people in with [http.entra] or [http.oauth], or listen on 127.0.0.1"

// apiKeys returns the file's keys and the ancestor's.
func (l *loader) apiKeys() []APIKey {
	var keys []APIKey
	for i, r := range l.raw.HTTP.APIKeys {
		at := indexKey("http.api_keys", i)
		k := APIKey{Name: r.Name, Profiles: r.Profiles, Expires: r.Expires.Time, ReadOnly: r.ReadOnly}
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
	if h.CORS && len(h.AllowedOrigins) == 0 {
		l.fail("http.cors", "name the pages in allowed_origins, or remove it", "opens nothing, as no page is named")
	}
}

// metrics checks the address of the metrics. It tells figures to whoever reaches it, and no secret: it may be beyond
// loopback.
func (l *loader) metrics(h HTTP) {
	const key = "http.metrics_listen"
	switch _, ok := listenHost(h.MetricsListen); {
	case h.MetricsListen == "":
	case !ok:
		l.fail(key, "write an address such as 127.0.0.1:9090", "is not host:port")
	case h.MetricsListen == h.Listen && !strings.HasSuffix(h.Listen, ":0"):
		l.fail(key, "write another, or remove it: /metrics is then served there, to whoever may call", "is the address of the endpoint itself")
	}
}

func (l *loader) tls() TLS {
	const key = "http.tls"
	r := l.raw.HTTP.TLS
	if r == nil {
		return TLS{}
	}
	b := &builder{loader: l, key: key}
	for _, file := range []struct{ field, name string }{{"certificate", r.Certificate}, {"key", r.Key}} {
		switch {
		case file.name == "":
			b.fail(file.field, `write tls = { certificate = "cert.pem", key = "key.pem" }`, "is missing: a certificate and its key go together")
		case strings.ContainsAny(file.name, "\r\n") || strings.Contains(file.name, "-----BEGIN"):
			b.fail(file.field, "put it into a file, and name that", "is not the name of a file")
			return TLS{}
		}
	}
	return TLS{Certificate: b.path("certificate", r.Certificate), Key: b.path("key", r.Key)}
}

// trustedProxies returns whose word about who calls is believed.
func (l *loader) trustedProxies() []netip.Prefix {
	var proxies []netip.Prefix
	for i, s := range l.raw.HTTP.TrustedProxies {
		key := indexKey("http.trusted_proxies", i)
		prefix, err := netip.ParsePrefix(s)
		if ip, ipErr := netip.ParseAddr(s); ipErr == nil && ip.Zone() == "" {
			prefix, err = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()), nil
		}
		switch {
		case err != nil:
			l.fail(key, `write an address or a network, such as "10.0.0.5" or "10.0.0.0/24"`, "is neither an IP address nor a network")
		case prefix != prefix.Masked():
			l.fail(key, "write the network's own address before the slash, such as 10.0.0.0/24", "has bits set beyond the length of the network")
		case prefix.Bits() == 0:
			l.fail(key, "name the proxies themselves", "believes everybody, and so whoever calls could say to be anybody")
		default:
			proxies = append(proxies, prefix)
		}
	}
	return proxies
}
