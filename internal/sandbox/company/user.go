package company

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// The licences of the company: SKU ids and names as Microsoft publishes them.
const (
	skuE5       = "06ebc4ee-1bb5-47dd-8120-11324bc54e06" // SPE_E5
	skuE3       = "05e9a617-0261-4cee-bb44-138d3ef5d965" // SPE_E3
	skuF3       = "66b55226-6b4f-492c-910c-a3b7a3c9d993" // SPE_F1
	skuVisio    = "c5928f49-12ba-48f7-ada3-0d743a3601d5" // VISIOCLIENT
	skuFlowFree = "f30db892-07e9-47e9-837c-80727f46fd3d" // FLOW_FREE
)

// employee writes the user resource of a member of the staff.
func (b *builder) employee(p *person) Entity {
	throw := dice("user " + p.upn)
	u := b.account(p.id, p.display, p.upn, p.hired)
	local, _, _ := strings.Cut(p.upn, "@")
	o := p.office
	for key, value := range map[string]any{
		"givenName": p.given, "surname": p.family, "jobTitle": p.title, "department": p.department,
		"mail": p.upn, "mailNickname": local, "accountEnabled": !p.disabled, "userType": "Member",
		"officeLocation": fmt.Sprintf("%s/%d.%02d", o.code, 1+throw.IntN(4), throw.IntN(40)),
		"streetAddress":  o.street, "postalCode": o.postalCode, "city": o.city, "state": o.state, "country": o.country,
		"usageLocation": o.usage, "preferredLanguage": o.language, "companyName": Name,
		"businessPhones": []any{fmt.Sprintf("%s%03d", o.phone, p.number%1000)},
		"mobilePhone":    nil, "faxNumber": nil,
		"employeeId": fmt.Sprintf("M%05d", p.number), "employeeType": "Employee", "employeeHireDate": stamp(p.hired.Truncate(24 * time.Hour)),
		"employeeOrgData": Entity{"division": division(p.department), "costCenter": fmt.Sprintf("%d", 4000+len(p.department)*10)},
		"imAddresses":     list(p.upn),
		"proxyAddresses":  list("SMTP:"+p.upn, "smtp:"+local+"@"+TenantDomain),
		"otherMails":      []any{}, "assignedLicenses": licences(p), "assignedPlans": b.plans(p),
	} {
		u[key] = value
	}
	if throw.IntN(3) > 0 {
		u["mobilePhone"] = fmt.Sprintf("%s%03d", o.mobile, p.number%1000)
	}
	if p.department == "Sales" {
		u["otherMails"] = list(local + "@personal.example")
	}
	if !p.disabled {
		u["signInActivity"] = b.signIn(throw.IntN(12*24), p.id)
	}
	return u
}

// addPersonal makes the user of the personal account, of whom little is known.
func (b *builder) addPersonal() {
	b.Personal = b.account(PersonalID, "Robin Otter", PersonalUPN, b.daysAgo(3100, 18, 20))
	for key, value := range map[string]any{
		"givenName": "Robin", "surname": "Otter", "jobTitle": nil, "department": nil, "mail": nil, "userType": nil, "mailNickname": nil,
		"officeLocation": nil, "mobilePhone": nil, "businessPhones": []any{}, "preferredLanguage": nil,
	} {
		b.Personal[key] = value
	}
}

// account has what every user has, guests too.
func (b *builder) account(id, display, upn string, created time.Time) Entity {
	u := make(Entity, 80)
	maps.Copy(u, Entity{
		"id": id, "displayName": display, "userPrincipalName": upn, "createdDateTime": stamp(created), "deletedDateTime": nil,
		"identities":                 list(Entity{"signInType": "userPrincipalName", "issuer": TenantDomain, "issuerAssignedId": upn}),
		"accountEnabled":             true,
		"securityIdentifier":         "S-1-12-1-" + fmt.Sprint(dice("sid "+id).Uint32(), "-", dice("rid "+id).Uint32(), "-2214592513-1094795585"),
		"lastPasswordChangeDateTime": stamp(created.Add(time.Hour)), "refreshTokensValidFromDateTime": stamp(created.Add(time.Hour)),
		"signInSessionsValidFromDateTime": stamp(created.Add(time.Hour)), "signInActivity": nil, "showInAddressList": nil,
		"ageGroup": nil, "consentProvidedForMinor": nil, "legalAgeGroupClassification": nil, "creationType": nil,
		"externalUserState": nil, "externalUserStateChangeDateTime": nil, "passwordPolicies": nil, "passwordProfile": nil,
		"preferredDataLocation": nil, "isResourceAccount": nil, "authorizationInfo": Entity{"certificateUserIds": []any{}},
		"provisionedPlans": []any{}, "assignedPlans": []any{}, "assignedLicenses": []any{}, "licenseAssignmentStates": []any{}, "serviceProvisioningErrors": []any{},
	})
	for _, property := range onPremises() {
		u[property] = nil
	}
	u["onPremisesProvisioningErrors"] = []any{}
	u["onPremisesExtensionAttributes"] = extensionAttributes()
	return u
}

