package profile

import (
	"strings"
	"unicode"
)

func (b *builder) authMode() AuthMode {
	return AuthMode(b.choose("auth_mode", b.raw.AuthMode, Interactive.String(), ClientCredentials.String(), OnBehalfOf.String()))
}

// app reports whether the profile signs in as an app.
func (b *builder) app() bool { return b.out.AuthMode == ClientCredentials }

// callers reports whether the profile is of whoever calls, each as themselves.
func (b *builder) callers() bool { return b.out.AuthMode == OnBehalfOf }

// refuseFor reports a key that says nothing in the profile's mode. Where the
// environment set the key or the mode, the two need not agree: the ancestor's
// users set every variable there is.
func (b *builder) refuseFor(field, remedy string) {
	if !b.fromEnv(field) && !b.fromEnv("auth_mode") {
		b.fail(field, remedy, "has no meaning with auth_mode %q", b.out.AuthMode.String())
	}
}

// PersonalAccount is the AccountType of personal Microsoft accounts.
const PersonalAccount = "personal"

const (
	workAccount = "work"
	consumers   = "consumers" // the tenant of personal accounts
)

// accountType comes after the cloud. Personal accounts exist in the global
// cloud alone.
func (b *builder) accountType() string {
	r := b.raw.AccountType
	if b.app() || b.callers() {
		if r != "" {
			b.refuseFor("account_type", "remove it: "+b.noAccount())
		}
		return ""
	}
	field, kind := "account_type", []string{workAccount, PersonalAccount}[b.choose("account_type", r, workAccount, PersonalAccount)]
	if r == "" && strings.EqualFold(b.raw.TenantID, consumers) {
		field, kind = "tenant_id", PersonalAccount
	}
	if named := b.out.Cloud.Name; kind == PersonalAccount && named != cloudGlobal && named != CustomCloud {
		b.fail(field, "remove cloud, or "+field+" to sign in with a work account", "personal accounts exist only in the global cloud")
	}
	return kind
}

// noAccount says why no account can be named in the profile's mode.
func (b *builder) noAccount() string {
	if b.callers() {
		return "each caller is there as themselves"
	}
	return "an app has no account"
}

const concreteTenant = "write the tenant's GUID or a domain of it, such as contoso.onmicrosoft.com"

// isTenantAlias reports whether a tenant's ID stands for several of them.
func isTenantAlias(t string) bool { return t == "common" || t == "organizations" || t == consumers }

// tenant returns the tenant's ID. It becomes a part of URLs, so nothing but
// letters, digits, dots and hyphens gets through.
func (b *builder) tenant() string {
	const field, concrete = "tenant_id", concreteTenant
	t := strings.ToLower(b.raw.TenantID)
	alias := isTenantAlias(t)
	switch {
	case t == "" && b.callers() && b.fromEnv(field):
		return "common" // the ancestor's
	case t == "" && (b.app() || b.callers()):
		b.fail(field, concrete, "is missing: %s needs a concrete tenant", b.out.AuthMode)
	case t == "" && b.out.AccountType == PersonalAccount:
		return consumers
	case t == "":
		return "common"
	case alias && b.app():
		b.fail(field, concrete, "clientCredentials needs a concrete tenant, not %s", t)
	case !alias && !isGUID(t) && !isDomain(t) && !(b.anyName(field) && isHostName(t)):
		b.fail(field, concrete+", or (interactive only) common, organizations or consumers", "is not a tenant")
	case b.out.AuthMode == Interactive && (b.out.AccountType == PersonalAccount) != (t == consumers):
		b.fail(field, `for personal accounts write account_type = "personal" and no tenant_id; for work accounts a tenant of theirs and no account_type`, "does not fit account_type: personal accounts, and only these, belong to the tenant consumers")
	}
	return t
}

// anyName reports whether a field may hold a name that Microsoft's Entra would not give: the ancestor took any
// from its variables, and stand-ins for Entra have names of their own.
func (b *builder) anyName(field string) bool {
	return b.fromEnv(field) || b.out.Cloud.Name == CustomCloud
}

func (b *builder) clientID() string {
	const field = "client_id"
	id := b.raw.ClientID
	switch {
	case id == "" && (b.app() || b.callers()):
		b.fail(field, "write the application (client) ID of the app registration (README, section App registration)", "is missing: %s needs a client ID", b.out.AuthMode)
	case id == "":
		b.fail(field, "register an app of your own, which takes some minutes (README, section App registration), and write its application (client) ID", "is missing: no client ID is built in")
	case !isGUID(id) && !(b.anyName(field) && isName(id)):
		b.fail(field, "copy the application (client) ID from the app registration's overview", "is not a GUID")
	}
	return id
}

func (b *builder) account() string {
	a := b.raw.Account
	switch {
	case a == "":
	case b.app() || b.callers():
		b.refuseFor("account", "remove it: "+b.noAccount())
	case strings.Count(a, "@") != 1 || strings.HasPrefix(a, "@") || strings.HasSuffix(a, "@") || hasBlank(a):
		b.fail("account", "write the name the person signs in with, such as ada@contoso.com", "is not an account's name")
	}
	return a
}

func (b *builder) scopes() []string {
	const field = "scopes"
	s := b.raw.Scopes
	if b.app() {
		if s != nil {
			b.refuseFor(field, "remove it: an app's permissions are granted in the app registration")
		}
		return nil
	}
	if s == nil {
		return []string{"User.Read"}
	}
	b.scopeList(field, s)
	return s
}

// appScopes come after the cloud. Entra gives apps tokens for /.default alone.
func (b *builder) appScopes() []string {
	const field = "app_scopes"
	s := b.raw.AppScopes
	if !b.app() {
		if s != nil {
			b.refuseFor(field, "remove it: a person's permissions stand in scopes")
		}
		return nil
	}
	if s == nil {
		return []string{b.out.Cloud.Graph + "/.default"}
	}
	b.scopeList(field, s)
	for i, scope := range s {
		if !strings.HasSuffix(scope, "/.default") {
			b.fail(indexKey(field, i), "write "+b.out.Cloud.Graph+"/.default; the permissions themselves are granted in the app registration",
				"does not end in /.default, as an app's scope must")
		}
	}
	return s
}

func (b *builder) scopeList(field string, scopes []string) {
	if len(scopes) == 0 {
		b.fail(field, "name at least one, or remove it for the default", "is empty")
	}
	for i, s := range scopes {
		if hasBlank(s) || strings.Contains(s, ",") {
			b.fail(indexKey(field, i), `write one permission to a string: ["User.Read", "Mail.Read"]`, "is not one permission")
		}
	}
}

// isGUID reports whether s is written as 8-4-4-4-12 hexadecimal digits.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !isHex(c) {
				return false
			}
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// isDomain reports whether s is a DNS name (RFC 1123) of two labels or more.
func isDomain(s string) bool { return len(s) <= 253 && strings.Contains(s, ".") && isHostName(s) }

// isHostName reports whether s is a DNS name (RFC 1123).
func isHostName(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if !isAlnum(label[i]) && label[i] != '-' {
				return false
			}
		}
	}
	return len(s) <= 253
}

// isName reports whether s may be the name of a profile or an API key.
func isName(s string) bool {
	if s == "" || len(s) > 64 || !isAlnum(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isBare(s[i]) && s[i] != '.' {
			return false
		}
	}
	return true
}

// hasBlank reports whether s holds white space or what a terminal obeys and does not show.
func hasBlank(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || hidden(c) })
}
