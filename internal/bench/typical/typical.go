// Package typical has answers in the shape in which Microsoft Graph returns the five reads that are made most, property
// by property and in realistic sizes, as https://learn.microsoft.com/graph/api/resources documents them. All of the data
// is invented, and the same in every run. The benchmark and the tests count the tokens that a model pays for them.
package typical

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Read is one of the five, without $select.
type Read struct {
	Name string
	Path string
	// Answer returns what Graph sends; bodies are plain text where the request prefers that.
	Answer func(asText bool) string
	// Tokens is how many the tool's answer may take (o200k): half of what the best of the peers' takes.
	Tokens int
}

// Reads returns the five.
func Reads() []Read {
	return []Read{
		{"me", "/me", func(bool) string { return me() }, 120},
		{"ten messages", "/me/messages", func(asText bool) string { return messages(10, asText) }, 9_700},
		{"25 users", "/users", func(bool) string { return users(25) }, 1_885},
		{"20 events", "/me/events", func(asText bool) string { return events(20, asText) }, 16_400},
		{"ten drive items", "/me/drive/root/children", func(bool) string { return driveItems(10) }, 3_335},
	}
}

type object = map[string]any

// recorder draws from one seed, so that a payload is the same in every run.
type recorder struct{ *rand.Rand }

func newRecorder(name string) recorder {
	return recorder{rand.New(rand.NewPCG(uint64(len(name)), 0x6d65726973616e64))}
}

func (r recorder) guid() string {
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.Uint32()&0xffff, r.Uint32()&0xfff, r.Uint32()&0xfff, r.Uint64()&0xffffffffffff)
}

func (r recorder) base64(n int) string {
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	return base64.URLEncoding.EncodeToString(raw)
}

// itemID is an identifier of an Outlook item: the mailbox's part is the same in all of them.
func (r recorder) itemID() string {
	return "AAMkAGVmMDEzMTM4LTZmYWUtNDdkNC1hMDZiLTU1OGY5OTZhYmY4OABGAAAAAAAiQ8W967B7TKBjgx9rVEURBwAiIsqMbYjsT5e-T7KzowPTAAAAAAEMAAAiIsqMbYjsT5e-T7KzowPTAAA" + r.base64(6)
}

func (r recorder) pick(of ...string) string { return of[r.IntN(len(of))] }

func (r recorder) person() (name, given, family, address string) {
	given = r.pick("Ingrid", "Anaïs", "Jürgen", "Daisuke", "Katarzyna", "Meera", "Chiara", "Zoé", "Séamus", "Tiago", "Amélie", "Olufemi")
	family = r.pick("Söderström", "Lefèvre", "Groß", "Watanabe", "Zielińska", "Venkataraman", "D'Angelo", "Béranger", "O'Shea", "Holtkamp", "Okonkwo", "Brandão")
	plain := strings.NewReplacer("ï", "i", "ü", "ue", "é", "e", "ö", "oe", "è", "e", "ß", "ss", "ń", "n", "'", "", "ã", "a")
	return given + " " + family, given, family, strings.ToLower(plain.Replace(given+"."+family)) + "@merisand.example"
}

func (r recorder) time() string {
	return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02dZ", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60))
}

// prose is about n characters of sentences.
func (r recorder) prose(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%s %s %s %s %d %s. ", r.pick("The", "Our", "Their", "Every"), r.pick("survey", "buoy", "shipment", "calibration", "invoice", "review"),
			r.pick("was moved to", "depends on", "arrived before", "explains", "needs"), r.pick("the second quarter", "a new supplier", "the pressure test of", "your approval for", "section"),
			r.IntN(900), r.pick("units", "metres below the surface", "hours after the call", "and the rest follows on Monday", "pages"))
	}
	return b.String()
}

// markup dresses text as mail clients do, which makes it several times as long.
func (r recorder) markup(text string) string {
	var b strings.Builder
	b.WriteString(`<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style type="text/css" style="display:none">P {margin-top:0;margin-bottom:0;} .elementToProof {font-family: Aptos, Calibri, Helvetica, sans-serif;}</style></head><body dir="ltr">`)
	for _, line := range strings.SplitAfter(text, ". ") {
		fmt.Fprintf(&b, `<div class="elementToProof" style="font-family: Aptos, Aptos_EmbeddedFont, Aptos_MSFontService, Calibri, Helvetica, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);">%s</div>`, line)
	}
	return b.String() + `</body></html>`
}

func (r recorder) recipient() object {
	name, _, _, address := r.person()
	return object{"emailAddress": object{"name": name, "address": address}}
}

func (r recorder) recipients(n int) []any {
	all := []any{}
	for range n {
		all = append(all, r.recipient())
	}
	return all
}

// ordered writes an object's members in an order of their own, as Graph does.
func ordered(members ...any) string {
	var b strings.Builder
	for i := 0; i < len(members); i += 2 {
		value, err := json.Marshal(members[i+1])
		if err != nil {
			panic(err)
		}
		if raw, ok := members[i+1].(json.RawMessage); ok {
			value = raw
		}
		fmt.Fprintf(&b, ",%q:%s", members[i], value)
	}
	return "{" + b.String()[1:] + "}"
}

