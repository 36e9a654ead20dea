package mail

import "strings"

const (
	calendarMaxLines     = 100
	calendarMaxAttendees = 200
)

// calendar collects the events of a calendar part.
type calendar struct {
	lines       []string
	attendees   []string
	description string
	inside      []string // the components that are open
}

// calendarSummary gives the events of a calendar part (RFC 5545), a property a line; with what they are about where the
// message does not say that itself.
func calendarSummary(text string, described bool) string {
	text = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "").Replace(text)
	var c calendar
	for line := range strings.Lines(text) {
		name, parameters, value := calendarLine(strings.TrimRight(line, "\r\n"))
		switch name {
		case "BEGIN":
			if len(c.inside) < 16 {
				c.inside = append(c.inside, strings.ToUpper(value))
			}
		case "END":
			if c.event() {
				c.close(described)
			}
			c.inside = c.inside[:max(len(c.inside)-1, 0)]
		case "METHOD":
			c.add("Calendar: " + strings.ToLower(value))
		default:
			if c.event() {
				c.property(name, parameters, value)
			}
		}
	}
	c.close(described) // a part may be cut off
	return strings.Join(c.lines, "\n")
}

// event reports whether an event is being read, and not an alarm or another thing within it.
func (c *calendar) event() bool {
	return len(c.inside) > 0 && c.inside[len(c.inside)-1] == "VEVENT"
}

func (c *calendar) add(line string) {
	if len(c.lines) < calendarMaxLines {
		c.lines = append(c.lines, line)
	}
}

func (c *calendar) property(name string, parameters []string, value string) {
	switch name {
	case "SUMMARY", "LOCATION", "RRULE", "STATUS":
		c.add(calendarName(name) + ": " + strings.ReplaceAll(calendarText(value), "\n", " "))
	case "ORGANIZER":
		c.add("Organizer: " + calendarParty(parameters, value))
	case "ATTENDEE":
		if len(c.attendees) < calendarMaxAttendees {
			c.attendees = append(c.attendees, calendarParty(parameters, value))
		}
	case "DESCRIPTION":
		c.description = strings.TrimSpace(calendarText(value))
	case "DTSTART", "DTEND":
		line := calendarName(name) + ": " + calendarTime(value)
		if zone := calendarParameter(parameters, "TZID"); zone != "" {
			line += " " + zone
		}
		c.add(line)
	}
}

// close writes what comes last of an event.
func (c *calendar) close(described bool) {
	if len(c.attendees) > 0 {
		c.add("Attendees: " + strings.Join(c.attendees, ", "))
	}
	if described && c.description != "" {
		c.add("Description: " + c.description)
	}
	c.attendees, c.description = nil, ""
}

// calendarLine parts a content line: names may hold colons and semicolons within quotation marks.
func calendarLine(line string) (name string, parameters []string, value string) {
	quoted, from := false, 0
	var parts []string
	for i := range len(line) {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case quoted || c != ':' && c != ';':
		default:
			parts = append(parts, line[from:i])
			from = i + 1
			if c == ':' {
				return strings.ToUpper(parts[0]), parts[1:], line[from:]
			}
		}
	}
	return "", nil, ""
}

func calendarParameter(parameters []string, key string) string {
	for _, each := range parameters {
		name, value, _ := strings.Cut(each, "=")
		if strings.EqualFold(name, key) {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// calendarParty writes a name and an address, as in a header.
func calendarParty(parameters []string, value string) string {
	name := strings.Join(strings.Fields(calendarParameter(parameters, "CN")), " ")
	if len(value) > len("mailto:") && strings.EqualFold(value[:len("mailto:")], "mailto:") {
		value = value[len("mailto:"):]
	}
	return msgParty(name, strings.TrimSpace(value))
}

func calendarText(value string) string {
	return strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(value)
}

func calendarName(name string) string {
	switch name {
	case "DTSTART":
		return "Starts"
	case "DTEND":
		return "Ends"
	case "RRULE":
		return "Repeats"
	case "SUMMARY":
		return "Event"
	}
	return name[:1] + strings.ToLower(name[1:])
}

// calendarTime makes 20260301T090000Z readable.
func calendarTime(value string) string {
	if len(value) < 8 {
		return value
	}
	out := value[:4] + "-" + value[4:6] + "-" + value[6:8]
	if len(value) >= 13 && value[8] == 'T' {
		out += " " + value[9:11] + ":" + value[11:13]
		if strings.HasSuffix(value, "Z") {
			out += " UTC"
		}
	}
	return out
}
