package entrasim

import (
	"slices"
	"strings"
)

// ConsumersTenantID is the tenant of all personal accounts, the same everywhere.
const ConsumersTenantID = "9188040d-6c67-4c5b-b112-36a304b66dad"

// The path segments that stand for many tenants.
const (
	common        = "common"
	organizations = "organizations"
	consumers     = "consumers"
)

// checkTenant refuses tenants other than ours; the segments that stand for many pass.
func (e *Entra) checkTenant(segment string) *refusal {
	_, why := e.authority(segment)
	return why
}

// authority returns whose accounts a path segment stands for: common, organizations, consumers, or the ID of our
// tenant.
func (e *Entra) authority(segment string) (string, *refusal) {
	tenant := strings.ToLower(segment)
	switch {
	case tenant == common, tenant == organizations, tenant == consumers:
		return tenant, nil
	case tenant == ConsumersTenantID:
		return consumers, nil
	case tenant == e.tenantID, slices.Contains(e.domains, tenant):
		return e.tenantID, nil
	case !isGUID(tenant) && !strings.Contains(tenant, "."):
		return "", refuse(invalidRequest, 900023, "The tenant identifier '%s' is neither a GUID nor a domain name.", segment)
	}
	return "", refuse(invalidRequest, 90002, "There is no tenant '%s'. Check the tenant identifier and that the request went to the right cloud.", segment)
}

// checkAccounts refuses an app at an authority for whose accounts it is not registered.
func checkAccounts(a App, authority string) *refusal {
	switch {
	case authority == consumers && a.Accounts != Everyone:
		return refuse(unauthorizedClient, 9002332, "The application '%s' (%s) is for work and school accounts alone. Do not use the /consumers endpoint.", a.ID, a.Name)
	case (authority == common || authority == organizations) && a.Accounts == OneTenant:
		return refuse(invalidRequest, 50194, "The application '%s' (%s) is not a multi-tenant application. Use the endpoint of its tenant, not /%s.", a.ID, a.Name, authority)
	}
	return nil
}
