package tools_test

import (
	"context"
	"encoding/json"
	"errors"
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
	client, endpoints := tenantClient(t, tenant, sandboxtest.Token(t, tenant))
	return &office{Tenant: tenant, t: t, all: tools.All(), client: client,
		profile: &tools.Profile{Name: "lab", TenantID: tenant.TenantID(), Mode: "clientCredentials", Endpoints: endpoints, SharePoint: tools.SharePoint{Region: "NAM"},
			Status: func(context.Context) (tools.Status, error) { return tools.Status{}, nil }}}
}

// call calls a tool with arguments as a client sends them.
func (o *office) call(name string, arguments map[string]any) (string, error) {
	o.t.Helper()
	return callTool(o.t, named(o.t, o.all, name), arguments, tools.Call{Profile: o.profile, Graph: o.client, Progress: func(_, _ int, message string) { o.progress = append(o.progress, message) }})
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

// callTool calls a tool with arguments as a client sends them.
func callTool(t testing.TB, tool tools.Tool, arguments map[string]any, call tools.Call) (string, error) {
	t.Helper()
	sent, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	if call.Arguments, err = tools.Arguments(tool.Parameters, sent); err != nil {
		return "", err
	}
	if call.Progress == nil {
		call.Progress = func(int, int, string) {}
	}
	result, err := tool.Call(t.Context(), call)
	return result.Text, err
}

func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
