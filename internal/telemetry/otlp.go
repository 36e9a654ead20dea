package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// otlp sends spans to a collector, as binary protobuf over HTTP:
// https://opentelemetry.io/docs/specs/otlp/#otlphttp
type otlp struct {
	settings  settings
	transport http.RoundTripper
	wait      func(context.Context, time.Duration) error
}

func newOTLP(s settings) *otlp {
	return &otlp{settings: s, wait: wait, transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: s.tls,
		TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: 90 * time.Second, MaxIdleConns: 1, ForceAttemptHTTP2: true}}
}

// CollectorError is a collector that did not take spans. It names the host alone: the rest of the address, and the
// headers, may hold a key.
type CollectorError struct {
	Host   string
	Status int // 0: it did not answer
	Err    error
}

// Error names the host and the cause.
func (e *CollectorError) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("sending traces to %s: HTTP %d", e.Host, e.Status)
	}
	return fmt.Sprintf("sending traces to %s: %v", e.Host, e.Err)
}

// Unwrap returns the cause.
func (e *CollectorError) Unwrap() error { return e.Err }

// Hint says where to look.
func (e *CollectorError) Hint() string {
	switch {
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		return "check the key in OTEL_EXPORTER_OTLP_HEADERS"
	case e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed:
		return "check the path of OTEL_EXPORTER_OTLP_ENDPOINT: /v1/traces is added to it, and nothing to OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	}
	return "check OTEL_EXPORTER_OTLP_ENDPOINT, and that a collector listens there for HTTP (usually port 4318; 4317 is for gRPC)"
}

// The tries to send one batch, and what is waited before the second one; each further wait is twice as long.
const (
	mostTries  = 4
	firstPause = time.Second
)

// export sends one batch. It tries again where the specification says that this may help, within ctx.
func (o *otlp) export(ctx context.Context, spans []*span, resource []attribute) error {
	body, err := o.pack(encodeSpans(spans, resource, o.settings.version))
	if err != nil {
		return fmt.Errorf("packing spans: %w", err)
	}
	for try := 1; ; try++ {
		pause, err := o.post(ctx, body)
		if err == nil || pause < 0 || try == mostTries {
			return err
		}
		if o.wait(ctx, max(pause, firstPause<<(try-1))) != nil {
			return err
		}
	}
}

func (o *otlp) pack(plain []byte) ([]byte, error) {
	if !o.settings.gzip {
		return plain, nil
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

// post sends a body once. The pause is what to wait before another try; less than 0 where there should be none.
func (o *otlp) post(ctx context.Context, body []byte) (pause time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.settings.timeout)
	defer cancel()
	host := o.settings.endpoint.Host
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.settings.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return -1, &CollectorError{Host: host, Err: errors.New("the address cannot be asked")}
	}
	r.Header.Set("User-Agent", "microsoft-mcp-server/"+o.settings.version)
	for name, values := range o.settings.headers {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	if o.settings.gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	// Not an http.Client: that would follow a redirect with the headers, and repeats addresses in errors.
	resp, err := o.transport.RoundTrip(r)
	if err != nil {
		return 0, &CollectorError{Host: host, Err: withoutURL(err)}
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return time.Duration(min(max(seconds, 0), 3600)) * time.Second, &CollectorError{Host: host, Status: resp.StatusCode}
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return -1, &CollectorError{Host: host, Status: resp.StatusCode}
	}
	return 0, nil
}

// withoutURL takes the address off the standard library's errors.
func withoutURL(err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if strings.Contains(err.Error(), "malformed") {
		return errors.New("the answer is not HTTP as it should be") // the error would repeat a piece of it
	}
	return err
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// readTLS reads whom to trust, and who we are to a collector that asks.
func readTLS(e environ) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if variable, path := e.otlp("CERTIFICATE"); path != "" {
		pem, err := os.ReadFile(path)
		config.RootCAs = x509.NewCertPool()
		if err != nil || !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &SettingError{Variable: variable, Problem: "the file holds no certificate that can be read", Remedy: "name a file in PEM that this process may read"}
		}
	}
	variable, certificate := e.otlp("CLIENT_CERTIFICATE")
	_, key := e.otlp("CLIENT_KEY")
	if certificate == "" && key == "" {
		return config, nil
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil { // it may name pieces of the key
		return nil, &SettingError{Variable: variable, Problem: "the certificate and its key cannot be read, or do not belong together",
			Remedy: "set both OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY to files in PEM that this process may read"}
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}
