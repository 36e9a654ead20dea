package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// transportFor returns a transport with the limits that a server needs, trusting a further CA where one is given.
// The file is read and checked now; the system's own CAs, which take some milliseconds, with the first request.
func transportFor(caFile string) (http.RoundTripper, error) {
	if caFile == "" {
		return newTransport(), nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return nil, errors.New("there is no certificate in it")
	}
	return &lateTransport{make: sync.OnceValue(func() *http.Transport {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		roots.AppendCertsFromPEM(pem)
		t := newTransport()
		t.TLSClientConfig.RootCAs = roots
		return t
	})}, nil
}

// lateTransport is made when it is first used.
type lateTransport struct {
	make func() *http.Transport
	used atomic.Bool
}

func (t *lateTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.used.Store(true)
	return t.make().RoundTrip(r)
}

// CloseIdleConnections is what [http.Client.CloseIdleConnections] looks for.
func (t *lateTransport) CloseIdleConnections() {
	if t.used.Load() {
		t.make().CloseIdleConnections()
	}
}

func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  100 * time.Second,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    64,
		MaxResponseHeaderBytes: 256 << 10,
	}
}
