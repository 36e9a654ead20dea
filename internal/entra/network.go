package entra

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const transientHint = "wait a moment and try again; if it stays, look at Microsoft's service health"

// unanswered makes an *Error of an exchange that brought no whole answer.
func (x *exchange) unanswered(said *answer) *Error {
	err := said.err
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the rest repeats method and URL
	}
	e := &Error{Status: said.status, CorrelationID: identifier(said.requestID), cause: err, doing: "asking " + said.host + " for a token"}
	message, hint, c := describeNetwork(err)
	e.Message, e.hint, e.class = tidy(x.hide(message)), x.config.fill(hint), c
	if x.shows(err.Error()) {
		e.cause = nil
	}
	return e
}

// strangeHint is the remedy where something answers that is no authority.
func (c Config) strangeHint(cl class, host string) string {
	if cl == transient {
		return transientHint
	}
	return c.fill("something between here and " + host + " may answer in its place (a proxy, a firewall, a sign-in page of the network): " +
		"check HTTPS_PROXY and the cloud of profile {profile}")
}

// describeNetwork says what is wrong with a connection, what to do, and whether
// it may pass by itself.
func describeNetwork(err error) (message, hint string, c class) {
	if errors.Is(err, errForeignHost) {
		return "its metadata sends requests for tokens to another host or away from https, which is refused",
			"check the cloud of profile {profile}: the authority must be the host that issues the tokens", permanent
	}
	if errors.Is(err, errTooLarge) {
		return fmt.Sprintf("the authority answered more than %d bytes, which is not a token", maxBody),
			"check HTTPS_PROXY and the cloud of profile {profile}", permanent
	}
	if message, hint, ok := describeTLS(err); ok {
		return message, hint, permanent
	}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return "the server has too many files and connections open",
			"raise its limit of open files (ulimit -n; LimitNOFILE= in a systemd unit), or try again in a moment", transient
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "looking up " + dns.Name + ": " + dns.Err,
			"check this machine's name resolution and the cloud of profile {profile}; behind a proxy, set HTTPS_PROXY", transient
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		return "the proxy cannot be reached: " + op.Err.Error(), "check HTTPS_PROXY and NO_PROXY", transient
	}
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return "the request was given up", "try again", transient
	case ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded):
		return "there was no answer in time", "check the connection of this machine; behind a proxy, set HTTPS_PROXY", transient
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.HasPrefix(err.Error(), "stream error: "): // of HTTP/2
		return "the connection was cut before the answer was whole, so it is not a token", transientHint, transient
	}
	return err.Error(), "check the connection of this machine; behind a proxy, set HTTPS_PROXY", transient
}

// describeTLS is describeNetwork for what a certificate or its absence causes.
func describeTLS(err error) (message, hint string, ok bool) {
	const inspected = "if a proxy or firewall inspects TLS here, or the authority has a CA of its own, set ca_file of profile {profile} to that CA's PEM file"
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "its certificate is not valid at " + time.Now().UTC().Format(time.RFC3339) + ", the time of this machine",
			"check the clock of this machine first; " + inspected, true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the certificate is another host's",
			"something else answers under this name: check HTTPS_PROXY, the network's sign-in page and the cloud of profile {profile}", true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate comes from a CA that is not trusted here", inspected, true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return "it does not speak TLS", "check HTTPS_PROXY and the cloud of profile {profile}: the authority must be https", true
	}
	return "", "", false
}
