package profile_test

import (
	"strings"
	"testing"
)

const profileKeys = "auth_mode, account_type, tenant_id, client_id, account, scopes, app_scopes, access, cloud, ca_file, tools, instructions, folders, site_id, site_url, search_region, credential, vault, policy, azure_ai_search"

func TestUnknownKeys(t *testing.T) {
	t.Parallel()
	refuse(t, []refusal{
		{"near", person + `acces = "read-only"`, `config.toml:3: profiles.contoso.acces: unknown key; did you mean "access"?`},
		{"case counts", person + `Tenant_ID = "x"`, `config.toml:3: profiles.contoso.Tenant_ID: unknown key; did you mean "tenant_id"?`},
		{"at the top", "profile = 1\n" + person, `config.toml:1: profile: unknown key; did you mean "profiles"?`},
		{"not near", "[http]\ncolour = 1", `config.toml:2: http.colour: unknown key; known here: listen, base_url, profiles, api_keys, entra, oauth, query_key, allowed_hosts, allowed_origins, cors, max_body, max_upload, rate_limit, max_concurrent, max_per_caller, max_connections, max_memory, metrics_listen, tls, trusted_proxies`},
		{"table", person + "[profiles.contoso.polcy]\nallow = []", `config.toml:3: profiles.contoso.polcy: unknown key; did you mean "policy"?`},
		{"inline", app + "cloud = {\n authority = \"https://a.example\",\n grap = \"https://b.example\" }", `config.toml:8: profiles.fabrikam.cloud.grap: unknown key; did you mean "graph"?`},
		{"in an array", "[[http.api_keys]]\nname = \"a\"\n[[http.api_keys]]\nnmae = \"b\"", `config.toml:4: http.api_keys[1].nmae: unknown key; did you mean "name"?`},
		{"credential in the profile", person + "client_secret = { env = \"A\" }", `config.toml:3: profiles.contoso.client_secret: unknown key; move it into [profiles.contoso.credential]`},
		{"policy in the profile", person + "deny = []", `config.toml:3: profiles.contoso.deny: unknown key; move it into [profiles.contoso.policy]`},
		{"long", person + strings.Repeat("a", 200) + " = 1", "config.toml:3: profiles.contoso." + strings.Repeat("a", 103) + "…: unknown key; known here: " + profileKeys},
		{"quoted", person + `"a\u001b[31m" = 1`, `config.toml:3: profiles.contoso."a\x1b[31m": unknown key; known here: ` + profileKeys},
		{"profile's name", "[profiles.\"a b\"]\n", `config.toml:1: profiles."a b": a profile's name has 1 to 64 letters, digits, dots, hyphens and underscores and begins with a letter or digit; rename it`},
	})
}

func TestWrongTypes(t *testing.T) {
	t.Parallel()
	refuse(t, []refusal{
		{"string", person + "tenant_id = 12", `config.toml:3: profiles.contoso.tenant_id: expected a string, got an integer; write a string`},
		{"array of strings", person + `scopes = "User.Read"`, `config.toml:3: profiles.contoso.scopes: expected an array of strings, got a string; write an array of strings`},
		{"element", person + "scopes = [\n# why\n\"User.Read\",\n1.5 ]", `config.toml:6: profiles.contoso.scopes[1]: expected a string, got a float; write a string`},
		{"table", "profiles = true", `config.toml:1: profiles: expected a table, got a boolean; write a table`},
		{"profile", "profiles.contoso = 1979-05-27", `config.toml:1: profiles.contoso: expected a table, got a date or time; write a table`},
		{"array of tables", "[http.api_keys]\nname = \"a\"", `config.toml:1: http.api_keys: expected an array of tables, got a table; write an array of tables`},
		{"table, not tables", "[[profiles.contoso]]", `config.toml:1: profiles.contoso: expected a table, got an array of tables; write a table`},
		{"boolean", "[http]\nquery_key = \"no\"", `config.toml:2: http.query_key: expected true or false, got a string; write true or false`},
		{"integer", "[http]\nmax_body = \"4 MiB\"", `config.toml:2: http.max_body: expected an integer, got a string; write an integer`},
		{"cloud", person + "cloud = 1", `config.toml:3: profiles.contoso.cloud: expected a string or a table, got an integer; write a cloud's name, or { authority = ..., graph = ... }`},
		{"blank", person + `account = " "`, `config.toml:3: profiles.contoso.account: is empty; give it a value or remove it`},
		{"blank element", person + `scopes = [""]`, `config.toml:3: profiles.contoso.scopes[0]: is empty; give it a value or remove it`},
	})
}

