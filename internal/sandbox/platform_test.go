package sandbox_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// platform asks for a token as what runs in App Service does.
func (r *rig) platform(pairs ...string) reply {
	r.t.Helper()
	endpoint, header := r.ManagedIdentity()
	query := alter(url.Values{"api-version": {"2019-08-01"}, "resource": {r.GraphURL()}}, pairs)
	return r.do(endpoint+"?"+query.Encode(), nil, func(req *http.Request) { req.Header.Set("X-IDENTITY-HEADER", header) })
}

func TestManagedIdentity(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	system := r.platform()
	if system.status != http.StatusOK || system.text("client_id") != sandbox.SystemIdentityClientID || system.text("token_type") != "Bearer" || system.text("resource") != r.GraphURL() {
		t.Fatalf("got %d %s", system.status, system.body)
	}
	if on, err := strconv.ParseInt(system.text("expires_on"), 10, 64); err != nil || time.Until(time.Unix(on, 0)) < 58*time.Minute {
		t.Errorf("got expires_on %q, want a text with the time in an hour", system.text("expires_on"))
	}
	access := claimsOf(t, system.text("access_token"))
	if access["idtyp"] != "app" || access["appid"] != sandbox.SystemIdentityClientID || access["appidacr"] != "2" {
		t.Errorf("got %v, want an app's token", access)
	}
	byClient := r.platform("client_id", strings.ToUpper(sandbox.UserIdentityClientID))
	byResource := r.platform("mi_res_id", company.UserIdentityResourceID)
	byObject := r.platform("object_id", claimsOf(t, byClient.text("access_token"))["oid"].(string))
	for name, a := range map[string]reply{"by client": byClient, "by resource": byResource, "by object": byObject} {
		if a.text("client_id") != sandbox.UserIdentityClientID || claimsOf(t, a.text("access_token"))["xms_mirid"] != company.UserIdentityResourceID {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	for path, want := range map[string]int{"/v1.0/groups?$top=1": 403, "/v1.0/users?$top=1": 200} {
		if a := r.call(r.GraphURL()+path, system.text("access_token")); a.status != want {
			t.Errorf("system-assigned, %s: got %d, want %d", path, a.status, want)
		}
	}
	if a := r.call(r.GraphURL()+"/v1.0/groups?$top=1", byClient.text("access_token")); a.status != http.StatusOK {
		t.Errorf("user-assigned: got %d %s", a.status, a.body)
	}
	for name, a := range map[string]reply{
		"unknown client": r.platform("client_id", sandbox.ClientID), "both do not fit": r.platform("client_id", sandbox.SystemIdentityClientID, "mi_res_id", company.UserIdentityResourceID),
	} {
		if a.status != http.StatusBadRequest || a.doc["statusCode"] != 400.0 || a.text("message") != "Unable to load the proper Managed Identity." {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	for name, a := range map[string]reply{"no version": r.platform("api-version", ""), "unknown resource": r.platform("resource", "https://other.example")} {
		if a.status != http.StatusBadRequest {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	endpoint, _ := r.ManagedIdentity()
	if a := r.do(endpoint+"?api-version=2019-08-01&resource="+r.GraphURL(), nil); a.status != http.StatusUnauthorized {
		t.Errorf("without the header: got %d %s", a.status, a.body)
	}
	if !slices.ContainsFunc(r.Requests(sandbox.Platform), func(q sandbox.Request) bool { return q.Status == http.StatusOK }) {
		t.Error("the requests are not recorded")
	}
	defer r.Inject(sandbox.Fault{Host: sandbox.Platform, Status: http.StatusTooManyRequests, Times: 1})()
	if a := r.platform(); a.status != http.StatusTooManyRequests {
		t.Errorf("with a fault: got %d, want 429", a.status)
	}
}

// Where virtual machines ask: a fixed address, which the sandbox's client leads to it.
func TestInstanceMetadata(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	ask := func(metadata string, pairs ...string) reply {
		query := alter(url.Values{"api-version": {"2018-02-01"}, "resource": {r.GraphURL()}}, pairs)
		return r.do("http://169.254.169.254/metadata/identity/oauth2/token?"+query.Encode(), nil, func(req *http.Request) {
			if metadata != "" {
				req.Header.Set("Metadata", metadata)
			}
		})
	}
	if a := ask("true", "msi_res_id", company.UserIdentityResourceID); a.status != http.StatusOK || a.text("client_id") != sandbox.UserIdentityClientID || a.text("expires_in") != "3599" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	for name, a := range map[string]reply{"no header": ask(""), "unknown client": ask("true", "client_id", sandbox.ClientID), "no resource": ask("true", "resource", "")} {
		if a.status != http.StatusBadRequest || a.text("error") != "invalid_request" || a.text("error_description") == "" {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
}
