// Package sandboxtest brings the embedded tenant into tests: one call starts it and the test's end ends it.
package sandboxtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// Start starts a tenant that is closed when the test has ended.
func Start(tb testing.TB, o sandbox.Options) *sandbox.Tenant {
	tb.Helper()
	t, err := sandbox.Start(o)
	if err != nil {
		tb.Fatalf("starting the sandbox: %v", err)
	}
	tb.Cleanup(func() {
		if err := t.Close(); err != nil {
			tb.Errorf("closing the sandbox: %v", err)
		}
	})
	return t
}

// ProductionNames returns the names of all hosts in Microsoft's clouds, for sandbox.Options.Hosts of a tenant that
// is reached under them through [Client] or [Proxy].
func ProductionNames() []string {
	return slices.Concat(sandbox.Login.ProductionNames(), sandbox.Graph.ProductionNames(), sandbox.ResourceManager.ProductionNames())
}

// CAFile writes the tenant's CA certificate, in PEM, to a file that lasts as long as the test, and returns its path.
func CAFile(tb testing.TB, t *sandbox.Tenant) string {
	tb.Helper()
	return write(tb, filepath.Join(tb.TempDir(), "ca.pem"), string(t.CA()))
}

// Client returns a client that trusts the tenant. It reaches Microsoft's names and the metadata service of virtual
// machines at the tenant, loopback as usual, and nothing else. The tenant's certificate holds Microsoft's names only where its options ask for them.
func Client(tb testing.TB, t *sandbox.Tenant) *http.Client {
	tb.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(t.CA()) {
		tb.Fatal("the tenant has no CA certificate")
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			to, err := route(t, address)
			if err != nil {
				return nil, err
			}
			return new(net.Dialer).DialContext(ctx, network, to)
		},
	}
	tb.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// route returns where a connection to address goes instead.
func route(t *sandbox.Tenant, address string) (string, error) {
	name, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if name == "169.254.169.254" && port == "80" { // where virtual machines ask for the tokens of a managed identity
		return strings.TrimPrefix(t.URL(sandbox.Platform), "http://"), nil
	}
	if ip := net.ParseIP(name); name == "localhost" || ip != nil && ip.IsLoopback() {
		return address, nil
	}
	if to, ok := production(t, name); ok && port == "443" {
		return to, nil
	}
	return "", fmt.Errorf("%s is not part of the sandbox", address)
}

// production returns the address of the host that has the name in one of Microsoft's clouds.
func production(t *sandbox.Tenant, name string) (address string, ok bool) {
	for _, h := range []sandbox.Host{sandbox.Login, sandbox.Graph, sandbox.ResourceManager} {
		if slices.Contains(h.ProductionNames(), strings.ToLower(name)) {
			return strings.TrimPrefix(t.URL(h), "https://"), true
		}
	}
	return "", false
}

// profileFile is a configuration file with one profile; %[1]s is its name, a bare key.
const profileFile = `default_profile = %[1]q

[profiles.%[1]s]
auth_mode = "clientCredentials"
tenant_id = %[2]q
client_id = %[3]q
access = "read-write"
ca_file = %[4]q
cloud = { authority = %[5]q, graph = %[6]q, resource_manager = %[7]q }

[profiles.%[1]s.credential]
client_secret = { file = %[8]q }
`

// Profile writes a configuration file with one profile of that name, for the app sandbox.ClientID with everything
// allowed, and returns the file's path. The secret is in a file beside it that only its owner can read, and stays
// as it is now when the tenant's is rotated.
func Profile(tb testing.TB, t *sandbox.Tenant, name string) string {
	tb.Helper()
	dir := tb.TempDir()
	secret := write(tb, filepath.Join(dir, "secret"), t.ClientSecret())
	ca := write(tb, filepath.Join(dir, "ca.pem"), string(t.CA()))
	return write(tb, filepath.Join(dir, "config.toml"), fmt.Sprintf(profileFile, name, t.TenantID(), sandbox.ClientID,
		ca, t.LoginURL(), t.GraphURL(), t.ResourceManagerURL(), secret))
}

