package graphsim

import (
	"strings"
)

// connect says what can be expanded, and how some kinds are presented.
func (k *kinds) connect() {
	k.user.navigate("manager", expansion{one: (*Graph).managerOf})
	k.user.navigate("directReports", expansion{many: (*Graph).reportsOf})
	for _, each := range []*kind{k.user, k.group} {
		each.navigate("memberOf", expansion{many: (*Graph).memberOf})
		each.navigate("transitiveMemberOf", expansion{many: (*Graph).transitiveMemberOf})
	}
	for _, each := range []*kind{k.group, k.role} {
		each.navigate("members", expansion{many: func(g *Graph, e Entity) []thing { return g.objectsOf(g.o.Company.Members[text(e, "id")]) }})
	}
	for _, each := range []*kind{k.group, k.application} {
		each.navigate("owners", expansion{many: func(g *Graph, e Entity) []thing { return g.objectsOf(g.o.Company.Owners[text(e, "id")]) }})
	}
	k.message.navigate("attachments", expansion{many: func(g *Graph, e Entity) []thing {
		return g.kinds.attachment.things(g.o.Company.Attachments[text(e, "id")])
	}})
	k.attachment.navigate("item", expansion{one: func(g *Graph, e Entity) (thing, bool) {
		inner, ok := e["item"].(map[string]any)
		return thing{inner, g.kinds.message}, ok
	}})
	k.listItem.navigate("fields", expansion{one: func(g *Graph, e Entity) (thing, bool) {
		fields, ok := e["fields"].(map[string]any)
		return thing{fields, g.kinds.fields}, ok
	}})
	k.item.navigate("children", expansion{many: func(g *Graph, e Entity) []thing {
		parent, _ := e["parentReference"].(map[string]any)
		return g.childrenOf(text(parent, "driveId"), text(e, "id"))
	}})
	k.list.navigate("items", expansion{many: func(g *Graph, e Entity) []thing {
		return g.kinds.listItem.things(g.o.Company.ListItems[text(e, "id")])
	}})
	k.site.navigate("lists", expansion{many: func(g *Graph, e Entity) []thing {
		return g.kinds.list.things(g.o.Company.Lists[text(e, "id")])
	}})
	k.site.navigate("drive", expansion{one: func(g *Graph, e Entity) (thing, bool) {
		d, ok := find(g.o.Company.Drives, segment{text: g.o.Company.DriveOf[text(e, "id")]})
		return thing{d, g.kinds.drive}, ok
	}})
	k.message.present = presentBody
	k.event.present = presentEvent
	k.item.present = presentItem
}

func (k *kind) navigate(name string, x expansion) {
	x.name = name
	k.expand[strings.ToLower(name)] = x
}

// presentBody turns the body into text where the client prefers that.
func presentBody(c *call, shown, _ Entity) {
	if !c.prefers(`outlook.body-content-type="text"`) && !c.prefers("outlook.body-content-type=text") {
		return
	}
	for _, name := range []string{"body", "uniqueBody"} {
		if body, ok := shown[name].(map[string]any); ok {
			shown[name] = Entity{"contentType": "text", "content": plainText(text(body, "content"))}
		}
	}
}
