package graphsim_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

const mailbox = "/v1.0/users/" + company.AdminID

func TestMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.get(mailbox + "/messages")
	list := first.list()
	if len(list) != 10 || list[0]["@odata.etag"] != `W/"`+list[0]["changeKey"].(string)+`"` {
		t.Fatalf("got %d messages, the first with ETag %v", len(list), list[0]["@odata.etag"])
	}
	next := first.text("@odata.nextLink")
	if !strings.Contains(next, "skip=10") {
		t.Errorf("got next link %s", next)
	}
	if second := r.get(next).list(); second[0]["id"] == list[0]["id"] || second[0]["receivedDateTime"].(string) > list[9]["receivedDateTime"].(string) {
		t.Error("the second page does not go on after the first")
	}
	one := r.get(mailbox + "/messages/" + list[0]["id"].(string) + "?$select=subject").ok(http.StatusOK)
	if got := strings.Join(keys(one.body), " "); got != "id subject" || one.text("@odata.etag") == "" {
		t.Errorf("got %s and ETag %q", got, one.text("@odata.etag"))
	}
	r.get(mailbox+"/messages/AAMk").refused(http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
	r.get("/v1.0/users/nobody@x.example/messages").refused(http.StatusNotFound, "ErrorInvalidUser", "nobody@x.example")
	guests := r.get("/v1.0/users" + query("$filter", "userType eq 'Guest'", "$top", "1")).column("id")
	r.get("/v1.0/users/"+guests[0]+"/messages").refused(http.StatusNotFound, "MailboxNotEnabledForRESTAPI", "")
	r.get(mailbox+"/messages?$top=1001").refused(http.StatusBadRequest, "RequestBroker--ParseUri", "The limit of '1000' for Top query has been exceeded.")
	r.get(mailbox+"/messages?$select=shoes").refused(http.StatusBadRequest, "RequestBroker--ParseUri", "Could not find a property named 'shoes' on type 'microsoft.graph.message'.")
	if a := r.get(mailbox + "/messages?$count=true&$top=1"); a.body["@odata.count"] == nil {
		t.Error("got no count of messages")
	}
}

func TestMessageQueries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	from := "from/emailAddress/address eq '" + company.AdminUPN + "'"
	for _, m := range r.get(mailbox + "/messages" + query("$filter", from, "$top", "50")).list() {
		if m["from"].(map[string]any)["emailAddress"].(map[string]any)["address"] != company.AdminUPN {
			t.Errorf("got a message from %v", m["from"])
		}
	}
	r.get(mailbox+"/messages"+query("$filter", from, "$orderby", "receivedDateTime")).refused(http.StatusBadRequest, "InefficientFilter", "too complex")
	oldest := r.get(mailbox + "/messages" + query("$filter", "receivedDateTime ge 2020-01-01 and "+from, "$orderby", "receivedDateTime", "$top", "100")).column("receivedDateTime")
	if len(oldest) < 2 || !slices.IsSorted(oldest) {
		t.Errorf("got times %v", oldest)
	}
	r.get(mailbox+"/messages"+query("$search", `"a"`, "$filter", from)).refused(http.StatusBadRequest, "SearchWithFilter", "'$filter'")
	r.get(mailbox+"/messages"+query("$search", `"a"`, "$orderby", "subject")).refused(http.StatusBadRequest, "SearchWithOrderBy", "'$orderBy'")
	r.get(mailbox+"/messages"+query("$search", "from:katarzyna")).refused(http.StatusBadRequest, "RequestBroker--ParseUri", "character ':' is not valid at position 4")
	all := len(r.get(mailbox + "/messages?$top=1000").list())
	for search, holds := range map[string]func(map[string]any) bool{
		`"from:katarzyna"`:        func(m map[string]any) bool { return strings.Contains(strings.ToLower(text(m["from"])), "katarzyna") },
		`"hasattachments:true"`:   func(m map[string]any) bool { return m["hasAttachments"] == true },
		`"received>=2026-11-20"`:  nil,
		`"received:>=2026-11-20"`: func(m map[string]any) bool { return m["receivedDateTime"].(string) >= "2026-11-20" },
		"stand":                   func(m map[string]any) bool { return strings.Contains(strings.ToLower(text(m)), "stand") },
		`"subject:\"stand\" OR subject:proposal"`: func(m map[string]any) bool {
			s := strings.ToLower(m["subject"].(string))
			return strings.Contains(s, "stand") || strings.Contains(s, "proposal")
		},
	} {
		found := r.get(mailbox + "/messages" + query("$search", search, "$top", "1000")).list()
		if holds == nil {
			continue
		}
		if len(found) == 0 || len(found) >= all {
			t.Errorf("%s: got %d of %d messages", search, len(found), all)
		}
		for _, m := range found {
			if !holds(m) {
				t.Errorf("%s: got %v", search, m["subject"])
			}
		}
	}
}

