package graphsim

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// saveMessage stores a message, a new one before all others, and notes the change.
func (g *Graph) saveMessage(user string, m Entity) {
	list := g.o.Company.Messages[user]
	if at := slices.IndexFunc(list, func(e Entity) bool { return e["id"] == m["id"] }); at >= 0 {
		g.changes.note("messages/"+text(list[at], "parentFolderId"), text(m, "id"), list[at]["parentFolderId"] != m["parentFolderId"])
		list[at] = m
	} else {
		g.o.Company.Messages[user] = slices.Insert(list, 0, m)
	}
	g.changes.note("messages/"+text(m, "parentFolderId"), text(m, "id"), false)
}

func (g *Graph) dropMessage(user string, m Entity) {
	g.o.Company.Messages[user] = remove(g.o.Company.Messages[user], text(m, "id"))
	g.changes.note("messages/"+text(m, "parentFolderId"), text(m, "id"), true)
}

// newMessage makes a draft of a user's in a folder.
func (g *Graph) newMessage(u Entity, folder string, given Entity) Entity {
	m := maps.Clone(g.kinds.message.blank)
	delete(m, "@odata.type")
	delete(m, "meetingMessageType")
	id, now := g.newOutlookID(), g.stamp()
	maps.Copy(m, Entity{
		"id": id, "createdDateTime": now, "lastModifiedDateTime": now, "receivedDateTime": now, "sentDateTime": now,
		"categories": []any{}, "hasAttachments": false, "isDraft": true, "isRead": true, "importance": "normal", "subject": "", "bodyPreview": "",
		"isDeliveryReceiptRequested": false, "isReadReceiptRequested": false, "inferenceClassification": "focused", "parentFolderId": folder,
		"conversationId": g.newOutlookID()[:80], "conversationIndex": base64.StdEncoding.EncodeToString(g.sign("conversation", id)[:22]),
		"internetMessageId": "<" + strings.ToUpper(strings.ReplaceAll(newGUID(), "-", "")) + "@" + g.defaultDomain() + ">",
		"webLink":           "https://outlook.office365.com/owa/?ItemID=" + strings.ReplaceAll(id, "=", "%3D") + "&exvsurl=1&viewmodel=ReadMessageItem",
		"flag":              Entity{"flagStatus": "notFlagged"}, "body": Entity{"contentType": "text", "content": ""},
		"toRecipients": []any{}, "ccRecipients": []any{}, "bccRecipients": []any{}, "replyTo": []any{},
	})
	m["from"], m["sender"] = addressOf(u), addressOf(u)
	return g.changedMessage(m, given)
}

func addressOf(u Entity) Entity {
	address := text(u, "mail")
	if address == "" {
		address = text(u, "userPrincipalName")
	}
	return Entity{"emailAddress": Entity{"name": text(u, "displayName"), "address": address}}
}

// changedMessage returns a message with changes and a new version.
func (g *Graph) changedMessage(m, given Entity) Entity {
	m = merged(m, given)
	if body, ok := m["body"].(map[string]any); ok {
		if text(body, "contentType") == "" {
			m["body"] = merged(body, Entity{"contentType": "text"})
		}
		preview := []rune(plainText(text(body, "content")))
		m["bodyPreview"] = string(preview[:min(255, len(preview))])
	}
	m["changeKey"], m["lastModifiedDateTime"] = g.newChangeKey(), g.stamp()
	m["@odata.etag"] = `W/"` + text(m, "changeKey") + `"`
	return m
}

// messageReadOnly are the properties that nobody can set.
func messageReadOnly() []string {
	return words("id createdDateTime lastModifiedDateTime changeKey conversationIndex parentFolderId webLink bodyPreview hasAttachments")
}

// checkMessage refuses values of other types than Graph's.
func checkMessage(m Entity) error {
	for _, name := range words("toRecipients ccRecipients bccRecipients replyTo") {
		v, set := m[name]
		list, ok := v.([]any)
		if set && !ok {
			return requestBody(name)
		}
		for _, each := range list {
			r, _ := each.(map[string]any)
			if a, ok := r["emailAddress"].(map[string]any); !ok || text(a, "address") == "" {
				return requestBody(name)
			}
		}
	}
	for _, name := range words("body from sender flag") {
		if _, ok := m[name].(map[string]any); !ok && m[name] != nil {
			return requestBody(name)
		}
	}
	for _, name := range words("subject importance") {
		if _, ok := m[name].(string); !ok && m[name] != nil {
			return requestBody(name)
		}
	}
	return nil
}

func requestBody(name string) error {
	return &problem{status: http.StatusBadRequest, code: "RequestBodyRead", message: "A value of an unexpected type was found for the property '" + name + "' when reading the request body."}
}

// givenMessage parses a message and the attachments inside it.
func (c *call) givenMessage(body Entity) (m Entity, attachments []Entity, err error) {
	body = maps.Clone(body)
	list, _ := body["attachments"].([]any)
	delete(body, "attachments")
	if m, err = c.known(c.g.kinds.message, body, messageReadOnly()...); err != nil {
		return nil, nil, err
	}
	for _, each := range list {
		a, _ := each.(map[string]any)
		made, err := c.g.newAttachment(a)
		if err != nil {
			return nil, nil, err
		}
		attachments = append(attachments, made)
	}
	return m, attachments, checkMessage(m)
}

