package graphsim_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

// The tests of this file are what people ask an administrator, or an assistant, for: several calls each, in one tenant.

const member = "/v1.0/users/" + company.MemberID

func TestReviewAnApp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	app := r.get("/v1.0/applications(appId='" + company.ClientID + "')").ok(http.StatusOK).body
	asked := app["requiredResourceAccess"].([]any)[0].(map[string]any)
	principal := r.get("/v1.0/servicePrincipals(appId='" + company.ClientID + "')").ok(http.StatusOK)
	id := principal.text("id")
	resource := r.get("/v1.0/servicePrincipals(appId='" + asked["resourceAppId"].(string) + "')?$select=id,appRoles,oauth2PermissionScopes").ok(http.StatusOK)
	names := map[any]any{}
	for _, list := range []string{"appRoles", "oauth2PermissionScopes"} {
		for _, role := range resource.body[list].([]any) {
			names[role.(map[string]any)["id"]] = role.(map[string]any)["value"]
		}
	}
	var granted []string
	assignments := r.get("/v1.0/servicePrincipals/" + id + "/appRoleAssignments?$top=999").list()
	for _, a := range assignments {
		name, _ := names[a["appRoleId"]].(string)
		granted = append(granted, name)
	}
	if diff := cmp.Diff(company.AppRoles(company.ClientID), granted); diff != "" {
		t.Error(diff)
	}
	for _, access := range asked["resourceAccess"].([]any) {
		if names[access.(map[string]any)["id"]] == nil {
			t.Errorf("the permission %v is none of the resource's", access)
		}
	}
	grants := r.get("/v1.0/oauth2PermissionGrants" + query("$filter", "clientId eq '"+id+"'")).list()
	if len(grants) != 1 || grants[0]["consentType"] != "AllPrincipals" || !strings.Contains(grants[0]["scope"].(string), "User.Read") {
		t.Errorf("got grants %v", grants)
	}
	if same := r.get("/v1.0/servicePrincipals/" + id + "/oauth2PermissionGrants").list(); len(same) != 1 {
		t.Errorf("got %d grants below the service principal", len(same))
	}
	mine := r.get("/v1.0/users/" + company.AdminID + "/oauth2PermissionGrants").list()
	if len(mine) != 1 || mine[0]["principalId"] != company.AdminID {
		t.Errorf("got %v as an administrator's own grants", mine)
	}
	last := assignments[len(assignments)-1]["id"].(string)
	r.do(http.MethodDelete, "/v1.0/servicePrincipals/"+id+"/appRoleAssignments/"+last, nil).ok(http.StatusNoContent)
	to := r.get("/v1.0/servicePrincipals/" + resource.text("id") + "/appRoleAssignedTo?$top=999").column("id")
	if slices.Contains(to, last) || len(to) < len(assignments) {
		t.Errorf("%d assignments are left, and the removed one may be among them", len(to))
	}
	give := map[string]any{"principalId": id, "resourceId": resource.text("id"), "appRoleId": assignments[0]["appRoleId"]}
	r.do(http.MethodPost, "/v1.0/servicePrincipals/"+id+"/appRoleAssignments", give).ok(http.StatusCreated)
	give["principalId"] = company.MemberID
	r.do(http.MethodPost, "/v1.0/servicePrincipals/"+id+"/appRoleAssignments", give).refused(http.StatusBadRequest, "Request_BadRequest", "not found on application")
	give["principalId"], give["appRoleId"] = id, company.TenantID
	r.do(http.MethodPost, "/v1.0/servicePrincipals/"+id+"/appRoleAssignments", give).refused(http.StatusBadRequest, "Request_BadRequest", "not found on application")
	r.as(limitedToken).get("/v1.0/oauth2PermissionGrants").refused(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges")
}

