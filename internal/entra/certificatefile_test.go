package entra

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

const filePassword = "pässword-of-the-file"

// identity is a key with its certificate.
type identity struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

// Making keys is dear: these are shared, and read-only.
var (
	appIdentity   = sync.OnceValue(func() identity { return newIdentity("app", time.Now(), 24*time.Hour) })
	otherIdentity = sync.OnceValue(func() identity { return newIdentity("other", time.Now(), 24*time.Hour) })
)

func newIdentity(name string, from time.Time, lifetime time.Duration) identity {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return identity{key, certify(name, key.Public(), key, from, lifetime)}
}

// certify makes a certificate for public, signed by key.
func certify(name string, public, key any, from time.Time, lifetime time.Duration) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(from.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: from.Add(-time.Minute), NotAfter: from.Add(lifetime),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return cert
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func certPEM(c *x509.Certificate) []byte { return block("CERTIFICATE", c.Raw) }

func pkcs8DER(key any, password string) []byte {
	der, err := pkcs8.MarshalPrivateKey(key, []byte(password), nil)
	if err != nil {
		panic(err)
	}
	return der
}

// cutShort takes a byte off the end of what is sealed in an encrypted key.
func cutShort(locked []byte) []byte {
	var sealed struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	key, _ := pem.Decode(locked)
	if _, err := asn1.Unmarshal(key.Bytes, &sealed); err != nil {
		panic(err)
	}
	sealed.Data = sealed.Data[:len(sealed.Data)-1]
	der, err := asn1.Marshal(sealed)
	if err != nil {
		panic(err)
	}
	return der
}

func pfx(encoder *pkcs12.Encoder, id identity, password string, chain ...*x509.Certificate) []byte {
	raw, err := encoder.Encode(id.key, id.cert, chain, password)
	if err != nil {
		panic(err)
	}
	return raw
}

// keep writes a file that only its owner can read.
func keep(t *testing.T, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app certificate")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// passwordOf is the source of a password, nil for none.
func passwordOf(password string) SecretSource {
	if password == "" {
		return nil
	}
	return &source{text: secret.NewText(password)}
}

func TestCertificateFiles(t *testing.T) {
	t.Parallel()
	app, other := appIdentity(), otherIdentity()
	pkcs1 := block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(app.key))
	plain := block("PRIVATE KEY", pkcs8DER(app.key, ""))
	locked := block("ENCRYPTED PRIVATE KEY", pkcs8DER(app.key, filePassword))
	scrypted, err := pkcs8.MarshalPrivateKey(app.key, []byte(filePassword), &pkcs8.Opts{
		Cipher: pkcs8.AES128CBC, KDFOpts: pkcs8.ScryptOpts{SaltSize: 8, CostParameter: 1 << 10, BlockSize: 8, ParallelizationParameter: 1}})
	if err != nil {
		t.Fatal(err)
	}
	renewed := certify("app", app.key.Public(), app.key, time.Now(), 48*time.Hour)
	for _, row := range []struct {
		name     string
		raw      []byte
		password string
		chain    []*x509.Certificate
	}{
		{"PKCS #1, certificate first", slices.Concat(certPEM(app.cert), pkcs1), "", []*x509.Certificate{app.cert}},
		{"PKCS #8, key first", slices.Concat(plain, certPEM(app.cert)), "", []*x509.Certificate{app.cert}},
		{"encrypted PKCS #8", slices.Concat(certPEM(app.cert), locked), filePassword, []*x509.Certificate{app.cert}},
		{"scrypt", slices.Concat(certPEM(app.cert), block("ENCRYPTED PRIVATE KEY", scrypted)), filePassword, []*x509.Certificate{app.cert}},
		{"PEM with a password that is not needed", slices.Concat(plain, certPEM(app.cert)), filePassword, []*x509.Certificate{app.cert}},
		{"chain in the wrong order", slices.Concat(certPEM(other.cert), plain, certPEM(app.cert)), "", []*x509.Certificate{app.cert, other.cert}},
		{"renewed beside the old", slices.Concat(certPEM(app.cert), plain, certPEM(renewed)), "", []*x509.Certificate{renewed}},
		{"texts between", slices.Concat([]byte("Bag Attributes\n    friendlyName: app\r\n"), certPEM(app.cert), []byte("Key Attributes: <No Attributes>\n"), plain), "", []*x509.Certificate{app.cert}},
		{"Windows newlines and mark", slices.Concat([]byte("\uFEFF"), bytes.ReplaceAll(slices.Concat(certPEM(app.cert), plain), []byte("\n"), []byte("\r\n"))), "", []*x509.Certificate{app.cert}},
		{"PFX modern", pfx(pkcs12.Modern2023, app, filePassword, other.cert), filePassword, []*x509.Certificate{app.cert, other.cert}},
		{"PFX newest", pfx(pkcs12.Modern2026, app, filePassword), filePassword, []*x509.Certificate{app.cert}},
		{"PFX 3DES", pfx(pkcs12.LegacyDES, app, filePassword), filePassword, []*x509.Certificate{app.cert}},
		{"PFX RC2", pfx(pkcs12.LegacyRC2, app, filePassword), filePassword, []*x509.Certificate{app.cert}},
		{"PFX empty password", pfx(pkcs12.Modern2023, app, ""), "", []*x509.Certificate{app.cert}},
		{"PFX without encryption", pfx(pkcs12.Passwordless, app, ""), "", []*x509.Certificate{app.cert}},
		{"PFX with a password that is not needed", pfx(pkcs12.LegacyDES, app, ""), filePassword, []*x509.Certificate{app.cert}},
		{"PFX open with a password", pfx(pkcs12.Passwordless, app, ""), filePassword, []*x509.Certificate{app.cert}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cred := Certificate(keep(t, row.raw), passwordOf(row.password)).(*certificate)
			if got := cred.expires(); !got.IsZero() {
				t.Errorf("expires %v before anything was read", got)
			}
			got, err := cred.open(t.Context(), testConfig())
			if err != nil {
				t.Fatal(err)
			}
			if got.hidden.Reveal() != row.password {
				t.Error("the password is not hidden")
			}
			if !cred.expires().Equal(row.chain[0].NotAfter) {
				t.Errorf("expires %v, want %v", cred.expires(), row.chain[0].NotAfter)
			}
			read, err := parseCertificateFile(row.raw, row.password)
			if err != nil || !read.key.Equal(app.key) || !slices.EqualFunc(read.chain, row.chain, (*x509.Certificate).Equal) {
				t.Errorf("got %d certificates, error %v; want %d in order", len(read.chain), err, len(row.chain))
			}
		})
	}
}

