package tools_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func TestMissingPermissions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ method, path, mode, want, partOf string }{
		{"GET", "/me/messages", "interactive", "Mail.ReadBasic", ""},
		{"PATCH", "/me/messages/1", "interactive", "Mail.ReadWrite", ""},
		{"POST", "/users/a@x.example/sendMail", "clientCredentials", "Mail.Send", ""},
		{"POST", "/me/messages/1/replyAll", "interactive", "Mail.Send", ""},
		{"GET", "/users", "interactive", "User.ReadBasic.All", ""},
		{"GET", "/users('1')", "clientCredentials", "User.ReadBasic.All", ""},
		{"GET", "/me", "interactive", "User.Read", ""},
		{"GET", "/me", "clientCredentials", "never", ""},
		{"GET", "/me/messages", "clientCredentials", "never", ""},
		{"GET", "/me/unheardOf", "clientCredentials", "never", ""},
		{"GET", "/meetings", "clientCredentials", "", ""},
		{"GET", "/me/drive/root:/messages/a.txt:/content", "interactive", "Files.Read", ""},
		{"PUT", "/drives/1/items/2/content", "clientCredentials", "Files.ReadWrite.All", ""},
		{"GET", "/sites/root/lists", "clientCredentials", "Sites.Read.All", ""},
		{"GET", "/teams/1/channels/2/messages", "interactive", "ChannelMessage.Read.All", ""},
		{"POST", "/teams/1/channels/2/messages", "clientCredentials", "never", ""},
		{"POST", "/teams/1/channels/2/messages/3/unheardOf", "clientCredentials", "never", "POST /teams/1/channels/2/messages"},
		{"GET", "/groups/1/planner/plans", "interactive", "Tasks.Read", ""},
		{"POST", "/me/calendar/getSchedule", "interactive", "Calendars.ReadBasic", ""},
		{"GET", "/me/calendarView", "interactive", "Calendars.ReadBasic", ""},
		{"GET", "/contacts", "interactive", "OrgContact.Read.All", ""},
		{"GET", "/users/1/contacts", "clientCredentials", "Contacts.Read", ""},
		{"GET", "/me/messages/1/attachments/2/unheardOf", "interactive", "Mail.Read", "GET /me/messages/1/attachments/2"},
		{"GET", "/me/messages/1/attachments/2/a/b/c/d/e", "interactive", "", ""},
		{"GET", "/unheardOf/1", "interactive", "", ""},
		{"GET", "/communications/callRecords/1/sessions/2/unheardOf", "interactive", "", ""}, // some parts are for people
		{"GET", "/users/1/drive/items/2/workbook/unheardOf", "clientCredentials", "", ""},
		{"GET", "/users/1/unheardOf", "interactive", "", ""},
		// Actions are not changes of what they are done with, and folders and calendars have the same ones.
		{"POST", "/users/1/mailFolders/2/messages/3/forward", "interactive", "Mail.Send", ""},
		{"POST", "/users/1/mailFolders/2/messages/3/reply", "interactive", "Mail.Send", ""},
		{"POST", "/me/mailFolders/2/messages/3/replyAll", "interactive", "Mail.Send", ""},
		{"POST", "/me/calendars/2/events/3/accept", "interactive", "Calendars.ReadWrite", ""},
		{"POST", "/users/1/calendars/2/events/3/forward", "interactive", "Calendars.Read", ""},
		{"PATCH", "/users/1/calendars/2/events/3", "interactive", "Calendars.ReadWrite", ""},
		{"GET", "/users/1/calendars/2/events/3", "interactive", "Calendars.ReadBasic", ""},
		{"POST", "/users/1/calendar/unheardOf", "interactive", "", ""},
	} {
		got, partOf, never := tools.PermissionFor(tt.method, tt.path, tt.mode)
		if never && got == "" {
			got = "never"
		}
		if got != tt.want || partOf != tt.partOf {
			t.Errorf("%s %s, %s: got %q as a part of %q, want %q of %q", tt.method, tt.path, tt.mode, got, partOf, tt.want, tt.partOf)
		}
	}
}

