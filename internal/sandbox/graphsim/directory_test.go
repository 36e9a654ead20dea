package graphsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

func keys(m map[string]any) []string {
	var all []string
	for name := range m {
		if !strings.HasPrefix(name, "@") {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

func TestDefaultProperties(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	want := []string{"businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone", "officeLocation", "preferredLanguage", "surname", "userPrincipalName"}
	for _, path := range []string{"/v1.0/users/" + company.CEOID, "/v1.0/users/" + strings.ToUpper(company.CEOUPN), "/v1.0/users(userPrincipalName='" + company.CEOUPN + "')"} {
		if diff := cmp.Diff(want, keys(r.get(path).ok(http.StatusOK).body)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	some := r.get("/v1.0/users/" + company.CEOID + "?$select=department,DisplayName,signInActivity").ok(http.StatusOK).body
	if diff := cmp.Diff([]string{"department", "displayName", "signInActivity"}, keys(some)); diff != "" {
		t.Error(diff)
	}
	if beta := r.get("/beta/users/" + company.CEOID).ok(http.StatusOK).body; beta["department"] != "Executive Board" || beta["signInActivity"] != nil {
		t.Errorf("got %v in beta", keys(beta))
	}
	r.get("/v1.0/users?$select=displayName,shoeSize").refused(http.StatusBadRequest, "BadRequest", "Could not find a property named 'shoeSize' on type 'microsoft.graph.user'.")
	r.get("/v1.0/users?$expand=shoes").refused(http.StatusBadRequest, "BadRequest", "Could not find a property named 'shoes' on type 'microsoft.graph.user'.")
	r.get("/v1.0/users"+query("$filter", "shoeSize eq 4")).refused(http.StatusBadRequest, "BadRequest", "Could not find a property named 'shoeSize'")
	r.get("/v1.0/users/"+company.TenantID).refused(http.StatusNotFound, "Request_ResourceNotFound", "Resource '"+company.TenantID+"' does not exist")
}

func TestPropertyAndValue(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if got := r.get("/v1.0/users/" + company.CEOID + "/mail").ok(http.StatusOK).text("value"); got != company.CEOUPN {
		t.Errorf("got %s", got)
	}
	if got := string(r.get("/v1.0/users/" + company.CEOID + "/mail/$value").ok(http.StatusOK).raw); got != company.CEOUPN {
		t.Errorf("got %s", got)
	}
	r.get("/v1.0/users/mail").refused(http.StatusNotFound, "Request_ResourceNotFound", "")
	if got := r.get("/v1.0/users/" + company.CEOID + "?$select=mail&$format=json").ok(http.StatusOK).text("@odata.context"); !strings.HasSuffix(got, "/v1.0/$metadata#users(mail)/$entity") {
		t.Errorf("got context %s", got)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for target, size := range map[string]int{"/v1.0/users?$select=id": 100, "/v1.0/users?$select=id&$top=7": 7, "/v1.0/users?$select=id&$top=999": 999, "/v1.0/users?$select=id&$count=true": 100} {
		seen, pages := map[string]bool{}, 0
		for next := target; next != ""; pages++ {
			a := r.get(next, eventual)
			for _, id := range a.column("id") {
				seen[id] = true
			}
			if _, counted := a.body["@odata.count"]; counted != (strings.Contains(target, "count") && pages == 0) {
				t.Errorf("%s: page %d has a count: %v", target, pages, counted)
			}
			if next = a.text("@odata.nextLink"); next != "" && !strings.HasPrefix(next, r.server.URL+"/v1.0/users?") {
				t.Fatalf("got next link %s", next)
			}
		}
		if len(seen) < 200 || pages != (len(seen)+size-1)/size {
			t.Errorf("%s: got %d users on %d pages of %d", target, len(seen), pages, size)
		}
	}
	next := r.get("/v1.0/users?$top=5").ok(http.StatusOK).text("@odata.nextLink")
	r.get(strings.Replace(next, "top=5", "top=6", 1)).refused(http.StatusBadRequest, "Directory_ExpiredPageToken", "page token")
	r.get("/v1.0/users?$skiptoken=x").refused(http.StatusBadRequest, "Directory_ExpiredPageToken", "page token")
	r.get("/v1.0/users?$skip=5").refused(http.StatusBadRequest, "Request_BadRequest", "'$skip' is not supported by the service.")
	r.get("/v1.0/users?$top=0").refused(http.StatusBadRequest, "Request_UnsupportedQuery", "Invalid page size specified: '0'. Must be between 1 and 999 inclusive.")
	r.get("/v1.0/users?$top=1000").refused(http.StatusBadRequest, "Request_UnsupportedQuery", "Invalid page size specified: '1000'.")
	r.get("/v1.0/users?$top=x").refused(http.StatusBadRequest, "BadRequest", "Invalid value 'x' for $top")
}

func TestFilters(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for filter, want := range map[string]string{
		"userPrincipalName eq '" + company.CEOUPN + "'":                    company.CEOID,
		"mail eq '" + strings.ToUpper(company.CEOUPN) + "'":                company.CEOID,
		"id in ('" + company.CEOID + "')":                                  company.CEOID,
		"startswith(displayName,'katarzyna') and userType eq 'Member'":     company.AdminID,
		"proxyAddresses/any(p:p eq 'SMTP:" + company.AdminUPN + "')":       company.AdminID,
		"jobTitle eq 'Chief Executive Officer' and accountEnabled eq true": company.CEOID,
	} {
		if got := r.get("/v1.0/users" + query("$filter", filter)).column("id"); len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v, want %s", filter, got, want)
		}
	}
	licensed := r.get("/v1.0/users" + query("$filter", "assignedLicenses/any(x:x/skuId eq 06ebc4ee-1bb5-47dd-8120-11324bc54e06)", "$top", "999")).list()
	if len(licensed) == 0 || len(licensed) > 100 {
		t.Errorf("got %d people with the licence", len(licensed))
	}
	r.get("/v1.0/users"+query("$filter", "accountEnabled eq 'true'")).refused(http.StatusBadRequest, "BadRequest", "incompatible types")
	r.get("/v1.0/users"+query("$filter", "createdDateTime ge '2024-01-01'")).refused(http.StatusBadRequest, "BadRequest", "'Edm.DateTimeOffset' and 'Edm.String' for operator kind 'GreaterThanOrEqual'")
	r.get("/v1.0/users"+query("$filter", "displayName eq")).refused(http.StatusBadRequest, "BadRequest", "Invalid filter clause: Syntax error at position 14 in 'displayName eq'.")
	r.get("/v1.0/users"+query("$filter", "contains(displayName,'a')"), eventual).refused(http.StatusBadRequest, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'displayName'")
}

// The rules of https://learn.microsoft.com/graph/aad-advanced-queries.
func TestAdvancedQueries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for target, want := range map[string][2]string{
		"/v1.0/users" + query("$filter", "userType ne 'Guest'"):                            {"Request_UnsupportedQuery", "NotEqualsMatch"},
		"/v1.0/users" + query("$filter", "not startswith(displayName,'a')"):                {"Request_UnsupportedQuery", "Operator 'not'"},
		"/v1.0/users" + query("$filter", "endswith(mail,'example')"):                       {"Request_UnsupportedQuery", "Operator 'endsWith' is not supported because the required parameters might be missing."},
		"/v1.0/users" + query("$filter", "assignedLicenses/$count eq 0"):                   {"Request_UnsupportedQuery", "$count"},
		"/v1.0/users" + query("$filter", "userType eq 'Guest'", "$orderby", "displayName"): {"Request_UnsupportedQuery", "Sorting not supported for current query."},
		"/v1.0/users" + query("$orderby", "createdDateTime"):                               {"Request_UnsupportedQuery", "Sorting not supported for current query."},
		"/v1.0/users" + query("$search", `"displayName:ada"`):                              {"Request_UnsupportedQuery", "'ConsistencyLevel: eventual'"},
		"/v1.0/users" + query("$filter", "userType eq 'Guest'", "$count", "true"):          {"Request_UnsupportedQuery", "$count"},
		"/v1.0/users/$count": {"Request_BadRequest", "$count is not currently supported."},
		"/v1.0/groups/$count" + query("$filter", "mail ne null"): {"Request_BadRequest", "$count is not currently supported."},
	} {
		r.get(target).refused(http.StatusBadRequest, want[0], want[1])
		if strings.Contains(target, "$count?") || strings.Contains(target, "search") || strings.HasSuffix(target, "$count") {
			r.get(target, eventual).ok(http.StatusOK)
			continue
		}
		if !strings.Contains(target, "%24count=true") {
			r.get(target, eventual).refused(http.StatusBadRequest, want[0], want[1])
			target += "&$count=true"
		}
		if a := r.get(target, "ConsistencyLevel: Eventual").ok(http.StatusOK); a.body["@odata.count"] == nil {
			t.Errorf("%s: got no count", target)
		}
	}
	if a := r.get("/v1.0/users?$count=true"); a.ok(http.StatusOK).body["@odata.count"] != nil {
		t.Error("got a count without the header")
	}
	if got := r.get("/v1.0/users" + query("$orderby", "displayName desc", "$top", "2")).column("displayName"); len(got) != 2 || strings.ToLower(got[0]) < strings.ToLower(got[1]) {
		t.Errorf("got %v, want descending names", got)
	}
	all := r.get("/v1.0/users/$count", eventual).ok(http.StatusOK)
	if all.header.Get("Content-Type") != "text/plain" || string(all.raw) < "100" {
		t.Errorf("got %s %q", all.header.Get("Content-Type"), all.raw)
	}
}

func TestSearchUsers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := r.get("/v1.0/users"+query("$search", `"displayName:katar" AND "mail:katarzyna"`), eventual).column("id")
	if diff := cmp.Diff([]string{company.AdminID}, got); diff != "" {
		t.Error(diff)
	}
	r.get("/v1.0/users"+query("$search", "zielin"), eventual).refused(http.StatusBadRequest, "Request_BadRequest", "double quotes")
}

func TestRelations(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	reports := r.get("/v1.0/users/" + company.CEOID + "/directReports?$select=id").column("id")
	if len(reports) < 3 {
		t.Fatalf("got %d reports of the CEO", len(reports))
	}
	manager := r.get("/v1.0/users/" + reports[0] + "/manager").ok(http.StatusOK).body
	if manager["id"] != company.CEOID || manager["@odata.type"] != "#microsoft.graph.user" {
		t.Errorf("got manager %v %v", manager["id"], manager["@odata.type"])
	}
	r.get("/v1.0/users/"+company.CEOID+"/manager").refused(http.StatusNotFound, "Request_ResourceNotFound", "manager")
	a := r.get("/v1.0/users/" + reports[0] + "?$select=displayName&$expand=manager($select=displayName)").ok(http.StatusOK).body
	if diff := cmp.Diff([]string{"displayName"}, keys(a["manager"].(map[string]any))); diff != "" {
		t.Error(diff)
	}
	chain := r.get("/v1.0/users/" + company.MemberID + "?$select=id&$expand=manager($levels=max;$select=id)").ok(http.StatusOK).body
	last, steps := chain, 0
	for next, ok := last["manager"].(map[string]any); ok; next, ok = last["manager"].(map[string]any) {
		last, steps = next, steps+1
	}
	if steps < 2 || last["id"] != company.CEOID {
		t.Errorf("got %d managers, the last one %v", steps, last["id"])
	}
	groups := r.get("/v1.0/groups" + query("$filter", "mailNickname eq 'vpn-users'")).column("id")
	members := r.get("/v1.0/groups/" + groups[0] + "/members?$select=id").list()
	all := r.get("/v1.0/groups/" + groups[0] + "/transitiveMembers?$top=999&$select=id").list()
	if len(members) < 2 || len(all) <= len(members) {
		t.Errorf("got %d members and %d transitive ones", len(members), len(all))
	}
	people := r.get("/v1.0/groups/" + groups[0] + "/members/microsoft.graph.user").list()
	if len(people) == 0 || len(people) >= len(members) || slices.ContainsFunc(people, func(p map[string]any) bool { return p["@odata.type"] != "#microsoft.graph.user" }) {
		t.Errorf("got %d of %d members as users", len(people), len(members))
	}
	if refs := r.get("/v1.0/groups/" + groups[0] + "/members/$ref").list(); len(refs) != len(members) || !strings.Contains(refs[0]["@odata.id"].(string), "/directoryObjects/") {
		t.Errorf("got refs %v", refs)
	}
	if got := r.get("/v1.0/users/" + company.AdminID + "/memberOf/microsoft.graph.directoryRole?$select=displayName").column("displayName"); !slices.Contains(got, "Global Administrator") {
		t.Errorf("got roles %v", got)
	}
	if got := r.get("/v1.0/groups/" + groups[0] + "?$expand=members($select=id)").ok(http.StatusOK).body["members"]; len(got.([]any)) != len(members) {
		t.Errorf("got %d expanded members, want %d", len(got.([]any)), len(members))
	}
}

func TestTenant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{"organization", "domains", "subscribedSkus", "directoryRoles", "applications", "servicePrincipals", "auditLogs/signIns", "auditLogs/directoryAudits"} {
		list := r.get("/v1.0/" + path).list()
		if len(list) == 0 {
			t.Errorf("%s is empty", path)
			continue
		}
		if id, _ := list[0]["id"].(string); id != "" && path != "auditLogs/directoryAudits" {
			r.get("/v1.0/" + path + "/" + id).ok(http.StatusOK)
		}
	}
	if got := r.get("/v1.0/servicePrincipals(appId='" + company.GraphAppID + "')").ok(http.StatusOK).text("displayName"); got != "Microsoft Graph" {
		t.Errorf("got %s", got)
	}
	body := map[string]any{"ids": []string{company.CEOID, company.TenantID, "absent"}, "types": []string{"user"}}
	if got := r.do("POST", "/v1.0/directoryObjects/getByIds", body).column("id"); len(got) != 1 || got[0] != company.CEOID {
		t.Errorf("got %v", got)
	}
}

func TestWriteUsers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	user := map[string]any{"accountEnabled": true, "displayName": "Grace Test", "mailNickname": "grace", "userPrincipalName": "grace@" + company.Domain, "passwordProfile": map[string]any{"password": "Not-kept-1!"}}
	with := func(name string, value any) map[string]any {
		changed := map[string]any{}
		for k, v := range user {
			changed[k] = v
		}
		if changed[name] = value; value == nil {
			delete(changed, name)
		}
		return changed
	}
	r.do("POST", "/v1.0/users", with("passwordProfile", nil)).refused(http.StatusBadRequest, "Request_BadRequest", "A password must be specified")
	r.do("POST", "/v1.0/users", with("displayName", nil)).refused(http.StatusBadRequest, "Request_BadRequest", "displayName")
	r.do("POST", "/v1.0/users", with("userPrincipalName", "grace@contoso.example")).refused(http.StatusBadRequest, "Request_BadRequest", "domain portion")
	r.do("POST", "/v1.0/users", with("userPrincipalName", company.CEOUPN)).refused(http.StatusBadRequest, "Request_BadRequest", "already exists")
	r.do("POST", "/v1.0/users", with("shoeSize", 4)).refused(http.StatusBadRequest, "Request_BadRequest", "Invalid property 'shoeSize'.")
	made := r.do("POST", "/v1.0/users", user).ok(http.StatusCreated)
	id := made.text("id")
	if strings.Contains(string(made.raw), "Not-kept") || !strings.Contains(made.header.Get("Location"), id) {
		t.Errorf("got %s, Location %s", made.raw, made.header.Get("Location"))
	}
	r.do("PATCH", "/v1.0/users/"+id, map[string]any{"jobTitle": "Tester", "employeeOrgData": map[string]any{"costCenter": "1"}}).ok(http.StatusNoContent)
	got := r.get("/v1.0/users/grace@" + company.Domain + "?$select=jobTitle,displayName,userType").ok(http.StatusOK).body
	if got["jobTitle"] != "Tester" || got["displayName"] != "Grace Test" || got["userType"] != "Member" {
		t.Errorf("got %v", got)
	}
	r.do("PATCH", "/v1.0/users/"+id, map[string]any{"userPrincipalName": company.CEOUPN}).refused(http.StatusBadRequest, "Request_BadRequest", "already exists")
	r.do("PUT", "/v1.0/users/"+id+"/manager/$ref", map[string]any{"@odata.id": r.server.URL + "/v1.0/users/" + company.CEOID}).ok(http.StatusNoContent)
	if got := r.get("/v1.0/users/" + id + "/manager").ok(http.StatusOK).text("id"); got != company.CEOID {
		t.Errorf("got manager %s", got)
	}
	r.do("DELETE", "/v1.0/users/"+id, nil).ok(http.StatusNoContent)
	r.get("/v1.0/users/"+id).refused(http.StatusNotFound, "Request_ResourceNotFound", id)
	if got := r.get("/v1.0/users/" + company.CEOID + "/directReports").column("id"); slices.Contains(got, id) {
		t.Error("a deleted user still reports")
	}
}

func TestWriteGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	group := map[string]any{"displayName": "Divers", "mailEnabled": true, "mailNickname": "divers", "securityEnabled": false, "groupTypes": []string{"Unified"}, "members@odata.bind": []string{"https://graph.microsoft.com/v1.0/users/" + company.CEOID}}
	made := r.do("POST", "/v1.0/groups", group).ok(http.StatusCreated)
	id := made.text("id")
	if got := made.text("mail"); got != "divers@"+company.Domain {
		t.Errorf("got mail %s", got)
	}
	ref := map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + company.AdminID}
	r.do("POST", "/v1.0/groups/"+id+"/members/$ref", ref).ok(http.StatusNoContent)
	r.do("POST", "/v1.0/groups/"+id+"/members/$ref", ref).refused(http.StatusBadRequest, "Request_BadRequest", "already exist")
	r.do("POST", "/v1.0/groups/"+id+"/members/$ref", map[string]any{"@odata.id": "https://x/nobody"}).refused(http.StatusNotFound, "Request_ResourceNotFound", "nobody")
	if got := r.get("/v1.0/groups/" + id + "/members").column("id"); !slices.Equal(got, []string{company.CEOID, company.AdminID}) {
		t.Errorf("got members %v", got)
	}
	r.do("DELETE", "/v1.0/groups/"+id+"/members/"+company.CEOID+"/$ref", nil).ok(http.StatusNoContent)
	r.do("DELETE", "/v1.0/groups/"+id+"/members/"+company.CEOID+"/$ref", nil).refused(http.StatusNotFound, "Request_ResourceNotFound", "")
	r.do("PATCH", "/v1.0/groups/"+id, map[string]any{"description": "Deep"}).ok(http.StatusNoContent)
	if got := r.get("/v1.0/groups/" + id).ok(http.StatusOK).text("description"); got != "Deep" {
		t.Errorf("got description %s", got)
	}
	r.do("DELETE", "/v1.0/groups/"+id, nil).ok(http.StatusNoContent)
	if got := r.get("/v1.0/users/" + company.AdminID + "/memberOf").column("id"); slices.Contains(got, id) {
		t.Error("a deleted group still has members")
	}
}

