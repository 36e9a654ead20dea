package graphsim

import (
	"maps"
	"net/http"
	"time"
)

func eventReadOnly() []string {
	return words("id createdDateTime lastModifiedDateTime changeKey iCalUId webLink organizer isOrganizer seriesMasterId bodyPreview hasAttachments type occurrenceId")
}

// givenEvent parses an event and brings its times into UTC, as Graph keeps them.
func (c *call) givenEvent() (Entity, error) {
	given, err := c.properties(c.g.kinds.event, eventReadOnly()...)
	if err != nil {
		return nil, err
	}
	for _, name := range words("start end") {
		v, set := given[name]
		if !set {
			continue
		}
		m, _ := v.(map[string]any)
		if _, ok := zoneNamed(text(m, "timeZone")); !ok {
			return nil, &problem{status: http.StatusBadRequest, code: "TimeZoneNotSupportedException", message: "A valid TimeZone value must be specified. The following TimeZone value is not supported: '" + text(m, "timeZone") + "'."}
		}
		t := moment(v)
		if t.IsZero() {
			return nil, requestBody(name)
		}
		given[name] = momentIn(t, time.UTC, "UTC")
	}
	for _, name := range words("attendees") {
		if _, ok := given[name].([]any); !ok && given[name] != nil {
			return nil, requestBody(name)
		}
	}
	return given, nil
}

func (c *call) createEvent() (*answer, error) {
	user, calendar, err := c.calendar()
	if err != nil {
		return nil, err
	}
	given, err := c.givenEvent()
	if err != nil {
		return nil, err
	}
	if given["start"] == nil || given["end"] == nil {
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorPropertyValidationFailure", message: "At least one property failed validation."}
	}
	u, _ := c.user()
	e := maps.Clone(c.g.kinds.event.blank)
	id, now := c.g.newOutlookID(), c.g.stamp()
	maps.Copy(e, Entity{
		"id": id, "createdDateTime": now, "calendarId": calendar["id"], "iCalUId": "040000008200E00074C5B7101A82E008" + id[:32], "type": "singleInstance",
		"subject": "", "body": Entity{"contentType": "html", "content": ""}, "bodyPreview": "", "importance": "normal", "sensitivity": "normal", "showAs": "busy", "isAllDay": false,
		"isCancelled": false, "isOrganizer": true, "responseRequested": true, "allowNewTimeProposals": true, "isReminderOn": true, "reminderMinutesBeforeStart": int64(15),
		"attendees": []any{}, "locations": []any{}, "categories": []any{}, "organizer": addressOf(u), "responseStatus": Entity{"response": "organizer", "time": "0001-01-01T00:00:00Z"},
		"location": Entity{"displayName": "", "locationType": "default"}, "originalStartTimeZone": "UTC", "originalEndTimeZone": "UTC", "hasAttachments": false,
		"webLink": "https://outlook.office365.com/owa/?itemid=" + id + "&exvsurl=1&path=/calendar/item",
	})
	if e, err = c.changedEvent(e, given); err != nil {
		return nil, err
	}
	c.g.o.Company.Events[user] = append(c.g.o.Company.Events[user], e)
	return c.g.kinds.event.created(e, c.g.origin(c.request)+"/"+c.path.version+"/users('"+user+"')/events('"+id+"')"), nil
}

// changedEvent returns an event with changes and a new version.
func (c *call) changedEvent(e, given Entity) (Entity, error) {
	e = merged(e, given)
	if moment(e["end"]).Before(moment(e["start"])) {
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorPropertyValidationFailure", message: "The end of an event can't be before its start."}
	}
	if body, ok := e["body"].(map[string]any); ok {
		preview := []rune(plainText(text(body, "content")))
		e["bodyPreview"] = string(preview[:min(255, len(preview))])
	}
	e["changeKey"], e["lastModifiedDateTime"] = c.g.newChangeKey(), c.g.stamp()
	e["@odata.etag"] = `W/"` + text(e, "changeKey") + `"`
	return e, nil
}

func (c *call) updateEvent() (*answer, error) {
	user, e, err := c.event()
	if err != nil {
		return nil, err
	}
	if err := c.matches(text(e, "changeKey")); err != nil {
		return nil, err
	}
	given, err := c.givenEvent()
	if err != nil {
		return nil, err
	}
	if e, err = c.changedEvent(e, given); err != nil {
		return nil, err
	}
	c.g.o.Company.Events[user] = put(c.g.o.Company.Events[user], e)
	return c.g.kinds.event.one(e), nil
}

// deleteEvent deletes an event, and the occurrences of a series with it.
func (c *call) deleteEvent() (*answer, error) {
	user, e, err := c.event()
	if err != nil {
		return nil, err
	}
	if err := c.matches(text(e, "changeKey")); err != nil {
		return nil, err
	}
	c.g.dropEvent(user, text(e, "id"))
	return &answer{}, nil
}

func (g *Graph) dropEvent(user, id string) {
	var kept []Entity
	for _, e := range g.o.Company.Events[user] {
		if e["id"] != id && e["seriesMasterId"] != id {
			kept = append(kept, e)
		}
	}
	g.o.Company.Events[user] = kept
}

func (c *call) acceptEvent() (*answer, error) { return c.respondToEvent("accepted") }
func (c *call) tentativelyAcceptEvent() (*answer, error) {
	return c.respondToEvent("tentativelyAccepted")
}
func (c *call) declineEvent() (*answer, error) { return c.respondToEvent("declined") }

func (c *call) respondToEvent(response string) (*answer, error) {
	user, e, err := c.event()
	if err != nil {
		return nil, err
	}
	if e["isOrganizer"] == true {
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorInvalidRequest", message: "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer."}
	}
	if response == "declined" {
		c.g.dropEvent(user, text(e, "id"))
		return accepted(), nil
	}
	e, err = c.changedEvent(e, Entity{"responseStatus": Entity{"response": response, "time": c.g.stamp()}})
	if err != nil {
		return nil, err
	}
	c.g.o.Company.Events[user] = put(c.g.o.Company.Events[user], e)
	return accepted(), nil
}

func (c *call) cancelEvent() (*answer, error) {
	user, e, err := c.event()
	if err != nil {
		return nil, err
	}
	if e["isOrganizer"] != true {
		return nil, &problem{status: http.StatusBadRequest, code: "ErrorInvalidRequest", message: "Your request can't be completed. You need to be an organizer to cancel a meeting."}
	}
	c.g.dropEvent(user, text(e, "id"))
	return accepted(), nil
}

// accepted is 202 without a body.
func accepted() *answer {
	return &answer{status: http.StatusAccepted, content: []byte{}, kind: "text/plain"}
}
