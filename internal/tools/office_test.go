package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// office is an app's profile in the embedded tenant, reached over HTTP.
type office struct {
	*sandbox.Tenant
	t        testing.TB
	profile  *tools.Profile
	client   *graph.Client
	all      []tools.Tool
	progress []string
}

func newOffice(t testing.TB) *office {
	t.Helper()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	client := sandboxtest.Client(t, tenant)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {sandbox.ClientID}, "client_secret": {tenant.ClientSecret()}, "scope": {tenant.GraphURL() + "/.default"}}
	resp, err := client.PostForm(tenant.LoginURL()+"/"+tenant.TenantID()+"/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var issued struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&issued); err != nil || issued.Token == "" {
		t.Fatalf("no token: %v", err)
	}
	endpoints, err := graph.NewEndpoints(tenant.GraphURL(), "")
	if err != nil {
		t.Fatal(err)
	}
	return &office{Tenant: tenant, t: t, all: tools.All(),
		client: graph.NewClient(graph.Config{Auth: fixedToken(issued.Token), Transport: client.Transport}),
		profile: &tools.Profile{Name: "lab", TenantID: tenant.TenantID(), Mode: "clientCredentials", Endpoints: endpoints, SharePoint: tools.SharePoint{Region: "NAM"},
			Status: func(context.Context) (tools.Status, error) { return tools.Status{}, nil }}}
}

type fixedToken string

func (f fixedToken) Token(context.Context, graph.TokenRequest) (string, error) { return string(f), nil }

// call calls a tool with arguments as a client sends them.
func (o *office) call(name string, arguments map[string]any) (string, error) {
	o.t.Helper()
	return callTool(o.t, named(o.t, o.all, name), o.profile, o.client, arguments, func(_, _ int, message string) { o.progress = append(o.progress, message) })
}

func named(t testing.TB, all []tools.Tool, name string) tools.Tool {
	t.Helper()
	for _, tool := range all {
		if tool.Name == name {
			return tool
		}
	}
	t.Fatalf("there is no tool %s", name)
	return tools.Tool{}
}

func callTool(t testing.TB, tool tools.Tool, p *tools.Profile, c graph.Caller, arguments map[string]any, progress func(int, int, string)) (string, error) {
	t.Helper()
	sent, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	checked, err := tools.Arguments(tool.Parameters, sent)
	if err != nil {
		return "", err
	}
	result, err := tool.Call(t.Context(), tools.Call{Arguments: checked, Profile: p, Graph: c, Progress: progress})
	return result.Text, err
}

func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
