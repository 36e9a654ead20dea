package profile

import (
	"net/url"
	"slices"
	"strings"
)

// Who comes in over HTTP without an API key: with a token of Microsoft Entra ([http.entra]), or by signing in through
// us ([http.oauth]).

// entra returns which tokens of Entra let callers in.
func (l *loader) entra(h HTTP, profiles []Profile) *EntraAccess {
	r := l.raw.HTTP.Entra
	if r == nil {
		return nil
	}
	b := &builder{loader: l, key: "http.entra"}
	e := &EntraAccess{Cloud: b.cloud(r.Cloud), TenantIDs: r.TenantIDs, Audience: r.Audience, Clients: r.Clients, CAFile: b.path("ca_file", r.CAFile)}
	b.guids("tenant_ids", r.TenantIDs, "write the GUID of each tenant whose people or apps may call")
	if len(r.TenantIDs) == 0 {
		b.fail("tenant_ids", "write the GUID of each tenant whose people or apps may call", "names no tenant")
	}
	const ours = "write the application (client) ID of the app registration that stands for this server"
	switch {
	case r.Audience == "":
		b.fail("audience", ours, "is missing")
	case !isGUID(r.Audience):
		b.fail("audience", ours, "is not a GUID")
	}
	if r.Clients != nil && len(r.Clients) == 0 {
		b.fail("clients", "name the apps that callers may use, or remove it to allow any", "is empty")
	}
	b.guids("clients", r.Clients, "write the application (client) ID of each app that callers may use")
	e.Resource = b.resource(r.Resource, h)
	if len(r.Grants) == 0 {
		b.fail("grants", `write one as [[http.entra.grants]] with scope = "mcp" and profiles = ["NAME"]`, "are missing: no token opens anything")
	}
	for i, g := range r.Grants {
		b.grantedTenants(indexKey("grants", i), g, r.TenantIDs)
		e.Grants = append(e.Grants, b.grant(indexKey("grants", i), g, *e, profiles))
	}
	return e
}

// guids checks a list of them.
func (b *builder) guids(field string, ids []string, remedy string) {
	for i, id := range ids {
		if !isGUID(id) {
			b.fail(indexKey(field, i), remedy, "is not a GUID")
		}
	}
}

// resource returns the URL of the endpoint as clients and Entra know it.
func (b *builder) resource(raw string, h HTTP) string {
	const field, remedy = "resource", "write the exact URL of the endpoint, such as https://mcp.example.com/mcp"
	switch {
	case raw == "" && h.BaseURL == "":
		b.fail(field, remedy+", or set base_url in [http]", "is missing")
	case raw == "" && !isSecureURL(h.BaseURL):
		b.fail(field, "set base_url in [http] to https://HOST", "is neither https nor on this machine")
	case raw == "":
		return h.BaseURL + "/mcp"
	case strings.HasSuffix(raw, "/"):
		b.fail(field, remedy+"; Entra and clients compare it letter by letter", "ends in a slash")
	case webURL(raw) == "" || !isSecureURL(raw):
		b.fail(field, remedy, "is not an https URL without user, query and fragment")
	}
	return raw
}

// isSecureURL reports whether a URL is of https, or stays on this machine.
func isSecureURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http" && isLoopbackHost(u.Hostname()))
}

// grantedTenants checks whose people and apps a grant is for. Each tenant's administrators hand out the roles of a
// registration to whom they like: where several are let in, none of them may open what is another's.
func (b *builder) grantedTenants(field string, r fileGrant, all []string) {
	const remedy = "name the tenants whose people and apps it opens the profiles to, of those in [http.entra] tenant_ids"
	switch {
	case len(all) > 1 && r.TenantIDs == nil:
		b.fail(field+".tenant_ids", remedy, "is missing: tokens of several tenants are let in")
	case r.TenantIDs != nil && len(r.TenantIDs) == 0:
		b.fail(field+".tenant_ids", remedy, "is empty")
	}
	for i, id := range r.TenantIDs {
		if !slices.ContainsFunc(all, func(known string) bool { return strings.EqualFold(known, id) }) {
			b.fail(indexKey(field+".tenant_ids", i), remedy, "is not among the tenants that are let in")
		}
	}
}

