package graphsim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// actionRoutes are those of actions, and of references, on what is elsewhere.
func actionRoutes() []route {
	const privileged = "DeviceManagementManagedDevices.PrivilegedOperations.All"
	const writeLicences = "LicenseAssignment.ReadWrite.All " + writeUsers
	all := in(directory,
		route{method: "POST", pattern: "users/{user}/revokeSignInSessions", needs: "User.RevokeSessions.All " + writeUsers, serve: (*call).revokeSessions},
		route{method: "POST", pattern: "users/{user}/assignLicense", needs: writeLicences, serve: (*call).assignLicense},
		route{method: "GET", pattern: "directoryRoles/{id}/members/$ref", needs: readRoles, serve: (*call).listRoleMembers},
		route{method: "POST", pattern: "directoryRoles/{id}/members/$ref", needs: writeRoles, serve: (*call).addRoleMember},
		route{method: "DELETE", pattern: "directoryRoles/{id}/members/{member}/$ref", needs: writeRoles, serve: (*call).removeRoleMember},
		route{method: "PATCH", pattern: "servicePrincipals/{id}", needs: writeApps, serve: (*call).updateServicePrincipal},
		route{method: "GET", pattern: "servicePrincipals/{id}/owners", needs: readApps, serve: (*call).listPrincipalOwners},
		route{method: "POST", pattern: "invitations", needs: "User.Invite.All " + writeUsers, serve: (*call).invite},
	)
	for _, action := range words("syncDevice retire wipe remoteLock rebootNow") {
		all = append(all, in(service, route{method: "POST", pattern: "deviceManagement/managedDevices/{managedDevice}/" + action, needs: privileged,
			serve: func(c *call) (*answer, error) { return c.commandDevice(action) }})...)
	}
	return slices.Concat(all, in(service, route{method: "POST", pattern: "communications/getPresencesByUserId", needs: "Presence.Read.All Presence.ReadWrite.All", serve: (*call).getPresences},
		route{method: "GET", pattern: "users/{user}/onenote/pages/{onenotePage}/content", needs: readNotes, serve: (*call).pageContent}),
		in(outlook, route{method: "PATCH", pattern: "users/{user}/mailboxSettings", needs: "MailboxSettings.ReadWrite", serve: (*call).updateMailboxSettings}),
		in(files,
			route{method: "GET", pattern: "DRIVE/sharedWithMe", needs: readFiles, serve: (*call).sharedWithMe},
			route{method: "POST", pattern: "ITEM/invite", needs: writeFiles, serve: (*call).share},
			route{method: "POST", pattern: "ITEM/createLink", needs: writeFiles, serve: (*call).createLink},
			route{method: "DELETE", pattern: "ITEM/permissions/{permission}", needs: writeFiles, serve: (*call).deletePermission}))
}

// revokeSessions follows https://learn.microsoft.com/graph/api/user-revokesigninsessions.
func (c *call) revokeSessions() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	now := c.g.stamp()
	c.g.save(c.g.kinds.user, merged(u, Entity{"signInSessionsValidFromDateTime": now, "refreshTokensValidFromDateTime": now}))
	if c.g.o.SignOut != nil {
		c.g.o.SignOut(text(u, "userPrincipalName"))
	}
	return &answer{value: Entity{"@odata.context": c.context("Edm.Boolean"), "value": true}}, nil
}

