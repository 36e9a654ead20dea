package graphsim

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"mime"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// What is done with a name that is taken (https://learn.microsoft.com/graph/api/resources/driveitem).
const (
	conflictKey     = "@microsoft.graph.conflictBehavior"
	conflictFail    = "fail"
	conflictRename  = "rename"
	conflictReplace = "replace"
)

// conflict reads a conflict behaviour from the body or the query.
func (c *call) conflict(body Entity, usual string) (string, error) {
	behaviour := text(body, conflictKey)
	if behaviour == "" {
		behaviour = c.query.Other[strings.ToLower(conflictKey)]
	}
	switch behaviour = strings.ToLower(behaviour); behaviour {
	case "":
		return usual, nil
	case conflictFail, conflictRename, conflictReplace:
		return behaviour, nil
	}
	return "", files.refuse400("Invalid value for %s: '%s'.", conflictKey, behaviour)
}

func checkName(name string) error {
	if name == "" || strings.ContainsAny(name, `"*:<>?/\|`) || strings.TrimSpace(name) != name || len(name) > 400 {
		return files.refuse400("The provided name '%s' is not valid: it can't be empty, begin or end with a blank, or contain \" * : < > ? / \\ |.", name)
	}
	return nil
}

// saveItem stores an item with a new version, and notes the change.
func (g *Graph) saveItem(drive string, item *company.Item, e Entity) *company.Item {
	id := text(e, "id")
	g.versions[id]++
	unique := strings.ToUpper(fmt.Sprintf("%x", g.sign("unique", id)[:16]))
	unique = unique[:8] + "-" + unique[8:12] + "-" + unique[12:16] + "-" + unique[16:20] + "-" + unique[20:]
	e = merged(e, Entity{"eTag": fmt.Sprintf(`"{%s},%d"`, unique, g.versions[id]+100), "cTag": fmt.Sprintf(`"c:{%s},%d"`, unique, g.versions[id]+100), "lastModifiedDateTime": g.stamp()})
	stored := &company.Item{Entity: e, ParentID: item.ParentID, Content: item.Content}
	list := g.o.Company.Items[drive]
	if at := slices.IndexFunc(list, func(i *company.Item) bool { return i.Entity["id"] == id }); at >= 0 {
		list[at] = stored
	} else {
		g.o.Company.Items[drive] = append(list, stored)
	}
	g.changes.note("drive/"+drive, id, false)
	return stored
}

// grow changes the size of a folder and those above it, and the number of things in it.
func (g *Graph) grow(drive, folder string, size, children int64) {
	for item := g.itemByID(drive, folder); item != nil; item = g.itemByID(drive, item.ParentID) {
		before, _ := item.Entity["size"].(int64)
		e := merged(item.Entity, Entity{"size": before + size})
		if facet, ok := item.Entity["folder"].(map[string]any); ok && children != 0 {
			count, _ := facet["childCount"].(int64)
			e["folder"] = merged(facet, Entity{"childCount": count + children})
		}
		item.Entity = e // the items are ours; what has been shown is the entity of before
		children = 0
	}
}

// newItem makes an item in a folder.
func (c *call) newItem(drive string, parent *company.Item, name string) *company.Item {
	g := c.g
	g.serial++
	sum := sha256.Sum256(fmt.Append(g.sign("item"), g.serial))
	id, now := "01"+base32.StdEncoding.EncodeToString(sum[:20]), g.stamp()
	above, _ := parent.Entity["parentReference"].(map[string]any)
	where := "/drives/" + drive + "/root:"
	if parent.ParentID != "" {
		where = strings.TrimSuffix(text(above, "path"), "/") + "/" + text(parent.Entity, "name")
	}
	by := c.author()
	return &company.Item{ParentID: text(parent.Entity, "id"), Entity: Entity{
		"id": id, "name": name, "createdDateTime": now, "lastModifiedDateTime": now, "createdBy": by, "lastModifiedBy": by, "size": int64(0),
		"webUrl":          strings.TrimSuffix(text(parent.Entity, "webUrl"), "/") + "/" + url.PathEscape(name),
		"fileSystemInfo":  Entity{"createdDateTime": now, "lastModifiedDateTime": now},
		"parentReference": Entity{"driveType": above["driveType"], "driveId": drive, "id": parent.Entity["id"], "name": parent.Entity["name"], "path": where, "siteId": above["siteId"]},
	}}
}

