package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// maxCertificateFile bounds a file with a key and its chain of certificates, in bytes.
const maxCertificateFile = 1 << 20

// certificate is the kind "certificate".
type certificate struct {
	path     string
	password SecretSource // nil: the file has none

	mu   sync.Mutex // guards what follows
	last time.Time  // when the certificate that was read last expires
}

// Certificate proves an app by the RSA key in the file at path, whose certificate is registered with the app. The
// file is PEM (certificates and one private key: PKCS #1, PKCS #8, or PKCS #8 encrypted with the password) or
// PFX, also called PKCS #12. password is nil where the file has none; one that is not needed is ignored. The file is
// read at each request, so that a renewed certificate is found.
//
// The certificates beside the key's own are sent along as its chain, for apps that trust an issuer and a subject name
// rather than single certificates. Where no password protects the key, the file must be closed to others, as
// [secret.FromFile] has it.
func Certificate(path string, password SecretSource) Credential {
	return &certificate{path: path, password: password}
}

func (c *certificate) open(ctx context.Context, config Config) (proof, error) {
	raw, err := readCredentialFile("certificate", c.path, maxCertificateFile)
	if err != nil {
		return proof{}, err
	}
	var password secret.Text
	if c.password != nil {
		if password, err = c.password.Read(ctx); err != nil {
			return proof{}, fmt.Errorf("reading the password of the certificate file %s: %w", c.path, err)
		}
	}
	read, err := parseCertificateFile(raw, password.Reveal())
	if err != nil {
		return proof{}, c.refuse(config, err)
	}
	if read.open {
		if err := checkClosed(ctx, c.path); err != nil {
			return proof{}, err
		}
	}
	c.mu.Lock()
	c.last = read.chain[0].NotAfter
	c.mu.Unlock()
	if err := c.checkDates(config, read); err != nil {
		return proof{}, err
	}
	cred, err := confidential.NewCredFromCert(read.chain, read.key)
	if err != nil {
		return proof{}, c.refuse(config, errMismatch)
	}
	return proof{msal: cred, hidden: password}, nil
}

// expires returns when the certificate that was read last expires, zero where none was.
func (c *certificate) expires() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// refuse says what is wrong with the file, and what to do.
func (c *certificate) refuse(config Config, err error) error {
	hint := "check certificate of profile {profile}: the file must hold the app's certificate and its private key"
	if e, ok := errors.AsType[*certificateError](err); ok {
		hint = e.remedy
	}
	return &credentialError{message: "using the certificate file " + c.path, cause: err, hint: config.fill(hint)}
}

// checkDates spares Entra a request that it would refuse.
func (c *certificate) checkDates(config Config, read certificateFile) error {
	leaf, now := read.chain[0], config.Now()
	switch {
	case now.After(leaf.NotAfter):
		return &credentialError{
			message: fmt.Sprintf("the certificate in %s expired at %s, and it is %s now", c.path, stamp(leaf.NotAfter), stamp(now)),
			hint: config.fill("renew it: put the new certificate with its key into the file, and upload the certificate (without its key) at {secrets}; " +
				"if the date of now is wrong, set the clock of this machine"),
		}
	case now.Before(leaf.NotBefore):
		return &credentialError{
			message: fmt.Sprintf("the certificate in %s is not valid before %s, and it is %s now", c.path, stamp(leaf.NotBefore), stamp(now)),
			hint:    "set the clock of this machine; if it is right, wait, or use the certificate from before",
		}
	}
	return nil
}

// hideAssertion keeps what MSAL signed for a request out of messages: it proves the app for ten minutes.
func (x *exchange) hideAssertion(req *http.Request) {
	if req.GetBody == nil {
		return
	}
	body, err := req.GetBody()
	if err != nil {
		return
	}
	raw, err := readAll(body)
	if err != nil {
		return
	}
	if form, err := url.ParseQuery(string(raw)); err == nil {
		x.hidden = append(x.hidden, secret.NewText(form.Get("client_assertion")))
	}
}