// grant returns one permission of ours, and what it opens.
func (b *builder) grant(field string, r fileGrant, e EntraAccess, profiles []Profile) Grant {
	permission, kind := r.Scope, "scope"
	if permission == "" {
		permission, kind = r.Role, "role"
	}
	switch {
	case (r.Scope == "") == (r.Role == ""):
		b.fail(field, `write either scope = "NAME" (people) or role = "NAME" (apps, and people who were assigned to it)`, "needs exactly one of scope and role")
	case hasBlank(permission) || strings.ContainsAny(permission, "/:,"):
		b.fail(field+"."+kind, "write its short name, as it stands in the token, without the Application ID URI", "is not the name of a permission")
	}
	if len(r.Profiles) == 0 {
		b.fail(field+".profiles", "name the profiles that it opens", "is empty")
	}
	for i, name := range r.Profiles {
		key := indexKey(field+".profiles", i)
		p := b.open(key, name, profiles)
		// The token of whoever calls is exchanged at the profile's tenant.
		switch {
		case p.AuthMode != OnBehalfOf:
		case p.Cloud.Authority != e.Cloud.Authority:
			b.fail(key, "write the same cloud in the profile and in [http.entra]", "is of another cloud than the tokens")
		case isTenantAlias(p.TenantID):
			b.loader.fail(p.Key("tenant_id"), concreteTenant, "stands for several tenants, and [http.entra] needs one to exchange tokens at")
		case isGUID(e.Audience) && !strings.EqualFold(p.ClientID, e.Audience):
			b.loader.fail(p.Key("client_id"), "write the client ID that audience in [http.entra] has: Entra exchanges a token only for the app that it is for", "is of another app than the tokens")
		}
	}
	return Grant(r)
}

// open returns the profile of that name, which has to be one that is served; the zero Profile where it is not, or has
// a problem of its own.
func (b *builder) open(field, name string, profiles []Profile) Profile {
	if !slices.Contains(b.names, name) {
		b.known(b.key+"."+field, name)
		return Profile{}
	}
	if !slices.Contains(b.servedNames(), name) {
		b.fail(field, "add it to profiles in [http], or name another", "the profile is not served over HTTP")
	}
	for _, p := range profiles {
		if p.Name == name {
			return p
		}
	}
	return Profile{}
}

// servedNames returns the profiles that are served over HTTP where no flag says otherwise (see [Config.Serve]).
func (l *loader) servedNames() []string {
	switch {
	case len(l.raw.HTTP.Profiles) > 0:
		return l.raw.HTTP.Profiles
	case l.raw.DefaultProfile != "":
		return []string{l.raw.DefaultProfile}
	}
	return l.names
}

