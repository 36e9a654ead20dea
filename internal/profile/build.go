package profile

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// build applies environment, defaults and rules. Problems go to l.errs.
func (l *loader) build() *Config {
	l.overlay()
	c := &Config{File: l.at.file, DefaultProfile: l.raw.DefaultProfile, at: l.at, overlaid: l.overlaid}
	if l.options.Only == "" {
		c.Transport = l.transport()
	}
	if l.selected() == "" {
		c.unplaced = l.env.identity()
	}
	if c.DefaultProfile != "" {
		l.known("default_profile", c.DefaultProfile)
	}
	if o := l.options.Profile; o != "" && len(l.names) > 0 && !slices.Contains(l.names, o) {
		l.errs.add(unknownProfile(l.options.Flag, o, l.names))
	}
	for i, name := range l.names {
		key := joinKey("profiles", name)
		l.apart(key, name, l.names[:i])
		// The rules would only repeat what a wrong key or type has caused.
		if !l.broken(key) {
			b := &builder{loader: l, key: key, raw: l.raw.Profiles[name]}
			b.build(name)
			c.Profiles = append(c.Profiles, b.out)
		}
	}
	if l.options.Only == "" && !l.broken("http") {
		c.HTTP = l.http(c.Profiles)
	}
	if l.options.Only == "" && !l.broken("state") {
		c.State = l.state()
	}
	if l.options.Only == "" && !l.broken("audit") {
		c.Audit = l.audit()
	}
	if l.options.Only == "" && !l.broken("schema") {
		c.Schema = l.schema()
	}
	return c
}

// apart refuses a name that differs from another's in case alone: what is stored
// for the two would be one thing on Windows, whose Credential Manager ignores case.
func (l *loader) apart(key, name string, others []string) {
	for _, other := range others {
		if strings.EqualFold(name, other) {
			l.fail(key, "rename one of the two", "the name differs from that of the profile %s in case alone", other)
		}
	}
}

// broken reports whether a problem was found in the table named key.
func (l *loader) broken(key string) bool {
	return slices.ContainsFunc(l.errs.list, func(e *Error) bool { return e.within(key) })
}

// known reports a problem at key unless there is a profile called name.
func (l *loader) known(key, name string) {
	if !slices.Contains(l.names, name) {
		e := unknownProfile("", name, l.names)
		l.fail(key, e.Remedy, "%s", e.Problem)
	}
}

// unknownProfile says that there is no such profile, and which there are.
func unknownProfile(key, name string, names []string) *Error {
	e := &Error{Key: key, Problem: "there is no profile of that name"}
	if isName(name) {
		e.Problem = fmt.Sprintf("there is no profile %q", name)
	}
	switch {
	case len(names) == 0 && name == EnvName:
		e.Remedy = "set AZURE_CLIENT_ID and AZURE_TENANT_ID, which make it"
	case len(names) == 0:
		e.Remedy = "define one with [profiles.NAME]"
	default:
		e.Remedy = remedies(didYouMean(name, names), "the profiles are "+strings.Join(names, ", "))
	}
	return e
}

// builder makes one profile, or another table, of what was written about it.
type builder struct {
	*loader
	key string // the table: profiles.NAME
	raw *fileProfile
	out Profile
}

func (b *builder) fail(field, remedy, format string, args ...any) {
	b.loader.fail(b.key+"."+field, remedy, format, args...)
}

// fromEnv reports whether a variable set the field.
func (b *builder) fromEnv(field string) bool { return b.at.variable(b.key+"."+field) != "" }

func (b *builder) build(name string) {
	r, p := b.raw, &b.out
	p.Name = name
	p.AuthMode = b.authMode()
	p.Access = b.access()
	p.Cloud = b.cloud(r.Cloud)
	p.AccountType = b.accountType()
	p.TenantID = b.tenant()
	p.ClientID = b.clientID()
	p.Account = b.account()
	p.CAFile = b.path("ca_file", r.CAFile)
	p.Credential = b.credential()
	p.Vault = b.vault()
	p.Scopes, p.AppScopes = b.scopes(), b.appScopes()
	p.Policy = b.policy()
	p.Tools = b.tools()
	p.Instructions = r.Instructions
	p.Folders = b.folders()
	p.SharePoint = b.sharePoint()
	p.AISearch = b.aiSearch()
}

// choose returns the index of value among choices, 0 where it is unset.
func (b *builder) choose(field, value string, choices ...string) int {
	if value == "" {
		return 0
	}
	i := slices.Index(choices, value)
	if i < 0 {
		b.fail(field, remedies(didYouMean(value, choices), "write "+listed(choices)), "unknown value")
		return 0
	}
	return i
}

func (b *builder) access() Access {
	return Access(b.choose("access", b.raw.Access, ReadOnly.String(), ReadWrite.String()))
}

