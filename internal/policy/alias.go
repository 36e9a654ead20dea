package policy

import (
	"net/http"
	"slices"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// act is what a rule is compared with.
type act struct {
	method string
	path   graph.Reading
}

// somebody stands for one of a collection whom the path does not name: the signed-in person among the users, a
// person's drive among the drives. Only "*" and "**" match it.
const somebody = "\x00somebody"

// aliases returns the act and those that come to the same: another way to the same resource ("/me" is one of
// "/users"), or the same deed by other means (an upload session replaces a file's content). They count where a
// rule takes something away, never where it gives. What only the service could tell is not among them: which of
// the users "/me" is, which drive is whose, which message is in which folder.
func aliases(api graph.API, method string, reading graph.Reading) []act {
	all := append(make([]act, 0, 4), act{method, reading})
	if api == graph.ResourceManager || len(reading) == 0 {
		return all
	}
	extend := func(from []act, ways func(act) []act) {
		for _, a := range from { // as it is now: what is added comes behind it
			all = append(all, ways(a)...)
		}
	}
	extend(all, owners)
	extend(all, shares)
	extend(all, shortcuts)
	// From one act each: what is found there goes for all others, of which there may be as many as segments.
	extend(all[:1], drives)
	if i := slices.IndexFunc(all, func(a act) bool { return firstSite(a.path) < len(a.path) }); i >= 0 {
		extend(all[i:i+1], sites)
	}
	if i := slices.IndexFunc(all, hasDrives); i > 0 {
		extend(all[i:i+1], drives)
	}
	extend(all, deeds)
	return all
}

// owners returns other names for whose the resource is.
func owners(a act) []act {
	p := a.path
	switch {
	case p[0] == "me":
		return []act{{a.method, join("users", somebody, p[1:])}}
	case p[0] == "drive": // of the signed-in person
		return []act{{a.method, join("me", "", p)}, {a.method, join("users", somebody, p)}}
	case p[0] == "users" && len(p) > 1:
		return []act{{a.method, join("me", "", p[2:])}}
	}
	return nil
}

// join makes a path of one or two segments and a rest.
func join(first, second string, rest graph.Reading) graph.Reading {
	path := make(graph.Reading, 0, len(rest)+2)
	path = append(path, first)
	if second != "" {
		path = append(path, second)
	}
	return append(path, rest...)
}

// folded are the collections of an owner that a path may lead to through folders.
var folded = []struct {
	folders    []string // by which the longer path begins
	collection string
	into       string // what the owner's own is called
}{
	{[]string{"mailfolders"}, "messages", "messages"},
	{[]string{"calendar", "calendars", "calendargroups"}, "events", "events"},
	{[]string{"calendar", "calendars", "calendargroups"}, "calendarview", "events"},
	{[]string{"calendarview"}, "calendarview", "events"},
	{[]string{"contactfolders"}, "contacts", "contacts"},
}

// objects are the collections that have all of /directoryObjects between them.
var objects = []string{"users", "groups", "serviceprincipals", "applications", "devices", "contacts"}

// shortcuts returns shorter ways to what a path leads to.
func shortcuts(a act) []act {
	var all []act
	add := func(path graph.Reading) { all = append(all, act{a.method, path}) }
	p := a.path
	if p[0] == "directoryobjects" && len(p) > 1 {
		for _, collection := range objects {
			add(join(collection, "", p[1:]))
		}
	}
	owner := 2
	if p[0] == "me" {
		owner = 1
	}
	if len(p) <= owner || !slices.Contains([]string{"me", "users", "groups"}, p[0]) {
		return all
	}
	rest := p[owner:]
	for _, f := range folded {
		for i, word := range rest {
			if slices.Contains(f.folders, rest[0]) && word == f.collection {
				add(slices.Concat(p[:owner], graph.Reading{f.into}, rest[i+1:]))
			}
		}
	}
	switch {
	case rest[0] == "drive":
		add(join("drives", somebody, rest[1:]))
	case len(rest) > 1 && (rest[0] == "drives" || rest[0] == "chats"):
		add(rest)
	case len(rest) > 1 && rest[0] == "joinedteams":
		add(join("teams", "", rest[1:]))
	case rest[0] == "team" && p[0] == "groups": // both have the same ID
		add(join("teams", p[1], rest[1:]))
	}
	return all
}

// deeds returns other calls that do what this one does.
func deeds(a act) []act {
	if len(a.path) < 2 {
		return nil
	}
	head, last := a.path[:len(a.path)-1], a.path[len(a.path)-1]
	with := func(method string, more ...string) []act {
		return []act{{method, slices.Concat(head, graph.Reading(more))}}
	}
	switch {
	case a.method == http.MethodPut && last == "content":
		return with(http.MethodPost, "createuploadsession")
	case a.method != http.MethodPost:
	case last == "createuploadsession" && head[len(head)-1] == "attachments":
		return with(http.MethodPost)
	case last == "createuploadsession":
		return with(http.MethodPut, "content")
	case last == "permanentdelete" || last == "softdelete":
		return with(http.MethodDelete)
	case last == "attachments":
		return with(http.MethodPost, "attachments", "createuploadsession")
	}
	return mails(a, last)
}

// mails returns sendMail for what else sends a message to somebody.
func mails(a act, last string) []act {
	p := a.path
	if a.method != http.MethodPost || len(p) < 4 {
		return nil
	}
	collection := p[len(p)-3]
	switch {
	case collection == "messages" && slices.Contains([]string{"send", "reply", "replyall", "forward"}, last), collection == "events" && last == "forward":
		if p[0] != "groups" {
			return []act{{a.method, slices.Concat(p[:len(p)-3], graph.Reading{"sendmail"})}}
		}
	case p[0] != "groups" || collection != "threads" && collection != "posts" || last != "reply" && last != "forward":
		return nil
	}
	return []act{{a.method, join("users", somebody, graph.Reading{"sendmail"})}, {a.method, join("me", "", graph.Reading{"sendmail"})}}
}
