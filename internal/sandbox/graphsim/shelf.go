package graphsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// shelf is a collection, or a single resource, that needs hardly any rules of its own: it is kept under its path among the
// company's shelves, and is listed, read, made, changed and deleted in the same way as all others. Those that are there
// are in [shelves].
type shelf struct {
	pattern     string // of the collection: users/{user}/todo/lists
	at          string // the pattern under which it is kept, where that is another
	kind        string // microsoft.graph.<kind>
	area        area
	can         string // list, get, create, update, delete by their first letters; "one" where it is a single resource
	read, write string // permissions
	own         bool   // a person has it to himself …
	others      string // … unless one of these permissions opens that of others
	etags       bool   // a change has to name the version that it is made of
	quiet       bool   // a change is answered by 204
	from        func(*call) ([]Entity, error)
	complete    func(*call, Entity) error // what Graph adds to a new one
}

func shelfRoutes() []route {
	var all []route
	for _, s := range shelves() {
		one := s.pattern + "/{" + s.kind + "}"
		if s.can[0] == 'o' {
			one = s.pattern
		}
		for _, r := range []struct {
			letter, method, pattern, needs string
			serve                          func(shelf, *call) (*answer, error)
		}{
			{"l", http.MethodGet, s.pattern, s.read, shelf.list}, {"g", http.MethodGet, one, s.read, shelf.get}, {"o", http.MethodGet, one, s.read, shelf.get},
			{"c", http.MethodPost, s.pattern, s.write, shelf.create}, {"u", http.MethodPatch, one, s.write, shelf.update}, {"d", http.MethodDelete, one, s.write, shelf.delete},
		} {
			if strings.Contains(s.can, r.letter) {
				all = append(all, route{method: r.method, pattern: r.pattern, needs: r.needs, area: s.area, serve: func(c *call) (*answer, error) { return r.serve(s, c) }})
			}
		}
	}
	return all
}

// place returns the path that the shelf has in this call: with the ids of what the path names for keys.
func (s shelf) place(c *call) (string, error) {
	pattern := s.at
	if pattern == "" {
		pattern = s.pattern
	}
	if s.own && !c.caller.App && !c.namesCaller() && !c.holdsAny(s.others) {
		return "", c.forbidden()
	}
	path := ""
	for part := range strings.SplitSeq(pattern, "/") {
		if strings.HasPrefix(part, "{") {
			id, err := c.idIn(path, strings.Trim(part, "{}"))
			if err != nil {
				return "", err
			}
			part = id
		}
		path = strings.TrimPrefix(path+"/"+part, "/")
	}
	return path, nil
}

// idIn returns the id of what a parameter of the path names in a collection.
func (c *call) idIn(collection, param string) (string, error) {
	switch collection {
	case "users":
		u, err := c.user()
		return text(u, "id"), err
	case "groups":
		e, err := c.group()
		return text(e, "id"), err
	case "servicePrincipals":
		e, ok := find(c.g.o.Company.ServicePrincipals, c.params[param])
		if !ok {
			return "", c.route.area.notFound(c.text(param))
		}
		return text(e, "id"), nil
	}
	e, ok := find(c.g.o.Company.Shelves[collection], c.params[param])
	if !ok || !c.sees(collection, e) {
		return "", c.route.area.notFound(c.text(param))
	}
	return text(e, "id"), nil
}

// namesCaller tells whether the path's user is the caller. It needs the mutex of the Graph.
func (c *call) namesCaller() bool {
	u, ok := c.g.findUser(c.params["user"])
	return ok && text(u, "id") == c.caller.UserID
}

// sees tells whether the caller may know of a resource: chats are the business of who is in them.
func (c *call) sees(collection string, e Entity) bool {
	if collection != "chats" || c.caller.App {
		return true
	}
	return c.g.isIn("chats/"+text(e, "id")+"/members", c.caller.UserID)
}

// isIn tells whether a user is among the members on a shelf.
func (g *Graph) isIn(members, user string) bool {
	return slices.ContainsFunc(g.o.Company.Shelves[members], func(m Entity) bool { return m["userId"] == user })
}

