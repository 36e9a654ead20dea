package graphsim

import (
	"slices"
	"strings"
)

// The permissions of what is on the shelves, as Graph's reference lists them.
const (
	readTasks    = "Tasks.Read Tasks.ReadWrite Tasks.Read.All Tasks.ReadWrite.All"
	writeTasks   = "Tasks.ReadWrite Tasks.ReadWrite.All"
	readPlans    = readTasks + " Group.Read.All Group.ReadWrite.All"
	writePlans   = writeTasks + " Group.ReadWrite.All"
	readTeams    = "Team.ReadBasic.All TeamSettings.Read.All TeamSettings.ReadWrite.All Group.Read.All Group.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"
	readChannels = "Channel.ReadBasic.All ChannelSettings.Read.All ChannelSettings.ReadWrite.All Group.Read.All Group.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"
	readPosts    = "ChannelMessage.Read.All Group.Read.All Group.ReadWrite.All"
	writePosts   = "ChannelMessage.Send Group.ReadWrite.All"
	readMembers  = "TeamMember.Read.All TeamMember.ReadWrite.All Group.Read.All Group.ReadWrite.All Directory.Read.All Directory.ReadWrite.All"
	readChats    = "Chat.ReadBasic Chat.Read Chat.ReadWrite Chat.ReadBasic.All Chat.Read.All Chat.ReadWrite.All"
	readChatText = "Chat.Read Chat.ReadWrite Chat.Read.All Chat.ReadWrite.All"
	writeChats   = "ChatMessage.Send Chat.ReadWrite"
	readDevices  = "Device.Read.All Directory.Read.All Directory.ReadWrite.All"
	readManaged  = "DeviceManagementManagedDevices.Read.All DeviceManagementManagedDevices.ReadWrite.All"
	writeManaged = "DeviceManagementManagedDevices.ReadWrite.All"
	readIntune   = "DeviceManagementConfiguration.Read.All DeviceManagementConfiguration.ReadWrite.All " + readManaged
	readAlerts   = "SecurityAlert.Read.All SecurityAlert.ReadWrite.All"
	readMethods  = "UserAuthenticationMethod.Read.All UserAuthenticationMethod.ReadWrite.All"
	writeMethods = "UserAuthenticationMethod.ReadWrite.All"
	readPolicies = "Policy.Read.All Policy.Read.ConditionalAccess Policy.ReadWrite.ConditionalAccess"
	readPresence = "Presence.Read Presence.Read.All Presence.ReadWrite Presence.ReadWrite.All"
	readGrants   = readApps + " DelegatedPermissionGrant.Read.All DelegatedPermissionGrant.ReadWrite.All"
	writeGrants  = "DelegatedPermissionGrant.ReadWrite.All Directory.ReadWrite.All"
	readAssigned = readApps
	writeAssign  = "AppRoleAssignment.ReadWrite.All"
	readHealth   = "ServiceHealth.Read.All"
	readNews     = "ServiceMessage.Read.All"
	readRisks    = "IdentityRiskyUser.Read.All IdentityRiskyUser.ReadWrite.All"
	readNotes    = "Notes.Read Notes.ReadWrite Notes.Read.All Notes.ReadWrite.All"
	readEvents   = "IdentityRiskEvent.Read.All IdentityRiskEvent.ReadWrite.All " + readRisks
)

