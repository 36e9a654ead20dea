package cli

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What Entra itself says of the app is taken for a refusal, and nothing else: a sign-in that would work is not in the way.
func TestAppRefusal(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ page, location, want string }{
		"a page":          {`<html>$Config={"strServiceExceptionMessage":"AADSTS50011: The redirect URI"}`, "", "AADSTS50011"},
		"an address":      {"", "http://localhost/?error=unauthorized_client&error_description=AADSTS7000112%3a+Application+is+disabled", "AADSTS7000112"},
		"longer code":     {"AADSTS500113: No reply address", "", "AADSTS500113"},
		"in order":        {"", "http://localhost/?error=login_required&error_description=AADSTS50058%3a+Session", ""},
		"another code":    {"AADSTS500111: something", "", ""},
		"a federated one": {"", "https://adfs.example/adfs/ls/?wa=wsignin1.0", ""},
		"personal":        {"", "https://login.live.com/oauth20_authorize.srf?client_id=1", ""},
		"a proxy's page":  {"<html>Blocked. If you see AADSTS50011 or AADSTS700016, call the help desk", "", ""},
		"nothing":         {"", "", ""},
	} {
		answer := roundTrip(func(r *http.Request) (*http.Response, error) {
			if q := r.URL.Query(); r.URL.Path != "/t/oauth2/v2.0/authorize" || q.Get("prompt") != "none" || q.Get("client_id") != "app" || r.Header.Get("Authorization")+r.Header.Get("Cookie") != "" {
				t.Errorf("%s: asked for %s", name, r.URL)
			}
			return &http.Response{StatusCode: 200, Header: http.Header{"Location": {row.location}}, Body: io.NopCloser(strings.NewReader(row.page))}, nil
		})
		err := appRefusal(t.Context(), answer, "https://login.example/t", "app")
		refused, _ := errors.AsType[*profile.Error](err)
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s: got %v", name, err)
		case row.want != "" && (refused == nil || !strings.HasSuffix(refused.Problem, "("+row.want+")") || refused.Remedy == ""):
			t.Errorf("%s: got %v, want %s", name, err, row.want)
		}
	}
}

// Where nobody answers, nobody waits for long.
func TestAppRefusalOffline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		silent := roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		if err := appRefusal(t.Context(), silent, "https://login.example/t", "app"); err != nil {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took != lookTime {
			t.Errorf("it took %v", took)
		}
	})
}
