package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// cook carries out a prompt as a model would: the calls one after the other, with what the answers so far say in the
// places that are left open.
type cook struct {
	t      *testing.T
	c      *client.Client
	tenant *sandbox.Tenant
	known  map[string]string // by what stands between < and >
	made   []string
}

var (
	recipeCall = regexp.MustCompile(`\b(microsoft_graph|sharepoint_search|read_document) (\{.*\})\s*$`)
	leftOpen   = regexp.MustCompile(`<([a-zA-Z ]+)>`)
)

// answer is what a call of Graph answers with.
type answer map[string]any

// items are the elements of a list.
func (a answer) items() []answer {
	var list []answer
	values, _ := a["value"].([]any)
	for _, v := range values {
		if item, ok := v.(map[string]any); ok {
			list = append(list, item)
		}
	}
	return list
}

func (a answer) text(name string) string {
	s, _ := a[name].(string)
	return s
}

func (a answer) object(name string) answer {
	o, _ := a[name].(map[string]any)
	return o
}

// first is the first element of a list, which has to have one.
func (k *cook) first(a answer) answer {
	k.t.Helper()
	items := a.items()
	if len(items) == 0 {
		k.t.Fatalf("after %q: an empty list: %v", k.made, a)
	}
	return items[0]
}

// carryOut makes all calls of a prompt. learn is told of each answer, and notes what the next calls need.
func (k *cook) carryOut(prompt string, arguments map[string]string, learn func(call string, a answer)) {
	k.t.Helper()
	var request mcp.GetPromptRequest
	request.Params.Name, request.Params.Arguments = prompt, arguments
	got, err := k.c.GetPrompt(within(k.t), request)
	if err != nil {
		k.t.Fatal(err)
	}
	text := got.Messages[0].Content.(mcp.TextContent).Text
	for line := range strings.Lines(text) {
		m := recipeCall.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		filled := leftOpen.ReplaceAllStringFunc(m[2], func(open string) string {
			name := strings.Trim(open, "<>")
			if k.known[name] == "" {
				k.t.Fatalf("%s: nothing is known for %s after %q", line, open, k.made)
			}
			quoted, _ := json.Marshal(k.known[name])
			return string(quoted[1 : len(quoted)-1])
		})
		var arguments map[string]any
		if err := json.Unmarshal([]byte(filled), &arguments); err != nil {
			k.t.Fatalf("%v in %s", err, filled)
		}
		call, a := k.call(m[1], arguments)
		k.made = append(k.made, call)
		learn(call, a)
	}
}

// call makes one call, which has to succeed.
func (k *cook) call(tool string, arguments map[string]any) (string, answer) {
	k.t.Helper()
	if tool == "microsoft_graph" {
		arguments["format"] = "raw"
	}
	got := convert(k.t)(k.c.CallTool(within(k.t), toolRequest(tool, arguments)))
	if got.IsError {
		k.t.Fatalf("%s %v: %s", tool, arguments, got.text())
	}
	method, _ := arguments["method"].(string)
	if method == "" {
		method = "GET"
	}
	a := answer{}
	if err := json.Unmarshal([]byte(got.text()), &a); err != nil {
		a["text"] = got.text()
	}
	path, _ := arguments["path"].(string)
	if tool != "microsoft_graph" {
		return tool, a
	}
	return method + " " + path, a
}

// read gets something once more, to see what the prompt has done to it.
func (k *cook) read(path string) answer {
	k.t.Helper()
	_, a := k.call("microsoft_graph", map[string]any{"path": path})
	return a
}

// newCook starts the server over stdio for an app of a tenant of its own.
func newCook(t *testing.T) *cook {
	t.Helper()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	config := sandboxtest.Profile(t, tenant, "e2e")
	return &cook{t: t, tenant: tenant, known: map[string]string{}, c: connect(t, target{Era: modern, Command: binary, Args: []string{"stdio"}, Env: map[string]string{"MICROSOFT_MCP_CONFIG": config}})}
}

func TestPromptTriageInbox(t *testing.T) {
	t.Parallel()
	k := newCook(t)
	mailbox := "/users/" + sandbox.AdminUPN
	k.known["answer"] = "I shall look at it tomorrow."
	k.carryOut("triage_inbox", map[string]string{"user": sandbox.AdminUPN}, func(call string, a answer) {
		switch call {
		case "GET " + mailbox + "/mailFolders/inbox/messages":
			for _, m := range a.items() {
				if k.known["message"] == "" {
					k.known["message"] = m.text("id")
				}
			}
		case "GET " + mailbox + "/mailFolders":
			for _, f := range a.items() {
				if f.text("displayName") == "Archive" {
					k.known["folder"] = f.text("id")
				}
			}
		case "GET " + mailbox + "/outlook/masterCategories":
			k.known["category"] = k.first(a).text("displayName")
		case "POST " + mailbox + "/messages/" + k.known["message"] + "/move":
			k.known["message"] = a.text("id")
		}
	})
	moved := k.read(mailbox + "/messages/" + k.known["message"])
	if moved.text("parentFolderId") != k.known["folder"] || moved.object("flag").text("flagStatus") != "flagged" || fmt.Sprint(moved["categories"]) != "["+k.known["category"]+"]" {
		t.Errorf("the message is in %v, flagged %v, of %v", moved["parentFolderId"], moved["flag"], moved["categories"])
	}
	if drafts := k.read(mailbox + "/mailFolders/drafts/messages?$filter=isDraft eq true"); !strings.Contains(fmt.Sprint(drafts), k.known["answer"]) {
		t.Errorf("there is no draft with the answer: %v", drafts)
	}
}

