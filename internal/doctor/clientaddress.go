package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
)

// Clients that call over HTTP. What is asked holds nothing of an entry but the address, and that without a query, in which a
// key may stand; likewise what is said.

// address looks at an entry for an address.
func (c Clients) address(client Client, calls map[string]Finding) Finding {
	f := calls[client.URL]
	if f.State == OK && client.KeyEnv != "" && !c.Set(client.KeyEnv) {
		return Finding{Warning, "it takes its API key from " + client.KeyEnv + ", which is not set here; whether it is where the client starts, only the client knows",
			"set " + client.KeyEnv + " to the key where the client starts, unless it is set there"}
	}
	return f
}

// callAll calls the addresses of all entries, each once, and returns what came of it by the address.
func (c Clients) callAll(ctx context.Context, clients []Client) map[string]Finding {
	var mu sync.Mutex // guards calls
	calls := map[string]Finding{}
	var running sync.WaitGroup
	asked := map[string]bool{}
	for _, client := range clients {
		if client.URL == "" || client.Command != "" || client.Off || asked[client.URL] {
			continue
		}
		asked[client.URL] = true
		running.Go(func() {
			f := c.call(ctx, client.URL)
			mu.Lock()
			defer mu.Unlock()
			calls[client.URL] = f
		})
	}
	running.Wait()
	return calls
}

// call asks at an address whether a server of ours is there.
func (c Clients) call(ctx context.Context, raw string) Finding {
	const whole = again + " --http URL, with the whole address, such as https://mcp.example.com/mcp"
	if strings.Contains(raw, "${") || strings.Contains(raw, "{env:") {
		return Finding{Warning, "its address is made of variables that only the client knows", whole}
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return Finding{Wrong, "the address that its entry names is no http or https URL", whole}
	}
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	state := Warning // there may be a proxy, or a certificate, that only the client knows
	if u.Scheme == "http" && isLoopback(u.Hostname()) {
		state = Wrong
	}
	limited, cancel := context.WithTimeout(ctx, inOne/3)
	defer cancel()
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}
	resp, err := knock(limited, transport, bare.String())
	switch {
	case err != nil:
		return unanswered(state, bare.String(), err)
	case resp.StatusCode == http.StatusNotFound:
		return Finding{state, "there is nothing at the address that its entry names, " + bare.String(), "correct the address, whose path is /mcp where nothing in front changes that: " + install + " --http URL"}
	}
	health := bare
	health.Path, health.RawPath = strings.TrimSuffix(strings.TrimSuffix(bare.Path, "/"), "/mcp")+"/health", ""
	if status, body, err := get(limited, transport, health.String()); err != nil || status != http.StatusOK || !c.Ours(string(body)) {
		return Finding{Warning, "something answers at " + bare.String() + ", and does not say at " + health.String() + " that it is a server of ours",
			"see which program it is; a proxy in front may keep /health to itself"}
	}
	return Finding{State: OK}
}

// unanswered says why an address gave no answer.
func unanswered(state State, address string, err error) Finding {
	f := Finding{state, "nothing answers at the address that its entry names, " + address + ": " + plain(err), "start the server: microsoft-mcp-server http; or correct the address: " + install + " --http URL"}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		f.Do = "have the server show a certificate for this name of a CA that this machine knows"
	}
	return f
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