func (g *Graph) newAttachment(given Entity) (Entity, error) {
	content, err := base64.StdEncoding.DecodeString(text(given, "contentBytes"))
	if text(given, "@odata.type") != "#microsoft.graph.fileAttachment" || err != nil || text(given, "name") == "" {
		return nil, requestBody("attachments")
	}
	contentType := text(given, "contentType")
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	return Entity{
		"@odata.type": "#microsoft.graph.fileAttachment", "@odata.mediaContentType": contentType, "id": g.newOutlookID(), "name": given["name"], "contentType": contentType,
		"lastModifiedDateTime": g.stamp(), "size": int64(len(content) + 310), "isInline": given["isInline"] == true, "contentId": given["contentId"], "contentLocation": nil,
		"contentBytes": text(given, "contentBytes"),
	}, nil
}

func (c *call) createMessage() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	user := text(u, "id")
	folder, err := c.folderOr(user, "drafts")
	if err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	given, attachments, err := c.givenMessage(body)
	if err != nil {
		return nil, err
	}
	m := c.g.newMessage(u, folder, given)
	c.g.hang(m, attachments)
	c.g.saveMessage(user, m)
	return c.g.kinds.message.created(m, c.g.origin(c.request)+"/"+c.path.version+"/users('"+user+"')/messages('"+text(m, "id")+"')"), nil
}

// hang adds attachments to a message that is not stored yet.
func (g *Graph) hang(m Entity, attachments []Entity) {
	if len(attachments) == 0 {
		return
	}
	id := text(m, "id")
	g.o.Company.Attachments[id] = append(g.o.Company.Attachments[id], attachments...)
	m["hasAttachments"] = slices.ContainsFunc(g.o.Company.Attachments[id], func(a Entity) bool { return a["isInline"] != true })
}

func (c *call) updateMessage() (*answer, error) {
	user, m, err := c.message()
	if err != nil {
		return nil, err
	}
	if err := c.matches(text(m, "changeKey")); err != nil {
		return nil, err
	}
	given, err := c.properties(c.g.kinds.message, messageReadOnly()...)
	if err != nil {
		return nil, err
	}
	if err := checkMessage(given); err != nil {
		return nil, err
	}
	if m["isDraft"] != true {
		for _, name := range words("body bccRecipients ccRecipients from replyTo sender subject toRecipients") {
			if _, set := given[name]; set {
				return nil, &problem{status: http.StatusBadRequest, code: "ErrorInvalidPropertySet", message: fmt.Sprintf("The property '%s' can only be set on a draft.", name)}
			}
		}
	}
	m = c.g.changedMessage(m, given)
	c.g.saveMessage(user, m)
	return c.g.kinds.message.one(m), nil
}

// deleteMessage moves a message to the deleted items, or from there out of sight.
func (c *call) deleteMessage() (*answer, error) {
	user, m, err := c.message()
	if err != nil {
		return nil, err
	}
	if err := c.matches(text(m, "changeKey")); err != nil {
		return nil, err
	}
	bin := c.g.wellKnownFolder(user, "deleteditems")
	if text(m, "parentFolderId") != bin && bin != "" {
		c.g.moveMessage(user, m, bin)
	} else {
		c.g.dropMessage(user, m)
		delete(c.g.o.Company.Attachments, text(m, "id"))
	}
	return &answer{}, nil
}

// moveMessage gives a message another folder and, as Exchange does, another id.
func (g *Graph) moveMessage(user string, m Entity, folder string) Entity {
	g.dropMessage(user, m)
	moved := g.changedMessage(g.renewed(m), Entity{"parentFolderId": folder})
	g.saveMessage(user, moved)
	return moved
}

// renewed gives a message that is not stored another id, and its attachments with it.
func (g *Graph) renewed(m Entity) Entity {
	r := merged(m, Entity{"id": g.newOutlookID()})
	if attachments, ok := g.o.Company.Attachments[text(m, "id")]; ok {
		g.o.Company.Attachments[text(r, "id")] = attachments
		delete(g.o.Company.Attachments, text(m, "id"))
	}
	return r
}

func (c *call) createAttachment() (*answer, error) {
	user, m, err := c.message()
	if err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	a, err := c.g.newAttachment(body)
	if err != nil {
		return nil, err
	}
	m = c.g.changedMessage(m, nil)
	c.g.hang(m, []Entity{a})
	c.g.saveMessage(user, m)
	return c.g.kinds.attachment.created(a, ""), nil
}

func (c *call) deleteAttachment() (*answer, error) {
	m, a, err := c.attachment()
	if err != nil {
		return nil, err
	}
	u, _ := c.user()
	id := text(m, "id")
	c.g.o.Company.Attachments[id] = remove(c.g.o.Company.Attachments[id], text(a, "id"))
	m = c.g.changedMessage(m, Entity{"hasAttachments": len(c.g.o.Company.Attachments[id]) > 0})
	c.g.saveMessage(text(u, "id"), m)
	return &answer{}, nil
}
