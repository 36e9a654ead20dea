package profile

import (
	"fmt"
	"strings"
)

// environ reads the ancestor's variables, and one of ours: what it knew no word for.
type environ struct{ get func(string) string }

// lookup returns a variable's value without the blanks around it. A client that
// did not substitute ${NAME} passes it as it stands: that counts as unset.
func (e environ) lookup(name string) string {
	if e.get == nil {
		return ""
	}
	v := strings.TrimSpace(e.get(name))
	if strings.HasPrefix(v, "${") && strings.HasSuffix(v, "}") {
		return ""
	}
	return v
}

// Variable returns an environment variable as Load reads it, "" where it counts
// as unset.
func Variable(getenv func(string) string, name string) string {
	return environ{get: getenv}.lookup(name)
}

// identity returns the first set variable of those that make a profile; the
// others are only settings of one.
func (e environ) identity() string {
	for _, name := range []string{"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_AUTH_MODE", "AZURE_CLIENT_SECRET"} {
		if e.lookup(name) != "" {
			return name
		}
	}
	return ""
}

// variable is a setting of a profile.
type variable struct {
	name string
	key  string // the profile's key it sets
	set  func(p *fileProfile, value string)
}

// accessVariable keeps a profile from writing where there is no file to say it in, as in a container. The ancestor's profiles
// all may write.
const accessVariable = "MICROSOFT_MCP_ACCESS"

// variables returns the settings of a profile. Where a variable holds a secret,
// only its name is kept.
func variables() []variable {
	return []variable{
		{"AZURE_AUTH_MODE", "auth_mode", func(p *fileProfile, v string) { p.AuthMode = v }},
		{"AZURE_TENANT_ID", "tenant_id", func(p *fileProfile, v string) { p.TenantID = v }},
		{"AZURE_CLIENT_ID", "client_id", func(p *fileProfile, v string) { p.ClientID = v }},
		{"AZURE_CLIENT_SECRET", "credential", func(p *fileProfile, _ string) {
			p.Credential = &fileCredential{ClientSecret: &fileSecret{Env: "AZURE_CLIENT_SECRET"}}
		}},
		{accessVariable, "access", func(p *fileProfile, v string) { p.Access = v }},
		{"GRAPH_SCOPES", "scopes", func(p *fileProfile, v string) { p.Scopes = commaList(v) }},
		{"GRAPH_APP_SCOPES", "app_scopes", func(p *fileProfile, v string) { p.AppScopes = commaList(v) }},
		{"MCP_INSTRUCTIONS", "instructions", func(p *fileProfile, v string) { p.Instructions = v }},
		{"SITE_ID", "site_id", func(p *fileProfile, v string) { p.SiteID = v }},
		{"SITE_URL", "site_url", func(p *fileProfile, v string) { p.SiteURL = v }},
		{"GRAPH_SEARCH_REGION", "search_region", func(p *fileProfile, v string) { p.SearchRegion = v }},
		{"AZURE_AI_SEARCH_ENDPOINT", "azure_ai_search.endpoint", func(p *fileProfile, v string) { p.search().Endpoint = v }},
		{"AZURE_AI_SEARCH_API_KEY", "azure_ai_search.api_key", func(p *fileProfile, _ string) {
			p.search().APIKey = &fileSecret{Env: "AZURE_AI_SEARCH_API_KEY"}
		}},
		{"AZURE_AI_SEARCH_INDEX_NAME", "azure_ai_search.index", func(p *fileProfile, v string) { p.search().Index = v }},
		{"AZURE_AI_SEARCH_SEMANTIC_CONFIG", "azure_ai_search.semantic_config", func(p *fileProfile, v string) { p.search().SemanticConfig = v }},
		{"AZURE_AI_SEARCH_VECTOR_FIELDS", "azure_ai_search.vector_fields", func(p *fileProfile, v string) { p.search().VectorFields = commaList(v) }},
		{"AZURE_AI_SEARCH_SELECT_FIELDS", "azure_ai_search.select_fields", func(p *fileProfile, v string) { p.search().SelectFields = commaList(v) }},
	}
}

func (p *fileProfile) search() *fileSearch {
	if p.AISearch == nil {
		p.AISearch = new(fileSearch)
	}
	return p.AISearch
}

// commaList returns the parts of v without blanks; never nil.
func commaList(v string) []string {
	parts := []string{}
	for part := range strings.SplitSeq(v, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// overlay lays the environment over the selected profile, or makes the profile
// called env where the file has none to lay it over.
func (l *loader) overlay() {
	name := l.selected()
	p := l.raw.Profiles[name]
	if p == nil {
		if name != EnvName || l.env.identity() == "" {
			return
		}
		p = l.makeEnv()
	}
	l.overlaid = name
	table := joinKey("profiles", name)
	for _, v := range variables() {
		if value := l.env.lookup(v.name); value != "" {
			v.set(p, value)
			l.at.vars[table+"."+v.key] = v.name
		}
	}
	l.overlaySignIn(p)
}

// overlaySignIn makes the ancestor's interactive mode over HTTP of its variables: whoever calls signs in at BASE_URL,
// each as themselves. The ancestor needed the secret for it; a key guarded the door instead of it.
func (l *loader) overlaySignIn(p *fileProfile) {
	interactive := p.AuthMode == "" || p.AuthMode == Interactive.String()
	alone := l.at.file == "" && l.overlaid == EnvName
	if !alone || !interactive || p.Credential == nil || l.env.lookup("TRANSPORT_TYPE") != "httpStream" || l.env.lookup(keyVariable) != "" {
		return
	}
	l.signIn = true
	p.AuthMode = OnBehalfOf.String()
	l.raw.HTTP.OAuth = &fileOAuth{Profile: EnvName}
}

// selected returns the name of the profile that the environment lies over; ""
// where the file has several and nothing chooses.
func (l *loader) selected() string {
	switch {
	case l.options.Profile != "":
		return l.options.Profile
	case l.raw.DefaultProfile != "":
		return l.raw.DefaultProfile
	case len(l.names) == 1:
		return l.names[0]
	case len(l.names) == 0:
		return EnvName
	}
	return ""
}

// makeEnv adds the profile that the environment alone makes. Like the ancestor
// it may write, and signs in at any tenant, unless told otherwise.
func (l *loader) makeEnv() *fileProfile {
	p := &fileProfile{Access: ReadWrite.String()}
	if l.raw.Profiles == nil {
		l.raw.Profiles = map[string]*fileProfile{}
	}
	l.raw.Profiles[EnvName] = p
	l.names = append(l.names, EnvName)
	if l.raw.DefaultProfile == "" && len(l.names) == 1 {
		l.raw.DefaultProfile = EnvName
	}
	// What is missing here is missing from the environment.
	for _, v := range variables() {
		l.at.vars[joinKey("profiles", EnvName)+"."+v.key] = v.name
	}
	return p
}

// transport returns what TRANSPORT_TYPE asks for.
func (l *loader) transport() string {
	switch v := l.env.lookup("TRANSPORT_TYPE"); v {
	case "", "stdio":
		return v
	case "httpStream":
		return "http"
	default:
		l.errs.add(&Error{Key: "TRANSPORT_TYPE", Problem: "is not a transport",
			Remedy: remedies(didYouMean(v, []string{"stdio", "httpStream"}), fmt.Sprintf("write %s, or unset it", listed([]string{"stdio", "httpStream"})))})
		return ""
	}
}