// text prints any value.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		var b strings.Builder
		for _, each := range v {
			b.WriteString(text(each) + " ")
		}
		return b.String()
	case []any:
		var b strings.Builder
		for _, each := range v {
			b.WriteString(text(each) + " ")
		}
		return b.String()
	}
	return ""
}

func TestMailFolders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	folders := r.get(mailbox + "/mailFolders?$top=100").list()
	names := r.get(mailbox + "/mailFolders?$top=100").column("displayName")
	if !slices.Contains(names, "Inbox") || slices.Contains(names, "Top of Information Store") || folders[0]["wellKnownName"] != nil {
		t.Errorf("got folders %v", names)
	}
	inbox := r.get(mailbox + "/mailFolders('Inbox')").ok(http.StatusOK).body
	count := string(r.get(mailbox + "/mailFolders/inbox/messages/$count").ok(http.StatusOK).raw)
	if total := inbox["totalItemCount"].(float64); count != text(jsonNumber(total)) {
		t.Errorf("the folder counts %v messages, $count %s", total, count)
	}
	made := r.do("POST", mailbox+"/mailFolders/inbox/childFolders", map[string]any{"displayName": "Deep"}).ok(http.StatusCreated).text("id")
	r.do("POST", mailbox+"/mailFolders/inbox/childFolders", map[string]any{"displayName": "deep"}).refused(http.StatusConflict, "ErrorFolderExists", "")
	if got := r.get(mailbox + "/mailFolders/inbox/childFolders").column("id"); !slices.Contains(got, made) {
		t.Errorf("got child folders %v", got)
	}
	r.do("DELETE", mailbox+"/mailFolders/"+made, nil).ok(http.StatusNoContent)
	r.do("DELETE", mailbox+"/mailFolders/inbox", nil).refused(http.StatusForbidden, "ErrorDeleteDistinguishedFolder", "")
	r.get(mailbox+"/mailFolders/attic").refused(http.StatusNotFound, "ErrorItemNotFound", "")
}

func jsonNumber(f float64) string {
	s := ""
	for n := int(f); n > 0 || s == ""; n /= 10 {
		s = string(rune('0'+n%10)) + s
	}
	return s
}

