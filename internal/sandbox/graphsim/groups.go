package graphsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

func groupRoutes() []route {
	return in(directory,
		route{method: "GET", pattern: "groups", needs: readGroups, serve: (*call).listGroups},
		route{method: "POST", pattern: "groups", needs: writeGroups, serve: (*call).createGroup},
		route{method: "GET", pattern: "groups/delta", needs: readGroups, serve: (*call).deltaGroups},
		route{method: "GET", pattern: "groups/{group}", needs: readGroups, serve: (*call).getGroup},
		route{method: "PATCH", pattern: "groups/{group}", needs: writeGroups, serve: (*call).updateGroup},
		route{method: "DELETE", pattern: "groups/{group}", needs: writeGroups, serve: (*call).deleteGroup},
		route{method: "GET", pattern: "groups/{group}/members", needs: readGroups, serve: (*call).listMembers},
		route{method: "POST", pattern: "groups/{group}/members/$ref", needs: writeMember, serve: (*call).addMember},
		route{method: "DELETE", pattern: "groups/{group}/members/{member}/$ref", needs: writeMember, serve: (*call).removeMember},
		route{method: "GET", pattern: "groups/{group}/transitiveMembers", needs: readGroups, serve: (*call).listTransitiveMembers},
		route{method: "GET", pattern: "groups/{group}/memberOf", needs: readGroups, serve: (*call).listGroupMemberOf},
		route{method: "GET", pattern: "groups/{group}/owners", needs: readGroups, serve: (*call).listOwners},
		route{method: "POST", pattern: "groups/{group}/owners/$ref", needs: writeGroups, serve: (*call).addOwner},
		route{method: "DELETE", pattern: "groups/{group}/owners/{member}/$ref", needs: writeGroups, serve: (*call).removeOwner},
	)
}

func (c *call) listGroups() (*answer, error) {
	a := c.g.kinds.group.list(c.g.o.Company.Groups)
	a.list.search = searchDirectory
	return a, nil
}

func (c *call) deltaGroups() (*answer, error) {
	return c.delta("groups", c.g.kinds.group, func() []thing { return c.g.kinds.group.things(c.g.o.Company.Groups) }, c.g.object)
}

func (c *call) group() (Entity, error) {
	e, ok := find(c.g.o.Company.Groups, c.params["group"])
	if !ok {
		return nil, directory.notFound(c.text("group"))
	}
	return e, nil
}

func (c *call) getGroup() (*answer, error) {
	e, err := c.group()
	return c.g.kinds.group.one(e), err
}

// objectsOf returns the objects with the given ids.
func (g *Graph) objectsOf(ids []string) []thing {
	things := make([]thing, 0, len(ids))
	for _, id := range ids {
		if t, ok := g.objects[id]; ok {
			things = append(things, t)
		}
	}
	return things
}

func (c *call) listMembers() (*answer, error) {
	e, err := c.group()
	if err != nil {
		return nil, err
	}
	return c.g.mixed(c.g.objectsOf(c.g.o.Company.Members[text(e, "id")])), nil
}

func (c *call) listTransitiveMembers() (*answer, error) {
	e, err := c.group()
	if err != nil {
		return nil, err
	}
	ids := slices.Clone(c.g.o.Company.Members[text(e, "id")])
	seen := map[string]bool{text(e, "id"): true}
	for i := 0; i < len(ids); i++ {
		if seen[ids[i]] {
			ids = slices.Delete(ids, i, i+1)
			i--
			continue
		}
		seen[ids[i]] = true
		ids = append(ids, c.g.o.Company.Members[ids[i]]...)
	}
	return c.g.mixed(c.g.objectsOf(ids)), nil
}

func (c *call) listGroupMemberOf() (*answer, error) {
	e, err := c.group()
	if err != nil {
		return nil, err
	}
	return c.g.mixed(c.g.memberOf(e)), nil
}

func (c *call) listOwners() (*answer, error) {
	e, err := c.group()
	if err != nil {
		return nil, err
	}
	return c.g.mixed(c.g.objectsOf(c.g.o.Company.Owners[text(e, "id")])), nil
}