func TestOffboard(t *testing.T) {
	t.Parallel()
	var signedOut []string
	r := newRigWith(t, graphsim.Options{SignOut: func(upn string) { signedOut = append(signedOut, upn) }})
	r.do(http.MethodPatch, member, map[string]any{"accountEnabled": false}).ok(http.StatusNoContent)
	r.do(http.MethodPost, member+"/revokeSignInSessions", nil).ok(http.StatusOK)
	if diff := cmp.Diff([]string{company.MemberUPN}, signedOut); diff != "" {
		t.Error(diff)
	}
	for _, g := range r.get(member + "/memberOf/microsoft.graph.group?$select=id,groupTypes").list() {
		r.do(http.MethodDelete, "/v1.0/groups/"+g["id"].(string)+"/members/"+company.MemberID+"/$ref", nil).ok(http.StatusNoContent)
	}
	if left := r.get(member + "/memberOf").list(); len(left) != 0 {
		t.Errorf("got %d groups that are left", len(left))
	}
	licences := r.get(member + "/licenseDetails").column("skuId")
	if len(licences) == 0 {
		t.Fatal("got no licences")
	}
	r.do(http.MethodPost, member+"/assignLicense", map[string]any{"addLicenses": []any{}, "removeLicenses": licences}).ok(http.StatusOK)
	if left := r.get(member + "/licenseDetails").list(); len(left) != 0 {
		t.Errorf("got %d licences that are left", len(left))
	}
	r.do(http.MethodPost, member+"/assignLicense", map[string]any{"addLicenses": []any{}, "removeLicenses": licences}).refused(http.StatusBadRequest, "Request_BadRequest", "does not have a corresponding license")
	r.do(http.MethodPatch, member+"/mailboxSettings", map[string]any{"automaticRepliesSetting": map[string]any{"status": "alwaysEnabled", "internalReplyMessage": "I have left."}}).ok(http.StatusOK)
	replies := r.get(member + "/mailboxSettings").ok(http.StatusOK).body["automaticRepliesSetting"].(map[string]any)
	if replies["status"] != "alwaysEnabled" || replies["internalReplyMessage"] != "I have left." || replies["externalAudience"] != "all" {
		t.Errorf("got automatic replies %v", replies)
	}
	r.do(http.MethodPatch, member+"/mailboxSettings", map[string]any{"automaticRepliesSetting": map[string]any{"status": "on"}}).refused(http.StatusBadRequest, "ErrorInvalidRequest", "'on'")
	manager := r.get(member + "/manager").ok(http.StatusOK)
	root := r.get(member + "/drive/root").ok(http.StatusOK)
	drive := root.body["parentReference"].(map[string]any)["driveId"].(string)
	at := "/v1.0/drives/" + drive + "/items/" + root.text("id")
	r.do(http.MethodPost, at+"/invite", map[string]any{"requireSignIn": true, "roles": []string{"read"}, "recipients": []any{map[string]any{"email": manager.text("mail")}}}).ok(http.StatusOK)
	shared := r.get(at + "/permissions").list()
	if len(shared) != 2 {
		t.Fatalf("got permissions %v", shared)
	}
	r.do(http.MethodDelete, at+"/permissions/"+shared[1]["id"].(string), nil).ok(http.StatusNoContent)
	r.do(http.MethodPost, at+"/invite", map[string]any{"roles": []string{"owner"}, "recipients": []any{map[string]any{}}}).refused(http.StatusBadRequest, "invalidRequest", "read or write")
	if link := r.do(http.MethodPost, at+"/createLink", map[string]any{"type": "view", "scope": "organization"}).ok(http.StatusCreated).body["link"]; link.(map[string]any)["webUrl"] == "" {
		t.Errorf("got link %v", link)
	}
}

func TestSignInMethods(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at := "/v1.0/users/" + company.CEOID + "/authentication/"
	all := r.get(at + "methods?$select=id").column("@odata.type") // which a choice of properties does not take away
	phones := r.get(at + "phoneMethods").list()
	if len(all) < 3 || !slices.Contains(all, "#microsoft.graph.passwordAuthenticationMethod") || len(phones) != 1 {
		t.Fatalf("got methods %v and %d telephones", all, len(phones))
	}
	r.do(http.MethodDelete, at+"phoneMethods/"+phones[0]["id"].(string), nil).ok(http.StatusNoContent)
	if left := r.get(at + "methods").list(); len(left) != len(all)-1 {
		t.Errorf("got %d methods after one of %d was deleted", len(left), len(all))
	}
	r.as(limitedToken).get(at+"methods").refused(http.StatusForbidden, "Forbidden", "API requires one of 'UserAuthenticationMethod.Read.All, UserAuthenticationMethod.ReadWrite.All'. Roles on the request 'User.Read.All'")
	r.as(userToken).do(http.MethodDelete, member+"/authentication/phoneMethods/x", nil).refused(http.StatusForbidden, "Forbidden", "Missing scope permissions")
}

