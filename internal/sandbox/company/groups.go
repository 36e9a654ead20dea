package company

import (
	"fmt"
	"slices"
	"strings"
)

// groupSpec describes a group before its members are known.
type groupSpec struct {
	name, nickname, purpose string
	unified, dynamic        bool
	mailEnabled             bool // without unified: a distribution list or a mail-enabled security group
	rule                    string
	private                 bool
	assignable              bool // may hold a directory role
	age                     int  // days
	members, owners         []string
}

// addGroups makes a dynamic group per department, a Microsoft 365 group per office and team, and the
// security groups and lists that such a company gathers.
func (b *builder) addGroups() {
	specs := slices.Concat(b.departmentGroups(), b.officeGroups(), b.teamGroups(), b.securityGroups())
	for _, s := range specs {
		g := b.group(s)
		id := g["id"].(string)
		b.Groups = append(b.Groups, g)
		b.Members[id], b.Owners[id] = slices.Clone(s.members), slices.Clone(s.owners)
	}
}

func groupID(nickname string) string { return guid("group " + nickname) }

func (b *builder) departmentGroups() (specs []groupSpec) {
	for i, d := range departments() {
		specs = append(specs, groupSpec{
			name: "Department " + d.name, nickname: "dept-" + plainName(d.name), purpose: "Everybody in " + d.name + ", kept by rule.", dynamic: true,
			rule: fmt.Sprintf(`(user.department -eq "%s") and (user.accountEnabled -eq true)`, d.name), age: 1500 + i,
			members: b.where(func(p *person) bool { return p.department == d.name && !p.disabled }), owners: []string{AdminID},
		})
	}
	return specs
}

func (b *builder) officeGroups() (specs []groupSpec) {
	for i, o := range offices() {
		here := b.where(func(p *person) bool { return p.office.code == o.code })
		specs = append(specs, groupSpec{
			name: "Office " + o.city, nickname: "office-" + strings.ToLower(o.code), purpose: "News, rooms and parties of the office in " + o.city + ".",
			unified: true, age: 1200 - 11*i, members: here, owners: here[:1],
		})
	}
	return specs
}

// teamGroups own the team sites; the first four have one.
func (b *builder) teamGroups() []groupSpec {
	byDepartment := func(names ...string) []string {
		return b.where(func(p *person) bool { return slices.Contains(names, p.department) })
	}
	every := func(n int, ids []string) (some []string) {
		for i := 0; i < len(ids); i += n {
			some = append(some, ids[i])
		}
		return some
	}
	id := func(upn string) string { return b.byUPN[upn].id }
	technology := byDepartment("Acoustics", "Optics", "Firmware", "Mechanical Design", "Research")
	guests := []string{b.Users[len(b.Users)-14]["id"].(string), b.Users[len(b.Users)-12]["id"].(string)}
	return []groupSpec{
		{name: "Product Development", nickname: "productdev", purpose: "Roadmap, specifications and reviews of all instruments.", unified: true, private: true, age: 980, members: technology, owners: []string{id(ctoUPN), MemberID}},
		{name: "Quality Management", nickname: "quality", purpose: "Procedures, audits and calibration records.", unified: true, age: 940, members: byDepartment("Quality"), owners: []string{id("meera.venkataraman@" + Domain)}},
		{name: "Sales & Tenders", nickname: "tenders", purpose: "Offers, tenders and price lists.", unified: true, private: true, age: 870, members: byDepartment("Sales", "Legal & Compliance"), owners: []string{id("analuiza.dealbuquerque@" + Domain)}},
		{name: "Operations", nickname: "operations", purpose: "Production plans, deployments and service reports.", unified: true, age: 860, members: byDepartment("Production", "Field Service", "Supply Chain"), owners: []string{id(cooUPN), id("thihuong.nguyen@" + Domain)}},
		{name: "Project Halcyon", nickname: "halcyon", purpose: "The next acoustic current profiler.", unified: true, private: true, age: 310, members: append(every(4, technology), guests...), owners: []string{id(ctoUPN)}},
		{name: "Project Lantern", nickname: "lantern", purpose: "A turbidity sensor for aquaculture.", unified: true, private: true, age: 205, members: every(5, technology), owners: []string{MemberID}},
		{name: "Crisis Team", nickname: "crisis", purpose: "Called together when a deployment goes wrong.", unified: true, private: true, age: 640, members: byDepartment("Executive Board", "Legal & Compliance"), owners: []string{CEOID}},
		{name: "Dragon Boat Crew", nickname: "dragonboat", purpose: "Training on Thursdays; everybody may join.", unified: true, age: 400, members: every(17, b.where(func(p *person) bool { return !p.disabled })), owners: []string{id("chiara.dangelo@" + Domain)}},
	}
}