func TestBodyAsText(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.get(mailbox+"/messages?$select=body", `Prefer: outlook.body-content-type="text"`, `Prefer: IdType="ImmutableId", odata.maxpagesize=3`)
	list := a.list()
	if len(list) != 3 || !strings.Contains(a.header.Get("Preference-Applied"), `outlook.body-content-type="text"`) || !strings.Contains(a.header.Get("Preference-Applied"), "odata.maxpagesize=3") {
		t.Errorf("got %d messages, Preference-Applied %q", len(list), a.header.Get("Preference-Applied"))
	}
	for _, m := range list {
		body := m["body"].(map[string]any)
		if content := body["content"].(string); body["contentType"] != "text" || strings.Contains(content, "</") || content == "" {
			t.Errorf("got body %v %.80q", body["contentType"], content)
		}
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	with := r.get(mailbox + "/messages" + query("$filter", "hasAttachments eq true", "$expand", "attachments", "$top", "1")).list()
	message := mailbox + "/messages/" + url.PathEscape(with[0]["id"].(string))
	list := r.get(message + "/attachments").list()
	if len(list) == 0 || len(list) != len(with[0]["attachments"].([]any)) {
		t.Fatalf("got %d attachments, %v expanded", len(list), with[0]["attachments"])
	}
	for _, a := range list {
		content, _ := base64.StdEncoding.DecodeString(text(a["contentBytes"]))
		got := r.get(message + "/attachments/" + a["id"].(string) + "/$value").ok(http.StatusOK)
		if a["@odata.type"] == "#microsoft.graph.fileAttachment" && (string(got.raw) != string(content) || got.header.Get("Content-Type") != a["contentType"]) {
			t.Errorf("%v: got %d bytes of %s, want %d", a["name"], len(got.raw), got.header.Get("Content-Type"), len(content))
		}
	}
	if mime := string(r.get(message + "/$value").ok(http.StatusOK).raw); !strings.HasPrefix(mime, "From: ") || !strings.Contains(mime, "Content-Disposition: attachment") {
		t.Errorf("got %.200q", mime)
	}
	r.get(message+"/attachments/x").refused(http.StatusNotFound, "ErrorItemNotFound", "")
}

func recipient(address string) []any {
	return []any{map[string]any{"emailAddress": map[string]any{"address": address}}}
}

func TestDraftToSent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	attachment := map[string]any{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "aGk="}
	made := r.do("POST", mailbox+"/messages", map[string]any{"subject": "Tide tables", "attachments": []any{attachment}, "body": map[string]any{"contentType": "html", "content": "<p>High &amp; low</p>"}}).ok(http.StatusCreated)
	if made.body["isDraft"] != true || made.text("bodyPreview") != "High & low" || made.body["hasAttachments"] != true {
		t.Errorf("got %s", made.raw)
	}
	draft := mailbox + "/messages/" + made.text("id")
	r.do("POST", draft+"/send", nil).refused(http.StatusBadRequest, "ErrorInvalidRecipients", "no recipients")
	stale := made.text("@odata.etag")
	changed := r.do("PATCH", draft, map[string]any{"toRecipients": recipient(company.CEOUPN)}, "If-Match: "+stale).ok(http.StatusOK)
	if changed.text("@odata.etag") == stale {
		t.Error("the ETag stays the same after a change")
	}
	r.do("PATCH", draft, map[string]any{"subject": "x"}, "If-Match: "+stale).refused(http.StatusPreconditionFailed, "ErrorIrresolvableConflict", "change key")
	r.do("PATCH", draft, map[string]any{"toRecipients": "ada"}).refused(http.StatusBadRequest, "RequestBodyRead", "toRecipients")
	r.do("PATCH", draft, map[string]any{"shoes": 1}).refused(http.StatusBadRequest, "BadRequest", "'shoes'")
	r.do("POST", draft+"/send", nil).ok(http.StatusAccepted)
	r.get(draft).refused(http.StatusNotFound, "ErrorItemNotFound", "")
	sent := r.get(mailbox + "/mailFolders/sentitems/messages?$top=1").list()[0]
	arrived := r.get("/v1.0/users/" + company.CEOID + "/mailFolders/inbox/messages?$top=1").list()[0]
	if sent["subject"] != "Tide tables" || arrived["subject"] != "Tide tables" || arrived["isRead"] != false || arrived["id"] == sent["id"] {
		t.Errorf("got %v sent, %v arrived", sent["subject"], arrived["subject"])
	}
	if got := r.get("/v1.0/users/" + company.CEOID + "/messages/" + arrived["id"].(string) + "/attachments").column("name"); !slices.Equal(got, []string{"a.txt"}) {
		t.Errorf("got attachments %v", got)
	}
	r.do("PATCH", mailbox+"/messages/"+sent["id"].(string), map[string]any{"subject": "x"}).refused(http.StatusBadRequest, "ErrorInvalidPropertySet", "'subject'")
}

