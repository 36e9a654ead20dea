package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever stands in the file that a set-up has left, going on with it writes nothing that nobody has answered again, shows no control
// characters, and comes to an end.
func FuzzKept(f *testing.F) {
	for _, kept := range []string{"", "{", `{"answers":{"kind":"desktop","name":"contoso","tenant":"contoso.onmicrosoft.com"},"wrote":true,"config":"x"}`, `{"answers":{"kind":"server","secret-from":"hunter2"}}`,
		`{"answers":{"name":"\u001b]0;x\u0007","kind":"desktop"}}`, `{"begun":"9999-12-31T23:59:59Z","answers":{"kind":"\n"}}`, `{"answers":{"existing":"../x","write":"yes"}}`, `{"answers":{"cloud":"global","kind":"desktop","tenant":"x\u202ey"}}`} {
		f.Add([]byte(kept))
	}
	f.Fuzz(func(t *testing.T, kept []byte) {
		m := newMachine(t)
		dir := filepath.Join(m.dir, "microsoft-mcp-server")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "setup.json"), kept, 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := m.run(t, "continue\n", "setup")
		if code != 1 || strings.ContainsAny(out+errs, "\x1b\x07\u202e") {
			t.Errorf("%q: code %d, %q%q", kept, code, out, errs)
		}
		if _, err := os.Stat(filepath.Join(dir, "config.toml")); err == nil {
			t.Errorf("%q: a configuration was written", kept)
		}
	})
}
