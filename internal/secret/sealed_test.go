package secret_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// keyText is a Source of a fixed text, and counts its reads.
type keyText struct {
	text  string
	reads atomic.Int32
}

func (k *keyText) Read(context.Context) (secret.Text, error) {
	k.reads.Add(1)
	return secret.NewText(k.text), nil
}

func newKey() *keyText {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	return &keyText{text: base64.StdEncoding.EncodeToString(raw)}
}

// noFiles checks that nothing is in the folder.
func noFiles(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s was left behind", e.Name())
	}
}

func TestSealedFileKeepsTheContract(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, func(t *testing.T) secret.Vault {
		dir := t.TempDir()
		t.Cleanup(func() { noFiles(t, dir) })
		return secret.SealedFile(filepath.Join(dir, "sealed"), newKey())
	})
}

func TestSealedFileChunkedKeepsTheContract(t *testing.T) {
	t.Parallel()
	vaulttest.RunLarge(t, func(t *testing.T) secret.Vault {
		dir := t.TempDir()
		t.Cleanup(func() { noFiles(t, dir) })
		return secret.Chunked(secret.SealedFile(filepath.Join(dir, "sealed"), newKey()))
	})
}

// Nothing that is stored can be read in the file, under whose name it is stored
// neither, and no two files are alike.
func TestSealedFileShowsNothing(t *testing.T) {
	t.Parallel()
	path, key := filepath.Join(t.TempDir(), "new", "folder", "sealed"), newKey()
	vault := secret.SealedFile(path, key)
	var before []byte
	for range 2 {
		mustPut(t, vault, secret.SignInKey("contoso", "0a1b2c3d"), plain)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{plain, "contoso", "sign_in", key.text, base64.StdEncoding.EncodeToString([]byte(plain))} {
			if bytes.Contains(raw, []byte(word)) {
				t.Error("the file shows what is stored, or its key")
			}
		}
		const header = "microsoft-mcp-server sealed secrets, version 1\n"
		if !bytes.HasPrefix(raw, []byte(header)) {
			t.Errorf("got a file that begins with %q", raw[:min(len(raw), 50)])
		}
		if before != nil && bytes.Equal(raw[len(header):][:12], before[len(header):][:12]) {
			t.Error("the nonce was used twice")
		}
		before = raw
	}
	// Another process finds it, by any spelling of the key.
	raw, _ := base64.StdEncoding.DecodeString(key.text)
	for name, text := range map[string]string{
		"padded": key.text, "unpadded": strings.TrimRight(key.text, "="), "a line": key.text + "\n",
		"URL":          base64.URLEncoding.EncodeToString(raw),
		"URL unpadded": base64.RawURLEncoding.EncodeToString(raw),
		"hex":          hex.EncodeToString(raw), "HEX": strings.ToUpper(hex.EncodeToString(raw)),
	} {
		got, err := secret.SealedFile(path, &keyText{text: text}).Get(t.Context(), secret.SignInKey("contoso", "0a1b2c3d"))
		if err != nil || got.Reveal() != plain {
			t.Errorf("%s: another secret, or error %v", name, err)
		}
	}
}

// wantSealedError checks what every method says of a file or key that does not
// do, and that the file is as it was.
func wantSealedError(t *testing.T, vault secret.Vault, path string, kind error, words ...string) {
	t.Helper()
	before, _ := os.ReadFile(path)
	_, getErr := vault.Get(t.Context(), "k")
	for act, err := range map[string]error{
		"Get": getErr, "Put": vault.Put(t.Context(), "k", secret.NewText(plain)), "Delete": vault.Delete(t.Context(), "k"),
	} {
		if !errors.Is(err, kind) || errors.Is(err, secret.ErrNotFound) {
			t.Errorf("%s: got error %v, want %v", act, err, kind)
			continue
		}
		said := err.Error() + " // " + hint(err)
		for _, word := range words {
			if !strings.Contains(said, word) {
				t.Errorf("%s: got %q, want it to hold %q", act, said, word)
			}
		}
		if strings.Contains(said, plain) {
			t.Errorf("%s: the error holds the secret", act)
		}
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestSealedFileRefusesAKeyThatIsNone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sealed")
	mustPut(t, secret.SealedFile(path, newKey()), "k", "stored")
	full := strings.TrimRight(newKey().text, "=")
	for _, text := range []string{
		"correct horse battery staple", strings.Repeat("p", 32), full[:42], full + "AA", full + "==", full[:20] + "\n" + full[20:],
		full[:42] + "B", // a spelling that no encoder makes
		strings.Repeat("0", 64), strings.Repeat("A", 43), strings.Repeat("f", 62), strings.Repeat("é", 32), "=",
	} {
		wantSealedError(t, secret.SealedFile(path, &keyText{text: text}), path, secret.ErrUnavailable, "its key", "openssl rand -base64 32")
		err := secret.SealedFile(path, &keyText{text: text}).Put(t.Context(), "k", secret.NewText("x"))
		if strings.Contains(err.Error()+hint(err), text) && len(text) > 1 {
			t.Error("the error holds the key")
		}
	}
}

// That the key is missing does not look as if the secret were.
func TestSealedFileWithoutItsKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sealed")
	unset := secret.FromEnv(func(string) string { return "" }, "SEAL")
	_, err := secret.SealedFile(path, unset).Get(t.Context(), "k")
	if !errors.Is(err, secret.ErrUnavailable) || errors.Is(err, secret.ErrNotFound) {
		t.Errorf("before there is a file: got error %v, want %v", err, secret.ErrUnavailable)
	}
	mustPut(t, secret.SealedFile(path, newKey()), "k", "stored")
	wantSealedError(t, secret.SealedFile(path, unset), path, secret.ErrUnavailable, "set SEAL in the environment", "openssl")

	memory := new(vaulttest.Memory)
	memory.Switch(vaulttest.Locked)
	locked := secret.SealedFile(path, secret.FromVault(memory, "seal"))
	wantSealedError(t, locked, path, secret.ErrLocked, "its key")
}