// unusable is a file that is refused.
type unusable struct {
	name     string
	raw      []byte
	password string
	want     string
	hint     string
}

func (u unusable) check(t *testing.T) {
	t.Parallel()
	path := keep(t, u.raw)
	_, err := Certificate(path, passwordOf(u.password)).open(t.Context(), testConfig())
	wantCredentialError(t, err, path, u.want, u.hint)
	checkCertificateSecrecy(t, err)
}

func TestUnusableCertificateFiles(t *testing.T) {
	t.Parallel()
	app, other := appIdentity(), otherIdentity()
	plain, locked := block("PRIVATE KEY", pkcs8DER(app.key, "")), block("ENCRYPTED PRIVATE KEY", pkcs8DER(app.key, filePassword))
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curveCert := certify("curve", curve.Public(), curve, time.Now(), time.Hour)
	old := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("sealed"),
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}})
	both := slices.Concat(certPEM(app.cert), plain)
	for _, row := range []unusable{
		{"certificate without its key", certPEM(app.cert), "", "no private key", "must hold both"},
		{"key without its certificate", plain, "", "no certificate", "must hold both"},
		{"key of another certificate", slices.Concat(certPEM(other.cert), plain), "", "of another certificate", "must hold both"},
		{"two keys", slices.Concat(both, plain), "", "more than one private key", "leave only"},
		{"wrong password", slices.Concat(certPEM(app.cert), locked), "wrong-password", "the password does not open it", "exported with"},
		{"password missing", slices.Concat(certPEM(app.cert), locked), "", "gives no password", "profile contoso"},
		{"EC key", slices.Concat(certPEM(curveCert), block("PRIVATE KEY", pkcs8DER(curve, ""))), "", "not an RSA key", "https://portal.azure.com/#view/"},
		{"EC key of its own form", slices.Concat(certPEM(curveCert), block("EC PRIVATE KEY", []byte{48})), "", "not an RSA key", "RSA key"},
		{"old encrypted PEM", slices.Concat(certPEM(app.cert), old), filePassword, "old manner of OpenSSL", "openssl pkcs8 -topk8"},
		{"PEM cut off in the key", both[:len(both)-200], "", "damaged, cut off", "export"},
		{"PEM cut off in the certificate", certPEM(app.cert)[:300], "", "damaged, cut off", "export"},
		{"PEM of garbage", block("CERTIFICATE", []byte("gibberish")), "", "damaged, cut off", "export"},
		{"key of garbage", slices.Concat(certPEM(app.cert), block("PRIVATE KEY", []byte("gibberish"))), "", "damaged, cut off", "export"},
		{"sealed key of garbage", slices.Concat(certPEM(app.cert), block("ENCRYPTED PRIVATE KEY", []byte("gibberish"))), filePassword, "damaged, cut off", "export"},
		{"PEM of something else", block("PUBLIC KEY", []byte("x")), "", "neither PEM nor PFX", ".pfx or .pem"},
		{"sealed key cut short", slices.Concat(certPEM(app.cert), block("ENCRYPTED PRIVATE KEY", cutShort(locked))), filePassword, "damaged, cut off", "export"},
		{"text", []byte("hello"), "", "neither PEM nor PFX", ".pfx or .pem"},
		{"UTF-16", []byte("\xff\xfe-\x00-\x00-\x00"), "", "neither PEM nor PFX", ".pfx or .pem"},
		{"empty", nil, "", "it is empty", "its path in the profile"},
		{"too large", make([]byte, maxCertificateFile+1), "", "more than 1048576 bytes", "check its path"},
	} {
		t.Run(row.name, row.check)
	}
}

