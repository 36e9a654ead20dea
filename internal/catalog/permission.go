package catalog

import (
	"slices"
	"strings"
	"sync"
)

// Covers tells whether all permissions that are needed together are among those granted, or included in them.
func Covers(granted []string, needed string) bool {
	for one := range strings.SplitSeq(needed, " + ") {
		if !covers(granted, strings.TrimSpace(one)) {
			return false
		}
	}
	return true
}

// covers tells whether one of the permissions that are granted includes the one that is needed, or one of "this or
// that".
func covers(granted []string, needed string) bool {
	for one := range strings.SplitSeq(needed, " or ") {
		if slices.ContainsFunc(granted, func(have string) bool { return includes(have, one) || reaches(have, one) }) {
			return true
		}
	}
	return false
}

// includes compares two permissions by their parts: resource, operation, and what it extends to.
func includes(have, needed string) bool {
	if have == needed {
		return true
	}
	h, n := strings.SplitN(have, ".", 3), strings.SplitN(needed, ".", 3)
	return len(h) > 1 && len(n) > 1 && h[0] == n[0] && extends(h[2:], n[2:]) && does(h[1], n[1])
}

// extends tells whether a permission for so much is one for so much less: All is more than one's own (nothing), and than
// what one team, chat, group or person has agreed to.
func extends(have, needed []string) bool {
	return slices.Equal(have, needed) || len(have) == 1 && have[0] == "All"
}

// lesser are the operations that others include, each naming the next ones below it.
var lesser = sync.OnceValue(func() map[string][]string {
	return map[string][]string{
		"Read":                    {"ReadBasic"},
		"ReadWriteBasic":          {"ReadBasic"},
		"ReadWrite":               {"Read", "ReadWriteBasic", "ReadWriteNonOwnerRole", "ReadWriteSelf", "Create"},
		"Manage":                  {"ReadWrite"},
		"FullControl":             {"Manage"},
		"ReadWriteSelf":           {"Read"},
		"ReadWriteSelected":       {"ReadWriteSelf"},
		"ManageSelected":          {"ReadWriteSelected"},
		"ReadWriteAndConsentSelf": {"ReadWriteSelf"},
		"ReadWriteAndConsent":     {"ReadWrite", "ReadWriteAndConsentSelf"},
	}
})

// does tells whether one operation includes another. Some name whom they are for: ReadWriteSelfForTeam.
func does(have, needed string) bool {
	have, whose, _ := strings.Cut(have, "For")
	needed, whom, _ := strings.Cut(needed, "For")
	if whose != "" && whose != whom {
		return false
	}
	return have == needed || slices.ContainsFunc(lesser()[have], func(less string) bool { return does(less, needed) })
}

// wider are the permissions that are accepted in the place of those of another resource, where Microsoft documents both for
// most of the calls. https://learn.microsoft.com/graph/permissions-reference
var wider = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"Directory.Read.All": "User.Read.All Group.Read.All GroupMember.Read.All GroupSettings.Read.All Application.Read.All Device.Read.All " +
			"Organization.Read.All OrgContact.Read.All AdministrativeUnit.Read.All RoleManagement.Read.Directory LicenseAssignment.Read.All Domain.Read.All",
		"Directory.ReadWrite.All": "Application.ReadWrite.All Group.ReadWrite.All GroupMember.ReadWrite.All GroupSettings.ReadWrite.All LicenseAssignment.ReadWrite.All " +
			"Device.ReadWrite.All DelegatedPermissionGrant.ReadWrite.All User.Invite.All AppCatalog.Submit Policy.ReadWrite.ConsentRequest",
		"Group.ReadBasic.All": "GroupMember.ReadBasic.All",
		"Group.Read.All": "GroupMember.Read.All Team.ReadBasic.All Channel.ReadBasic.All TeamSettings.Read.All ChannelSettings.Read.All ChannelMessage.Read.All " +
			"Group-Conversation.Read.All",
		"Group.ReadWrite.All": "GroupMember.ReadWrite.All Group.Create Team.Create TeamSettings.ReadWrite.All Channel.Create ChannelSettings.ReadWrite.All " +
			"TeamsAppInstallation.ReadWriteSelfForTeam.All Group-Conversation.ReadWrite.All",
		"GroupMember.Read.All":                   "Group.ReadBasic.All",
		"User.ReadWrite.All":                     "User.DeleteRestore.All User.Invite.All LicenseAssignment.ReadWrite.All",
		"Mail.Read":                              "Mail.ReadBasic.All",
		"Calendars.Read":                         "Calendars.ReadBasic.All",
		"Sites.Read.All":                         "Files.Read.All",
		"Sites.ReadWrite.All":                    "Files.ReadWrite.All",
		"TeamSettings.Read.All":                  "Team.ReadBasic.All",
		"ChannelSettings.Read.All":               "Channel.ReadBasic.All",
		"Chat.ReadBasic.All":                     "ChatMember.Read.All",
		"Chat.ReadBasic":                         "ChatMember.Read",
		"Chat.Read.All":                          "ChatMessage.Read.Chat",
		"TeamsAppInstallation.ReadForTeam":       "TeamsAppInstallation.Read.Group ResourceSpecificPermissionGrant.ReadForTeam",
		"AppCatalog.ReadWrite.All":               "AppCatalog.Submit",
		"RoleManagement.Read.Directory":          "RoleAssignmentSchedule.Read.Directory RoleEligibilitySchedule.Read.Directory RoleManagementPolicy.Read.Directory",
		"RoleManagement.ReadWrite.Directory":     "RoleAssignmentSchedule.ReadWrite.Directory RoleEligibilitySchedule.ReadWrite.Directory RoleManagementPolicy.ReadWrite.Directory",
		"Policy.Read.All":                        "Policy.Read.ConditionalAccess Policy.Read.AuthenticationMethod Policy.Read.PermissionGrant Policy.Read.DeviceConfiguration",
		"Policy.Read.ConditionalAccess":          "AuthenticationContext.Read.All",
		"AuditLog.Read.All":                      "ProvisioningLog.Read.All",
		"Bookings.ReadWrite.All":                 "BookingsAppointment.ReadWrite.All",
		"BookingsAppointment.ReadWrite.All":      "Bookings.Read.All",
		"DeviceManagementConfiguration.Read.All": "DeviceManagementApps.Read.All DeviceManagementServiceConfig.Read.All",
		"LifecycleWorkflows.Read.All":            "LifecycleWorkflows-Workflow.Read.All LifecycleWorkflows-Reports.Read.All",
		"LifecycleWorkflows.ReadWrite.All":       "LifecycleWorkflows-Workflow.ReadWrite.All LifecycleWorkflows-Workflow.Activate",
		"EntitlementManagement.ReadWrite.All":    "EntitlementMgmt-SubjectAccess.ReadWrite",
		"SensitivityLabels.Read.All":             "SensitivityLabel.Read",
		"MailboxItem.ImportExport":               "MailboxItem.Export",
	}
})

