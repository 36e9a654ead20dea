package company

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// app is an application of the tenant, from which registration and service principal are written.
type app struct {
	clientID, name, notes string
	roles                 []string // granted application permissions
	secrets               []secretOf
	owner                 string // UPN
	disabled              bool
	redirects             []string
	desktop               []string // redirects of a public client
	publicFlows           bool     // those that need no redirect are allowed to public clients
	audience              string   // who may sign in; "" means this tenant alone
	age                   int      // days
}

// secretOf describes a client secret; the secret itself exists nowhere.
type secretOf struct {
	name, hint string
	days       int // until it expires; negative: since
}

func apps() []app {
	return []app{
		{clientID: ClientID, name: ClientName, notes: "Gives assistants access to mail, files and the directory.", age: 160, owner: AdminUPN,
			roles: []string{"User.ReadWrite.All", "User.Read.All", "Directory.Read.All", "Group.ReadWrite.All", "Application.Read.All", "Mail.ReadWrite", "Mail.Send",
				"Calendars.ReadWrite", "Contacts.ReadWrite", "Files.ReadWrite.All", "Sites.ReadWrite.All", "AuditLog.Read.All",
				"MailboxSettings.ReadWrite", "GroupMember.ReadWrite.All", "LicenseAssignment.ReadWrite.All", "User.RevokeSessions.All", "UserAuthenticationMethod.ReadWrite.All",
				"AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "RoleManagement.ReadWrite.Directory", "Policy.Read.All",
				"Tasks.ReadWrite.All", "Team.ReadBasic.All", "Channel.ReadBasic.All", "ChannelMessage.Read.All", "TeamMember.Read.All", "Chat.Read.All", "Presence.Read.All",
				"Reports.Read.All", "ServiceHealth.Read.All", "ServiceMessage.Read.All", "SecurityAlert.ReadWrite.All", "SecurityIncident.Read.All", "SecurityEvents.Read.All",
				"IdentityRiskyUser.Read.All", "Device.Read.All", "DeviceManagementManagedDevices.ReadWrite.All", "DeviceManagementManagedDevices.PrivilegedOperations.All"},
			secrets: []secretOf{{"production", "q7R", 205}}, redirects: []string{"http://localhost"}},
		{clientID: LimitedClientID, name: LimitedClientName, notes: "Fills the phone directory on the lobby screens.", age: 900, owner: AdminUPN,
			roles: []string{"User.Read.All"}, secrets: []secretOf{{"lobby screens", "w0X", 9}}},
		{clientID: DisabledClientID, name: DisabledName, notes: "Switched off with the old intranet.", age: 2100, disabled: true,
			roles: []string{"User.Read.All", "Sites.Read.All"}, secrets: []secretOf{{"2021", "Zk2", -640}}},
		{clientID: guid("app calibration"), name: "Calibration Certificate Portal", notes: "Customers fetch certificates here.", age: 700, owner: MemberUPN,
			roles: []string{"Sites.ReadWrite.All"}, secrets: []secretOf{{"old", "e1m", -20}, {"renewed", "P9d", 345}}, redirects: []string{"https://certificates." + Domain + "/signin"}},
		{clientID: guid("app backup"), name: "Nightly Mail Archive", notes: "", age: 1300,
			roles: []string{"User.Read.All", "Mail.Read"}, secrets: []secretOf{{"archive", "aa8", 61}}},
		{clientID: guid("app buoys"), name: "Buoy Telemetry Bridge", notes: "Posts positions of moored buoys to the operations site.", age: 420, owner: MemberUPN,
			roles: []string{"Sites.Read.All", "Files.ReadWrite.All"}, secrets: nil},
		{clientID: DesktopClientID, name: DesktopName, notes: "Signs people in on their own machines.", age: 75, owner: AdminUPN,
			desktop: []string{"http://localhost"}, publicFlows: true, audience: "AzureADandPersonalMicrosoftAccount"},
		{clientID: KioskClientID, name: KioskName, notes: "Visitors register at the screen in the lobby.", age: 260,
			desktop: []string{"https://kiosk." + Domain + "/signed-in"}},
	}
}