// desktopFile is a configuration file with one profile for a person; %[8]s are further lines.
const desktopFile = `default_profile = %[1]q

[profiles.%[1]s]
auth_mode = "interactive"
tenant_id = %[2]q
client_id = %[3]q
scopes = ["User.Read", "Mail.Read", "Files.Read"]
ca_file = %[4]q
cloud = { authority = %[5]q, graph = %[6]q, resource_manager = %[7]q }
%[8]s`

// DesktopProfile writes a configuration file with one profile of that name for people, who sign in to the app
// sandbox.DesktopClientID, and returns the file's path. Further lines, such as account = "...", go to the profile.
func DesktopProfile(tb testing.TB, t *sandbox.Tenant, name string, extra ...string) string {
	tb.Helper()
	dir := tb.TempDir()
	ca := write(tb, filepath.Join(dir, "ca.pem"), string(t.CA()))
	var lines strings.Builder
	for _, line := range extra {
		lines.WriteString(line + "\n")
	}
	return write(tb, filepath.Join(dir, "config.toml"), fmt.Sprintf(desktopFile, name, t.TenantID(), sandbox.DesktopClientID,
		ca, t.LoginURL(), t.GraphURL(), t.ResourceManagerURL(), lines.String()))
}

// callersFile is a configuration file with one profile for whoever calls; %[9]s are further tables.
const callersFile = `default_profile = %[1]q

[profiles.%[1]s]
auth_mode = "onBehalfOf"
tenant_id = %[2]q
client_id = %[3]q
scopes = ["User.Read", "Mail.Read"]
ca_file = %[4]q
cloud = { authority = %[5]q, graph = %[6]q, resource_manager = %[7]q }

[profiles.%[1]s.credential]
client_secret = { file = %[8]q }

%[9]s`

// CallersProfile writes a configuration file with one profile of that name with which people act as themselves, of the
// app sandbox.APIClientID, which has to be registered before, and returns the file's path. tables, such as [http.oauth],
// are added as they are.
func CallersProfile(tb testing.TB, t *sandbox.Tenant, name, tables string) string {
	tb.Helper()
	dir := tb.TempDir()
	secret := write(tb, filepath.Join(dir, "secret"), t.Secret(sandbox.APIClientID))
	ca := write(tb, filepath.Join(dir, "ca.pem"), string(t.CA()))
	return write(tb, filepath.Join(dir, "config.toml"), fmt.Sprintf(callersFile, name, t.TenantID(), sandbox.APIClientID,
		ca, t.LoginURL(), t.GraphURL(), t.ResourceManagerURL(), secret, tables))
}

// EntraTables are the tables [http] and [http.entra] of a server at baseURL that takes tokens of the tenant's for the
// app sandbox.APIClientID: the scope and the app role of the constants open a profile.
func EntraTables(tb testing.TB, t *sandbox.Tenant, baseURL, profile string) string {
	tb.Helper()
	return fmt.Sprintf(`[http]
base_url = %[1]q

[http.entra]
cloud = { authority = %[2]q, graph = %[3]q, resource_manager = %[4]q }
tenant_ids = [%[5]q]
audience = %[6]q
ca_file = %[7]q

[[http.entra.grants]]
scope = %[8]q
profiles = [%[10]q]

[[http.entra.grants]]
role = %[9]q
profiles = [%[10]q]
`, baseURL, t.LoginURL(), t.GraphURL(), t.ResourceManagerURL(), t.TenantID(), sandbox.APIClientID, CAFile(tb, t),
		sandbox.APIScope, sandbox.APIRole, profile)
}

// write makes a file that only its owner can read, and returns its path.
func write(tb testing.TB, path, text string) string {
	tb.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatalf("writing %s: %v", path, err)
	}
	return path
}
