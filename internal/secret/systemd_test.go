package secret_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

func TestFromSystemd(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(write(t, "outside", 0o600))
	credentials := filepath.Join(dir, "credentials")
	if err := os.Mkdir(credentials, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(credentials, "graph.secret"), []byte(plain+"\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	from := func(dir, name string) secret.Source {
		return secret.FromSystemd(func(variable string) string {
			if variable != "CREDENTIALS_DIRECTORY" {
				t.Errorf("it asked for %s", variable)
			}
			return dir
		}, name)
	}
	wantText(t, from(credentials, "graph.secret"), plain)
	wantError(t, from(credentials, "other"), secret.ErrNotFound, `credential "other"`, "LoadCredential=other:PATH", "LoadCredentialEncrypted=other:")
	wantError(t, from("", "graph.secret"), secret.ErrUnavailable, "systemd passed no credentials", "LoadCredential=graph.secret:")
	wantError(t, from("credentials", "graph.secret"), secret.ErrUnavailable, "names no folder")
	for _, name := range []string{"", ".", "..", "../client secret", "/etc/passwd", `..\client secret`, "a/b", "nul\x00"} {
		wantError(t, from(credentials, name), secret.ErrUnavailable, "no credential can have this name")
	}
}
