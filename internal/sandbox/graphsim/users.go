package graphsim

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

func userRoutes() []route {
	return in(directory,
		route{method: "GET", pattern: "users", needs: readUsers, serve: (*call).listUsers},
		route{method: "POST", pattern: "users", needs: writeUsers, serve: (*call).createUser},
		route{method: "GET", pattern: "users/delta", needs: readUsers, serve: (*call).deltaUsers},
		route{method: "GET", pattern: "users/{user}", needs: readUsers, serve: (*call).getUser},
		route{method: "PATCH", pattern: "users/{user}", needs: writeUsers, serve: (*call).updateUser},
		route{method: "DELETE", pattern: "users/{user}", needs: writeUsers, serve: (*call).deleteUser},
		route{method: "GET", pattern: "users/{user}/manager", needs: readUsers, serve: (*call).getManager},
		route{method: "PUT", pattern: "users/{user}/manager/$ref", needs: writeUsers, serve: (*call).setManager},
		route{method: "DELETE", pattern: "users/{user}/manager/$ref", needs: writeUsers, serve: (*call).removeManager},
		route{method: "GET", pattern: "users/{user}/directReports", needs: readUsers, serve: (*call).listReports},
		route{method: "GET", pattern: "users/{user}/memberOf", needs: readUsers, serve: (*call).listMemberOf},
		route{method: "GET", pattern: "users/{user}/transitiveMemberOf", needs: readUsers, serve: (*call).listTransitiveMemberOf},
		route{method: "GET", pattern: "users/{user}/ownedObjects", needs: readUsers, serve: (*call).listOwned},
		route{method: "POST", pattern: "users/{user}/getMemberGroups", needs: readUsers, serve: (*call).getMemberGroups},
		route{method: "POST", pattern: "users/{user}/checkMemberGroups", needs: readUsers, serve: (*call).checkMemberGroups},
		route{method: "GET", pattern: "users/{user}/photo", needs: readUsers, serve: (*call).noPhoto},
		route{method: "GET", pattern: "users/{user}/photo/$value", needs: readUsers, serve: (*call).noPhoto},
	)
}

func (c *call) listUsers() (*answer, error) {
	a := c.g.kinds.user.list(c.g.o.Company.Users)
	a.list.search = searchDirectory
	return a, nil
}

// searchDirectory finds words at the beginning of those of displayName and description, and other properties by
// their beginning (https://learn.microsoft.com/graph/search-query-parameter).
func searchDirectory(t thing, term odata.Term) bool {
	value := property(t.entity, term.Property)
	if list, ok := value.([]any); ok {
		return slices.ContainsFunc(list, func(v any) bool { s, _ := v.(string); return hasPrefix(s, term.Text) })
	}
	s, _ := value.(string)
	switch strings.ToLower(term.Property) {
	case "displayname", "description":
		return odata.HasWords(s, term.Text)
	}
	return hasPrefix(s, term.Text)
}

func hasPrefix(s, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(s), strings.ToLower(prefix))
}

// user returns the user that the path names.
func (c *call) user() (Entity, error) {
	u, ok := c.g.findUser(c.params["user"])
	switch {
	case !ok && c.isPersonal() && c.text("user") == c.caller.UserID:
		return c.g.o.Company.Personal, nil
	case ok:
		return u, nil
	case c.route.area == outlook:
		return nil, &problem{status: http.StatusNotFound, code: "ErrorInvalidUser", message: "The requested user '" + c.text("user") + "' is invalid."}
	}
	return nil, directory.notFound(c.text("user"))
}

func (c *call) getUser() (*answer, error) {
	u, err := c.user()
	return c.g.kinds.user.one(u), err
}

func (c *call) getManager() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	m, ok := c.g.managerOf(u)
	if !ok {
		return nil, directory.notFound("manager")
	}
	return &answer{one: &m}, nil
}

func (g *Graph) managerOf(u Entity) (thing, bool) {
	m, ok := g.objects[g.o.Company.ManagerOf[text(u, "id")]]
	return m, ok
}

func (g *Graph) reportsOf(u Entity) []thing {
	id := text(u, "id")
	var reports []thing
	for _, each := range g.o.Company.Users {
		if g.o.Company.ManagerOf[text(each, "id")] == id {
			reports = append(reports, thing{each, g.kinds.user})
		}
	}
	return reports
}

