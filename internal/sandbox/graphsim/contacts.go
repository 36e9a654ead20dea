package graphsim

import (
	"maps"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

func contactRoutes() []route {
	return in(outlook,
		route{method: "GET", pattern: "users/{user}/contacts", needs: readPeople, serve: (*call).listContacts},
		route{method: "POST", pattern: "users/{user}/contacts", needs: writePeople, serve: (*call).createContact},
		route{method: "GET", pattern: "users/{user}/contacts/{contact}", needs: readPeople, serve: (*call).getContact},
		route{method: "PATCH", pattern: "users/{user}/contacts/{contact}", needs: writePeople, serve: (*call).updateContact},
		route{method: "DELETE", pattern: "users/{user}/contacts/{contact}", needs: writePeople, serve: (*call).deleteContact},
	)
}

func (c *call) listContacts() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	a := c.g.kinds.contact.list(c.g.o.Company.Contacts[text(u, "id")])
	a.list.search = func(t thing, term odata.Term) bool {
		if term.Property != "" {
			s, _ := property(t.entity, term.Property).(string)
			return odata.HasWords(s, term.Text)
		}
		return odata.HasWords(text(t.entity, "displayName")+" "+text(t.entity, "companyName"), term.Text)
	}
	return a, nil
}

func (c *call) contact() (user string, e Entity, err error) {
	u, err := c.mailbox()
	if err != nil {
		return "", nil, err
	}
	user = text(u, "id")
	e, ok := find(c.g.o.Company.Contacts[user], c.params["contact"])
	if !ok {
		return "", nil, outlook.notFound(c.text("contact"))
	}
	return user, e, nil
}

func (c *call) getContact() (*answer, error) {
	_, e, err := c.contact()
	return c.g.kinds.contact.one(e), err
}

func contactReadOnly() []string {
	return words("id createdDateTime lastModifiedDateTime changeKey parentFolderId")
}

func (c *call) createContact() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	given, err := c.properties(c.g.kinds.contact, contactReadOnly()...)
	if err != nil {
		return nil, err
	}
	user := text(u, "id")
	e := maps.Clone(c.g.kinds.contact.blank)
	if existing := c.g.o.Company.Contacts[user]; len(existing) > 0 {
		e["parentFolderId"] = existing[0]["parentFolderId"]
	}
	e["id"], e["createdDateTime"] = c.g.newOutlookID(), c.g.stamp()
	e = c.g.changedContact(e, given)
	c.g.o.Company.Contacts[user] = append(c.g.o.Company.Contacts[user], e)
	return c.g.kinds.contact.created(e, c.g.origin(c.request)+"/"+c.path.version+"/users('"+user+"')/contacts('"+text(e, "id")+"')"), nil
}

func (g *Graph) changedContact(e, given Entity) Entity {
	e = merged(e, given)
	if text(e, "displayName") == "" {
		e["displayName"] = text(e, "givenName") + " " + text(e, "surname")
	}
	e["changeKey"], e["lastModifiedDateTime"] = g.newChangeKey(), g.stamp()
	e["@odata.etag"] = `W/"` + text(e, "changeKey") + `"`
	return e
}

func (c *call) updateContact() (*answer, error) {
	user, e, err := c.contact()
	if err != nil {
		return nil, err
	}
	if err := c.matches(text(e, "changeKey")); err != nil {
		return nil, err
	}
	given, err := c.properties(c.g.kinds.contact, contactReadOnly()...)
	if err != nil {
		return nil, err
	}
	e = c.g.changedContact(e, given)
	c.g.o.Company.Contacts[user] = put(c.g.o.Company.Contacts[user], e)
	return c.g.kinds.contact.one(e), nil
}

func (c *call) deleteContact() (*answer, error) {
	user, e, err := c.contact()
	if err != nil {
		return nil, err
	}
	if err := c.matches(text(e, "changeKey")); err != nil {
		return nil, err
	}
	c.g.o.Company.Contacts[user] = remove(c.g.o.Company.Contacts[user], text(e, "id"))
	return &answer{}, nil
}
