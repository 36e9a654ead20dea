package graphsim

import (
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// target is where a file is going to be written.
type target struct {
	drive     string
	start     string   // id of the folder or file where names begin
	names     []string // of folders, which are made where they are missing, and of the file; none: start itself is written
	behaviour string
	ifMatch   string // "" where the file may be in any state, or not there at all
}

// target finds out what the path of a request that writes a file means.
func (c *call) target(body Entity, usual string) (target, error) {
	p, err := c.start()
	if err != nil {
		return target{}, err
	}
	t := target{drive: p.drive, start: text(p.item.Entity, "id"), ifMatch: c.request.Header.Get("If-Match")}
	if t.behaviour, err = c.conflict(body, usual); err != nil {
		return target{}, err
	}
	if c.text("path") != "" {
		t.names = strings.Split(c.text("path"), "/")
	}
	if name := text(body, "name"); name != "" && len(t.names) > 0 {
		t.names[len(t.names)-1] = name
	}
	for _, name := range t.names {
		if err := checkName(name); err != nil {
			return target{}, err
		}
	}
	if len(t.names) == 0 && p.item.Entity["folder"] != nil {
		return target{}, files.refuse400("The content of a folder can't be written.")
	}
	return t, nil
}

// matches compares what a file is with If-Match, which may name its eTag or cTag.
func (t target) matches(item *company.Item) bool {
	return t.ifMatch == "" || t.ifMatch == "*" || matchesAny(t.ifMatch, text(item.Entity, "eTag"), text(item.Entity, "cTag"))
}

// existing is the item that a target means, nil where there is none yet.
func (g *Graph) existing(t target) *company.Item {
	item := g.itemByID(t.drive, t.start)
	for _, name := range t.names {
		if item == nil {
			return nil
		}
		item = g.child(t.drive, text(item.Entity, "id"), name)
	}
	return item
}

// write stores what is given. The answer is 201 with a new item, 200 with one that was replaced.
func (c *call) write(t target, what content) (*answer, error) {
	g := c.g
	item := g.itemByID(t.drive, t.start)
	if item == nil {
		return nil, files.notFound(t.start)
	}
	if len(t.names) > 0 {
		parent, err := c.folders(t.drive, item, t.names[:len(t.names)-1])
		if err != nil {
			return nil, err
		}
		name, replaced, err := g.freeName(t.drive, text(parent.Entity, "id"), t.names[len(t.names)-1], t.behaviour)
		if err != nil {
			return nil, err
		}
		if item = replaced; item == nil {
			if t.ifMatch != "" { // RFC 9110 section 13.1.1: nothing is there that could match
				return nil, files.stale()
			}
			made := c.newItem(t.drive, parent, name)
			setContent(made, what)
			made = g.saveItem(t.drive, made, made.Entity)
			g.keep(made, what)
			g.grow(t.drive, made.ParentID, what.size(), 1)
			return g.kinds.item.created(made.Entity, ""), nil
		}
	}
	if item.Entity["folder"] != nil {
		return nil, nameExists()
	}
	if !t.matches(item) {
		return nil, files.stale()
	}
	before := g.contentOf(item).size()
	changed := &company.Item{ParentID: item.ParentID, Entity: merged(item.Entity, Entity{"lastModifiedBy": c.author()})}
	setContent(changed, what)
	changed = g.saveItem(t.drive, changed, changed.Entity)
	g.keep(changed, what)
	g.grow(t.drive, changed.ParentID, what.size()-before, 0)
	return g.kinds.item.one(changed.Entity), nil
}

// folders finds or makes the folders on the way down.
func (c *call) folders(drive string, from *company.Item, names []string) (*company.Item, error) {
	for _, name := range names {
		next := c.g.child(drive, text(from.Entity, "id"), name)
		if next == nil {
			next = c.newItem(drive, from, name)
			next.Entity["folder"] = Entity{"childCount": int64(0)}
			next = c.g.saveItem(drive, next, next.Entity)
			c.g.grow(drive, next.ParentID, 0, 1)
		}
		from = next
	}
	if from.Entity["folder"] == nil {
		return nil, files.notFound(text(from.Entity, "name"))
	}
	return from, nil
}

func (c *call) putContent() (*answer, error) {
	t, err := c.target(nil, conflictReplace)
	if err != nil {
		return nil, err
	}
	return c.write(t, content{bytes: c.body})
}