// addApplications makes the registrations, their service principals and that of Microsoft Graph.
func (b *builder) addApplications() {
	for _, a := range apps() {
		object := guid("application " + a.clientID)
		b.Applications = append(b.Applications, b.application(a, object))
		b.Owners[object] = []string{}
		if owner := b.byUPN[a.owner]; owner != nil {
			b.Owners[object] = append(b.Owners[object], owner.id)
		}
		sp := b.servicePrincipal(a.clientID, a.name, TenantID, b.daysAgo(a.age, 9, 30))
		sp["accountEnabled"], sp["notes"] = !a.disabled, orNil(a.notes)
		sp["tags"] = list("WindowsAzureActiveDirectoryIntegratedApp")
		sp["replyUrls"] = list(slices.Concat(a.redirects, a.desktop)...)
		sp["signInAudience"] = cmp.Or(a.audience, "AzureADMyOrg")
		b.ServicePrincipals = append(b.ServicePrincipals, sp)
	}
	for _, m := range managedIdentities() {
		sp := b.servicePrincipal(m.clientID, m.name, TenantID, b.daysAgo(m.age, 11, 5))
		sp["servicePrincipalType"], sp["alternativeNames"] = "ManagedIdentity", list(m.names...)
		b.ServicePrincipals = append(b.ServicePrincipals, sp)
	}
	const microsoft = "f8cdef31-a31e-4b4a-93e4-5f571e91255a" // the tenant that owns Microsoft's own apps
	for _, own := range [][2]string{{GraphAppID, "Microsoft Graph"}, {ResourceManagerAppID, "Windows Azure Service Management API"}} {
		sp := b.servicePrincipal(own[0], own[1], microsoft, b.daysAgo(4300, 7, 0))
		if own[0] == GraphAppID {
			sp["appRoles"], sp["oauth2PermissionScopes"] = graphRoles(), graphScopes()
			sp["servicePrincipalNames"] = list(GraphAppID, "https://graph.microsoft.com")
		}
		b.ServicePrincipals = append(b.ServicePrincipals, sp)
	}
}