// onPremises names the properties that stay null in a tenant that was born in the cloud.
func onPremises() []string {
	return []string{"onPremisesDistinguishedName", "onPremisesDomainName", "onPremisesImmutableId", "onPremisesLastSyncDateTime",
		"onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "onPremisesUserPrincipalName"}
}

func extensionAttributes() Entity {
	e := make(Entity, 15)
	for i := range 15 {
		e[fmt.Sprintf("extensionAttribute%d", i+1)] = nil
	}
	return e
}

func division(department string) string {
	switch department {
	case "Production", "Quality", "Supply Chain", "Field Service":
		return "Operations"
	case "Sales", "Marketing":
		return "Commercial"
	case "Finance", "People & Culture", "IT", "Legal & Compliance", "Executive Board":
		return "Administration"
	}
	return "Technology"
}

func licences(p *person) []any {
	one := func(sku string) any { return Entity{"skuId": sku, "disabledPlans": []any{}} }
	switch {
	case p.disabled:
		return []any{}
	case p.department == "Production":
		return list(one(skuF3))
	case p.department == "Mechanical Design":
		return list(one(skuE3), one(skuVisio))
	case p.department == "Executive Board" || p.department == "IT":
		return list(one(skuE5), one(skuFlowFree))
	}
	return list(one(skuE3))
}

func (b *builder) plans(p *person) []any {
	if p.disabled {
		return []any{}
	}
	var plans []any
	for _, plan := range [][2]string{
		{"exchange", "efb87545-963c-4e0d-99df-69c6916d9eb0"}, {"SharePoint", "5dbe027f-2339-4123-9542-606e4d348a72"}, {"TeamspaceAPI", "57ff2da0-773e-42df-b2af-ffb7a2317929"},
	} {
		plans = append(plans, Entity{"assignedDateTime": stamp(p.hired.Add(2 * time.Hour)), "capabilityStatus": "Enabled", "service": plan[0], "servicePlanId": plan[1]})
	}
	return plans
}

// signIn is a last sign-in that many hours ago.
func (b *builder) signIn(hours int, id string) Entity {
	at := b.now.Add(-time.Duration(hours)*time.Hour - time.Duration(len(id))*time.Minute)
	return Entity{
		"lastSignInDateTime": stamp(at), "lastSignInRequestId": guid("sign-in " + id),
		"lastNonInteractiveSignInDateTime": stamp(at.Add(17 * time.Minute)), "lastNonInteractiveSignInRequestId": guid("refresh " + id),
		"lastSuccessfulSignInDateTime": stamp(at), "lastSuccessfulSignInRequestId": guid("sign-in " + id),
	}
}

// inviteGuests adds people of customers, suppliers and universities.
func (b *builder) inviteGuests() {
	for i, guest := range []string{
		"Maren Holtkamp|maren.holtkamp@kuestenforschung.example", "Prof. Íris Sigurðardóttir|iris@hafstofnun.example", "Bo Li|bo.li@bluewater-survey.example",
		"Renée Okonkwo-Smith|renee@okonkwo-audit.example", "Pádraig Keane|padraig.keane@quaysidelaw.example", "Tiago Brandão|tiago.brandao@portoazul.example",
		"Dr. Hanneke de Wit|h.dewit@zeemetingen.example", "김민준|minjun.kim@donghae-ocean.example", "Svetlana Petrova|svetlana.petrova@blacksea-lab.example",
		"Aarav Mehta|aarav@titaniumworks.example", "Contractor (Windows 11 rollout)|rollout@northlight-it.example", "Amélie Fournier|amelie.fournier@agence-phare.example",
		"Olufemi Adeyemi|olufemi@lagosports.example", "Matteo Rossi|matteo.rossi@cavimarini.example",
	} {
		display, mail, _ := strings.Cut(guest, "|")
		invited := b.daysAgo(20+37*i, 10, i)
		u := b.account(guid("guest "+mail), display, strings.Replace(mail, "@", "_", 1)+"#EXT#@"+TenantDomain, invited)
		for key, value := range map[string]any{
			"givenName": nil, "surname": nil, "jobTitle": nil, "department": nil, "mail": mail, "userType": "Guest",
			"mailNickname": strings.Replace(mail, "@", "_", 1) + "#EXT#", "officeLocation": nil, "streetAddress": nil, "postalCode": nil,
			"city": nil, "state": nil, "country": nil, "usageLocation": nil, "preferredLanguage": nil, "companyName": nil,
			"businessPhones": []any{}, "mobilePhone": nil, "faxNumber": nil, "employeeId": nil, "employeeType": nil, "employeeHireDate": nil,
			"employeeOrgData": nil, "imAddresses": []any{}, "proxyAddresses": list("SMTP:" + mail), "otherMails": list(mail), "creationType": "Invitation",
			"externalUserState": "Accepted", "externalUserStateChangeDateTime": stamp(invited.Add(26 * time.Hour)),
		} {
			u[key] = value
		}
		if i%5 == 4 {
			u["externalUserState"], u["externalUserStateChangeDateTime"] = "PendingAcceptance", stamp(invited)
		}
		b.Users = append(b.Users, u)
	}
}
