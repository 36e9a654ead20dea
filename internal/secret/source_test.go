package secret_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// wantText reads s and checks for want without printing either.
func wantText(t *testing.T, s secret.Source, want string) {
	t.Helper()
	got, err := s.Read(t.Context())
	if err != nil {
		t.Fatalf("got error %v, hint %q", err, hint(err))
	}
	if got.Reveal() != want {
		t.Errorf("got %d bytes that differ from the %d bytes wanted", len(got.Reveal()), len(want))
	}
}

// wantError reads s, checks the error's kind and that its text and hint together
// hold each of the words, and returns the text and the hint.
func wantError(t *testing.T, s secret.Source, kind error, words ...string) string {
	t.Helper()
	got, err := s.Read(t.Context())
	if !errors.Is(err, kind) {
		t.Fatalf("got error %v, want %v", err, kind)
	}
	if !got.IsZero() {
		t.Error("got a secret along with the error")
	}
	if hint(err) == "" {
		t.Errorf("error %v has no hint", err)
	}
	said := err.Error() + " // " + hint(err)
	for _, word := range words {
		if !strings.Contains(said, word) {
			t.Errorf("got %q, want it to hold %q", said, word)
		}
	}
	if strings.Contains(said, plain) {
		t.Error("the error holds the secret")
	}
	return said
}

func hint(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

func TestFromVault(t *testing.T) {
	t.Parallel()
	vault := new(vaulttest.Memory)
	source := secret.FromVault(vault, secret.ClientSecretKey("contoso"))
	wantError(t, source, secret.ErrNotFound, "contoso/client_secret")
	if err := vault.Put(t.Context(), "contoso/client_secret", secret.NewText(plain)); err != nil {
		t.Fatal(err)
	}
	wantText(t, source, plain)
	vault.Switch(vaulttest.Locked)
	wantError(t, source, secret.ErrLocked)
}

func TestFromEnv(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"SET": plain, "EMPTY": "", "PLACEHOLDER": "${user_config.secret}", "DOLLAR": "$" + plain + "}",
	}
	from := func(name string) secret.Source {
		return secret.FromEnv(func(n string) string { return env[n] }, name)
	}
	wantText(t, from("SET"), plain)
	wantText(t, from("DOLLAR"), "$"+plain+"}")
	wantError(t, from("UNSET"), secret.ErrNotFound, "set UNSET in")
	wantError(t, from("EMPTY"), secret.ErrNotFound, "set EMPTY in")
	wantError(t, from("PLACEHOLDER"), secret.ErrNotFound, "set PLACEHOLDER where", "placeholder")
}

func TestSourcesReadNothingOnceTheContextHasEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, source := range map[string]secret.Source{
		"vault":   secret.FromVault(new(vaulttest.Memory), "key"),
		"env":     secret.FromEnv(func(string) string { t.Error("it was asked"); return plain }, "SET"),
		"file":    secret.FromFile(t.TempDir()),
		"command": secret.FromCommand([]string{"no such program"}),
	} {
		if _, err := source.Read(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got error %v, want %v", name, err, context.Canceled)
		}
	}
}

func TestErrorSaysWhatItWasDoingAndIsEachOfItsCauses(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	err := error(&secret.Error{Op: "reading x", Kind: secret.ErrLocked, Err: cause, Next: "unlock it"})
	if got, want := err.Error(), "reading x: keyring locked: cause"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, secret.ErrLocked) || !errors.Is(err, cause) || errors.Is(err, secret.ErrNotFound) {
		t.Error("errors.Is does not find the kind and the cause, and nothing else")
	}
	bare := error(&secret.Error{Op: "reading x"})
	var other interface{ Timeout() bool }
	if errors.Is(bare, secret.ErrLocked) || errors.As(bare, &other) || bare.Error() != "reading x" {
		t.Error("an Error without kind and cause is more than its act")
	}
}

// What is missing is stored by another command for each kind of secret.
func TestKeysSayHowTheirSecretIsStored(t *testing.T) {
	t.Parallel()
	vault := secret.SealedFile(filepath.Join(t.TempDir(), "sealed"), newKey())
	for key, want := range map[string]string{
		secret.ClientSecretKey("contoso"):       "run: microsoft-mcp-server secret set contoso",
		secret.PasswordKey("contoso"):           "run: microsoft-mcp-server secret set contoso",
		secret.SearchKey("contoso"):             "run: microsoft-mcp-server secret set contoso --for azure_ai_search",
		secret.SignInKey("contoso", "01"):       "run: microsoft-mcp-server login contoso",
		secret.SignInKey("a b", "01"):           "run: microsoft-mcp-server login 'a b'",
		secret.SignInKey("client_secret", "01"): "run: microsoft-mcp-server login client_secret",
		"other":                                 "store it first",
	} {
		for act, vault := range map[string]secret.Vault{"Get": vault, "Get of a record": secret.Chunked(vault)} {
			_, err := vault.Get(t.Context(), key)
			if got := hint(err); !errors.Is(err, secret.ErrNotFound) || got != want {
				t.Errorf("%s %s: got the hint %q of error %v, want %q", act, key, got, err, want)
			}
		}
	}
}