func TestSendReplyMoveDelete(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do("POST", mailbox+"/sendMail", map[string]any{"message": map[string]any{"subject": "Gone", "toRecipients": recipient(company.CEOUPN)}, "saveToSentItems": false}).ok(http.StatusAccepted)
	if got := r.get(mailbox + "/mailFolders/sentitems/messages?$top=1").column("subject"); got[0] == "Gone" {
		t.Error("the message is kept, against saveToSentItems")
	}
	r.do("POST", mailbox+"/sendMail", map[string]any{}).refused(http.StatusBadRequest, "RequestBodyRead", "Message")
	ceo := "/v1.0/users/" + company.CEOID
	id := r.get(ceo + "/mailFolders/inbox/messages?$top=1").list()[0]["id"].(string)
	r.do("POST", ceo+"/messages/"+id+"/reply", map[string]any{"comment": "Thanks <3"}).ok(http.StatusAccepted)
	answer := r.get(mailbox + "/messages?$top=1").list()[0]
	if answer["subject"] != "RE: Gone" || !strings.Contains(text(answer["body"]), "Thanks &lt;3") {
		t.Errorf("got %v %v", answer["subject"], answer["body"])
	}
	forward := r.do("POST", ceo+"/messages/"+id+"/createForward", map[string]any{"toRecipients": recipient("a@b.example")}).ok(http.StatusCreated)
	if forward.text("subject") != "FW: Gone" || forward.body["isDraft"] != true {
		t.Errorf("got %s", forward.raw)
	}
	moved := r.do("POST", ceo+"/messages/"+id+"/move", map[string]any{"destinationId": "archive"}).ok(http.StatusCreated).text("id")
	if moved == id {
		t.Error("a moved message keeps its id")
	}
	r.get(ceo+"/messages/"+id).refused(http.StatusNotFound, "ErrorItemNotFound", "")
	r.do("POST", ceo+"/messages/"+moved+"/move", map[string]any{"destinationId": "attic"}).refused(http.StatusNotFound, "ErrorItemNotFound", "")
	copied := r.do("POST", ceo+"/messages/"+moved+"/copy", map[string]any{"destinationId": "inbox"}).ok(http.StatusCreated).text("id")
	r.do("DELETE", ceo+"/messages/"+copied, nil).ok(http.StatusNoContent)
	binned := r.get(ceo + "/mailFolders/deleteditems/messages?$top=1").list()[0]
	if binned["subject"] != "Gone" {
		t.Errorf("got %v in the deleted items", binned["subject"])
	}
	r.do("DELETE", ceo+"/messages/"+binned["id"].(string), nil).ok(http.StatusNoContent)
	r.get(ceo+"/messages/"+binned["id"].(string)).refused(http.StatusNotFound, "ErrorItemNotFound", "")
}

func TestReturnMinimal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.do("POST", mailbox+"/messages", map[string]any{"subject": "x"}, "Prefer: return=minimal").ok(http.StatusNoContent)
	if a.header.Get("Preference-Applied") != "return=minimal" || a.header.Get("Location") == "" || len(a.raw) != 0 {
		t.Errorf("got %v", a.header)
	}
	bare := r.get("/v1.0/users?$top=1", "Accept: application/json; odata.metadata=none").ok(http.StatusOK)
	if bare.body["@odata.context"] != nil || bare.body["@odata.nextLink"] == nil {
		t.Errorf("got %s", bare.raw)
	}
}

func TestDeltaOfMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	link := ""
	for next := mailbox + "/mailFolders/drafts/messages/delta?$select=subject"; next != ""; {
		a := r.get(next)
		next, link = a.text("@odata.nextLink"), a.text("@odata.deltaLink")
	}
	id := r.do("POST", mailbox+"/messages", map[string]any{"subject": "New"}).ok(http.StatusCreated).text("id")
	a := r.get(link)
	if got := a.list(); len(got) != 1 || got[0]["subject"] != "New" {
		t.Fatalf("got %v", got)
	}
	r.do("DELETE", mailbox+"/messages/"+id, nil).ok(http.StatusNoContent)
	if got := r.get(a.text("@odata.deltaLink")).list(); len(got) != 1 || got[0]["@removed"] == nil {
		t.Errorf("got %v", got)
	}
}