func (b *builder) application(a app, object string) Entity {
	return Entity{
		"id": object, "appId": a.clientID, "displayName": a.name, "createdDateTime": stamp(b.daysAgo(a.age, 9, 28)), "deletedDateTime": nil,
		"description": nil, "notes": orNil(a.notes), "signInAudience": cmp.Or(a.audience, "AzureADMyOrg"), "publisherDomain": Domain, "identifierUris": []any{},
		"applicationTemplateId": nil, "disabledByMicrosoftStatus": nil, "groupMembershipClaims": nil, "isDeviceOnlyAuthSupported": nil,
		"isFallbackPublicClient": orNull(a.publicFlows), "serviceManagementReference": nil, "tags": []any{}, "certification": nil, "defaultRedirectUri": nil,
		"samlMetadataUrl": nil, "tokenEncryptionKeyId": nil, "optionalClaims": nil, "requestSignatureVerification": nil, "uniqueName": nil,
		"addIns": []any{}, "appRoles": []any{}, "keyCredentials": []any{}, "passwordCredentials": b.passwordCredentials(a),
		"api":                               Entity{"acceptMappedClaims": nil, "knownClientApplications": []any{}, "requestedAccessTokenVersion": nil, "oauth2PermissionScopes": []any{}, "preAuthorizedApplications": []any{}},
		"info":                              Entity{"logoUrl": nil, "marketingUrl": nil, "privacyStatementUrl": nil, "supportUrl": nil, "termsOfServiceUrl": nil},
		"parentalControlSettings":           Entity{"countriesBlockedForMinors": []any{}, "legalAgeGroupRule": "Allow"},
		"publicClient":                      Entity{"redirectUris": list(a.desktop...)},
		"requiredResourceAccess":            list(Entity{"resourceAppId": GraphAppID, "resourceAccess": resourceAccess(a.roles)}),
		"servicePrincipalLockConfiguration": nil,
		"spa":                               Entity{"redirectUris": []any{}},
		"verifiedPublisher":                 Entity{"displayName": nil, "verifiedPublisherId": nil, "addedDateTime": nil},
		"web":                               Entity{"homePageUrl": nil, "logoutUrl": nil, "redirectUris": list(a.redirects...), "implicitGrantSettings": Entity{"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false}, "redirectUriSettings": []any{}},
	}
}

// passwordCredentials describes the secrets; secretText is null, as Graph answers after creation.
func (b *builder) passwordCredentials(a app) []any {
	credentials := []any{}
	for i, s := range a.secrets {
		ends := b.daysAgo(-s.days, 23, 59)
		credentials = append(credentials, Entity{
			"customKeyIdentifier": nil, "displayName": s.name, "endDateTime": stamp(ends), "hint": s.hint,
			"keyId": guid(fmt.Sprint("secret ", a.clientID, i)), "secretText": nil, "startDateTime": stamp(ends.Add(-365 * 24 * time.Hour)),
		})
	}
	return credentials
}

// resourceAccess asks for the roles, and for User.Read as every new registration does.
func resourceAccess(roles []string) []any {
	access := list(Entity{"id": userReadScope, "type": "Scope"})
	for _, p := range permissions() {
		for _, role := range roles {
			if role == p.value {
				access = append(access, any(Entity{"id": p.id, "type": "Role"}))
			}
		}
	}
	return access
}

func graphRoles() []any {
	roles := []any{}
	for _, p := range permissions() {
		roles = append(roles, Entity{
			"allowedMemberTypes": list("Application"), "description": p.display + ", without a signed-in user.", "displayName": p.display,
			"id": p.id, "isEnabled": true, "origin": "Application", "value": p.value,
		})
	}
	return roles
}

func graphScopes() []any {
	scopes := []any{}
	for _, p := range delegatedPermissions() {
		scopes = append(scopes, Entity{
			"adminConsentDescription": p.display + " on behalf of the signed-in user.", "adminConsentDisplayName": p.display, "id": p.id, "isEnabled": true, "type": "User",
			"userConsentDescription": p.display + " for you.", "userConsentDisplayName": p.display, "value": p.value,
		})
	}
	return scopes
}

func (b *builder) servicePrincipal(clientID, name, owner string, created time.Time) Entity {
	return Entity{
		"id": guid("service principal " + clientID), "appId": clientID, "displayName": name, "appDisplayName": name, "appOwnerOrganizationId": owner,
		"createdDateTime": stamp(created), "deletedDateTime": nil, "accountEnabled": true, "alternativeNames": []any{}, "appDescription": nil,
		"appRoleAssignmentRequired": false, "applicationTemplateId": nil, "description": nil, "disabledByMicrosoftStatus": nil, "homepage": nil,
		"loginUrl": nil, "logoutUrl": nil, "notes": nil, "notificationEmailAddresses": []any{}, "preferredSingleSignOnMode": nil,
		"preferredTokenSigningKeyThumbprint": nil, "replyUrls": []any{}, "servicePrincipalNames": list(clientID), "servicePrincipalType": "Application",
		"signInAudience": "AzureADMyOrg", "tags": []any{}, "tokenEncryptionKeyId": nil, "samlSingleSignOnSettings": nil, "addIns": []any{},
		"appRoles": []any{}, "oauth2PermissionScopes": []any{}, "keyCredentials": []any{}, "passwordCredentials": []any{}, "resourceSpecificApplicationPermissions": []any{},
		"info":              Entity{"logoUrl": nil, "marketingUrl": nil, "privacyStatementUrl": nil, "supportUrl": nil, "termsOfServiceUrl": nil},
		"verifiedPublisher": Entity{"displayName": nil, "verifiedPublisherId": nil, "addedDateTime": nil},
	}
}

// orNull is how Graph shows a switch that nobody has touched.
func orNull(on bool) any {
	if !on {
		return nil
	}
	return true
}

// orNil is how Graph shows an empty text.
func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}
