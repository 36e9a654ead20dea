package profile_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

func TestRulesOfOAuth(t *testing.T) {
	t.Parallel()
	rule := func(old, replacement string) string { return callers + altered(oauth, old, replacement) }
	more := func(line string) string { return callers + oauth + line }
	const clients = "; write https://app.example.com/callback, https://app.example.com/* or a scheme of the client's own"
	redirect := func(uri, problem string) refusal {
		return refusal{"redirect " + uri, more(`redirects = ['` + uri + `']`), "config.toml:10: http.oauth.redirects[0]: " + problem + clients}
	}
	anybody := func(alias string) string { return altered(callers, tenantGUID, alias) }
	const whoever = "anybody who has a Microsoft account can sign in, as tenant_id of the profile that they sign in to stands for several tenants"
	const one = "; remove it, or name one tenant (tenant_id, AZURE_TENANT_ID)"
	const index = "[profiles.people.azure_ai_search]\nendpoint = \"https://x.search.windows.net\"\nindex = \"docs\"\napi_key = { from = \"keyring\" }\n"
	const own, runs = "is neither https nor on the person's own machine", "is of a scheme that browsers run or read themselves"
	refuse(t, []refusal{
		{"no base url", rule(`base_url = "https://mcp.example.com"`, ""), "config.toml:6: http.base_url: is missing: [http.oauth] needs it; write it as https://HOST; add https://HOST/oauth/callback to the redirect URIs of the app registration (platform Web)"},
		{"base url of http", rule("https://", "http://"), "config.toml:7: http.base_url: is neither https nor on this machine, as [http.oauth] needs it; write it as https://HOST"},
		{"no profile", rule(`profile = "people"`, ""), `config.toml:8: http.oauth.profile: is missing; name a profile whose auth_mode is "onBehalfOf"`},
		{"another mode", app + altered(oauth, "people", "fabrikam"), `config.toml:9: http.oauth.profile: the profile has another auth_mode, and nobody can sign in to it; name a profile whose auth_mode is "onBehalfOf"`},
		{"another mode at any tenant", person + altered(oauth, "people", "contoso"), `config.toml:6: http.oauth.profile: the profile has another auth_mode, and nobody can sign in to it; name a profile whose auth_mode is "onBehalfOf"`},
		{"no profiles", more("profiles = []"), "config.toml:10: http.oauth.profiles: is empty; name the profiles that whoever signs in may use, or remove it for the one they sign in to"},
		{"unknown profile", more(`profiles = ["x"]`), `config.toml:10: http.oauth.profiles[0]: there is no profile "x"; the profiles are people`},
		{"another app's", strings.ReplaceAll(altered(callers, clientGUID, tenantGUID), "people", "others") + more(`profiles = ["people", "others"]`), "config.toml:15: http.oauth.profiles[1]: is of another app than the one that people sign in to; give it the same tenant_id, client_id and cloud, or remove it"},
		redirect("/callback", "is not a URI"),
		redirect("https://", own),
		redirect("http://app.example.com/cb", own),
		redirect("javascript:alert(1)", runs),
		redirect("data:text/html,x", runs),
		redirect("https://ada@app.example.com/cb", "holds a user, a fragment or a backslash"),
		redirect("https://app.example.com/cb#x", "holds a user, a fragment or a backslash"),
		redirect("https://*.example.com/cb", "has a * that is not its last segment"),
		redirect("https://app.example.com*", "has a * that is not its last segment"),
		redirect("myapp://*", "is a pattern of a scheme of its own, which has to be written out"),
		{"an app's, for anybody", anybody("common") + app + oauth + `profiles = ["people", "fabrikam"]`, "config.toml:15: http.oauth.profiles[1]: would open the organization's data to strangers: " + whoever + one},
		{"an account's, for anybody", anybody("organizations") + person + oauth + `profiles = ["contoso", "people"]`, "config.toml:12: http.oauth.profiles[0]: would open the organization's data to strangers: " + whoever + one},
		{"an index for anybody", anybody("consumers") + index + oauth, "config.toml:7: profiles.people.azure_ai_search.endpoint: would open the organization's index to strangers: " + whoever + one},
		{"an index of another, for anybody", anybody("common") + strings.Replace(anybody("common")+index, "people", "others", 2) + oauth + `profiles = ["people", "others"]`, "config.toml:12: profiles.others.azure_ai_search.endpoint: would open the organization's index to strangers: " + whoever + one},
		{"document", more(`documents = ["https://x"]`), "config.toml:10: http.oauth.documents[0]: is not a host or host:port; write client.example.com, or remove the key to allow any"},
	})
}