// reaches tells whether a permission is accepted in the place of another resource's, itself or by way of a third.
func reaches(have, needed string) bool {
	for from, to := range wider() {
		if !includes(have, from) {
			continue
		}
		for one := range strings.FieldsSeq(to) {
			if includes(one, needed) || reaches(one, needed) {
				return true
			}
		}
	}
	// UserAuthenticationMethod stands for all of UserAuthMethod-Phone, UserAuthMethod-TAP and so on.
	if rest, all := strings.CutPrefix(have, "UserAuthenticationMethod."); all {
		if part, one := strings.CutPrefix(needed, "UserAuthMethod-"); one {
			_, operation, _ := strings.Cut(part, ".")
			return includes("x."+rest, "x."+operation)
		}
	}
	return false
}

// local are the permissions that are accepted in the place of others below a part of a path alone, for what is needed
// there; "": whatever that is.
func local() []struct{ part, have, needed string } {
	return []struct{ part, have, needed string }{
		{"/planner/", "Group.Read.All", "Tasks.Read"},
		{"/planner/", "Group.ReadWrite.All", "Tasks.ReadWrite"},
		{"/synchronization/", "Synchronization.ReadWrite.All", "Application.ReadWrite.OwnedBy"},
		{"/subscribedskus/", "Organization.Read.All", "LicenseAssignment.Read.All"},
		{"/getmember", "Application.Read.All Device.Read.All Group.ReadBasic.All GroupMember.ReadBasic.All User.Read.All", ""},
		{"/checkmember", "Application.Read.All Device.Read.All Group.ReadBasic.All GroupMember.ReadBasic.All User.Read.All", ""},
		{"/auditlog/queries/", "AuditLogsQuery-CRM.Read.All AuditLogsQuery-Endpoint.Read.All AuditLogsQuery-Entra.Read.All AuditLogsQuery-Exchange.Read.All " +
			"AuditLogsQuery-OneDrive.Read.All AuditLogsQuery-SharePoint.Read.All", "AuditLogsQuery.Read.All"},
	}
}

// Allows tells what [Covers] does of one call, of which more is known: what it is about, and whether it only reads.
func (o Operation) Allows(granted []string, needed string) bool {
	if Covers(granted, needed) {
		return true
	}
	if o.Method == "GET" { // where the least is to write what is one's own, or to create, to read all is documented too
		for _, least := range []string{".ReadWrite.OwnedBy", ".Create"} {
			if resource, found := strings.CutSuffix(needed, least); found && Covers(granted, resource+".Read") {
				return true
			}
		}
	}
	path := strings.ToLower(o.Path) + "/"
	return slices.ContainsFunc(local(), func(l struct{ part, have, needed string }) bool {
		return strings.Contains(path, l.part) && (l.needed == "" || includes(l.needed, needed)) && holdsOne(granted, l.have)
	})
}

// holdsOne tells whether one of some permissions is among those granted, or included in one of its own resource.
func holdsOne(granted []string, some string) bool {
	for one := range strings.FieldsSeq(some) {
		if slices.ContainsFunc(granted, func(have string) bool { return includes(have, one) }) {
			return true
		}
	}
	return false
}

// Pattern makes of a template what a policy's rules are compared with: braces stand for any segment.
func Pattern(template string) string {
	segments := strings.Split(template, "/")
	for i, segment := range segments {
		switch {
		case strings.Contains(segment, ":"):
			return strings.Join(append(segments[:i], "**"), "/") // a path inside a drive may have any number of segments
		case strings.HasPrefix(segment, "{"):
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}
