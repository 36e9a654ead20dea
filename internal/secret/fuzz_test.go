package secret_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// Whatever stands in a sealed file but what was sealed there: it does not open, is not overwritten, and what is said of it shows nothing.
func FuzzSealedFile(f *testing.F) {
	path, key := filepath.Join(f.TempDir(), "sealed"), newKey()
	vault := secret.SealedFile(path, key)
	const hidden = "hunter2-is-hidden"
	if err := vault.Put(f.Context(), "a", secret.NewText(hidden)); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(bytes.ToUpper(good))
	f.Add([]byte("microsoft-mcp-server sealed secrets, version 2\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := vault.Get(t.Context(), "a")
		if bytes.Equal(raw, good) {
			if err != nil || got.Reveal() != hidden {
				t.Fatal(err)
			}
			return
		}
		if err == nil || !errors.Is(err, secret.ErrUnavailable) || strings.Contains(err.Error(), hidden) || len(err.Error()) > 2_000 {
			t.Fatalf("got %v", err)
		}
		if err := vault.Put(t.Context(), "b", secret.NewText("x")); err == nil {
			t.Error("it was overwritten")
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, raw) {
			t.Error("it was changed")
		}
	})
}

// Whatever stands in a keyring under our names, as another program or an older version may have put it there: a secret is read as one of
// ours whole, or is an error; and what is written anew is read as it was written.
func FuzzRecord(f *testing.F) {
	f.Add("", "", "")
	f.Add("mcp1:a:1:x", "chunk", "secret")
	f.Add("plain text of an older version", "\x00", strings.Repeat("long", 2000))
	written := &vaulttest.Memory{}
	if err := secret.Chunked(written).Put(f.Context(), "k", secret.NewText(strings.Repeat("y", 5000))); err != nil {
		f.Fatal(err)
	}
	if head, err := written.Get(f.Context(), "k"); err == nil {
		f.Add(head.Reveal(), strings.Repeat("y", 1000), "z")
	}
	f.Fuzz(func(t *testing.T, head, chunk, text string) {
		inner := &vaulttest.Memory{}
		for key, value := range map[string]string{"k": head, "k#a.0": chunk, "k#b.0": chunk, "k#a.1": chunk} {
			if value != "" {
				_ = inner.Put(t.Context(), key, secret.NewText(value))
			}
		}
		vault := secret.Chunked(inner)
		if got, err := vault.Get(t.Context(), "k"); err == nil && !strings.Contains(head+chunk+chunk, got.Reveal()) {
			t.Errorf("%q, %q: read %q", head, chunk, got.Reveal())
		} else if err != nil && (chunk != "" && len(chunk) > 12 && strings.Contains(err.Error(), chunk) || len(err.Error()) > 2_000) {
			t.Errorf("%v", err)
		}
		if text == "" || vault.Put(t.Context(), "k", secret.NewText(text)) != nil {
			return
		}
		if got, err := vault.Get(t.Context(), "k"); err != nil || got.Reveal() != text {
			t.Errorf("%q was read as %q (%v)", text, got.Reveal(), err)
		}
	})
}
