package sandbox

import (
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/entrasim"
)

// People who sign in with an account that is not the tenant's.
const (
	PersonalUPN = company.PersonalUPN // a personal account, for /consumers and /common
	PersonalID  = company.PersonalID
	StrangerUPN = "kim@northlight-it.example" // another organization's, who is no guest here: AADSTS50020
)

// listed is how many of the company's people a page for signing in offers; the others are found by name.
const listed = 12

// appsOf lists the company's own applications as Entra knows them, but not Microsoft's, and its managed identities.
func appsOf(c *company.Company, tenantID string) (apps []entrasim.App, identities []entrasim.Identity) {
	registered := map[string]company.Entity{}
	for _, a := range c.Applications {
		registered[a["appId"].(string)] = a
	}
	for _, sp := range c.ServicePrincipals {
		if sp["appOwnerOrganizationId"] != tenantID {
			continue
		}
		id := sp["appId"].(string)
		app := entrasim.App{
			ID: id, Name: sp["displayName"].(string), ObjectID: sp["id"].(string), Disabled: sp["accountEnabled"] == false,
			Roles: map[string][]string{company.GraphAppID: company.AppRoles(id)},
		}
		if sp["servicePrincipalType"] == "ManagedIdentity" {
			identities = append(identities, entrasim.Identity{App: app, ResourceID: resourceID(sp)})
			continue
		}
		register(&app, registered[id])
		apps = append(apps, app)
	}
	return apps, identities
}

// register fills in what a registration says.
func register(app *entrasim.App, registration company.Entity) {
	web, installed := redirectURIs(registration, "web"), redirectURIs(registration, "publicClient")
	app.Redirects = slices.Concat(web, installed)
	app.Public = len(installed) > 0
	app.PublicFlows = registration["isFallbackPublicClient"] == true
	switch registration["signInAudience"] {
	case "AzureADMultipleOrgs":
		app.Accounts = entrasim.AnyTenant
	case "AzureADandPersonalMicrosoftAccount":
		app.Accounts = entrasim.Everyone
	}
}

func redirectURIs(registration company.Entity, platform string) []string {
	var uris []string
	for _, uri := range registration[platform].(company.Entity)["redirectUris"].([]any) {
		uris = append(uris, uri.(string))
	}
	return uris
}

// resourceID is that of a user-assigned identity, "" of a system-assigned one.
func resourceID(sp company.Entity) string {
	names := sp["alternativeNames"].([]any)
	if names[0] != "isExplicit=True" {
		return ""
	}
	return names[1].(string)
}

// peopleOf lists who may sign in: the company's people, and two that are not.
func peopleOf(c *company.Company, upn func(string) string) []entrasim.Person {
	standings := map[string]entrasim.Standing{
		upn(company.BlockedUPN): entrasim.Blocked, upn(company.UnapprovedUPN): entrasim.Unapproved, upn(company.DisabledUPN): entrasim.Disabled,
	}
	var all []entrasim.Person
	for i, u := range c.Users {
		p := entrasim.Person{ObjectID: u["id"].(string), UPN: u["userPrincipalName"].(string), Name: u["displayName"].(string)}
		p.GivenName, _ = u["givenName"].(string)
		p.Surname, _ = u["surname"].(string)
		p.Admin = p.ObjectID == company.AdminID
		if p.Standing = standings[p.UPN]; u["accountEnabled"] == false {
			p.Standing = entrasim.Disabled
		}
		p.Listed = i < listed || standings[p.UPN] != entrasim.Welcome
		all = append(all, p)
	}
	return append(all,
		entrasim.Person{ObjectID: PersonalID, UPN: PersonalUPN, Name: c.Personal["displayName"].(string), GivenName: "Robin", Surname: "Otter", Listed: true, Standing: entrasim.Personal},
		entrasim.Person{ObjectID: "3be0f6c2-91d4-4f58-8a2e-c07d5b19e643", UPN: StrangerUPN, Name: "Kim Park", Listed: true, Standing: entrasim.Stranger})
}

// resources lists the APIs that tokens are issued for, under their names in Microsoft's clouds and on loopback. Graph may
// have a further one.
func (t *Tenant) resources(graphOrigin string) []entrasim.Resource {
	graph := entrasim.Resource{AppID: company.GraphAppID, Name: "Microsoft Graph", Names: t.names(Graph)}
	if graphOrigin != "" {
		graph.Names = append(graph.Names, graphOrigin)
	}
	for _, s := range company.Scopes() {
		graph.Scopes = append(graph.Scopes, entrasim.Scope(s))
	}
	arm := entrasim.Resource{
		AppID: company.ResourceManagerAppID, Name: "Azure Resource Manager", Names: slices.Concat(t.names(ResourceManager), classicNames()),
		Scopes: []entrasim.Scope{{Name: "user_impersonation"}},
	}
	return []entrasim.Resource{graph, arm}
}

func (t *Tenant) names(h Host) []string {
	names := h.ProductionNames()
	for i, name := range names {
		names[i] = "https://" + name
	}
	url := t.URL(h)
	return slices.Concat(names, []string{url, strings.Replace(url, "127.0.0.1", "localhost", 1)})
}