func (s shelf) entities(c *call) (string, []Entity, error) {
	place, err := s.place(c)
	if err != nil {
		return "", nil, err
	}
	if s.from != nil {
		list, err := s.from(c)
		return place, list, err
	}
	return place, c.g.o.Company.Shelves[place], nil
}

func (s shelf) list(c *call) (*answer, error) {
	place, all, err := s.entities(c)
	if err != nil {
		return nil, err
	}
	var seen []Entity
	for _, e := range all {
		if c.sees(place, e) {
			seen = append(seen, e)
		}
	}
	a := c.g.kinds.shelved[s.kind].list(seen)
	if s.area == directory {
		a.list.search = searchDirectory
	}
	return a, nil
}

// item returns the path of the shelf and the resource on it that the call names.
func (s shelf) item(c *call) (string, Entity, error) {
	place, all, err := s.entities(c)
	if err != nil {
		return "", nil, err
	}
	if s.can[0] == 'o' {
		if len(all) == 0 {
			return "", nil, s.area.notFound(place)
		}
		return place, all[0], nil
	}
	e, ok := find(all, c.params[s.kind], "deviceId", "skuId")
	if !ok || !c.sees(place, e) {
		return "", nil, s.area.notFound(c.text(s.kind))
	}
	return place, e, nil
}

func (s shelf) get(c *call) (*answer, error) {
	_, e, err := s.item(c)
	return c.g.kinds.shelved[s.kind].one(e), err
}

func (s shelf) create(c *call) (*answer, error) {
	place, err := s.place(c)
	if err != nil {
		return nil, err
	}
	kind := c.g.kinds.shelved[s.kind]
	e := maps.Clone(kind.blank)
	delete(e, "@odata.type")
	given, err := c.properties(kind, "id")
	if err != nil {
		return nil, err
	}
	maps.Copy(e, given)
	e["id"] = newGUID()
	if s.area == outlook {
		e["id"] = c.g.newOutlookID()
	}
	if _, has := e["createdDateTime"]; has {
		e["createdDateTime"] = c.g.stamp()
	}
	if s.complete != nil {
		if err := s.complete(c, e); err != nil {
			return nil, err
		}
	}
	s.touch(c, e)
	c.g.o.Company.Shelves[place] = append(c.g.o.Company.Shelves[place], e)
	return kind.created(e, c.g.origin(c.request)+c.request.URL.EscapedPath()+"/"+text(e, "id")), nil
}

// touch gives a resource that is not shared yet a new version.
func (s shelf) touch(c *call, e Entity) {
	if _, has := e["lastModifiedDateTime"]; has {
		e["lastModifiedDateTime"] = c.g.stamp()
	}
	if s.etags {
		e["@odata.etag"] = `W/"` + c.g.newChangeKey() + `"`
	}
}

func (s shelf) update(c *call) (*answer, error) {
	place, e, err := s.item(c)
	if err != nil {
		return nil, err
	}
	if err := s.current(c, e); err != nil {
		return nil, err
	}
	kind := c.g.kinds.shelved[s.kind]
	given, err := c.properties(kind, "id", "createdDateTime")
	if err != nil {
		return nil, err
	}
	e = merged(e, given)
	s.touch(c, e)
	c.g.o.Company.Shelves[place] = put(c.g.o.Company.Shelves[place], e)
	if s.quiet && !c.prefers("return=representation") {
		return &answer{}, nil
	}
	return kind.one(e), nil
}

func (s shelf) delete(c *call) (*answer, error) {
	place, e, err := s.item(c)
	if err != nil {
		return nil, err
	}
	if err := s.current(c, e); err != nil {
		return nil, err
	}
	c.g.o.Company.Shelves[place] = remove(c.g.o.Company.Shelves[place], text(e, "id"))
	return &answer{}, nil
}

// current refuses a change of another version than the resource has.
func (s shelf) current(c *call, e Entity) error {
	if !s.etags {
		return nil
	}
	if c.request.Header.Get("If-Match") == "" {
		return badRequest("The If-Match header must be specified for this type of request.")
	}
	return c.matches(text(e, "@odata.etag"))
}
