package entra

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

func TestNewAppRefuses(t *testing.T) {
	t.Parallel()
	used := &source{text: secret.NewText("unused")}
	client := &http.Client{Transport: tripper(func(*http.Request) (*http.Response, error) {
		t.Error("a request left")
		return nil, http.ErrHandlerTimeout
	})}
	good := Config{Authority: "https://login.microsoftonline.com", TenantID: "contoso.com", ClientID: "a-1", HTTP: client}
	if _, err := NewApp(good, ClientSecret(used)); err != nil {
		t.Fatal(err)
	}
	tenant := func(s string) func(*Config) { return func(c *Config) { c.TenantID = s } }
	authority := func(s string) func(*Config) { return func(c *Config) { c.Authority = s } }
	for name, row := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"common":            {tenant("common"), "not one tenant"},
		"Organizations":     {tenant("Organizations"), "not one tenant"},
		"consumers":         {tenant("consumers"), "not one tenant"},
		"adfs":              {tenant("adfs"), "not a tenant"},
		"empty tenant":      {tenant(""), "tenant_id"},
		"parent folder":     {tenant(".."), "tenant_id"},
		"empty label":       {tenant("a..b"), "tenant_id"},
		"trailing dot":      {tenant("a.b."), "tenant_id"},
		"slash":             {tenant("a/b"), "tenant_id"},
		"query":             {tenant("a?b"), "tenant_id"},
		"encoded":           {tenant("a%2fb"), "tenant_id"},
		"line break":        {tenant("a\nb"), "tenant_id"},
		"letter":            {tenant("münchen.de"), "tenant_id"},
		"http":              {authority("http://login.microsoftonline.com"), "authority"},
		"path":              {authority("https://login.microsoftonline.com/x"), "authority"},
		"user":              {authority("https://me@login.microsoftonline.com"), "authority"},
		"no authority":      {authority(""), "authority"},
		"client":            {func(c *Config) { c.ClientID = "a&b" }, "client_id"},
		"no client":         {func(c *Config) { c.ClientID = "" }, "client_id"},
		"no client of HTTP": {func(c *Config) { c.HTTP = nil }, "HTTP client"},
	} {
		c := good
		row.change(&c)
		if _, err := NewApp(c, ClientSecret(used)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q in it", name, err, row.want)
		}
	}
	if used.count() != 0 {
		t.Error("the secret was read")
	}
}

func TestTableOfCodes(t *testing.T) {
	t.Parallel()
	c := Config{Profile: "contoso", Authority: "https://login.microsoftonline.us", TenantID: "t.example", ClientID: "app-1"}
	seen := map[int]bool{}
	for _, a := range table {
		if a.meaning == "" || a.remedy == "" || len(a.codes) == 0 {
			t.Errorf("%v: incomplete", a.codes)
		}
		if text := c.fill(a.meaning + a.remedy); strings.ContainsAny(text, "{}") {
			t.Errorf("%v: not filled: %s", a.codes, text)
		}
		for _, code := range a.codes {
			if seen[code] {
				t.Errorf("%d stands twice", code)
			}
			seen[code] = true
		}
	}
	if len(seen) < 40 {
		t.Errorf("%d codes, want 40 or more", len(seen))
	}
	for code, want := range map[int]string{530033: "with no --device-code", 500113: "exactly", 9002327: "Single-page application", 500208: "ciamlogin.com",
		500021: "t.example", 50177: "guest", 90099: "adminconsent"} {
		if a, ok := adviceFor(code); !ok || !strings.Contains(c.fill(a.remedy), want) {
			t.Errorf("%d: got %q, want %q in it", code, a.remedy, want)
		}
	}
	consent, _ := adviceFor(65001)
	if got, want := c.fill(consent.remedy), "https://login.microsoftonline.us/t.example/adminconsent?client_id=app-1"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	if got, want := c.fill("{secrets}"), "https://portal.azure.us/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/app-1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := c.fill("{portal}"); got != "https://portal.azure.us" {
		t.Errorf("got %q, want the portal of the cloud", got)
	}
}