func listed(context, next string, items []string) string {
	text := `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#` + context + `","value":[` + strings.Join(items, ",") + `]`
	if next != "" {
		text += `,"@odata.nextLink":"https://graph.microsoft.com/v1.0/` + next + `"`
	}
	return text + "}"
}

func user(r recorder) []any {
	name, given, family, address := r.person()
	var mobile any
	if r.IntN(3) > 0 {
		mobile = fmt.Sprintf("+49 170 55501%02d", r.IntN(100))
	}
	return []any{"businessPhones", []string{fmt.Sprintf("+49 431 5550%03d", r.IntN(1000))}, "displayName", name, "givenName", given,
		"jobTitle", r.pick("Acoustics Engineer", "Account Manager", "Buyer", "Head of Quality", "Controller"), "mail", address, "mobilePhone", mobile,
		"officeLocation", fmt.Sprintf("KIE/%d.%02d", 1+r.IntN(4), r.IntN(40)), "preferredLanguage", r.pick("de-DE", "en-US", "fr-FR"),
		"surname", family, "userPrincipalName", address, "id", r.guid()}
}

func me() string {
	return ordered(append([]any{"@odata.context", "https://graph.microsoft.com/v1.0/$metadata#users/$entity"}, user(newRecorder("me"))...)...)
}

func users(n int) string {
	r, items := newRecorder("users"), []string{}
	for range n {
		items = append(items, ordered(user(r)...))
	}
	return listed("users", "users?$top=25&$skiptoken="+r.base64(180), items)
}

func messages(n int, asText bool) string {
	r, items := newRecorder("messages"), []string{}
	folder := r.itemID()
	for range n {
		id, text, from, subject := r.itemID(), r.prose(800+r.IntN(5200)), r.recipient(), r.prose(30)
		kind, content := "text", text
		if !asText {
			kind, content = "html", r.markup(text)
		}
		when := r.time()
		items = append(items, ordered("@odata.etag", `W/"CQAAABYAAAAiIsqMbYjsT5e/T7KzowPT`+r.base64(6)+`"`, "id", id, "createdDateTime", when, "lastModifiedDateTime", r.time(),
			"changeKey", "CQAAABYAAAAiIsqMbYjsT5e/T7KzowPT"+r.base64(6), "categories", []string{}, "receivedDateTime", when, "sentDateTime", when, "hasAttachments", r.IntN(4) == 0,
			"internetMessageId", "<"+strings.ToUpper(r.base64(24))+"@DB9PR08MB6571.eurprd08.prod.outlook.com>", "subject", subject, "bodyPreview", text[:255],
			"importance", "normal", "parentFolderId", folder, "conversationId", "AAQkAGVmMDEzMTM4LTZmYWUtNDdkNC1hMDZiLTU1OGY5OTZhYmY4OAAQA"+r.base64(12),
			"conversationIndex", "AQHb"+r.base64(18), "isDeliveryReceiptRequested", nil, "isReadReceiptRequested", false, "isRead", r.IntN(2) == 0, "isDraft", false,
			"webLink", "https://outlook.office365.com/owa/?ItemID="+strings.ReplaceAll(id, "=", "%3D")+"&exvsurl=1&viewmodel=ReadMessageItem", "inferenceClassification", r.pick("focused", "other"),
			"body", object{"contentType": kind, "content": content}, "sender", from, "from", from, "toRecipients", r.recipients(1+r.IntN(3)), "ccRecipients", r.recipients(r.IntN(3)),
			"bccRecipients", []any{}, "replyTo", []any{}, "flag", object{"flagStatus": "notFlagged"}))
	}
	return listed("users('seamus.oshea%40merisand.example')/messages", "me/messages?$top=10&$skip=10", items)
}

func events(n int, asText bool) string {
	r, items := newRecorder("events"), []string{}
	for i := range n {
		items = append(items, event(r, i, asText))
	}
	return listed("users('seamus.oshea%40merisand.example')/events", "me/events?$top=20&$skip=20", items)
}

