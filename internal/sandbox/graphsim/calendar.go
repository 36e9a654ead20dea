package graphsim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

func calendarRoutes() []route {
	return in(outlook,
		route{method: "GET", pattern: "users/{user}/calendars", needs: readCal, serve: (*call).listCalendars},
		route{method: "GET", pattern: "users/{user}/calendar", needs: readCal, serve: (*call).getCalendar},
		route{method: "GET", pattern: "users/{user}/calendars/{calendar}", needs: readCal, serve: (*call).getCalendar},
		route{method: "GET", pattern: "users/{user}/events", needs: readCal, serve: (*call).listEvents},
		route{method: "GET", pattern: "users/{user}/calendar/events", needs: readCal, serve: (*call).listEvents},
		route{method: "GET", pattern: "users/{user}/calendars/{calendar}/events", needs: readCal, serve: (*call).listEvents},
		route{method: "POST", pattern: "users/{user}/events", needs: writeCal, serve: (*call).createEvent},
		route{method: "POST", pattern: "users/{user}/calendar/events", needs: writeCal, serve: (*call).createEvent},
		route{method: "POST", pattern: "users/{user}/calendars/{calendar}/events", needs: writeCal, serve: (*call).createEvent},
		route{method: "GET", pattern: "users/{user}/calendarView", needs: readCal, serve: (*call).calendarView},
		route{method: "GET", pattern: "users/{user}/calendar/calendarView", needs: readCal, serve: (*call).calendarView},
		route{method: "GET", pattern: "users/{user}/calendars/{calendar}/calendarView", needs: readCal, serve: (*call).calendarView},
		route{method: "GET", pattern: "EVENT", needs: readCal, serve: (*call).getEvent},
		route{method: "PATCH", pattern: "EVENT", needs: writeCal, serve: (*call).updateEvent},
		route{method: "DELETE", pattern: "EVENT", needs: writeCal, serve: (*call).deleteEvent},
		route{method: "GET", pattern: "EVENT/instances", needs: readCal, serve: (*call).listInstances},
		route{method: "POST", pattern: "EVENT/accept", needs: writeCal, serve: (*call).acceptEvent},
		route{method: "POST", pattern: "EVENT/tentativelyAccept", needs: writeCal, serve: (*call).tentativelyAcceptEvent},
		route{method: "POST", pattern: "EVENT/decline", needs: writeCal, serve: (*call).declineEvent},
		route{method: "POST", pattern: "EVENT/cancel", needs: writeCal, serve: (*call).cancelEvent},
	)
}

func (c *call) listCalendars() (*answer, error) {
	u, err := c.mailbox()
	if err != nil {
		return nil, err
	}
	return c.g.kinds.calendar.list(c.g.o.Company.Calendars[text(u, "id")]), nil
}

// calendar returns the user's id and the calendar that the path names, the default one where it names none.
func (c *call) calendar() (user string, e Entity, err error) {
	u, err := c.mailbox()
	if err != nil {
		return "", nil, err
	}
	user = text(u, "id")
	list := c.g.o.Company.Calendars[user]
	if c.has("calendar") {
		e, ok := find(list, c.params["calendar"])
		if !ok {
			return "", nil, outlook.notFound(c.text("calendar"))
		}
		return user, e, nil
	}
	for _, e := range list {
		if e["isDefaultCalendar"] == true {
			return user, e, nil
		}
	}
	return "", nil, outlook.notFound("calendar")
}

func (c *call) getCalendar() (*answer, error) {
	_, e, err := c.calendar()
	return c.g.kinds.calendar.one(e), err
}

// events lists those of the calendar that are fulfilled by a condition.
func (c *call) events(holds func(Entity) bool) ([]Entity, error) {
	user, calendar, err := c.calendar()
	if err != nil {
		return nil, err
	}
	var list []Entity
	id, isDefault := text(calendar, "id"), calendar["isDefaultCalendar"] == true
	for _, e := range c.g.o.Company.Events[user] {
		in := text(e, "calendarId")
		if (in == id || in == "" && isDefault) && holds(e) {
			list = append(list, e)
		}
	}
	return list, nil
}

// listEvents lists single events and series, not their occurrences.
func (c *call) listEvents() (*answer, error) {
	list, err := c.events(func(e Entity) bool { return e["type"] != "occurrence" && e["type"] != "exception" })
	return c.g.kinds.event.list(list), err
}