// shelves lists what is kept there.
func shelves() []shelf {
	return slices.Concat(taskShelves(), noteShelves(), teamShelves(), deviceShelves(), protectionShelves(), grantShelves(), []shelf{
		{pattern: "users/{user}/outlook/masterCategories", kind: "outlookCategory", area: outlook, can: "lgcud", read: "MailboxSettings.Read MailboxSettings.ReadWrite", write: "MailboxSettings.ReadWrite"},
		{pattern: "users/{user}/mailFolders/inbox/messageRules", kind: "messageRule", area: outlook, can: "lgcud", read: "MailboxSettings.Read MailboxSettings.ReadWrite", write: "MailboxSettings.ReadWrite"},
		{pattern: "users/{user}/licenseDetails", kind: "licenseDetails", area: directory, can: "lg", read: readUsers + " LicenseAssignment.Read.All", from: (*call).licenseDetails},
		{pattern: "users/{user}/people", kind: "person", area: service, can: "lg", read: "People.Read People.Read.All", own: true, others: "People.Read.All", from: (*call).peopleAround},
		{pattern: "users/{user}/presence", kind: "presence", area: service, can: "o", read: readPresence, own: true, others: "Presence.Read.All Presence.ReadWrite.All"},
		{pattern: "communications/presences", kind: "presence", area: service, can: "lg", read: "Presence.Read.All Presence.ReadWrite.All", from: (*call).presences},
		{pattern: "subscriptions", kind: "subscription", area: service, can: "lgcud", complete: (*call).checkSubscription},
		{pattern: "admin/serviceAnnouncement/healthOverviews", kind: "serviceHealth", area: service, can: "lg", read: readHealth},
		{pattern: "admin/serviceAnnouncement/issues", kind: "serviceHealthIssue", area: service, can: "lg", read: readHealth},
		{pattern: "admin/serviceAnnouncement/messages", kind: "serviceUpdateMessage", area: service, can: "lg", read: readNews},
	})
}

func taskShelves() []shelf {
	return []shelf{
		{pattern: "users/{user}/todo/lists", kind: "todoTaskList", area: outlook, can: "lgcud", read: readTasks, write: writeTasks, complete: (*call).newTaskList},
		{pattern: "users/{user}/todo/lists/{todoTaskList}/tasks", kind: "todoTask", area: outlook, can: "lgcud", read: readTasks, write: writeTasks, complete: (*call).newTask},
		{pattern: "users/{user}/todo/lists/{todoTaskList}/tasks/{todoTask}/checklistItems", kind: "checklistItem", area: outlook, can: "lgcud", read: readTasks, write: writeTasks},
		{pattern: "users/{user}/planner/tasks", at: "planner/tasks", kind: "plannerTask", area: service, can: "l", read: readPlans, from: (*call).assignedTasks},
		{pattern: "users/{user}/planner/plans", at: "planner/plans", kind: "plannerPlan", area: service, can: "l", read: readPlans, from: (*call).sharedPlans},
		{pattern: "groups/{group}/planner/plans", at: "planner/plans", kind: "plannerPlan", area: service, can: "l", read: readPlans, from: func(c *call) ([]Entity, error) { return c.shelved("planner/plans", "owner", "groups", "group") }},
		{pattern: "planner/plans", kind: "plannerPlan", area: service, can: "gcud", read: readPlans, write: writePlans, etags: true, quiet: true},
		{pattern: "planner/plans/{plannerPlan}/tasks", at: "planner/tasks", kind: "plannerTask", area: service, can: "l", read: readPlans, from: func(c *call) ([]Entity, error) {
			return c.shelved("planner/tasks", "planId", "planner/plans", "plannerPlan")
		}},
		{pattern: "planner/plans/{plannerPlan}/buckets", at: "planner/buckets", kind: "plannerBucket", area: service, can: "l", read: readPlans, from: func(c *call) ([]Entity, error) {
			return c.shelved("planner/buckets", "planId", "planner/plans", "plannerPlan")
		}},
		{pattern: "planner/buckets", kind: "plannerBucket", area: service, can: "gcud", read: readPlans, write: writePlans, etags: true, quiet: true},
		{pattern: "planner/tasks", kind: "plannerTask", area: service, can: "gcud", read: readPlans, write: writePlans, etags: true, quiet: true, complete: (*call).newPlannerTask},
		{pattern: "planner/tasks/{plannerTask}/details", kind: "plannerTaskDetails", area: service, can: "ou", read: readPlans, write: writePlans, etags: true, quiet: true},
	}
}