func TestUnusablePFXFiles(t *testing.T) {
	t.Parallel()
	app, other := appIdentity(), otherIdentity()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curveCert := certify("curve", curve.Public(), curve, time.Now(), time.Hour)
	curvePFX, err := pkcs12.Modern2023.Encode(curve, curveCert, nil, filePassword)
	if err != nil {
		t.Fatal(err)
	}
	store, err := pkcs12.Passwordless.EncodeTrustStore([]*x509.Certificate{app.cert}, "")
	if err != nil {
		t.Fatal(err)
	}
	modern := pfx(pkcs12.Modern2023, app, filePassword)
	for _, row := range []unusable{
		{"PFX wrong password", modern, "wrong-password", "the password does not open it", "exported with"},
		{"PFX password that none has", modern, "wrong-password-😀", "the password does not open it", "exported with"},
		{"PFX password missing", modern, "", "gives no password", `password = { from = "keyring" }`},
		{"PFX legacy password missing", pfx(pkcs12.LegacyDES, app, filePassword), "", "gives no password", "password"},
		{"PFX of another key", pfx(pkcs12.Modern2023, identity{app.key, other.cert}, filePassword), filePassword, "of another certificate", "must hold both"},
		{"PFX without a key", store, "", "no private key", "must hold both"},
		{"PFX with an EC key", curvePFX, filePassword, "not an RSA key", "RSA key"},
		{"PFX cut off", modern[:len(modern)/2], filePassword, "damaged, cut off", "as PFX with"},
		{"DER certificate", app.cert.Raw, "", "no private key", "must hold both"},
		{"DER key", pkcs8DER(app.key, ""), "", "neither PEM nor PFX", ".pfx or .pem"},
		{"DER garbage", []byte{0x30, 0x82, 0xff, 0xff, 1, 2, 3}, "", "neither PEM nor PFX", ".pfx or .pem"},
	} {
		t.Run(row.name, row.check)
	}
}

