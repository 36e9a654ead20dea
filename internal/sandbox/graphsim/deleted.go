package graphsim

import (
	"maps"
	"net/http"
)

// deletedItems is the shelf of users that were deleted and can be restored.
const deletedItems = "directory/deletedItems"

func deletedRoutes() []route {
	return in(directory,
		route{method: "GET", pattern: deletedItems, needs: readUsers, serve: (*call).listDeleted},
		route{method: "GET", pattern: deletedItems + "/{id}", needs: readUsers, serve: (*call).getDeleted},
		route{method: "POST", pattern: deletedItems + "/{id}/restore", needs: writeUsers, serve: (*call).restore},
		route{method: "DELETE", pattern: deletedItems + "/{id}", needs: writeUsers, serve: (*call).purge},
	)
}

// listDeleted needs the type in the path, as Graph does: directory/deletedItems/microsoft.graph.user.
func (c *call) listDeleted() (*answer, error) {
	switch c.path.cast {
	case "user":
		return c.g.kinds.user.list(c.g.o.Company.Shelves[deletedItems]), nil
	case "group", "application", "serviceprincipal":
		return c.g.mixed(nil), nil
	}
	return nil, directory.refuse400("The type of the deleted items is missing: end the path with /microsoft.graph.user or the like.")
}

func (c *call) deleted() (Entity, error) {
	e, ok := find(c.g.o.Company.Shelves[deletedItems], c.params["id"])
	if !ok {
		return nil, directory.notFound(c.text("id"))
	}
	return e, nil
}

func (c *call) getDeleted() (*answer, error) {
	e, err := c.deleted()
	return c.g.kinds.user.one(e), err
}

// restore follows https://learn.microsoft.com/graph/api/directory-deleteditems-restore. Group memberships do not come back
// here.
func (c *call) restore() (*answer, error) {
	e, err := c.deleted()
	if err != nil {
		return nil, err
	}
	if _, taken := c.g.findUser(segment{text: text(e, "userPrincipalName")}); taken {
		return nil, &problem{status: http.StatusBadRequest, code: "Request_BadRequest", message: "Another object with the same value for property userPrincipalName already exists."}
	}
	c.g.o.Company.Shelves[deletedItems] = remove(c.g.o.Company.Shelves[deletedItems], text(e, "id"))
	e = merged(e, Entity{"deletedDateTime": nil})
	c.g.save(c.g.kinds.user, e)
	return c.g.kinds.user.one(e), nil
}

func (c *call) purge() (*answer, error) {
	e, err := c.deleted()
	if err != nil {
		return nil, err
	}
	c.g.o.Company.Shelves[deletedItems] = remove(c.g.o.Company.Shelves[deletedItems], text(e, "id"))
	return &answer{}, nil
}

// keepDeleted puts a deleted user where it can be restored from.
func (g *Graph) keepDeleted(u Entity) {
	u = maps.Clone(u)
	u["deletedDateTime"] = g.stamp()
	g.o.Company.Shelves[deletedItems] = append(g.o.Company.Shelves[deletedItems], u)
}