// assignLicense follows https://learn.microsoft.com/graph/api/user-assignlicense.
func (c *call) assignLicense() (*answer, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	added, ok := body["addLicenses"].([]any)
	removed, has := body["removeLicenses"].([]any)
	if !ok || !has {
		return nil, directory.refuse400("addLicenses and removeLicenses are required; one of them may be empty.")
	}
	held, _ := u["assignedLicenses"].([]any)
	held = slices.Clone(held)
	at := func(sku any) int {
		return slices.IndexFunc(held, func(l any) bool { licence, _ := l.(map[string]any); return licence["skuId"] == sku })
	}
	for _, sku := range removed {
		i := at(sku)
		if i < 0 {
			return nil, directory.refuse400("User does not have a corresponding license.")
		}
		held = slices.Delete(held, i, i+1)
	}
	for _, l := range added {
		licence, _ := l.(map[string]any)
		if _, known := find(c.g.o.Company.SubscribedSkus, segment{text: text(licence, "skuId"), property: "skuId"}); !known {
			return nil, directory.refuse400("License %s does not correspond to a valid company License.", text(licence, "skuId"))
		}
		if u["usageLocation"] == nil {
			return nil, directory.refuse400("License assignment cannot be done for user with invalid usage location.")
		}
		if at(licence["skuId"]) < 0 {
			held = append(held, Entity{"skuId": licence["skuId"], "disabledPlans": []any{}})
		}
	}
	u = merged(u, Entity{"assignedLicenses": held})
	c.g.save(c.g.kinds.user, u)
	return c.g.kinds.user.one(u), nil
}

func (c *call) addRoleMember() (*answer, error) {
	role, ok := find(c.g.o.Company.DirectoryRoles, c.params["id"])
	if !ok {
		return nil, directory.notFound(c.text("id"))
	}
	t, err := c.referred()
	if err != nil {
		return nil, err
	}
	return &answer{}, c.g.refer(c.g.o.Company.Members, text(role, "id"), text(t.entity, "id"), "members")
}

func (c *call) removeRoleMember() (*answer, error) {
	role, ok := find(c.g.o.Company.DirectoryRoles, c.params["id"])
	members := c.g.o.Company.Members[text(role, "id")]
	at := slices.IndexFunc(members, func(id string) bool { return strings.EqualFold(id, c.text("member")) })
	if !ok || at < 0 {
		return nil, directory.notFound(c.text("member"))
	}
	c.g.o.Company.Members[text(role, "id")] = slices.Delete(slices.Clone(members), at, at+1)
	return &answer{}, nil
}

func (c *call) updateServicePrincipal() (*answer, error) {
	e, ok := find(c.g.o.Company.ServicePrincipals, c.params["id"])
	if !ok {
		return nil, directory.notFound(c.text("id"))
	}
	given, err := c.properties(c.g.kinds.servicePrincipal, "id", "appId", "createdDateTime", "appOwnerOrganizationId")
	if err != nil {
		return nil, err
	}
	e = merged(e, given)
	c.g.o.Company.ServicePrincipals = put(c.g.o.Company.ServicePrincipals, e)
	c.g.objects[text(e, "id")] = thing{e, c.g.kinds.servicePrincipal}
	return &answer{}, nil
}

func (c *call) listPrincipalOwners() (*answer, error) {
	e, ok := find(c.g.o.Company.ServicePrincipals, c.params["id"])
	if !ok {
		return nil, directory.notFound(c.text("id"))
	}
	app, _ := find(c.g.o.Company.Applications, segment{text: text(e, "appId"), property: "appId"})
	return c.g.mixed(c.g.objectsOf(c.g.o.Company.Owners[text(app, "id")])), nil
}

// invite follows https://learn.microsoft.com/graph/api/invitation-post. No mail is sent.
func (c *call) invite() (*answer, error) {
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	mail := text(body, "invitedUserEmailAddress")
	if !strings.Contains(mail, "@") || text(body, "inviteRedirectUrl") == "" {
		return nil, directory.refuse400("Invalid invitation: invitedUserEmailAddress and inviteRedirectUrl are required.")
	}
	u := maps.Clone(c.g.kinds.user.blank)
	maps.Copy(u, Entity{
		"id": newGUID(), "displayName": text(body, "invitedUserDisplayName"), "mail": mail, "userType": "Guest", "accountEnabled": true, "createdDateTime": c.g.stamp(),
		"creationType": "Invitation", "externalUserState": "PendingAcceptance", "userPrincipalName": strings.Replace(mail, "@", "_", 1) + "#EXT#@" + c.g.defaultDomain(),
	})
	if u["displayName"] == "" {
		u["displayName"], _, _ = strings.Cut(mail, "@")
	}
	c.g.save(c.g.kinds.user, u)
	answered := merged(body, Entity{
		"@odata.context": c.context("invitations/$entity"), "id": newGUID(), "status": "PendingAcceptance", "invitedUserType": "Guest", "inviteRedeemUrl": "https://login.microsoftonline.com/redeem",
		"invitedUser": Entity{"id": u["id"], "userPrincipalName": u["userPrincipalName"]},
	})
	return &answer{status: http.StatusCreated, value: answered}, nil
}

