package sandbox

import (
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/entrasim"
)

// appsOf lists the company's own applications as Entra knows them: its service principals, but not Microsoft's.
func appsOf(c *company.Company) []entrasim.App {
	var apps []entrasim.App
	for _, sp := range c.ServicePrincipals {
		if sp["appOwnerOrganizationId"] != TenantID {
			continue
		}
		id := sp["appId"].(string)
		apps = append(apps, entrasim.App{
			ID: id, Name: sp["displayName"].(string), ObjectID: sp["id"].(string), Disabled: sp["accountEnabled"] == false,
			Roles: map[string][]string{company.GraphAppID: company.AppRoles(id)},
		})
	}
	return apps
}

// resources lists the APIs that tokens are issued for, under their names in Microsoft's clouds and on loopback.
func (t *Tenant) resources() []entrasim.Resource {
	graph := entrasim.Resource{AppID: company.GraphAppID, Names: t.names(Graph)}
	arm := entrasim.Resource{AppID: company.ResourceManagerAppID, Names: t.names(ResourceManager)}
	// The classic name of Azure Resource Manager, which tools still ask for.
	arm.Names = append(arm.Names, "https://management.core.windows.net")
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
