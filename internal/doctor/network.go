package doctor

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Network is how this machine reaches others.
type Network struct {
	getenv func(string) string
	proxy  func(*http.Request) (*url.URL, error)
	lookup func(ctx context.Context, host string) ([]string, error)
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	now    func() time.Time
}

// NewNetwork returns the network as the program uses it: with the proxies that the environment names.
func NewNetwork(getenv func(string) string) *Network {
	return &Network{getenv: getenv, proxy: http.ProxyFromEnvironment, lookup: net.DefaultResolver.LookupHost,
		dial: (&net.Dialer{}).DialContext, now: time.Now}
}

// Cloud is a set of hosts that profiles speak to.
type Cloud struct {
	Profiles  []string
	Authority string            // https origin of Microsoft Entra
	APIs      []string          // https origins of Microsoft Graph, and of Azure Resource Manager where it is used
	Transport http.RoundTripper // as the profiles' calls go: with their proxy, and their further CA
	CAFile    string            // that CA's; "" where there is none
}

// origins are all hosts.
func (c Cloud) origins() []string { return append([]string{c.Authority}, c.APIs...) }

// throughProxy returns the proxy that leads to an origin; nil where none does.
func (n *Network) throughProxy(origin string) (*url.URL, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	return n.proxy(&http.Request{Method: http.MethodHead, URL: u})
}

// How wrong a clock may be: Entra takes five minutes; a minute shows that nobody sets it.
const (
	muchSkew = 5 * time.Minute
	someSkew = time.Minute
)

// clock compares the clock of this machine with that of Entra.
func (n *Network) clock(ctx context.Context, c Cloud) Finding {
	there, here, err := n.timeAt(ctx, c.Authority)
	if err != nil {
		return Finding{State: Skipped, Text: "nobody to compare the time with: " + hostOf(c.Authority) + " gave no answer"}
	}
	skew := here.Sub(there).Round(time.Second)
	way := "ahead of"
	if skew < 0 {
		skew, way = -skew, "behind"
	}
	const remedy = "set the clock of this machine, and have it set by itself (NTP)"
	text := "it is " + skew.String() + " " + way + " that of " + hostOf(c.Authority)
	switch {
	case skew > muchSkew:
		return Finding{State: Wrong, Text: text + ", and tokens are refused beyond 5 minutes", Do: remedy}
	case skew > someSkew:
		return Finding{State: Warning, Text: text, Do: remedy}
	}
	return Finding{State: OK, Text: "it goes with that of " + hostOf(c.Authority)}
}

// timeAt returns the time at an origin, and here in the middle of asking. The certificate is not verified, as to a clock
// that is wrong every certificate is; whoever lies here makes us tell of a wrong clock, and no more.
func (n *Network) timeAt(ctx context.Context, origin string) (there, here time.Time, err error) {
	transport := &http.Transport{Proxy: n.proxy, DialContext: n.dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above
		DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}
	began := n.now()
	resp, err := knock(ctx, transport, origin+"/")
	if err != nil {
		return there, here, err
	}
	here = began.Add(n.now().Sub(began) / 2)
	there, err = http.ParseTime(resp.Header.Get("Date"))
	return there, here, err
}

// knock asks for the head of a page, without following anything, and closes what comes.
func knock(ctx context.Context, transport http.RoundTripper, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	return resp, resp.Body.Close()
}

// hostOf is the host, with its port where that matters, of an origin.
func hostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return strings.TrimSuffix(host, "/")
}
