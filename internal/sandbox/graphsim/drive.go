package graphsim

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

func driveRoutes() []route {
	return in(files,
		route{method: "GET", pattern: "DRIVE", needs: readFiles, serve: (*call).getDrive},
		route{method: "GET", pattern: "drives", needs: readFiles, serve: (*call).listDrives},
		route{method: "GET", pattern: "users/{user}/drives", needs: readFiles, serve: (*call).listDrives},
		route{method: "GET", pattern: "groups/{group}/drives", needs: readFiles, serve: (*call).listDrives},
		route{method: "GET", pattern: "SITE/drives", needs: readFiles, serve: (*call).listDrives},
		route{method: "GET", pattern: "DRIVE/search", needs: readFiles, serve: (*call).searchDrive},
		route{method: "GET", pattern: "DRIVE/root/delta", needs: readFiles, serve: (*call).deltaDrive},
		route{method: "GET", pattern: "DRIVE/recent", needs: readFiles, serve: (*call).listRecent},
	)
}

func itemRoutes() []route {
	return in(files,
		route{method: "GET", pattern: "ITEM", needs: readFiles, serve: (*call).getItem},
		route{method: "PATCH", pattern: "ITEM", needs: writeFiles, serve: (*call).updateItem},
		route{method: "DELETE", pattern: "ITEM", needs: writeFiles, serve: (*call).deleteItem},
		route{method: "GET", pattern: "ITEM/children", needs: readFiles, serve: (*call).listChildren},
		route{method: "POST", pattern: "ITEM/children", needs: writeFiles, serve: (*call).createChild},
		route{method: "GET", pattern: "ITEM/content", needs: readFiles, serve: (*call).getContent},
		route{method: "PUT", pattern: "ITEM/content", needs: writeFiles, serve: (*call).putContent, maxBody: maxContent},
		route{method: "POST", pattern: "ITEM/createUploadSession", needs: writeFiles, serve: (*call).createUpload},
		route{method: "GET", pattern: "ITEM/search", needs: readFiles, serve: (*call).searchDrive},
		route{method: "POST", pattern: "ITEM/copy", needs: writeFiles, serve: (*call).copyItem},
		route{method: "GET", pattern: "ITEM/permissions", needs: readFiles, serve: (*call).listPermissions},
		route{method: "GET", pattern: "ITEM/thumbnails", needs: readFiles, serve: (*call).listThumbnails},
	)
}

// drive returns the drive that the path names.
func (c *call) drive() (Entity, error) {
	id := c.text("drive")
	if !c.has("drive") {
		owner, err := c.driveOwner()
		if err != nil {
			return nil, err
		}
		id = c.g.o.Company.DriveOf[owner]
	} else if c.has("user") || c.has("group") || c.has("site") {
		if _, err := c.driveOwner(); err != nil {
			return nil, err
		}
	}
	e, ok := find(c.g.o.Company.Drives, segment{text: id})
	switch {
	case ok:
		return e, nil
	case c.has("user") && !c.has("drive"):
		return nil, &problem{status: http.StatusNotFound, code: "ResourceNotFound", message: "User's mysite not found."}
	}
	return nil, files.notFound(id)
}

// driveOwner returns the id of the user, group or site in the path; the root site where there is none.
func (c *call) driveOwner() (string, error) {
	switch {
	case c.has("user"):
		u, err := c.user()
		return text(u, "id"), err
	case c.has("site"):
		s, err := c.site()
		return text(s, "id"), err
	case c.has("group"):
		e, err := c.group()
		return text(e, "id"), err
	}
	for _, s := range c.g.o.Company.Sites {
		return text(s, "id"), nil
	}
	return "", files.notFound("drive")
}

func (c *call) getDrive() (*answer, error) {
	e, err := c.drive()
	return c.g.kinds.drive.one(e), err
}

func (c *call) listDrives() (*answer, error) {
	if !c.has("user") && !c.has("group") && !c.has("site") {
		return c.g.kinds.drive.list(c.g.o.Company.Drives), nil
	}
	owner, err := c.driveOwner()
	if err != nil {
		return nil, err
	}
	id := c.g.o.Company.DriveOf[owner]
	return c.g.kinds.drive.list(slices.DeleteFunc(slices.Clone(c.g.o.Company.Drives), func(d Entity) bool { return d["id"] != id })), nil
}

// place is an item in its drive.
type place struct {
	drive string
	item  *company.Item
}

func (g *Graph) itemByID(drive, id string) *company.Item {
	for _, item := range g.o.Company.Items[drive] {
		if item.Entity["id"] == id {
			return item
		}
	}
	return nil
}

func (g *Graph) rootOf(drive string) *company.Item {
	for _, item := range g.o.Company.Items[drive] {
		if item.ParentID == "" {
			return item
		}
	}
	return nil
}

// child finds a name in a folder, without regard to case.
func (g *Graph) child(drive, parent, name string) *company.Item {
	for _, item := range g.o.Company.Items[drive] {
		if item.ParentID == parent && parent != "" && strings.EqualFold(text(item.Entity, "name"), name) {
			return item
		}
	}
	return nil
}