func teamShelves() []shelf {
	posts := func(pattern, at, replies string) []shelf {
		return []shelf{{pattern: pattern, at: at, kind: "chatMessage", area: service, can: "lgc", read: readPosts, write: writePosts, complete: (*call).newChatMessage},
			{pattern: pattern + "/{chatMessage}/" + replies, kind: "chatMessage", area: service, can: "lc", read: readPosts, write: writePosts, complete: (*call).newChatMessage}}
	}
	return slices.Concat([]shelf{
		{pattern: "teams", kind: "team", area: service, can: "lg", read: readTeams},
		{pattern: "groups/{group}/team", at: "teams", kind: "team", area: service, can: "o", read: readTeams, from: (*call).teamOfGroup},
		{pattern: "users/{user}/joinedTeams", at: "teams", kind: "team", area: service, can: "l", read: readTeams, from: (*call).joinedTeams},
		{pattern: "teams/{team}/members", kind: "conversationMember", area: service, can: "lg", read: readMembers},
		{pattern: "teams/{team}/channels", kind: "channel", area: service, can: "lg", read: readChannels},
		{pattern: "chats", kind: "chat", area: service, can: "lg", read: readChats, from: (*call).chats},
		{pattern: "users/{user}/chats", at: "chats", kind: "chat", area: service, can: "lg", read: readChats, own: true, from: (*call).chats},
		{pattern: "chats/{chat}/members", kind: "conversationMember", area: service, can: "lg", read: readChats},
		{pattern: "users/{user}/chats/{chat}/members", at: "chats/{chat}/members", kind: "conversationMember", area: service, can: "lg", read: readChats, own: true},
		{pattern: "chats/{chat}/messages", kind: "chatMessage", area: service, can: "lgc", read: readChatText, write: writeChats, complete: (*call).newChatMessage},
		{pattern: "users/{user}/chats/{chat}/messages", at: "chats/{chat}/messages", kind: "chatMessage", area: service, can: "lgc", read: readChatText, write: writeChats, own: true, complete: (*call).newChatMessage},
	}, posts("teams/{team}/channels/{channel}/messages", "", "replies"))
}

func noteShelves() []shelf {
	return []shelf{
		{pattern: "users/{user}/onenote/notebooks", kind: "notebook", area: service, can: "lg", read: readNotes, own: true},
		{pattern: "users/{user}/onenote/sections", kind: "onenoteSection", area: service, can: "lg", read: readNotes, own: true},
		{pattern: "users/{user}/onenote/pages", kind: "onenotePage", area: service, can: "lg", read: readNotes, own: true},
	}
}

func deviceShelves() []shelf {
	return []shelf{
		{pattern: "deviceManagement/managedDevices", kind: "managedDevice", area: service, can: "lgud", read: readManaged, write: writeManaged},
		{pattern: "users/{user}/managedDevices", at: "deviceManagement/managedDevices", kind: "managedDevice", area: service, can: "l", read: readManaged, from: func(c *call) ([]Entity, error) {
			return c.shelved("deviceManagement/managedDevices", "userId", "users", "user")
		}},
		{pattern: "deviceManagement/deviceCompliancePolicies", kind: "deviceCompliancePolicy", area: service, can: "lg", read: readIntune},
		{pattern: "devices", kind: "device", area: directory, can: "lg", read: readDevices},
		{pattern: "users/{user}/registeredDevices", kind: "device", area: directory, can: "l", read: readDevices, from: (*call).registeredDevices},
		{pattern: "users/{user}/ownedDevices", at: "users/{user}/registeredDevices", kind: "device", area: directory, can: "l", read: readDevices, from: (*call).registeredDevices},
	}
}

