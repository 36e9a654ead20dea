package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// wish is one thing that somebody asks for, in plain words, with the values that they name. The script that grants it knows no
// path of Graph: it takes the first call that find_graph_api offers, is allowed to make, and has all the values for.
type wish struct {
	words  string
	query  map[string]string // what they want to see or filter, in place of the example's; "" leaves an option out
	body   any               // what is to be sent, in the shape of the example; nil: as the example has it
	learns func(known map[string]string, a answer)
	sees   string // what has to stand in the answer; "": it says nothing
}

// task is a few wishes one after the other: what one learns, the next ones know.
type task struct {
	name   string
	wishes []wish
	left   func(*cook) // looks at what is left behind, by paths of its own; nil: nothing
}

var placeholder = regexp.MustCompile(`\{([a-zA-Z]+)\}`)

// found is what find_graph_api answers.
type found struct {
	Calls []struct {
		Call, Allowed string
		Or            []string       // other paths that do the same
		Graph         map[string]any `json:"microsoft_graph"`
	}
}

// grant makes a wish come true.
func (k *cook) grant(w wish) answer {
	k.t.Helper()
	got := convert(k.t)(k.c.CallTool(within(k.t), toolRequest("find_graph_api", map[string]any{"query": w.words})))
	var offers found
	if err := json.Unmarshal([]byte(got.text()), &offers); err != nil || got.IsError {
		k.t.Fatalf("%s: %v in %s", w.words, err, got.text())
	}
	for _, offer := range offers.Calls {
		arguments, complete := k.fillIn(offer.Graph, offer.Or, w)
		if !complete || strings.HasPrefix(offer.Allowed, "no") {
			continue
		}
		arguments["format"] = "raw"
		_, a := k.call("microsoft_graph", arguments)
		k.made = append(k.made, offer.Call)
		delete(a, "@odata.context") // it repeats what was asked for
		if !strings.Contains(fmt.Sprint(a), w.sees) || w.sees == "" && len(a.items()) > 0 {
			k.t.Errorf("%s: %s answers %.500v, want %q in it", w.words, offer.Call, a, w.sees)
		}
		return a
	}
	k.t.Fatalf("%s: nothing to call among %s", w.words, got.text())
	return nil
}

// fillIn makes of an example what is wished for, and puts what is known in the place of what stands in braces.
func (k *cook) fillIn(example map[string]any, others []string, w wish) (arguments map[string]any, complete bool) {
	options, _ := example["queryParams"].(map[string]any)
	if options == nil {
		options = map[string]any{}
	}
	for name, value := range w.query {
		options[name] = value
		if value == "" {
			delete(options, name)
		}
	}
	example["queryParams"] = options
	if w.body != nil {
		example["body"] = w.body
	}
	path, _ := example["path"].(string)
	for _, path := range append([]string{path}, others...) {
		example["path"] = path
		text, err := json.Marshal(example)
		if err != nil {
			k.t.Fatal(err)
		}
		complete = true
		filled := placeholder.ReplaceAllStringFunc(string(text), func(open string) string {
			value := k.known[strings.Trim(open, "{}")]
			complete = complete && value != ""
			return value
		})
		if err := json.Unmarshal([]byte(filled), &arguments); err != nil {
			k.t.Fatalf("%v in %s", err, filled)
		}
		if complete {
			break
		}
	}
	return arguments, complete
}

// first notes a property of the first element under a name.
func first(property, as string) func(map[string]string, answer) {
	return func(known map[string]string, a answer) {
		if items := a.items(); len(items) > 0 {
			known[as] = items[0].text(property)
		}
	}
}

// its notes a property of the answer.
func its(property, as string) func(map[string]string, answer) {
	return func(known map[string]string, a answer) { known[as] = a.text(property) }
}

