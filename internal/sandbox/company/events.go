package company

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// schedule puts a meeting into the calendar of everybody who has one.
func (b *builder) schedule(m meeting) {
	m.body = b.invitation(m)
	m.preview = preview(m.body, false)
	for _, p := range append([]*person{m.organizer}, m.attendees...) {
		if b.Calendars[p.id] == nil {
			continue
		}
		e := b.event(p, m)
		if m.weeks == 0 {
			b.Events[p.id] = append(b.Events[p.id], e)
			continue
		}
		b.addSeries(p, m, e)
	}
}

// addSeries appends the master and the occurrences within reach. The third is moved by an hour, which makes
// it an exception.
func (b *builder) addSeries(p *person, m meeting, master Entity) {
	last := b.daysAgo(-calendarFuture, 0, 0)
	master["type"] = "seriesMaster"
	master["recurrence"] = Entity{
		"pattern": Entity{"type": "weekly", "interval": int64(m.weeks), "month": int64(0), "dayOfMonth": int64(0), "daysOfWeek": list(strings.ToLower(m.start.Weekday().String())), "firstDayOfWeek": "monday", "index": "first"},
		"range":   Entity{"type": "endDate", "startDate": m.start.Format(time.DateOnly), "endDate": last.Format(time.DateOnly), "recurrenceTimeZone": "UTC", "numberOfOccurrences": int64(0)},
	}
	b.Events[p.id] = append(b.Events[p.id], master)
	masterID := master["id"].(string)
	for i, at := 0, m.start; at.Before(last); i, at = i+1, at.AddDate(0, 0, 7*m.weeks) {
		one := m
		one.start, one.weeks = at, 0
		kind := "occurrence"
		if i == 2 {
			one.start, kind = at.Add(time.Hour), "exception"
		}
		e := b.event(p, one)
		e["id"] = outlookID(p.id, fmt.Sprint("occurrence ", masterID, i), itemBytes+24)
		e["type"], e["seriesMasterId"] = kind, masterID
		e["occurrenceId"] = "OID." + masterID + "." + at.Format(time.DateOnly)
		e["iCalUId"], e["uid"] = master["iCalUId"], master["uid"]
		b.Events[p.id] = append(b.Events[p.id], e)
	}
}

// event is the resource of a single meeting in one person's calendar.
func (b *builder) event(p *person, m meeting) Entity {
	key := fmt.Sprint(m.subject, m.organizer.upn, m.number)
	id := outlookID(p.id, "event "+key, itemBytes)
	end, showAs := m.start.Add(m.length), m.showAs
	if m.days > 0 {
		end = m.start.AddDate(0, 0, m.days)
	}
	if showAs == "" {
		showAs = "busy"
	}
	calendarName, sensitivity := "Calendar", "normal"
	if m.subject == "Vacation" {
		calendarName = "Absences"
	}
	if m.private {
		sensitivity = "private"
	}
	created := m.start.AddDate(0, 0, -20)
	if created.After(b.now.AddDate(0, 0, -1)) {
		created = b.now.Add(-5 * 24 * time.Hour)
	}
	subject := m.subject
	if m.cancelled {
		subject = "Canceled: " + subject
	}
	e := Entity{
		"@odata.etag": `W/"` + changeKey(id) + `"`, "id": id, "changeKey": changeKey(id), "calendarId": calendarID(p, calendarName), "createdDateTime": precise(created), "lastModifiedDateTime": precise(created.Add(26 * time.Minute)),
		"categories": list(m.categories...), "transactionId": nil, "originalStartTimeZone": m.organizer.office.timeZone, "originalEndTimeZone": m.organizer.office.timeZone,
		"iCalUId": iCalUID(key), "uid": iCalUID(key), "reminderMinutesBeforeStart": int64(15), "isReminderOn": m.days == 0, "hasAttachments": false, "subject": subject, "bodyPreview": m.preview,
		"importance": "normal", "sensitivity": sensitivity, "isAllDay": m.days > 0, "isCancelled": m.cancelled, "isOrganizer": p == m.organizer, "responseRequested": true, "seriesMasterId": nil,
		"showAs": showAs, "type": "singleInstance", "webLink": "https://outlook.office365.com/owa/?itemid=" + url.QueryEscape(id) + "&exvsurl=1&path=/calendar/item", "onlineMeetingUrl": nil,
		"isOnlineMeeting": m.online, "onlineMeetingProvider": "unknown", "allowNewTimeProposals": true, "occurrenceId": nil, "isDraft": false, "hideAttendees": false, "recurrence": nil, "onlineMeeting": nil,
		"responseStatus": m.responseOf(p, created), "body": Entity{"contentType": "html", "content": m.body}, "start": moment(m.start), "end": moment(end),
		"attendees": m.attendance(created), "organizer": m.organizer.party().entity(),
	}
	m.place(e)
	if m.online {
		e["onlineMeetingProvider"], e["onlineMeeting"] = "teamsForBusiness", Entity{"joinUrl": m.joinURL()}
	}
	return e
}

