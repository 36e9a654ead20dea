package entra

import (
	"net/url"
	"slices"
	"strings"
)

// advice is what we know of some of Entra's error codes. In meaning and remedy
// stand {login} {profile} {tenant} {client} {authority} {portal} {adminconsent}
// {platform} {redirect}, and the pages of the app registration {secrets} {authentication}
// {permissions}, for the profile's own values, see [Config.fill].
type advice struct {
	codes     []int
	meaning   string
	remedy    string
	transient bool // may pass by itself
	ended     bool // the refresh token is of no use any more
}

// adviceFor returns what we know of a code.
func adviceFor(code int) (advice, bool) {
	i := slices.IndexFunc(table, func(a advice) bool { return slices.Contains(a.codes, code) })
	if i < 0 {
		return advice{}, false
	}
	return table[i], true
}

// fill puts the profile's values into a template.
func (c Config) fill(template string) string {
	origin, _ := httpsOrigin(c.Authority)
	platform, redirect := "Mobile and desktop applications", "http://localhost, without port or path"
	if c.redirect != "" {
		platform, redirect = "Web", tidy(c.redirect)
	}
	registration := func(page string) string {
		return portal(origin) + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/" + page + "/appId/" + url.PathEscape(c.ClientID)
	}
	return strings.NewReplacer(
		"{login}", c.loginCommand(),
		"{profile}", tidy(c.Profile),
		"{tenant}", tidy(c.TenantID),
		"{client}", tidy(c.ClientID),
		"{authority}", origin,
		"{portal}", portal(origin),
		"{adminconsent}", origin+"/"+url.PathEscape(c.TenantID)+"/adminconsent?client_id="+url.QueryEscape(c.ClientID),
		"{platform}", platform,
		"{redirect}", redirect,
		"{secrets}", registration("Credentials"),
		"{authentication}", registration("Authentication"),
		"{permissions}", registration("CallAnAPI"),
	).Replace(template)
}

// loginCommand returns what a person types to sign in.
func (c Config) loginCommand() string {
	if c.LoginCommand != "" {
		return tidy(c.LoginCommand)
	}
	return "microsoft-mcp-server login " + tidy(c.Profile)
}

// portal returns where an authority's apps are registered ("National clouds" in
// the documentation of the Microsoft identity platform).
func portal(authority string) string {
	switch {
	case strings.HasSuffix(authority, ".us"):
		return "https://portal.azure.us"
	case strings.HasSuffix(authority, ".cn"):
		return "https://portal.azure.cn"
	}
	return "https://portal.azure.com"
}