func TestPromptPrepareMeeting(t *testing.T) {
	t.Parallel()
	k := newCook(t)
	user := "/users/" + sandbox.AdminUPN
	k.known["start"], k.known["end"] = time.Now().UTC().Format(time.RFC3339), time.Now().UTC().AddDate(0, 0, 7).Format(time.RFC3339)
	k.carryOut("prepare_meeting", map[string]string{"user": sandbox.AdminUPN}, func(call string, a answer) {
		switch call {
		case "GET " + user + "/calendarView":
			for _, e := range a.items() {
				attendees, _ := e["attendees"].([]any)
				if len(attendees) == 0 || k.known["event"] != "" {
					continue
				}
				k.known["event"], k.known["words"] = e.text("id"), strings.Trim(strings.Fields(e.text("subject"))[0], ":,")
				k.known["attendee"] = answer(attendees[0].(map[string]any)).object("emailAddress").text("address")
			}
		case "GET " + user + "/events/" + k.known["event"]:
			if a.object("body").text("content") == "" && a.text("subject") == "" {
				t.Errorf("the event says nothing: %v", a)
			}
		}
	})
	if len(k.made) != 5 {
		t.Errorf("made %q", k.made)
	}
}

func TestPromptFindDocument(t *testing.T) {
	t.Parallel()
	k := newCook(t)
	k.known["word"] = "Halcyon"
	read := ""
	k.carryOut("find_document", map[string]string{"about": "Halcyon specification", "user": sandbox.AdminUPN}, func(call string, a answer) {
		switch call {
		case "sharepoint_search":
			results, _ := a["results"].([]any)
			if len(results) == 0 {
				t.Fatalf("nothing was found: %v", a)
			}
			best := answer(results[0].(map[string]any))
			k.known["driveId"], k.known["driveItemId"] = best.text("driveId"), best.text("driveItemId")
		case "read_document":
			read = fmt.Sprint(a)
		}
	})
	if !strings.Contains(read, "Halcyon") {
		t.Errorf("what was read: %.300s", read)
	}
}

func TestPromptReviewAppPermissions(t *testing.T) {
	t.Parallel()
	k := newCook(t)
	app := ""
	k.carryOut("review_app_permissions", map[string]string{"app": "Nightly Mail Archive"}, func(call string, a answer) {
		switch {
		case call == "GET /servicePrincipals":
			if len(a.items()) != 1 {
				t.Fatalf("found %v", a)
			}
			k.known["service principal"], k.known["appId"] = k.first(a).text("id"), k.first(a).text("appId")
			app = "/servicePrincipals/" + k.known["service principal"]
		case call == "GET "+app+"/appRoleAssignments":
			k.known["assignment"], k.known["resource"] = k.first(a).text("id"), k.first(a).text("resourceId")
		case call == "GET /servicePrincipals/"+k.known["resource"]:
			if roles, _ := a["appRoles"].([]any); len(roles) == 0 {
				t.Error("the resource names no roles")
			}
		case call == "GET "+app+"/oauth2PermissionGrants":
			for _, g := range a.items() {
				k.known["grant"] = g.text("id")
			}
			if k.known["grant"] == "" { // this app acts for nobody: another's grant is taken away
				k.known["grant"] = k.first(k.read("/oauth2PermissionGrants")).text("id")
			}
		case call == "GET /applications":
			if len(a.items()) != 1 {
				t.Errorf("the registration: %v", a)
			}
		}
	})
	for _, a := range k.read(app + "/appRoleAssignments").items() {
		if a.text("id") == k.known["assignment"] {
			t.Error("the assignment is still there")
		}
	}
}

func TestPromptOffboardUser(t *testing.T) {
	t.Parallel()
	k := newCook(t)
	user := "/users/" + sandbox.MemberUPN
	k.known["text"], k.known["successor"] = "Ask Katarzyna from now on.", sandbox.AdminUPN
	k.carryOut("offboard_user", map[string]string{"user": sandbox.MemberUPN, "successor": sandbox.AdminUPN}, func(call string, a answer) {
		switch call {
		case "GET " + user:
			k.known["user id"] = a.text("id")
		case "GET " + user + "/memberOf":
			for _, g := range a.items() {
				if g.text("@odata.type") == "#microsoft.graph.group" && k.known["group"] == "" && k.leavable(g.text("id")) {
					k.known["group"] = g.text("id")
				}
			}
		case "GET " + user + "/licenseDetails":
			k.known["sku"] = k.first(a).text("skuId")
		case "GET " + user + "/drive/root":
			k.known["root"] = a.text("id")
		}
	})
	now := k.read(user + "?$select=accountEnabled,assignedLicenses")
	if now["accountEnabled"] != false || strings.Contains(fmt.Sprint(now["assignedLicenses"]), k.known["sku"]) {
		t.Errorf("the account is now %v", now)
	}
	replies := k.read(user + "/mailboxSettings").object("automaticRepliesSetting")
	if replies.text("status") != "alwaysEnabled" || !strings.Contains(replies.text("internalReplyMessage"), k.known["text"]) {
		t.Errorf("the replies are %v", replies)
	}
	if k.known["group"] == "" || k.known["sku"] == "" {
		t.Errorf("nothing was taken away: known are %v", k.known)
	}
	if strings.Contains(fmt.Sprint(k.read(user+"/memberOf")), k.known["group"]) {
		t.Error("the group was not left")
	}
	if shared := fmt.Sprint(k.read(user + "/drive/items/" + k.known["root"] + "/permissions")); !strings.Contains(strings.ToLower(shared), "katarzyna") {
		t.Errorf("the files are shared with %s", shared)
	}
}

// leavable tells whether a group has members that somebody put there.
func (k *cook) leavable(group string) bool {
	return !strings.Contains(fmt.Sprint(k.read("/groups/" + group)["groupTypes"]), "DynamicMembership")
}
