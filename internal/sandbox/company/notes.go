package company

import "time"

// addNotes gives the people with a desk a notebook with two sections and a few pages.
func (b *builder) addNotes() {
	for i, p := range b.desks {
		at := "users/" + p.id + "/onenote/"
		notebook, by := "1-"+guid("notebook "+p.upn), p.display
		made := b.daysAgo(300-i, 9, 0)
		b.shelve(at+"notebooks", b.noted(notebook, by, made, Entity{"displayName": p.given + "'s notebook", "isDefault": true, "isShared": false, "userRole": "Owner"}))
		for _, s := range []struct {
			name  string
			pages [][2]string
		}{
			{"Meetings", [][2]string{{"Weekly with the team", "<p>Open: the tank is booked twice. Decided: Halcyon goes first.</p>"}, {"Supplier visit", "<p>They can deliver connectors in week 8.</p>"}}},
			{"Ideas", [][2]string{{"A smaller buoy", "<p>What if the mast were foldable?</p>"}}},
		} {
			section := "1-" + guid("section "+s.name+p.upn)
			b.shelve(at+"sections", b.noted(section, by, made, Entity{"displayName": s.name, "isDefault": false, "parentNotebook": Entity{"id": notebook, "displayName": p.given + "'s notebook"}}))
			for n, page := range s.pages {
				written := b.daysAgo(20-n, 15, i)
				b.shelve(at+"pages", Entity{
					"id": "1-" + guid("page "+page[0]+p.upn), "title": page[0], "createdByAppId": "", "createdDateTime": stamp(written), "lastModifiedDateTime": stamp(written.Add(time.Hour)),
					"level": int64(0), "order": int64(n), "userTags": []any{}, "parentSection": Entity{"id": section, "displayName": s.name},
					"content": "<html lang=\"en\"><head><title>" + page[0] + "</title></head><body>" + page[1] + "</body></html>",
				})
			}
		}
	}
}

// noted completes a notebook or section.
func (b *builder) noted(id, by string, at time.Time, e Entity) Entity {
	e["id"], e["createdDateTime"], e["lastModifiedDateTime"] = id, stamp(at), stamp(at.AddDate(0, 3, 0))
	e["createdBy"], e["lastModifiedBy"] = Entity{"user": Entity{"displayName": by}}, Entity{"user": Entity{"displayName": by}}
	return e
}
