package entra

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"slices"
	"strings"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// certificateFile is what a certificate file holds.
type certificateFile struct {
	key   *rsa.PrivateKey
	chain []*x509.Certificate // the key's own first
	open  bool                // no password protects the key
}

// certificateError is what can be wrong with a certificate file. Its text is ours alone: what the parsers say could
// hold a piece of the file. remedy is a template.
type certificateError struct{ message, remedy string }

// Error returns what is wrong.
func (e *certificateError) Error() string { return e.message }

const (
	wholeFile   = "the file must hold both: the certificate that is registered with the app, and the private key it was made with"
	passwordKey = "certificate = { file = \"PATH\", password = { from = \"keyring\" } }"
)

// What can be wrong with a certificate file. Read-only.
var (
	errFormat = &certificateError{"it is neither PEM nor PFX (PKCS #12)",
		"export the certificate with its private key as a .pfx or .pem file, and check certificate of profile {profile}"}
	errBroken = &certificateError{"it is damaged, cut off, or made in a way that is not known here",
		"export the certificate with its private key once more, as PFX with AES-256 and SHA-256, or as PEM"}
	errNoKey         = &certificateError{"it holds a certificate, but no private key", wholeFile}
	errNoCertificate = &certificateError{"it holds a private key, but no certificate", wholeFile}
	errManyKeys      = &certificateError{"it holds more than one private key", "leave only the key of the app's certificate in it"}
	errMismatch      = &certificateError{"its private key is that of another certificate", wholeFile}
	errKind          = &certificateError{"its key is not an RSA key, and this program can sign with no other",
		"make a certificate with an RSA key of 2048 bits or more, and upload it (without its key) at {secrets}"}
	errPasswordMissing = &certificateError{"its key is encrypted, and the profile gives no password",
		"write " + passwordKey + " into profile {profile}, and store the password there"}
	errPasswordWrong = &certificateError{"the password does not open it",
		"store the password that the file was exported with where profile {profile} takes it from"}
	errOldPEM = &certificateError{"its key is encrypted in the old manner of OpenSSL, which protects it badly and is not supported",
		"write the key anew: openssl pkcs8 -topk8 -in OLD -out NEW"}
)

// parseCertificateFile reads a PEM or PFX file. Its errors are *certificateError.
func parseCertificateFile(raw []byte, password string) (read certificateFile, err error) {
	// The parsers of the encrypted formats panic at some damaged files.
	defer func() {
		if recover() != nil {
			read, err = certificateFile{}, errBroken
		}
	}()
	switch {
	case bytes.Contains(raw, []byte(pemBegin)):
		return parsePEM(bytes.TrimPrefix(raw, []byte("\uFEFF")), password)
	case raw[0] == asn1.TagSequence|0x20: // DER, whatever it is of
		return parsePFX(raw, password)
	}
	return certificateFile{}, errFormat
}

// parsePEM reads certificates and one private key (RFC 7468).
func parsePEM(raw []byte, password string) (certificateFile, error) {
	var key any
	var certs []*x509.Certificate
	open, blocks := true, 0
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		blocks++
		switch {
		case block.Type == "CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return certificateFile{}, errBroken
			}
			certs = append(certs, cert)
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			if key != nil {
				return certificateFile{}, errManyKeys
			}
			var err error
			if key, err = parseKey(block, password); err != nil {
				return certificateFile{}, err
			}
			open = block.Type != encryptedKey
		}
	}
	if blocks != bytes.Count(raw, []byte(pemBegin)) { // pem skips blocks that are damaged or cut off
		return certificateFile{}, errBroken
	}
	return match(key, certs, open)
}

const (
	pemBegin     = "-----BEGIN "
	encryptedKey = "ENCRYPTED PRIVATE KEY"
)

