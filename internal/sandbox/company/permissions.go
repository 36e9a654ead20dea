package company

// permission is an application permission: a Graph app role with the id that Microsoft publishes.
type permission struct{ id, value, display string }

func permissions() []permission {
	return []permission{
		{"df021288-bdef-4463-88db-98f22de89214", "User.Read.All", "Read all users' full profiles"},
		{"741f803b-c850-494e-b5df-cde7c675a1ca", "User.ReadWrite.All", "Read and write all users' full profiles"},
		{"7ab1d382-f21e-4acd-a863-ba3e13f7da61", "Directory.Read.All", "Read directory data"},
		{"5b567255-7703-4780-807c-7be8301ae99b", "Group.Read.All", "Read all groups"},
		{"62a82d76-70ea-41e2-9197-370581804d09", "Group.ReadWrite.All", "Read and write all groups"},
		{"9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", "Application.Read.All", "Read all applications"},
		{"810c84a8-4a9e-49e6-bf7d-12d183f40d01", "Mail.Read", "Read mail in all mailboxes"},
		{"e2a3a72e-5f79-4c64-b1b1-878b674786c9", "Mail.ReadWrite", "Read and write mail in all mailboxes"},
		{"b633e1c5-b582-4048-a93e-9f11b44c7e96", "Mail.Send", "Send mail as any user"},
		{"798ee544-9d2d-430c-a058-570e29e34338", "Calendars.Read", "Read calendars in all mailboxes"},
		{"ef54d2bf-783f-4e0f-bca1-3210c0444d99", "Calendars.ReadWrite", "Read and write calendars in all mailboxes"},
		{"6918b873-d17a-4dc1-b314-35f528134491", "Contacts.ReadWrite", "Read and write contacts in all mailboxes"},
		{"01d4889c-1287-42c6-ac1f-5d1e02578ef6", "Files.Read.All", "Read files in all site collections"},
		{"75359482-378d-4052-8f01-80520e7db3cd", "Files.ReadWrite.All", "Read and write files in all site collections"},
		{"332a536c-c7ef-4017-ab91-336970924f0d", "Sites.Read.All", "Read items in all site collections"},
		{"9492366f-7969-46a4-8d15-ed1a20078fff", "Sites.ReadWrite.All", "Read and write items in all site collections"},
		{"b0afded3-3588-46d8-8b3d-9842eff778da", "AuditLog.Read.All", "Read all audit log data"},
		{"6931bccd-447a-43d1-b442-00a195474933", "MailboxSettings.ReadWrite", "Read and write all mailbox settings"},
		{"dbaae8cf-10b5-4b86-a4a1-f871c94c6695", "GroupMember.ReadWrite.All", "Read and write all group memberships"},
		{"5facf0c1-8979-4e95-abcf-ff3d079771c0", "LicenseAssignment.ReadWrite.All", "Manage all license assignments"},
		{"77f3a031-c388-4f99-b373-dc68676a979e", "User.RevokeSessions.All", "Revoke all sign in sessions for a user"},
		{"50483e42-d915-4231-9639-7fdb7fd190e5", "UserAuthenticationMethod.ReadWrite.All", "Read and write all users' authentication methods"},
		{"06b708a9-e830-4db3-a914-8e69da51d44f", "AppRoleAssignment.ReadWrite.All", "Manage app permission grants and app role assignments"},
		{"8e8e4742-1d95-4f68-9d56-6ee75648c72a", "DelegatedPermissionGrant.ReadWrite.All", "Manage all delegated permission grants"},
		{"9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8", "RoleManagement.ReadWrite.Directory", "Read and write all directory RBAC settings"},
		{"246dd0d5-5bd0-4def-940b-0421030a5b68", "Policy.Read.All", "Read your organization's policies"},
		{"44e666d1-d276-445b-a5fc-8815eeb81d55", "Tasks.ReadWrite.All", "Read and write all users' tasks and tasklists"},
		{"2280dda6-0bfd-44ee-a2f4-cb867cfc4c1e", "Team.ReadBasic.All", "Get a list of all teams"},
		{"59a6b24b-4225-4393-8165-ebaec5f55d7a", "Channel.ReadBasic.All", "Read the names and descriptions of all channels"},
		{"7b2449af-6ccd-4f4d-9f78-e550c193f0d1", "ChannelMessage.Read.All", "Read all channel messages"},
		{"660b7406-55f1-41ca-a0ed-0b035e182f3e", "TeamMember.Read.All", "Read the members of all teams"},
		{"6b7d71aa-70aa-4810-a8d9-5d9fb2830017", "Chat.Read.All", "Read all chat messages"},
		{"a70e0c2d-e793-494c-94c4-118fa0a67f42", "Presence.Read.All", "Read presence information of all users"},
		{"230c1aed-a721-4c5d-9cb4-a90514e508ef", "Reports.Read.All", "Read all usage reports"},
		{"79c261e0-fe76-4144-aad5-bdc68fbe4037", "ServiceHealth.Read.All", "Read service health"},
		{"1b620472-6534-4fe6-9df2-4680e8aa28ec", "ServiceMessage.Read.All", "Read service messages"},
		{"ed4fca05-be46-441f-9803-1873825f8fdb", "SecurityAlert.ReadWrite.All", "Read and write to all security alerts"},
		{"45cc0394-e837-488b-a098-1918f48d186c", "SecurityIncident.Read.All", "Read all security incidents"},
		{"bf394140-e372-4bf9-a898-299cfc7564e5", "SecurityEvents.Read.All", "Read your organization's security events"},
		{"dc5007c0-2d7d-4c42-879c-2dab87571379", "IdentityRiskyUser.Read.All", "Read all identity risky user information"},
		{"7438b122-aefc-4978-80ed-43db9fcc7715", "Device.Read.All", "Read all devices"},
		{"243333ab-4d21-40cb-a475-36241daa0842", "DeviceManagementManagedDevices.ReadWrite.All", "Read and write Microsoft Intune devices"},
		{"5b07b0dd-2377-4e44-a38d-703f09a0dc3c", "DeviceManagementManagedDevices.PrivilegedOperations.All", "Perform user-impacting remote actions on Microsoft Intune devices"},
	}
}

