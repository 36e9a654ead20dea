package entra

import (
	"encoding/base64"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// The ways in which an app proves itself, against the embedded tenant: it checks what it is sent as Entra does.

const workload = "system:serviceaccount:default:mcp"

// call asks Graph with a token and returns the status and the claims challenge, "" where there is none.
func call(t *testing.T, tenant *sandbox.Tenant, token string) (status int, challenge string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tenant.GraphURL()+"/v1.0/users?$top=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := sandboxtest.Client(t, tenant).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if found := regexp.MustCompile(`claims="([^"]+)"`).FindStringSubmatch(resp.Header.Get("WWW-Authenticate")); found != nil {
		raw, err := base64.StdEncoding.DecodeString(found[1])
		if err != nil {
			t.Fatal(err)
		}
		challenge = string(raw)
	}
	return resp.StatusCode, challenge
}

func wantStatus(t *testing.T, tenant *sandbox.Tenant, token string, want int) {
	t.Helper()
	if got, _ := call(t, tenant, token); got != want {
		t.Errorf("Graph answered %d, want %d", got, want)
	}
}

// overwrite replaces what is in a file.
func overwrite(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantRefusal checks Entra's code and what the remedy names.
func wantRefusal(t *testing.T, e *Error, code, hint string) {
	t.Helper()
	t.Log(e, "|", e.Hint())
	if e.Code != code || !strings.Contains(e.Hint(), hint) || strings.ContainsAny(e.Hint(), "{}") {
		t.Errorf("got %v, hint %q; want %s and %q", e, e.Hint(), code, hint)
	}
}

func TestCertificateProvesTheApp(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	tenant.RegisterCertificate(sandbox.ClientID, appIdentity().cert)
	for name, form := range map[string]func(identity) []byte{
		"PEM": func(id identity) []byte {
			return slices.Concat(certPEM(id.cert), block("ENCRYPTED PRIVATE KEY", pkcs8DER(id.key, filePassword)))
		},
		"PFX": func(id identity) []byte { return pfx(pkcs12.Modern2023, id, filePassword) },
	} {
		path := keep(t, form(appIdentity()))
		f := prove(t, tenant, nil, Certificate(path, passwordOf(filePassword)))
		wantStatus(t, tenant, f.get(), http.StatusOK)
		renewed := newIdentity(name, time.Now(), 24*time.Hour)
		overwrite(t, path, form(renewed))
		f.clock.advance(time.Hour)
		wantRefusal(t, f.fail(f.graph()), "AADSTS700027", "Certificates")
		tenant.RegisterCertificate(sandbox.ClientID, renewed.cert)
		f.clock.advance(memoryOfConfig)
		wantStatus(t, tenant, f.get(), http.StatusOK)
		f.wantRequests(3)
	}
}

func TestFederatedTokenProvesTheApp(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	path := keep(t, []byte(tenant.FederatedToken(workload, time.Hour)))
	f := prove(t, tenant, nil, FederatedToken(path))
	wantRefusal(t, f.fail(f.graph()), "AADSTS700211", "Federated credentials")
	tenant.AddFederatedCredential(sandbox.ClientID, sandbox.FederatedIssuer, workload, sandbox.FederatedAudience)
	f.clock.advance(memoryOfConfig)
	first := f.get()
	wantStatus(t, tenant, first, http.StatusOK)

	overwrite(t, path, []byte(tenant.FederatedToken("system:serviceaccount:default:other", 3*time.Hour)))
	f.clock.advance(time.Hour)
	wantRefusal(t, f.fail(f.graph()), "AADSTS700213", "Federated credentials")
	overwrite(t, path, []byte(tenant.FederatedToken(workload, 3*time.Hour)))
	f.clock.advance(memoryOfConfig)
	if second := f.get(); second == first {
		t.Error("the rotated token brought no new access token")
	}
}

// Continuous access evaluation: the call that met a challenge goes through with the token that answers it.
func TestChallengesAreAnsweredByEveryProof(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	app := appIdentity()
	tenant.RegisterCertificate(sandbox.ClientID, app.cert)
	tenant.AddFederatedCredential(sandbox.ClientID, sandbox.FederatedIssuer, workload, sandbox.FederatedAudience)
	for name, cred := range map[string]Credential{
		"client secret":   nil,
		"certificate":     Certificate(keep(t, pfx(pkcs12.LegacyDES, app, filePassword)), passwordOf(filePassword)),
		"federated token": FederatedToken(keep(t, []byte(tenant.FederatedToken(workload, time.Hour)))),
	} {
		f := prove(t, tenant, nil, cred)
		token := f.get()
		tenant.ChallengeTokens()
		status, challenge := call(t, tenant, token)
		if status != http.StatusUnauthorized || challenge == "" {
			t.Fatalf("%s: Graph answered %d and the challenge %q", name, status, challenge)
		}
		answer := f.ask(Request{Audience: tenant.GraphURL(), Claims: challenge, Rejected: token})
		wantStatus(t, tenant, answer, http.StatusOK)
		f.wantRequests(2)
	}
}

func TestManagedIdentityOfTheTenant(t *testing.T) {
	tenant := sandboxtest.Start(t, sandbox.Options{})
	url, header := tenant.ManagedIdentity()
	on(t, map[string]string{"IDENTITY_ENDPOINT": url, "IDENTITY_HEADER": header})
	for _, clientID := range []string{"", sandbox.UserIdentityClientID} {
		m := newMachine(t, clientID, nil)
		ask := func(r Request) string {
			t.Helper()
			r.Audience = tenant.GraphURL()
			token, err := m.Token(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		token := ask(Request{})
		wantStatus(t, tenant, token, http.StatusOK)
		tenant.RevokeTokens()
		wantStatus(t, tenant, token, http.StatusUnauthorized)
		wantStatus(t, tenant, ask(Request{Rejected: token}), http.StatusOK)
		got, err := m.Status(t.Context(), tenant.GraphURL())
		want := clientID
		if want == "" {
			want = sandbox.SystemIdentityClientID
		}
		if err != nil || got.ClientID != want || got.TenantID != tenant.TenantID() || !slices.Contains(got.Permissions, "User.Read.All") {
			t.Errorf("got %+v, %v; want the identity %s", got, err, want)
		}
	}
	m := newMachine(t, assignedID, nil)
	if err := m.fail(); !strings.Contains(err.Hint(), assignedID) {
		t.Errorf("an unknown identity: got %v, hint %q", err, err.Hint())
	}
	on(t, map[string]string{"IDENTITY_ENDPOINT": url, "IDENTITY_HEADER": "wrong"})
	if err := newMachine(t, "", nil).fail(); err.Status != http.StatusUnauthorized {
		t.Errorf("with a wrong header: got %v", err)
	}
}
