package profile_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// FuzzLoad puts a secret into a text at any place and wants an error, or a
// configuration, that does not repeat it.
func FuzzLoad(f *testing.F) {
	const secret = "hunter2~Q~correct.horse-battery_staple"
	for _, src := range []string{
		app, person, strings.Replace(app, `{ from = "keyring" }`, `"SECRET"`, 1),
		"[profiles.x]\nclient_secret = \"SECRET\"\n", "[profiles.x]\nauth_mode = \"SECRET\"", "[profiles.x]\ntenant_id = SECRET",
		"default_profile = \"SECRET\"", "[[http.api_keys]]\napi_key = 'SECRET'\n", "[http]\nbase_url = \"https://SECRET@x\"",
		"[profiles.x.credential.certificate]\npassword = \"\"\"\nSECRET\"\"\"", "a = \"SECRET\n", "a = \"\\SECRET\"", "a = {\"b\" SECRET}",
		"[profiles.x]\ncloud = { graph = \"SECRET\" }\nscopes = [\"SECRET\", 1]\ntools = \"SECRET\"", "[http]\nlisten = \"SECRET:1\"\nprofiles = [\"SECRET\"]",
		"[profiles.x.credential]\nclient_secret = { env = \"SECRET\", from = \"SECRET\", file = \"SECRET\", command = [\"SECRET\"] }",
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		src = strings.ReplaceAll(src, "SECRET", secret)
		path := write(t, src)
		_, err := profile.Load(profile.Options{File: path, Getenv: vars{"HOME": "/home/ada"}.get})
		if err == nil || !valueOnly(src, secret) {
			return
		}
		text := strings.ReplaceAll(err.Error(), filepath.Dir(path), "")
		if strings.Contains(text, secret) || strings.Contains(text, "correct.horse") {
			t.Errorf("the error repeats the secret:\n%s", text)
		}
	})
}

// valueOnly reports whether secret stands after an equals sign wherever it
// stands: keys and headers are repeated, as are names of profiles.
func valueOnly(src, secret string) bool {
	for line := range strings.SplitSeq(src, "\n") {
		if before, _, ok := strings.Cut(line, secret); ok && !strings.Contains(before, "=") {
			return false
		}
	}
	return true
}
