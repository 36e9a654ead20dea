package company

import (
	"encoding/base64"
	"encoding/binary"
	"path"
	"slices"
	"strings"
	"time"
)

// shelf is a drive while it is being filled.
type shelf struct {
	*builder
	id, name, kind string // kind: business or documentLibrary
	siteID, site   string // site: its URL
	webURL         string // of the drive's root
	authors        []*person
	items          []*Item
	byPath         map[string]*Item
	hashes         map[string]string // by source, shared by all shelves
}

// addDrives gives each desk a OneDrive and each site a library, with the files of texts/drives.txt.
func (b *builder) addDrives() {
	listing, hashes := map[string][]string{}, map[string]string{}
	for part := range strings.SplitSeq(text("drives.txt"), "=== ") {
		name, paths, found := strings.Cut(strings.TrimSpace(part), "\n")
		if found {
			listing[name] = strings.Split(paths, "\n")
		}
	}
	for i, name := range strings.Fields(deskNames) {
		p := b.desks[i]
		site := "https://" + OneDriveHost + "/personal/" + strings.NewReplacer("@", "_", ".", "_").Replace(p.upn)
		s := &shelf{
			builder: b, hashes: hashes, id: driveID("onedrive " + p.id), name: "OneDrive", kind: "business", authors: []*person{p},
			siteID: OneDriveHost + "," + guid("personal site "+p.id) + "," + guid("personal web "+p.id), site: site, webURL: site + "/Documents",
		}
		s.fill(slices.Concat(listing["everybody"], listing[name]))
		s.publish(Entity{"user": Entity{"email": p.upn, "id": p.id, "displayName": p.display}}, p.id)
	}
	for _, t := range teamSites() {
		s := &shelf{builder: b, hashes: hashes, id: driveID("library " + t.path), name: "Documents", kind: "documentLibrary", authors: b.desks, siteID: siteID(t.path), site: siteURL(t.path), webURL: siteURL(t.path) + "/Shared%20Documents"}
		s.fill(listing[t.listing])
		owner := Entity{"user": Entity{"displayName": "System Account"}}
		owners := []string{s.siteID}
		if t.group != "" {
			owner = Entity{"group": Entity{"email": t.group + "@" + Domain, "id": groupID(t.group), "displayName": t.name + " Owners"}}
			owners = append(owners, groupID(t.group))
		}
		s.publish(owner, owners...)
	}
}

// fill makes the root, and the files and folders of the paths; "name = other" is a file with the content of
// other.
func (s *shelf) fill(paths []string) {
	s.byPath = map[string]*Item{}
	s.folder("")
	for _, line := range paths {
		at, source, _ := strings.Cut(line, " = ")
		if source == "" {
			source = path.Base(at)
		}
		if folder, isFolder := strings.CutSuffix(at, "/"); isFolder {
			s.folder(folder)
			continue
		}
		s.file(at, source)
	}
	for _, item := range slices.Backward(s.items) { // each folder comes before what is in it
		if parent := s.parentOf(item); parent != nil {
			parent.Entity["size"] = parent.Entity["size"].(int64) + item.Entity["size"].(int64)
			folder := parent.Entity["folder"].(Entity)
			folder["childCount"] = folder["childCount"].(int64) + 1
		}
	}
}

func (s *shelf) parentOf(item *Item) *Item {
	for _, other := range s.items {
		if item.ParentID != "" && other.Entity["id"] == item.ParentID {
			return other
		}
	}
	return nil
}

// folder finds or makes a folder and those above it.
func (s *shelf) folder(at string) *Item {
	if known := s.byPath[at]; known != nil {
		return known
	}
	item := s.add(at)
	item.Entity["folder"], item.Entity["size"] = Entity{"childCount": int64(0)}, int64(0)
	if at == "" {
		item.Entity["root"] = Entity{}
		item.Entity["parentReference"] = Entity{"driveType": s.kind, "driveId": s.id}
	}
	if s.kind == "business" && at == "Documents" {
		item.Entity["specialFolder"] = Entity{"name": "documents"}
	}
	return item
}

