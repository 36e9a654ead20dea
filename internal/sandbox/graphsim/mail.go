package graphsim

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

func mailRoutes() []route {
	return in(outlook,
		route{method: "GET", pattern: "users/{user}/messages", needs: readMail, serve: (*call).listMessages},
		route{method: "POST", pattern: "users/{user}/messages", needs: writeMail, serve: (*call).createMessage},
		route{method: "GET", pattern: "users/{user}/mailFolders", needs: readMail, serve: (*call).listFolders},
		route{method: "POST", pattern: "users/{user}/mailFolders", needs: writeMail, serve: (*call).createFolder},
		route{method: "GET", pattern: "users/{user}/mailFolders/{folder}", needs: readMail, serve: (*call).getFolder},
		route{method: "PATCH", pattern: "users/{user}/mailFolders/{folder}", needs: writeMail, serve: (*call).updateFolder},
		route{method: "DELETE", pattern: "users/{user}/mailFolders/{folder}", needs: writeMail, serve: (*call).deleteFolder},
		route{method: "GET", pattern: "users/{user}/mailFolders/{folder}/childFolders", needs: readMail, serve: (*call).listFolders},
		route{method: "POST", pattern: "users/{user}/mailFolders/{folder}/childFolders", needs: writeMail, serve: (*call).createFolder},
		route{method: "GET", pattern: "users/{user}/mailFolders/{folder}/messages", needs: readMail, serve: (*call).listMessages},
		route{method: "POST", pattern: "users/{user}/mailFolders/{folder}/messages", needs: writeMail, serve: (*call).createMessage},
		route{method: "GET", pattern: "users/{user}/mailFolders/{folder}/messages/delta", needs: readMail, serve: (*call).deltaMessages},
		route{method: "GET", pattern: "MESSAGE", needs: readMail, serve: (*call).getMessage},
		route{method: "PATCH", pattern: "MESSAGE", needs: writeMail, serve: (*call).updateMessage},
		route{method: "DELETE", pattern: "MESSAGE", needs: writeMail, serve: (*call).deleteMessage},
		route{method: "GET", pattern: "MESSAGE/$value", needs: readMail, serve: (*call).getMIME},
		route{method: "GET", pattern: "MESSAGE/attachments", needs: readMail, serve: (*call).listAttachments},
		route{method: "POST", pattern: "MESSAGE/attachments", needs: writeMail, serve: (*call).createAttachment},
		route{method: "GET", pattern: "MESSAGE/attachments/{attachment}", needs: readMail, serve: (*call).getAttachment},
		route{method: "GET", pattern: "MESSAGE/attachments/{attachment}/$value", needs: readMail, serve: (*call).getAttachmentContent},
		route{method: "DELETE", pattern: "MESSAGE/attachments/{attachment}", needs: writeMail, serve: (*call).deleteAttachment},
		route{method: "GET", pattern: "users/{user}/mailboxSettings", needs: "MailboxSettings.Read MailboxSettings.ReadWrite " + readMail, serve: (*call).getMailboxSettings},
	)
}

// mailbox returns the user whose mailbox the path names.
func (c *call) mailbox() (Entity, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if _, ok := c.g.o.Company.MailFolders[text(u, "id")]; !ok {
		return nil, &problem{status: http.StatusNotFound, code: "MailboxNotEnabledForRESTAPI", message: "The mailbox is either inactive, soft-deleted, or is hosted on-premise."}
	}
	return u, nil
}

// messages returns those of the mailbox, or of the folder where the path names one.
func (c *call) messages() (user string, list []Entity, err error) {
	u, err := c.mailbox()
	if err != nil {
		return "", nil, err
	}
	user = text(u, "id")
	list = slices.Clone(c.g.o.Company.Messages[user])
	if c.has("folder") {
		f, err := c.folder(user)
		if err != nil {
			return "", nil, err
		}
		list = slices.DeleteFunc(list, func(m Entity) bool { return m["parentFolderId"] != f["id"] })
	}
	return user, list, nil
}

func (c *call) listMessages() (*answer, error) {
	_, list, err := c.messages()
	if err != nil {
		return nil, err
	}
	a := c.g.kinds.message.list(list)
	a.list.search = searchMessage
	return a, nil
}

func (c *call) message() (user string, m Entity, err error) {
	user, list, err := c.messages()
	if err != nil {
		return "", nil, err
	}
	m, ok := find(list, c.params["message"])
	if !ok {
		return "", nil, outlook.notFound(c.text("message"))
	}
	return user, m, nil
}

func (c *call) getMessage() (*answer, error) {
	_, m, err := c.message()
	return c.g.kinds.message.one(m), err
}

func (c *call) getMIME() (*answer, error) {
	_, m, err := c.message()
	if err != nil {
		return nil, err
	}
	return &answer{content: mimeMessage(m, c.g.o.Company.Attachments[text(m, "id")]), kind: "text/plain"}, nil
}

