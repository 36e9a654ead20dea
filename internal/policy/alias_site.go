package policy

import (
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// shares returns what a sharing link stands for: an item of some drive, and what that is part of.
func shares(a act) []act {
	p := a.path
	if p[0] != "shares" || len(p) < 2 {
		return nil
	}
	rest := p[2:]
	if len(rest) == 0 {
		return []act{{a.method, graph.Reading{"drives", somebody, "items", somebody}}}
	}
	list := join("sites", somebody, graph.Reading{"lists", somebody})
	switch rest[0] {
	case "site":
		return []act{{a.method, join("sites", somebody, rest[1:])}}
	case "list":
		return []act{{a.method, slices.Concat(list, rest[1:])}}
	case "listitem":
		return []act{{a.method, slices.Concat(list, graph.Reading{"items", somebody}, rest[1:])}}
	}
	return []act{{a.method, join("drives", somebody, rest)}} // root, items and permission; driveItem: see drives
}

// sites returns the sites of groups and people, and those below other sites, as what they are. One that is addressed
// by its path is one among all: nothing in a reading tells where such a path ends, and that of
// getByPath(path='/a/b') has slashes of its own.
func sites(a act) []act {
	var all []act
	add := func(path graph.Reading) { all = append(all, act{a.method, path}) }
	p := a.path
	byPath, after := false, false // after the name of a collection of sites
	for i := firstSite(p); i < len(p); i++ {
		if byPath {
			add(join("sites", somebody, p[i:]))
		}
		byPath = byPath || after && strings.HasSuffix(p[i], ":") || strings.HasPrefix(p[i], "getbypath")
		after = p[i] == "sites" || p[i] == "followedsites"
		switch {
		case !after || i == 0:
		case i+1 < len(p):
			add(join("sites", "", p[i+1:]))
		default:
			add(graph.Reading{"sites", somebody})
		}
	}
	if byPath {
		add(graph.Reading{"sites", somebody})
	}
	return all
}

// firstSite returns where the first site's collection stands in a path, or the path's length.
func firstSite(p graph.Reading) int {
	switch {
	case p[0] == "sites":
		return 0
	case p[0] == "me" && len(p) > 1 && p[1] == "followedsites":
		return 1
	case p[0] == "groups" && len(p) > 2 && p[2] == "sites", p[0] == "users" && len(p) > 2 && p[2] == "followedsites":
		return 2
	}
	return len(p)
}

// hasDrives tells whether a path leads to something with drives at several places.
func hasDrives(a act) bool { return a.path[0] == "sites" || a.path[0] == "storage" }

// drives returns the drives of sites, and the items that are reached from elsewhere, as what they are.
func drives(a act) []act {
	var all []act
	add := func(path graph.Reading) { all = append(all, act{a.method, path}) }
	for i, word := range a.path[1:] {
		rest := a.path[i+2:]
		switch {
		case word == "driveitem" || word == "filesfolder":
			add(join("drives", somebody, join("items", somebody, rest)))
		case !hasDrives(a):
		case word == "drive":
			add(join("drives", somebody, rest))
		case word == "drives" && len(rest) > 0:
			add(join("drives", "", rest))
		}
	}
	return all
}
