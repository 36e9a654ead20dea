package secret

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxStored is the size in bytes of the largest secret a Vault takes that is not
// [Chunked]. It is set by the narrowest keyring, Windows's Credential Manager
// (2,560 bytes), so that a profile which works on one machine works on all.
const MaxStored = 2000

// What stands behind a profile's name in the keys of its secrets. Changing one
// orphans what people have stored.
const (
	clientSecretSuffix = "/client_secret"
	signInSuffix       = "/sign_in"
	passwordSuffix     = "/certificate_password"
	searchKeySuffix    = "/azure_ai_search_key"
)

// Vault keeps secrets under keys. It is safe for concurrent use. Every method
// fails with an [Error], and with ctx.Err() in its chain where ctx ended first.
// A key is non-empty UTF-8 without control characters, quotes and backslashes.
// Every implementation passes vaulttest.Run, a Chunked one vaulttest.RunLarge.
type Vault interface {
	// Get returns the secret, or ErrNotFound.
	Get(ctx context.Context, key string) (Text, error)
	// Put stores t under key, in place of what was there. An empty t is refused,
	// one of more than MaxStored bytes (Chunked: MaxRecord) is ErrTooLarge; what
	// was there then stays.
	Put(ctx context.Context, key string, t Text) error
	// Delete removes the secret. An absent one is ErrNotFound.
	Delete(ctx context.Context, key string) error
}

// ClientSecretKey returns the key of a profile's client secret.
func ClientSecretKey(profile string) string { return profile + clientSecretSuffix }

// SignInKey returns the key of the record that keeps a profile's person signed
// in. It needs a [Chunked] Vault. The fingerprint is of what the sign-in is for:
// profiles of one name in two files, or one whose tenant was edited, then have
// records of their own.
func SignInKey(profile, fingerprint string) string {
	return profile + "/" + fingerprint + signInSuffix
}

// ProfileOf returns the profile that one of the keys above belongs to, "" where
// key is none of them.
func ProfileOf(key string) string {
	profile, rest, _ := strings.Cut(key, "/")
	switch "/" + rest {
	case clientSecretSuffix, passwordSuffix, searchKeySuffix:
		return profile
	}
	if strings.HasSuffix(key, signInSuffix) {
		return profile
	}
	return ""
}

// isSignIn reports whether key is that of a sign-in, or of what belongs to it.
func isSignIn(key string) bool { return strings.Contains(key, signInSuffix) }

// PasswordKey returns the key of the password that opens a profile's certificate.
func PasswordKey(profile string) string { return profile + passwordSuffix }

// SearchKey returns the key of what opens a profile's Azure AI Search index.
func SearchKey(profile string) string { return profile + searchKeySuffix }

// checkKey refuses what some keyring would take for something else: D-Bus wants
// UTF-8, and macOS's security tool reads a line with quotes of its own kind.
func checkKey(key string) error {
	if key == "" || !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl) || strings.ContainsAny(key, `'"\`) {
		return &Error{Op: fmt.Sprintf("using the key %q", key), Err: errors.New("the key is not plain text"),
			Next: "use a plain profile name"}
	}
	return nil
}

// checkText refuses an empty secret for key, and one of more than most bytes.
func checkText(op, key string, t Text, most int) error {
	n := len(t.Reveal())
	switch {
	case n == 0:
		return &Error{Op: op, Err: errors.New("the secret is empty"), Next: "give a secret that is not empty"}
	case n > most:
		return &Error{Op: op, Kind: ErrTooLarge, Err: fmt.Errorf("%d bytes, at most %d", n, most), Next: tooLargeHint(key)}
	}
	return nil
}

func tooLargeHint(key string) string {
	if isSignIn(key) {
		return "let the profile ask for fewer permissions (scopes), and sign in again"
	}
	return "check that it is the client secret's value and not a whole file; " +
		"a larger secret can stay in a file: client_secret = { file = \"PATH\" }"
}
