package company

import (
	"fmt"
	"net/url"
	"strings"
)

// teamSite is a SharePoint site.
type teamSite struct {
	path, name, description string // path: "" for the root site
	listing                 string // its files in texts/drives.txt
	group                   string // mail nickname of the group that owns it, or ""
	list                    string // a list beside the library, or ""
}

func teamSites() []teamSite {
	return []teamSite{
		{"", "Merisand", "The start page of everybody at " + Name, "home", "", ""},
		{"productdev", "Product Development", "Roadmap, specifications and reviews of all instruments", "productdev", "productdev", "Milestones"},
		{"quality", "Quality Management", "Procedures, audits and calibration records", "quality", "quality", "Deviations"},
		{"tenders", "Sales & Tenders", "Offers, tenders and price lists", "tenders", "tenders", "Tenders"},
		{"operations", "Operations", "Production plans, deployments and service reports", "operations", "operations", "Deployments"},
	}
}

// siteID has Graph's composite form: host, site collection, web.
func siteID(at string) string {
	return SharePointHost + "," + guid("site "+at) + "," + guid("web "+at)
}

func siteURL(at string) string {
	if at == "" {
		return "https://" + SharePointHost
	}
	return "https://" + SharePointHost + "/sites/" + at
}

// escaped writes a path for a URL.
func escaped(at string) string { return (&url.URL{Path: at}).EscapedPath() }

// addSites makes the sites with their lists: a library each, and those of texts/lists.txt.
func (b *builder) addSites() {
	own := map[string]string{} // rows by site and name
	for part := range strings.SplitSeq(text("lists.txt"), "=== ") {
		title, rows, _ := strings.Cut(strings.TrimSpace(part), "\n")
		own[title] = rows
	}
	for i, t := range teamSites() {
		e := Entity{
			"id": siteID(t.path), "name": t.path, "displayName": t.name, "description": t.description, "webUrl": siteURL(t.path), "isPersonalSite": false,
			"createdDateTime": stamp(b.daysAgo(1500-80*i, 9, 3)), "lastModifiedDateTime": stamp(b.daysAgo(i, 6, 40)), "siteCollection": Entity{"hostname": SharePointHost},
		}
		if t.path == "" {
			e["root"] = Entity{}
		}
		b.Sites = append(b.Sites, e)
		b.addList(t, "Documents", "documentLibrary", "/Shared%20Documents")
		if t.list != "" {
			id := b.addList(t, t.list, "genericList", "/Lists/"+t.list)
			b.addRows(t, id, strings.Split(own[t.path+" "+t.list], "\n"))
		}
	}
}

// addList makes a list and returns its id.
func (b *builder) addList(t teamSite, name, template, at string) string {
	site, id := siteID(t.path), guid("list "+t.path+name)
	b.Lists[site] = append(b.Lists[site], Entity{
		"id": id, "name": name, "displayName": name, "description": "", "webUrl": siteURL(t.path) + at, "eTag": `"` + id + `,7"`,
		"createdDateTime": stamp(b.daysAgo(700, 8, 0)), "lastModifiedDateTime": stamp(b.daysAgo(3, 15, 0)), "createdBy": identity(b.desks[len(name)%len(b.desks)]), "lastModifiedBy": identity(b.desks[0]),
		"parentReference": Entity{"siteId": site}, "list": Entity{"contentTypesEnabled": template == "documentLibrary", "hidden": false, "template": template},
	})
	return id
}

// addRows makes the items of a list: a line each, after one with the names of the columns.
func (b *builder) addRows(t teamSite, list string, lines []string) {
	columns := strings.Split(lines[0], " | ")
	for i, line := range lines[1:] {
		changed, editor := stamp(b.daysAgo(40-3*i, 9+i%8, 5)), b.desks[i%len(b.desks)]
		number, tag := fmt.Sprint(i+1), `"`+guid(fmt.Sprint("item ", list, i))+`,1"`
		fields := Entity{
			"@odata.etag": tag, "id": number, "ContentType": "Item", "Created": changed, "Modified": changed,
			"AuthorLookupId": "6", "EditorLookupId": "6", "Attachments": false, "Edit": "",
		}
		for c, value := range strings.Split(line, " | ") {
			fields[columns[c]] = b.cell(columns[c], value)
		}
		b.ListItems[list] = append(b.ListItems[list], Entity{
			"@odata.etag": tag, "id": number, "eTag": tag, "createdDateTime": changed, "lastModifiedDateTime": changed, "createdBy": identity(editor), "lastModifiedBy": identity(editor),
			"webUrl": siteURL(t.path) + "/Lists/" + t.list + "/" + number + "_.000", "parentReference": Entity{"siteId": siteID(t.path), "id": guid("folder " + list)},
			"contentType": Entity{"id": "0x0100" + strings.ToUpper(strings.ReplaceAll(guid("type "+list), "-", "")), "name": "Item"}, "fields": fields,
		})
	}
}

// cell gives a value the type of its column: one named …Date holds days from now, one named …Count a number.
func (b *builder) cell(column, value string) any {
	var n int
	if _, err := fmt.Sscan(value, &n); err != nil {
		return value
	}
	switch {
	case strings.HasSuffix(column, "Date"):
		return stamp(b.daysAgo(-n, 8, 0))
	case strings.HasSuffix(column, "Count"):
		return float64(n)
	}
	return value
}
