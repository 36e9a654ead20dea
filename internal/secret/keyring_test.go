package secret_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// missing skips the test for want of what a person's machine may lack. Where CI
// is to run everything it fails instead, so that a skip is not mistaken for a pass.
func missing(t *testing.T, why string) {
	t.Helper()
	if runtime.GOOS == "linux" {
		why += "; run under scripts/with-keyring"
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// workingKeyring returns the keyring of whoever runs the test, or skips it.
func workingKeyring(t *testing.T) *secret.OSKeyring {
	t.Helper()
	if runtime.GOOS != "linux" && os.Getenv("CI") != "true" {
		t.Skip("it would use your own keyring, which may ask you for a password; set CI=true to run it")
	}
	t.Setenv("DISPLAY", "") // a keyring that is locked must not open a dialog in a test
	t.Setenv("WAYLAND_DISPLAY", "")
	vault := secret.Keyring()
	if _, err := vault.Get(t.Context(), "test-absent"); !errors.Is(err, secret.ErrNotFound) {
		missing(t, fmt.Sprintf("no keyring that works: %v", err))
	}
	return vault
}

// These run against the keyring of whoever runs them. Their keys are their own,
// and they delete them.

func TestKeyringKeepsTheContract(t *testing.T) {
	vault := workingKeyring(t)
	vaulttest.Run(t, func(*testing.T) secret.Vault { return vault })
}

func TestKeyringChunkedKeepsTheContract(t *testing.T) {
	vault := secret.Chunked(workingKeyring(t))
	vaulttest.RunLarge(t, func(*testing.T) secret.Vault { return vault })
}

func TestKeyringWritersAtOnce(t *testing.T) {
	workingKeyring(t)
	writersAtOnce(t, realKeyring, secret.SignInKey("test-"+rand.Text(), "0a1b2c3d"), "8")
}

func TestKeyringWritersKilled(t *testing.T) {
	workingKeyring(t)
	killWriters(t, realKeyring, secret.SignInKey("test-"+rand.Text(), "0a1b2c3d"), 15)
}

// playKeyring asks the real keyring in a process of its own, because go-keyring
// keeps the first bus it meets for good. It gives up when its input ends.
func playKeyring() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	_, err := secret.Keyring().Get(ctx, secret.ClientSecretKey("contoso"))
	kind := "other"
	for name, target := range map[string]error{
		"found": nil, "not found": secret.ErrNotFound, "locked": secret.ErrLocked,
		"unavailable": secret.ErrUnavailable, "cancelled": context.Canceled,
	} {
		if errors.Is(err, target) {
			kind = name
		}
	}
	fmt.Printf("%s // %v // %s\n", kind, err, hint(err))
}
