package registration

import (
	"net/url"
	"slices"
	"strings"
)

// Kind is who signs in with the app.
type Kind string

// The kinds.
const (
	Desktop Kind = "desktop" // a person, in the browser of this machine
	Server  Kind = "server"  // the app by itself
	People  Kind = "people"  // people who come over HTTP and sign in through the server
)

// Credential is what an app proves itself with; a Desktop has none.
type Credential string

// The credentials.
const (
	Secret         Credential = "client-secret"
	Certificate    Credential = "certificate"
	FederatedToken Credential = "federated-token"
)

// Answers are what a registration depends on.
type Answers struct {
	Cloud      string // global, usgov, usgov-dod or china; any other name stands for a cloud of one's own
	Authority  string // https origin that issues tokens
	Tenant     string // a GUID, a domain, or common, organizations or consumers
	Name       string // of the app, for people
	Kind       Kind
	Credential Credential
	// Permissions of Graph by their names, or of other APIs as https://HOST/NAME.
	Permissions []string
	DeviceCode  bool   // people sign in by a code typed in elsewhere
	BaseURL     string // People: where their browsers reach the server
	PowerShell  bool   // what the commands are pasted into; else a POSIX shell
}

// Error says what in Answers cannot be.
type Error struct {
	Problem, Remedy string
}

// Error returns the problem.
func (e *Error) Error() string { return e.Problem }

// Hint says what to do next.
func (e *Error) Hint() string { return e.Remedy }

// Check refuses what would not be a registration, or would be something else to a shell. It repeats nothing: what was
// pasted into the wrong place may be a secret. The error is an *Error.
func (a Answers) Check() error {
	if !slices.Contains([]Kind{Desktop, Server, People}, a.Kind) {
		return &Error{"that is no kind of registration", "choose desktop, server or people"}
	}
	if !plain(a.Tenant, ".-") || a.Tenant == "" {
		return &Error{"that is not a tenant", "give its GUID or one of its domains, such as contoso.onmicrosoft.com"}
	}
	if a.Kind == Server && a.many() {
		return &Error{"an app by itself signs in to one tenant", "give the tenant's GUID or one of its domains"}
	}
	if a.national() && strings.EqualFold(a.Tenant, "consumers") {
		return &Error{"personal Microsoft accounts are in the global cloud alone", "choose that cloud, or the tenant of a work account"}
	}
	if !plain(a.Name, " .-_") || a.Name == "" {
		return &Error{"that is not a name for an app", "use letters, digits, blanks, dots, hyphens and underscores"}
	}
	for _, p := range a.Permissions {
		if name, _ := strings.CutPrefix(p, "https://"); !plain(name, ".-_/:") || name == "" {
			return &Error{"that is not the name of a permission", "give its name as Microsoft writes it, such as Mail.Read"}
		}
	}
	if _, ok := origin(a.Authority); !ok {
		return &Error{"the authority is not an https origin", "give it as https://HOST"}
	}
	if base, ok := origin(strings.TrimSuffix(a.BaseURL, "/")); a.Kind == People && (!ok || base == "") {
		return &Error{"people need the address of the server", "give it as https://mcp.example.com, as their browsers reach it"}
	}
	return nil
}

// plain reports whether s is made of ASCII letters, digits and those given.
func plain(s, also string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(also, r))
	})
}

// origin returns raw where it is an https origin.
func origin(raw string) (string, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != raw || !plain(u.Host, ".-:[]") {
		return "", false
	}
	return raw, true
}

// many reports whether the tenant stands for several.
func (a Answers) many() bool {
	return slices.Contains([]string{"common", "organizations", "consumers"}, strings.ToLower(a.Tenant))
}

// personal reports whether personal Microsoft accounts may sign in, too.
func (a Answers) personal() bool {
	_, value := a.audience()
	return strings.HasSuffix(value, "PersonalMicrosoftAccount")
}

// audience is whose accounts may sign in: as the portal shows it, and as the manifest has it (signInAudience).
func (a Answers) audience() (shown, value string) {
	switch strings.ToLower(a.Tenant) {
	case "common":
		if a.national() {
			return a.manyOrganizations()
		}
		return "accounts in any organizational directory and personal Microsoft accounts", "AzureADandPersonalMicrosoftAccount"
	case "organizations":
		return a.manyOrganizations()
	case "consumers":
		return "personal Microsoft accounts only", "PersonalMicrosoftAccount"
	}
	return "accounts in this organizational directory only (single tenant)", "AzureADMyOrg"
}

func (a Answers) manyOrganizations() (shown, value string) {
	return "accounts in any organizational directory (multitenant)", "AzureADMultipleOrgs"
}

// national reports whether the cloud is one of Microsoft's that have no personal accounts.
func (a Answers) national() bool { return a.Cloud != "global" && a.Portal() != "" }

// Portal returns where the cloud's apps are registered; "" for a cloud of one's own. See "App registration endpoints" in
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud.
func (a Answers) Portal() string {
	return map[string]string{"global": "https://portal.azure.com", "usgov": "https://portal.azure.us", "usgov-dod": "https://portal.azure.us",
		"china": "https://portal.azure.cn"}[a.Cloud]
}

// azureCLI is what the Azure CLI calls the cloud (`az cloud list`); "" where it does not know it.
func (a Answers) azureCLI() string {
	return map[string]string{"global": "AzureCloud", "usgov": "AzureUSGovernment", "usgov-dod": "AzureUSGovernment", "china": "AzureChinaCloud"}[a.Cloud]
}

// AdminConsent returns the page on which an administrator of the tenant agrees for all of it. Without a client ID
// it has the words CLIENT_ID in its place.
func (a Answers) AdminConsent(clientID string) string {
	tenant := a.Tenant
	if a.many() {
		tenant = "organizations"
	}
	if clientID == "" {
		clientID = "CLIENT_ID"
	}
	return a.Authority + "/" + url.PathEscape(tenant) + "/adminconsent?client_id=" + url.QueryEscape(clientID)
}

// redirect is where the browser comes back to, and the platform of the registration that has it; "" for none.
func (a Answers) redirect() (uri, platform string) {
	switch a.Kind {
	case Desktop:
		return "http://localhost", "Public client/native (mobile & desktop)"
	case People:
		return strings.TrimSuffix(a.BaseURL, "/") + "/oauth/callback", "Web"
	}
	return "", ""
}

// split tells the permissions of Graph from those of other APIs.
func (a Answers) split() (graph, others []string) {
	for _, p := range a.Permissions {
		if strings.Contains(p, "://") {
			others = append(others, p)
		} else {
			graph = append(graph, p)
		}
	}
	return graph, others
}