func event(r recorder, i int, asText bool) string {
	id, uid, join := r.itemID(), "040000008200E00074C5B7101A82E008"+strings.ToUpper(fmt.Sprintf("%080x", r.Uint64())), "https://teams.microsoft.com/l/meetup-join/19%3ameeting_"+r.base64(36)+"%40thread.v2/0?context=%7b%22Tid%22%3a%22"+r.guid()+"%22%2c%22Oid%22%3a%22"+r.guid()+"%22%7d"
	text := r.prose(200+r.IntN(1200)) + "\r\n________________________________________________________________________________\r\nMicrosoft Teams meeting\r\nJoin: " + join + "\r\nMeeting ID: 312 555 010 42\r\nPasscode: ab3Cd5\r\n________________________________\r\nNeed help? | System reference\r\n"
	kind, content := "text", text
	if !asText {
		kind, content = "html", r.markup(text)
	}
	var attendees []any
	for range 2 + r.IntN(7) {
		a := r.recipient()
		a["type"], a["status"] = "required", object{"response": r.pick("none", "accepted"), "time": "0001-01-01T00:00:00Z"}
		attendees = append(attendees, a)
	}
	var recurrence any
	if i%4 == 0 {
		recurrence = object{"pattern": object{"type": "weekly", "interval": 1, "month": 0, "dayOfMonth": 0, "daysOfWeek": []string{"monday"}, "firstDayOfWeek": "sunday", "index": "first"},
			"range": object{"type": "endDate", "startDate": "2026-03-02", "endDate": "2026-12-31", "recurrenceTimeZone": "W. Europe Standard Time", "numberOfOccurrences": 0}}
	}
	room := object{"displayName": "Kiel/Conference Room 2.14", "locationType": "conferenceRoom", "uniqueId": "room214@merisand.example", "uniqueIdType": "directory", "address": object{"street": "", "city": "", "countryOrRegion": ""}, "coordinates": object{}}
	return ordered("@odata.etag", `W/"IiLKjG2I7E+Xvk+ys6MD0wAAGCe`+r.base64(4)+`=="`, "id", id, "createdDateTime", r.time(), "lastModifiedDateTime", r.time(), "changeKey", "IiLKjG2I7E+Xvk+ys6MD0wAAGCe"+r.base64(4),
		"categories", []string{}, "transactionId", "localevent:"+r.guid(), "originalStartTimeZone", "W. Europe Standard Time", "originalEndTimeZone", "W. Europe Standard Time", "iCalUId", uid, "uid", uid,
		"reminderMinutesBeforeStart", 15, "isReminderOn", true, "hasAttachments", false, "subject", r.prose(25), "bodyPreview", text[:255], "importance", "normal", "sensitivity", "normal",
		"isAllDay", false, "isCancelled", false, "isOrganizer", false, "responseRequested", true, "seriesMasterId", nil, "showAs", "busy", "type", r.pick("singleInstance", "seriesMaster"),
		"webLink", "https://outlook.office365.com/owa/?itemid="+strings.ReplaceAll(id, "=", "%3D")+"&exvsurl=1&path=/calendar/item", "onlineMeetingUrl", nil, "isOnlineMeeting", true, "onlineMeetingProvider", "teamsForBusiness",
		"allowNewTimeProposals", true, "occurrenceId", nil, "isDraft", false, "hideAttendees", false, "responseStatus", object{"response": "accepted", "time": r.time()}, "body", object{"contentType": kind, "content": content},
		"start", object{"dateTime": "2026-03-02T09:00:00.0000000", "timeZone": "UTC"}, "end", object{"dateTime": "2026-03-02T09:30:00.0000000", "timeZone": "UTC"}, "location", room, "locations", []any{room},
		"recurrence", recurrence, "attendees", attendees, "organizer", r.recipient(), "onlineMeeting", object{"joinUrl": join, "conferenceId": "555010423", "tollNumber": "+49 69 5550100"})
}

func driveItems(n int) string {
	r, items := newRecorder("drive items"), []string{}
	drive, folder, site := "b!-"+r.base64(48), "01"+strings.ToUpper(r.base64(24)), r.guid()
	for range n {
		id, guid, created, changed := "01"+strings.ToUpper(r.base64(24))[:32], strings.ToUpper(r.guid()), r.time(), r.time()
		who := func() object {
			name, _, _, address := r.person()
			return object{"user": object{"email": address, "id": r.guid(), "displayName": name}}
		}
		name := strings.TrimSpace(r.prose(20)) + "docx"
		items = append(items, ordered("@microsoft.graph.downloadUrl", "https://merisand-my.sharepoint.com/personal/seamus_oshea_merisand_example/_layouts/15/download.aspx?UniqueId="+guid+"&Translate=false&tempauth=v1."+r.base64(600)+"&ApiVersion=2.0",
			"createdBy", who(), "createdDateTime", created, "eTag", `"{`+guid+`},2"`, "id", id, "lastModifiedBy", who(), "lastModifiedDateTime", changed, "name", name,
			"parentReference", object{"driveType": "business", "driveId": drive, "id": folder, "name": "root", "path": "/drive/root:", "siteId": site},
			"webUrl", "https://merisand-my.sharepoint.com/personal/seamus_oshea_merisand_example/_layouts/15/Doc.aspx?sourcedoc=%7B"+guid+"%7D&file="+strings.ReplaceAll(name, " ", "%20")+"&action=default&mobileredirect=true",
			"cTag", `"c:{`+guid+`},3"`, "file", object{"hashes": object{"quickXorHash": r.base64(20)}, "mimeType": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
			"fileSystemInfo", object{"createdDateTime": created, "lastModifiedDateTime": changed}, "shared", object{"scope": "users"}, "size", r.IntN(9_000_000)))
	}
	return listed("users('seamus.oshea%40merisand.example')/drive/root/children", "", items)
}
