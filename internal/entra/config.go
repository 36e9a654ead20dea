package entra

import (
	"net/url"
	"slices"
	"strings"
)

// microsoftHosts are the login hosts of Microsoft's clouds. A discovery document of one may name another of the same
// cloud, and none of another's.
var microsoftHosts = [][]string{
	{"login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"},
	{"login.microsoftonline.us", "login-us.microsoftonline.com", "login.usgovcloudapi.net"},
	{"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"},
}

// cloud is where tokens come from.
type cloud struct {
	origin string // https://HOST, no trailing slash
	host   string
	hosts  []string // those that a request may go to
}

// has reports whether a request, or a person, may be sent to u.
func (c cloud) has(u *url.URL) bool {
	return u.Scheme == "https" && slices.ContainsFunc(c.hosts, func(h string) bool { return sameHost(h, hostOf(u)) })
}

// parsePage reads the address of the sign-in page, as the authority's metadata has it.
func (c *client) parsePage(raw string) (*url.URL, *Error) {
	page, err := url.Parse(raw)
	if err != nil || !c.cloud.has(page) {
		return nil, c.config.newError("the authority's metadata names a sign-in page at another host, which is refused",
			"check the cloud of profile {profile}: the authority must be the host that people sign in at")
	}
	return page, nil
}

// check returns the cloud of c, or the *Error that says what is wrong with c.
func (c Config) check() (cloud, error) {
	origin, ok := httpsOrigin(c.Authority)
	switch {
	case c.HTTP == nil:
		return cloud{}, c.newError("there is no HTTP client", "")
	case !ok:
		return cloud{}, c.newError("the authority is not an https origin", "write it as https://HOST, such as https://login.microsoftonline.com")
	case c.ClientID == "" || !isLabel(c.ClientID):
		return cloud{}, c.newError("client_id is not an application ID", "copy the Application (client) ID from the app registration's overview")
	}
	if err := c.checkTenant(); err != nil {
		return cloud{}, err
	}
	host := strings.TrimPrefix(origin, "https://")
	cl := cloud{origin: origin, host: host, hosts: []string{host}}
	if i := slices.IndexFunc(microsoftHosts, func(hosts []string) bool { return slices.Contains(hosts, host) }); c.Known && i >= 0 {
		cl.hosts = microsoftHosts[i]
	}
	return cl, nil
}

// checkTenant lets only a name through that stays one segment of a URL's path.
func (c Config) checkTenant() error {
	const remedy = "copy the Directory (tenant) ID from the app registration's overview, or write the tenant's domain"
	switch strings.ToLower(c.TenantID) {
	case "adfs", "dstsv2": // other protocols to MSAL
		return c.newError("tenant_id is not a tenant of Microsoft Entra", remedy)
	}
	for label := range strings.SplitSeq(c.TenantID, ".") {
		if !isLabel(label) {
			return c.newError("tenant_id is neither a tenant's ID nor a domain", remedy)
		}
	}
	return nil
}

// isLabel reports whether s is made of ASCII letters, digits and hyphens.
func isLabel(s string) bool {
	return s != "" && len(s) <= 63 && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-')
	}) < 0
}

// The names that stand for many tenants.
const (
	common        = "common"
	organizations = "organizations"
	consumers     = "consumers"
)

// isAlias reports whether a tenant's name stands for many.
func isAlias(tenant string) bool {
	return slices.Contains([]string{common, organizations, consumers}, strings.ToLower(tenant))
}

// checkAudience lets tokens be asked for the profile's own APIs alone: one cloud's token must not go to another's
// host.
func (c *client) checkAudience(audience string) error {
	origin, ok := httpsOrigin(audience)
	switch {
	case !ok:
		return c.config.newError("a token was asked for something that is not an https origin", "")
	case c.config.Audiences != nil && !slices.ContainsFunc(c.config.Audiences, func(a string) bool { return sameHost(a, origin) }):
		return c.config.newError("a token was asked for "+origin+", which is no host of this profile's cloud", "check the cloud of profile {profile}")
	}
	return nil
}

// originOfScope returns the origin of the API that a scope names, "" where it names none.
func originOfScope(scope string) string {
	u, err := url.Parse(scope)
	if err != nil || u.Scheme != "https" {
		return ""
	}
	return "https://" + strings.ToLower(u.Host)
}

// httpsOrigin returns raw without a trailing slash and in lower case, or false
// where it is not an https origin.
func httpsOrigin(raw string) (string, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return "", false
	}
	origin := "https://" + strings.ToLower(u.Host)
	return origin, strings.EqualFold(origin, strings.TrimSuffix(raw, "/"))
}