func TestLiteralSecrets(t *testing.T) {
	t.Parallel()
	const stored = "a literal secret is not allowed here; store it with `microsoft-mcp-server secret set fabrikam`, then write "
	const made = "a literal secret is not allowed here; make a key with `microsoft-mcp-server key create NAME`: it is shown once, and the file gets its hash"
	rows := []refusal{
		{"client secret", broken(credentialLine, `credential = { client_secret = "hunter2~" }`), "config.toml:5: profiles.fabrikam.credential.client_secret: " + stored + `client_secret = { from = "keyring" }`},
		{"in a table", broken(credentialLine, `credential = { client_secret = { secret = "hunter2~" } }`), "config.toml:5: profiles.fabrikam.credential.client_secret: " + stored + `client_secret = { from = "keyring" }`},
		{"a number", broken(credentialLine, `credential = { client_secret = 42 }`), "config.toml:5: profiles.fabrikam.credential.client_secret: " + stored + `client_secret = { from = "keyring" }`},
		{"in the profile", broken(credentialLine, `client_secret = "hunter2~"`), "config.toml:5: profiles.fabrikam.client_secret: " + stored + `client_secret = { from = "keyring" }`},
		{"password", broken(credentialLine, "[profiles.fabrikam.credential.certificate]\nfile = \"a\"\npassword = \"hunter2~\""), "config.toml:7: profiles.fabrikam.credential.certificate.password: " + stored + `password = { from = "keyring" }`},
		{"api key", app + "[profiles.fabrikam.azure_ai_search]\napi_key = \"hunter2~\"", "config.toml:7: profiles.fabrikam.azure_ai_search.api_key: " + strings.Replace(stored, "fabrikam`", "fabrikam --for azure_ai_search`", 1) + `api_key = { from = "keyring" }`},
		{"http key", "[[http.api_keys]]\nname = \"a\"\nkey = \"hunter2~\"", "config.toml:3: http.api_keys[0].key: " + made},
		{"http api key", "[http]\napi_key = \"hunter2~\"", "config.toml:2: http.api_key: " + made},
	}
	for _, row := range rows {
		if strings.Contains(row.want, "hunter2") {
			t.Fatalf("%s: the message wanted repeats the secret", row.name)
		}
	}
	refuse(t, rows)
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	refuse(t, []refusal{
		{"key twice", person + "client_id = \"hunter2~\"\n", `config.toml:3: profiles.contoso.client_id: the key or table stands twice; keep one of the two`},
		{"table twice", person + person, `config.toml:3: profiles.contoso: the key or table stands twice; keep one of the two`},
		{"open string", person + "account = \"hunter2~\nscopes = []", `config.toml:3: profiles.contoso.account: the text does not end on its line; close the quote, or use """ around several lines`},
		{"no quotes", person + "account = hunter2", `config.toml:3: profiles.contoso.account: the value is missing or lacks its quotes; write key = "value"`},
		{"no value", person + "account =\n", `config.toml:3: profiles.contoso.account: the value is missing or lacks its quotes; write key = "value"`},
		{"no equals sign", person + "account \"hunter2\"\n", `config.toml:3: profiles.contoso: = is missing after the key; write key = "value"`},
		{"two values", person + `account = "hunter" 2`, `config.toml:3: profiles.contoso: something follows the value on its line; write one key to a line`},
		{"windows path", person + `ca_file = "C:\Users\x.pem"`, `config.toml:3: profiles.contoso.ca_file: a backslash begins an escape here; write a path with / or in '...'`},
		{"open array", person + "scopes = [\n\"a\"", `config.toml:4: profiles.contoso.scopes: the file ends inside a value; close the quote or bracket`},
		{"no comma", person + "scopes = [\n\"a\"\n\"b\"]", `config.toml:5: profiles.contoso.scopes: a comma or the closing bracket is missing; separate values with commas`},
		{"open table", "[profiles.contoso\n", `config.toml:1: the [table] is not closed or has no name; write [profiles.NAME]`},
		{"control character", "# \x07", `config.toml:1: contains a control character; remove it`},
		{"not UTF-8", "# \xff", `config.toml:1: is not UTF-8 text; save it as UTF-8`},
		{"UTF-16", "\xff\xfea\x00", `config.toml:1: is not UTF-8 text; save it as UTF-8`},
		{"number", "[http]\nmax_body = 0123", `config.toml:2: http.max_body: the number or date is not written as TOML wants; write text in quotes`},
		{"too large", "[http]\nmax_body = 99999999999999999999", `config.toml:2: http.max_body: the number is too large; write a smaller one`},
		{"too deep", "\na = " + strings.Repeat("[", 1<<19), `config.toml:2: a key is too long or nests too deeply; see config.example.toml for the keys there are`},
		{"too many parts", "\n" + strings.Repeat("a.", 1<<18) + "a = 1", `config.toml:2: a key is too long or nests too deeply; see config.example.toml for the keys there are`},
		{"too long", "\n[" + strings.Repeat("a", 1<<18) + "]\nb = 1", `config.toml:2: a key is too long or nests too deeply; see config.example.toml for the keys there are`},
	})
}

func TestByteOrderMarkAndLineEnds(t *testing.T) {
	t.Parallel()
	src := "\ufeff" + strings.ReplaceAll(person+"acces = 1\n", "\n", "\r\n")
	_, err := load(t, src, nil)
	if got, want := message(err), `config.toml:3: profiles.contoso.acces: unknown key; did you mean "access"?`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
