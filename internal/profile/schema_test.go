package profile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	for _, tt := range []struct {
		config string
		want   profile.Schema
		fault  string
	}{
		{"", profile.Schema{}, ""},
		{"[schema]\noffline = true", profile.Schema{Offline: true}, ""},
		{"[schema]\nfolder = \"cache\"", profile.Schema{Folder: filepath.Join(dir, "cache")}, ""},
		{"[schema]\nfolder = \"\"", profile.Schema{}, "config.toml:2: schema.folder: is empty"},
		{"[schema]\noffline = \"no\"", profile.Schema{}, "config.toml:2: schema.offline: expected"},
		{"[schema]\nofline = true", profile.Schema{}, "config.toml:2: schema.ofline: unknown key"},
	} {
		config := tt.config + "\n[profiles.a]\nclient_id = \"11111111-1111-1111-1111-111111111111\"\n"
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := profile.Load(profile.Options{File: path})
		switch {
		case tt.fault != "":
			if err == nil || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%q: got %v, want %q", tt.config, err, tt.fault)
			}
		case err != nil || c.Schema != tt.want:
			t.Errorf("%q: got %+v, %v; want %+v", tt.config, c, err, tt.want)
		}
	}
}
