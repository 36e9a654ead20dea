package entrasim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"time"
)

// signingKey is a key with which tokens are signed, in its certificate, by whose thumbprint it is named.
type signingKey struct {
	id          string
	private     *rsa.PrivateKey
	certificate []byte // DER
}

// newSigningKey makes a key. That takes a tenth of a second.
func newSigningKey() signingKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the documentation of crypto/rand: it never fails
	}
	now := time.Now()
	form := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "accounts.accesscontrol.windows.net"},
		NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(5, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		panic(err) // the form is complete and the key fits
	}
	sum := sha1.Sum(der)
	return signingKey{base64.RawURLEncoding.EncodeToString(sum[:]), key, der}
}

// makeKey makes the first signing key.
func (e *Entra) makeKey() {
	k := newSigningKey()
	e.mu.Lock()
	e.keys = []signingKey{k}
	e.mu.Unlock()
	close(e.keyMade)
}

// published returns the keys that tokens may be signed with, the one of new tokens first. The caller only reads it.
func (e *Entra) published() []signingKey {
	<-e.keyMade
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.keys
}

// RotateKeys signs from now on with a new key. Those of before stay published, as at Entra, so that tokens that were
// signed with them stay good, until [Entra.RetireKeys].
func (e *Entra) RotateKeys() {
	<-e.keyMade
	k := newSigningKey()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys = append([]signingKey{k}, e.keys...)
}

// RetireKeys publishes only the newest key from now on.
func (e *Entra) RetireKeys() {
	<-e.keyMade
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys = e.keys[:1:1]
}
