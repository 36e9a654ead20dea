package graphsim

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// The permissions that Graph's reference lists for each kind of call; any one is enough. Delegated ones are among
// them: what they give is limited to the signed-in user's own mailbox, below.
const (
	readUsers   = "User.Read.All User.ReadWrite.All User.ReadBasic.All Directory.Read.All Directory.ReadWrite.All"
	writeUsers  = "User.ReadWrite.All Directory.ReadWrite.All"
	readGroups  = "Group.Read.All Group.ReadWrite.All GroupMember.Read.All GroupMember.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"
	writeGroups = "Group.ReadWrite.All Directory.ReadWrite.All"
	writeMember = "GroupMember.ReadWrite.All Group.ReadWrite.All Directory.ReadWrite.All"
	readTenant  = "Organization.Read.All Directory.Read.All Directory.ReadWrite.All User.Read.All User.ReadWrite.All"
	readDomains = "Domain.Read.All Directory.Read.All Directory.ReadWrite.All"
	readRoles   = "RoleManagement.Read.Directory RoleManagement.ReadWrite.Directory Directory.Read.All Directory.ReadWrite.All"
	readApps    = "Application.Read.All Application.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"
	readObjects = "Directory.Read.All Directory.ReadWrite.All"
	readMail    = "Mail.Read Mail.ReadWrite"
	writeMail   = "Mail.ReadWrite"
	sendMail    = "Mail.Send"
	readCal     = "Calendars.Read Calendars.ReadWrite"
	writeCal    = "Calendars.ReadWrite"
	readPeople  = "Contacts.Read Contacts.ReadWrite"
	writePeople = "Contacts.ReadWrite"
	readFiles   = "Files.Read Files.ReadWrite Files.Read.All Files.ReadWrite.All Sites.Read.All Sites.ReadWrite.All"
	writeFiles  = "Files.ReadWrite Files.ReadWrite.All Sites.ReadWrite.All"
	readSites   = "Sites.Read.All Sites.ReadWrite.All"
	writeSites  = "Sites.ReadWrite.All"
	searchAll   = "Files.Read.All Files.ReadWrite.All Sites.Read.All Sites.ReadWrite.All"
	readAudit   = "AuditLog.Read.All"
	writeRoles  = "RoleManagement.ReadWrite.Directory Directory.ReadWrite.All"
	writeApps   = "Application.ReadWrite.All Directory.ReadWrite.All"
)

// permitted tells whether the caller may call the route. A user reads the own profile with User.Read; a user's
// mail, calendar and contacts are open to no other user (delegation and sharing are not simulated).
func (c *call) permitted() bool {
	self := !c.caller.App && c.caller.UserID != "" && c.isSelf()
	if c.isPersonal() && !self { // the tenant is none of the account's
		return false
	}
	if self && strings.HasPrefix(c.route.pattern, "users/{user}") && c.route.area == directory && c.mayOwnProfile() {
		return true
	}
	if !c.caller.App && c.route.area == outlook && !self {
		return false
	}
	if c.route.needs == "" {
		return true
	}
	return c.holdsAny(c.route.needs)
}

// holdsAny tells whether the caller has one of the permissions, which blanks separate.
func (c *call) holdsAny(permissions string) bool {
	return slices.ContainsFunc(strings.Fields(permissions), c.holds)
}

// mayOwnProfile tells whether a person may make the call for the own profile by the permissions for it: to read it, to ask
// for the own groups, or to change the profile itself.
func (c *call) mayOwnProfile() bool {
	switch {
	case c.request.Method == http.MethodGet, strings.HasSuffix(c.route.pattern, "MemberGroups"):
		return c.holds("User.Read") || c.holds("User.ReadWrite")
	case c.request.Method == http.MethodPatch:
		return c.route.pattern == "users/{user}" && c.holds("User.ReadWrite")
	}
	return false
}

func (c *call) holds(permission string) bool {
	return slices.ContainsFunc(c.caller.Permissions, func(p string) bool { return strings.EqualFold(p, permission) })
}

// isPersonal tells whether the caller is the personal account.
func (c *call) isPersonal() bool { return c.caller.UserID == company.PersonalID }

func (c *call) isSelf() bool {
	user := c.params["user"]
	if strings.EqualFold(user.text, c.caller.UserID) && user.property == "" {
		return true
	}
	c.g.mu.Lock()
	defer c.g.mu.Unlock()
	u, ok := c.g.findUser(user)
	return ok && text(u, "id") == c.caller.UserID
}
