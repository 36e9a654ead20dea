package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// write makes a file of the given mode, whatever the umask.
func write(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "client secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFromFileReadsTheSecret(t *testing.T) {
	t.Parallel()
	full := strings.Repeat("x", 64<<10)
	for name, row := range map[string]struct{ content, want string }{
		"bare":                 {plain, plain},
		"newline":              {plain + "\n", plain},
		"Windows newline":      {plain + "\r\n", plain},
		"one newline only":     {plain + "\n\n", plain + "\n"},
		"spaces stay":          {"  " + plain + " ", "  " + plain + " "},
		"several lines":        {"a\nb\n", "a\nb"},
		"unicode":              {"pässwörd-密码\n", "pässwörd-密码"},
		"the largest there is": {full, full},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantText(t, secret.FromFile(write(t, row.content, 0o600)), row.want)
		})
	}
}

func TestFromFileReadsAnew(t *testing.T) {
	t.Parallel()
	path := write(t, "old", 0o600)
	source := secret.FromFile(path)
	wantText(t, source, "old")
	if err := os.WriteFile(path, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantText(t, source, "new")
}

func TestFromFileRefusesWhatIsNoSecret(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		content string
		kind    error
		word    string
	}{
		"empty":           {"", secret.ErrNotFound, "empty"},
		"only a newline":  {"\r\n", secret.ErrNotFound, "empty"},
		"too large":       {strings.Repeat("x", 64<<10+1), secret.ErrTooLarge, "65536"},
		"byte order mark": {"\uFEFF" + plain, secret.ErrUnavailable, "UTF-8"},
		"UTF-16":          {"h\x00i\x00", secret.ErrUnavailable, "UTF-8"},
		"binary":          {"\xff\xfe", secret.ErrUnavailable, "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t, row.content, 0o600)
			wantError(t, secret.FromFile(path), row.kind, row.word, path)
		})
	}
	missing := filepath.Join(t.TempDir(), "missing")
	said := wantError(t, secret.FromFile(missing), secret.ErrNotFound, "create the file")
	if strings.Count(said, missing) != 1 {
		t.Errorf("got %q, want the path in it once", said)
	}
	wantError(t, secret.FromFile(t.TempDir()), secret.ErrUnavailable)
}
