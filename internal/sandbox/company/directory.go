package company

// addDirectory makes the tenant itself: organization, domains, licences and directory roles.
func (b *builder) addDirectory() {
	b.Organization = b.organization()
	b.Domains = domains()
	b.SubscribedSkus = b.subscribedSkus()
	for _, r := range []struct {
		template, name, description string
		members                     []string
	}{
		{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator", "Manages every part of the tenant.", []string{AdminUPN}},
		{"f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", "Reads what a Global Administrator may read.", []string{cfoUPN}},
		{"fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", "Manages users and groups.", []string{AdminUPN, "chiara.dangelo@" + Domain}},
		{"729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator", "Resets passwords of people who are not administrators.", nil},
		{"29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", "Manages mailboxes.", []string{AdminUPN}},
		{"f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator", "Manages sites and OneDrive.", []string{AdminUPN}},
	} {
		id := guid("role " + r.template)
		b.DirectoryRoles = append(b.DirectoryRoles, Entity{
			"id": id, "deletedDateTime": nil, "description": r.description, "displayName": r.name, "roleTemplateId": r.template,
		})
		b.Members[id] = []string{}
		for _, upn := range r.members {
			b.Members[id] = append(b.Members[id], b.byUPN[upn].id)
		}
		if r.name == "Helpdesk Administrator" {
			b.Members[id] = b.where(func(p *person) bool { return p.title == "Service Desk Analyst" })
		}
	}
}

// where lists the ids of the employees that a condition holds for.
func (b *builder) where(holds func(*person) bool) []string {
	ids := []string{}
	for _, p := range b.staff {
		if holds(p) {
			ids = append(ids, p.id)
		}
	}
	return ids
}

func (b *builder) organization() Entity {
	verified := []any{}
	for i, name := range []string{TenantDomain, Domain, "merisand.mail.onmicrosoft.com"} {
		verified = append(verified, Entity{"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": i == 1, "isInitial": i == 0, "name": name, "type": "Managed"})
	}
	plans := []any{}
	for _, service := range []string{"exchange", "SharePoint", "TeamspaceAPI", "AADPremiumService"} {
		plans = append(plans, Entity{"assignedDateTime": stamp(b.daysAgo(1400, 6, 0)), "capabilityStatus": "Enabled", "service": service, "servicePlanId": guid("plan " + service)})
	}
	return Entity{
		"id": TenantID, "displayName": Name, "tenantType": "AAD", "createdDateTime": stamp(b.daysAgo(4300, 6, 12)), "deletedDateTime": nil,
		"street": "Förderufer 12", "postalCode": "24103", "city": "Kiel", "state": "Schleswig-Holstein", "country": nil, "countryLetterCode": "DE",
		"preferredLanguage": "en", "businessPhones": list("+49 431 5550"), "defaultUsageLocation": nil, "isMultipleDataLocationsForServicesEnabled": nil,
		"marketingNotificationEmails": []any{}, "technicalNotificationMails": list("it@" + Domain), "securityComplianceNotificationMails": []any{},
		"securityComplianceNotificationPhones": []any{}, "onPremisesLastSyncDateTime": nil, "onPremisesSyncEnabled": nil, "onPremisesSyncStatus": []any{},
		"partnerTenantType": nil, "assignedPlans": plans, "provisionedPlans": []any{}, "verifiedDomains": verified,
		"directorySizeQuota": Entity{"used": int64(1204), "total": int64(300000)}, "privacyProfile": Entity{"contactEmail": "privacy@" + Domain, "statementUrl": "https://www." + Domain + "/privacy"},
	}
}

func domains() []Entity {
	domain := func(name string, isDefault, isInitial, isVerified bool) Entity {
		return Entity{
			"id": name, "authenticationType": "Managed", "availabilityStatus": nil, "isAdminManaged": true, "isDefault": isDefault, "isInitial": isInitial,
			"isRoot": true, "isVerified": isVerified, "model": nil, "passwordNotificationWindowInDays": int64(14), "passwordValidityPeriodInDays": int64(2147483647),
			"state": nil, "supportedServices": list("Email", "OfficeCommunicationsOnline"),
		}
	}
	return []Entity{
		domain(TenantDomain, false, true, true), domain(Domain, true, false, true),
		domain("merisand-service.example", false, false, true), domain("merisand-academy.example", false, false, false),
	}
}

func (b *builder) subscribedSkus() []Entity {
	used := map[string]int64{}
	for _, p := range b.staff {
		for _, licence := range licences(p) {
			used[licence.(Entity)["skuId"].(string)]++
		}
	}
	sku := func(id, part string, bought int64, plans ...string) Entity {
		servicePlans := []any{}
		for _, plan := range plans {
			servicePlans = append(servicePlans, Entity{"servicePlanId": guid("plan " + plan), "servicePlanName": plan, "provisioningStatus": "Success", "appliesTo": "User"})
		}
		return Entity{
			"id": TenantID + "_" + id, "accountId": TenantID, "accountName": "merisand", "skuId": id, "skuPartNumber": part, "appliesTo": "User", "capabilityStatus": "Enabled",
			"consumedUnits": used[id], "prepaidUnits": Entity{"enabled": bought, "suspended": int64(0), "warning": int64(0), "lockedOut": int64(0)},
			"servicePlans": servicePlans, "subscriptionIds": list(guid("subscription " + id)),
		}
	}
	return []Entity{
		sku(skuE5, "SPE_E5", 25, "EXCHANGE_S_ENTERPRISE", "SHAREPOINTENTERPRISE", "TEAMS1", "AAD_PREMIUM_P2"),
		sku(skuE3, "SPE_E3", 280, "EXCHANGE_S_ENTERPRISE", "SHAREPOINTENTERPRISE", "TEAMS1", "AAD_PREMIUM"),
		sku(skuF3, "SPE_F1", 60, "EXCHANGE_S_DESKLESS", "SHAREPOINTDESKLESS", "TEAMS1"),
		sku(skuVisio, "VISIOCLIENT", 30, "VISIO_CLIENT_SUBSCRIPTION"),
		sku(skuFlowFree, "FLOW_FREE", 10000, "FLOW_P2_VIRAL"),
	}
}
