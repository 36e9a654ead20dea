package graphsim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

func siteRoutes() []route {
	return in(files,
		route{method: "GET", pattern: "sites", needs: readSites, serve: (*call).listSites},
		route{method: "GET", pattern: "sites/getAllSites", needs: readSites, serve: (*call).listSites},
		route{method: "GET", pattern: "SITE", needs: readSites, serve: (*call).getSite},
		route{method: "GET", pattern: "SITE/sites", needs: readSites, serve: (*call).listSubsites},
		route{method: "GET", pattern: "SITE/lists", needs: readSites, serve: (*call).listLists},
		route{method: "GET", pattern: "SITE/lists/{list}", needs: readSites, serve: (*call).getList},
		route{method: "GET", pattern: "SITE/lists/{list}/items", needs: readSites, serve: (*call).listListItems},
		route{method: "POST", pattern: "SITE/lists/{list}/items", needs: writeSites, serve: (*call).createListItem},
		route{method: "GET", pattern: "SITE/lists/{list}/items/{listItem}", needs: readSites, serve: (*call).getListItem},
		route{method: "PATCH", pattern: "SITE/lists/{list}/items/{listItem}", needs: writeSites, serve: (*call).updateListItem},
		route{method: "DELETE", pattern: "SITE/lists/{list}/items/{listItem}", needs: writeSites, serve: (*call).deleteListItem},
		route{method: "GET", pattern: "SITE/lists/{list}/items/{listItem}/fields", needs: readSites, serve: (*call).getFields},
		route{method: "PATCH", pattern: "SITE/lists/{list}/items/{listItem}/fields", needs: writeSites, serve: (*call).updateFields},
	)
}

func (c *call) listSites() (*answer, error) {
	a := c.g.kinds.site.list(c.g.o.Company.Sites)
	sought := c.query.Search
	if sought != "" && sought != "*" {
		a.list.items = slices.DeleteFunc(a.list.items, func(t thing) bool {
			return !odata.HasWords(text(t.entity, "displayName")+" "+text(t.entity, "name")+" "+text(t.entity, "description"), sought)
		})
	}
	a.list.searched = true
	return a, nil
}

// site returns the site that the path names: by id (the composite one or its middle part), "root", host name, or
// host name and path.
func (c *call) site() (Entity, error) {
	key := c.params["site"]
	if c.has("group") {
		return c.groupSite(key)
	}
	for _, s := range c.g.o.Company.Sites {
		id := text(s, "id")
		address, _ := url.Parse(text(s, "webUrl"))
		host, _, _ := strings.Cut(id, ",")
		parts := strings.Split(id, ",")
		switch {
		case address == nil:
		case c.text("sitepath") != "":
			if strings.EqualFold(key.text, host) && strings.EqualFold(strings.Trim(address.Path, "/"), c.text("sitepath")) {
				return s, nil
			}
		case strings.EqualFold(key.text, id), len(parts) == 3 && (strings.EqualFold(key.text, parts[1]) || strings.EqualFold(key.text, parts[1]+","+parts[2])):
			return s, nil
		case (strings.EqualFold(key.text, "root") || strings.EqualFold(key.text, host)) && strings.Trim(address.Path, "/") == "":
			return s, nil
		}
	}
	return nil, files.notFound(key.text)
}

// groupSite is the team site of a group: the one whose library is the group's.
func (c *call) groupSite(key segment) (Entity, error) {
	e, err := c.group()
	if err != nil {
		return nil, err
	}
	drive := c.g.o.Company.DriveOf[text(e, "id")]
	for _, s := range c.g.o.Company.Sites {
		id := text(s, "id")
		if drive != "" && c.g.o.Company.DriveOf[id] == drive && (strings.EqualFold(key.text, "root") || key.text == id) {
			return s, nil
		}
	}
	return nil, files.notFound(key.text)
}

func (c *call) getSite() (*answer, error) {
	e, err := c.site()
	return c.g.kinds.site.one(e), err
}

func (c *call) listSubsites() (*answer, error) {
	_, err := c.site()
	return c.g.kinds.site.list(nil), err // no site of the company has any
}

func (c *call) listLists() (*answer, error) {
	s, err := c.site()
	if err != nil {
		return nil, err
	}
	return c.g.kinds.list.list(c.g.o.Company.Lists[text(s, "id")]), nil
}

func (c *call) spList() (Entity, error) {
	s, err := c.site()
	if err != nil {
		return nil, err
	}
	e, ok := find(c.g.o.Company.Lists[text(s, "id")], c.params["list"], "displayName", "name")
	if !ok {
		return nil, files.notFound(c.text("list"))
	}
	return e, nil
}

func (c *call) getList() (*answer, error) {
	e, err := c.spList()
	return c.g.kinds.list.one(e), err
}

