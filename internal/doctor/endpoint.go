package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

// Endpoint is where a server listens for MCP clients over HTTP.
type Endpoint struct {
	Listen      string // host:port; an empty host is every interface
	BaseURL     string // how clients reach it, where that differs; "" where it does not
	Certificate string // PEM file; "" without TLS
	// Ours tells by what /health answers whether it is a server of ours.
	Ours func(body string) bool
}

// find looks whether the address is free, or our own server has it, and whether clients reach that.
func (e Endpoint) find(ctx context.Context, now time.Time) Finding {
	if f, ok := e.certificate(now); !ok {
		return f
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", e.Listen)
	switch {
	case err == nil:
		_ = l.Close()
		return Finding{State: OK, Text: e.Listen + " is free"}
	case errors.Is(err, fs.ErrPermission):
		return Finding{State: Wrong, Text: "this user may not listen on " + e.Listen, Do: "choose a port above 1023 in [http] listen, or give the server CAP_NET_BIND_SERVICE"}
	case !errors.Is(err, syscall.EADDRINUSE) && !taken(err):
		return Finding{State: Wrong, Text: fmt.Sprintf("nobody can listen on %s: %s", e.Listen, plain(err)), Do: "write an address of this machine into [http] listen, such as 127.0.0.1:8080"}
	case !e.answers(ctx, e.local(), &tls.Config{InsecureSkipVerify: true}): //nolint:gosec // its certificate is for another name; nothing is sent
		return Finding{State: Wrong, Text: "another program has " + e.Listen, Do: "end it, or choose another port in [http] listen"}
	case e.BaseURL == "":
		return Finding{State: OK, Text: "our server answers on " + e.Listen}
	case !e.answers(ctx, e.BaseURL, nil):
		return Finding{State: Warning, Text: fmt.Sprintf("our server answers on %s, and not at %s from here", e.Listen, e.BaseURL), Do: "see whether the proxy in front and its certificate are right, or correct [http] base_url"}
	}
	return Finding{State: OK, Text: fmt.Sprintf("our server answers on %s and at %s", e.Listen, e.BaseURL)}
}

// taken tells the error of Windows for an address that is in use.
func taken(err error) bool {
	const wsaeaddrinuse = syscall.Errno(10048)
	return errors.Is(err, wsaeaddrinuse)
}

// local is the address as a program on this machine calls it.
func (e Endpoint) local() string {
	host, port, _ := net.SplitHostPort(e.Listen)
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http://"
	if e.Certificate != "" {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, port)
}

// answers asks an address whether a server of ours is there.
func (e Endpoint) answers(ctx context.Context, base string, config *tls.Config) bool {
	limited, cancel := context.WithTimeout(ctx, inOne/3)
	defer cancel()
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}
	if config == nil { // from outside, as a client would
		transport.Proxy = http.ProxyFromEnvironment
	}
	status, body, err := get(limited, transport, base+"/health")
	return err == nil && status == http.StatusOK && e.Ours(string(body))
}

// certificate looks at the certificate of the endpoint itself.
func (e Endpoint) certificate(now time.Time) (Finding, bool) {
	const renew = "renew it: put the new one and its key into the files of [http] tls, which are read anew by themselves"
	if e.Certificate == "" {
		return Finding{}, true
	}
	leaf, err := readCertificate(e.Certificate)
	if err != nil {
		return Finding{State: Wrong, Text: fmt.Sprintf("the certificate of the endpoint, %s, cannot be read: %v", e.Certificate, err), Do: "correct [http] tls: it takes PEM files that this user may read"}, false
	}
	f := until("the certificate of the endpoint, "+e.Certificate, renew, leaf.NotAfter, now)
	return f, f.State == OK
}

// readCertificate reads the first certificate of a PEM file.
func readCertificate(file string) (*x509.Certificate, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, reason(err)
	}
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if strings.Contains(block.Type, "CERTIFICATE") {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, errors.New("there is no certificate in it")
}
