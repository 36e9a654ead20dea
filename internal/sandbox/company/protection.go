package company

import "fmt"

// addSecurity makes alerts, incidents, scores, people at risk and the policies of Conditional Access.
func (b *builder) addSecurity() {
	incident := "2614"
	b.shelve("security/incidents", b.finding(Entity{
		"id": incident, "displayName": "Multi-stage incident involving Initial access & Credential access", "severity": "high", "status": "active", "assignedTo": AdminUPN,
		"incidentWebUrl": "https://security.microsoft.com/incidents/" + incident + "?tid=" + TenantID, "redirectIncidentId": nil, "customTags": list("phishing"),
		"systemTags": []any{}, "description": "A phishing mail led to a sign-in from an unknown place.", "summary": nil, "lastModifiedBy": "Microsoft 365 Defender", "resolvingComment": nil,
	}, 1))
	for i, a := range []struct{ title, severity, status, category, service, description string }{
		{"Suspicious inbox forwarding rule", "high", "new", "Collection", "microsoftDefenderForOffice365", "A rule forwards mail with the word invoice to an outside address."},
		{"Unfamiliar sign-in properties", "medium", "new", "InitialAccess", "azureAdIdentityProtection", "A sign-in came from a country where this person was never seen."},
		{"Email messages containing malicious URL removed after delivery", "informational", "inProgress", "InitialAccess", "microsoftDefenderForOffice365", "Three messages were taken out of mailboxes."},
		{"Malware was prevented", "low", "resolved", "Malware", "microsoftDefenderForEndpoint", "The antivirus stopped a downloaded program."},
	} {
		id := "da" + guid("alert " + a.title)[:8] + "_-1"
		b.shelve("security/alerts_v2", b.finding(Entity{
			"id": id, "providerAlertId": id, "title": a.title, "severity": a.severity, "status": a.status, "category": a.category, "serviceSource": a.service, "detectionSource": a.service,
			"description": a.description, "incidentId": incident, "incidentWebUrl": "https://security.microsoft.com/incidents/" + incident + "?tid=" + TenantID,
			"alertWebUrl": "https://security.microsoft.com/alerts/" + id + "?tid=" + TenantID, "assignedTo": nil, "productName": nil, "detectorId": guid("detector " + a.category),
			"actorDisplayName": nil, "threatDisplayName": nil, "threatFamilyName": nil, "recommendedActions": "Check the sign-ins and reset the password.", "mitreTechniques": list("T1114.003"),
			"firstActivityDateTime": stamp(b.daysAgo(i+1, 5, 3)), "lastActivityDateTime": stamp(b.daysAgo(i, 6, 44)), "resolvedDateTime": nil, "evidence": []any{}, "alertPolicyId": nil, "systemTags": []any{},
		}, i))
	}
	for day := range 7 {
		b.shelve("security/secureScores", Entity{
			"id": TenantID + "_" + b.daysAgo(day, 0, 0).Format("2006-01-02"), "azureTenantId": TenantID, "activeUserCount": int64(231), "licensedUserCount": int64(280),
			"createdDateTime": stamp(b.daysAgo(day, 0, 0)), "currentScore": 412.5 - float64(day), "maxScore": 655.0, "enabledServices": list("HasExchange", "HasSharePoint"),
			"controlScores": list(Entity{"controlCategory": "Identity", "controlName": "MFARegistrationV2", "score": 7.2, "description": "People who have registered a second factor."}),
		})
	}
	b.addRisks()
	b.addAccessPolicies()
}

// finding completes an alert or incident.
func (b *builder) finding(e Entity, days int) Entity {
	e["tenantId"], e["classification"], e["determination"], e["comments"] = TenantID, nil, nil, []any{}
	e["createdDateTime"], e["lastUpdateDateTime"] = stamp(b.daysAgo(days, 7, 10)), stamp(b.daysAgo(days, 8, 30))
	return e
}

