package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// app is a token of the embedded tenant's app, which is good for the length of a test.
type app string

func (a app) Token(context.Context, graph.TokenRequest) (string, error) { return string(a), nil }

// newTenant starts an embedded tenant and makes a client of it.
func newTenant(t testing.TB) (*sandbox.Tenant, *graph.Client, graph.Endpoints) {
	t.Helper()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	e, err := graph.NewEndpoints(tenant.GraphURL(), "")
	if err != nil {
		t.Fatal(err)
	}
	return tenant, graph.NewClient(graph.Config{Auth: app(sandboxtest.Token(t, tenant)), Transport: sandboxtest.Client(t, tenant).Transport}), e
}

func TestBatchAgainstTheTenant(t *testing.T) {
	t.Parallel()
	tenant, client, endpoints := newTenant(t)
	tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 2, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0.01"}, "Content-Type": {"application/json"}},
		Body:  `{"error":{"code":"TooManyRequests","message":"Slow down."}}`,
		Match: func(r *http.Request) bool { return r.URL.Query().Get("$top") == "7" }})
	mailbox := "/users/" + company.AdminID
	items := []graph.BatchItem{
		{ID: "create", Method: "POST", URL: mailbox + "/messages", Body: json.RawMessage(`"{\"subject\": \"From a batch\"}"`)},
		{ID: "throttled", Method: "GET", URL: "/groups?$top=7", DependsOn: []string{"create"}},
		{ID: "after", Method: "GET", URL: "/groups?$top=1", DependsOn: []string{"throttled"}},
		{ID: "missing", Method: "GET", URL: "/users/nobody"},
		{ID: "in vain", Method: "DELETE", URL: mailbox + "/messages/x", DependsOn: []string{"missing"}},
		{ID: "count", Method: "GET", URL: "/users/$count", Header: map[string]string{"ConsistencyLevel": "eventual"}},
		{ID: "file", Method: "PUT", URL: mailbox + "/drive/root:/b.txt:/content", Header: map[string]string{"content-type": "text/plain"}, Body: json.RawMessage(`"aGk="`)},
		{ID: "content", Method: "GET", URL: mailbox + "/drive/root:/b.txt:/content", DependsOn: []string{"FILE"}},
	}
	for i := range 17 {
		items = append(items, graph.BatchItem{ID: fmt.Sprint(i), Method: "GET", URL: "/users/" + company.CEOID + "?$select=displayName"})
	}
	all, err := graph.Batch(t.Context(), client, endpoints, graph.BatchCall{Items: items})
	if err != nil {
		t.Fatal(err)
	}
	want := []int{201, 200, 200, 404, 424, 200, 201, 302}
	for i, r := range all {
		status := http.StatusOK
		if i < len(want) {
			status = want[i]
		}
		got := 0
		var refusal *graph.Error
		if r.Response != nil {
			got = r.Response.Status
		} else if errors.As(r.Err, &refusal) {
			got = refusal.Status
		}
		if got != status || r.ID != items[i].ID {
			t.Errorf("%s: got %d (%v), want %d", r.ID, got, r.Err, status)
		}
	}
	if n := strings.Trim(string(all[5].Response.Body), "0123456789"); n != "" {
		t.Errorf("the count is %q", all[5].Response.Body)
	}
	var refusal *graph.Error
	if !errors.As(all[3].Err, &refusal) || refusal.Code != "Request_ResourceNotFound" || refusal.RequestID == "" || refusal.Path != "/users/nobody" {
		t.Errorf("got %v", all[3].Err)
	}
	request, err := endpoints.NewRequest(graph.Params{Path: mailbox + "/messages", Query: map[string]string{"$filter": "subject eq 'From a batch'", "$select": "id"}})
	if err != nil {
		t.Fatal(err)
	}
	var found struct{ Value []struct{ ID string } }
	if resp, err := client.Do(t.Context(), request); err != nil || json.Unmarshal(resp.Body, &found) != nil || len(found.Value) != 1 {
		t.Errorf("%d messages were created (%v), want 1", len(found.Value), err)
	}
	if got, want := tenant.Count(sandbox.Graph, "/$batch"), 4; got != want {
		t.Errorf("%d envelopes were sent, want 2 and 2 for what was throttled", got)
	}
}
