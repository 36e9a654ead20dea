package tools

import (
	"net/http"
	"slices"
	"strings"
)

// The modes of [Profile.Mode].
const (
	interactive       = "interactive"
	clientCredentials = "clientCredentials"
)

// permission is the least privileged one that Microsoft documents for the calls whose path has all of the
// segments. Where the delegated one differs from the application's they stand as "delegated|application"; "-" is
// none. https://learn.microsoft.com/graph/permissions-reference
type permission struct{ segments, read, write string }

// permissions are looked through in order, so what is special comes first. They cover the paths that are used
// most; where none fits, nothing is said.
func permissions() []permission {
	return []permission{
		{"search query", "", ""},
		{"drive", "Files.Read|Files.Read.All", "Files.ReadWrite|Files.ReadWrite.All"},
		{"drives", "Files.Read|Files.Read.All", "Files.ReadWrite|Files.ReadWrite.All"},
		{"shares", "Files.Read|Files.Read.All", "Files.ReadWrite|Files.ReadWrite.All"},
		{"planner", "Tasks.Read|Tasks.Read.All", "Tasks.ReadWrite|Tasks.ReadWrite.All"},
		{"todo", "Tasks.Read|Tasks.Read.All", "Tasks.ReadWrite|Tasks.ReadWrite.All"},
		{"onenote", "Notes.Read|Notes.Read.All", "Notes.ReadWrite|Notes.ReadWrite.All"},
		{"sites", "Sites.Read.All", "Sites.ReadWrite.All"},
		{"teams channels messages", "ChannelMessage.Read.All", "ChannelMessage.Send|-"},
		{"teams channels", "Channel.ReadBasic.All", "ChannelSettings.ReadWrite.All"},
		{"teams members", "TeamMember.Read.All", "TeamMember.ReadWrite.All"},
		{"teams", "Team.ReadBasic.All", "TeamSettings.ReadWrite.All"},
		{"joinedteams", "Team.ReadBasic.All", ""},
		{"chats messages", "Chat.Read|Chat.Read.All", "ChatMessage.Send|-"},
		{"chats", "Chat.ReadBasic|Chat.ReadBasic.All", "Chat.Create"},
		{"sendmail", "", "Mail.Send"},
		{"messages send", "", "Mail.Send"},
		{"messages reply", "", "Mail.Send"},
		{"messages replyall", "", "Mail.Send"},
		{"messages forward", "", "Mail.Send"},
		{"messages", "Mail.Read", "Mail.ReadWrite"},
		{"mailfolders", "Mail.Read", "Mail.ReadWrite"},
		{"mailboxsettings", "MailboxSettings.Read", "MailboxSettings.ReadWrite"},
		{"calendar getschedule", "Calendars.ReadBasic", "Calendars.ReadBasic"},
		{"calendar", "Calendars.Read", "Calendars.ReadWrite"},
		{"calendars", "Calendars.Read", "Calendars.ReadWrite"},
		{"calendarview", "Calendars.Read", "Calendars.ReadWrite"},
		{"events", "Calendars.Read", "Calendars.ReadWrite"},
		{"users contacts", "Contacts.Read", "Contacts.ReadWrite"},
		{"me contacts", "Contacts.Read", "Contacts.ReadWrite"},
		{"contacts", "OrgContact.Read.All", ""},
		{"presence", "Presence.Read.All", "Presence.ReadWrite|Presence.ReadWrite.All"},
		{"onlinemeetings", "OnlineMeetings.Read|OnlineMeetings.Read.All", "OnlineMeetings.ReadWrite|OnlineMeetings.ReadWrite.All"},
		{"authentication methods", "UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"},
		{"groups members", "GroupMember.Read.All", "GroupMember.ReadWrite.All"},
		{"groups", "GroupMember.Read.All", "Group.ReadWrite.All"},
		{"applications", "Application.Read.All", "Application.ReadWrite.All"},
		{"serviceprincipals", "Application.Read.All", "Application.ReadWrite.All"},
		{"devices", "Device.Read.All", ""},
		{"directoryroles", "RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory"},
		{"rolemanagement directory", "RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory"},
		{"administrativeunits", "AdministrativeUnit.Read.All", "AdministrativeUnit.ReadWrite.All"},
		{"auditlogs", "AuditLog.Read.All", ""},
		{"reports", "Reports.Read.All", ""},
		{"devicemanagement manageddevices", "DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All"},
		{"conditionalaccess", "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"},
		{"security alerts_v2", "SecurityAlert.Read.All", "SecurityAlert.ReadWrite.All"},
		{"security incidents", "SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All"},
		{"domains", "Domain.Read.All", "Domain.ReadWrite.All"},
		{"organization", "Organization.Read.All", "Organization.ReadWrite.All"},
		{"subscribedskus", "LicenseAssignment.Read.All", ""},
		{"me", "User.Read|-", "User.ReadWrite|-"},
		{"users manager", "User.Read.All", "User.ReadWrite.All"},
		{"users", "User.ReadBasic.All|User.Read.All", "User.ReadWrite.All"},
	}
}

// permissionFor returns the permission that a call needs in a mode, or "" where that is not known.
func permissionFor(method, path, mode string) string {
	path, _, _ = strings.Cut(strings.ToLower(path), "?")
	segments := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/('):=", r) })
	for _, p := range permissions() {
		if !hasAll(segments, strings.Fields(p.segments)) {
			continue
		}
		needed := p.write
		if method == http.MethodGet {
			needed = p.read
		}
		delegated, application, differs := strings.Cut(needed, "|")
		if mode == clientCredentials && differs {
			delegated = application
		}
		return strings.TrimPrefix(delegated, "-")
	}
	return ""
}

// hasAll tells whether the wanted segments are among those of a path, in their order.
func hasAll(segments, wanted []string) bool {
	for _, segment := range segments {
		if len(wanted) > 0 && segment == wanted[0] {
			wanted = wanted[1:]
		}
	}
	return len(wanted) == 0
}

// covers tells whether one of the permissions that are granted includes the one that is needed, or one of "this or
// that".
func covers(granted []string, needed string) bool {
	for one := range strings.SplitSeq(needed, " or ") {
		if slices.ContainsFunc(granted, func(have string) bool { return includes(have, one) }) {
			return true
		}
	}
	return false
}

// includes compares two permissions by their parts: resource, operation, and what it extends to.
func includes(have, needed string) bool {
	h, n := strings.Split(have, "."), strings.Split(needed, ".")
	if have == needed {
		return true
	}
	if len(h) < 2 || len(n) < 2 || h[0] != n[0] || !slices.Equal(h[2:], n[2:]) && !(len(n) == 2 && h[2] == "All") {
		return false
	}
	order := []string{"ReadBasic", "Read", "ReadWrite"}
	want, got := slices.Index(order, n[1]), slices.Index(order, h[1])
	return want >= 0 && got >= want
}
