package graphsim

import (
	"net/http"
	"slices"
	"strings"
)

// permissionsOf is the shelf of an item's own permissions; the owner's is not among them.
func permissionsOf(drive string, item Entity) string {
	return "drives/" + drive + "/items/" + text(item, "id") + "/permissions"
}

func (c *call) listPermissions() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	d, _ := find(c.g.o.Company.Drives, segment{text: p.drive})
	all := []any{Entity{"id": "b3duZXI", "roles": []any{"owner"}, "grantedToV2": d["owner"]}}
	for _, e := range c.g.o.Company.Shelves[permissionsOf(p.drive, p.item.Entity)] {
		all = append(all, e)
	}
	return &answer{value: Entity{"@odata.context": c.context(c.contextPath(false)), "value": all}}, nil
}

// share follows https://learn.microsoft.com/graph/api/driveitem-invite. No mail is sent.
func (c *call) share() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	roles, _ := body["roles"].([]any)
	recipients, _ := body["recipients"].([]any)
	if len(roles) == 0 || len(recipients) == 0 || len(recipients) > 500 || slices.ContainsFunc(roles, func(r any) bool { return r != "read" && r != "write" }) {
		return nil, files.refuse400("recipients (500 at most), and roles of read or write, are required.")
	}
	granted := []any{}
	for _, r := range recipients {
		recipient, _ := r.(map[string]any)
		u, ok := find(c.g.o.Company.Users, segment{text: text(recipient, "email")}, "mail", "userPrincipalName")
		if !ok {
			if u, ok = find(c.g.o.Company.Users, segment{text: text(recipient, "objectId")}); !ok {
				return nil, files.refuse400("One or more users could not be resolved.")
			}
		}
		granted = append(granted, c.grant(p.drive, p.item.Entity, Entity{
			"roles": roles, "grantedToV2": Entity{"user": Entity{"id": u["id"], "displayName": u["displayName"], "email": u["mail"]}},
			"invitation": Entity{"email": u["mail"], "signInRequired": body["requireSignIn"] == true},
		}))
	}
	return &answer{value: Entity{"@odata.context": c.context("Collection(microsoft.graph.permission)"), "value": granted}}, nil
}

func (c *call) grant(drive string, item, e Entity) Entity {
	place := permissionsOf(drive, item)
	e["id"] = strings.ReplaceAll(newGUID(), "-", "")
	c.g.o.Company.Shelves[place] = append(c.g.o.Company.Shelves[place], e)
	return e
}

// createLink follows https://learn.microsoft.com/graph/api/driveitem-createlink.
func (c *call) createLink() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	kind, scope := text(body, "type"), text(body, "scope")
	if !slices.Contains(words("view edit embed"), kind) || scope != "" && !slices.Contains(words("anonymous organization users"), scope) {
		return nil, files.refuse400("type has to be view, edit or embed, and scope anonymous, organization or users.")
	}
	if scope == "" {
		scope = "organization"
	}
	role := map[string]string{"edit": "write"}[kind]
	if role == "" {
		role = "read"
	}
	e := c.grant(p.drive, p.item.Entity, Entity{"roles": []any{role}, "link": Entity{"type": kind, "scope": scope, "webUrl": text(p.item.Entity, "webUrl") + "?share=1", "preventsDownload": false}})
	shown := merged(e, Entity{"@odata.context": c.context("permission")})
	return &answer{status: http.StatusCreated, value: shown}, nil
}

func (c *call) deletePermission() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	place := permissionsOf(p.drive, p.item.Entity)
	e, ok := find(c.g.o.Company.Shelves[place], c.params["permission"])
	if !ok {
		return nil, files.notFound(c.text("permission"))
	}
	c.g.o.Company.Shelves[place] = remove(c.g.o.Company.Shelves[place], text(e, "id"))
	return &answer{}, nil
}

// sharedWithMe lists what others have shared with the owner of a drive
// (https://learn.microsoft.com/graph/api/drive-sharedwithme).
func (c *call) sharedWithMe() (*answer, error) {
	own, err := c.drive()
	if err != nil {
		return nil, err
	}
	owner := text(inner(inner(own, "owner"), "user"), "id")
	var all []thing
	for _, d := range c.g.o.Company.Drives {
		for _, item := range c.g.o.Company.Items[text(d, "id")] {
			for _, e := range c.g.o.Company.Shelves[permissionsOf(text(d, "id"), item.Entity)] {
				if owner != "" && text(inner(inner(e, "grantedToV2"), "user"), "id") == owner {
					remote := Entity{"id": item.Entity["id"], "name": item.Entity["name"], "webUrl": item.Entity["webUrl"], "parentReference": item.Entity["parentReference"], "size": item.Entity["size"]}
					all = append(all, thing{Entity{"id": item.Entity["id"], "name": item.Entity["name"], "webUrl": item.Entity["webUrl"], "remoteItem": remote}, c.g.kinds.item})
				}
			}
		}
	}
	return &answer{list: &listing{kind: c.g.kinds.item, items: all}}, nil
}