func (b *builder) securityGroups() []groupSpec {
	active := func(holds func(*person) bool) []string {
		return b.where(func(p *person) bool { return !p.disabled && holds(p) })
	}
	it := active(func(p *person) bool { return p.department == "IT" })
	admin := []string{AdminID}
	return []groupSpec{
		{name: "All Employees", nickname: "all", purpose: "Announcements of the board.", mailEnabled: true, age: 2000, members: active(func(*person) bool { return true }), owners: []string{CEOID}},
		{name: "VPN Users", nickname: "vpn-users", purpose: "May connect from outside. Holds whole departments.", age: 1800, members: append([]string{groupID("dept-it"), groupID("dept-sales"), groupID("dept-fieldservice")}, CEOID), owners: admin},
		{name: "Licence Visio", nickname: "licence-visio", purpose: "Gets a Visio licence.", age: 1100, members: active(func(p *person) bool { return p.department == "Mechanical Design" }), owners: admin},
		{name: "Finance Confidential", nickname: "finance-confidential", purpose: "May open the books.", age: 1700, members: active(func(p *person) bool { return p.department == "Finance" || p.upn == CEOUPN || p.upn == cfoUPN }), owners: []string{b.byUPN[cfoUPN].id}},
		{name: "Export Control Cleared", nickname: "export-cleared", purpose: "May see drawings under export control.", age: 760, members: active(func(p *person) bool { return p.office.usage == "DE" || p.office.usage == "FR" }), owners: []string{AdminID, CEOID}},
		{name: "Tier 0 Administrators", nickname: "tier0", purpose: "Holds directory roles.", assignable: true, age: 1600, members: it[:2], owners: admin},
		{name: "Device Pilot Ring", nickname: "pilot-ring", purpose: "Gets updates first.", age: 90, members: it, owners: []string{}},
		{name: "Service Desk", nickname: "servicedesk", purpose: "Questions about computers.", mailEnabled: true, age: 1900, members: active(func(p *person) bool { return p.title == "Service Desk Analyst" }), owners: admin},
	}
}

func (b *builder) group(s groupSpec) Entity {
	created := stamp(b.daysAgo(s.age, 8, 40))
	g := Entity{
		"id": groupID(s.nickname), "displayName": s.name, "description": s.purpose, "mailNickname": s.nickname, "mail": nil, "mailEnabled": s.unified || s.mailEnabled,
		"securityEnabled": !s.unified && s.nickname != "all", "groupTypes": []any{}, "visibility": nil, "createdDateTime": created, "renewedDateTime": created, "deletedDateTime": nil,
		"expirationDateTime": nil, "classification": nil, "isAssignableToRole": nil, "isManagementRestricted": nil, "membershipRule": nil, "membershipRuleProcessingState": nil,
		"preferredDataLocation": nil, "preferredLanguage": nil, "proxyAddresses": []any{}, "theme": nil, "uniqueName": nil, "creationOptions": []any{},
		"resourceBehaviorOptions": []any{}, "resourceProvisioningOptions": []any{}, "securityIdentifier": fmt.Sprintf("S-1-12-1-%d-%d", dice(s.nickname).Uint32(), dice(s.name).Uint32()),
		"onPremisesDomainName": nil, "onPremisesLastSyncDateTime": nil, "onPremisesNetBiosName": nil, "onPremisesSamAccountName": nil,
		"onPremisesSecurityIdentifier": nil, "onPremisesSyncEnabled": nil, "onPremisesProvisioningErrors": []any{}, "serviceProvisioningErrors": []any{}, "assignedLicenses": []any{}, "assignedLabels": []any{},
	}
	if s.unified || s.mailEnabled {
		g["mail"] = s.nickname + "@" + Domain
		g["proxyAddresses"] = list("SMTP:"+s.nickname+"@"+Domain, "smtp:"+s.nickname+"@"+TenantDomain)
	}
	if s.unified {
		g["groupTypes"], g["visibility"], g["resourceProvisioningOptions"] = list("Unified"), "Public", list("Team")
		g["creationOptions"] = list("Team", "ExchangeProvisioningFlags:3552")
	}
	if s.private {
		g["visibility"] = "Private"
	}
	if s.dynamic {
		g["groupTypes"], g["membershipRule"], g["membershipRuleProcessingState"] = list("DynamicMembership"), s.rule, "On"
	}
	if s.assignable {
		g["isAssignableToRole"] = true
	}
	if s.nickname == "licence-visio" {
		g["assignedLicenses"] = list(Entity{"skuId": skuVisio, "disabledPlans": []any{}})
	}
	return g
}

// plainName keeps the letters of a name, in lower case.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}