// calendarView lists what happens in a time (https://learn.microsoft.com/graph/api/calendar-list-calendarview).
func (c *call) calendarView() (*answer, error) {
	start, okStart := viewTime(c.query.Other["startdatetime"])
	end, okEnd := viewTime(c.query.Other["enddatetime"])
	switch {
	case c.query.Other["startdatetime"] == "" || c.query.Other["enddatetime"] == "":
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorInvalidParameter", message: "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime."}
	case !okStart || !okEnd:
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorInvalidParameter", message: "The value of StartDateTime or EndDateTime is not a valid date and time."}
	case end.Before(start):
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorInvalidParameter", message: "The end of the time window has to be after its start."}
	}
	list, err := c.events(func(e Entity) bool {
		from, to := moment(e["start"]), moment(e["end"])
		return e["type"] != "seriesMaster" && from.Before(end) && (to.After(start) || from.Equal(start))
	})
	slices.SortStableFunc(list, func(a, b Entity) int { return moment(a["start"]).Compare(moment(b["start"])) })
	return c.g.kinds.event.list(list), err
}

// viewTime reads a bound of a view; without an offset it is UTC.
func viewTime(s string) (time.Time, bool) {
	s = strings.ReplaceAll(s, " ", "+") // of an offset that was not escaped
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// moment reads a dateTimeTimeZone.
func moment(v any) time.Time {
	e, _ := v.(map[string]any)
	t, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(text(e, "dateTime"), "Z"))
	if err != nil {
		return time.Time{}
	}
	if zone, ok := zoneNamed(text(e, "timeZone")); ok {
		t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
	}
	return t.UTC()
}

// momentIn writes a dateTimeTimeZone.
func momentIn(t time.Time, zone *time.Location, name string) Entity {
	return Entity{"dateTime": t.In(zone).Format("2006-01-02T15:04:05.0000000"), "timeZone": name}
}

// zoneNamed knows the names of IANA, where the system has its database, and those of Windows that are most used.
// A machine without the database takes the latter for UTC.
func zoneNamed(name string) (*time.Location, bool) {
	iana, isWindows := map[string]string{
		"": "UTC", "W. Europe Standard Time": "Europe/Berlin", "Romance Standard Time": "Europe/Paris", "Central European Standard Time": "Europe/Warsaw",
		"GMT Standard Time": "Europe/London", "Eastern Standard Time": "America/New_York", "Central Standard Time": "America/Chicago",
		"Pacific Standard Time": "America/Los_Angeles", "Mountain Standard Time": "America/Denver", "Tokyo Standard Time": "Asia/Tokyo",
		"China Standard Time": "Asia/Shanghai", "India Standard Time": "Asia/Kolkata", "AUS Eastern Standard Time": "Australia/Sydney",
		"E. South America Standard Time": "America/Sao_Paulo", "Turkey Standard Time": "Europe/Istanbul", "Korea Standard Time": "Asia/Seoul",
	}[name]
	if isWindows {
		name = iana
	}
	if name == "Local" { // Go's own, not a name
		return time.UTC, false
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC, isWindows
	}
	return zone, true
}

// presentEvent shows times in the zone that the client prefers.
func presentEvent(c *call, shown, stored Entity) {
	presentBody(c, shown, stored)
	name, ok := c.preference("outlook.timezone")
	zone, known := zoneNamed(name)
	if !ok || !known {
		return
	}
	for _, property := range []string{"start", "end"} {
		if _, ok := shown[property].(map[string]any); ok {
			shown[property] = momentIn(moment(shown[property]), zone, name)
		}
	}
	if applied := `outlook.timezone="` + name + `"`; !slices.Contains(c.applied, applied) {
		c.applied = append(c.applied, applied)
	}
}

func (c *call) event() (user string, e Entity, err error) {
	u, err := c.mailbox()
	if err != nil {
		return "", nil, err
	}
	user = text(u, "id")
	list := c.g.o.Company.Events[user]
	if c.has("calendar") {
		if list, err = c.events(func(Entity) bool { return true }); err != nil {
			return "", nil, err
		}
	}
	e, ok := find(list, c.params["event"])
	if !ok {
		return "", nil, outlook.notFound(c.text("event"))
	}
	return user, e, nil
}

func (c *call) getEvent() (*answer, error) {
	_, e, err := c.event()
	return c.g.kinds.event.one(e), err
}

func (c *call) listInstances() (*answer, error) {
	start, okStart := viewTime(c.query.Other["startdatetime"])
	end, okEnd := viewTime(c.query.Other["enddatetime"])
	user, master, err := c.event()
	if err != nil {
		return nil, err
	}
	if !okStart || !okEnd {
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorInvalidParameter", message: "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime."}
	}
	var list []Entity
	for _, e := range c.g.o.Company.Events[user] {
		if e["seriesMasterId"] == master["id"] && moment(e["start"]).Before(end) && moment(e["end"]).After(start) {
			list = append(list, e)
		}
	}
	return c.g.kinds.event.list(list), nil
}
