package graphsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

func TestToDo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	lists := r.get(member + "/todo/lists" + query("$filter", "wellknownListName eq 'defaultList'")).column("id")
	at := member + "/todo/lists/" + lists[0] + "/tasks"
	made := r.do(http.MethodPost, at, map[string]any{"title": "Call the harbour master", "dueDateTime": map[string]any{"dateTime": "2026-12-01T00:00:00", "timeZone": "UTC"}}).ok(http.StatusCreated)
	if made.text("status") != "notStarted" {
		t.Errorf("got %v", made.body)
	}
	r.do(http.MethodPatch, at+"/"+made.text("id"), map[string]any{"status": "completed"}).ok(http.StatusOK)
	if done := r.get(at + query("$filter", "status eq 'completed'")).column("title"); !slices.Contains(done, "Call the harbour master") {
		t.Errorf("got completed tasks %v", done)
	}
	r.do(http.MethodDelete, at+"/"+made.text("id"), nil).ok(http.StatusNoContent)
	r.get(at+"/"+made.text("id")).refused(http.StatusNotFound, "ErrorItemNotFound", "")
	r.do(http.MethodPost, at, map[string]any{"name": "x"}).refused(http.StatusBadRequest, "BadRequest", "'name'")
	r.get(member+"/todo/lists/nothing/tasks").refused(http.StatusNotFound, "ErrorItemNotFound", "")
}

func TestPlanner(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	groups := r.get("/v1.0/groups" + query("$filter", "mailNickname eq 'productdev'")).column("id")
	plans := r.get("/v1.0/groups/" + groups[0] + "/planner/plans").column("id")
	tasks := r.get("/v1.0/planner/plans/" + plans[0] + "/tasks").list()
	if len(tasks) < 4 || len(r.get("/v1.0/planner/plans/"+plans[0]+"/buckets").list()) != 3 {
		t.Fatalf("got %d tasks", len(tasks))
	}
	at := "/v1.0/planner/tasks/" + tasks[0]["id"].(string)
	r.do(http.MethodPatch, at, map[string]any{"percentComplete": 100}).refused(http.StatusBadRequest, "BadRequest", "If-Match")
	r.do(http.MethodPatch, at, map[string]any{"percentComplete": 100}, `If-Match: W/"old"`).refused(http.StatusPreconditionFailed, "resourceModified", "ETag")
	r.do(http.MethodPatch, at, map[string]any{"percentComplete": 100}, "If-Match: "+tasks[0]["@odata.etag"].(string)).ok(http.StatusNoContent)
	if got := r.get(at).ok(http.StatusOK).body["percentComplete"]; got != 100.0 {
		t.Errorf("got %v percent", got)
	}
	r.do(http.MethodPost, "/v1.0/planner/tasks", map[string]any{"planId": plans[0], "title": "New"}).ok(http.StatusCreated)
	r.do(http.MethodPost, "/v1.0/planner/tasks", map[string]any{"planId": "none", "title": "New"}).refused(http.StatusBadRequest, "BadRequest", "planId")
	assigned := tasks[0]["assignments"].(map[string]any)
	for id := range assigned {
		if own := r.get("/v1.0/users/" + id + "/planner/tasks").column("id"); !slices.Contains(own, tasks[0]["id"].(string)) {
			t.Errorf("%s does not have the task", id)
		}
	}
}

// chatter is a person who may read and write in Teams.
func chatter(r *http.Request) (graphsim.Caller, error) {
	if id, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer person "); ok {
		return graphsim.Caller{AppID: company.DesktopClientID, UserID: id, TenantID: company.TenantID,
			Permissions: []string{"Chat.ReadWrite", "ChannelMessage.Send", "ChannelMessage.Read.All", "Team.ReadBasic.All", "Channel.ReadBasic.All"}}, nil
	}
	return authenticate(r)
}

func TestTeams(t *testing.T) {
	t.Parallel()
	r := newRigWith(t, graphsim.Options{Authenticate: chatter})
	p := r.as("person " + company.MemberID)
	teams := p.get("/v1.0/me/joinedTeams").list()
	if len(teams) == 0 {
		t.Fatal("got no teams")
	}
	at := "/v1.0/teams/" + teams[0]["id"].(string) + "/channels"
	channels := p.get(at + query("$filter", "displayName eq 'General'")).column("id")
	posted := p.do(http.MethodPost, at+"/"+channels[0]+"/messages", map[string]any{"body": map[string]any{"content": "The tank is free on Friday."}}).ok(http.StatusCreated)
	if from := posted.body["from"].(map[string]any)["user"].(map[string]any)["displayName"]; from != "Séamus O'Shea" {
		t.Errorf("got author %v", from)
	}
	if ids := p.get(at + "/" + channels[0] + "/messages").column("id"); !slices.Contains(ids, posted.text("id")) {
		t.Errorf("got messages %v", ids)
	}
	p.do(http.MethodPost, at+"/"+channels[0]+"/messages/"+posted.text("id")+"/replies", map[string]any{"body": map[string]any{"content": "Good."}}).ok(http.StatusCreated)
	r.do(http.MethodPost, at+"/"+channels[0]+"/messages", map[string]any{"body": map[string]any{"content": "I am a machine."}}).refused(http.StatusForbidden, "Forbidden", "Missing role permissions")
	chats := p.get("/v1.0/chats").list()
	if len(chats) < 2 {
		t.Fatalf("got %d chats", len(chats))
	}
	chat := "/v1.0/chats/" + chats[0]["id"].(string)
	p.do(http.MethodPost, chat+"/messages", map[string]any{"body": map[string]any{"content": "See you."}}).ok(http.StatusCreated)
	if got := p.get("/v1.0/me/chats/" + chats[0]["id"].(string) + "/messages").list(); len(got) < 2 {
		t.Errorf("got %d messages", len(got))
	}
	stranger := r.as("person " + company.CEOID)
	stranger.get(chat+"/messages").refused(http.StatusNotFound, "NotFound", "")
	stranger.get(member+"/chats").refused(http.StatusForbidden, "Forbidden", "")
	r.get(chat + "/members").list()
}