func (s *shelf) file(at, source string) {
	content := s.store.file(source)
	item := s.add(at)
	item.Content = content
	e, mime := item.Entity, mediaType(at)
	e["size"] = int64(len(content))
	e["file"] = Entity{"mimeType": mime, "hashes": Entity{"quickXorHash": s.hash(source, content)}}
	if strings.Contains(mime, "openxmlformats") {
		id := guid("unique " + s.id + at)
		e["webUrl"] = s.site + "/_layouts/15/Doc.aspx?sourcedoc=%7B" + strings.ToUpper(id) + "%7D&file=" + escaped(path.Base(at)) + "&action=default&mobileredirect=true"
	}
	if strings.HasPrefix(mime, "image/") && mime != "image/svg+xml" {
		e["image"] = Entity{"width": int64(pictureWidth), "height": int64(pictureHeight)}
	}
}

// hash is the content's hash, computed once for each source.
func (s *shelf) hash(source string, content []byte) string {
	h, made := s.hashes[source]
	if !made {
		h = quickXorHash(content)
		s.hashes[source] = h
	}
	return h
}

// add makes what files and folders have in common.
func (s *shelf) add(at string) *Item {
	throw := dice(s.id + at)
	id, unique := driveItemID(s.id+at), strings.ToUpper(guid("unique "+s.id+at))
	created := inOffice(s.daysAgo(30+throw.IntN(500), 8+throw.IntN(8), throw.IntN(60)))
	modified := inOffice(s.now.Add(-time.Duration(2+throw.IntN(24*29)) * time.Hour))
	creator, editor := pick(throw, s.authors), pick(throw, s.authors)
	item := &Item{Entity: Entity{
		"id": id, "name": path.Base(at), "webUrl": s.webURL, "eTag": `"{` + unique + `},2"`, "cTag": `"c:{` + unique + `},4"`,
		"createdDateTime": stamp(created), "lastModifiedDateTime": stamp(modified), "createdBy": identity(creator), "lastModifiedBy": identity(editor),
		"fileSystemInfo": Entity{"createdDateTime": stamp(created), "lastModifiedDateTime": stamp(modified)},
	}}
	if at == "" {
		item.Entity["name"] = "root"
	} else {
		above, _ := path.Split(at)
		parent := s.folder(strings.TrimSuffix(above, "/"))
		item.ParentID = parent.Entity["id"].(string)
		where := "/drives/" + s.id + "/root:"
		if above != "" {
			where += "/" + strings.TrimSuffix(above, "/")
		}
		item.Entity["parentReference"] = Entity{"driveType": s.kind, "driveId": s.id, "id": item.ParentID, "name": parent.Entity["name"], "path": where, "siteId": s.siteID}
		item.Entity["webUrl"] = s.webURL + "/" + escaped(at)
	}
	s.items = append(s.items, item)
	s.byPath[at] = item
	return item
}

func identity(p *person) Entity {
	return Entity{"user": Entity{"email": p.upn, "id": p.id, "displayName": p.display}}
}

// publish adds the drive to the company, as the default drive of its owners.
func (s *shelf) publish(owner Entity, owners ...string) {
	used := s.items[0].Entity["size"].(int64)
	const total = 1 << 40
	s.Drives = append(s.Drives, Entity{
		"id": s.id, "name": s.name, "description": "", "driveType": s.kind, "webUrl": s.webURL, "createdDateTime": s.items[0].Entity["createdDateTime"], "lastModifiedDateTime": s.items[0].Entity["lastModifiedDateTime"],
		"createdBy": Entity{"user": Entity{"displayName": "System Account"}}, "lastModifiedBy": identity(s.authors[0]), "owner": owner,
		"quota": Entity{"deleted": int64(0), "remaining": total - used, "state": "normal", "total": int64(total), "used": used},
	})
	s.Items[s.id] = s.items
	for _, id := range owners {
		s.DriveOf[id] = s.id
	}
}

// quickXorHash is OneDrive's hash: each byte is XORed into 160 bits, eleven bits further than the one before,
// and the length into the last 64.
func quickXorHash(content []byte) string {
	var cells [20]byte
	for i, c := range content {
		bit := i * 11 % 160
		v := uint16(c) << (bit % 8)
		cells[bit/8] ^= byte(v)
		cells[(bit/8+1)%20] ^= byte(v >> 8)
	}
	length := binary.LittleEndian.Uint64(cells[12:]) ^ uint64(len(content))
	binary.LittleEndian.PutUint64(cells[12:], length)
	return base64.StdEncoding.EncodeToString(cells[:])
}
