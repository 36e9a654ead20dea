package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// addIndex writes the embedded tenant's search index into a configuration.
func addIndex(t *testing.T, tenant *sandbox.Tenant, path, profile, key string) {
	t.Helper()
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	table := "\n[profiles." + profile + ".azure_ai_search]\nendpoint = \"" + tenant.SearchURL() + "/\"\nindex = \"" + sandbox.SearchIndex + "\"\napi_key = " + key + "\n"
	if err := os.WriteFile(path, append(written, table...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The key of the search index rests beside the profile's own secret and is told from it.
func TestSearchKey(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	path := sandboxtest.Profile(t, tenant, "lab")
	m.env["MICROSOFT_MCP_CONFIG"] = path
	m.wants(t, 2, "profile lab has no [profiles.lab.azure_ai_search]", "secret", "set", "lab", "--for", "azure_ai_search")
	m.wants(t, 2, `--for is credential or azure_ai_search, not "graph"`, "secret", "set", "lab", "--for", "graph")
	addIndex(t, tenant, path, "lab", `{ from = "keyring" }`)

	const call = `{"query":"hotels"}`
	m.wants(t, 1, `the key of azure_ai_search: reading "lab/azure_ai_search_key"`, "call", "azure_ai_search", call)
	code, out, errs := m.run(t, "  "+tenant.SearchKey()+"\r\n", "secret", "set", "lab", "--for", "azure_ai_search")
	if code != 0 || out != "stored the search key of lab in the OS keyring\n" || strings.Contains(out+errs, tenant.SearchKey()) {
		t.Errorf("got code %d, %s%s", code, out, errs)
	}
	if keys := m.vault.Keys(); len(keys) != 1 || keys[0] != secret.SearchKey("lab") || secret.ProfileOf(keys[0]) != "lab" {
		t.Errorf("stored under %q", keys)
	}
	out, errs = m.wants(t, 0, `"results":[{"score":`, "call", "azure_ai_search", call, "--log-level", "debug")
	if strings.Contains(out+errs, tenant.SearchKey()) || !strings.Contains(errs, "search request") {
		t.Errorf("got %s%s", out, errs)
	}
	tenant.RotateSearchKey()
	m.wants(t, 1, "HTTP 403", "call", "azure_ai_search", call)
	m.wants(t, 0, "deleted the search key of lab from the OS keyring", "secret", "delete", "lab", "--for", "azure_ai_search")
	m.wants(t, 0, "the OS keyring holds no search key of lab", "secret", "delete", "lab", "--for", "azure_ai_search")
	rewrite(t, path, `api_key = { from = "keyring" }`, `api_key = { env = "SEARCH_KEY" }`)
	m.wants(t, 2, "takes its search key from the environment variable SEARCH_KEY", "secret", "set", "lab", "--for", "azure_ai_search")
	m.env["SEARCH_KEY"] = tenant.SearchKey()
	m.wants(t, 0, `"results":[{"score":`, "call", "azure_ai_search", call)
}

// Removing a profile leaves no key behind.
func TestSearchKeyGoesWithItsProfile(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	addIndex(t, tenant, m.env["MICROSOFT_MCP_CONFIG"], "desk", `{ from = "vault" }`)
	if code, out, errs := m.run(t, "the key\n", "secret", "set", "desk", "--for", "azure_ai_search"); code != 0 {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	m.wants(t, 0, "removed desk", "profile", "remove", "desk")
	if keys := m.vault.Keys(); len(keys) != 0 {
		t.Errorf("left in the keyring: %q", keys)
	}
}

// The ancestor's variables.
func TestSearchIndexFromTheEnvironment(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	m.env["MICROSOFT_MCP_CONFIG"] = sandboxtest.Profile(t, tenant, "lab")
	m.wants(t, 1, "", "call", "azure_ai_search", `{"query":"hotels"}`) // no profile has an index: the tool is not listed
	m.env["AZURE_AI_SEARCH_ENDPOINT"], m.env["AZURE_AI_SEARCH_API_KEY"] = tenant.SearchURL(), tenant.SearchKey()
	m.env["AZURE_AI_SEARCH_INDEX_NAME"], m.env["AZURE_AI_SEARCH_SEMANTIC_CONFIG"] = sandbox.SearchIndex, sandbox.SearchSemanticConfig
	m.env["AZURE_AI_SEARCH_SELECT_FIELDS"], m.env["AZURE_AI_SEARCH_VECTOR_FIELDS"] = "title, year", sandbox.SearchVectorField
	out, _ := m.wants(t, 0, `"rerankerScore":`, "call", "azure_ai_search", `{"query":"hotels","vectorSearch":true}`)
	if strings.Contains(out, `"content"`) || !strings.Contains(out, `"year"`) {
		t.Errorf("the fields to return: got %s", out)
	}
	m.env["SITE_URL"] = "https://merisand.sharepoint.com/sites/quality"
	if out, _ := m.wants(t, 0, "Calibration procedure.docx", "call", "sharepoint_search", `{"query":"calibration OR firmware","top":50}`); strings.Contains(out, "/sites/productdev") {
		t.Errorf("found beyond SITE_URL: %s", out)
	}
	m.env["GRAPH_SEARCH_REGION"] = "apc"
	m.wants(t, 1, "search_region", "call", "sharepoint_search", `{"query":"calibration"}`)
}

// A person searches without a region, and finds no other person's files.
func TestAPersonSearches(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := desk(t, tenant)
	rewrite(t, m.env["MICROSOFT_MCP_CONFIG"], `"Files.Read"]`, `"Files.Read.All"]`)
	m.person(t, tenant, sandbox.MemberUPN)
	m.wants(t, 0, "signed in", "login", "desk")
	out, _ := m.wants(t, 0, `"results":[{"name":`, "call", "sharepoint_search", `{"query":"*","top":50}`)
	if strings.Contains(out, "ingrid") || !strings.Contains(out, "seamus_oshea") {
		t.Errorf("got %s", out)
	}
	m.wants(t, 0, "File: Firmware 4.2.1.md (", "call", "read_document", `{"path":"/me/drive/root:/Firmware/Firmware 4.2.1.md"}`)
}
