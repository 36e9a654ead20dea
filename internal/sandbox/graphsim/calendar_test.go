package graphsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestCalendarView(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.get(mailbox+"/calendarView").refused(http.StatusBadRequest, "ErrorInvalidParameter", "StartDateTime and EndDateTime")
	r.get(mailbox+"/calendarView?startDateTime=x&endDateTime=2026-11-25").refused(http.StatusBadRequest, "ErrorInvalidParameter", "not a valid date")
	r.get(mailbox+"/calendarView?startDateTime=2026-11-26&endDateTime=2026-11-25").refused(http.StatusBadRequest, "ErrorInvalidParameter", "after its start")
	view := r.get(mailbox + "/calendar/calendarView?startDateTime=2026-11-16T00:00:00Z&endDateTime=2026-11-30T00:00:00Z&$top=100").list()
	var starts, types []string
	for _, e := range view {
		starts = append(starts, e["start"].(map[string]any)["dateTime"].(string))
		types = append(types, e["type"].(string))
		if e["calendarId"] != nil {
			t.Error("an event shows what is ours alone")
		}
	}
	if !slices.IsSorted(starts) || starts[0] < "2026-11-15" || starts[len(starts)-1] >= "2026-11-30" || slices.Contains(types, "seriesMaster") || !slices.Contains(types, "occurrence") {
		t.Errorf("got starts %v of %v", starts, types)
	}
	events := r.get(mailbox + "/events?$top=500").list()
	series := slices.IndexFunc(events, func(e map[string]any) bool { return e["type"] == "seriesMaster" })
	if series < 0 || slices.ContainsFunc(events, func(e map[string]any) bool { return e["type"] == "occurrence" }) {
		t.Fatal("events has to list series and no occurrences")
	}
	if got := r.get(mailbox + "/events/" + events[series]["id"].(string) + "/instances?startDateTime=2026-01-01&endDateTime=2027-12-31").list(); len(got) < 2 {
		t.Errorf("got %d instances", len(got))
	}
	if got := r.get(mailbox + "/calendars").column("name"); len(got) < 2 || got[0] != "Calendar" {
		t.Errorf("got calendars %v", got)
	}
}

func moment(at, zone string) map[string]any {
	return map[string]any{"dateTime": at, "timeZone": zone}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.do("POST", mailbox+"/events", map[string]any{"subject": "x"}).refused(http.StatusBadRequest, "ErrorPropertyValidationFailure", "")
	r.do("POST", mailbox+"/events", map[string]any{"start": moment("2026-12-01T10:00:00", "Mars"), "end": moment("2026-12-01T11:00:00", "UTC")}).refused(http.StatusBadRequest, "TimeZoneNotSupportedException", "Mars")
	r.do("POST", mailbox+"/events", map[string]any{"start": moment("2026-12-01T10:00:00", "UTC"), "end": moment("2026-12-01T09:00:00", "UTC")}).refused(http.StatusBadRequest, "ErrorPropertyValidationFailure", "before its start")
	made := r.do("POST", mailbox+"/calendar/events", map[string]any{"subject": "Dive", "start": moment("2026-12-01T10:00:00", "UTC"), "end": moment("2026-12-01T11:00:00", "UTC")}).ok(http.StatusCreated)
	event := mailbox + "/events/" + made.text("id")
	stale := made.text("@odata.etag")
	changed := r.do("PATCH", event, map[string]any{"location": map[string]any{"displayName": "Pier"}}, "If-Match: "+stale).ok(http.StatusOK)
	if changed.body["location"].(map[string]any)["displayName"] != "Pier" || changed.text("subject") != "Dive" {
		t.Errorf("got %s", changed.raw)
	}
	r.do("DELETE", event, nil, "If-Match: "+stale).refused(http.StatusPreconditionFailed, "ErrorIrresolvableConflict", "")
	a := r.get(mailbox+"/calendarView?startDateTime=2026-12-01T09:59:00Z&endDateTime=2026-12-01T10:01:00Z", `Prefer: outlook.timezone="Tokyo Standard Time"`)
	found := a.list()
	at := slices.IndexFunc(found, func(e map[string]any) bool { return e["subject"] == "Dive" })
	if at < 0 || !strings.Contains(a.header.Get("Preference-Applied"), "Tokyo") || found[at]["start"].(map[string]any)["timeZone"] != "Tokyo Standard Time" {
		t.Errorf("got %v, Preference-Applied %q", found, a.header.Get("Preference-Applied"))
	}
	r.do("POST", event+"/accept", map[string]any{}).refused(http.StatusBadRequest, "ErrorInvalidRequest", "organizer")
	r.do("DELETE", event, nil).ok(http.StatusNoContent)
	r.get(event).refused(http.StatusNotFound, "ErrorItemNotFound", "")
}

func TestContacts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.do("POST", mailbox+"/contacts", map[string]any{"givenName": "Grace", "surname": "Hopper", "emailAddresses": []any{map[string]any{"address": "grace@navy.example"}}}).ok(http.StatusCreated)
	contact := mailbox + "/contacts/" + made.text("id")
	if made.text("displayName") != "Grace Hopper" {
		t.Errorf("got name %q", made.text("displayName"))
	}
	if got := r.get(mailbox + "/contacts" + query("$filter", "emailAddresses/any(a:a/address eq 'grace@navy.example')")).column("id"); !slices.Equal(got, []string{made.text("id")}) {
		t.Errorf("got %v", got)
	}
	r.do("PATCH", contact, map[string]any{"jobTitle": "Admiral"}).ok(http.StatusOK)
	r.do("PATCH", contact, map[string]any{"jobTitle": "x"}, "If-Match: "+made.text("@odata.etag")).refused(http.StatusPreconditionFailed, "ErrorIrresolvableConflict", "")
	r.do("DELETE", contact, nil).ok(http.StatusNoContent)
	r.get(contact).refused(http.StatusNotFound, "ErrorItemNotFound", "")
}