// oauth returns the authorization server that we are to our clients.
func (l *loader) oauth(h HTTP, profiles []Profile) *OAuth {
	r := l.raw.HTTP.OAuth
	if r == nil {
		return nil
	}
	b := &builder{loader: l, key: "http.oauth"}
	o := &OAuth{Profile: r.Profile, Profiles: r.Profiles, Redirects: r.Redirects, Documents: r.Documents,
		Registration: r.Registration == nil || *r.Registration}
	switch {
	case h.BaseURL == "":
		b.loader.fail("http.base_url", "write it as https://HOST; add https://HOST/oauth/callback to the redirect URIs of the app registration (platform Web)", "is missing: [http.oauth] needs it")
	case !isSecureURL(h.BaseURL):
		b.loader.fail("http.base_url", "write it as https://HOST", "is neither https nor on this machine, as [http.oauth] needs it")
	}
	const mode = `name a profile whose auth_mode is "onBehalfOf"`
	if r.Profile == "" {
		b.fail("profile", mode, "is missing")
		return o
	}
	app := b.open("profile", r.Profile, profiles)
	if app.Name != "" && app.AuthMode != OnBehalfOf {
		b.fail("profile", mode, "the profile has another auth_mode, and nobody can sign in to it")
	}
	switch {
	case r.Profiles == nil:
		o.Profiles = []string{r.Profile}
	case len(r.Profiles) == 0:
		b.fail("profiles", "name the profiles that whoever signs in may use, or remove it for the one they sign in to", "is empty")
	}
	anybody := app.AuthMode == OnBehalfOf && app.AnyTenant()
	if anybody && r.Profiles == nil {
		b.refuseStrangers("profile", app)
	}
	for i, name := range r.Profiles {
		p := b.open(indexKey("profiles", i), name, profiles)
		if anybody && p.Name != "" {
			b.refuseStrangers(indexKey("profiles", i), p)
		}
		if p.AuthMode == OnBehalfOf && app.Name != "" && (p.ClientID != app.ClientID || p.TenantID != app.TenantID || p.Cloud != app.Cloud) {
			b.fail(indexKey("profiles", i), "give it the same tenant_id, client_id and cloud, or remove it", "is of another app than the one that people sign in to")
		}
	}
	b.clientsOfOAuth(r)
	return o
}

// refuseStrangers refuses what a profile would open to whoever signs in, where that is anybody who has an account of
// Microsoft's: what it does as somebody else than them.
func (b *builder) refuseStrangers(field string, p Profile) {
	const whoever = "anybody who has a Microsoft account can sign in, as tenant_id of the profile that they sign in to stands for several tenants"
	const one = "remove it, or name one tenant (tenant_id, AZURE_TENANT_ID)"
	switch {
	case p.AuthMode != OnBehalfOf:
		b.fail(field, one, "would open the organization's data to strangers: "+whoever)
	case !p.AISearch.IsZero():
		b.loader.fail(p.Key("azure_ai_search.endpoint"), one, "would open the organization's index to strangers: "+whoever)
	}
}

// clientsOfOAuth checks which clients may ask people to sign in.
func (b *builder) clientsOfOAuth(r *fileOAuth) {
	for i, raw := range r.Redirects {
		if problem := redirectProblem(raw); problem != "" {
			b.fail(indexKey("redirects", i), "write https://app.example.com/callback, https://app.example.com/* or a scheme of the client's own", "%s", problem)
		}
	}
	for i, host := range r.Documents {
		if !isAuthority(host) {
			b.fail(indexKey("documents", i), "write client.example.com, or remove the key to allow any", "is not a host or host:port")
		}
	}
}

// redirectProblem says what is wrong with a redirect URI, or a pattern that ends in /*; "" where nothing is. A browser
// is sent there with a code.
func redirectProblem(raw string) string {
	u, err := url.Parse(strings.TrimSuffix(raw, "*"))
	switch {
	case err != nil || u.Scheme == "" || hasBlank(raw):
		return "is not a URI"
	case u.User != nil || strings.ContainsAny(raw, `#\`):
		return "holds a user, a fragment or a backslash"
	case strings.Contains(strings.TrimSuffix(raw, "/*"), "*"):
		return "has a * that is not its last segment"
	case u.Scheme == "https" && isAuthority(u.Host):
		return ""
	case u.Scheme == "https" || u.Scheme == "http" && !(isAuthority(u.Host) && isLoopbackHost(u.Hostname())):
		return "is neither https nor on the person's own machine"
	case slices.Contains([]string{"javascript", "data", "vbscript", "file", "blob", "about"}, u.Scheme):
		return "is of a scheme that browsers run or read themselves"
	case u.Scheme != "http" && strings.HasSuffix(raw, "*"):
		return "is a pattern of a scheme of its own, which has to be written out"
	}
	return ""
}