func TestRulesOfTheDoor(t *testing.T) {
	t.Parallel()
	rule := func(line string) string { return "[http]\n" + line }
	const at, proxies, address = "config.toml:2: http.", "trusted_proxies[0]: ", `; write an address or a network, such as "10.0.0.5" or "10.0.0.0/24"`
	const when = "is neither a date nor a time with its offset; write 2027-01-31 (from the beginning of that day, in UTC) or 2027-01-31T18:00:00Z"
	expires := func(value string) string {
		return "[[http.api_keys]]\nname = \"a\"\nsha256 = \"" + zeros + "\"\nexpires = " + value
	}
	const pem = "-----BEGIN PRIVATE KEY-----hunter2"
	refuse(t, []refusal{
		{"cors for nobody", rule("cors = true"), at + "cors: opens nothing, as no page is named; name the pages in allowed_origins, or remove it"},
		{"calls of one", rule("max_per_caller = -1"), at + "max_per_caller: is out of range; write a number from 0 to 100000"},
		{"connections", rule("max_connections = 0"), at + "max_connections: is out of range; write a number from 1 to 1000000"},
		{"memory", rule("max_memory = 1000"), at + "max_memory: is out of range; write a number from 67108864 to 1099511627776"},
		{"metrics", rule(`metrics_listen = "9090"`), at + "metrics_listen: is not host:port; write an address such as 127.0.0.1:9090"},
		{"metrics at the door", rule(`metrics_listen = "127.0.0.1:8080"`), at + "metrics_listen: is the address of the endpoint itself; write another, or remove it: /metrics is then served there, to whoever may call"},
		{"certificate alone", rule(`tls = { certificate = "a.pem" }`), at + `tls.key: is missing: a certificate and its key go together; write tls = { certificate = "cert.pem", key = "key.pem" }`},
		{"a key in the file", rule(`tls = { certificate = "a.pem", key = "` + pem + `" }`), at + "tls.key: is not the name of a file; put it into a file, and name that"},
		{"a key alone, in the file", rule(`tls = { key = "` + pem + `" }`), at + `tls.certificate: is missing: a certificate and its key go together; write tls = { certificate = "cert.pem", key = "key.pem" }` +
			"\n" + at + "tls.key: is not the name of a file; put it into a file, and name that"},
		{"proxy's name", rule(`trusted_proxies = ["proxy.example.com"]`), at + proxies + "is neither an IP address nor a network" + address},
		{"proxy's zone", rule(`trusted_proxies = ["fe80::1%eth0"]`), at + proxies + "is neither an IP address nor a network" + address},
		{"network with a host", rule(`trusted_proxies = ["10.0.0.5/24"]`), at + proxies + "has bits set beyond the length of the network; write the network's own address before the slash, such as 10.0.0.0/24"},
		{"everybody is a proxy", rule(`trusted_proxies = ["::/0"]`), at + proxies + "believes everybody, and so whoever calls could say to be anybody; name the proxies themselves"},
		{"a time without an offset", expires("2031-01-31T12:00:00"), "config.toml:4: http.api_keys[0].expires: " + when},
		{"a time of day", expires("12:00:00"), "config.toml:4: http.api_keys[0].expires: " + when},
		{"days", expires(`"90d"`), "config.toml:4: http.api_keys[0].expires: " + when},
		{"the zero time", expires("0001-01-01"), "config.toml:4: http.api_keys[0].expires: " + when},
		{"a number", expires("90"), "config.toml:4: http.api_keys[0].expires: " + when},
	})
}

