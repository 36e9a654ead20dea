package profile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

func TestAuditFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	elsewhere := filepath.Join(t.TempDir(), "audit.jsonl")
	for _, tt := range []struct{ config, only, want, fault string }{
		{"", "", "", ""},
		{"[audit]", "", "", ""},
		{"[audit]\nfile = \"audit.jsonl\"", "", filepath.Join(dir, "audit.jsonl"), ""},
		{"[audit]\nfile = '" + elsewhere + "'", "", elsewhere, ""},
		{"[audit]\nfile = \"\"", "", "", "config.toml:2: audit.file: is empty"},
		{"[audit]\nfile = false", "", "", "config.toml:2: audit.file: expected a string, got a boolean"},
		{"[audit]\nflie = \"x\"", "", "", "config.toml:2: audit.flie: unknown key"},
		{"[audit]\nfile = \"~/audit.jsonl\"", "", "", "audit.file: ~ cannot be resolved"},
		{"[audit]\nfile = false", "a", "", ""}, // another matter than the profile's
	} {
		config := tt.config + "\n[profiles.a]\nclient_id = \"11111111-1111-1111-1111-111111111111\"\n"
		if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := profile.Load(profile.Options{File: path, Only: tt.only})
		switch {
		case tt.fault != "":
			if err == nil || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%q: got %v, want %q", tt.config, err, tt.fault)
			}
		case err != nil || c.Audit.File != tt.want:
			t.Errorf("%q: got %+v, %v; want %q", tt.config, c, err, tt.want)
		}
	}
}