func protectionShelves() []shelf {
	all := []shelf{
		{pattern: "security/alerts_v2", kind: "security.alert", area: service, can: "lgu", read: readAlerts, write: "SecurityAlert.ReadWrite.All"},
		{pattern: "security/incidents", kind: "security.incident", area: service, can: "lgu", read: "SecurityIncident.Read.All SecurityIncident.ReadWrite.All", write: "SecurityIncident.ReadWrite.All"},
		{pattern: "security/secureScores", kind: "secureScore", area: service, can: "lg", read: "SecurityEvents.Read.All SecurityEvents.ReadWrite.All"},
		{pattern: "identityProtection/riskyUsers", kind: "riskyUser", area: service, can: "lg", read: readRisks},
		{pattern: "identityProtection/riskDetections", kind: "riskDetection", area: service, can: "lg", read: readEvents},
		{pattern: "identity/conditionalAccess/policies", kind: "conditionalAccessPolicy", area: service, can: "lg", read: readPolicies},
		{pattern: "identity/conditionalAccess/namedLocations", kind: "namedLocation", area: service, can: "lg", read: readPolicies},
		{pattern: "policies/authorizationPolicy", kind: "authorizationPolicy", area: directory, can: "o", read: "Policy.Read.All"},
		{pattern: "users/{user}/authentication/methods", kind: "authenticationMethod", area: service, can: "lg", read: readMethods},
		{pattern: "reports/authenticationMethods/userRegistrationDetails", kind: "userRegistrationDetails", area: service, can: "lg", read: readAudit, from: (*call).registrationDetails},
		{pattern: "roleManagement/directory/roleDefinitions", kind: "unifiedRoleDefinition", area: directory, can: "lg", read: readRoles, from: (*call).roleDefinitions},
		{pattern: "roleManagement/directory/roleAssignments", kind: "unifiedRoleAssignment", area: directory, can: "lg", read: readRoles, from: (*call).roleAssignments},
	}
	for _, m := range []string{"password", "phone", "microsoftAuthenticator", "fido2"} {
		can := "lgd"
		if m == "password" { // nobody is without one
			can = "lg"
		}
		all = append(all, shelf{
			pattern: "users/{user}/authentication/" + m + "Methods", at: "users/{user}/authentication/methods", kind: m + "AuthenticationMethod", area: service, can: can,
			read: readMethods, write: writeMethods, from: func(c *call) ([]Entity, error) { return c.methods(m + "AuthenticationMethod") },
		})
	}
	return all
}

func grantShelves() []shelf {
	const assignments = "servicePrincipals/{servicePrincipal}/appRoleAssignments"
	return []shelf{
		{pattern: assignments, kind: "appRoleAssignment", area: directory, can: "lgcd", read: readAssigned, write: writeAssign, complete: (*call).newRoleAssignment},
		{pattern: "servicePrincipals/{servicePrincipal}/appRoleAssignedTo", at: "servicePrincipals/{servicePrincipal}", kind: "appRoleAssignment", area: directory, can: "l", read: readAssigned, from: (*call).assignedTo},
		{pattern: "users/{user}/appRoleAssignments", kind: "appRoleAssignment", area: directory, can: "lg", read: readUsers},
		{pattern: "oauth2PermissionGrants", kind: "oAuth2PermissionGrant", area: directory, can: "lgud", read: readGrants, write: writeGrants, quiet: true},
		{pattern: "servicePrincipals/{servicePrincipal}/oauth2PermissionGrants", at: "oauth2PermissionGrants", kind: "oAuth2PermissionGrant", area: directory, can: "l", read: readGrants, from: func(c *call) ([]Entity, error) {
			return c.shelved("oauth2PermissionGrants", "clientId", "servicePrincipals", "servicePrincipal")
		}},
		{pattern: "users/{user}/oauth2PermissionGrants", at: "oauth2PermissionGrants", kind: "oAuth2PermissionGrant", area: directory, can: "l", read: readGrants, from: func(c *call) ([]Entity, error) {
			return c.shelved("oauth2PermissionGrants", "principalId", "users", "user")
		}},
	}
}

// shelved lists what is on a shelf and names in a property the id of what the path names.
func (c *call) shelved(place, property, collection, param string) ([]Entity, error) {
	id, err := c.idIn(collection, param)
	if err != nil {
		return nil, err
	}
	return c.g.chosen(place, func(e Entity) bool { return e[property] == id }), nil
}

// chosen lists what is on a shelf and fulfils a condition.
func (g *Graph) chosen(place string, holds func(Entity) bool) []Entity {
	var some []Entity
	for _, e := range g.o.Company.Shelves[place] {
		if holds(e) {
			some = append(some, e)
		}
	}
	return some
}

// methods lists a user's authentication methods of a kind.
func (c *call) methods(kind string) ([]Entity, error) {
	id, err := c.idIn("users", "user")
	if err != nil {
		return nil, err
	}
	return c.g.chosen("users/"+id+"/authentication/methods", func(e Entity) bool {
		return strings.EqualFold(text(e, "@odata.type"), "#microsoft.graph."+kind)
	}), nil
}