func (c *call) listListItems() (*answer, error) {
	e, err := c.spList()
	if err != nil {
		return nil, err
	}
	return c.g.kinds.listItem.list(c.g.o.Company.ListItems[text(e, "id")]), nil
}

func (c *call) listItem() (list string, e Entity, err error) {
	l, err := c.spList()
	if err != nil {
		return "", nil, err
	}
	list = text(l, "id")
	e, ok := find(c.g.o.Company.ListItems[list], c.params["listItem"])
	if !ok {
		return "", nil, files.notFound(c.text("listItem"))
	}
	return list, e, nil
}

// getListItem shows the fields, too: a single item comes with them.
func (c *call) getListItem() (*answer, error) {
	_, e, err := c.listItem()
	if err != nil {
		return nil, err
	}
	if len(c.query.Select) == 0 && len(c.query.Expand) == 0 {
		c.query.Expand = []odata.Expansion{{Name: "fields"}}
	}
	return c.g.kinds.listItem.one(e), nil
}

func (c *call) getFields() (*answer, error) {
	_, e, err := c.listItem()
	if err != nil {
		return nil, err
	}
	fields, _ := e["fields"].(map[string]any)
	return c.g.kinds.fields.one(fields), nil
}

// saveListItem stores an item with changed fields and a new version.
func (c *call) saveListItem(list string, e, fields Entity) Entity {
	old, _ := e["fields"].(map[string]any)
	c.g.versions[list+text(e, "id")]++
	tag := `"` + newGUID() + "," + strconv.FormatInt(c.g.versions[list+text(e, "id")]+1, 10) + `"`
	now := c.g.stamp()
	f := merged(old, fields)
	f["Modified"], f["@odata.etag"], f["id"] = now, tag, e["id"]
	e = merged(e, Entity{"eTag": tag, "@odata.etag": tag, "lastModifiedDateTime": now, "lastModifiedBy": c.author()})
	e["fields"] = f
	c.g.o.Company.ListItems[list] = put(c.g.o.Company.ListItems[list], e)
	return e
}

// checkFields refuses columns that no item of the list has.
func (c *call) checkColumns(list string, fields Entity) error {
	for name := range fields {
		known := strings.Contains(name, "@") || name == "Title"
		for _, e := range c.g.o.Company.ListItems[list] {
			existing, _ := e["fields"].(map[string]any)
			_, has := existing[name]
			known = known || has
		}
		if !known {
			return files.refuse400("Field '%s' is not recognized", name)
		}
	}
	return nil
}

func (c *call) createListItem() (*answer, error) {
	l, err := c.spList()
	if err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	list := text(l, "id")
	fields, _ := body["fields"].(map[string]any)
	if err := c.checkColumns(list, fields); err != nil {
		return nil, err
	}
	highest := 0
	for _, e := range c.g.o.Company.ListItems[list] {
		n, _ := strconv.Atoi(text(e, "id"))
		highest = max(highest, n)
	}
	id, now, by := strconv.Itoa(highest+1), c.g.stamp(), c.author()
	e := c.saveListItem(list, Entity{
		"id": id, "createdDateTime": now, "createdBy": by, "webUrl": text(l, "webUrl") + "/" + id + "_.000", "parentReference": l["parentReference"],
		"contentType": Entity{"id": "0x01", "name": "Item"}, "fields": Entity{"ContentType": "Item", "Created": now},
	}, fields)
	c.query.Expand = []odata.Expansion{{Name: "fields"}}
	return c.g.kinds.listItem.created(e, ""), nil
}

func (c *call) updateListItem() (*answer, error) {
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	fields, _ := body["fields"].(map[string]any)
	e, err := c.changeFields(fields)
	if err != nil {
		return nil, err
	}
	c.query.Expand = []odata.Expansion{{Name: "fields"}}
	return c.g.kinds.listItem.one(e), nil
}

func (c *call) updateFields() (*answer, error) {
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	e, err := c.changeFields(body)
	if err != nil {
		return nil, err
	}
	fields, _ := e["fields"].(map[string]any)
	return c.g.kinds.fields.one(fields), nil
}

func (c *call) changeFields(fields Entity) (Entity, error) {
	list, e, err := c.listItem()
	if err != nil {
		return nil, err
	}
	if err := c.matches(text(e, "eTag")); err != nil {
		return nil, err
	}
	if err := c.checkColumns(list, fields); err != nil {
		return nil, err
	}
	return c.saveListItem(list, e, fields), nil
}

func (c *call) deleteListItem() (*answer, error) {
	list, e, err := c.listItem()
	if err != nil {
		return nil, err
	}
	if err := c.matches(text(e, "eTag")); err != nil {
		return nil, err
	}
	c.g.o.Company.ListItems[list] = remove(c.g.o.Company.ListItems[list], text(e, "id"))
	return &answer{status: http.StatusNoContent}, nil
}