func TestDeltaOfUsers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	seen, link := 0, ""
	for next := "/v1.0/users/delta?$select=displayName,id"; next != ""; {
		a := r.get(next)
		seen += len(a.list())
		next, link = a.text("@odata.nextLink"), a.text("@odata.deltaLink")
		if seen == 100 { // between the pages
			r.do("PATCH", "/v1.0/users/"+company.CEOID, map[string]any{"jobTitle": "Captain"}).ok(http.StatusNoContent)
		}
	}
	r.do("DELETE", "/v1.0/users/"+company.MemberID, nil).ok(http.StatusNoContent)
	a := r.get(link)
	list := a.list()
	if len(list) != 2 || list[0]["id"] != company.CEOID || list[1]["id"] != company.MemberID || list[1]["@removed"] == nil {
		t.Fatalf("got %v", list)
	}
	if again := r.get(a.text("@odata.deltaLink")); len(again.list()) != 0 || again.text("@odata.deltaLink") == "" {
		t.Errorf("got %s", again.raw)
	}
	if got := r.get("/v1.0/users/delta?$deltatoken=latest"); len(got.list()) != 0 || got.text("@odata.deltaLink") == "" {
		t.Errorf("got %s", got.raw)
	}
	r.get("/v1.0/users/delta?$deltatoken=x").refused(http.StatusGone, "syncStateNotFound", "full synchronization")
}
