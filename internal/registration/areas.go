package registration

import (
	"slices"
	"strings"
)

// Area is something that people want to reach, and the permissions of Graph that are the least for it.
type Area struct {
	Name, Title string
	Usual       bool // part of what is proposed

	read, write       []string // delegated
	appRead, appWrite []string // application
}

// Areas returns what can be chosen, for people or for an app by itself.
func Areas(kind Kind) []Area {
	var of []Area
	for _, a := range areas() {
		if kind == Server && len(a.appRead) > 0 || kind != Server && len(a.read) > 0 {
			if kind == Server {
				a.Usual = a.Name == "directory"
			}
			of = append(of, a)
		}
	}
	return of
}

func areas() []Area {
	return []Area{
		{Name: "mail", Title: "mail", Usual: true,
			read: []string{"Mail.Read"}, write: []string{"Mail.ReadWrite", "Mail.Send"},
			appRead: []string{"Mail.Read"}, appWrite: []string{"Mail.ReadWrite", "Mail.Send"}},
		{Name: "calendar", Title: "calendars", Usual: true,
			read: []string{"Calendars.Read"}, write: []string{"Calendars.ReadWrite"},
			appRead: []string{"Calendars.Read"}, appWrite: []string{"Calendars.ReadWrite"}},
		{Name: "files", Title: "files in OneDrive and SharePoint", Usual: true,
			read: []string{"Files.Read.All"}, write: []string{"Files.ReadWrite.All"},
			appRead: []string{"Files.Read.All"}, appWrite: []string{"Files.ReadWrite.All"}},
		{Name: "sites", Title: "SharePoint sites, lists and search",
			read: []string{"Sites.Read.All"}, write: []string{"Sites.ReadWrite.All"},
			appRead: []string{"Sites.Read.All"}, appWrite: []string{"Sites.ReadWrite.All"}},
		{Name: "chats", Title: "Teams: chats, and the names of teams and channels",
			read:  []string{"Chat.Read", "Team.ReadBasic.All", "Channel.ReadBasic.All"},
			write: []string{"Chat.ReadWrite", "Team.ReadBasic.All", "Channel.ReadBasic.All", "ChannelMessage.Send"}},
		{Name: "tasks", Title: "tasks: To Do and Planner",
			read: []string{"Tasks.Read"}, write: []string{"Tasks.ReadWrite"},
			appRead: []string{"Tasks.Read.All"}, appWrite: []string{"Tasks.ReadWrite.All"}},
		{Name: "contacts", Title: "contacts, and the names of colleagues",
			read: []string{"Contacts.Read", "User.ReadBasic.All"}, write: []string{"Contacts.ReadWrite", "User.ReadBasic.All"}},
		{Name: "directory", Title: "users, groups and the organization",
			read: []string{"User.Read.All", "Group.Read.All"}, write: []string{"User.ReadWrite.All", "Group.ReadWrite.All"},
			appRead: []string{"User.Read.All", "Group.Read.All", "Organization.Read.All"}, appWrite: []string{"User.ReadWrite.All", "Group.ReadWrite.All", "Organization.Read.All"}},
		{Name: "audit", Title: "sign-in and audit logs",
			read: []string{"AuditLog.Read.All"}, write: []string{"AuditLog.Read.All"},
			appRead: []string{"AuditLog.Read.All"}, appWrite: []string{"AuditLog.Read.All"}},
	}
}

// Permissions returns the permissions for what was chosen: names of areas, and names of permissions, which are kept. A
// person's always has User.Read, with which they see themselves. The error is an *Error.
func Permissions(kind Kind, write bool, chosen []string) ([]string, error) {
	var all []string
	if kind != Server {
		all = []string{"User.Read"}
	}
	known := Areas(kind)
	for _, name := range chosen {
		i := slices.IndexFunc(known, func(a Area) bool { return a.Name == strings.ToLower(name) })
		switch {
		case i >= 0:
			all = append(all, known[i].permissions(kind, write)...)
		case strings.ContainsRune(name, '.') && plain(strings.TrimPrefix(name, "https://"), ".-_/:"):
			all = append(all, name)
		default:
			return nil, &Error{"there is nothing of that name to choose", "choose from the list, or give a permission's own name, such as Mail.Read"}
		}
	}
	var once []string
	for _, p := range all {
		if !slices.Contains(once, p) {
			once = append(once, p)
		}
	}
	return once, nil
}

func (a Area) permissions(kind Kind, write bool) []string {
	switch {
	case kind == Server && write:
		return a.appWrite
	case kind == Server:
		return a.appRead
	case write:
		return a.write
	}
	return a.read
}
