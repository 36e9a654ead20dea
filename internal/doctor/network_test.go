package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// is checks a finding.
func (f Finding) is(t *testing.T, state State, text, do string) {
	t.Helper()
	if f.State != state || !strings.Contains(f.Text, text) || !strings.Contains(f.Do, do) || state == OK && f.Do != "" || (state == Wrong || state == Warning) && f.Do == "" {
		t.Errorf("got %s: %s; %s\nwant %s: …%s…; …%s…", f.State, f.Text, f.Do, state, text, do)
	}
}

// aNetwork is one without proxies, whose variables are env's.
func aNetwork(env map[string]string) *Network {
	n := NewNetwork(func(name string) string { return env[name] })
	n.proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	return n
}

// maker makes certificates.
type maker struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	root *x509.Certificate
}

func newMaker(t *testing.T) *maker {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	m := &maker{t: t, key: key}
	m.root = m.sign(&x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Inspection CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}, nil)
	return m
}

// sign makes a certificate; parent nil: of itself.
func (m *maker) sign(template, parent *x509.Certificate) *x509.Certificate {
	m.t.Helper()
	if parent == nil {
		parent = template
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, m.key.Public(), m.key)
	if err != nil {
		m.t.Fatal(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		m.t.Fatal(err)
	}
	return made
}

// leaf makes the certificate of a host.
func (m *maker) leaf(host string, until time.Time) *x509.Certificate {
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: until.Add(-48 * time.Hour), NotAfter: until}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	return m.sign(template, m.root)
}

// serve serves with a certificate on loopback.
func (m *maker) serve(leaf *x509.Certificate, handler http.HandlerFunc) string {
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: m.key}}}
	s.StartTLS()
	m.t.Cleanup(s.Close)
	return s.URL
}

// trusting is a transport that knows the maker's CA.
func (m *maker) trusting() http.RoundTripper {
	roots := x509.NewCertPool()
	roots.AddCert(m.root)
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
}

func nothingElse(http.ResponseWriter, *http.Request) {}

func TestClock(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	// Expired, as certificates look to a clock that is wrong.
	origin := m.serve(m.leaf("127.0.0.1", time.Now().Add(-time.Hour)), nothingElse)
	for _, row := range []struct {
		off   time.Duration
		state State
		text  string
	}{
		{0, OK, "goes with that of 127.0.0.1"}, {30 * time.Second, OK, ""}, {-90 * time.Second, Warning, "behind"}, {2 * time.Minute, Warning, "ahead of"},
		{-24 * time.Hour, Wrong, "behind that of"}, {6 * time.Minute, Wrong, "ahead of that of"},
	} {
		n := aNetwork(nil)
		n.now = func() time.Time { return time.Now().Add(row.off) }
		n.clock(t.Context(), Cloud{Authority: origin}).is(t, row.state, row.text, "")
	}
	silent := aNetwork(nil)
	silent.dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no way") }
	silent.clock(t.Context(), Cloud{Authority: origin}).is(t, Skipped, "gave no answer", "")
}

func TestNames(t *testing.T) {
	t.Parallel()
	cloud := Cloud{Authority: "https://login.example", APIs: []string{"https://graph.example", "https://127.0.0.1:1"}}
	for name, row := range map[string]struct {
		lookup     func(host string) ([]string, error)
		proxy      bool
		state      State
		text, todo string
	}{
		"all known":  {func(string) ([]string, error) { return []string{"192.0.2.1"}, nil }, false, OK, "login.example, graph.example", ""},
		"one is not": {func(host string) ([]string, error) { return known(host, "login.example") }, false, Wrong, "there is no host graph.example", "HTTPS_PROXY"},
		"no answer":  {func(string) ([]string, error) { return nil, &net.DNSError{IsTimeout: true} }, false, Wrong, "gives no answer for login.example", "DNS"},
		"filtered":   {func(string) ([]string, error) { return []string{"0.0.0.0"}, nil }, false, Wrong, "login.example leads to 0.0.0.0", "filter"},
		"by a proxy": {func(host string) ([]string, error) { return nil, errors.New("asked for " + host) }, true, OK, "the proxy looks", ""},
	} {
		n := aNetwork(nil)
		n.lookup = func(_ context.Context, host string) ([]string, error) { return row.lookup(host) }
		if row.proxy {
			n.proxy = func(*http.Request) (*url.URL, error) { return url.Parse("http://proxy.example:3128") }
		}
		t.Log(name)
		n.names(t.Context(), cloud).is(t, row.state, row.text, row.todo)
	}
	aNetwork(nil).names(t.Context(), Cloud{Authority: "https://127.0.0.1:1"}).is(t, OK, "no host has a name", "")
}

func known(host, name string) ([]string, error) {
	if host == name {
		return []string{"192.0.2.1"}, nil
	}
	return nil, &net.DNSError{IsNotFound: true}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	good := m.serve(m.leaf("127.0.0.1", time.Now().Add(time.Hour)), nothingElse)
	expired := m.serve(m.leaf("127.0.0.1", time.Now().Add(-time.Hour)), nothingElse)
	other := m.serve(m.leaf("wifi.example", time.Now().Add(time.Hour)), nothingElse)
	closed := httptest.NewServer(nil)
	closed.Close()
	n := aNetwork(nil)
	look := func(c Cloud) Finding { return n.certificates(t.Context(), c) }
	look(Cloud{Authority: good, APIs: []string{good}, Transport: m.trusting()}).is(t, OK, "2 hosts answer, with certificates of Inspection CA", "")
	look(Cloud{Authority: good, Transport: &http.Transport{}}).is(t, Wrong, "of a CA that this machine does not know: CN=Inspection CA", `ca_file = "PATH"`)
	look(Cloud{Authority: good, Transport: &http.Transport{}, CAFile: "/etc/other.pem"}).is(t, Wrong, "CN=Inspection CA", "/etc/other.pem")
	look(Cloud{Authority: good, APIs: []string{expired}, Transport: m.trusting()}).is(t, Wrong, "is not valid at the time", "set the clock")
	look(Cloud{Authority: other, Transport: m.trusting()}).is(t, Wrong, "is another host", "browser")
	look(Cloud{Authority: strings.Replace(closed.URL, "http:", "https:", 1), Transport: m.trusting()}).is(t, Wrong, "cannot be reached: ", "firewall")
}