func TestRulesOfState(t *testing.T) {
	t.Parallel()
	const key = "key = { env = \"STATE_KEY\" }\n"
	state := func(url string) string { return "[state]\nurl = '" + url + "'\n" + key }
	const at, remedy = "config.toml:2: state.url: ", "; write redis://HOST:6379, rediss://HOST:6379 (TLS) or unix:///PATH"
	const stored = "config.toml:3: state.key.from: all replicas need it, and what a person stores is on one machine and of one profile; name another source with env, file, command or systemd"
	const literal = `: a literal secret is not allowed here; put it into a file that only you can read, then write `
	refuse(t, []refusal{
		{"no key", "[state]\nurl = \"redis://localhost:6379\"", `config.toml:1: state.key: is missing: what is stored is sealed; make one with "openssl rand -base64 32", put it into a file that only you can read, and write key = { file = "PATH" }`},
		{"no url", "[state]\n" + key, `config.toml:1: state.url: is missing; write url = "rediss://HOST:6379", or remove the table to keep state in memory`},
		{"password", state("redis://:hunter2@localhost:6379"), at + `holds a password; remove it there, put it into a file that only you can read, and write password = { file = "PATH" }`},
		{"user", state("redis://ada@localhost:6379"), at + `holds a user; write it as username = "NAME"`},
		{"options", state("redis://localhost:6379?dial_timeout=1"), at + "holds more than a server and the number of a database" + remedy},
		{"scheme", state("http://localhost:6379"), at + "is not the URL of a Redis or Valkey server" + remedy},
		{"no scheme", state("localhost:6379"), at + "holds more than a server and the number of a database" + remedy},
		{"no host", state("redis://"), at + "is not the URL of a Redis or Valkey server" + remedy},
		{"relative socket", state("unix://run/redis.sock"), at + "is not the URL of a Redis or Valkey server" + remedy},
		{"database", state("redis://localhost/x"), at + "does not end in the number of a database" + remedy + "; /N behind it is the number of a database"},
		{"no URL", state("redis://a b"), at + "is not a URL" + remedy},
		{"no TLS", state("redis://localhost") + `ca_file = "x"`, "config.toml:4: state.ca_file: has no meaning without TLS; write rediss:// in url, or remove ca_file"},
		{"prefix", state("redis://localhost") + `prefix = "a b"`, "config.toml:4: state.prefix: is not a prefix of keys; write up to 64 characters without blanks"},
		{"vault", "[state]\nurl = \"redis://localhost\"\nkey = { from = \"vault\" }", stored},
		{"keyring", "[state]\nurl = \"redis://localhost\"\nkey = { from = \"keyring\" }", stored},
		{"key in the file", "[state]\nkey = \"hunter2\"", "config.toml:2: state.key" + literal + `key = { file = "PATH" }`},
		{"password in the file", "[state]\npassword = \"hunter2\"", "config.toml:2: state.password" + literal + `password = { file = "PATH" }`},
		{"old key in the file", "[state]\nold_keys = [\"hunter2\"]", "config.toml:2: state.old_keys[0]" + literal + `old_keys = [{ file = "PATH" }]`},
	})
	good := []string{"redis://localhost", "redis://localhost/0", "rediss://[::1]:6379/15"}
	if filepath.IsAbs("/run") {
		good = append(good, "unix:///run/redis.sock", "unix:///run/redis.sock?db=3")
	}
	for _, url := range good {
		if c, err := load(t, state(url), nil); err != nil || c.State.URL != url || c.State.Prefix != "microsoft-mcp-server:" {
			t.Errorf("%s: got %+v, %v", url, c, err)
		}
	}
}

func TestRulesOfAudit(t *testing.T) {
	t.Parallel()
	rule := func(lines string) string { return "[audit]\n" + lines }
	refuse(t, []refusal{
		{"to", rule(`to = "fil"`), `config.toml:2: audit.to: unknown value; did you mean "file"? write "stderr", "stdout", "file", "syslog" or "journald"`},
		{"no file", rule(`to = "file"`), `config.toml:1: audit.file: is missing; name the file, such as file = "audit.jsonl"`},
		{"file and syslog", rule("to = \"syslog\"\nfile = \"x\""), `config.toml:3: audit.file: has no meaning with to = "syslog"; write to = "file", or remove it`},
		{"size of a stream", rule("max_size = 65536"), `config.toml:2: audit.max_size: has no meaning with to = "stderr"; remove it: only a file is rotated`},
		{"size", rule("file = \"x\"\nmax_size = 10"), "config.toml:3: audit.max_size: is out of range; write a number from 65536 to 1099511627776"},
		{"keep alone", rule("file = \"x\"\nkeep = 3"), "config.toml:3: audit.keep: has no meaning without max_size: no file is rotated; write max_size, too, or remove it"},
		{"keep none", rule("file = \"x\"\nmax_size = 65536\nkeep = 0"), "config.toml:4: audit.keep: is out of range; write a number from 1 to 1000"},
	})
}

