package e2e

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// The official TypeScript client signs people in with a real Chromium, who then act as themselves.

// freeAddress is one of loopback on which nothing listens. A server that people come back to has to know its address
// before it starts. The port is none of those that operating systems give to connections: with many of them, one would
// have it before the server does.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+mathrand.N(20_000)))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// serveCallers starts a server for people at an address, with further tables in its configuration. It says all that it
// ever says, and at the test's end nothing that is secret may be among it.
func serveCallers(t *testing.T, tenant *sandbox.Tenant, address, tables string, env ...string) (url string, secrets *whispers) {
	t.Helper()
	secrets = &whispers{}
	config := sandboxtest.CallersProfile(t, tenant, "e2e", tables)
	p := start(t, environment(t, append(env, "MICROSOFT_MCP_CONFIG="+config)...), "http", "--listen", address, "--log-level", "debug")
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		checkKept(t, "the log", p.stderr.String()+p.stdout.String(), secrets.known(tenant))
		secrets.checkAnswers(t, tenant)
	})
	return p.endpoint(t), secrets
}

// oauthTables make the server an authorization server in front of the tenant's Entra.
func oauthTables(address, more string) string {
	return fmt.Sprintf("[http]\nbase_url = \"http://%s\"\n\n[http.oauth]\nprofile = \"e2e\"\n%s", address, more)
}

// checkIsThem fails unless both calls have been answered as the person, and the second one with new tokens.
func checkIsThem(t *testing.T, tenant *sandbox.Tenant, got authorized, upn string) {
	t.Helper()
	if got.Error != "" {
		t.Fatalf("the authorization is refused: %s: %s", got.Error, got.Message)
	}
	for when, r := range map[string]toolResult{"before": got.Before, "after": got.After} {
		if r.IsError || !strings.Contains(r.text(), upn) {
			t.Errorf("%s the renewal /me is not %s: %s", when, upn, r.text())
		}
	}
	if got.Answers != 1 || got.Saves != 2 || len(got.Pages) != 1 || len(got.Tokens) != 4 || got.Tokens[0] == got.Tokens[2] {
		t.Errorf("%d answers, %d times tokens, %d addresses to open, %d tokens; want 1, 2, 1 and 4, of which the third is new", got.Answers, got.Saves, len(got.Pages), len(got.Tokens))
	}
	if !slices.Contains(got.Tools, "microsoft_graph") || !strings.Contains(strings.Join(got.Pages, ""), "The client has its answer: 1") {
		t.Errorf("got the tools %q, and the browser shows %q", got.Tools, got.Pages)
	}
}

// whoAmI is a call that tells who acts.
func whoAmI() map[string]any { return graphCall("/me?$select=userPrincipalName") }

// people are who signs in, by era: two at once at the same server.
func people() map[string]string {
	return map[string]string{legacy: sandbox.MemberUPN, modern: sandbox.AdminUPN}
}

// Clients that nobody has registered register by themselves with us. What they get is ours, and nothing of Entra's.
func TestTypeScriptClientSignsInThroughUs(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	tenant, address := sandboxtest.Start(t, sandbox.Options{}), freeAddress(t)
	tenant.RegisterAPI(sandbox.API{Redirects: []string{"http://" + address + "/oauth/callback"}})
	url, secrets := serveCallers(t, tenant, address, oauthTables(address, ""))
	for era, upn := range people() {
		t.Run(era, func(t *testing.T) {
			t.Parallel()
			got := authorize(t, target{Era: era, URL: url}, authorization{Call: whoAmI()}, nil, chromium(t, upn))
			checkIsThem(t, tenant, got, upn)
			checkOurs(t, tenant, got, "http://"+address)
			secrets.add(append(got.Tokens, got.Back["code"])...)
		})
	}
}

// checkOurs fails where something of Entra's was handed out, or the client could not tell who has answered (RFC 9207).
func checkOurs(t *testing.T, tenant *sandbox.Tenant, got authorized, issuer string) {
	t.Helper()
	for _, secret := range tenant.Secrets() {
		if slices.Contains(got.Tokens, secret) || slices.Contains([]string{got.Back["code"], got.ClientID}, secret) {
			t.Error("the client was given a secret of Entra's")
		}
	}
	if got.Back["iss"] != issuer || strings.TrimSuffix(got.Issuer, "/") != issuer {
		t.Errorf("the answer is from %q and the issuer %q, want %q", got.Back["iss"], got.Issuer, issuer)
	}
}

