package policy_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// An allow rule gives what it says. Where only the schema knows what a segment is, it has to cover whatever it may be.
func TestAnAllowRuleGivesNoMore(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule        string
		allow, deny []string
	}{
		{"GET /users/*",
			[]string{"/users/x", "/users('x')", "/users(userPrincipalName='x')", "/users(id='x')", "/users/delta", "/users/x/microsoft.graph.user", "/users/x/graph.User", "/users/delta()"},
			[]string{"/users", "/users/x/messages", "/users/x/microsoft.graph.messages", "/users/x/graph.messages", "/users/x/microsoft.graph.messages()", "/users/x(foo='messages')",
				"/users/x(foo='messages',bar='1')", "/users/0(=0)", "/users/x:", "/users/:", "/users/x/microsoft.graph.security.user", "/users/x/microsoft.graph.user('messages')", "/users(employeeId='x')"}},
		{"GET /users/*/*", []string{"/users/x('y')", "/users/x(id='y')", "/users/x(5)"}, []string{"/users/x('')", "/users/x(id='')", "/users/x(id=)", "/users/x(y'=)", "/users/x('y'')", "/users/!(0)", "/users/x", "/users/x/microsoft.graph.user", "/users/x/microsoft.graph.unknownType"}},
		{"GET /users/*/*/*", nil, []string{"/users/x/microsoft.graph.user('messages')"}},
		{"GET /users", []string{"/users", "/users/microsoft.graph.user"}, []string{"/users(employeeId='x')", "/users(a='x',b='y')"}},
		{"GET /groups/*/members", []string{"/groups/1/members/microsoft.graph.user", "/groups/1/members"}, []string{"/groups/1/members/microsoft.graph.anything", "/groups/1/members/x"}},
		{"GET /groups/*/members", nil, []string{"/groups/!(id='members')", "/groups/!('members')"}},
		{"GET /groups/*/members/**", []string{"/groups/1/members/microsoft.graph.anything", "/groups/1/members/x"}, nil},
		{"GET /applications(appId='1')", []string{"/applications(appId='1')"}, []string{"/applications", "/applications(appId='2')", "/applications/1/owners"}},
		{"GET /me/drive", []string{"/me/drive"}, []string{"/me/drive/microsoft.graph.recent", "/me/drive/recent", "/me/drive/microsoft.graph.sharedWithMe()"}},
		{"GET /me/drive/root/*", []string{"/me/drive/root/search(q='x')", "/me/drive/root/delta(token='x')", "/me/drive/root/children"}, []string{"/me/drive/root/microsoft.graph.delta", "/me/drive/root"}},
		{"GET /me/drive/root/delta", []string{"/me/drive/root/delta", "/me/drive/root/microsoft.graph.delta()"}, []string{"/me/drive/root"}},
		{"GET /me/drive/*/*/x", nil, []string{"/me/drive/root/search('x')", "/me/drive/root/search(id='x')"}},
		{"GET /me/drive/root:/pub/*", []string{"/me/drive/root:/pub/a", "/me/drive/root:/pub/a:", "/me/drive/root:/pub/a(id='b')"},
			[]string{"/me/drive/root:/pub/a/microsoft.graph.user", "/me/drive/root:/pub/microsoft.graph.user/a", "/me/drive/root:/pub/a/b"}},
		{"GET /reports/getTeamsUserActivityCounts(period='D7')", []string{"/reports/getTeamsUserActivityCounts(period='D90')"}, []string{"/reports"}},
		{"GET /reports/*", []string{"/reports/getEmailActivityUserDetail(period='D7')"}, []string{"/reports/x(foo='y')"}},
		{"GET /sites/*/lists/*", []string{"/sites/a,b,c/lists/1"}, []string{"/sites/contoso.sharepoint.com:/lists/1", "/sites/root:/lists/1:"}},
		{"GET /sites/**", []string{"/sites/contoso.sharepoint.com:/teams/x:/lists", "/sites/contoso.sharepoint.com:/teams/x"}, nil},
		{"GET /sites/*:/teams/x/lists", []string{"/sites/contoso.sharepoint.com:/teams/x:/lists"}, []string{"/sites/a/teams/x/lists"}},
		{"DELETE /me/drive/items/*/permissions/*", []string{"/me/drive/items/1/permissions/2"}, []string{"/me/drive/items/root:/permissions/x.docx"}},
		{"DELETE /groups/*/members/*/$ref", []string{"/groups/1/members/2/$ref"}, []string{"/groups/1/members/microsoft.graph.user/$ref", "/groups/1/members/microsoft.graph.anything/$ref"}},
		{"GET /groups/*/members/microsoft.graph.user", []string{"/groups/1/members/microsoft.graph.user", "/Groups('1')/members/Microsoft.Graph.User"},
			[]string{"/groups/1/members", "/groups/1/members/microsoft.graph.group", "/groups/1/members/graph.room", "/groups/microsoft.graph.x/members/microsoft.graph.user", "/groups/1/members/microsoft.graph.user/messages", "/groups/microsoft.graph.user"}},
		{"GET /places/microsoft.graph.room", []string{"/places/microsoft.graph.room"}, []string{"/places", "/places/microsoft.graph.roomList", "/places/x"}},
		{"GET /directory/deletedItems/microsoft.graph.user", []string{"/directory/deletedItems/microsoft.graph.user"}, []string{"/directory/deletedItems", "/directory/deletedItems/x"}},
		{"GET /users/*/memberOf/microsoft.graph.group", []string{"/users/x/memberOf/microsoft.graph.group"}, []string{"/users/x/memberOf", "/users/x(a='memberOf')/microsoft.graph.group"}},
		{"GET /me/drive/root/microsoft.graph.delta", []string{"/me/drive/root/microsoft.graph.delta", "/me/drive/root/delta"}, []string{"/me/drive/root", "/me/drive/root:/microsoft.graph.delta"}},
		{"GET /users/*/*/microsoft.graph.user", []string{"/users/x/memberOf/microsoft.graph.user"}, []string{"/users/x/microsoft.graph.unknown/microsoft.graph.user"}},
		{"GET /directoryRoles/*/members", []string{"/directoryRoles(roleTemplateId='6')/members"}, []string{"/directoryRoles(name='6')/members"}},
		{"GET /directoryRoles(roleTemplateId='6')/members", []string{"/directoryRoles(roleTemplateId='6')/members"}, []string{"/directoryRoles(roleTemplateId='7')/members", "/directoryRoles/members"}},
		{"GET /applications/*/federatedIdentityCredentials/*", []string{"/applications(uniqueName='a')/federatedIdentityCredentials(name='x')"}, []string{"/applications/1/owners(name='x')"}},
		{"GET /reports/authenticationMethods/usersRegisteredByFeature", []string{"/reports/authenticationMethods/usersRegisteredByFeature(includedUserTypes='all',includedUserRoles='all')"}, nil},
		{"GET /me/drive/items/*/workbook/worksheets/*/charts/*/image", []string{"/me/drive/items/1/workbook/worksheets/a/charts/b/image(width=0,height=0)"}, nil},
		{"GET /me/drive/items/*/workbook/tables/*/rows/*", []string{"/me/drive/items/1/workbook/tables/t/rows/$itemAt(index=0)"}, nil},
		{"GET /me/outlook/supportedTimeZones", []string{"/me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')"}, nil},
		{"GET /x/fn/**", []string{"/x/fn(a='1',b='2')", "/x/fn(a='1')"}, nil}, // what an error advises
		{"POST /me/sendMail", []string{"/me/sendMail", "/me/microsoft.graph.sendMail"}, []string{"/me/microsoft.graph.user"}},
	} {
		p := mustPolicy(t, policy.Rules{ReadWrite: true, Allow: []string{tt.rule}})
		method, _, _ := strings.Cut(tt.rule, " ")
		for want, paths := range map[string][]string{"allow": tt.allow, "deny": tt.deny} {
			for _, path := range paths {
				if got, err := try(t, p, false, method+" "+path, ""); got != want {
					t.Errorf("%s under %q: got %s (%v), want %s", path, tt.rule, got, err, want)
				}
			}
		}
	}
}

// What a query expands is given where what the path means says so, and nowhere else.
func TestAnAllowRuleGivesNoMoreByExpanding(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Allow: []string{"GET /users/*", "GET /users/*/manager", "GET /groups/*/members", "GET /groups/*/members/*/manager", "GET /groups/*/members/user/members"}})
	for call, want := range map[string]string{
		"GET /users/x?$expand=manager":                                    "allow",
		"GET /users(id='x')?$expand=manager":                              "allow",
		"GET /users/x?$expand=microsoft.graph.manager":                    "deny",
		"GET /users/x?$expand=members":                                    "deny",
		"GET /groups/1/members/microsoft.graph.user?$expand=manager":      "allow",
		"GET /groups/1/members/microsoft.graph.user?$expand=members":      "deny", // of no reading but an unlikely one
		"GET /users/x/microsoft.graph.user?$expand=manager,directReports": "deny",
	} {
		if got, err := try(t, p, false, call, ""); got != want {
			t.Errorf("%s: got %s (%v), want %s", call, got, err, want)
		}
	}
}
