package entra

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// platformToken is what a platform's token looks like; nobody here checks its signature.
func platformToken(t *testing.T, subject string, expires time.Time) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": "https://issuer.example", "sub": subject, "aud": "api://AzureADTokenExchange"}
	if !expires.IsZero() {
		claims["exp"] = expires.Unix()
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("the platform's own key"))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// answerToken gives every request the token.
func answerToken(w http.ResponseWriter, token string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, token)
}

func TestFederatedTokenIsSentAndReadAnew(t *testing.T) {
	t.Parallel()
	first, second := platformToken(t, "first", time.Now().Add(time.Hour)), platformToken(t, "second", time.Now().Add(9*time.Hour))
	// As Kubernetes mounts it: a link to a link, of which one is replaced.
	dir := t.TempDir()
	for name, token := range map[string]string{"..1": first, "..2": second + "\n"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "token"), []byte(token), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink("..1", filepath.Join(dir, "..data")), os.Symlink(filepath.Join("..data", "token"), filepath.Join(dir, "token"))); err != nil {
		if runtime.GOOS == "windows" {
			t.Skip("no links here")
		}
		t.Fatal(err)
	}
	f := prove(t, shared, nil, FederatedToken(filepath.Join(dir, "token")))
	f.inject(sandbox.Fault{Handler: func(w http.ResponseWriter, _ *http.Request) { answerToken(w, "token-by-federation") }})
	f.get()
	form := f.wire.lastForm()
	if form.Get("client_assertion") != first || form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form.Has("client_secret") {
		t.Errorf("the request does not carry the file's token as its assertion")
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, "..data")), os.Symlink("..2", filepath.Join(dir, "..data"))); err != nil {
		t.Fatal(err)
	}
	f.ask(Request{Audience: f.tenant.GraphURL(), Claims: `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`})
	form = f.wire.lastForm()
	if form.Get("client_assertion") != second {
		t.Error("the replaced token was not read")
	}
	if got := form.Get("claims"); !strings.Contains(got, `"nbf"`) || !strings.Contains(got, "CP1") {
		t.Errorf("claims %q, want the challenge and the capability", got)
	}
	f.wantRequests(2)
}

func TestUnusableFederatedTokens(t *testing.T) {
	t.Parallel()
	now := time.Now()
	good := platformToken(t, "workload", now.Add(time.Hour))
	expired := now.Add(-time.Minute)
	missing := filepath.Join(t.TempDir(), "token")
	for _, row := range []struct {
		name string
		raw  string
		want string
		hint string
	}{
		{"empty", "", "it is empty", "what writes it"},
		{"newline alone", "\n", "does not hold a token", "federated_token of profile contoso"},
		{"not a JWT", "hunter2-is-no-token", "does not hold a token", "AZURE_FEDERATED_TOKEN_FILE"},
		{"opaque with dots", "aaaa.bbbb.cccc", "does not hold a token", "AZURE_FEDERATED_TOKEN_FILE"},
		{"head that is not JSON", "aaaa" + good[strings.Index(good, "."):], "does not hold a token", "AZURE_FEDERATED_TOKEN_FILE"},
		{"two tokens", good + "\n" + good, "does not hold a token", "AZURE_FEDERATED_TOKEN_FILE"},
		{"unsigned", good[:strings.LastIndex(good, ".")+1], "does not hold a token", "AZURE_FEDERATED_TOKEN_FILE"},
		{"JSON around it", `{"value":"` + good + `"}`, "does not hold a token", "AZURE_FEDERATED_TOKEN_FILE"},
		{"UTF-16", "\xff\xfee\x00y\x00", "does not hold a token", "AZURE_FEDERATED_TOKEN_FILE"},
		{"expired", platformToken(t, "workload", expired), "expired at " + stamp(expired) + ", and it is " + stamp(now) + " now", "projected service account token"},
		{"too large", strings.Repeat("a", maxFederatedToken+1), "more than 65536 bytes", "check its path"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			path := keep(t, []byte(row.raw))
			f := prove(t, shared, nil, FederatedToken(path))
			f.clock.now = now
			e := f.fail(f.graph())
			wantCredentialError(t, e, path, row.want, row.hint)
			if text := fmt.Sprintf("%+v %#v", e, e) + e.Hint(); strings.Contains(text, "hunter2") || strings.Contains(text, good[:20]) {
				t.Errorf("%s shows the file", text)
			}
			f.wantRequests(0)
		})
	}
	f := prove(t, shared, nil, FederatedToken(missing))
	wantCredentialError(t, f.fail(f.graph()), missing, "it does not exist", "correct its path")
}

// A token without a time is for Entra to judge.
func TestFederatedTokenWithoutTime(t *testing.T) {
	t.Parallel()
	f := prove(t, shared, nil, FederatedToken(keep(t, []byte(platformToken(t, "workload", time.Time{})))))
	f.inject(sandbox.Fault{Handler: func(w http.ResponseWriter, _ *http.Request) { answerToken(w, "token-by-federation") }})
	f.get()
}

func TestFederatedTokenIsNotShown(t *testing.T) {
	t.Parallel()
	token := platformToken(t, "workload", time.Now().Add(time.Hour))
	cred := FederatedToken(keep(t, []byte(token)))
	if got, err := cred.open(t.Context(), testConfig()); err != nil || got.hidden.Reveal() != token {
		t.Errorf("the token is not hidden; error %v", err)
	}
	f := prove(t, shared, nil, cred)
	f.inject(sandbox.Fault{Status: 400, Body: `{"error":"invalid_client","error_description":"AADSTS700213: no match for ` + strings.Repeat("x", maxMessage-60) + " " + token + `"}`})
	e := f.fail(f.graph())
	if strings.Contains(e.Error(), token[:20]) || e.Code != "AADSTS700213" {
		t.Errorf("got %v", e)
	}
	if !strings.Contains(e.Hint(), "Federated credentials") {
		t.Errorf("hint %q", e.Hint())
	}
}
