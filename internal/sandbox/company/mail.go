package company

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// party is who writes or gets mail.
type party struct{ name, address string }

func (p *person) party() party { return party{p.display, p.upn} }

func (p party) entity() Entity {
	return Entity{"emailAddress": Entity{"name": p.name, "address": p.address}}
}

func recipients(parties []party) []any {
	all := make([]any, len(parties))
	for i, p := range parties {
		all[i] = p.entity()
	}
	return all
}

// mail is a message on its way, before it lies in mailboxes.
type mail struct {
	subject, body    string
	preview          string // of the body; deliver fills it in
	from             party
	sender           party // who sent it for from; the zero party: from
	to, cc, replyTo  []party
	sent             time.Time
	text             bool   // the body is plain text
	conversation     string // tells it from all others, whatever the time
	reply            int    // how many messages of the conversation came before
	folder           string // where recipients keep it; "": the inbox
	files            []string
	photo            string // an image shown inside the body
	forwarded        string // subject of a message that hangs on this one
	categories       []string
	important, other bool   // other: Outlook does not call it focused
	receipt          bool   // the sender asks for a receipt
	meeting          string // meetingMessageType, for an answer to an invitation
}

// key tells a message from all others.
func (m mail) key() string { return fmt.Sprint(m.conversation, "#", m.reply) }

// postOffice delivers mail.
type postOffice struct {
	*builder
	boxes      map[string]*mailbox // by UPN
	base64     map[string]string   // files by name, see encoded
	signatures map[string]string   // by UPN, see signature
}

// deliver puts a copy into the mailbox of the sender and of each recipient who has one.
func (o postOffice) deliver(m mail) {
	m.preview = preview(m.body, m.text)
	if box := o.boxes[m.from.address]; box != nil {
		o.keep(box, m, "sentitems")
	}
	folder := m.folder
	if folder == "" {
		folder = "inbox"
	}
	for _, r := range append(append([]party{}, m.to...), m.cc...) {
		if box := o.boxes[r.address]; box != nil && r.address != m.from.address {
			o.keep(box, m, o.sortedInto(box, m, folder))
		}
	}
}

// sortedInto is where the owner has moved a message since: conversations of some weeks ago are filed.
func (o postOffice) sortedInto(box *mailbox, m mail, folder string) string {
	old := o.now.Sub(m.sent) > 7*24*time.Hour
	switch {
	case folder != "inbox" || !old:
		return folder
	case strings.Contains(m.subject, "Halcyon"):
		return "Halcyon"
	case strings.Contains(m.subject, "Lantern"):
		return "Lantern"
	}
	switch dice(box.owner.id + m.key()).IntN(8) {
	case 0, 1:
		return "archive"
	case 2:
		return "deleteditems"
	}
	return folder
}

// keep writes the message resource of one mailbox.
func (o postOffice) keep(box *mailbox, m mail, folder string) {
	throw := dice(box.owner.id + m.key())
	id := outlookID(box.owner.id, "message "+m.key(), itemBytes)
	message := o.message(box.owner.id, id, m)
	message["parentFolderId"] = box.ids[folder]
	switch age := o.now.Sub(m.sent); {
	case folder == "sentitems", folder == "drafts":
		message["isRead"] = true
	case folder == "junkemail" || m.other:
		message["isRead"] = throw.IntN(4) == 0
	default:
		message["isRead"] = age > 20*time.Hour || throw.IntN(3) == 0
	}
	if folder == "inbox" && throw.IntN(14) == 0 && o.now.Sub(m.sent) > 48*time.Hour {
		message["flag"] = o.flag(m.sent, throw.IntN(2) == 0)
	}
	o.Messages[box.owner.id] = append(o.Messages[box.owner.id], message)
	if attached := o.attachments(box.owner.id, m); len(attached) > 0 {
		o.Attachments[id] = attached
	}
}

func (o postOffice) flag(sent time.Time, done bool) Entity {
	day := func(t time.Time) Entity {
		return Entity{"dateTime": t.Format("2006-01-02T00:00:00.0000000"), "timeZone": "UTC"}
	}
	f := Entity{"flagStatus": "flagged", "startDateTime": day(sent), "dueDateTime": day(sent.Add(72 * time.Hour))}
	if done {
		f = Entity{"flagStatus": "complete", "completedDateTime": day(sent.Add(30 * time.Hour))}
	}
	return f
}

// message is the resource without its folder.
func (o postOffice) message(mailbox, id string, m mail) Entity {
	contentType, importance, class, sender := "html", "normal", "focused", m.sender
	if m.text {
		contentType = "text"
	}
	if m.important {
		importance = "high"
	}
	if m.other {
		class = "other"
	}
	if sender == (party{}) {
		sender = m.from
	}
	version := changeKey(id)
	received := m.sent.Add(3 * time.Second)
	e := Entity{
		"@odata.etag": `W/"` + version + `"`, "id": id, "changeKey": version, "categories": list(m.categories...),
		"createdDateTime": stamp(received), "lastModifiedDateTime": stamp(received.Add(time.Second)), "receivedDateTime": stamp(received), "sentDateTime": stamp(m.sent),
		"hasAttachments": len(m.files) > 0 || m.forwarded != "", "internetMessageId": "<" + strings.ToUpper(strings.ReplaceAll(guid(m.key()), "-", "")) + "@" + strings.SplitN(m.from.address, "@", 2)[1] + ">",
		"subject": m.subject, "bodyPreview": m.preview, "importance": importance,
		"conversationId": conversationID(mailbox, m.conversation), "conversationIndex": conversationIndex(m.conversation, m.reply),
		"isDeliveryReceiptRequested": m.receipt, "isReadReceiptRequested": m.receipt, "isDraft": false, "inferenceClassification": class,
		"webLink": "https://outlook.office365.com/owa/?ItemID=" + strings.ReplaceAll(id, "=", "%3D") + "&exvsurl=1&viewmodel=ReadMessageItem",
		"body":    Entity{"contentType": contentType, "content": m.body},
		"sender":  sender.entity(), "from": m.from.entity(),
		"toRecipients": recipients(m.to), "ccRecipients": recipients(m.cc), "bccRecipients": []any{}, "replyTo": recipients(m.replyTo),
		"flag": Entity{"flagStatus": "notFlagged"},
	}
	if m.meeting != "" {
		e["@odata.type"], e["meetingMessageType"] = "#microsoft.graph.eventMessageResponse", m.meeting
	}
	return e
}

// conversationID begins like a message id and is shorter.
func conversationID(mailbox, conversation string) string {
	sum := sha256.Sum256([]byte(conversation))
	raw := append([]byte{0, 4, 0x24, 0}, mailbox...)
	return base64.URLEncoding.EncodeToString(append(append(raw, 0, 0x10, 0), sum[:16]...))
}

// conversationIndex is 22 bytes for the conversation and 5 for each reply ([MS-OXOMSG] 2.2.1.3).
func conversationIndex(conversation string, reply int) string {
	sum := sha256.Sum256([]byte(conversation))
	raw := append([]byte{1, 0xdb}, sum[:20]...)
	for i := range reply {
		step := sha256.Sum256(fmt.Append(nil, conversation, i))
		raw = append(raw, step[:5]...)
	}
	return base64.StdEncoding.EncodeToString(raw)
}
