package catalog

import (
	"slices"
	"strings"
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

// wider are the permissions that are accepted in the place of those of another resource, wherever Microsoft documents both.
// https://learn.microsoft.com/graph/permissions-reference
func wider() map[string]string {
	return map[string]string{
		"Directory.Read.All": "User.Read.All Group.Read.All GroupMember.Read.All GroupSettings.Read.All Application.Read.All Device.Read.All " +
			"Organization.Read.All OrgContact.Read.All AdministrativeUnit.Read.All RoleManagement.Read.Directory LicenseAssignment.Read.All Domain.Read.All",
		"Directory.ReadWrite.All":            "GroupMember.ReadWrite.All GroupSettings.ReadWrite.All LicenseAssignment.ReadWrite.All Group.Create Team.Create",
		"Group.Read.All":                     "GroupMember.Read.All GroupMember.ReadBasic.All Team.ReadBasic.All Channel.ReadBasic.All TeamSettings.Read.All Group-Conversation.Read.All",
		"Group.ReadWrite.All":                "GroupMember.ReadWrite.All Group.Create Team.Create TeamSettings.ReadWrite.All Channel.Create Group-Conversation.ReadWrite.All",
		"GroupMember.Read.All":               "Group.ReadBasic.All GroupMember.ReadBasic.All",
		"Mail.Read":                          "Mail.ReadBasic.All",
		"Calendars.Read":                     "Calendars.ReadBasic.All",
		"Sites.Read.All":                     "Files.Read Files.Read.All",
		"Sites.ReadWrite.All":                "Files.ReadWrite Files.ReadWrite.All",
		"Sites.FullControl.All":              "Sites.Manage.All Sites.ReadWrite.All",
		"Sites.Manage.All":                   "Sites.ReadWrite.All",
		"TeamSettings.Read.All":              "Team.ReadBasic.All",
		"ChannelSettings.Read.All":           "Channel.ReadBasic.All",
		"Chat.ReadBasic.All":                 "ChatMember.Read.All",
		"Chat.ReadBasic":                     "ChatMember.Read",
		"RoleManagement.Read.Directory":      "RoleAssignmentSchedule.Read.Directory RoleEligibilitySchedule.Read.Directory RoleManagementPolicy.Read.Directory",
		"RoleManagement.ReadWrite.Directory": "RoleAssignmentSchedule.ReadWrite.Directory RoleEligibilitySchedule.ReadWrite.Directory RoleManagementPolicy.ReadWrite.Directory",
		"Policy.Read.All":                    "Policy.Read.ConditionalAccess Policy.Read.AuthenticationMethod Policy.Read.PermissionGrant Policy.Read.DeviceConfiguration AuthenticationContext.Read.All",
	}
}

// reaches tells whether a permission is accepted in the place of another resource's.
func reaches(have, needed string) bool {
	for from, to := range wider() {
		if !includes(have, from) {
			continue
		}
		for one := range strings.FieldsSeq(to) {
			if includes(one, needed) {
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