func TestExpires(t *testing.T) {
	t.Parallel()
	day := time.Date(2031, 1, 31, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Time{
		"2031-01-31": day, `"2031-01-31"`: day, "2031-01-31T18:00:00Z": day.Add(18 * time.Hour),
		`"2031-01-31T18:00:00+02:00"`: day.Add(16 * time.Hour), "2031-01-31 18:00:00+02:00": day.Add(16 * time.Hour),
	} {
		c, err := load(t, "[[http.api_keys]]\nname = \"a\"\nsha256 = \""+zeros+"\"\nexpires = "+value, nil)
		if err != nil || !c.HTTP.APIKeys[0].Expires.Equal(want) {
			t.Errorf("%s: got %+v, %v; want %v", value, c, err, want)
		}
	}
}

// Whoever is let in by a token, or signs in, guards the door as a key does.
func TestWhoGuardsTheDoor(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{"entra": callers + entra, "oauth": callers + oauth} {
		c, err := load(t, altered(src, "[http]", "[http]\nlisten = \":8080\""), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if err := c.HTTP.CheckListen("0.0.0.0:80"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestServeOnBehalfOf(t *testing.T) {
	t.Parallel()
	const at = "config.toml:2: profiles.people.auth_mode: "
	for _, row := range []struct {
		name, src string
		http      bool
		want      string
	}{
		{"over stdio", callers + oauth, false, at + `onBehalfOf is for callers over HTTP, each as themselves; serve it with "microsoft-mcp-server http", or choose a profile with auth_mode "interactive"`},
		{"by a key alone", callers + "[[http.api_keys]]\nname = \"a\"\nsha256 = \"" + zeros + "\"\n", true, at + "nobody can call as themselves; name the profile in [[http.entra.grants]] or in [http.oauth]"},
		{"by tokens", callers + entra, true, ""},
		{"by signing in", callers + oauth, true, ""},
		{"many tenants", altered(callers, tenantLine, `tenant_id = "common"`) + oauth, true, ""},
	} {
		c, err := load(t, row.src, nil)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if _, err := c.Serve(nil, row.http); message(err) != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, message(err), row.want)
		}
	}
}

// The ancestor's interactive mode over HTTP: whoever calls signs in, each as themselves.
func TestAncestorSignsPeopleIn(t *testing.T) {
	t.Parallel()
	ancestor := func(pairs ...string) vars {
		return with(vars{"AZURE_CLIENT_ID": clientGUID, "AZURE_CLIENT_SECRET": "hunter2~", "TRANSPORT_TYPE": "httpStream"}, pairs...)
	}
	for _, row := range []struct {
		name                  string
		env                   vars
		tenant, listen, wants string
	}{
		{"bare", ancestor(), "common", "127.0.0.1:8080", "http://localhost:8080"},
		{"named", ancestor("AZURE_AUTH_MODE", "interactive", "PORT", "9123", "AZURE_TENANT_ID", tenantGUID), tenantGUID, ":9123", "http://localhost:9123"},
		{"base url", ancestor("PORT", "9123", "BASE_URL", "https://mcp.example.com/"), "common", ":9123", "https://mcp.example.com"},
	} {
		c, err := profile.Load(profile.Options{Getenv: row.env.get})
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		p, o := c.Profiles[0], c.HTTP.OAuth
		if p.Name != "env" || p.AuthMode != profile.OnBehalfOf || p.TenantID != row.tenant || p.Access != profile.ReadWrite || p.Credential.Secret.Env != "AZURE_CLIENT_SECRET" {
			t.Errorf("%s: got %+v", row.name, p)
		}
		if o == nil || o.Profile != "env" || !o.Registration || c.HTTP.BaseURL != row.wants || c.HTTP.Listen != row.listen {
			t.Errorf("%s: got %+v, %+v", row.name, c.HTTP, o)
		}
		if _, err := c.Serve(nil, true); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	for name, env := range map[string]vars{
		"a key":     ancestor("MCP_API_KEY", "hunter3~"),
		"stdio":     ancestor("TRANSPORT_TYPE", "stdio"),
		"no secret": ancestor("AZURE_CLIENT_SECRET", ""),
	} {
		c, err := profile.Load(profile.Options{Getenv: env.get})
		if err != nil || c.Profiles[0].AuthMode != profile.Interactive || c.HTTP.OAuth != nil || c.HTTP.BaseURL != "" {
			t.Errorf("%s: got %+v, %v", name, c, err)
		}
	}
	for _, src := range []string{person, "[http]"} {
		c, err := load(t, src, ancestor())
		if err == nil && c.HTTP.OAuth == nil && c.Profiles[0].AuthMode == profile.Interactive {
			continue
		}
		t.Errorf("a file: got %+v, %v", c, err)
	}
	_, err := profile.Load(profile.Options{Getenv: ancestor("BASE_URL", "http://mcp.example.com").get})
	if want := "BASE_URL: is neither https nor on this machine, as [http.oauth] needs it; write it as https://HOST"; message(err) != want {
		t.Errorf("got %s, want %s", message(err), want)
	}
}
