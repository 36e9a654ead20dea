package profile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Settings are a profile to be written into a file. What is zero is not written
// and takes its default. Nothing here is checked before [Editor.Add] does.
type Settings struct {
	Name        string
	AuthMode    string
	TenantID    string
	ClientID    string
	Account     string
	AccountType string
	Scopes      []string
	AppScopes   []string
	Access      string
	Cloud       Cloud // the Name alone; or hosts without one
	CAFile      string
	Vault       Vault
	Credential  Credential
}

// block returns the profile as a piece of a file.
func (s Settings) block(end string) string {
	key := joinKey("profiles", s.Name)
	lines := []string{"[" + key + "]"}
	for _, e := range []setting{
		textEntry("auth_mode", s.AuthMode), textEntry("tenant_id", s.TenantID), textEntry("client_id", s.ClientID),
		textEntry("account", s.Account), textEntry("account_type", s.AccountType),
		listEntry("scopes", s.Scopes), listEntry("app_scopes", s.AppScopes), textEntry("access", s.Access),
		cloudEntry(s.Cloud), textEntry("ca_file", s.CAFile), vaultEntry(s.Vault),
	} {
		lines = e.appendTo(lines)
	}
	if s.Credential.Kind != None {
		lines = append(lines, "", "["+key+".credential]")
		lines = credentialEntry(s.Credential).appendTo(lines)
	}
	return strings.Join(lines, end) + end
}

// setting is a key with its value as TOML writes it; "" where there is nothing
// to write.
type setting struct{ key, value string }

func (e setting) String() string { return e.key + " = " + e.value }

func (e setting) appendTo(lines []string) []string {
	if e.value == "" {
		return lines
	}
	return append(lines, e.String())
}

func textEntry(key, value string) setting {
	if value == "" {
		return setting{}
	}
	return setting{key, quote(value)}
}

func listEntry(key string, values []string) setting {
	if values == nil {
		return setting{}
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return setting{key, "[" + strings.Join(quoted, ", ") + "]"}
}

// tableEntry writes the entries that have a value as an inline table, {} where
// none has.
func tableEntry(key string, entries ...setting) setting {
	var parts []string
	for _, e := range entries {
		parts = e.appendTo(parts)
	}
	if len(parts) == 0 {
		return setting{key, "{}"}
	}
	return setting{key, "{ " + strings.Join(parts, ", ") + " }"}
}

func cloudEntry(c Cloud) setting {
	if c.Name != "" && c.Name != CustomCloud || c == (Cloud{}) {
		return textEntry("cloud", c.Name)
	}
	return tableEntry("cloud", textEntry("authority", c.Authority), textEntry("graph", c.Graph), textEntry("resource_manager", c.ResourceManager))
}

func vaultEntry(v Vault) setting {
	if v.IsZero() {
		return setting{}
	}
	return tableEntry("vault", textEntry("file", v.File), secretEntry("key", v.Key))
}

func credentialEntry(c Credential) setting {
	switch c.Kind {
	case ClientSecret:
		return secretEntry(ClientSecret.String(), c.Secret)
	case Certificate:
		return tableEntry(Certificate.String(), textEntry("file", c.CertificateFile), secretEntry("password", c.Password))
	case FederatedToken:
		return tableEntry(FederatedToken.String(), textEntry("file", c.TokenFile))
	case ManagedIdentity:
		return tableEntry(ManagedIdentity.String(), setting{"client_id", quote(c.ManagedClientID)})
	}
	return setting{}
}

func secretEntry(key string, s Secret) setting {
	switch {
	case s.Keyring:
		return tableEntry(key, textEntry("from", fromKeyring))
	case s.Vault:
		return tableEntry(key, textEntry("from", fromVault))
	case s.IsZero():
		return setting{}
	}
	return tableEntry(key, textEntry("env", s.Env), textEntry("file", s.File), listEntry("command", s.Command), textEntry("systemd", s.Systemd))
}

// quote writes s as a TOML string: Windows paths as they are, in '...', and all
// that a terminal or an editor would not show as itself escaped, in "...".
func quote(s string) string {
	if !utf8.ValidString(s) {
		return `"` + s + `"` // which Add refuses
	}
	plain := !strings.ContainsFunc(s, hidden)
	if plain && strings.Contains(s, `\`) && !strings.Contains(s, "'") {
		return "'" + s + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case hidden(c):
			fmt.Fprintf(&b, `\U%08X`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// hidden reports whether c does not show as itself.
func hidden(c rune) bool {
	return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029'
}
