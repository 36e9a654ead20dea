package company

import "strings"

// Scope is a delegated permission of Microsoft Graph.
type Scope struct {
	Name  string
	Admin bool // only an administrator may consent to it
}

// The delegated permissions that the simulated Graph knows, by whether an administrator has to consent
// (https://learn.microsoft.com/graph/permissions-reference). .All does not tell that.
const (
	ownScopes = "User.Read User.ReadWrite User.ReadBasic.All People.Read Mail.Read Mail.ReadBasic Mail.ReadWrite Mail.Send " +
		"Mail.Read.Shared Mail.ReadWrite.Shared Mail.Send.Shared MailboxSettings.Read MailboxSettings.ReadWrite " +
		"Calendars.Read Calendars.ReadWrite Calendars.ReadBasic Calendars.Read.Shared Calendars.ReadWrite.Shared " +
		"Contacts.Read Contacts.ReadWrite Files.Read Files.ReadWrite Files.Read.All Files.ReadWrite.All " +
		"Sites.Read.All Sites.ReadWrite.All Sites.Manage.All Notes.Read Notes.ReadWrite Notes.Create Notes.Read.All Notes.ReadWrite.All " +
		"Tasks.Read Tasks.ReadWrite Chat.Read Chat.ReadBasic Chat.ReadWrite ChatMessage.Send Channel.ReadBasic.All ChannelMessage.Send " +
		"Team.ReadBasic.All OnlineMeetings.Read OnlineMeetings.ReadWrite Presence.Read Presence.Read.All Presence.ReadWrite"
	adminScopes = "User.Read.All User.ReadWrite.All People.Read.All Group.Read.All Group.ReadWrite.All GroupMember.Read.All GroupMember.ReadWrite.All " +
		"Directory.Read.All Directory.ReadWrite.All Directory.AccessAsUser.All Organization.Read.All Domain.Read.All Application.Read.All " +
		"Application.ReadWrite.All AuditLog.Read.All Reports.Read.All RoleManagement.Read.Directory Sites.FullControl.All " +
		"ChannelMessage.Read.All Policy.Read.All SecurityEvents.Read.All IdentityRiskyUser.Read.All SecurityAlert.Read.All SecurityAlert.ReadWrite.All " +
		"SecurityIncident.Read.All ServiceHealth.Read.All ServiceMessage.Read.All UserAuthenticationMethod.Read.All UserAuthenticationMethod.ReadWrite.All " +
		"AppRoleAssignment.ReadWrite.All DelegatedPermissionGrant.ReadWrite.All RoleManagement.ReadWrite.Directory LicenseAssignment.ReadWrite.All " +
		"User.RevokeSessions.All User.EnableDisableAccount.All User.Invite.All Device.Read.All DeviceManagementManagedDevices.Read.All DeviceManagementManagedDevices.ReadWrite.All " +
		"DeviceManagementManagedDevices.PrivilegedOperations.All TeamMember.Read.All"
)

// Scopes lists the delegated permissions of Microsoft Graph.
func Scopes() []Scope {
	var all []Scope
	for name := range strings.FieldsSeq(ownScopes) {
		all = append(all, Scope{Name: name})
	}
	for name := range strings.FieldsSeq(adminScopes) {
		all = append(all, Scope{Name: name, Admin: true})
	}
	return all
}
