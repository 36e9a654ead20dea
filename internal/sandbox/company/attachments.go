package company

import (
	"encoding/base64"
	"time"
)

// attachments writes what hangs on a message: files with their bytes, the picture inside the body, and a
// message that is forwarded whole.
func (o postOffice) attachments(mailbox string, m mail) []Entity {
	var all []Entity
	at := stamp(m.sent.Add(2 * time.Second))
	add := func(name, contentType string, inline bool, cid any) {
		content := o.encoded(name)
		all = append(all, Entity{
			"@odata.type": "#microsoft.graph.fileAttachment", "@odata.mediaContentType": contentType,
			"id": outlookID(mailbox, "attachment "+name+m.key(), itemBytes+24), "name": name, "contentType": contentType, "lastModifiedDateTime": at,
			"size": int64(len(content)/4*3 + 310), "isInline": inline, "contentId": cid, "contentLocation": nil, "contentBytes": content,
		})
	}
	for _, name := range m.files {
		add(name, mediaType(name), false, nil)
	}
	if m.photo != "" {
		add(m.photo, mediaType(m.photo), true, photoID(m.photo))
	}
	if m.forwarded != "" {
		inner := o.message(mailbox, outlookID(mailbox, "inner "+m.key(), itemBytes), mail{
			subject: m.forwarded, conversation: "forwarded " + m.conversation, from: party{"Dr. Hanneke de Wit", "h.dewit@zeemetingen.example"}, to: []party{m.from}, sent: m.sent.Add(-3 * time.Hour),
			body: o.templates.web("<div>Dear colleagues,</div><div><br></div><div>attached to this you find nothing, but the question stands: may we lend the Petrel to our Danish friends for a month?</div>"),
		})
		for _, key := range []string{"@odata.etag", "changeKey", "flag", "inferenceClassification", "categories", "bodyPreview", "conversationIndex"} {
			delete(inner, key)
		}
		inner["@odata.type"], inner["isRead"] = "#microsoft.graph.message", true
		all = append(all, Entity{
			"@odata.type": "#microsoft.graph.itemAttachment", "id": outlookID(mailbox, "attachment "+m.forwarded+m.key(), itemBytes+24), "name": m.forwarded,
			"contentType": nil, "lastModifiedDateTime": at, "size": int64(10_482), "isInline": false, "item": inner,
		})
	}
	return all
}

// photoID is the Content-ID under which a body shows a picture.
func photoID(name string) string { return guid("cid " + name)[:8] + "@" + Domain }

// encoded is a file in base64, made once: the string is shared by all copies.
func (o postOffice) encoded(name string) string {
	content, made := o.base64[name]
	if !made {
		content = base64.StdEncoding.EncodeToString(o.store.file(name))
		o.base64[name] = content
	}
	return content
}
