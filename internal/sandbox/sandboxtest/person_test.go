package sandboxtest_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

func TestPersonSignsIn(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	for _, row := range []struct {
		name, mode, upn string
		refuse          []sandboxtest.Refuse
		want            string
	}{
		{"redirect", "", sandbox.MemberUPN, nil, "GET: code true, state s t&a, error"},
		{"consented before", "query", sandbox.MemberUPN, nil, "GET: code true, state s t&a, error"},
		{"form", "form_post", sandbox.AdminUPN, nil, "POST: code true, state s t&a, error"},
		{"cancelled", "form_post", sandbox.AdminUPN, []sandboxtest.Refuse{sandboxtest.Cancel}, "POST: code false, state s t&a, error access_denied"},
		{"declined", "", "lina.lyu@merisand.example", []sandboxtest.Refuse{sandboxtest.Decline}, "GET: code false, state s t&a, error access_denied"},
		{"an administrator is needed", "", sandbox.UnapprovedUPN, nil, "GET: code false, state s t&a, error access_denied"},
	} {
		e := sandboxtest.SignIn(t, tenant, authorizeURL(tenant, "redirect_uri", listener(t), "response_mode", row.mode), row.upn, row.refuse...)
		if got, err := e.Deliver(t.Context()); err != nil || !strings.Contains(got, row.want) {
			t.Errorf("%s: got %q and %v, want %s", row.name, got, err, row.want)
		}
	}
	e := sandboxtest.SignIn(t, tenant, authorizeURL(tenant), sandbox.DisabledUPN)
	if _, err := e.Deliver(t.Context()); err == nil || !strings.Contains(err.Error(), "AADSTS50057") || e.Form != nil {
		t.Errorf("got %v and %v, want the page's text", e.Form, err)
	}
}

func TestDesktopProfile(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{TenantID: "0f6b3a52-7d19-4c8e-9b40-e1a7c25d8863"})
	text := read(t, sandboxtest.DesktopProfile(t, tenant, "desk", `account = "`+sandbox.MemberUPN+`"`, `access = "read-write"`))
	for _, want := range []string{
		`default_profile = "desk"`, "[profiles.desk]", `auth_mode = "interactive"`, `tenant_id = "` + tenant.TenantID() + `"`,
		`client_id = "` + sandbox.DesktopClientID + `"`, `scopes = ["User.Read", "Mail.Read", "Files.Read"]`,
		`cloud = { authority = "` + tenant.LoginURL() + `", graph = "` + tenant.GraphURL() + `", resource_manager = "` + tenant.ResourceManagerURL() + `" }`,
		`account = "` + sandbox.MemberUPN + `"`, `access = "read-write"`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("the line %s is not in\n%s", want, text)
		}
	}
	if got := read(t, quoted(t, text, `ca_file = "(.*)"`)); got != string(tenant.CA()) {
		t.Error("the CA file does not hold the CA")
	}
}