// parseKey reads a private key of any of the forms that PEM files have.
func parseKey(block *pem.Block, password string) (key any, err error) {
	switch {
	case block.Headers["DEK-Info"] != "": // RFC 1421, section 4.6.1.3
		return nil, errOldPEM
	case block.Type == encryptedKey && password == "":
		return nil, errPasswordMissing
	case block.Type == encryptedKey && costs(block.Bytes, 0):
		return nil, errBroken
	case block.Type == encryptedKey:
		key, err = pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(password))
		if err != nil && strings.HasSuffix(err.Error(), "incorrect password") {
			return nil, errPasswordWrong
		}
	case block.Type == "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case block.Type == "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default: // EC, DSA, OpenSSH
		return nil, errKind
	}
	if err != nil {
		return nil, errBroken
	}
	return key, nil
}

// parsePFX reads a PKCS #12 file (RFC 7292).
func parsePFX(raw []byte, password string) (certificateFile, error) {
	if strings.ContainsFunc(password, func(r rune) bool { return r > 0xFFFF }) {
		return certificateFile{}, errPasswordWrong // no PFX file can have such a one
	}
	if costs(raw, 0) {
		return certificateFile{}, errBroken
	}
	key, leaf, others, err := pkcs12.DecodeChain(raw, password)
	open := password == ""
	if err != nil && password != "" {
		// A password that is not needed does no harm.
		if k, l, o, e := pkcs12.DecodeChain(raw, ""); e == nil {
			key, leaf, others, err, open = k, l, o, nil, true
		}
	}
	if err != nil {
		return certificateFile{}, explainPFX(raw, password, err)
	}
	return match(key, append([]*x509.Certificate{leaf}, others...), open)
}

// explainPFX says what is wrong with DER that is not a PFX file with one key and its certificates.
func explainPFX(raw []byte, password string, err error) error {
	version3 := bytes.Contains(raw[:min(len(raw), 9)], []byte{asn1.TagInteger, 1, 3}) // behind the length, which has up to six bytes
	_, noCertificate := x509.ParseCertificate(raw)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return errPasswordMissing
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return errPasswordWrong
	case strings.HasSuffix(err.Error(), "private key missing"), noCertificate == nil:
		return errNoKey
	case strings.HasSuffix(err.Error(), "certificate missing"):
		return errNoCertificate
	case strings.HasSuffix(err.Error(), "exactly one key bag"):
		return errManyKeys
	case !version3:
		return errFormat
	}
	return errBroken
}

// match puts the certificate of key first.
func match(key any, certs []*x509.Certificate, open bool) (certificateFile, error) {
	switch {
	case key == nil && len(certs) == 0:
		return certificateFile{}, errFormat
	case key == nil:
		return certificateFile{}, errNoKey
	}
	signer, ok := key.(*rsa.PrivateKey)
	if !ok {
		return certificateFile{}, errKind
	}
	if len(certs) == 0 {
		return certificateFile{}, errNoCertificate
	}
	own := func(c *x509.Certificate) bool { return signer.PublicKey.Equal(c.PublicKey) }
	// One key may have several certificates, the renewed beside the expired: the newest serves.
	var leaf *x509.Certificate
	for _, c := range certs {
		if own(c) && (leaf == nil || c.NotAfter.After(leaf.NotAfter)) {
			leaf = c
		}
	}
	if leaf == nil {
		return certificateFile{}, errMismatch
	}
	chain := append([]*x509.Certificate{leaf}, slices.DeleteFunc(certs, own)...)
	return certificateFile{key: signer, chain: chain, open: open}, nil
}

// checkClosed refuses a file that others can read, by the rules of [secret.FromFile]. That it cannot be taken for
// text, which FromFile says only after these rules, is no fault of a certificate file.
func checkClosed(ctx context.Context, path string) error {
	_, err := secret.FromFile(path).Read(ctx)
	if e, ok := errors.AsType[*secret.Error](err); ok {
		if errors.Is(e, secret.ErrTooLarge) || e.Err != nil && e.Err.Error() == "it is not plain UTF-8 text" {
			return nil
		}
		return &credentialError{message: "the certificate file " + path + " holds a key without a password", cause: e.Err, hint: e.Next}
	}
	return err
}
