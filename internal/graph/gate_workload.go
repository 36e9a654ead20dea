package graph

import "strings"

// workload names what Microsoft throttles together: a service and, where the limit is one of a single mailbox,
// whose. https://learn.microsoft.com/graph/throttling-limits
type workload struct {
	name string
	of   string // the mailbox; "" where the workload is one for all
}

// The workloads whose names mean more than the first segment of a path.
const (
	outlook   = "outlook"
	files     = "files"
	teams     = "teams"
	oneNote   = "onenote"
	planner   = "planner"
	directory = "directory"
)

// String names the workload for a person, without the mailbox: a log line or an error needs no personal data.
func (w workload) String() string { return w.name }

// workloadOf tells which workload a request burdens. It is a guess from the path: a wrong one costs a wait that
// was not needed, or a refusal by the service that could have been foreseen, and nothing else.
func workloadOf(r *Request) workload {
	if r.api == ResourceManager {
		return workload{name: "azure"}
	}
	path := r.likely[0]
	if len(path) == 0 {
		return workload{name: "root"}
	}
	switch path[0] {
	case "me":
		return belonging("me", path[1:])
	case "users", "groups":
		if len(path) > 2 {
			return belonging(path[1], path[2:])
		}
		return workload{name: directory}
	case "sites", "drives", "shares", "storage":
		if len(path) > 2 && path[2] == oneNote {
			return workload{name: oneNote}
		}
		return workload{name: files}
	case "teams", "chats", "appcatalogs", "communications", "teamwork":
		return workload{name: teams}
	case "drive":
		return workload{name: files}
	case "applications", "serviceprincipals", "devices", "directoryobjects", "directoryroles", "directory",
		"administrativeunits", "domains", "organization", "contacts", "rolemanagement", "oauth2permissiongrants",
		"subscribedskus", "invitations", "policies":
		return workload{name: directory}
	}
	// search, reports, identityprotection, devicemanagement… each have limits of their own.
	return workload{name: clipTo(strings.TrimPrefix(path[0], "$"), 40)}
}

// belonging returns the workload of what a person or group has, by the segment after them.
func belonging(owner string, path []string) workload {
	if len(path) == 0 {
		return workload{name: directory}
	}
	switch path[0] {
	case "messages", "mailfolders", "sendmail", "mailboxsettings", "inferenceclassification", "getmailtips",
		"calendar", "calendars", "calendargroups", "calendarview", "events", "event", "findmeetingtimes", "reminderview",
		"contacts", "contactfolders", "people", "outlook", "todo", "translateexchangeids", "conversations", "threads":
		return workload{name: outlook, of: owner}
	case "drive", "drives", "sites", "followedsites":
		return workload{name: files}
	case "chats", "joinedteams", "teamwork", "team", "presence", "onlinemeetings":
		return workload{name: teams}
	case oneNote:
		return workload{name: oneNote}
	case planner:
		return workload{name: planner}
	}
	return workload{name: directory}
}