// precise has the seven digits that Graph shows for events.
func precise(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }

func moment(t time.Time) Entity {
	return Entity{"dateTime": t.UTC().Format("2006-01-02T15:04:05.0000000"), "timeZone": "UTC"}
}

func iCalUID(key string) string {
	return "040000008200E00074C5B7101A82E008" + strings.ToUpper(strings.ReplaceAll(guid("ical "+key)+guid("ical2 "+key), "-", ""))
}

// place writes the location, which is an empty one where there is none.
func (m meeting) place(e Entity) {
	names := m.rooms
	if m.online {
		names = append(append([]string{}, names...), "Microsoft Teams Meeting")
	}
	locations := []any{}
	for _, name := range names {
		locations = append(locations, Entity{"displayName": name, "locationType": "default", "uniqueId": name, "uniqueIdType": "private"})
	}
	e["locations"] = locations
	e["location"] = Entity{"displayName": strings.Join(names, "; "), "locationType": "default", "uniqueIdType": "unknown", "address": Entity{}, "coordinates": Entity{}}
}

// responseOf is what a person answered; the organizer did not have to.
func (m meeting) responseOf(p *person, invited time.Time) Entity {
	if p == m.organizer {
		return Entity{"response": "organizer", "time": "0001-01-01T00:00:00Z"}
	}
	response := pick(dice("response "+m.subject+p.upn), []string{"accepted", "accepted", "accepted", "tentativelyAccepted", "none", "notResponded", "declined"})
	at := "0001-01-01T00:00:00Z"
	if response != "none" && response != "notResponded" {
		at = stamp(invited.Add(3 * time.Hour))
	}
	return Entity{"response": response, "time": at}
}

func (m meeting) attendance(invited time.Time) []any {
	all := []any{}
	for i, p := range m.attendees {
		a := p.party().entity()
		a["type"], a["status"] = "required", m.responseOf(p, invited)
		if i > 5 {
			a["type"] = "optional"
		}
		all = append(all, a)
	}
	for _, room := range m.rooms {
		a := party{room, "room." + plainName(room) + "@" + Domain}.entity()
		a["type"], a["status"] = "resource", Entity{"response": "accepted", "time": stamp(invited.Add(time.Minute))}
		all = append(all, a)
	}
	return all
}

func (m meeting) joinURL() string {
	thread := strings.ReplaceAll(guid("thread "+m.subject+m.organizer.upn), "-", "")
	return "https://teams.microsoft.com/l/meetup-join/19%3ameeting_" + thread + "%40thread.v2/0?context=%7b%22Tid%22%3a%22" + TenantID + "%22%2c%22Oid%22%3a%22" + m.organizer.id + "%22%7d"
}

// invitation is what the organizer wrote, with the block that Teams appends.
func (b *builder) invitation(m meeting) string {
	inner := ""
	if m.text != "" {
		inner = styleOf(m.organizer).write(blocks(m.text))
	}
	if m.online {
		throw := dice("meeting id " + m.subject + m.organizer.upn)
		number := fmt.Sprintf("%d %03d %03d %03d", 200+throw.IntN(200), throw.IntN(1000), throw.IntN(1000), throw.IntN(1000))
		inner += b.templates.fill("teams", "join", m.joinURL(), "number", number, "organizer", m.organizer.id, "tenant", TenantID)
	}
	return b.templates.wrap(m.organizer, inner)
}
