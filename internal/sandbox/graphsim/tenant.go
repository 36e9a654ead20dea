package graphsim

import (
	"slices"
)

func tenantRoutes() []route {
	return in(directory,
		route{method: "GET", pattern: "organization", needs: readTenant, serve: (*call).listOrganization},
		route{method: "GET", pattern: "organization/{id}", needs: readTenant, serve: (*call).getOrganization},
		route{method: "GET", pattern: "domains", needs: readDomains, serve: (*call).listDomains},
		route{method: "GET", pattern: "domains/{id}", needs: readDomains, serve: (*call).getDomain},
		route{method: "GET", pattern: "subscribedSkus", needs: readTenant, serve: (*call).listSkus},
		route{method: "GET", pattern: "subscribedSkus/{id}", needs: readTenant, serve: (*call).getSku},
		route{method: "GET", pattern: "directoryRoles", needs: readRoles, serve: (*call).listRoles},
		route{method: "GET", pattern: "directoryRoles/{id}", needs: readRoles, serve: (*call).getRole},
		route{method: "GET", pattern: "directoryRoles/{id}/members", needs: readRoles, serve: (*call).listRoleMembers},
		route{method: "GET", pattern: "applications", needs: readApps, serve: (*call).listApplications},
		route{method: "GET", pattern: "applications/{id}", needs: readApps, serve: (*call).getApplication},
		route{method: "GET", pattern: "applications/{id}/owners", needs: readApps, serve: (*call).listApplicationOwners},
		route{method: "GET", pattern: "servicePrincipals", needs: readApps, serve: (*call).listServicePrincipals},
		route{method: "GET", pattern: "servicePrincipals/{id}", needs: readApps, serve: (*call).getServicePrincipal},
		route{method: "GET", pattern: "directoryObjects/{id}", needs: readObjects, serve: (*call).getObject},
		route{method: "POST", pattern: "directoryObjects/getByIds", needs: readObjects, serve: (*call).getByIDs},
	)
}

// oneOf answers with the entity of a list that the parameter id names.
func (c *call) oneOf(k *kind, list []Entity) (*answer, error) {
	e, ok := find(list, c.params["id"])
	if !ok {
		return nil, directory.notFound(c.text("id"))
	}
	return k.one(e), nil
}

// searchable lets a list of directory objects be searched.
func searchable(a *answer) (*answer, error) {
	a.list.search = searchDirectory
	return a, nil
}

func (c *call) listOrganization() (*answer, error) {
	return c.g.kinds.organization.list([]Entity{c.g.o.Company.Organization}), nil
}

func (c *call) getOrganization() (*answer, error) {
	return c.oneOf(c.g.kinds.organization, []Entity{c.g.o.Company.Organization})
}

func (c *call) listDomains() (*answer, error) {
	return c.g.kinds.domain.list(c.g.o.Company.Domains), nil
}

func (c *call) getDomain() (*answer, error) { return c.oneOf(c.g.kinds.domain, c.g.o.Company.Domains) }

func (c *call) listSkus() (*answer, error) {
	return c.g.kinds.sku.list(c.g.o.Company.SubscribedSkus), nil
}

func (c *call) getSku() (*answer, error) { return c.oneOf(c.g.kinds.sku, c.g.o.Company.SubscribedSkus) }

func (c *call) listRoles() (*answer, error) {
	return c.g.kinds.role.list(c.g.o.Company.DirectoryRoles), nil
}

func (c *call) getRole() (*answer, error) {
	return c.oneOf(c.g.kinds.role, c.g.o.Company.DirectoryRoles)
}

func (c *call) listRoleMembers() (*answer, error) {
	e, ok := find(c.g.o.Company.DirectoryRoles, c.params["id"])
	if !ok {
		return nil, directory.notFound(c.text("id"))
	}
	return c.g.mixed(c.g.objectsOf(c.g.o.Company.Members[text(e, "id")])), nil
}

func (c *call) listApplications() (*answer, error) {
	return searchable(c.g.kinds.application.list(c.g.o.Company.Applications))
}

func (c *call) getApplication() (*answer, error) {
	return c.oneOf(c.g.kinds.application, c.g.o.Company.Applications)
}

func (c *call) listApplicationOwners() (*answer, error) {
	e, ok := find(c.g.o.Company.Applications, c.params["id"])
	if !ok {
		return nil, directory.notFound(c.text("id"))
	}
	return c.g.mixed(c.g.objectsOf(c.g.o.Company.Owners[text(e, "id")])), nil
}

func (c *call) listServicePrincipals() (*answer, error) {
	return searchable(c.g.kinds.servicePrincipal.list(c.g.o.Company.ServicePrincipals))
}

func (c *call) getServicePrincipal() (*answer, error) {
	return c.oneOf(c.g.kinds.servicePrincipal, c.g.o.Company.ServicePrincipals)
}

func (c *call) getObject() (*answer, error) {
	t, ok := c.g.object(c.text("id"))
	if !ok {
		return nil, directory.notFound(c.text("id"))
	}
	return &answer{one: &t}, nil
}

// getByIDs follows https://learn.microsoft.com/graph/api/directoryobject-getbyids.
func (c *call) getByIDs() (*answer, error) {
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	given, _ := body["ids"].([]any)
	if len(given) == 0 || len(given) > 1000 {
		return nil, directory.refuse400("ids has to hold 1 to 1000 ids.")
	}
	types, _ := body["types"].([]any)
	var ids []string
	for _, id := range given {
		s, _ := id.(string)
		ids = append(ids, s)
	}
	things := c.g.objectsOf(ids)
	if len(types) > 0 {
		things = slices.DeleteFunc(things, func(t thing) bool { return !slices.Contains(types, any(t.kind.name)) })
	}
	return c.g.mixed(things), nil
}
