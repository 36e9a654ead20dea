package entra

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestUnreachableAuthority(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	fails := func(err error) func(*Config) {
		return func(c *Config) {
			c.HTTP = &http.Client{Transport: tripper(func(*http.Request) (*http.Response, error) { return nil, err })}
		}
	}
	at := func(base string) func(*Config) {
		return func(c *Config) { c.Authority = strings.Replace(base, "http:", "https:", 1) }
	}
	for _, row := range []struct {
		name       string
		change     func(*Config)
		want, hint string
		retried    bool
	}{
		{"unknown CA", func(c *Config) { c.HTTP = &http.Client{} }, "CA that is not trusted here", "ca_file of profile contoso", false},
		{"another host's certificate", fails(&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "login.example"}}),
			"another host's", "sign-in page", false},
		{"expired certificate", fails(&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}),
			"the time of this machine", "clock of this machine", false},
		{"no TLS", at(plain.URL), "does not speak TLS", "must be https", false},
		{"closed port", at(closed.URL), "connect", "HTTPS_PROXY", true},
		{"no such name", fails(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "login.example", IsNotFound: true}}),
			"looking up login.example: no such host", "name resolution", true},
		{"proxy", fails(&net.OpError{Op: "proxyconnect", Err: errors.New("refused")}), "the proxy cannot be reached", "NO_PROXY", true},
		{"no more files", fails(&net.OpError{Op: "dial", Err: os.NewSyscallError("socket", syscall.EMFILE)}), "too many files and connections open", "LimitNOFILE", true},
		{"time-out", fails(context.DeadlineExceeded), "no answer in time", "HTTPS_PROXY", true},
		{"foreign text", fails(errors.New("odd\nmultiline")), "odd multiline", "HTTPS_PROXY", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := start(t, row.change)
			e := f.fail(f.graph())
			t.Log(e, "|", e.Hint())
			if !strings.Contains(e.Error(), row.want) || !strings.Contains(e.Hint(), row.hint) || !strings.Contains(e.Error(), f.cloud.host) {
				t.Errorf("got %q, hint %q, want %q and %q", e, e.Hint(), row.want, row.hint)
			}
			if retried := len(f.waits.got) == maxRetries; retried != row.retried {
				t.Errorf("waited %v, want retries: %t", f.waits.got, row.retried)
			}
		})
	}
}

// A transport may put what it sent into its error.
func TestSecretInATransportsErrorIsHidden(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *Config) {
		next := c.HTTP.Transport
		c.HTTP = &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodPost {
				return next.RoundTrip(r)
			}
			return nil, errors.New("sent " + shared.ClientSecret())
		})}
	})
	if e := f.fail(f.graph()); !strings.Contains(e.Error(), "sent [secret]") {
		t.Error("the message is gone, or shows the secret")
	}
}

// Under the names of Microsoft's own hosts, with instance discovery.
func TestKnownCloud(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{Hosts: sandbox.Login.ProductionNames()})
	login, err := url.Parse(tenant.LoginURL())
	if err != nil {
		t.Fatal(err)
	}
	roots := sandboxtest.Client(t, tenant).Transport.(*http.Transport).TLSClientConfig.RootCAs
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, login.Host)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	for authority, audience := range map[string]string{
		"https://login.microsoftonline.com":        "https://graph.microsoft.com",
		"https://login.microsoftonline.us":         "https://dod-graph.microsoft.us",
		"https://login.partner.microsoftonline.cn": "https://microsoftgraph.chinacloudapi.cn",
	} {
		app, err := NewApp(Config{
			Profile: "contoso", Authority: authority, TenantID: company.TenantID, ClientID: company.ClientID, Known: true,
			HTTP: &http.Client{Transport: transport},
		}, ClientSecret(&source{text: secret.NewText(tenant.ClientSecret())}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := app.Token(t.Context(), Request{Audience: audience}); err != nil {
			t.Errorf("%s: %v", authority, err)
		}
		if err := app.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if tenant.Count(sandbox.Login, "/common/discovery/instance") == 0 {
		t.Error("no instance discovery")
	}
}

func TestRegionOfTheEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("MSAL_FORCE_REGION", "westeurope")
	f := start(t, nil)
	f.get()
}
