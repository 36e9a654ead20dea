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
	drives := policy.Rules{ReadWrite: true, Deny: []string{"* /drives/**"}}
	sites := policy.Rules{ReadWrite: true, Deny: []string{"* /sites/**"}}
	lists := policy.Rules{ReadWrite: true, Deny: []string{"* /sites/*/lists/**"}}
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
		{mail, "POST /me/events/1/forward", "confirm"},
		{mail, "POST /users/ada/calendars/1/events/2/microsoft.graph.forward", "confirm"},
		{mail, "POST /groups/1/threads/2/reply", "confirm"},
		{mail, "POST /groups/1/conversations/2/threads/3/posts/4/forward", "confirm"},
		{mail, "POST /groups/1/events/2/forward", "confirm"},
		{mail, "POST /me/events/1/snoozeReminder", "allow"},
		{mail, "PATCH /groups/1/threads/2", "allow"},
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
		{drives, "PUT /sites/contoso.sharepoint.com:/teams/x:/drive/root:/a.txt:/content", "deny"},
		{drives, "GET /sites/contoso.sharepoint.com:/teams/x:/drives/d/root/children", "deny"},
		{drives, "GET /groups/1/sites/root/drive/root/children", "deny"},
		{drives, "GET /sites/a/sites/b/drive/root", "deny"},
		{drives, "GET /sites/a/getByPath(path='/x')/drive/root", "deny"},
		{drives, "GET /sites/a/lists/1/drive/root", "deny"},
		{drives, "GET /sites/a/lists/1/items/2/driveItem/content", "deny"},
		{drives, "GET /me/followedSites/1/drive/root", "deny"},
		{drives, "GET /users/ada/followedSites/1/drives/2", "deny"},
		{drives, "GET /shares/u!x/driveItem/content", "deny"},
		{drives, "GET /shares/u!x/root:/a:/content", "deny"},
		{drives, "GET /shares/u!x", "deny"},
		{drives, "GET /teams/1/channels/2/filesFolder", "deny"},
		{drives, "GET /sites/a/lists/1/items", "allow"},
		{sites, "GET /groups/1/sites/root/lists", "deny"},
		{sites, "DELETE /groups/1/sites/root/lists/2/items/3", "deny"},
		{sites, "GET /me/followedSites/1/lists", "deny"},
		{sites, "GET /users/ada/followedSites", "deny"},
		{sites, "GET /shares/u!x/site", "deny"},
		{sites, "GET /me/drive/root:/sites/a", "allow"},
		{sites, "GET /groups/1/drive/root:/sites/a", "allow"},
		{lists, "GET /sites/contoso.sharepoint.com:/teams/x:/lists/1", "deny"},
		{lists, "GET /sites/a/getByPath(path='/x')/lists", "deny"},
		{lists, "GET /groups/1/sites/contoso.sharepoint.com:/teams/x:/lists", "deny"},
		{lists, "GET /shares/u!x/listItem", "deny"},
		{lists, "GET /sites/a/drive/root", "allow"},
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
