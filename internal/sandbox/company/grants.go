package company

import "time"

// addGrants writes what apps may do: the application permissions that an administrator granted them, and the delegated
// ones that people or an administrator consented to.
func (b *builder) addGrants() {
	graph := guid("service principal " + GraphAppID)
	ids := map[string]string{}
	for _, p := range permissions() {
		ids[p.value] = p.id
	}
	for _, a := range apps() {
		b.grantRoles(a.clientID, a.name, a.roles, b.daysAgo(a.age, 9, 40), ids)
	}
	for _, m := range managedIdentities() {
		b.grantRoles(m.clientID, m.name, m.roles, b.daysAgo(m.age, 11, 20), ids)
	}
	for _, g := range []struct{ client, person, scope string }{
		{ClientID, "", "User.Read openid profile offline_access"},
		{guid("app calibration"), "", "User.Read Directory.Read.All"},
		{guid("app calibration"), AdminID, "Mail.Read offline_access"},
		{DesktopClientID, MemberID, "User.Read Mail.Read Calendars.Read Files.Read"},
		{KioskClientID, CEOID, "User.Read Files.ReadWrite.All"},
	} {
		grant := Entity{
			"id": guid("grant " + g.client + g.person + g.scope)[:22] + "AA", "clientId": guid("service principal " + g.client), "consentType": "AllPrincipals",
			"principalId": nil, "resourceId": graph, "scope": g.scope,
		}
		if g.person != "" {
			grant["consentType"], grant["principalId"] = "Principal", g.person
		}
		b.shelve("oauth2PermissionGrants", grant)
	}
}

func (b *builder) grantRoles(clientID, name string, roles []string, at time.Time, ids map[string]string) {
	principal := guid("service principal " + clientID)
	for _, role := range roles {
		b.shelve("servicePrincipals/"+principal+"/appRoleAssignments", Entity{
			"id": guid("assignment " + clientID + role), "deletedDateTime": nil, "appRoleId": ids[role], "createdDateTime": stamp(at),
			"principalDisplayName": name, "principalId": principal, "principalType": "ServicePrincipal",
			"resourceDisplayName": "Microsoft Graph", "resourceId": guid("service principal " + GraphAppID),
		})
	}
}
