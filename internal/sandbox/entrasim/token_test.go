package entrasim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/entrasim"
)

const (
	tenantID   = "11111111-2222-8333-8444-555555555555"
	domain     = "ada.example"
	appID      = "aaaaaaaa-2222-8333-8444-555555555555"
	disabledID = "bbbbbbbb-2222-8333-8444-555555555555"
	objectID   = "cccccccc-2222-8333-8444-555555555555"
	graphID    = "dddddddd-2222-8333-8444-555555555555"
	armID      = "eeeeeeee-2222-8333-8444-555555555555"
	graphURL   = "https://graph.example"
	armURL     = "https://arm.example"
	path       = "/" + tenantID + "/oauth2/v2.0/token"
)

// newEntra starts a service whose clock reads *now.
func newEntra(t *testing.T, now *time.Time) *entrasim.Entra {
	t.Helper()
	roles := map[string][]string{graphID: {"User.Read.All", "Mail.Send"}}
	e := entrasim.New(entrasim.Options{
		TenantID: tenantID, Domains: []string{domain}, Now: func() time.Time { return *now },
		Apps: []entrasim.App{{ID: appID, Name: "App", ObjectID: objectID, Roles: roles}, {ID: disabledID, Disabled: true}},
		Resources: []entrasim.Resource{
			{AppID: graphID, Names: []string{graphURL, "https://graph.microsoft.com"}},
			{AppID: armID, Names: []string{armURL}},
		},
	})
	t.Cleanup(e.Close)
	return e
}

// form is a right request for a token, with alterations: pairs of a parameter and its value, "" to leave it out.
func form(e *entrasim.Entra, alter ...string) url.Values {
	v := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {appID}, "client_secret": {e.Secret(appID)}, "scope": {graphURL + "/.default"},
	}
	for i := 0; i < len(alter); i += 2 {
		v.Set(alter[i], alter[i+1])
		if alter[i+1] == "" {
			v.Del(alter[i])
		}
	}
	return v
}

func post(e *entrasim.Entra, path string, form url.Values, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "https://login.example"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

// document decodes an answer.
func document(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return got
}

// token gets a token for a resource.
func token(t *testing.T, e *entrasim.Entra, resource string) string {
	t.Helper()
	got, ok := document(t, post(e, path, form(e, "scope", resource+"/.default"), nil))["access_token"].(string)
	if !ok {
		t.Fatal("there is no access token")
	}
	return got
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := newEntra(t, &now)
	for _, row := range []struct {
		name   string
		alter  []string
		status int
		oauth  string
		code   int
	}{
		{"wrong secret", []string{"client_secret", "wrong"}, 401, "invalid_client", 7000215},
		{"no secret", []string{"client_secret", ""}, 401, "invalid_client", 7000216},
		{"assertion", []string{"client_secret", "", "client_assertion", "x.y.z"}, 401, "invalid_client", 700027},
		{"no client", []string{"client_id", ""}, 400, "invalid_request", 900144},
		{"unknown client", []string{"client_id", objectID}, 400, "unauthorized_client", 700016},
		{"disabled client", []string{"client_id", disabledID}, 400, "unauthorized_client", 7000112},
		{"no grant", []string{"grant_type", ""}, 400, "invalid_request", 900144},
		{"unknown grant", []string{"grant_type", "password"}, 400, "unsupported_grant_type", 70003},
		{"no scope", []string{"scope", ""}, 400, "invalid_request", 900144},
		{"named scope", []string{"scope", graphURL + "/User.Read"}, 400, "invalid_scope", 1002012},
		{"named scope beside the default", []string{"scope", graphURL + "/.default " + graphURL + "/User.Read"}, 400, "invalid_scope", 1002012},
		{"OpenID scopes alone", []string{"scope", "openid profile"}, 400, "invalid_scope", 1002012},
		{"two resources", []string{"scope", graphURL + "/.default " + armURL + "/.default"}, 400, "invalid_scope", 70011},
		{"unknown resource", []string{"scope", "https://other.example/.default"}, 400, "invalid_resource", 500011},
		{"resource without https", []string{"scope", "graph.example/.default"}, 400, "invalid_resource", 500011},
	} {
		w := post(e, path, form(e, row.alter...), nil)
		got := document(t, w)
		if w.Code != row.status || got["error"] != row.oauth || !cmp.Equal(got["error_codes"], []any{float64(row.code)}) {
			t.Errorf("%s: got %d, %v, %v; want %d, %s, %d", row.name, w.Code, got["error"], got["error_codes"], row.status, row.oauth, row.code)
		}
		if prefix := fmt.Sprintf("AADSTS%d: ", row.code); !strings.HasPrefix(got["error_description"].(string), prefix) {
			t.Errorf("%s: got %v, want %s...", row.name, got["error_description"], prefix)
		}
		if strings.Contains(w.Body.String(), e.Secret(appID)) {
			t.Errorf("%s: the answer holds the secret", row.name)
		}
	}
}

func TestRefusalIsComplete(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	e := newEntra(t, &now)
	const correlation = "12345678-90ab-8cde-8f01-234567890abc"
	w := post(e, path, form(e, "client_secret", "wrong"), func(r *http.Request) { r.Header.Set("client-request-id", correlation) })
	got := document(t, w)
	trace, _ := got["trace_id"].(string)
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(trace) || w.Header().Get("x-ms-request-id") != trace {
		t.Errorf("got trace %q and x-ms-request-id %q, want the same GUID", trace, w.Header().Get("x-ms-request-id"))
	}
	if w.Header().Get("client-request-id") != correlation {
		t.Error("client-request-id is not echoed")
	}
	description, _ := got["error_description"].(string)
	text, lines, _ := strings.Cut(description, "\r\n")
	want := map[string]any{
		"error": "invalid_client", "error_codes": []any{7000215.0}, "timestamp": "2031-05-06 07:08:09Z", "trace_id": trace,
		"correlation_id": correlation, "error_uri": "https://login.example/error?code=7000215",
		"error_description": text + "\r\nTrace ID: " + trace + "\r\nCorrelation ID: " + correlation + "\r\nTimestamp: 2031-05-06 07:08:09Z",
	}
	if diff := cmp.Diff(want, got); diff != "" || lines == "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestBasicCredentials(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := newEntra(t, &now)
	basic := func(secret string) *httptest.ResponseRecorder {
		return post(e, path, form(e, "client_id", "", "client_secret", ""), func(r *http.Request) {
			r.SetBasicAuth(url.QueryEscape(appID), url.QueryEscape(secret))
		})
	}
	if w := basic(e.Secret(appID)); w.Code != http.StatusOK {
		t.Errorf("the right secret: got %d %s, want 200", w.Code, w.Body)
	}
	if w := basic("wrong"); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "AADSTS7000215") {
		t.Errorf("a wrong secret: got %d %s, want AADSTS7000215", w.Code, w.Body)
	}
}

func TestOnlyPost(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := newEntra(t, &now)
	w := post(e, path, form(e), func(r *http.Request) { r.Method = http.MethodGet })
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "AADSTS900561") {
		t.Errorf("got %d %s, want AADSTS900561", w.Code, w.Body)
	}
}

// A secret sent without form encoding must not work by chance.
func TestSecretNeedsEncoding(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := newEntra(t, &now)
	s := e.Secret(appID)
	if got, err := url.QueryUnescape(s); err == nil && got == s {
		t.Error("the secret survives decoding")
	}
	if len(s) < 40 || s == newEntra(t, &now).Secret(appID) {
		t.Errorf("got %d characters, or the same again; want at least 40 random ones", len(s))
	}
}