// userReadScope is the id of the delegated permission User.Read, as Microsoft publishes it.
const userReadScope = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"

// delegatedPermissions are some of Microsoft Graph's delegated permissions, with the ids that Microsoft publishes.
func delegatedPermissions() []permission {
	return []permission{
		{userReadScope, "User.Read", "Sign in and read user profile"},
		{"37f7f235-527c-4136-accd-4a02d197296e", "openid", "Sign users in"},
		{"14dad69e-099b-42c9-810b-d002981feec1", "profile", "View users' basic profile"},
		{"64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0", "email", "View users' email address"},
		{"7427e0e9-2fba-42fe-b0c0-848c9e6a8182", "offline_access", "Maintain access to data you have given it access to"},
		{"570282fd-fa5c-430d-a7fd-fc8dc98a9dca", "Mail.Read", "Read user mail"},
		{"465a38f9-76ea-45b9-9f34-9e8b0d4b0b42", "Calendars.Read", "Read user calendars"},
		{"10465720-29dd-4523-a11a-6a75c743c9d9", "Files.Read", "Read user files"},
		{"863451e7-0667-486c-a5d6-d135439485f0", "Files.ReadWrite.All", "Have full access to all files user can access"},
		{"06da0dbc-49e2-44d2-8312-53f166ab848a", "Directory.Read.All", "Read directory data"},
	}
}

// AppRoles returns the application permissions for Microsoft Graph that an administrator has granted to the
// app or managed identity with this client ID, as a token's roles claim lists them; nil for an unknown app.
func AppRoles(clientID string) []string {
	for _, a := range apps() {
		if a.clientID == clientID {
			return append([]string(nil), a.roles...)
		}
	}
	for _, m := range managedIdentities() {
		if m.clientID == clientID {
			return append([]string(nil), m.roles...)
		}
	}
	return nil
}