func (c *call) listAttachments() (*answer, error) {
	_, m, err := c.message()
	if err != nil {
		return nil, err
	}
	return c.g.kinds.attachment.list(c.g.o.Company.Attachments[text(m, "id")]), nil
}

func (c *call) attachment() (message, attachment Entity, err error) {
	_, m, err := c.message()
	if err != nil {
		return nil, nil, err
	}
	e, ok := find(c.g.o.Company.Attachments[text(m, "id")], c.params["attachment"])
	if !ok {
		return nil, nil, outlook.notFound(c.text("attachment"))
	}
	return m, e, nil
}

func (c *call) getAttachment() (*answer, error) {
	_, e, err := c.attachment()
	return c.g.kinds.attachment.one(e), err
}

func (c *call) getAttachmentContent() (*answer, error) {
	_, e, err := c.attachment()
	if err != nil {
		return nil, err
	}
	if inner, ok := e["item"].(map[string]any); ok {
		return &answer{content: mimeMessage(inner, nil), kind: "message/rfc822"}, nil
	}
	content, err := base64.StdEncoding.DecodeString(text(e, "contentBytes"))
	if err != nil || content == nil {
		content = []byte{}
	}
	return &answer{content: content, kind: text(e, "contentType")}, nil
}

func (c *call) deltaMessages() (*answer, error) {
	user, list, err := c.messages()
	if err != nil {
		return nil, err
	}
	f, _ := c.folder(user)
	if c.query.Search != "" || c.query.Filter != nil && !strings.HasPrefix(firstPath(c.query.Filter), "receivedDateTime") {
		return nil, outlook.badQuery("The query parameter is not supported in a delta query of messages.")
	}
	k := c.g.kinds.message
	return c.delta("messages/"+text(f, "id"), k, func() []thing { return k.things(list) }, func(id string) (thing, bool) {
		m, ok := find(list, segment{text: id})
		return thing{m, k}, ok
	})
}

// parseMailSearch reads the $search of mailboxes: words in double quotes, or one word without
// (https://learn.microsoft.com/graph/search-query-parameter).
func parseMailSearch(s string) (*odata.Search, error) {
	if inner, ok := strings.CutPrefix(s, `"`); ok && strings.HasSuffix(inner, `"`) {
		s = strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `\"`, `"`)
	} else if at := strings.IndexAny(s, ":()'"); at >= 0 {
		return nil, outlook.badQuery("Syntax error: character '%c' is not valid at position %d in '%s'.", s[at], at, s)
	}
	search, err := odata.ParseKeywords(s)
	if err != nil {
		return nil, outlook.badQuery("%s", err)
	}
	return search, nil
}

// searchMessage tells whether a message has a term.
func searchMessage(t thing, term odata.Term) bool {
	m := t.entity
	people := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return odata.HasWords(peopleIn(m[name]), term.Text) })
	}
	body, _ := m["body"].(map[string]any)
	switch strings.ToLower(term.Property) {
	case "from":
		return people("from")
	case "to":
		return people("toRecipients")
	case "cc":
		return people("ccRecipients")
	case "bcc":
		return people("bccRecipients")
	case "recipients":
		return people("toRecipients", "ccRecipients", "bccRecipients")
	case "participants":
		return people("from", "toRecipients", "ccRecipients", "bccRecipients")
	case "subject":
		return odata.HasWords(text(m, "subject"), term.Text)
	case "body":
		return odata.HasWords(plainText(text(body, "content")), term.Text)
	case "hasattachments", "hasattachment":
		return m["hasAttachments"] == strings.EqualFold(term.Text, "true")
	case "isread":
		return m["isRead"] == strings.EqualFold(term.Text, "true")
	case "importance":
		return strings.EqualFold(text(m, "importance"), term.Text)
	case "received", "sent":
		return searchDate(text(m, strings.ToLower(term.Property)+"DateTime"), term.Text)
	case "":
		return people("from") || odata.HasWords(text(m, "subject")+" "+plainText(text(body, "content")), term.Text)
	}
	return false
}

// searchDate compares the day of a time: 2026-11-24, >=2026-11-01, 2026-11-01..2026-11-30.
func searchDate(at, term string) bool {
	day := at[:min(10, len(at))]
	if from, to, ok := strings.Cut(term, ".."); ok {
		return day >= from && day <= to
	}
	for _, op := range []string{">=", "<=", ">", "<", "="} {
		date, ok := strings.CutPrefix(term, op)
		if !ok {
			continue
		}
		return map[string]bool{">=": day >= date, "<=": day <= date, ">": day > date, "<": day < date, "=": day == date}[op]
	}
	return day == term
}

// peopleIn joins the names and addresses of a recipient or a list of them.
func peopleIn(v any) string {
	switch v := v.(type) {
	case []any:
		var all []string
		for _, each := range v {
			all = append(all, peopleIn(each))
		}
		return strings.Join(all, " ")
	case map[string]any:
		a, _ := v["emailAddress"].(map[string]any)
		return text(a, "name") + " " + text(a, "address")
	}
	return ""
}