// checkCertificateSecrecy looks for passwords and pieces of keys.
func checkCertificateSecrecy(t *testing.T, err error) {
	t.Helper()
	der := base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(appIdentity().key))
	for err != nil {
		text := fmt.Sprintf("%v %+v %#v", err, err, err) + strings.Join(stringsIn(err), " ")
		for _, hidden := range []string{filePassword, "wrong-password", der[100:140], "gibberish", "BEGIN"} {
			if strings.Contains(text, hidden) {
				t.Errorf("%q shows %q", text, hidden)
			}
		}
		err = errors.Unwrap(err)
	}
}

// A wrong bit in the number of rounds must not keep a processor busy for hours. Every number in the file that may be
// one is made large in turn.
func TestRoundsAreBounded(t *testing.T) {
	t.Parallel()
	app := appIdentity()
	const rounds = 0x010203 // as DER: 02 03 01 02 03
	seal := func(kdf pkcs8.KDFOpts) []byte {
		der, err := pkcs8.MarshalPrivateKey(app.key, []byte(filePassword), &pkcs8.Opts{Cipher: pkcs8.AES256CBC, KDFOpts: kdf})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for name, row := range map[string]struct {
		der    []byte
		places int
	}{
		"PFX":           {pfx(pkcs12.Modern2023.WithIterations(rounds), app, filePassword), 3}, // the MAC, the certificates, the key
		"PFX 3DES":      {pfx(pkcs12.LegacyDES.WithIterations(rounds), app, filePassword), 3},
		"PFX PBMAC1":    {pfx(pkcs12.Modern2026.WithIterations(rounds), app, filePassword), 3},
		"encrypted key": {seal(pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: rounds, HMACHash: crypto.SHA256}), 1},
	} {
		if costs(row.der, 0) {
			t.Errorf("%s: refused as it is", name)
		}
		number, found := []byte{2, 3, 1, 2, 3}, 0
		for i := range row.der {
			if !bytes.HasPrefix(row.der[i:], number) {
				continue
			}
			found++
			if bad := slices.Concat(row.der[:i], []byte{2, 3, 0x7f, 0xff, 0xff}, row.der[i+5:]); !costs(bad, 0) {
				t.Errorf("%s: 8 million rounds are let through at %d", name, i)
			}
		}
		if found != row.places {
			t.Errorf("%s: found %d numbers of rounds, want %d", name, found, row.places)
		}
	}
	if !costs(seal(pkcs8.ScryptOpts{SaltSize: 8, CostParameter: 1 << 14, BlockSize: 8, ParallelizationParameter: 17}), 0) {
		t.Error("scrypt is not bounded")
	}
	if der, err := asn1.Marshal(struct {
		Salt    []byte
		N, R, P int
	}{[]byte("salt"), 1 << 20, 8, 1}); err != nil || !costs(der, 0) {
		t.Error("scrypt's memory is not bounded", err)
	}
}

// Damaged files must not end the program: the parsers of encrypted formats panic at some.
func FuzzCertificateFile(f *testing.F) {
	app := appIdentity()
	f.Add(pfx(pkcs12.Modern2023.WithIterations(1), app, filePassword), filePassword)
	f.Add(pfx(pkcs12.LegacyDES.WithIterations(1), app, ""), "")
	f.Add(slices.Concat(certPEM(app.cert), block("ENCRYPTED PRIVATE KEY", pkcs8DER(app.key, filePassword))), filePassword)
	f.Add(slices.Concat(certPEM(app.cert), block("PRIVATE KEY", pkcs8DER(app.key, ""))), "")
	f.Fuzz(func(t *testing.T, raw []byte, password string) {
		if len(raw) == 0 {
			return // refused before
		}
		read, err := parseCertificateFile(raw, password)
		if err == nil && (read.key == nil || !read.key.PublicKey.Equal(read.chain[0].PublicKey)) {
			t.Error("accepted a key without its certificate")
		}
		if _, ok := errors.AsType[*certificateError](err); err != nil && !ok {
			t.Errorf("got %v, want our own words", err)
		}
	})
}
