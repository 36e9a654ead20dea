package graphsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// save stores a directory object under its id and notes the change.
func (g *Graph) save(k *kind, e Entity) {
	id := text(e, "id")
	g.objects[id] = thing{e, k}
	switch k {
	case g.kinds.user:
		g.o.Company.Users = put(g.o.Company.Users, e)
		g.changes.note("users", id, false)
	case g.kinds.group:
		g.o.Company.Groups = put(g.o.Company.Groups, e)
		g.changes.note("groups", id, false)
	}
}

// createUser follows https://learn.microsoft.com/graph/api/user-post-users.
func (c *call) createUser() (*answer, error) {
	given, err := c.properties(c.g.kinds.user, "id", "createdDateTime")
	if err != nil {
		return nil, err
	}
	for _, name := range words("accountEnabled displayName mailNickname userPrincipalName") {
		if given[name] == nil || given[name] == "" {
			return nil, missingProperty(name)
		}
	}
	profile, _ := given["passwordProfile"].(map[string]any)
	if text(profile, "password") == "" {
		return nil, &problem{status: http.StatusBadRequest, code: "Request_BadRequest", message: "A password must be specified to create a new user.", detail: "PropertyRequired", target: "passwordProfile"}
	}
	if err := c.g.checkUPN(text(given, "userPrincipalName"), ""); err != nil {
		return nil, err
	}
	delete(given, "passwordProfile") // nobody reads a password back
	e := maps.Clone(c.g.kinds.user.blank)
	maps.Copy(e, given)
	e["id"], e["createdDateTime"] = newGUID(), c.g.stamp()
	if e["userType"] == nil {
		e["userType"] = "Member"
	}
	c.g.save(c.g.kinds.user, e)
	return c.g.kinds.user.created(e, c.g.origin(c.request)+"/v2/"+c.caller.TenantID+"/directoryObjects/"+text(e, "id")+"/Microsoft.DirectoryServices.User"), nil
}

func missingProperty(name string) error {
	return &problem{status: http.StatusBadRequest, code: "Request_BadRequest", detail: "PropertyRequired", target: name,
		message: "A value is required for property '" + name + "' of resource 'User'."}
}

// checkUPN refuses a userPrincipalName that is malformed, foreign or taken by a user other than the given one.
func (g *Graph) checkUPN(upn, id string) error {
	local, domain, ok := strings.Cut(upn, "@")
	if !ok || local == "" || strings.ContainsAny(upn, " \"(),:;<>[]\\") {
		return &problem{status: http.StatusBadRequest, code: "Request_BadRequest", detail: "InvalidValue", target: "userPrincipalName",
			message: "Property userPrincipalName is invalid."}
	}
	if !slices.ContainsFunc(g.o.Company.Domains, func(d Entity) bool {
		return strings.EqualFold(text(d, "id"), domain) && d["isVerified"] == true
	}) && !strings.EqualFold(domain, company.TenantDomain) {
		return &problem{status: http.StatusBadRequest, code: "Request_BadRequest", detail: "InvalidValue", target: "userPrincipalName",
			message: "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization."}
	}
	if u, taken := find(g.o.Company.Users, segment{text: upn, property: "userPrincipalName"}); taken && u["id"] != id {
		return &problem{status: http.StatusBadRequest, code: "Request_BadRequest", detail: "ObjectConflict", target: "userPrincipalName",
			message: "Another object with the same value for property userPrincipalName already exists."}
	}
	return nil
}

func (c *call) updateUser() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	given, err := c.properties(c.g.kinds.user, "id", "createdDateTime", "assignedLicenses", "assignedPlans", "proxyAddresses")
	if err != nil {
		return nil, err
	}
	if upn, ok := given["userPrincipalName"].(string); ok {
		if err := c.g.checkUPN(upn, text(u, "id")); err != nil {
			return nil, err
		}
	}
	delete(given, "passwordProfile")
	u = merged(u, given)
	c.g.save(c.g.kinds.user, u)
	if c.prefers("return=representation") {
		return c.g.kinds.user.one(u), nil
	}
	return &answer{}, nil
}

func (c *call) deleteUser() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	id := text(u, "id")
	c.g.keepDeleted(u)
	c.g.o.Company.Users = remove(c.g.o.Company.Users, id)
	delete(c.g.o.Company.ManagerOf, id)
	c.g.forget(id)
	c.g.changes.note("users", id, true)
	return &answer{}, nil
}

// forget takes an object out of the index and out of everything that refers to it.
func (g *Graph) forget(id string) {
	delete(g.objects, id)
	maps.DeleteFunc(g.o.Company.ManagerOf, func(_, manager string) bool { return manager == id })
	for _, references := range []map[string][]string{g.o.Company.Members, g.o.Company.Owners} {
		for holder, ids := range references {
			references[holder] = slices.DeleteFunc(ids, func(each string) bool { return each == id })
		}
	}
}

func (c *call) setManager() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	manager, err := c.referred()
	if err != nil {
		return nil, err
	}
	c.g.o.Company.ManagerOf[text(u, "id")] = text(manager.entity, "id")
	c.g.changes.note("users", text(u, "id"), false)
	return &answer{}, nil
}

func (c *call) removeManager() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if _, ok := c.g.managerOf(u); !ok {
		return nil, directory.notFound("manager")
	}
	delete(c.g.o.Company.ManagerOf, text(u, "id"))
	c.g.changes.note("users", text(u, "id"), false)
	return &answer{}, nil
}

// referred returns the object that a body refers to: {"@odata.id": "https://…/directoryObjects/{id}"}.
func (c *call) referred() (thing, error) {
	body, err := c.document()
	if err != nil {
		return thing{}, err
	}
	return c.g.objectAt(text(body, "@odata.id"))
}

func (g *Graph) objectAt(reference string) (thing, error) {
	if reference == "" {
		return thing{}, directory.refuse400("The reference '@odata.id' is missing in the request body.")
	}
	id := reference[strings.LastIndexByte(reference, '/')+1:]
	if _, key, ok := strings.Cut(id, "('"); ok {
		id = strings.TrimSuffix(key, "')")
	}
	if t, ok := g.objects[id]; ok {
		return t, nil
	}
	if u, ok := g.findUser(segment{text: id}); ok {
		return thing{u, g.kinds.user}, nil
	}
	return thing{}, directory.notFound(id)
}
