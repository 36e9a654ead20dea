package graphsim

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// updateItem renames, moves or describes (https://learn.microsoft.com/graph/api/driveitem-update).
func (c *call) updateItem() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	if err := c.matches(text(p.item.Entity, "eTag")); err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	behaviour, err := c.conflict(body, conflictFail)
	if err != nil {
		return nil, err
	}
	given, err := c.known(c.g.kinds.item, body, "id", "size", "eTag", "cTag", "webUrl", "createdBy", "createdDateTime", "lastModifiedBy", "lastModifiedDateTime", "file", "folder")
	if err != nil {
		return nil, err
	}
	if p.item.ParentID == "" && (given["name"] != nil || given["parentReference"] != nil) {
		return nil, files.refuse400("The root folder can't be renamed or moved.")
	}
	parent := c.g.itemByID(p.drive, p.item.ParentID)
	if reference, ok := given["parentReference"].(map[string]any); ok {
		if parent, err = c.newParent(p, reference); err != nil {
			return nil, err
		}
	}
	delete(given, "parentReference")
	return c.place(p, parent, given, behaviour)
}

// newParent returns the folder that a parentReference names.
func (c *call) newParent(p place, reference Entity) (*company.Item, error) {
	if drive := text(reference, "driveId"); drive != "" && drive != p.drive {
		return nil, files.refuse400("An item can't be moved to another drive.")
	}
	parent := c.g.itemByID(p.drive, text(reference, "id"))
	if _, path, ok := strings.Cut(text(reference, "path"), "root:"); ok && text(reference, "id") == "" {
		parent = c.g.rootOf(p.drive)
		for name := range strings.FieldsFuncSeq(path, isSlash) {
			if parent != nil {
				parent = c.g.child(p.drive, text(parent.Entity, "id"), name)
			}
		}
	}
	switch {
	case parent == nil || parent.Entity["folder"] == nil:
		return nil, files.notFound("parentReference")
	case c.g.within(p.drive, parent, text(p.item.Entity, "id")):
		return nil, files.refuse400("An item can't be moved into itself.")
	}
	return parent, nil
}

// place stores an item under a parent with changes.
func (c *call) place(p place, parent *company.Item, given Entity, behaviour string) (*answer, error) {
	e := merged(p.item.Entity, given)
	e["lastModifiedBy"] = c.author()
	if p.item.ParentID == "" {
		return c.g.kinds.item.one(c.g.saveItem(p.drive, p.item, e).Entity), nil
	}
	name := text(e, "name")
	if err := checkName(name); err != nil {
		return nil, err
	}
	if taken := c.g.child(p.drive, text(parent.Entity, "id"), name); taken != nil && taken.Entity["id"] != e["id"] {
		free, replaced, err := c.g.freeName(p.drive, text(parent.Entity, "id"), name, behaviour)
		if err != nil {
			return nil, err
		}
		if e["name"] = free; replaced != nil {
			c.g.dropItem(p.drive, replaced)
		}
	}
	moved := &company.Item{ParentID: text(parent.Entity, "id"), Content: p.item.Content}
	if moved.ParentID != p.item.ParentID {
		size, _ := e["size"].(int64)
		c.g.grow(p.drive, p.item.ParentID, -size, -1)
		c.g.grow(p.drive, moved.ParentID, size, 1)
	}
	fresh := c.newItem(p.drive, parent, text(e, "name"))
	e["parentReference"], e["webUrl"] = fresh.Entity["parentReference"], fresh.Entity["webUrl"]
	return c.g.kinds.item.one(c.g.saveItem(p.drive, moved, e).Entity), nil
}

func (c *call) deleteItem() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	if p.item.ParentID == "" {
		return nil, files.refuse400("The root folder can't be deleted.")
	}
	if err := c.matches(text(p.item.Entity, "eTag")); err != nil {
		return nil, err
	}
	c.g.dropItem(p.drive, p.item)
	return &answer{}, nil
}

// dropItem deletes an item and everything in it.
func (g *Graph) dropItem(drive string, item *company.Item) {
	size, _ := item.Entity["size"].(int64)
	g.grow(drive, item.ParentID, -size, -1)
	id := text(item.Entity, "id")
	doomed := map[string]bool{}
	for _, each := range g.o.Company.Items[drive] {
		if g.within(drive, each, id) {
			doomed[text(each.Entity, "id")] = true
		}
	}
	g.o.Company.Items[drive] = slices.DeleteFunc(g.o.Company.Items[drive], func(i *company.Item) bool { return doomed[text(i.Entity, "id")] })
	for id := range doomed {
		delete(g.large, id)
		g.changes.note("drive/"+drive, id, true)
	}
}

// copyItem copies a file at once, and answers with where its progress can be seen, as for long copies
// (https://learn.microsoft.com/graph/api/driveitem-copy).
func (c *call) copyItem() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	if p.item.Content == nil {
		return nil, files.refuse400("Only files can be copied here.")
	}
	parent := c.g.itemByID(p.drive, p.item.ParentID)
	if reference, ok := body["parentReference"].(map[string]any); ok {
		if parent, err = c.newParent(p, reference); err != nil {
			return nil, err
		}
	}
	name := text(body, "name")
	if name == "" {
		name = text(p.item.Entity, "name")
	}
	a, err := c.write(target{drive: p.drive, start: text(parent.Entity, "id"), names: []string{name}, behaviour: conflictFail}, c.g.contentOf(p.item))
	if err != nil {
		return nil, err
	}
	monitor := "https://" + c.g.otherHost(c.request) + operationsPath + c.g.ticket("operation", text(a.one.entity, "id"))
	return &answer{status: http.StatusAccepted, content: []byte{}, kind: "text/plain", header: http.Header{"Location": {monitor}}}, nil
}