// A person who declines on our page, or changes their mind at Entra's, lets nobody in, and the client is told.
func TestTypeScriptClientIsDeclined(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	tenant, address := sandboxtest.Start(t, sandbox.Options{}), freeAddress(t)
	tenant.RegisterAPI(sandbox.API{Redirects: []string{"http://" + address + "/oauth/callback"}})
	url, _ := serveCallers(t, tenant, address, oauthTables(address, ""))
	for name, refuse := range map[string]sandboxtest.Refuse{"by us": sandboxtest.Decline, "at Entra": sandboxtest.Cancel} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := authorize(t, target{Era: modern, URL: url}, authorization{Call: whoAmI()}, nil, chromium(t, sandbox.MemberUPN, refuse))
			if got.Error != "access_denied" || got.Back["code"] != "" || got.Back["iss"] != "http://"+address || len(got.Tokens) > 0 {
				t.Errorf("got %q, and the browser came back with %v", got.Error, got.Back)
			}
		})
	}
}

// Clients that show who they are by a document of their own site need no registration.
func TestTypeScriptClientWithMetadataDocument(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	tenant, address := sandboxtest.Start(t, sandbox.Options{}), freeAddress(t)
	tenant.RegisterAPI(sandbox.API{Redirects: []string{"http://" + address + "/oauth/callback"}})
	site := newSite(t)
	url, secrets := serveCallers(t, tenant, address, oauthTables(address, fmt.Sprintf("documents = [%q]\n", strings.TrimPrefix(site.url, "https://"))), "SSL_CERT_FILE="+site.ca)
	document := site.url + "/client.json"
	got := authorize(t, target{Era: modern, URL: url}, authorization{Call: whoAmI(), Document: document}, nil, chromium(t, sandbox.MemberUPN))
	checkIsThem(t, tenant, got, sandbox.MemberUPN)
	checkOurs(t, tenant, got, "http://"+address)
	secrets.add(append(got.Tokens, got.Back["code"])...)
	if got.ClientID != document {
		t.Errorf("the client is known as %q, want %q", got.ClientID, document)
	}
}

// site is a client's own, with the document that says who it is.
type site struct{ url, ca string }

func newSite(t *testing.T) site {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"client_id": s.URL + r.URL.Path, "client_name": "A client with a site", "client_uri": s.URL, "token_endpoint_auth_method": "none",
			"redirect_uris": []string{"http://127.0.0.1/callback"}, "grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
		})
	}))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "site.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return site{s.URL, ca}
}

// Clients that are registered at Entra go there themselves: the metadata say where. Their token is for us alone, and we
// act on behalf of who brings it.
func TestTypeScriptClientSignsInAtEntra(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	tenant, address := sandboxtest.Start(t, sandbox.Options{}), freeAddress(t)
	base := "http://" + address
	tenant.RegisterAPI(sandbox.API{URIs: []string{base + "/mcp"}})
	tenant.Consent(sandbox.APIClientID, "User.Read", "Mail.Read")
	tenant.RegisterClient(sandbox.Client{Redirects: []string{"http://localhost/callback"}})
	url, secrets := serveCallers(t, tenant, address, sandboxtest.EntraTables(t, tenant, base, "e2e"))
	for era, upn := range people() {
		t.Run(era, func(t *testing.T) {
			t.Parallel()
			a := authorization{Call: whoAmI(), Host: "localhost", Client: &oauthClient{ID: sandbox.AssistantClientID}}
			got := authorize(t, target{Era: era, URL: url}, a, []string{"NODE_EXTRA_CA_CERTS=" + sandboxtest.CAFile(t, tenant)}, chromium(t, upn))
			checkIsThem(t, tenant, got, upn)
			secrets.add(append(got.Tokens, got.Back["code"])...)
			if want := tenant.LoginURL() + "/" + tenant.TenantID() + "/v2.0"; got.Issuer != want {
				t.Errorf("the client went to %q, want %q", got.Issuer, want)
			}
		})
	}
}
