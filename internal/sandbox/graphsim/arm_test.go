package graphsim_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

func TestResourceManager(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.server = httptest.NewTLSServer(r.graph.ResourceManager())
	t.Cleanup(r.server.Close)
	r.client = r.server.Client()
	const version = "?api-version=2022-12-01"
	if got := r.get("/subscriptions" + version).column("subscriptionId"); len(got) != 1 || got[0] != company.SubscriptionID {
		t.Errorf("got %v", got)
	}
	subscription := "/subscriptions/" + company.SubscriptionID
	r.get(subscription + version).ok(http.StatusOK)
	groups := r.get(subscription + "/resourceGroups" + version).column("name")
	if len(groups) == 0 {
		t.Fatal("got no resource groups")
	}
	if got := r.get(subscription + "/RESOURCEGROUPS/" + groups[0] + version).ok(http.StatusOK).text("name"); got != groups[0] {
		t.Errorf("got %s", got)
	}
	r.get("/subscriptions").refused(http.StatusBadRequest, "MissingApiVersionParameter", "?api-version=")
	r.get("/subscriptions?api-version=x").refused(http.StatusBadRequest, "InvalidApiVersionParameter", "'x'")
	r.get("/subscriptions/x"+version).refused(http.StatusNotFound, "SubscriptionNotFound", "'x'")
	r.get(subscription+"/resourceGroups/x"+version).refused(http.StatusNotFound, "ResourceGroupNotFound", "'x'")
	r.get("/x"+version).refused(http.StatusNotFound, "InvalidResourceType", "")
	r.do("PUT", subscription+"/resourceGroups/x"+version, "{}").refused(http.StatusForbidden, "AuthorizationFailed", "")
	r.as("").get("/subscriptions"+version).refused(http.StatusUnauthorized, "AuthenticationFailed", "")
}
