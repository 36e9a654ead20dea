package graphsim

import (
	"net/http"
	"slices"
	"strings"
)

// folders are a user's folders with their counters as they are now.
func (g *Graph) folders(user string) []Entity {
	total, unread := map[string]int64{}, map[string]int64{}
	for _, m := range g.o.Company.Messages[user] {
		folder := text(m, "parentFolderId")
		total[folder]++
		if m["isRead"] == false {
			unread[folder]++
		}
	}
	children := map[string]int64{}
	for _, f := range g.o.Company.MailFolders[user] {
		children[text(f, "parentFolderId")]++
	}
	all := make([]Entity, 0, len(g.o.Company.MailFolders[user]))
	for _, f := range g.o.Company.MailFolders[user] {
		id := text(f, "id")
		all = append(all, merged(f, Entity{"totalItemCount": total[id], "unreadItemCount": unread[id], "childFolderCount": children[id]}))
	}
	return all
}

// folder returns the folder that the path names, by id or well-known name.
func (c *call) folder(user string) (Entity, error) {
	e, ok := find(c.g.folders(user), c.params["folder"], "wellKnownName")
	if !ok {
		return nil, &problem{status: http.StatusNotFound, code: "ErrorItemNotFound", message: "The specified object was not found in the store., The process failed to get the correct properties."}
	}
	return e, nil
}

func (g *Graph) wellKnownFolder(user, name string) string {
	e, _ := find(g.o.Company.MailFolders[user], segment{text: name, property: "wellKnownName"})
	return text(e, "id")
}

// folderOr returns the id of the folder that the path names, or where it names none, of one that is well known.
func (c *call) folderOr(user, wellKnown string) (string, error) {
	if !c.has("folder") {
		return c.g.wellKnownFolder(user, wellKnown), nil
	}
	f, err := c.folder(user)
	return text(f, "id"), err
}

// listFolders lists the folders below one, or those at the top.
func (c *call) listFolders() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	user := text(u, "id")
	parent, err := c.folderOr(user, "msgfolderroot")
	if err != nil {
		return nil, err
	}
	return c.g.kinds.mailFolder.list(slices.DeleteFunc(c.g.folders(user), func(f Entity) bool {
		return text(f, "parentFolderId") != parent || text(f, "wellKnownName") == "msgfolderroot" ||
			f["isHidden"] == true && c.query.Other["includehiddenfolders"] != "true"
	})), nil
}

func (c *call) getFolder() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	f, err := c.folder(text(u, "id"))
	return c.g.kinds.mailFolder.one(f), err
}

func (c *call) createFolder() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	user := text(u, "id")
	parent, err := c.folderOr(user, "msgfolderroot")
	if err != nil {
		return nil, err
	}
	given, err := c.properties(c.g.kinds.mailFolder, "id", "totalItemCount", "unreadItemCount", "childFolderCount", "parentFolderId")
	if err != nil {
		return nil, err
	}
	name := text(given, "displayName")
	if name == "" {
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorInvalidParameter", message: "The displayName of a folder can't be empty."}
	}
	if c.g.folderNamed(user, parent, name) {
		return nil, folderExists()
	}
	f := Entity{"id": c.g.newOutlookID(), "displayName": name, "parentFolderId": parent, "wellKnownName": "", "childFolderCount": int64(0),
		"unreadItemCount": int64(0), "totalItemCount": int64(0), "sizeInBytes": int64(0), "isHidden": given["isHidden"] == true}
	c.g.o.Company.MailFolders[user] = append(c.g.o.Company.MailFolders[user], f)
	return c.g.kinds.mailFolder.created(f, ""), nil
}

func folderExists() error {
	return &problem{status: http.StatusConflict, code: "ErrorFolderExists", message: "A folder with the specified name already exists., Could not create folder."}
}

func (g *Graph) folderNamed(user, parent, name string) bool {
	return slices.ContainsFunc(g.o.Company.MailFolders[user], func(f Entity) bool {
		return text(f, "parentFolderId") == parent && strings.EqualFold(text(f, "displayName"), name)
	})
}

func (c *call) updateFolder() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	user := text(u, "id")
	f, err := c.folder(user)
	if err != nil {
		return nil, err
	}
	given, err := c.properties(c.g.kinds.mailFolder, "id", "totalItemCount", "unreadItemCount", "childFolderCount", "parentFolderId")
	if err != nil {
		return nil, err
	}
	if name := text(given, "displayName"); name != "" && c.g.folderNamed(user, text(f, "parentFolderId"), name) {
		return nil, folderExists()
	}
	f = merged(f, given)
	c.g.o.Company.MailFolders[user] = put(c.g.o.Company.MailFolders[user], f)
	return c.g.kinds.mailFolder.one(f), nil
}

func (c *call) deleteFolder() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	user := text(u, "id")
	f, err := c.folder(user)
	if err != nil {
		return nil, err
	}
	if text(f, "wellKnownName") != "" {
		return nil, &problem{status: http.StatusForbidden, code: "ErrorDeleteDistinguishedFolder", message: "Distinguished folders cannot be deleted."}
	}
	for _, m := range slices.Clone(c.g.o.Company.Messages[user]) {
		if m["parentFolderId"] == f["id"] {
			c.g.moveMessage(user, m, c.g.wellKnownFolder(user, "deleteditems"))
		}
	}
	c.g.o.Company.MailFolders[user] = remove(c.g.o.Company.MailFolders[user], text(f, "id"))
	return &answer{}, nil
}
