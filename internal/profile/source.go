package profile

import (
	"path/filepath"
	"strings"
)

const (
	fromKeyring = "keyring"
	fromVault   = "vault"

	sourceRemedy = `write one of { from = "keyring" }, { from = "vault" }, { env = "NAME" }, { file = "PATH" }, { command = ["PROGRAM"] } and { systemd = "NAME" }`
	vaultRemedy  = `write "keyring", or { file = "PATH", key = { env = "NAME" } }`
)

// secret returns the one source that r names; r may be nil.
func (b *builder) secret(field string, r *fileSecret) Secret {
	if r == nil {
		return Secret{}
	}
	s := Secret{
		Keyring: r.From == fromKeyring, Vault: r.From == fromVault,
		Env: r.Env, File: b.path(field+".file", r.File), Command: b.command(field, r.Command), Systemd: r.Systemd,
	}
	sources := 0
	for _, named := range []bool{r.From != "", r.Env != "", r.File != "", r.Command != nil, r.Systemd != ""} {
		if named {
			sources++
		}
	}
	switch {
	case sources != 1:
		b.fail(field, sourceRemedy, "names %d sources, and one is needed", sources)
	case r.From != "" && !s.Keyring && !s.Vault:
		b.fail(field+".from", `write from = "keyring" or from = "vault", or name another source with env, file, command or systemd`,
			`is neither "keyring" nor "vault"`)
	case s.Env != "" && !isVariable(s.Env):
		b.fail(field+".env", "write the name of the variable that holds the secret, without $, and never the secret itself", "is not the name of a variable")
	case r.Command != nil && len(r.Command) == 0:
		b.fail(field+".command", `write the program and its arguments: ["pass", "show", "NAME"]`, "is empty")
	case s.Systemd != "" && !isCredential(s.Systemd):
		b.fail(field+".systemd", "write the name that the unit gives it (LoadCredential=NAME:PATH), and never the secret itself", "is not the name of a credential")
	}
	return s
}

// vault returns where the profile's sign-in rests.
func (b *builder) vault() Vault {
	const field = "vault"
	r := b.raw.Vault
	if r.Sealed == nil {
		if r.Name != "" && r.Name != fromKeyring {
			b.fail(field, remedies(didYouMean(r.Name, []string{fromKeyring}), vaultRemedy), "unknown value")
		}
		return Vault{}
	}
	v := Vault{File: b.path(field+".file", r.Sealed.File), Key: b.secret(field+".key", r.Sealed.Key)}
	if v.File == "" {
		b.fail(field+".file", "name the file that is to hold the sign-in, sealed", "is missing")
	}
	switch {
	case r.Sealed.Key == nil:
		b.fail(field+".key", `write key = { env = "NAME" }, or another source`, "is missing")
	case v.Key.Vault:
		b.fail(field+".key.from", "name another source with env, file, command or systemd", "the key cannot rest in the vault that it opens")
	case v.Key.Keyring:
		b.fail(field+".key.from", `where there is a keyring, write vault = "keyring"; else name another source with env, file, command or systemd`, "a sealed file is for machines without a keyring")
	case v.File != "" && v.File == v.Key.File:
		b.fail(field+".key.file", "name another file", "the key cannot rest in the file that it opens")
	}
	return v
}

// command resolves a program named by a path; a bare name is left to PATH.
func (b *builder) command(field string, argv []string) []string {
	if len(argv) == 0 || !strings.ContainsAny(argv[0], `/`+string(filepath.Separator)) {
		return argv
	}
	return append([]string{b.path(indexKey(field+".command", 0), argv[0])}, argv[1:]...)
}

// isVariable reports whether s can name an environment variable (POSIX, 3.216).
func isVariable(s string) bool {
	for i := range len(s) {
		if s[i] != '_' && !isAlnum(s[i]) {
			return false
		}
	}
	return s != "" && (s[0] < '0' || s[0] > '9')
}

// isCredential reports whether s can name a systemd credential
// (systemd.exec(5)): a file's name in one folder, so that it leads nowhere else.
func isCredential(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(`/\:`, s[i]) >= 0 {
			return false
		}
	}
	return s != "" && s != "." && s != ".." && len(s) <= 255
}