func TestPermissionsThatIncludeOthers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		have, needed string
		want         bool
	}{
		{"Mail.Read", "Mail.Read", true},
		{"Mail.ReadWrite", "Mail.Read", true},
		{"Mail.Read", "Mail.ReadWrite", false},
		{"Mail.ReadBasic", "Mail.Read", false},
		{"Files.ReadWrite.All", "Files.Read", true},
		{"Files.Read", "Files.Read.All", false},
		{"Mail.Read.Shared", "Mail.Read", false},
		{"Mail.Send", "Mail.Read", false},
		{"User.Read.All", "User.ReadBasic.All", true},
		{"Group.Read.All", "GroupMember.Read.All", true},
		{"Group.Read.All", "GroupMember.ReadWrite.All", false},
		{"GroupMember.Read.All", "Group.Read.All", false},
		{"Mail.ReadWrite", "Mail.ReadBasic.All", true},
		{"Mail.Send", "Mail.ReadBasic.All", false},
		{"Sites.ReadWrite.All", "Files.Read.All", true},
		{"Sites.Read.All", "Files.ReadWrite.All", false},
		{"Directory.Read.All", "Application.Read.All", true},
		{"Directory.Read.All", "Application.ReadWrite.All", false},
		{"Directory.ReadWrite.All", "Application.ReadWrite.All", true},
		{"Directory.ReadWrite.All", "Application.ReadWrite.OwnedBy", true},
		{"Directory.ReadWrite.All", "Team.Create", true}, // by way of Group.ReadWrite.All
		{"Directory.ReadWrite.All", "Mail.Read", false},
		{"Directory.Read.All", "Group.ReadWrite.All", false},
		{"TeamMember.Read.All", "TeamMember.Read.Group", true},
		{"Chat.Read.All", "Chat.Read.Chat", true},
		{"TeamMember.Read.Group", "TeamMember.Read.All", false},
		{"TeamMember.Read.Group", "TeamMember.Read.Chat", false},
		{"Calendars.Read", "Calendars.Read.Shared", false},
		{"Notes.ReadWrite", "Notes.Create", true},
		{"Notes.ReadWrite.All", "Notes.Create", true},
		{"Notes.Read.All", "Notes.Create", false},
		{"Bookings.Manage.All", "Bookings.ReadWrite.All", true},
		{"Bookings.Manage.All", "BookingsAppointment.ReadWrite.All", true},
		{"Bookings.ReadWrite.All", "Bookings.Manage.All", false},
		{"Sites.FullControl.All", "Files.Read", true},
		{"TeamsAppInstallation.ReadWriteForTeam.All", "TeamsAppInstallation.ReadForTeam.All", true},
		{"TeamsAppInstallation.ReadWriteForTeam.All", "TeamsAppInstallation.ReadForChat.All", false},
		{"TeamsAppInstallation.ReadForTeam.All", "TeamsAppInstallation.ReadWriteForTeam.All", false},
		{"Group.ReadWrite.All", "Tasks.ReadWrite", false}, // of planner's tasks alone
		{"UserAuthenticationMethod.Read.All", "UserAuthMethod-Phone.Read.All", true},
		{"UserAuthenticationMethod.Read.All", "UserAuthMethod-Phone.ReadWrite.All", false},
	} {
		if got := catalog.Covers([]string{tt.have}, tt.needed); got != tt.want {
			t.Errorf("%s includes %s: got %v", tt.have, tt.needed, got)
		}
	}
	for _, tt := range []struct {
		call, have, needed string
		want               bool
	}{
		{"PATCH /planner/tasks/{task}", "Group.ReadWrite.All", "Tasks.ReadWrite", true},
		{"PATCH /planner/tasks/{task}", "Group.Read.All", "Tasks.ReadWrite", false},
		{"PATCH /me/todo/lists/{list}", "Group.ReadWrite.All", "Tasks.ReadWrite", false},
		{"GET /me/onenote/sections", "Notes.Read", "Notes.Create", true},
		{"POST /me/onenote/sections", "Notes.Read", "Notes.Create", false},
		{"POST /me/getMemberGroups", "Group.Read.All", "User.Read", true},
		{"POST /me/getMailTips", "Group.Read.All", "User.Read", false},
	} {
		method, path, _ := strings.Cut(tt.call, " ")
		if got := (catalog.Operation{Method: method, Path: path}).Allows([]string{"Mail.Read", tt.have}, tt.needed); got != tt.want {
			t.Errorf("%s with %s, which needs %s: got %v", tt.call, tt.have, tt.needed, got)
		}
	}
}

// What includes what has an end, and nothing includes what there is none of.
func TestNoPermissionIncludesWhatIsNone(t *testing.T) {
	t.Parallel()
	for _, area := range tools.Known().Areas() {
		for _, o := range tools.Known().Area(area.Name) {
			for _, have := range []string{o.Delegated, o.Application, "Directory.ReadWrite.All", "Sites.FullControl.All", "RoleManagement.ReadWrite.All", "", ".", "For"} {
				if o.Allows([]string{have}, "Nothing.Read.All") && !strings.Contains(strings.ToLower(o.Path), "member") {
					t.Fatalf("%s %s: %q is enough for nothing", o.Method, o.Path, have)
				}
			}
		}
	}
}

func TestCallsThatNoPermissionHelps(t *testing.T) {
	t.Parallel()
	refused := func(mode, method, path string) string {
		p := asker(nil)
		p.Mode, p.Endpoints = mode, must(graph.NewEndpoints("https://graph.microsoft.com", ""))
		_, err := tools.All()[0].Call(t.Context(), tools.Call{Arguments: json.RawMessage(`{"path":"` + path + `","method":"` + method + `"}`), Profile: p,
			Progress: func(int, int, string) {}, Graph: service(func(r *graph.Request) (*graph.Response, error) {
				return nil, &graph.Error{Status: 403, Code: "Forbidden", Method: r.Method(), Path: r.Path()}
			})})
		return hintOf(err)
	}
	for _, tt := range []struct{ mode, method, path, want string }{
		{"clientCredentials", "POST", "/teams/1/channels/2/messages", "only a signed-in person can make this call"},
		{"clientCredentials", "POST", "/teams/1/channels/2/messages/3/unheardOf", "probably no app can make this call, as none can POST /teams/1/channels/2/messages"},
		{"clientCredentials", "GET", "/me/messages", "/users/{id or userPrincipalName}"},
		{"interactive", "GET", "/me/messages", "Mail.ReadBasic"},
	} {
		if hint := refused(tt.mode, tt.method, tt.path); !strings.Contains(hint, tt.want) || strings.Contains(hint, "token has") && tt.mode != "interactive" {
			t.Errorf("%s %s as %s: got %q, want %q", tt.method, tt.path, tt.mode, hint, tt.want)
		}
	}
	onlyApps := ""
	for _, area := range tools.Known().Areas() {
		for _, o := range tools.Known().Area(area.Name) {
			if o.Delegated == "-" && o.Method == "GET" && !strings.Contains(o.Path, "(") {
				onlyApps = o.Path
			}
		}
	}
	if hint := refused("interactive", "GET", onlyApps); !strings.Contains(hint, "only an app can make this call") {
		t.Errorf("%s: got %q", onlyApps, hint)
	}
}
