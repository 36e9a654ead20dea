package policy_test

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// A read-only profile makes the POSTs that only read, where they stand in Graph, and no other.
func TestReadOnlyPosts(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{})
	for call, want := range map[string]string{
		"POST /search/query":                 "allow",
		"POST /SEARCH/Query":                 "allow",
		"POST /search/microsoft.graph.query": "allow",
		"POST /me/getMemberGroups":           "allow",
		"POST /users('ada@contoso.com')/microsoft.graph.getMemberObjects":                                 "allow",
		"POST /groups/1/checkMemberObjects":                                                               "allow",
		"POST /directoryObjects/getByIds":                                                                 "allow",
		"POST /directoryObjects/microsoft.graph.validateProperties":                                       "allow",
		"POST /users/ada/calendar/getSchedule":                                                            "allow",
		"POST /me/calendars/AAMk=/getSchedule":                                                            "allow",
		"POST /users/ada/findMeetingTimes":                                                                "allow",
		"POST /me/translateExchangeIds":                                                                   "allow",
		"POST /users/ada/getMailTips":                                                                     "allow",
		"POST /beta/communications/getPresencesByUserId":                                                  "allow",
		"POST /solutions/bookingBusinesses/a@b.c/getStaffAvailability":                                    "allow",
		"POST /sites/x,1,2/onenote/notebooks/GetNotebookFromWebUrl":                                       "allow",
		"POST /drives/b!1/items/01AB/preview":                                                             "allow",
		"POST /security/microsoft.graph.security.runHuntingQuery":                                         "allow",
		"POST /identity/conditionalAccess/evaluate":                                                       "allow",
		"POST /deviceManagement/reports/getCachedReport":                                                  "allow",
		"POST /copilot/retrieval":                                                                         "allow",
		"POST azure:/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01":                  "allow",
		"POST /identityGovernance/entitlementManagement/accessPackages/1/getApplicablePolicyRequirements": "allow",

		// What a person named, and what stands elsewhere.
		"POST /me/drive/root:/search/query":                                                  "deny",
		"POST /me/drive/root:/getSchedule":                                                   "deny",
		"POST /me/drive/root:/query":                                                         "deny",
		"POST /me/drive/root:/x:/preview":                                                    "deny",
		"POST /me/drive/root:/items/x/preview":                                               "deny",
		"POST /sites/root/lists/getByIds/items":                                              "deny",
		"POST /sites/root/lists/1/items/getMemberGroups":                                     "deny",
		"POST /me/mailFolders/getMailTips/messages":                                          "deny",
		"POST /me/mailFolders/x/getMailTips":                                                 "deny",
		"POST /teams/1/channels/getSchedule":                                                 "deny",
		"POST /me/calendar(x='getSchedule')":                                                 "deny",
		"POST /me/calendar/x('getSchedule')":                                                 "deny",
		"POST /me/microsoft.graph.getSchedule":                                               "deny",
		"POST /users/microsoft.graph.getSchedule/sendMail":                                   "deny",
		"POST /search/query/microsoft.graph.reset":                                           "deny",
		"POST /me/calendar/graph.evil/getSchedule":                                           "deny",
		"POST /users(x='1')/microsoft.graph.getMailTips":                                     "deny",
		"POST azure:/search/query":                                                           "deny",
		"POST /providers/Microsoft.ResourceGraph/resources":                                  "deny",
		"POST azure:/subscriptions/1/providers/Microsoft.Storage/storageAccounts/x/listKeys": "deny",
		"PUT /search/query":                                                                  "deny",
		"DELETE /search/query":                                                               "deny",

		// Actions that sound like reading, and are not.
		"POST /me/drive/items/1/createLink":                            "deny",
		"POST /me/drive/items/1/extractSensitivityLabels":              "deny",
		"POST /me/drive/items/1/workbook/createSession":                "deny",
		"POST /me/onlineMeetings/createOrGet":                          "deny",
		"POST /deviceManagement/reports/exportJobs":                    "deny",
		"POST /security/auditLog/queries":                              "deny",
		"POST /servicePrincipals/1/getPasswordSingleSignOnCredentials": "deny",
		"POST /shares/u!1/permission/grant":                            "deny",
		"POST /users/1/assignLicense":                                  "deny",
		"POST /oauth2PermissionGrants":                                 "deny",
		"POST /auditLogs/signIns/confirmCompromised":                   "deny",
	} {
		if got, err := try(t, p, false, call, ""); got != want {
			// A batch is judged by what is in it, elsewhere.
			t.Errorf("%s: got %s (%v), want %s", call, got, err, want)
		}
	}
}