// commandDevice follows the remote actions of https://learn.microsoft.com/graph/api/resources/intune-devices-manageddevice.
func (c *call) commandDevice(action string) (*answer, error) {
	const place = "deviceManagement/managedDevices"
	d, ok := find(c.g.o.Company.Shelves[place], c.params["managedDevice"])
	if !ok {
		return nil, service.notFound(c.text("managedDevice"))
	}
	switch action {
	case "syncDevice":
		c.g.o.Company.Shelves[place] = put(c.g.o.Company.Shelves[place], merged(d, Entity{"lastSyncDateTime": c.g.stamp()}))
	case "retire", "wipe":
		c.g.o.Company.Shelves[place] = put(c.g.o.Company.Shelves[place], merged(d, Entity{"complianceState": "unknown", "notes": action + " was requested"}))
	}
	return &answer{}, nil
}

// mailboxSettings are a mailbox's as they are now.
func (c *call) mailboxSettings() (string, Entity, error) {
	u, err := c.mailbox()
	if err != nil {
		return "", nil, err
	}
	place := "users/" + text(u, "id") + "/mailboxSettings"
	if kept := c.g.o.Company.Shelves[place]; len(kept) > 0 {
		return place, kept[0], nil
	}
	return place, Entity{
		"id": place, "timeZone": "UTC", "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly", "dateFormat": "yyyy-MM-dd", "timeFormat": "HH:mm", "userPurpose": "user",
		"archiveFolder": c.g.wellKnownFolder(text(u, "id"), "archive"), "language": Entity{"locale": "en-US", "displayName": "English (United States)"},
		"automaticRepliesSetting": Entity{"status": "disabled", "externalAudience": "all", "internalReplyMessage": "", "externalReplyMessage": ""},
		"workingHours":            Entity{"daysOfWeek": []any{"monday", "tuesday", "wednesday", "thursday", "friday"}, "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000", "timeZone": Entity{"name": "UTC"}},
	}, nil
}

func (c *call) showSettings(settings Entity) *answer {
	shown := merged(settings, Entity{"@odata.context": c.context(c.contextPath(false))})
	delete(shown, "id")
	return &answer{value: shown}
}

func (c *call) getMailboxSettings() (*answer, error) {
	_, settings, err := c.mailboxSettings()
	if err != nil {
		return nil, err
	}
	return c.showSettings(settings), nil
}

// updateMailboxSettings follows https://learn.microsoft.com/graph/api/user-update-mailboxsettings.
func (c *call) updateMailboxSettings() (*answer, error) {
	place, settings, err := c.mailboxSettings()
	if err != nil {
		return nil, err
	}
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	given := Entity{}
	for name, value := range body {
		switch _, known := settings[name]; {
		case strings.Contains(name, "@"):
		case !known || name == "id" || name == "archiveFolder" || name == "userPurpose":
			return nil, outlook.refuse400("The property '%s' can't be changed here.", name)
		default:
			given[name] = value
		}
	}
	replies, _ := given["automaticRepliesSetting"].(map[string]any)
	if s := text(replies, "status"); s != "" && !slices.Contains(words("disabled alwaysEnabled scheduled"), s) {
		return nil, outlook.refuse400("Cannot convert the literal '%s' to the expected type 'microsoft.graph.automaticRepliesStatus'.", s)
	}
	settings = merged(settings, given)
	c.g.o.Company.Shelves[place] = []Entity{settings}
	return c.showSettings(settings), nil
}
