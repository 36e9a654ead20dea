package entra

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

func testConfig() Config {
	return Config{Profile: "contoso", Authority: "https://login.microsoftonline.com", TenantID: "contoso.example", ClientID: "the-app", Now: time.Now}
}

// wantCredentialError checks the words of an error, what it names and the remedy.
func wantCredentialError(t *testing.T, err error, names, want, hint string) {
	t.Helper()
	help, ok := errors.AsType[hinter](err)
	if !ok {
		t.Fatalf("got %v, want an error with a hint", err)
	}
	t.Log(err, "|", help.Hint())
	if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), names) {
		t.Errorf("got %q, want %q and %q in it", err, want, names)
	}
	if !strings.Contains(help.Hint(), hint) || strings.Contains(help.Hint(), "{profile}") || strings.Contains(help.Hint(), "{portal}") {
		t.Errorf("got the hint %q, want %q in it", help.Hint(), hint)
	}
}

func TestCertificateFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	raw := pfx(pkcs12.Modern2023, appIdentity(), filePassword)
	failing := &source{err: &secret.Error{Op: "reading the password", Kind: secret.ErrLocked, Next: "unlock the keyring"}}
	missing := filepath.Join(dir, "missing.pfx")
	_, err := Certificate(missing, nil).open(t.Context(), testConfig())
	wantCredentialError(t, err, missing, "it does not exist", "correct its path")
	_, err = Certificate(dir, nil).open(t.Context(), testConfig())
	wantCredentialError(t, err, dir, "not a regular file", "name a file")
	_, err = Certificate(keep(t, raw), failing).open(t.Context(), testConfig())
	wantCredentialError(t, err, "reading the password of the certificate file", "keyring locked", "unlock the keyring")
	if os.Geteuid() != 0 && runtime.GOOS != "windows" {
		path := keep(t, raw)
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		_, err = Certificate(path, nil).open(t.Context(), testConfig())
		wantCredentialError(t, err, path, "may not read it", "let the user")
	}
}

// Whoever could read a key that no password protects could be the app.
func TestOpenCertificateFileMustBeClosedToOthers(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	app := appIdentity()
	plain := slices.Concat(certPEM(app.cert), block("PRIVATE KEY", pkcs8DER(app.key, "")))
	for _, row := range []struct {
		name     string
		raw      []byte
		password string
		refused  bool
	}{
		{"PEM", plain, "", true},
		{"PEM with a mark", slices.Concat([]byte("\uFEFF"), plain), "", true},
		{"PEM with a password that is not needed", plain, filePassword, true},
		{"large PEM", slices.Concat(plain, bytes.Repeat([]byte("text\n"), 20_000)), "", true},
		{"encrypted PEM", slices.Concat(certPEM(app.cert), block("ENCRYPTED PRIVATE KEY", pkcs8DER(app.key, filePassword))), filePassword, false},
		{"PFX with an empty password", pfx(pkcs12.Modern2023, app, ""), "", true},
		{"PFX with a password that is not needed", pfx(pkcs12.Modern2023, app, ""), filePassword, true},
		{"PFX", pfx(pkcs12.Modern2023, app, filePassword), filePassword, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			path := keep(t, row.raw)
			cred := Certificate(path, passwordOf(row.password))
			if _, err := cred.open(t.Context(), testConfig()); err != nil {
				t.Fatalf("with mode 0600: %v", err)
			}
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := cred.open(t.Context(), testConfig())
			if !row.refused {
				if err != nil {
					t.Errorf("got %v, want no error: the password protects the key", err)
				}
				return
			}
			wantCredentialError(t, err, path, "others can read it (mode 0644)", "chmod 600")
		})
	}
}

func TestCertificateOutsideOfItsTime(t *testing.T) {
	t.Parallel()
	app := appIdentity()
	path := keep(t, slices.Concat(certPEM(app.cert), block("PRIVATE KEY", pkcs8DER(app.key, ""))))
	for _, row := range []struct {
		name string
		now  time.Time
		want string
		hint string
	}{
		{"expired", app.cert.NotAfter.Add(time.Minute), "expired at " + stamp(app.cert.NotAfter), "upload the certificate (without its key) at https://portal.azure.com/#view/"},
		{"not yet valid", app.cert.NotBefore.Add(-time.Hour), "not valid before " + stamp(app.cert.NotBefore), "set the clock"},
	} {
		cred := Certificate(path, nil).(*certificate)
		c := testConfig()
		c.Now = func() time.Time { return row.now }
		_, err := cred.open(t.Context(), c)
		wantCredentialError(t, err, path, row.want, row.hint)
		if !strings.Contains(err.Error(), "it is "+stamp(row.now)+" now") || !cred.expires().Equal(app.cert.NotAfter) {
			t.Errorf("%s: got %v, expires %v", row.name, err, cred.expires())
		}
	}
}

// authority answers a request for a token that is proved by the certificates' keys.
type authority struct {
	t     *testing.T
	key   *rsa.PublicKey
	chain []*x509.Certificate
	audit func(claims jwt.MapClaims)
}

