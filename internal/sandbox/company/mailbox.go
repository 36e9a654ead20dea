package company

import (
	"slices"
	"strings"
)

// mailbox is one person's mail while it is being filled.
type mailbox struct {
	owner   *person
	folders []Entity
	ids     map[string]string // well-known or own name -> folder id
}

// wellKnown are the folders of every mailbox, by well-known name; the first holds the others and is hidden
// from a list of folders.
const wellKnown = "msgfolderroot=Top of Information Store|inbox=Inbox|drafts=Drafts|sentitems=Sent Items|deleteditems=Deleted Items|" +
	"archive=Archive|junkemail=Junk Email|outbox=Outbox|conversationhistory=Conversation History"

func newMailbox(owner *person) *mailbox {
	box := &mailbox{owner: owner, ids: map[string]string{}}
	for pair := range strings.SplitSeq(wellKnown, "|") {
		name, display, _ := strings.Cut(pair, "=")
		box.addFolder(name, display, "msgfolderroot")
	}
	box.folders[0]["parentFolderId"] = nil
	box.addFolder("", "Newsletters", "msgfolderroot")
	box.addFolder("", "Machines", "inbox")
	box.addFolder("", "Projects", "msgfolderroot")
	box.addFolder("", "Halcyon", "Projects")
	box.addFolder("", "Lantern", "Projects")
	return box
}

func (m *mailbox) addFolder(wellKnownName, display, parent string) {
	name := wellKnownName
	if name == "" {
		name = display
	}
	m.ids[name] = outlookID(m.owner.id, "folder "+name, folderBytes)
	m.folders = append(m.folders, Entity{
		"id": m.ids[name], "displayName": display, "parentFolderId": m.ids[parent], "wellKnownName": wellKnownName,
		"childFolderCount": int64(0), "unreadItemCount": int64(0), "totalItemCount": int64(0), "sizeInBytes": int64(0), "isHidden": false,
	})
	for _, f := range m.folders {
		if f["id"] == m.ids[parent] && name != parent {
			f["childFolderCount"] = f["childFolderCount"].(int64) + 1
		}
	}
}

// count makes the folders' counters agree with the messages.
func (m *mailbox) count(messages []Entity) {
	byID := make(map[string]Entity, len(m.folders))
	for _, f := range m.folders {
		byID[f["id"].(string)] = f
	}
	for _, message := range messages {
		f := byID[message["parentFolderId"].(string)]
		f["totalItemCount"] = f["totalItemCount"].(int64) + 1
		f["sizeInBytes"] = f["sizeInBytes"].(int64) + 4096 + int64(len(message["body"].(Entity)["content"].(string)))
		if message["isRead"] == false {
			f["unreadItemCount"] = f["unreadItemCount"].(int64) + 1
		}
	}
}

// addMail fills the mailboxes of the people with a desk.
func (b *builder) addMail() {
	o := postOffice{builder: b, boxes: map[string]*mailbox{}, base64: map[string]string{}, signatures: map[string]string{}}
	for _, p := range b.desks {
		o.boxes[p.upn] = newMailbox(p)
	}
	o.sendThreads()
	o.sendNotes()
	o.sendReports()
	o.sendNewsletters()
	o.sendStrangers()
	o.leaveDrafts()
	for _, p := range b.desks {
		box, messages := o.boxes[p.upn], b.Messages[p.id]
		slices.SortStableFunc(messages, func(x, y Entity) int {
			return strings.Compare(y["receivedDateTime"].(string), x["receivedDateTime"].(string))
		})
		box.count(messages)
		b.MailFolders[p.id] = box.folders
	}
}