// mixed is a list of directory objects of any kind.
func (g *Graph) mixed(items []thing) *answer {
	return &answer{list: &listing{kind: g.kinds.object, items: items, mixed: true, search: searchDirectory}}
}

func (c *call) listReports() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return c.g.mixed(c.g.reportsOf(u)), nil
}

func (c *call) listMemberOf() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return c.g.mixed(c.g.memberOf(u)), nil
}

func (c *call) listTransitiveMemberOf() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return c.g.mixed(c.g.transitiveMemberOf(u)), nil
}

// memberOf lists the groups and roles that hold an object, in the order of the directory.
func (g *Graph) memberOf(e Entity) []thing {
	id := text(e, "id")
	var all []thing
	for k, list := range g.holders() {
		for _, holder := range list {
			if slices.Contains(g.o.Company.Members[text(holder, "id")], id) {
				all = append(all, thing{holder, k})
			}
		}
	}
	return all
}

// holders yields what has members.
func (g *Graph) holders() func(func(*kind, []Entity) bool) {
	return func(yield func(*kind, []Entity) bool) {
		_ = yield(g.kinds.group, g.o.Company.Groups) && yield(g.kinds.role, g.o.Company.DirectoryRoles)
	}
}

func (g *Graph) transitiveMemberOf(e Entity) []thing {
	all := g.memberOf(e)
	seen := map[string]bool{}
	for _, t := range all {
		seen[text(t.entity, "id")] = true
	}
	for i := 0; i < len(all); i++ {
		for _, t := range g.memberOf(all[i].entity) {
			if id := text(t.entity, "id"); !seen[id] {
				seen[id] = true
				all = append(all, t)
			}
		}
	}
	return all
}

func (c *call) listOwned() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	var owned []thing
	for _, list := range []struct {
		kind     *kind
		entities []Entity
	}{{c.g.kinds.group, c.g.o.Company.Groups}, {c.g.kinds.application, c.g.o.Company.Applications}} {
		for _, e := range list.entities {
			if slices.Contains(c.g.o.Company.Owners[text(e, "id")], text(u, "id")) {
				owned = append(owned, thing{e, list.kind})
			}
		}
	}
	return c.g.mixed(owned), nil
}

// groupIDs lists the ids of the groups, and unless securityOnly the roles, that a user is in.
func (c *call) groupIDs() ([]any, Entity, error) {
	u, err := c.user()
	if err != nil {
		return nil, nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, nil, err
	}
	ids := []any{}
	for _, t := range c.g.transitiveMemberOf(u) {
		if t.kind == c.g.kinds.group && (body["securityEnabledOnly"] != true || t.entity["securityEnabled"] == true) {
			ids = append(ids, t.entity["id"])
		}
	}
	return ids, body, nil
}

func (c *call) getMemberGroups() (*answer, error) {
	ids, _, err := c.groupIDs()
	return c.ids(ids), err
}

func (c *call) checkMemberGroups() (*answer, error) {
	ids, body, err := c.groupIDs()
	if err != nil {
		return nil, err
	}
	asked, _ := body["groupIds"].([]any)
	if len(asked) == 0 || len(asked) > 20 {
		return nil, directory.refuse400("groupIds has to hold 1 to 20 ids.")
	}
	return c.ids(slices.DeleteFunc(ids, func(id any) bool { return !slices.Contains(asked, id) })), nil
}

func (c *call) ids(ids []any) *answer {
	return &answer{value: Entity{"@odata.context": c.context("Collection(Edm.String)"), "value": ids}}
}

func (c *call) noPhoto() (*answer, error) {
	if _, err := c.user(); err != nil {
		return nil, err
	}
	return nil, &problem{status: http.StatusNotFound, code: "ImageNotFound", message: "Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown."}
}

func (c *call) deltaUsers() (*answer, error) {
	return c.delta("users", c.g.kinds.user, func() []thing { return c.g.kinds.user.things(c.g.o.Company.Users) }, c.g.object)
}

func (g *Graph) object(id string) (thing, bool) {
	t, ok := g.objects[id]
	return t, ok
}
