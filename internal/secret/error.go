package secret

import (
	"errors"
	"fmt"
	"strings"
)

// What can be wrong with a secret, for errors.Is. They are distinct on purpose:
// a locked keyring may hold the secret, an unavailable one cannot be asked, and
// only ErrNotFound says that storing it would help.
var (
	// ErrNotFound: the place was asked and holds no such secret.
	ErrNotFound = errors.New("secret not found")
	// ErrLocked: a keyring is there, and a person must unlock it first.
	ErrLocked = errors.New("keyring locked")
	// ErrUnavailable: the place could not be asked, or did not answer in time,
	// or is not safe to read.
	ErrUnavailable = errors.New("secret store unavailable")
	// ErrTooLarge: the secret is larger than the place takes.
	ErrTooLarge = errors.New("secret too large")
)

// Error is how a Vault or a Source fails. It never holds the secret.
type Error struct {
	Op   string // the act and its object: "reading contoso/client_secret from the keyring"
	Kind error  // ErrNotFound, ErrLocked, ErrUnavailable, ErrTooLarge; nil where none of them fits
	Err  error  // the cause; nil where Kind says it all
	Next string // what to do next, on this machine, in this situation
}

// Error returns the act, the kind and the cause. The remedy is not part of it:
// whoever shows the error to a person adds [Error.Hint].
func (e *Error) Error() string {
	parts := []string{e.Op}
	for _, err := range e.Unwrap() {
		parts = append(parts, err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the kind and the cause, as far as they are there.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Kind, e.Err} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// Hint returns what to do next.
func (e *Error) Hint() string { return e.Next }

// elsewhere ends the hints of a keyring that cannot work where we run. It stands
// for what depends on the secret, see hintFor.
const elsewhere = "{elsewhere}"

// hintFor completes the hint of a keyring for the secret called key: a sign-in
// can rest in fewer places than a client secret.
func hintFor(key, hint string) string {
	const sealed = `let a sealed file take the keyring's place: vault = { file = "PATH", key = { env = "NAME" } } in the profile`
	if isSignIn(key) {
		return strings.ReplaceAll(hint, elsewhere, "or "+sealed+
			", or for a new one: microsoft-mcp-server profile add NAME --vault-file PATH --vault-key-from env:NAME")
	}
	name := "client_secret"
	if strings.HasSuffix(key, searchKeySuffix) {
		name = "api_key"
	}
	return strings.ReplaceAll(hint, elsewhere, `or let the profile take the secret from elsewhere: `+
		name+` = { env = "NAME" }, { file = "PATH" }, { command = ["PROGRAM", "ARGUMENT"] } or { systemd = "NAME" }; or `+sealed)
}

// storeHint says how the secret called key gets into its Vault.
func storeHint(key string) string {
	profile, command, flag := ProfileOf(key), "secret set", ""
	switch {
	case profile == "":
		return "store it first"
	case isSignIn(key):
		command = "login"
	case strings.HasSuffix(key, searchKeySuffix):
		flag = " --for azure_ai_search"
	}
	return fmt.Sprintf("run: microsoft-mcp-server %s %s%s", command, shellQuote(profile), flag)
}

// shellQuote returns s so that a person can paste it into a shell.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune(`/\:._-+@`, r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