// author is who changes something.
func (c *call) author() Entity {
	if c.caller.App {
		name := c.caller.AppID
		for _, sp := range c.g.o.Company.ServicePrincipals {
			if sp["appId"] == c.caller.AppID {
				name = text(sp, "displayName")
			}
		}
		return Entity{"application": Entity{"id": c.caller.AppID, "displayName": name}}
	}
	u := c.g.objects[c.caller.UserID].entity
	return Entity{"user": Entity{"id": c.caller.UserID, "displayName": text(u, "displayName"), "email": text(u, "mail")}}
}

// freeName settles a conflict: it returns the name to use, and the item that is to be replaced, if any.
func (g *Graph) freeName(drive, parent, name, behaviour string) (string, *company.Item, error) {
	taken := g.child(drive, parent, name)
	switch {
	case taken == nil:
		return name, nil, nil
	case behaviour == conflictReplace:
		return name, taken, nil
	case behaviour == conflictRename:
		extension := filepath.Ext(name)
		for n := 1; ; n++ {
			other := fmt.Sprintf("%s %d%s", strings.TrimSuffix(name, extension), n, extension)
			if g.child(drive, parent, other) == nil {
				return other, nil, nil
			}
		}
	}
	return "", nil, nameExists()
}

// createChild makes a folder, or an empty file (https://learn.microsoft.com/graph/api/driveitem-post-children).
func (c *call) createChild() (*answer, error) {
	p, err := c.item()
	if err != nil {
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
	name := text(body, "name")
	if err := checkName(name); err != nil {
		return nil, err
	}
	_, isFolder := body["folder"].(map[string]any)
	_, isFile := body["file"].(map[string]any)
	if isFolder == isFile {
		return nil, files.refuse400("Exactly one of the facets folder and file has to be given.")
	}
	if p.item.Entity["folder"] == nil {
		return nil, files.refuse400("The parent is not a folder.")
	}
	name, replaced, err := c.g.freeName(p.drive, text(p.item.Entity, "id"), name, behaviour)
	if err != nil {
		return nil, err
	}
	if replaced != nil {
		if isFile || replaced.Entity["folder"] == nil {
			return nil, nameExists()
		}
		return c.g.kinds.item.created(replaced.Entity, ""), nil
	}
	made := c.newItem(p.drive, p.item, name)
	if isFolder {
		made.Entity["folder"] = Entity{"childCount": int64(0)}
	} else {
		setContent(made, content{bytes: []byte{}})
	}
	made = c.g.saveItem(p.drive, made, made.Entity)
	c.g.grow(p.drive, made.ParentID, 0, 1)
	return c.g.kinds.item.created(made.Entity, ""), nil
}

// setContent changes an item that is not stored.
func setContent(item *company.Item, what content) {
	contentType := mime.TypeByExtension(filepath.Ext(text(item.Entity, "name")))
	if contentType, _, _ = strings.Cut(contentType, ";"); contentType == "" {
		contentType = "application/octet-stream"
	}
	item.Content = what.bytes
	item.Entity["size"] = what.size()
	facet := Entity{"mimeType": contentType}
	if what.large != nil {
		item.Content = []byte{} // it is a file; what is in it stands elsewhere
	} else {
		facet["hashes"] = Entity{"quickXorHash": quickXor(what.bytes)}
	}
	item.Entity["file"] = facet
}

// keep remembers what is in a file that is stored, where that does not stand in the item.
func (g *Graph) keep(item *company.Item, what content) {
	if id := text(item.Entity, "id"); what.large != nil {
		g.large[id] = what.large
	} else {
		delete(g.large, id)
	}
}

// quickXor is OneDrive's hash (https://learn.microsoft.com/onedrive/developer/code-snippets/quickxorhash): byte i is
// XORed into a ring of 160 bits, 11·i bits from its start, and the length into the last 64 bits.
func quickXor(content []byte) string {
	var ring [20]byte
	for i, b := range content {
		at := (i % 160) * 11 % 160
		ring[at/8] ^= b << (at % 8)
		ring[(at/8+1)%20] ^= byte(uint16(b) << (at % 8) >> 8)
	}
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(content)))
	for i, b := range length {
		ring[12+i] ^= b
	}
	return base64.StdEncoding.EncodeToString(ring[:])
}