// start returns the item where the path's own path begins.
func (c *call) start() (place, error) {
	d, err := c.drive()
	if err != nil {
		return place{}, err
	}
	p := place{drive: text(d, "id")}
	switch {
	case c.has("item") && !strings.EqualFold(c.text("item"), "root"):
		p.item = c.g.itemByID(p.drive, c.text("item"))
	case c.has("special"):
		for _, item := range c.g.o.Company.Items[p.drive] {
			special, _ := item.Entity["specialFolder"].(map[string]any)
			if strings.EqualFold(text(special, "name"), c.text("special")) {
				p.item = item
			}
		}
	default:
		p.item = c.g.rootOf(p.drive)
	}
	if p.item == nil {
		return place{}, files.notFound(c.text("item"))
	}
	return p, nil
}

// item returns the item that the path names.
func (c *call) item() (place, error) {
	p, err := c.start()
	if err != nil || c.text("path") == "" {
		return p, err
	}
	for name := range strings.SplitSeq(c.text("path"), "/") {
		if p.item = c.g.child(p.drive, text(p.item.Entity, "id"), name); p.item == nil {
			return place{}, files.notFound(c.text("path"))
		}
	}
	return p, nil
}

func (c *call) getItem() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	return c.g.kinds.item.one(p.item.Entity), nil
}

func (g *Graph) childrenOf(drive, parent string) []thing {
	var all []thing
	for _, item := range g.o.Company.Items[drive] {
		if item.ParentID == parent && parent != "" {
			all = append(all, thing{item.Entity, g.kinds.item})
		}
	}
	return all
}

func (c *call) listChildren() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	return &answer{list: &listing{kind: c.g.kinds.item, items: c.g.childrenOf(p.drive, text(p.item.Entity, "id"))}}, nil
}

// presentItem adds where a file can be downloaded, as Graph does unless something else is selected.
func presentItem(c *call, shown, stored Entity) {
	const name = "@microsoft.graph.downloadUrl"
	wanted := len(c.query.Select) == 0 || slices.ContainsFunc(c.query.Select, func(p odata.Path) bool {
		return strings.EqualFold(p[0], name) || strings.EqualFold(p[0], "content.downloadUrl")
	})
	parent, _ := stored["parentReference"].(map[string]any)
	if stored["file"] != nil && wanted && c.path.version != "" {
		shown[name] = c.downloadURL(text(parent, "driveId"), text(stored, "id"))
	}
}

// within tells whether an item lies below a folder.
func (g *Graph) within(drive string, item *company.Item, folder string) bool {
	for item != nil {
		if item.Entity["id"] == folder {
			return true
		}
		item = g.itemByID(drive, item.ParentID)
	}
	return false
}

// searchDrive finds files and folders by words in their names and in what they say.
func (c *call) searchDrive() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	last := c.path.segments[len(c.path.segments)-1]
	sought := last.argument("q")
	if last.args == "" {
		return nil, files.refuse400("The parameter q of search is missing.")
	}
	var found []thing
	for _, item := range c.g.o.Company.Items[p.drive] {
		if item.ParentID != "" && c.g.within(p.drive, item, text(p.item.Entity, "id")) && c.g.mentions(item, sought) {
			found = append(found, thing{item.Entity, c.g.kinds.item})
		}
	}
	return &answer{list: &listing{kind: c.g.kinds.item, items: found}}, nil
}

func (g *Graph) mentions(item *company.Item, sought string) bool {
	return odata.HasWords(text(item.Entity, "name")+" "+contentText(item), sought)
}

func (c *call) listRecent() (*answer, error) {
	d, err := c.drive()
	if err != nil {
		return nil, err
	}
	var list []thing
	for _, item := range c.g.o.Company.Items[text(d, "id")] {
		if item.Content != nil {
			list = append(list, thing{item.Entity, c.g.kinds.item})
		}
	}
	odata.Sort(list, []odata.Order{{By: odata.Path{"lastModifiedDateTime"}, Descending: true}}, func(t thing) Entity { return t.entity })
	return &answer{list: &listing{kind: c.g.kinds.item, items: list[:min(50, len(list))]}}, nil
}

func (c *call) deltaDrive() (*answer, error) {
	d, err := c.drive()
	if err != nil {
		return nil, err
	}
	drive, k := text(d, "id"), c.g.kinds.item
	return c.delta("drive/"+drive, k, func() []thing {
		var all []thing
		for _, item := range c.g.o.Company.Items[drive] {
			all = append(all, thing{item.Entity, k})
		}
		return all
	}, func(id string) (thing, bool) {
		item := c.g.itemByID(drive, id)
		if item == nil {
			return thing{}, false
		}
		return thing{item.Entity, k}, true
	})
}

func (c *call) listThumbnails() (*answer, error) {
	_, err := c.item()
	return &answer{value: Entity{"@odata.context": c.context(c.contextPath(false)), "value": []any{}}}, err
}

// contentText is what a file says, as far as its text lies open; empty for others.
func contentText(item *company.Item) string {
	const most = 64 << 10
	if item.Content == nil || bytes.IndexByte(item.Content[:min(most, len(item.Content))], 0) >= 0 {
		return ""
	}
	return string(item.Content[:min(most, len(item.Content))])
}