func (a authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		a.t.Error(err)
	}
	if got := r.PostForm.Get("client_assertion_type"); got != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		a.t.Errorf("client_assertion_type = %q", got)
	}
	claims := jwt.MapClaims{}
	parsed, err := jwt.ParseWithClaims(r.PostForm.Get("client_assertion"), claims, func(*jwt.Token) (any, error) { return a.key, nil },
		jwt.WithValidMethods([]string{"PS256"}), jwt.WithExpirationRequired())
	if err != nil {
		a.t.Errorf("the assertion is not signed by the app's key: %v", err)
		return
	}
	sum := sha256.Sum256(a.chain[0].Raw)
	if got, want := parsed.Header["x5t#S256"], base64.StdEncoding.EncodeToString(sum[:]); got != want {
		a.t.Errorf("thumbprint %v, want %v", got, want)
	}
	var sent []string
	for _, c := range a.chain {
		sent = append(sent, base64.StdEncoding.EncodeToString(c.Raw))
	}
	if got := fmt.Sprint(parsed.Header["x5c"]); got != fmt.Sprint(sent) {
		a.t.Error("the chain is not sent along, or in another order")
	}
	a.audit(claims)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "token-by-certificate", "token_type": "Bearer", "expires_in": 3600})
}

func TestCertificateSignsForTheAuthority(t *testing.T) {
	t.Parallel()
	app, other := appIdentity(), otherIdentity()
	path := keep(t, pfx(pkcs12.Modern2023, app, filePassword, other.cert))
	f := prove(t, shared, nil, Certificate(path, passwordOf(filePassword)))
	f.inject(sandbox.Fault{Handler: authority{t, &app.key.PublicKey, []*x509.Certificate{app.cert, other.cert}, func(claims jwt.MapClaims) {
		if claims["iss"] != f.config.ClientID || claims["sub"] != f.config.ClientID || !strings.HasPrefix(fmt.Sprint(claims["aud"]), f.tenant.LoginURL()) {
			t.Errorf("claims %v", claims)
		}
	}}.ServeHTTP})
	if got := f.get(); got != "token-by-certificate" {
		t.Errorf("got the token %q", got)
	}
	if got, err := f.Status(t.Context(), f.tenant.GraphURL()); err != nil || !got.CredentialExpires.Equal(app.cert.NotAfter) {
		t.Errorf("status: credential expires %v, error %v; want %v", got.CredentialExpires, err, app.cert.NotAfter)
	}
	f.ask(Request{Audience: f.tenant.GraphURL(), Claims: `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`})
	if got := f.wire.lastForm().Get("claims"); !strings.Contains(got, `"nbf"`) || !strings.Contains(got, "CP1") {
		t.Errorf("claims %q, want the challenge and the capability", got)
	}
}

// A certificate that is replaced while the server runs is the one that signs the next request.
func TestReplacedCertificateIsFound(t *testing.T) {
	t.Parallel()
	path := keep(t, slices.Concat(certPEM(appIdentity().cert), block("PRIVATE KEY", pkcs8DER(appIdentity().key, ""))))
	f := prove(t, shared, nil, Certificate(path, nil))
	for i, id := range []identity{appIdentity(), otherIdentity()} {
		raw := slices.Concat(certPEM(id.cert), block("PRIVATE KEY", pkcs8DER(id.key, "")))
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		remove := f.inject(sandbox.Fault{Handler: authority{t, &id.key.PublicKey, []*x509.Certificate{id.cert}, func(jwt.MapClaims) {}}.ServeHTTP})
		f.get()
		f.wantRequests(i + 1)
		remove()
		f.clock.advance(58 * time.Minute)
	}
	if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.clock.advance(time.Hour)
	e := f.fail(f.graph())
	if !strings.Contains(e.Error(), "neither PEM nor PFX") || e.class != unread {
		t.Errorf("got %v", e)
	}
	f.wantRequests(2)
}

// An authority of someone's own may repeat what was sent to it.
func TestAssertionIsNotShown(t *testing.T) {
	t.Parallel()
	app := appIdentity()
	f := prove(t, shared, nil, Certificate(keep(t, pfx(pkcs12.Modern2023, app, filePassword)), passwordOf(filePassword)))
	f.inject(sandbox.Fault{Handler: func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_client", "error_description": "bad assertion " + r.PostForm.Get("client_assertion") + " with " + filePassword})
	}})
	e := f.fail(f.graph())
	if assertion := f.wire.lastForm().Get("client_assertion"); assertion == "" || strings.Contains(e.Error(), assertion[:40]) || strings.Contains(e.Error(), filePassword) {
		t.Errorf("got %v", e)
	}
}

func TestCancelledCertificate(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	app := appIdentity()
	if _, err := Certificate(keep(t, pfx(pkcs12.LegacyDES, app, "")), nil).open(ctx, testConfig()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
