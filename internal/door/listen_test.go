package door

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/state"
)

// writePair writes a certificate of its own for a name, and its key.
func writePair(t *testing.T, certFile, keyFile, name string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: encoded}} {
		if file == "" {
			continue
		}
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestCertificateIsReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writePair(t, certFile, keyFile, "one.example")
	var log bytes.Buffer
	clock := newTick()
	c, err := newCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	c.now, c.checked = clock.now, clock.Time
	name := func() string {
		t.Helper()
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.Subject.CommonName
	}
	age := func(seconds int) { // so that the files differ from those before on file systems with coarse times, too
		at := clock.Add(time.Duration(seconds) * time.Second)
		for _, file := range []string{certFile, keyFile} {
			if err := os.Chtimes(file, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, step := range []struct {
		name   string
		change func()
		want   string
		logged int
	}{
		{"the first", func() {}, "one.example", 0},
		{"the certificate alone is new", func() { writePair(t, certFile, "", "two.example") }, "one.example", 1},
		{"the same still", func() {}, "one.example", 1},
		{"nonsense", func() { _ = os.WriteFile(certFile, []byte("nonsense"), 0o600) }, "one.example", 2},
		{"no file", func() { _ = os.Remove(certFile) }, "one.example", 3},
		{"a new pair", func() { writePair(t, certFile, keyFile, "three.example") }, "three.example", 3},
	} {
		step.change()
		if step.name != "no file" && step.name != "the same still" {
			age(i * 10)
		}
		clock.pass(certificateCheck - 1)
		before := name()
		clock.pass(1)
		if got := name(); got != step.want || strings.Count(log.String(), "level=ERROR") != step.logged {
			t.Errorf("%s: got %s, before %s\n%s", step.name, got, before, log.String())
		}
	}
}

// Files that cannot be read are tried again, though nothing of them changes: whoever renews them may give them to us a
// moment later.
func TestUnreadableCertificateIsTriedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	writePair(t, certFile, keyFile, "one.example")
	var log bytes.Buffer
	clock := newTick()
	c, err := newCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	c.now, c.checked = clock.now, clock.Time
	writePair(t, certFile, keyFile, "two.example")
	good, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	written := clock.Add(time.Minute)
	put := func(text []byte) { // what is read differs, and the stamp does not: as with a file that only its mode keeps from us
		t.Helper()
		if err := os.WriteFile(keyFile, text, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{certFile, keyFile} {
			if err := os.Chtimes(file, written, written); err != nil {
				t.Fatal(err)
			}
		}
	}
	look := func() string {
		t.Helper()
		clock.pass(certificateCheck)
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.Subject.CommonName
	}
	put(bytes.Repeat([]byte("x"), len(good)))
	for range 3 {
		if got := look(); got != "one.example" {
			t.Fatalf("got %s", got)
		}
	}
	put(good)
	if got := look(); got != "two.example" {
		t.Errorf("the files are good, and %s is served still", got)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("the same failure is logged %d times:\n%s", n, log.String())
	}
	written = written.Add(time.Minute)
	put(bytes.Repeat([]byte("x"), len(good)))
	look()
	if n := strings.Count(log.String(), "level=ERROR"); n != 2 {
		t.Errorf("a failure after a success is logged %d times in all:\n%s", n, log.String())
	}
}

// surface serves nothing.
type surface struct {
	http.Handler
	door *Door
}

func newSurface(r Rules) *surface {
	return &surface{http.NotFoundHandler(), New(House{Store: state.NewMemory()}, r, nil)}
}

func (s *surface) Door() *Door         { return s.door }
func (*surface) EndCalls()             {}
func (*surface) Close(context.Context) {}

func TestServerWithoutItsCertificateDoesNotBegin(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := newSurface(Rules{Listen: "127.0.0.1:0", TLSCertificate: filepath.Join(t.TempDir(), "none.crt"), TLSKey: "none.key"})
	err = Serve(t.Context(), l, h, time.Second)
	hinted, ok := err.(interface{ Hint() string })
	if !ok || hinted.Hint() == "" {
		t.Errorf("got %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the address is still held")
	}
}

func TestTLSIsServed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	roots := x509.NewCertPool()
	roots.AddCert(writePair(t, certFile, keyFile, "mcp.example.com"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := newSurface(Rules{Listen: l.Addr().String(), TLSCertificate: certFile, TLSKey: keyFile})
	ended := make(chan error, 1)
	go func() { ended <- Serve(t.Context(), l, h, time.Second) }()
	for _, tt := range []struct {
		version uint16
		offered []string
		want    string
	}{
		{tls.VersionTLS13, []string{"h2", "http/1.1"}, "h2"},
		{tls.VersionTLS12, []string{"http/1.1"}, "http/1.1"},
		{tls.VersionTLS11, nil, "refused"},
	} {
		conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "mcp.example.com", NextProtos: tt.offered, MinVersion: tls.VersionTLS10, MaxVersion: tt.version})
		got := "refused"
		if err == nil {
			got = conn.ConnectionState().NegotiatedProtocol
			conn.Close()
		}
		if got != tt.want {
			t.Errorf("%x: got %s, want %s (%v)", tt.version, got, tt.want, err)
		}
	}
	select {
	case err := <-ended:
		t.Error(err)
	default:
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		from []string
		want int
	}{
		{"one address", []string{"192.0.2.1", "192.0.2.1", "192.0.2.1"}, 2},
		{"one network", []string{"2001:db8::1", "2001:db8::2", "2001:db8::3"}, 2},
		{"a proxy", []string{"10.0.0.1", "10.0.0.1", "10.0.0.1"}, 3},
		{"this machine", []string{"127.0.0.1", "127.0.0.1", "::1", "::1", "::1"}, 5},
		{"all", []string{"10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "127.0.0.1"}, 8},
	} {
		l := newHeld(nil, newSurface(Rules{MaxConnections: 8}).door, proxies{netip.MustParsePrefix("10.0.0.1/32")}.trusts)
		var taken []netip.Addr
		for _, text := range tt.from {
			if from := netip.MustParseAddr(text); l.take(from) {
				taken = append(taken, from)
			}
		}
		if len(taken) != tt.want {
			t.Errorf("%s: %d are held, want %d", tt.name, len(taken), tt.want)
		}
		for _, from := range taken {
			l.leave(from)
		}
		if l.open != 0 || len(l.openBy) != 0 {
			t.Errorf("%s: something stays behind: %d, %v", tt.name, l.open, l.openBy)
		}
	}
}

// pipe is a connection whose deadlines can be seen.
type pipe struct {
	net.Conn
	deadlines []time.Time
}

func (p *pipe) Write(b []byte) (int, error) { return len(b), nil }
func (p *pipe) SetWriteDeadline(at time.Time) error {
	p.deadlines = append(p.deadlines, at)
	return nil
}
func (p *pipe) Close() error { return nil }

func TestWritesEnd(t *testing.T) {
	t.Parallel()
	p, left := &pipe{}, 0
	c := &heldConn{Conn: p, leave: func() { left++ }}
	for range 1000 {
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.deadlines) != 1 || time.Until(p.deadlines[0]) < WriteLimit {
		t.Errorf("a thousand writes set %d deadlines", len(p.deadlines))
	}
	own := time.Now().Add(time.Hour)
	_ = c.SetWriteDeadline(own)
	_, _ = c.Write([]byte("x"))
	if len(p.deadlines) != 2 || p.deadlines[1] != own {
		t.Error("a deadline that somebody has set is moved")
	}
	_ = c.SetWriteDeadline(time.Time{})
	_, _ = c.Write([]byte("x"))
	if len(p.deadlines) != 4 {
		t.Error("without one, there is none")
	}
	if _ = c.Close(); left != 1 {
		t.Error("the place is kept")
	}
}