func (b *builder) addRisks() {
	for i, upn := range []string{ctoUPN, BlockedUPN} {
		p := b.byUPN[upn]
		level := []string{"medium", "high"}[i]
		b.shelve("identityProtection/riskyUsers", Entity{
			"id": p.id, "isDeleted": false, "isProcessing": false, "riskDetail": "none", "riskLastUpdatedDateTime": stamp(b.daysAgo(i+1, 3, 3)), "riskLevel": level, "riskState": "atRisk",
			"userDisplayName": p.display, "userPrincipalName": p.upn,
		})
		b.shelve("identityProtection/riskDetections", Entity{
			"id": guid("risk " + upn), "activityDateTime": stamp(b.daysAgo(i+1, 3, 0)), "detectedDateTime": stamp(b.daysAgo(i+1, 3, 2)), "ipAddress": fmt.Sprint("198.51.100.", 20+i),
			"riskEventType": "unfamiliarFeatures", "riskLevel": level, "riskState": "atRisk", "riskDetail": "none", "source": "IdentityProtection", "userId": p.id,
			"userDisplayName": p.display, "userPrincipalName": p.upn, "location": Entity{"city": "Lisbon", "state": "Lisboa", "countryOrRegion": "PT"},
		})
	}
}

func (b *builder) addAccessPolicies() {
	for i, p := range []struct {
		name, state string
		control     string
	}{
		{"Require MFA for administrators", "enabled", "mfa"}, {"Block legacy authentication", "enabled", "block"}, {"Require compliant devices", "enabledForReportingButNotEnforced", "compliantDevice"},
	} {
		b.shelve("identity/conditionalAccess/policies", Entity{
			"id": guid("policy " + p.name), "displayName": p.name, "description": nil, "templateId": nil, "state": p.state, "createdDateTime": stamp(b.daysAgo(600-i, 9, 0)), "modifiedDateTime": nil,
			"deletedDateTime": nil, "sessionControls": nil,
			"conditions": Entity{
				"clientAppTypes": list("all"), "signInRiskLevels": []any{}, "userRiskLevels": []any{}, "locations": nil,
				"applications": Entity{"includeApplications": list("All"), "excludeApplications": []any{}, "includeUserActions": []any{}},
				"users":        Entity{"includeUsers": list("All"), "excludeUsers": list(AdminID), "includeGroups": []any{}, "excludeGroups": []any{}, "includeRoles": []any{}, "excludeRoles": []any{}},
			},
			"grantControls": Entity{"operator": "OR", "builtInControls": list(p.control), "customAuthenticationFactors": []any{}, "termsOfUse": []any{}},
		})
	}
	b.shelve("identity/conditionalAccess/namedLocations", Entity{
		"@odata.type": "#microsoft.graph.countryNamedLocation", "id": guid("location offices"), "displayName": "Countries with an office", "countriesAndRegions": list("DE", "JP", "CN", "PT"),
		"includeUnknownCountriesAndRegions": false, "createdDateTime": stamp(b.daysAgo(600, 9, 0)), "modifiedDateTime": nil, "deletedDateTime": nil,
	})
	b.shelve("policies/authorizationPolicy", Entity{
		"id": "authorizationPolicy", "displayName": "Authorization Policy", "description": "Used to manage authorization related settings across the company.", "deletedDateTime": nil,
		"allowInvitesFrom": "adminsAndGuestInviters", "allowedToSignUpEmailBasedSubscriptions": true, "allowedToUseSSPR": true, "allowEmailVerifiedUsersToJoinOrganization": false,
		"blockMsolPowerShell": false, "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3", "allowUserConsentForRiskyApps": nil,
		"defaultUserRolePermissions": Entity{"allowedToCreateApps": false, "allowedToCreateSecurityGroups": false, "allowedToReadOtherUsers": true, "permissionGrantPoliciesAssigned": list("ManagePermissionGrantsForSelf.microsoft-user-default-low")},
	})
}