func (b *builder) policy() Policy {
	p := Policy{Allow: b.raw.Policy.Allow, Deny: b.raw.Policy.Deny, Confirm: b.raw.Policy.Confirm, ConfirmToken: b.raw.Policy.ConfirmToken}
	if p.Allow != nil && len(p.Allow) == 0 {
		b.fail("policy.allow", `list what is allowed, such as "GET /**", or remove the key`, "an empty list allows nothing")
	}
	return p
}

func (b *builder) tools() []string {
	if b.raw.Tools != nil && len(b.raw.Tools) == 0 {
		b.fail("tools", "list the tools to offer, or remove the key to offer all", "an empty list offers none")
	}
	return b.raw.Tools
}

// defaultFolder is, below the person's home, where files are downloaded to and uploaded from unless the profile
// says otherwise. It is one of its own, so that nothing else that lies around is within reach.
const defaultFolder = "Downloads/microsoft-mcp-server"

// folders returns the folders of this machine that the tools may use; none where the list is empty, or where
// nothing is said and there is no home.
func (b *builder) folders() []string {
	if b.raw.Folders == nil {
		home := b.home()
		if !filepath.IsAbs(home) {
			return nil
		}
		return []string{filepath.Join(home, filepath.FromSlash(defaultFolder))}
	}
	var folders []string
	for i, name := range b.raw.Folders {
		folders = append(folders, b.path(indexKey("folders", i), name))
	}
	return folders
}

// home returns the person's home folder, "" where the environment does not name it.
func (b *builder) home() string {
	if home := b.env.lookup("HOME"); home != "" {
		return home
	}
	return b.env.lookup("USERPROFILE")
}

// path resolves a file's name against the configuration file's folder, where
// nobody but its owner writes, and never against the working directory.
func (b *builder) path(field, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		home := b.home()
		if home == "" {
			b.fail(field, "write the whole path", "~ cannot be resolved: HOME is not set")
		}
		return filepath.Join(home, rest)
	}
	file, err := filepath.Abs(b.at.file)
	if err != nil {
		b.fail(field, "write the whole path", "the configuration file's folder is unknown")
		return name
	}
	return filepath.Join(filepath.Dir(file), name)
}

func (b *builder) sharePoint() SharePoint {
	r := b.raw
	s := SharePoint{SiteID: r.SiteID, SiteURL: r.SiteURL, SearchRegion: strings.ToUpper(r.SearchRegion)}
	if s.SearchRegion == "" && b.app() {
		s.SearchRegion = "NAM" // the search API demands one of apps; the ancestor's default
	}
	host, path, _ := strings.Cut(r.SiteID, ":/") // the ancestor's users also write host:/sites/name
	if strings.ContainsFunc(host, func(c rune) bool { return c <= ' ' || strings.ContainsRune(`/\?#%@:`, c) }) ||
		strings.ContainsFunc(path, func(c rune) bool { return c < ' ' || strings.ContainsRune(`\?#%@:`, c) }) {
		b.fail("site_id", "write HOST,SITE-GUID,WEB-GUID as Microsoft Graph gives it, or HOST:/sites/NAME", "is not a site's ID")
	}
	if r.SiteURL != "" {
		if s.SiteURL = webURL(r.SiteURL); !strings.HasPrefix(s.SiteURL, "https://") {
			b.fail("site_url", "write it as https://TENANT.sharepoint.com/sites/NAME", "is not an https URL of a site")
		}
	}
	if strings.ContainsFunc(s.SearchRegion, func(c rune) bool { return c < 'A' || c > 'Z' }) {
		b.fail("search_region", "write the tenant's region, such as NAM, EUR or APC", "is not a region")
	}
	return s
}

// aiSearch needs all of endpoint, key and index. Where the environment alone
// gives fewer, there is no search, as in the ancestor.
func (b *builder) aiSearch() AISearch {
	r := b.raw.AISearch
	if r == nil {
		return AISearch{}
	}
	const table = "azure_ai_search"
	_, inFile := b.at.lines[b.key+"."+table]
	if !inFile && (r.Endpoint == "" || r.APIKey == nil || r.Index == "") {
		return AISearch{}
	}
	a := AISearch{Index: r.Index, SemanticConfig: r.SemanticConfig, VectorFields: r.VectorFields, SelectFields: r.SelectFields}
	a.APIKey = b.secret(table+".api_key", r.APIKey)
	if r.APIKey == nil {
		b.fail(table+".api_key", `write api_key = { from = "keyring" }, or another source`, "is missing")
	}
	if r.Index == "" {
		b.fail(table+".index", "name the index to search", "is missing")
	}
	switch endpoint, ok := httpsOrigin(r.Endpoint); {
	case r.Endpoint == "":
		b.fail(table+".endpoint", "write https://NAME.search.windows.net", "is missing")
	case !ok:
		b.fail(table+".endpoint", "write https://NAME.search.windows.net", "is not an https origin")
	default:
		a.Endpoint = endpoint
	}
	return a
}
