package graphsim

import (
	"net/http"
	"slices"
	"strings"
)

func mailActionRoutes() []route {
	return in(outlook,
		route{method: "POST", pattern: "users/{user}/sendMail", needs: sendMail, serve: (*call).sendMail},
		route{method: "POST", pattern: "MESSAGE/send", needs: sendMail, serve: (*call).sendDraft},
		route{method: "POST", pattern: "MESSAGE/reply", needs: sendMail, serve: (*call).reply},
		route{method: "POST", pattern: "MESSAGE/replyAll", needs: sendMail, serve: (*call).replyAll},
		route{method: "POST", pattern: "MESSAGE/forward", needs: sendMail, serve: (*call).forward},
		route{method: "POST", pattern: "MESSAGE/createReply", needs: writeMail, serve: (*call).createReply},
		route{method: "POST", pattern: "MESSAGE/createReplyAll", needs: writeMail, serve: (*call).createReplyAll},
		route{method: "POST", pattern: "MESSAGE/createForward", needs: writeMail, serve: (*call).createForward},
		route{method: "POST", pattern: "MESSAGE/move", needs: writeMail, serve: (*call).move},
		route{method: "POST", pattern: "MESSAGE/copy", needs: writeMail, serve: (*call).copy},
	)
}

// sendMail follows https://learn.microsoft.com/graph/api/user-sendmail.
func (c *call) sendMail() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	message, ok := property(body, "message").(map[string]any)
	if !ok {
		return nil, requestBody("Message")
	}
	given, attachments, err := c.givenMessage(message)
	if err != nil {
		return nil, err
	}
	m := c.g.newMessage(u, "", given)
	c.g.hang(m, attachments)
	keep := property(body, "saveToSentItems") != false
	return c.send(u, m, keep)
}

// send delivers a message that is in no folder and keeps it with the sent items.
func (c *call) send(u, m Entity, keep bool) (*answer, error) {
	if len(recipientsOf(m)) == 0 {
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorInvalidRecipients", message: "At least one recipient isn't valid., A message can't be sent because it contains no recipients."}
	}
	user := text(u, "id")
	sent := c.g.changedMessage(m, Entity{"isDraft": false, "sentDateTime": c.g.stamp(), "receivedDateTime": c.g.stamp(), "parentFolderId": c.g.wellKnownFolder(user, "sentitems")})
	if keep {
		c.g.saveMessage(user, sent)
	}
	for _, address := range recipientsOf(m) {
		to, ok := find(c.g.o.Company.Users, segment{text: address, property: "mail"})
		if inbox := c.g.wellKnownFolder(text(to, "id"), "inbox"); ok && inbox != "" {
			c.g.deliver(text(to, "id"), sent, inbox)
		}
	}
	return &answer{status: http.StatusAccepted, content: []byte{}, kind: "text/plain"}, nil
}

// deliver puts a copy into another mailbox.
func (g *Graph) deliver(user string, m Entity, folder string) {
	c := g.changedMessage(m, Entity{"id": g.newOutlookID(), "parentFolderId": folder, "isRead": false, "bccRecipients": []any{}})
	if attachments := g.o.Company.Attachments[text(m, "id")]; len(attachments) > 0 {
		g.o.Company.Attachments[text(c, "id")] = slices.Clone(attachments)
	}
	g.saveMessage(user, c)
}

func recipientsOf(m Entity) []string {
	var all []string
	for _, name := range words("toRecipients ccRecipients bccRecipients") {
		list, _ := m[name].([]any)
		for _, each := range list {
			r, _ := each.(map[string]any)
			a, _ := r["emailAddress"].(map[string]any)
			if address := text(a, "address"); address != "" && !slices.Contains(all, address) {
				all = append(all, address)
			}
		}
	}
	return all
}

func (c *call) sendDraft() (*answer, error) {
	user, m, err := c.message()
	if err != nil {
		return nil, err
	}
	if m["isDraft"] != true {
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorInvalidOperation", message: "The message is not a draft and can't be sent."}
	}
	u, _ := c.user()
	if len(recipientsOf(m)) > 0 { // what is sent is another item than the draft
		c.g.dropMessage(user, m)
		m = c.g.renewed(m)
	}
	return c.send(u, m, true)
}