func tasks() []task {
	soon := time.Now().UTC().AddDate(0, 0, 3).Format("2006-01-02")
	staff := company.New(time.Now())
	names := map[string]string{}
	for _, u := range staff.Users {
		names[u["id"].(string)] = u["displayName"].(string)
	}
	report, group := "", ""
	for id, manager := range staff.ManagerOf {
		if manager == company.AdminID {
			report = names[id]
		}
	}
	for _, g := range staff.Groups {
		if slices.Contains(staff.Members[g["id"].(string)], company.AdminID) {
			group = g["displayName"].(string)
		}
	}
	recipients := []any{map[string]any{"emailAddress": map[string]any{"address": sandbox.MemberUPN}}}
	return []task{
		{"how many people work here", []wish{{words: "how many users are there", sees: fmt.Sprintf("map[text:%d]", len(staff.Users))}}, nil},
		{"who is the head of IT", []wish{{words: "find people by their job title", query: map[string]string{"$filter": "jobTitle eq 'Head of IT'", "$select": "displayName,jobTitle", "$orderby": ""}, sees: names[company.AdminID]}}, nil},
		{"whose boss", []wish{{words: "who is the boss of somebody", sees: names[staff.ManagerOf[company.AdminID]]}}, nil},
		{"who reports to her", []wish{{words: "wer berichtet an sie?", query: map[string]string{"$select": "displayName"}, sees: report}}, nil},
		{"unread mail", []wish{{words: "unread mail", query: map[string]string{"$filter": "isRead eq false", "$orderby": ""}, sees: "subject:"}}, nil},
		{"write a mail", []wish{{words: "send an email to a colleague", body: map[string]any{"message": map[string]any{"subject": "Rope", "body": map[string]any{"contentType": "Text", "content": "It is here."}, "toRecipients": recipients}}},
			{words: "list the messages in a folder such as sent items", query: map[string]string{"$filter": "", "$orderby": "", "$top": "10"}, sees: "Rope"}}, nil},
		{"next week's appointments", []wish{{words: "appointments of the next seven days", query: map[string]string{"startDateTime": time.Now().UTC().Format(time.RFC3339), "endDateTime": time.Now().UTC().AddDate(0, 0, 7).Format(time.RFC3339)}, sees: "subject:"}}, nil},
		{"book a meeting", []wish{{words: "créer un rendez-vous dans le calendrier", body: map[string]any{"subject": "Rope review", "start": map[string]any{"dateTime": soon + "T09:00:00", "timeZone": "UTC"}, "end": map[string]any{"dateTime": soon + "T10:00:00", "timeZone": "UTC"}}, sees: "Rope review"}}, nil},
		{"groups of a person", []wish{{words: "which groups is somebody a member of", sees: group}}, nil},
		{"join a group and leave it", []wish{
			{words: "find a group by its name", query: map[string]string{"$filter": "startswith(displayName,'Device Pilot')", "$search": "", "$orderby": "", "$select": "id,displayName"}, learns: first("id", "group"), sees: "Device Pilot"},
			{words: "add a member to a group", body: map[string]any{"@odata.id": "GRAPH/v1.0/directoryObjects/" + company.CEOID}},
			{words: "list the members of a group", query: map[string]string{"$select": "id", "$top": "100"}, sees: company.CEOID},
			{words: "remove a person from a group"}},
			func(k *cook) {
				if a := k.read("/groups/" + k.known["group"] + "/members?$select=id&$top=100"); strings.Contains(fmt.Sprint(a), company.CEOID) {
					k.t.Errorf("the members are %v", a)
				}
			}},
		{"close an account", []wish{{words: "disable a user account", body: map[string]any{"accountEnabled": false}}},
			func(k *cook) {
				if a := k.read("/users/" + sandbox.AdminUPN + "?$select=accountEnabled"); a["accountEnabled"] != false {
					k.t.Errorf("the account is %v", a)
				}
			}},
		{"sites", []wish{
			{words: "find a sharepoint site by name", query: map[string]string{"search": "operations"}, learns: first("id", "site"), sees: "webUrl"},
			{words: "document libraries of a site", sees: "name:Documents"},
			{words: "lists of a sharepoint site", learns: first("id", "list"), sees: "displayName:"}}, nil},
		{"a folder for files", []wish{
			{words: "create a folder in OneDrive", body: map[string]any{"name": "Rope", "folder": map[string]any{}}, learns: its("id", "item"), sees: "Rope"},
			{words: "share a file with a colleague", body: map[string]any{"recipients": []any{map[string]any{"email": sandbox.MemberUPN}}, "roles": []any{"read"}, "requireSignIn": true, "sendInvitation": false}, sees: "[read]"},
			{words: "delete a file"}},
			func(k *cook) {
				if a := k.read("/users/" + sandbox.AdminUPN + "/drive/root/children?$select=name&$top=200"); len(a.items()) == 0 || strings.Contains(fmt.Sprint(a), "name:Rope") {
					k.t.Errorf("the files are %v", a)
				}
			}},
		{"licences", []wish{{words: "which licences do we have and how many are used", sees: staff.SubscribedSkus[0]["skuPartNumber"].(string)}}, nil},
		{"expiring secrets", []wish{{words: "app registrations whose client secrets expire", query: map[string]string{"$filter": ""}, sees: "endDateTime"}}, nil},
		{"administrators", []wish{
			{words: "list the directory roles that are in use", query: map[string]string{"$filter": ""}, learns: first("id", "role"), sees: "displayName:"},
			{words: "members of a directory role", sees: "displayName:"}}, nil},
		{"out of office", []wish{{words: "set an out of office reply", body: map[string]any{"automaticRepliesSetting": map[string]any{"status": "alwaysEnabled", "internalReplyMessage": "Back on Monday", "externalReplyMessage": "Back on Monday"}}},
			{words: "show the automatic replies of a mailbox", sees: "Back on Monday"}}, nil},
		{"failed sign-ins", []wish{{words: "sign-in log of the last days", query: map[string]string{"$filter": ""}, sees: "@" + company.Domain}}, nil},
		{"an app's permissions", []wish{
			{words: "find an enterprise application by name", query: map[string]string{"$filter": "displayName eq 'Nightly Mail Archive'", "$search": ""}, learns: first("id", "servicePrincipal"), sees: "appId"},
			{words: "application permissions that a service principal has been granted", sees: "appRoleId:"}}, nil},
		{"MFA methods", []wish{{words: "which MFA methods has a user registered", sees: "odata.type"}}, nil},
	}
}

// A script that knows nothing of Graph's paths gets twenty things done with find_graph_api and microsoft_graph alone.
func TestTwentyTasksInPlainWords(t *testing.T) {
	t.Parallel()
	all := tasks()
	if len(all) < 20 {
		t.Fatalf("there are %d tasks", len(all))
	}
	for _, job := range all {
		t.Run(job.name, func(t *testing.T) {
			t.Parallel()
			k := newCook(t)
			graph := k.tenant.GraphURL()
			k.known = map[string]string{"user": sandbox.AdminUPN, "mailFolder": "sentitems", "folder": "sentitems", "member": company.CEOID, "directoryObject": company.CEOID, "item": "root"}
			for _, w := range job.wishes {
				if w.body != nil {
					text, err := json.Marshal(w.body)
					if err != nil {
						t.Fatal(err)
					}
					if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), "GRAPH", graph)), &w.body); err != nil {
						t.Fatal(err)
					}
				}
				a := k.grant(w)
				if w.learns != nil {
					w.learns(k.known, a)
				}
			}
			if job.left != nil {
				job.left(k)
			}
			if slices.Contains(k.made, "") {
				t.Errorf("made %q", k.made)
			}
			t.Logf("%q", k.made)
		})
	}
}