// What a person may do with the own profile is to read it.
func TestUserReadReads(t *testing.T) {
	t.Parallel()
	r := newRig(t).as(userToken)
	r.get("/v1.0/me/licenseDetails").ok(http.StatusOK)
	r.do(http.MethodPatch, "/v1.0/me", map[string]any{"jobTitle": "CEO"}).refused(http.StatusForbidden, "Authorization_RequestDenied", "")
	r.do(http.MethodDelete, "/v1.0/me", nil).refused(http.StatusForbidden, "Authorization_RequestDenied", "")
	r.do(http.MethodPost, "/v1.0/me/assignLicense", map[string]any{}).refused(http.StatusForbidden, "Authorization_RequestDenied", "")
}

func TestRoles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	roles := r.get("/v1.0/directoryRoles" + query("$filter", "displayName eq 'Global Reader'")).column("id")
	at := "/v1.0/directoryRoles/" + roles[0] + "/members"
	r.do(http.MethodPost, at+"/$ref", map[string]any{"@odata.id": r.server.URL + "/v1.0/directoryObjects/" + company.MemberID}).ok(http.StatusNoContent)
	if got := r.get(at + "?$select=id").column("id"); !slices.Contains(got, company.MemberID) {
		t.Errorf("got members %v", got)
	}
	assigned := r.get("/v1.0/roleManagement/directory/roleAssignments" + query("$filter", "principalId eq '"+company.MemberID+"'")).column("roleDefinitionId")
	if name := r.get("/v1.0/roleManagement/directory/roleDefinitions/" + assigned[0]).ok(http.StatusOK).text("displayName"); name != "Global Reader" {
		t.Errorf("got role %s", name)
	}
	r.do(http.MethodDelete, at+"/"+company.MemberID+"/$ref", nil).ok(http.StatusNoContent)
	r.do(http.MethodDelete, at+"/"+company.MemberID+"/$ref", nil).refused(http.StatusNotFound, "Request_ResourceNotFound", company.MemberID)
}

func TestUsageReport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.get("/v1.0/reports/getOffice365ActiveUserDetail(period='D8')").refused(http.StatusBadRequest, "BadRequest", "'D7'")
	away := r.get("/v1.0/reports/getOffice365ActiveUserDetail(period='D7')").ok(http.StatusFound).header.Get("Location")
	file := r.as("").get(away).ok(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file.raw), "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 200 || rows[0][0] != "Report Refresh Date" || rows[1][len(rows[1])-1] != "7" {
		t.Errorf("got %d rows, the first %v, %v", len(rows), rows[:2], err)
	}
	r.as("").get(away).refused(http.StatusUnauthorized, "unauthenticated", "")
	r.as(limitedToken).get("/v1.0/reports/getMailboxUsageDetail(period='D30')").refused(http.StatusForbidden, "Forbidden", "Reports.Read.All")
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ask := map[string]any{"changeType": "created", "notificationUrl": "https://hooks.merisand.example/mail", "resource": "/me/mailFolders('inbox')/messages", "expirationDateTime": "2026-11-26T10:00:00Z", "clientState": "s"}
	made := r.do(http.MethodPost, "/v1.0/subscriptions", ask).ok(http.StatusCreated)
	at := "/v1.0/subscriptions/" + made.text("id")
	r.do(http.MethodPatch, at, map[string]any{"expirationDateTime": "2026-11-27T10:00:00Z"}).ok(http.StatusOK)
	if all := r.get("/v1.0/subscriptions").list(); len(all) != 1 || all[0]["applicationId"] != company.ClientID {
		t.Errorf("got %v", all)
	}
	r.do(http.MethodDelete, at, nil).ok(http.StatusNoContent)
	ask["notificationUrl"] = "http://hooks.merisand.example"
	r.do(http.MethodPost, "/v1.0/subscriptions", ask).refused(http.StatusBadRequest, "InvalidRequest", "notificationUrl")
	ask["expirationDateTime"] = "2027-11-26T10:00:00Z"
	r.do(http.MethodPost, "/v1.0/subscriptions", ask).refused(http.StatusBadRequest, "ExtensionError", "expiration")
}

func TestDevices(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bad := r.get("/v1.0/deviceManagement/managedDevices" + query("$filter", "complianceState eq 'noncompliant'")).list()
	if len(bad) == 0 {
		t.Fatal("got no device that does not comply")
	}
	at := "/v1.0/deviceManagement/managedDevices/" + bad[0]["id"].(string)
	r.do(http.MethodPost, at+"/syncDevice", nil).ok(http.StatusNoContent)
	if got := r.get(at).ok(http.StatusOK).text("lastSyncDateTime"); got != "2026-11-24T10:00:00Z" {
		t.Errorf("got last sync %s", got)
	}
	owner := bad[0]["userId"].(string)
	if own := r.get("/v1.0/users/" + owner + "/managedDevices").column("id"); !slices.Contains(own, bad[0]["id"].(string)) {
		t.Errorf("got %v as the owner's devices", own)
	}
	if registered := r.get("/v1.0/users/" + owner + "/registeredDevices?$select=displayName").column("displayName"); !slices.Contains(registered, bad[0]["deviceName"].(string)) {
		t.Errorf("got %v as registered devices", registered)
	}
}

