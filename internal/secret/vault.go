package secret

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxStored is the size in bytes of the largest secret a Vault takes. It is set
// by the narrowest keyring, Windows's Credential Manager (2,560 bytes), so that
// a profile which works on one machine works on all.
const MaxStored = 2000

const clientSecretSuffix = "/client_secret"

// Vault keeps secrets under keys. It is safe for concurrent use. Every method
// fails with an [Error], and with ctx.Err() in its chain where ctx ended first.
// A key is non-empty UTF-8 without control characters, quotes and backslashes.
// Every implementation passes vaulttest.Run.
type Vault interface {
	// Get returns the secret, or ErrNotFound.
	Get(ctx context.Context, key string) (Text, error)
	// Put stores t under key, in place of what was there. An empty t is refused,
	// one of more than MaxStored bytes is ErrTooLarge; what was there then stays.
	Put(ctx context.Context, key string, t Text) error
	// Delete removes the secret. An absent one is ErrNotFound.
	Delete(ctx context.Context, key string) error
}

// ClientSecretKey returns the key of a profile's client secret.
func ClientSecretKey(profile string) string { return profile + clientSecretSuffix }

// checkKey refuses what some keyring would take for something else: D-Bus wants
// UTF-8, and macOS's security tool reads a line with quotes of its own kind.
func checkKey(key string) error {
	if key == "" || !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl) || strings.ContainsAny(key, `'"\`) {
		return errors.New("the key is not plain text")
	}
	return nil
}
