package policy_test

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// What a rule takes away is not to be had by other means.
func TestOtherMeans(t *testing.T) {
	t.Parallel()
	content := policy.Rules{ReadWrite: true, Deny: []string{"PUT /**/content"}}
	session := policy.Rules{ReadWrite: true, Confirm: []string{"POST /**/createUploadSession"}}
	attachments := policy.Rules{ReadWrite: true, Deny: []string{"POST /users/*/messages/*/attachments"}}
	mail := policy.Rules{ReadWrite: true, Confirm: []string{"POST /users/*/sendMail"}}
	folders := policy.Rules{ReadWrite: true, Deny: []string{"* /users/*/messages/**", "DELETE /users/*/events/*", "* /drives/*/root/**", "* /teams/t1/**", "DELETE /users/*"}}
	mine := policy.Rules{ReadWrite: true, Deny: []string{"* /me/messages/**"}}
	given := policy.Rules{ReadWrite: true, Allow: []string{"PUT /me/drive/**", "GET /users/*/messages/**"}}
	for _, tt := range []struct {
		rules policy.Rules
		call  string
		want  string
	}{
		{content, "PUT /me/drive/root:/a.txt:/content", "deny"},
		{content, "POST /me/drive/root:/a.txt:/createUploadSession", "deny"},
		{content, "POST /drives/b!1/items/1/microsoft.graph.createUploadSession", "deny"},
		{content, "POST /me/drive/items/1/createLink", "allow"},
		{session, "PUT /me/drive/items/1/content", "confirm"},
		{session, "PATCH /me/drive/items/1", "allow"},
		{attachments, "POST /me/messages/1/attachments/createUploadSession", "deny"},
		{attachments, "POST /users/ada/mailFolders/inbox/messages/1/attachments", "deny"},
		{attachments, "POST /me/events/1/attachments/createUploadSession", "allow"},
		{mail, "POST /me/sendMail", "confirm"},
		{mail, "POST /users/ada/messages/1/send", "confirm"},
		{mail, "POST /me/messages/1/replyAll", "confirm"},
		{mail, "POST /me/mailFolders/drafts/messages/1/forward", "confirm"},
		{mail, "POST /me/messages/1/createReply", "allow"},
		{folders, "GET /me/mailFolders/inbox/messages", "deny"},
		{folders, "GET /users/ada/mailFolders/inbox/childFolders/2/messages/3", "deny"},
		{folders, "GET /me/mailFolders/inbox", "allow"},
		{folders, "DELETE /me/calendars/1/events/2", "deny"},
		{folders, "DELETE /users/ada/calendarGroups/1/calendars/2/events/3", "deny"},
		{folders, "GET /me/calendar/calendarView", "allow"},
		{folders, "GET /me/drive/root/children", "deny"},
		{folders, "GET /drive/root/children", "deny"},
		{folders, "GET /sites/root/drives/b!2/root/children", "deny"},
		{folders, "GET /me/drive/items/1", "allow"},
		{folders, "GET /groups/t1/team/channels", "deny"},
		{folders, "GET /me/joinedTeams/t1/channels", "deny"},
		{folders, "DELETE /directoryObjects/1", "deny"},
		{folders, "POST /me/events/1/permanentDelete", "deny"},
		{folders, "POST /me/contacts/1/permanentDelete", "allow"},
		{folders, "GET /directoryObjects/1", "allow"},
		{mine, "GET /me/mailFolders/inbox/messages", "deny"},
		{mine, "GET /users/ada/mailFolders/inbox/messages", "deny"},

		// A permission is for what it says.
		{given, "PUT /me/drive/items/1/content", "allow"},
		{given, "POST /me/drive/items/1/createUploadSession", "deny"},
		{given, "GET /users/ada/messages", "allow"},
		{given, "GET /me/messages", "deny"},
		{given, "GET /users/ada/mailFolders/inbox/messages", "deny"},
	} {
		if got, err := try(t, mustPolicy(t, tt.rules), false, tt.call, ""); got != tt.want {
			t.Errorf("%s under %+v: got %s (%v), want %s", tt.call, tt.rules, got, err, tt.want)
		}
	}
}