// What is only read: who may, who may not, and something to see.
func TestShelvesAreRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{
		"/security/alerts_v2?$filter=severity%20eq%20'high'", "/security/incidents", "/security/secureScores?$top=1", "/identityProtection/riskyUsers", "/identity/conditionalAccess/policies",
		"/admin/serviceAnnouncement/healthOverviews", "/admin/serviceAnnouncement/issues?$filter=isResolved%20eq%20false", "/admin/serviceAnnouncement/messages", "/communications/presences", "/devices",
		"/teams", "/users/" + company.MemberID + "/todo/lists", "/auditLogs/signIns?$top=2", "/subscribedSkus", "/roleManagement/directory/roleDefinitions", "/deviceManagement/deviceCompliancePolicies",
	} {
		if got := r.get("/v1.0" + path).list(); len(got) == 0 {
			t.Errorf("%s: got nothing", path)
		}
		if a := r.as(limitedToken).get("/v1.0" + path); a.status != http.StatusForbidden && path != "/subscribedSkus" {
			t.Errorf("%s: got %d without the permission", path, a.status)
		}
	}
	if got := r.get("/v1.0/users/" + company.CEOID + "/presence").ok(http.StatusOK).text("availability"); got == "" {
		t.Error("got no presence")
	}
	if got := r.do(http.MethodPost, "/v1.0/communications/getPresencesByUserId", map[string]any{"ids": []string{company.CEOID, company.MemberID}}).list(); len(got) != 2 {
		t.Errorf("got %d presences", len(got))
	}
	alert := r.get("/v1.0/security/alerts_v2").column("id")[0]
	r.do(http.MethodPatch, "/v1.0/security/alerts_v2/"+alert, map[string]any{"status": "resolved"}).ok(http.StatusOK)
	guest := r.do(http.MethodPost, "/v1.0/invitations", map[string]any{"invitedUserEmailAddress": "nina@hafenlabor.example", "inviteRedirectUrl": "https://portal.merisand.example"}).ok(http.StatusCreated)
	r.get("/v1.0/users/" + guest.body["invitedUser"].(map[string]any)["id"].(string)).ok(http.StatusOK)
	r.get("/v1.0/security/alarms").refused(http.StatusBadRequest, "BadRequest", "Resource not found for the segment 'alarms'.")
	r.get("/v1.0/security/alerts_v2?$select=loudness").refused(http.StatusBadRequest, "BadRequest", "Could not find a property named 'loudness' on type 'microsoft.graph.security.alert'.")
}

func TestDeletedUsersComeBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do(http.MethodDelete, member, nil).ok(http.StatusNoContent)
	r.get(member).refused(http.StatusNotFound, "Request_ResourceNotFound", "")
	if got := r.get("/v1.0/directory/deletedItems/microsoft.graph.user?$select=id,deletedDateTime").column("id"); !slices.Equal(got, []string{company.MemberID}) {
		t.Errorf("got deleted users %v", got)
	}
	r.get("/v1.0/directory/deletedItems").refused(http.StatusBadRequest, "Request_BadRequest", "microsoft.graph.user")
	r.do(http.MethodPost, "/v1.0/directory/deletedItems/"+company.MemberID+"/restore", nil).ok(http.StatusOK)
	r.get(member).ok(http.StatusOK)
	r.do(http.MethodPost, "/v1.0/directory/deletedItems/"+company.MemberID+"/restore", nil).refused(http.StatusNotFound, "Request_ResourceNotFound", "")
}

func TestWhoHasNoSecondFactor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	without := r.get("/v1.0/reports/authenticationMethods/userRegistrationDetails" + query("$filter", "isMfaRegistered eq false and userType eq 'member'", "$top", "999")).list()
	if len(without) == 0 || len(without) > 100 {
		t.Errorf("got %d people", len(without))
	}
	if got := without[0]["methodsRegistered"].([]any); len(got) != 0 {
		t.Errorf("got methods %v", got)
	}
}