func (c *call) reply() (*answer, error)    { return c.respondTo(true, c.answerTo(false)) }
func (c *call) replyAll() (*answer, error) { return c.respondTo(true, c.answerTo(true)) }
func (c *call) forward() (*answer, error)  { return c.respondTo(true, forwardOf) }

func (c *call) createReply() (*answer, error)    { return c.respondTo(false, c.answerTo(false)) }
func (c *call) createReplyAll() (*answer, error) { return c.respondTo(false, c.answerTo(true)) }
func (c *call) createForward() (*answer, error)  { return c.respondTo(false, forwardOf) }

// answerTo addresses a reply: to replyTo or from, and the other recipients if all.
func (c *call) answerTo(all bool) func(Entity) Entity {
	return func(m Entity) Entity {
		to, _ := m["replyTo"].([]any)
		if len(to) == 0 {
			to = []any{m["from"]}
		}
		r := Entity{"subject": prefixed("RE: ", text(m, "subject")), "toRecipients": to}
		if all {
			others, _ := m["toRecipients"].([]any)
			r["toRecipients"] = slices.Concat(to, slices.DeleteFunc(slices.Clone(others), func(v any) bool {
				u, _ := c.user()
				return strings.Contains(strings.ToLower(peopleIn(v)), strings.ToLower(text(u, "mail")))
			}))
			r["ccRecipients"] = m["ccRecipients"]
		}
		return r
	}
}

func forwardOf(m Entity) Entity { return Entity{"subject": prefixed("FW: ", text(m, "subject"))} }

func prefixed(prefix, subject string) string {
	if strings.HasPrefix(strings.ToUpper(subject), prefix) {
		return subject
	}
	return prefix + subject
}

// respondTo makes a message out of another, and of comment, message and toRecipients in the body, and sends it.
func (c *call) respondTo(send bool, start func(Entity) Entity) (*answer, error) {
	user, m, err := c.message()
	if err != nil {
		return nil, err
	}
	u, _ := c.user()
	body := Entity{}
	if len(c.body) > 0 {
		if body, err = c.document(); err != nil {
			return nil, err
		}
	}
	message, _ := property(body, "message").(map[string]any)
	comment, _ := property(body, "comment").(string)
	given, attachments, err := c.givenMessage(message)
	if err != nil {
		return nil, err
	}
	if to := property(body, "toRecipients"); to != nil {
		given["toRecipients"] = to
		if err := checkMessage(given); err != nil {
			return nil, err
		}
	}
	r := c.g.newMessage(u, c.g.wellKnownFolder(user, "drafts"), start(m))
	old, _ := m["body"].(map[string]any)
	r["body"] = Entity{"contentType": "html", "content": "<html><body><div>" + escapeHTML(comment) + "</div><hr>" + text(old, "content") + "</body></html>"}
	r = c.g.changedMessage(r, given)
	r["conversationId"] = m["conversationId"]
	c.g.hang(r, attachments)
	if send {
		return c.send(u, r, true)
	}
	c.g.saveMessage(user, r)
	return c.g.kinds.message.created(r, ""), nil
}

// destination returns the folder that the body names.
func (c *call) destination(user string) (string, error) {
	body, err := c.document()
	if err != nil {
		return "", err
	}
	name, _ := property(body, "destinationId").(string)
	f, ok := find(c.g.o.Company.MailFolders[user], segment{text: name}, "wellKnownName")
	if !ok {
		return "", outlook.notFound(name)
	}
	return text(f, "id"), nil
}

func (c *call) move() (*answer, error) {
	user, m, err := c.message()
	if err != nil {
		return nil, err
	}
	folder, err := c.destination(user)
	if err != nil {
		return nil, err
	}
	return c.g.kinds.message.created(c.g.moveMessage(user, m, folder), ""), nil
}

func (c *call) copy() (*answer, error) {
	user, m, err := c.message()
	if err != nil {
		return nil, err
	}
	folder, err := c.destination(user)
	if err != nil {
		return nil, err
	}
	copied := c.g.changedMessage(m, Entity{"id": c.g.newOutlookID(), "parentFolderId": folder})
	if attachments := c.g.o.Company.Attachments[text(m, "id")]; len(attachments) > 0 {
		c.g.o.Company.Attachments[text(copied, "id")] = slices.Clone(attachments)
	}
	c.g.saveMessage(user, copied)
	return c.g.kinds.message.created(copied, ""), nil
}