// createGroup follows https://learn.microsoft.com/graph/api/group-post-groups.
func (c *call) createGroup() (*answer, error) {
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	given, err := c.known(c.g.kinds.group, body, "id", "createdDateTime", "mail")
	if err != nil {
		return nil, err
	}
	for _, name := range words("displayName mailEnabled mailNickname securityEnabled") {
		if given[name] == nil || given[name] == "" {
			return nil, &problem{status: http.StatusBadRequest, code: "Request_BadRequest", detail: "PropertyRequired", target: name,
				message: "A value is required for property '" + name + "' of resource 'Group'."}
		}
	}
	e := maps.Clone(c.g.kinds.group.blank)
	maps.Copy(e, given)
	id := newGUID()
	e["id"], e["createdDateTime"], e["renewedDateTime"] = id, c.g.stamp(), c.g.stamp()
	if types, ok := e["groupTypes"].([]any); !ok {
		e["groupTypes"] = []any{}
	} else if slices.Contains(types, any("Unified")) {
		e["mail"] = text(e, "mailNickname") + "@" + c.g.defaultDomain()
	}
	members, err := c.bound(body, "members@odata.bind")
	if err != nil {
		return nil, err
	}
	owners, err := c.bound(body, "owners@odata.bind")
	if err != nil {
		return nil, err
	}
	c.g.o.Company.Members[id], c.g.o.Company.Owners[id] = members, owners
	c.g.save(c.g.kinds.group, e)
	return c.g.kinds.group.created(e, c.g.origin(c.request)+"/v2/"+c.caller.TenantID+"/directoryObjects/"+id+"/Microsoft.DirectoryServices.Group"), nil
}

// bound returns the ids of the objects that a body names as members or owners.
func (c *call) bound(body Entity, name string) ([]string, error) {
	ids := []string{}
	list, _ := body[name].([]any)
	for _, reference := range list {
		s, _ := reference.(string)
		t, err := c.g.objectAt(s)
		if err != nil {
			return nil, err
		}
		ids = append(ids, text(t.entity, "id"))
	}
	return ids, nil
}

func (g *Graph) defaultDomain() string {
	for _, d := range g.o.Company.Domains {
		if d["isDefault"] == true {
			return text(d, "id")
		}
	}
	return ""
}

func (c *call) updateGroup() (*answer, error) {
	e, err := c.group()
	if err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	given, err := c.known(c.g.kinds.group, body, "id", "createdDateTime", "mail", "proxyAddresses")
	if err != nil {
		return nil, err
	}
	added, err := c.bound(body, "members@odata.bind")
	if err != nil {
		return nil, err
	}
	if len(added) > 20 {
		return nil, directory.refuse400("At most 20 members can be added in one request.")
	}
	for _, id := range added {
		if err := c.g.refer(c.g.o.Company.Members, text(e, "id"), id, "members"); err != nil {
			return nil, err
		}
	}
	c.g.save(c.g.kinds.group, merged(e, given))
	return &answer{}, nil
}

func (c *call) deleteGroup() (*answer, error) {
	e, err := c.group()
	if err != nil {
		return nil, err
	}
	id := text(e, "id")
	c.g.o.Company.Groups = remove(c.g.o.Company.Groups, id)
	delete(c.g.o.Company.Members, id)
	delete(c.g.o.Company.Owners, id)
	c.g.forget(id)
	c.g.changes.note("groups", id, true)
	return &answer{}, nil
}

// refer adds a reference to another object.
func (g *Graph) refer(references map[string][]string, holder, id, name string) error {
	if slices.Contains(references[holder], id) {
		return directory.refuse400("One or more added object references already exist for the following modified properties: '%s'.", name)
	}
	references[holder] = append(references[holder], id)
	g.changes.note("groups", holder, false)
	return nil
}

func (c *call) addMember() (*answer, error) { return c.addReference(c.g.o.Company.Members, "members") }
func (c *call) addOwner() (*answer, error)  { return c.addReference(c.g.o.Company.Owners, "owners") }

func (c *call) addReference(references map[string][]string, name string) (*answer, error) {
	e, err := c.group()
	if err != nil {
		return nil, err
	}
	t, err := c.referred()
	if err != nil {
		return nil, err
	}
	if types, _ := e["groupTypes"].([]any); name == "members" && slices.Contains(types, any("DynamicMembership")) {
		return nil, &problem{status: http.StatusForbidden, code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation."}
	}
	return &answer{}, c.g.refer(references, text(e, "id"), text(t.entity, "id"), name)
}

func (c *call) removeMember() (*answer, error) { return c.removeReference(c.g.o.Company.Members) }
func (c *call) removeOwner() (*answer, error)  { return c.removeReference(c.g.o.Company.Owners) }

func (c *call) removeReference(references map[string][]string) (*answer, error) {
	e, err := c.group()
	if err != nil {
		return nil, err
	}
	holder := text(e, "id")
	at := slices.IndexFunc(references[holder], func(id string) bool { return strings.EqualFold(id, c.text("member")) })
	if at < 0 {
		return nil, directory.notFound(c.text("member"))
	}
	references[holder] = slices.Delete(references[holder], at, at+1)
	c.g.changes.note("groups", holder, false)
	return &answer{}, nil
}
