package sandboxtest_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// authorizeURL is a right request of the desktop app, with alterations: pairs of a parameter and its value, "" to
// leave it out.
func authorizeURL(tenant *sandbox.Tenant, alter ...string) string {
	sum := sha256.Sum256([]byte(strings.Repeat("v", 43)))
	v := url.Values{
		"client_id": {sandbox.DesktopClientID}, "response_type": {"code"}, "redirect_uri": {"http://localhost:1234"},
		"scope": {"openid profile offline_access User.Read"}, "state": {"s t&a"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(alter); i += 2 {
		v.Set(alter[i], alter[i+1])
		if alter[i+1] == "" {
			v.Del(alter[i])
		}
	}
	return tenant.LoginURL() + "/" + tenant.TenantID() + "/oauth2/v2.0/authorize?" + v.Encode()
}

// chromium skips a test where there is no browser.
func chromium(t *testing.T) context.Context {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no chromium in PATH")
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(stop)
	return ctx
}

// listener is an app's redirect URI; it shows what it got.
func listener(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<p>%s: code %t, state %s, error %s</p>", r.Method, r.Form.Get("code") != "", r.Form.Get("state"), r.Form.Get("error"))
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

func TestBrowserSignsIn(t *testing.T) {
	t.Parallel()
	ctx := chromium(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	picture := filepath.Join(t.TempDir(), "end.png")
	for _, row := range []struct{ name, mode, upn, want string }{
		{"redirect", "", sandbox.MemberUPN, "GET: code true, state s t&a, error"},
		{"form", "form_post", "lina.lyu@merisand.example", "POST: code true, state s t&a, error"}, // not in the list
		{"an administrator is needed", "", sandbox.UnapprovedUPN, "GET: code false, state s t&a, error access_denied"},
		{"disabled", "", sandbox.DisabledUPN, "AADSTS50057"},
	} {
		text, err := sandboxtest.Browser(ctx, authorizeURL(tenant, "redirect_uri", listener(t), "response_mode", row.mode), row.upn, picture)
		if err != nil || !strings.Contains(text, row.want) {
			t.Errorf("%s: got %q and %v, want %s", row.name, text, err, row.want)
		}
		if b, err := os.ReadFile(picture); err != nil || !strings.HasPrefix(string(b), "\x89PNG") {
			t.Errorf("%s: the picture is no PNG: %v", row.name, err)
		}
	}
}

func TestBrowserRefuses(t *testing.T) {
	t.Parallel()
	ctx := chromium(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	for refuse, want := range map[sandboxtest.Refuse]string{
		sandboxtest.Cancel: "error access_denied", sandboxtest.Decline: "error access_denied", "nothing of the kind": "code true",
	} {
		text, err := sandboxtest.Browser(ctx, authorizeURL(tenant, "redirect_uri", listener(t), "prompt", "consent"), sandbox.MemberUPN, "", refuse)
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: got %q and %v, want %s", refuse, text, err, want)
		}
	}
}

func TestBrowserEntersCode(t *testing.T) {
	t.Parallel()
	ctx := chromium(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	client, err := public.New(sandbox.DesktopClientID, public.WithAuthority(tenant.LoginURL()+"/"+tenant.TenantID()),
		public.WithHTTPClient(sandboxtest.Client(t, tenant)), public.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	code, err := client.AcquireTokenByDeviceCode(ctx, []string{"User.Read"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := sandboxtest.Browser(ctx, code.Result.VerificationURL+"?otc="+code.Result.UserCode, sandbox.MemberUPN, "")
	if err != nil || !strings.Contains(text, "You have signed in to Merisand Desk") {
		t.Errorf("got %q and %v", text, err)
	}
	got, err := code.AuthenticationResult(ctx)
	if err != nil || got.Account.PreferredUsername != sandbox.MemberUPN {
		t.Errorf("got %q and %v, want %s", got.Account.PreferredUsername, err, sandbox.MemberUPN)
	}
}
