package graphsim

import (
	"slices"
	"strings"
	"time"
)

func scheduleRoutes() []route {
	return in(outlook,
		route{method: "POST", pattern: "users/{user}/calendar/getSchedule", needs: "Calendars.ReadBasic " + readCal, serve: (*call).getSchedule},
		route{method: "POST", pattern: "users/{user}/findMeetingTimes", needs: "Calendars.Read.Shared " + readCal, serve: (*call).findMeetingTimes},
	)
}

// busy lists what a user has in a time, by its start.
func (g *Graph) busy(user string, from, to time.Time) []Entity {
	var all []Entity
	for _, e := range g.o.Company.Events[user] {
		taken := e["type"] != "seriesMaster" && e["showAs"] != "free" && e["isCancelled"] != true
		if taken && moment(e["start"]).Before(to) && moment(e["end"]).After(from) {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Entity) int { return moment(a["start"]).Compare(moment(b["start"])) })
	return all
}

// getSchedule follows https://learn.microsoft.com/graph/api/calendar-getschedule.
func (c *call) getSchedule() (*answer, error) {
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	asked, _ := body["schedules"].([]any)
	start, end := moment(body["startTime"]), moment(body["endTime"])
	minutes := wholeNumber(body["availabilityViewInterval"], 30)
	if len(asked) == 0 || len(asked) > 20 || start.IsZero() || !end.After(start) || end.Sub(start) > 62*24*time.Hour || minutes < 5 || minutes > 1440 {
		return nil, outlook.refuse400("schedules (1 to 20 addresses), startTime before endTime (62 days at most) and an interval of 5 to 1440 minutes are required.")
	}
	all := []any{}
	for _, a := range asked {
		address, _ := a.(string)
		u, ok := c.g.findUser(segment{text: address})
		if !ok {
			all = append(all, Entity{"scheduleId": address, "availabilityView": "", "scheduleItems": []any{}, "error": Entity{"message": "The mailbox was not found.", "responseCode": "ErrorMailRecipientNotFound"}})
			continue
		}
		all = append(all, c.g.schedule(address, c.g.busy(text(u, "id"), start, end), start, end, time.Duration(minutes)*time.Minute))
	}
	return &answer{value: Entity{"@odata.context": c.context("Collection(microsoft.graph.scheduleInformation)"), "value": all}}, nil
}

func (g *Graph) schedule(address string, busy []Entity, start, end time.Time, step time.Duration) Entity {
	items := []any{}
	for _, e := range busy {
		items = append(items, Entity{"status": e["showAs"], "subject": e["subject"], "location": text(inner(e, "location"), "displayName"), "isPrivate": e["sensitivity"] == "private", "start": e["start"], "end": e["end"]})
	}
	var view strings.Builder
	for at := start; at.Before(end); at = at.Add(step) {
		taken := slices.ContainsFunc(busy, func(e Entity) bool { return moment(e["start"]).Before(at.Add(step)) && moment(e["end"]).After(at) })
		view.WriteByte(map[bool]byte{true: '2', false: '0'}[taken])
	}
	return Entity{"scheduleId": address, "availabilityView": view.String(), "scheduleItems": items,
		"workingHours": Entity{"daysOfWeek": []any{"monday", "tuesday", "wednesday", "thursday", "friday"}, "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000", "timeZone": Entity{"name": "UTC"}}}
}

// inner returns a complex property, nil where there is none.
func inner(e Entity, name string) Entity {
	v, _ := e[name].(map[string]any)
	return v
}

// findMeetingTimes follows https://learn.microsoft.com/graph/api/user-findmeetingtimes, for meetings of an hour or less at
// the beginning of an hour.
func (c *call) findMeetingTimes() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	var body Entity
	if len(c.body) > 0 {
		if body, err = c.document(); err != nil {
			return nil, err
		}
	}
	people := []string{text(u, "id")}
	attendees, _ := body["attendees"].([]any)
	if len(attendees) > 100 {
		return nil, outlook.refuse400("At most 100 attendees can be asked for.")
	}
	for _, a := range attendees {
		attendee, _ := a.(map[string]any)
		other, ok := find(c.g.o.Company.Users, segment{text: text(inner(attendee, "emailAddress"), "address")}, "mail", "userPrincipalName")
		if ok {
			people = append(people, text(other, "id"))
		}
	}
	suggestions := []any{}
	from, to := c.window(body)
	for at := from; at.Before(to) && len(suggestions) < wholeNumber(body["maxCandidates"], 5); at = at.Add(time.Hour) {
		works := at.Weekday() != time.Saturday && at.Weekday() != time.Sunday && at.Hour() >= 8 && at.Hour() < 17
		if !works || slices.ContainsFunc(people, func(id string) bool { return len(c.g.busy(id, at, at.Add(time.Hour))) > 0 }) {
			continue
		}
		suggestions = append(suggestions, Entity{"confidence": float64(100), "order": int64(len(suggestions) + 1), "organizerAvailability": "free", "suggestionReason": "Suggested because it is one of the nearest times when all attendees are available.",
			"attendeeAvailability": []any{}, "locations": []any{}, "meetingTimeSlot": Entity{"start": zoned(at), "end": zoned(at.Add(time.Hour))}})
	}
	reason := ""
	if len(suggestions) == 0 {
		reason = "AttendeesUnavailable"
	}
	return &answer{value: Entity{"@odata.context": c.context("microsoft.graph.meetingTimeSuggestionsResult"), "emptySuggestionsReason": reason, "meetingTimeSuggestions": suggestions}}, nil
}

// window is the time that a search for meeting times looks through: the first slot asked for, or the next five days.
func (c *call) window(body Entity) (from, to time.Time) {
	slots, _ := inner(body, "timeConstraint")["timeSlots"].([]any)
	if len(slots) > 0 {
		slot, _ := slots[0].(map[string]any)
		from, to = moment(slot["start"]), moment(slot["end"])
	}
	if from.IsZero() || !to.After(from) {
		from = c.g.o.Now().UTC()
		to = from.AddDate(0, 0, 5)
	}
	return from.Add(time.Hour - time.Nanosecond).Truncate(time.Hour), minTime(to, from.AddDate(0, 0, 62))
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func zoned(t time.Time) Entity {
	return Entity{"dateTime": t.Format("2006-01-02T15:04:05.0000000"), "timeZone": "UTC"}
}