func TestFindATimeToMeet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	window := map[string]any{"start": map[string]any{"dateTime": "2026-11-24T08:00:00", "timeZone": "UTC"}, "end": map[string]any{"dateTime": "2026-11-28T17:00:00", "timeZone": "UTC"}}
	ask := map[string]any{"schedules": []string{company.AdminUPN, "nobody@merisand.example"}, "startTime": window["start"], "endTime": window["end"], "availabilityViewInterval": 60}
	schedules := r.do(http.MethodPost, member+"/calendar/getSchedule", ask).list()
	view, _ := schedules[0]["availabilityView"].(string)
	if len(view) != 105 || !strings.Contains(view, "2") || !strings.Contains(view, "0") || schedules[1]["error"] == nil {
		t.Errorf("got schedules %v", schedules)
	}
	found := r.do(http.MethodPost, member+"/findMeetingTimes", map[string]any{"attendees": []any{map[string]any{"emailAddress": map[string]any{"address": company.AdminUPN}}},
		"timeConstraint": map[string]any{"timeSlots": []any{window}}, "maxCandidates": 3}).ok(http.StatusOK)
	times, _ := found.body["meetingTimeSuggestions"].([]any)
	if len(times) == 0 || len(times) > 3 {
		t.Fatalf("got %v", found.body)
	}
	slot := times[0].(map[string]any)["meetingTimeSlot"].(map[string]any)
	start := slot["start"].(map[string]any)["dateTime"].(string)
	for _, id := range []string{company.MemberID, company.AdminID} {
		at := "/v1.0/users/" + id + "/calendarView?startDateTime=" + start + "&endDateTime=" + slot["end"].(map[string]any)["dateTime"].(string)
		for _, e := range r.get(at).list() {
			if e["showAs"] != "free" {
				t.Errorf("%s is busy with %v at %s", id, e["subject"], start)
			}
		}
	}
	ask["endTime"] = window["start"]
	r.do(http.MethodPost, member+"/calendar/getSchedule", ask).refused(http.StatusBadRequest, "ErrorInvalidRequest", "startTime before endTime")
}

// noter is a person who may read notes, mail and what others share.
func noter(r *http.Request) (graphsim.Caller, error) {
	if id, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer person "); ok {
		return graphsim.Caller{UserID: id, TenantID: company.TenantID, Permissions: []string{"Notes.Read", "Mail.Read", "Files.Read", "Presence.Read"}}, nil
	}
	return authenticate(r)
}

func TestNotesMailAndWhatIsShared(t *testing.T) {
	t.Parallel()
	r := newRigWith(t, graphsim.Options{Authenticate: noter})
	p := r.as("person " + company.MemberID)
	pages := p.get("/v1.0/me/onenote/pages" + query("$filter", "title eq 'Supplier visit'")).list()
	if len(pages) != 1 || pages[0]["content"] != nil {
		t.Fatalf("got pages %v", pages)
	}
	content := p.get("/v1.0/me/onenote/pages/" + pages[0]["id"].(string) + "/content").ok(http.StatusOK)
	if !strings.Contains(string(content.raw), "connectors") || content.header.Get("Content-Type") != "text/html" {
		t.Errorf("got %s", content.raw)
	}
	p.get("/v1.0/me/presence").ok(http.StatusOK)
	p.get("/v1.0/users/"+company.CEOID+"/presence").refused(http.StatusForbidden, "Forbidden", "Presence.Read.All")
	p.get("/v1.0/users/"+company.CEOID+"/onenote/pages").refused(http.StatusForbidden, "Forbidden", "")
	find := func(kind string) result {
		return p.do(http.MethodPost, "/v1.0/search/query", map[string]any{"requests": []any{map[string]any{"entityTypes": []string{kind}, "query": map[string]any{"queryString": "halcyon"}}}})
	}
	mail := find("message").list()[0]["hitsContainers"].([]any)[0].(map[string]any)
	if mail["total"] == 0.0 {
		t.Error("got no mail about halcyon")
	}
	find("driveItem").refused(http.StatusForbidden, "accessDenied", "")
	root := r.get("/v1.0/users/" + company.CEOID + "/drive/root/children").list()
	drive := root[0]["parentReference"].(map[string]any)["driveId"].(string)
	r.do(http.MethodPost, "/v1.0/drives/"+drive+"/items/"+root[0]["id"].(string)+"/invite", map[string]any{"roles": []string{"read"}, "recipients": []any{map[string]any{"email": company.MemberUPN}}}).ok(http.StatusOK)
	if shared := p.get("/v1.0/me/drive/sharedWithMe").column("name"); !slices.Equal(shared, []string{root[0]["name"].(string)}) {
		t.Errorf("got shared items %v", shared)
	}
}