// closing is a server's address at which nothing listens any more.
func closing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestProxies(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	open, gone := l.Addr().String(), closing(t)
	clouds := []Cloud{{Authority: "https://login.example", APIs: []string{"https://graph.example"}}}
	for _, row := range []struct {
		env        map[string]string
		via        map[string]string // proxies by host
		state      State
		text, todo string
	}{
		{nil, nil, OK, "none is set", ""},
		{map[string]string{"HTTPS_PROXY": "http://ada:pass@" + open}, map[string]string{"login.example": open, "graph.example": open}, OK, "the proxy at " + open + " answers", ""},
		{map[string]string{"https_proxy": open, "NO_PROXY": "graph.example"}, map[string]string{"login.example": open}, OK, "without it go graph.example", ""},
		{map[string]string{"HTTPS_PROXY": "http://ada:pass@" + gone}, map[string]string{"login.example": gone}, Wrong, "the proxy at " + gone + " (HTTPS_PROXY) cannot be reached", "correct HTTPS_PROXY"},
		{map[string]string{"HTTPS_PROXY": "http://ada:pass@:%%"}, nil, Wrong, "is not the URL of a proxy", "http://HOST:PORT"},
		{map[string]string{"HTTPS_PROXY": "ftp://proxy.example"}, nil, Wrong, "is not the URL of a proxy", "http://HOST:PORT"},
		{map[string]string{"HTTPS_PROXY": open, "NO_PROXY": "*"}, nil, OK, "used for none of the hosts", ""},
		{map[string]string{"ALL_PROXY": open}, nil, Warning, "not heeded", "HTTPS_PROXY"},
		{map[string]string{"NO_PROXY": "localhost, 10.0.0.0/8, https://graph.example/"}, nil, Warning, "entry 3 of NO_PROXY", "NO_PROXY="},
	} {
		n := aNetwork(row.env)
		n.proxy = func(r *http.Request) (*url.URL, error) {
			if at := row.via[r.URL.Host]; at != "" {
				return url.Parse("http://ada:pass@" + at)
			}
			return nil, nil
		}
		f := n.proxies(t.Context(), clouds)
		f.is(t, row.state, row.text, row.todo)
		if strings.Contains(f.Text+f.Do, "pass") {
			t.Errorf("the password shows: %s; %s", f.Text, f.Do)
		}
	}
	for raw, want := range map[string]string{"http://p": "p:80", "https://p": "p:443", "socks5://p": "p:1080", "http://[::1]:8": "[::1]:8"} {
		u, err := url.Parse(raw)
		if err != nil || addressOf(u) != want {
			t.Errorf("%s: got %s, error %v", raw, addressOf(u), err)
		}
	}
}

// A proxy that wants a password is no firewall.
func TestProxyThatAsksWhoWeAre(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
	t.Cleanup(proxy.Close)
	to, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	way := &http.Transport{Proxy: http.ProxyURL(to)}
	aNetwork(nil).certificates(t.Context(), Cloud{Authority: "https://login.example", Transport: way}).is(t, Wrong, "wants to know who asks", "USER:PASSWORD")
}

// A setting that cannot be read is not repeated by any check: there may be a password in it.
func TestProxySettingIsNotRepeated(t *testing.T) {
	t.Parallel()
	odd := func(*http.Request) (*url.URL, error) {
		return nil, errors.New("invalid proxy address http://ada:pass@:%")
	}
	n := aNetwork(nil)
	n.proxy = odd
	n.lookup = func(context.Context, string) ([]string, error) { return []string{"192.0.2.1"}, nil }
	c := Cloud{Authority: "https://login.example", Transport: &http.Transport{Proxy: odd}}
	for _, f := range []Finding{n.clock(t.Context(), c), n.names(t.Context(), c), n.certificates(t.Context(), c), n.proxies(t.Context(), []Cloud{c})} {
		if strings.Contains(f.Text+f.Do, "pass") {
			t.Errorf("got %s; %s", f.Text, f.Do)
		}
	}
	n.certificates(t.Context(), c).is(t, Wrong, "HTTPS_PROXY", "http://HOST:PORT")
}

// pemOf writes a certificate.
func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func TestManagedIdentityEndpoint(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	look := func(env map[string]string) Finding { return aNetwork(env).machine(t.Context()) }
	look(map[string]string{"IDENTITY_ENDPOINT": fmt.Sprintf("http://%s/msi/token?secret=x", l.Addr())}).is(t, OK, l.Addr().String()+" (IDENTITY_ENDPOINT) answers", "")
	look(map[string]string{"MSI_ENDPOINT": "http://" + closing(t)}).is(t, Wrong, "nothing answers at", "another credential")
	look(map[string]string{"IDENTITY_ENDPOINT": "x"}).is(t, Wrong, "is not a URL", "")
	n := aNetwork(nil)
	n.dial = func(_ context.Context, _, address string) (net.Conn, error) {
		return nil, errors.New("asked for " + address)
	}
	n.machine(t.Context()).is(t, Wrong, "nothing answers at 169.254.169.254", "Azure portal")
	n.dial = func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		return near, far.Close()
	}
	n.machine(t.Context()).is(t, OK, "virtual machines answers", "")
}
