package door

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is a TLS certificate in two files that may be replaced at any time, as whoever renews certificates does.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	mu      sync.Mutex
	loaded  *tls.Certificate // guarded by mu
	stamp   string           // guarded by mu; of the files that loaded was read from
	failure string           // guarded by mu; what was last logged, "" once the files are good again
	checked time.Time        // guarded by mu
}

// certificateCheck is how often a handshake looks whether the files have changed.
const certificateCheck = 2 * time.Second

func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log, now: time.Now}
	stamp, err := c.look()
	if err != nil {
		return nil, &certificateError{err}
	}
	loaded, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, &certificateError{err}
	}
	c.loaded, c.stamp, c.checked = &loaded, stamp, c.now()
	return c, nil
}

// look returns what tells the files as they are now from others. It is taken before they are read, so that a change in
// between is seen the next time.
func (c *certificate) look() (string, error) {
	stamp := ""
	for _, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return "", err
		}
		stamp += fmt.Sprintf("%d %d ", info.ModTime().UnixNano(), info.Size())
	}
	return stamp, nil
}

// get returns the certificate for a handshake. Where the new files are no pair, such as between the writing of the one and
// of the other, the old certificate stays.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= certificateCheck {
		c.checked = now
		c.renew()
	}
	return c.loaded, nil
}

// renew reads the files if they are others than those in use. Files that could not be read are tried again each time: it
// may be their owner or their mode that was wrong, of which their stamp says nothing. The caller holds mu.
func (c *certificate) renew() {
	stamp, err := c.look()
	if err == nil && stamp == c.stamp {
		c.failure = ""
		return
	}
	var loaded tls.Certificate
	if err == nil {
		loaded, err = tls.LoadX509KeyPair(c.certFile, c.keyFile)
	}
	if err != nil {
		if text := err.Error(); text != c.failure {
			c.failure = text
			c.log.Error("the new TLS certificate cannot be used; the one before it stays", "error", err)
		}
		return
	}
	c.loaded, c.stamp, c.failure = &loaded, stamp, ""
	c.log.Info("a new TLS certificate is in use", "until", loaded.Leaf.NotAfter)
}

// CheckCertificate reports what is wrong with the files of a TLS certificate, before anybody is told that TLS is spoken.
func CheckCertificate(certFile, keyFile string) error {
	if _, err := tls.LoadX509KeyPair(certFile, keyFile); err != nil {
		return &certificateError{err}
	}
	return nil
}

// certificateError says that the server cannot begin without its certificate.
type certificateError struct{ cause error }

func (e *certificateError) Error() string {
	return "the TLS certificate cannot be read: " + e.cause.Error()
}
func (e *certificateError) Unwrap() error { return e.cause }

// Hint says what to do next.
func (e *certificateError) Hint() string {
	return "certificate and key in [http.tls] name PEM files that belong together and that this user can read; the certificate's file has the whole chain"
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}