func TestSealedFileIsNotOverwrittenWhereItDoesNotOpen(t *testing.T) {
	t.Parallel()
	dir, key := t.TempDir(), newKey()
	path := filepath.Join(dir, "sealed")
	mustPut(t, secret.SealedFile(path, key), "k", "stored")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantSealedError(t, secret.SealedFile(path, newKey()), path, secret.ErrUnavailable, "the key is not the one", "give the right key")

	flip := func(at int) []byte {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		return bad
	}
	for name, row := range map[string]struct {
		content []byte
		word    string
	}{
		"last byte":     {flip(len(good) - 1), "or it is damaged"},
		"nonce":         {flip(48), "or it is damaged"},
		"cut":           {good[:len(good)-1], "or it is damaged"},
		"cut short":     {good[:50], "or it is damaged"},
		"only header":   {good[:47], "or it is damaged"},
		"beginning":     {flip(3), "not a sealed file"},
		"newer version": {flip(45), "another version"},
		"empty":         {nil, "not a sealed file"},
		"plain text":    {[]byte("client_secret = 'x'"), "not a sealed file"},
		"longer":        {append(bytes.Clone(good), 'x'), "or it is damaged"},
		"far too long":  {append(bytes.Clone(good), make([]byte, 5<<20)...), "or it is damaged"},
	} {
		if err := os.WriteFile(path, row.content, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			wantSealedError(t, secret.SealedFile(path, key), path, secret.ErrUnavailable, row.word)
		})
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := secret.SealedFile(path, key).Get(t.Context(), "k"); err != nil || got.Reveal() != "stored" {
		t.Errorf("the file as it was: another secret, or error %v", err)
	}
}

// What a killed writer left beside the file is in nobody's way, and goes.
func TestSealedFileAfterAKilledWriter(t *testing.T) {
	t.Parallel()
	dir, key := t.TempDir(), newKey()
	path := filepath.Join(dir, "sealed")
	vault := secret.SealedFile(path, key)
	mustPut(t, vault, "k", "old")
	for _, left := range []string{path + ".new", path + ".lock"} {
		if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mustPut(t, vault, "k", "new")
	if got, err := vault.Get(t.Context(), "k"); err != nil || got.Reveal() != "new" {
		t.Errorf("another secret, or error %v", err)
	}
	if err := os.WriteFile(path+".new", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := vault.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	noFiles(t, dir)
}

// Deleting what is not there makes no folder, and needs no key.
func TestSealedFileDeleteOfNothingMakesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	vault := secret.SealedFile(filepath.Join(dir, "folder", "sealed"), &keyText{})
	if err := vault.Delete(t.Context(), "k"); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("got error %v, want %v", err, secret.ErrNotFound)
	}
	noFiles(t, dir)
}

// A key that comes from a command is read once for a record of many chunks.
func TestChunkedReadsTheKeyOfASealedFileOncePerCall(t *testing.T) {
	t.Parallel()
	key := newKey()
	vault := secret.Chunked(secret.SealedFile(filepath.Join(t.TempDir(), "sealed"), key))
	mustPut(t, vault, "k", body("x", 9000))
	if _, err := vault.Get(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if got := key.reads.Load(); got != 2 {
		t.Errorf("got %d reads for two calls, want 2", got)
	}
}
