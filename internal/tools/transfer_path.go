package tools

import (
	"net/url"
	"slices"
	"strings"
)

// address is a path of Graph, read for what it says about a file. It is written in one of two ways:
// /drives/{id}/items/{id}, and by names, /drives/{id}/root:/folder/name, with a colon after the name where more
// follows. https://learn.microsoft.com/graph/onedrive-addressing-driveitems
type address struct {
	path  string // as it came, without the query and a slash at the end
	query string // with its "?"

	item   string // path up to where /content or /createUploadSession is to follow; "" where it is no drive item
	byPath bool   // item is addressed by names, and so may not exist yet
	child  bool   // path leads to the content of a folder's child, addressed by its name, which may not exist yet either
	name   string // the last of the names, as it is encoded
	leads  string // the last segment of path, decoded and in lower case
	above  string // the one before it
}

func readAddress(path string) address {
	a := address{path: path}
	if i := strings.IndexByte(path, '?'); i >= 0 {
		a.path, a.query = path[:i], path[i:]
	}
	a.path = strings.TrimRight(a.path, "/")
	segments := strings.Split(a.path, "/")
	words := make([]string, len(segments))
	for i, segment := range segments {
		words[i] = segment
		if word, err := url.PathUnescape(segment); err == nil {
			words[i] = word
		}
		words[i] = strings.ToLower(words[i])
	}
	last := len(words) - 1
	a.leads = words[last]
	if last > 0 {
		a.above = words[last-1]
	}
	opened := openedAt(words[:last])
	if opened < 0 && a.leads == "content" {
		a.child = inDrive(words) && (last > 1 && words[last-2] == "children" || strings.HasPrefix(a.above, "children("))
		segments, words = segments[:last], words[:last]
		last--
	}
	if last < 0 {
		return a
	}
	a.findItem(segments, words)
	return a
}

// openedAt returns the index of the segment with which a path by names begins that has not ended; -1 where there
// is none.
func openedAt(words []string) int {
	opened := -1
	for i, word := range words {
		switch {
		case !strings.HasSuffix(word, ":"):
		case opened >= 0:
			opened = -1
		case i > 0 && len(word) > 1: // before the first slash stands the scheme of a whole URL
			opened = i
		}
	}
	return opened
}

// findItem reads the segments before /content.
func (a *address) findItem(segments, words []string) {
	last := len(words) - 1
	joined := strings.Join(segments, "/")
	switch before := openedAt(words[:last]); {
	case before >= 0 && inDrive(words[:before]):
		a.item, a.byPath, a.name = joined, true, segments[last]
		if strings.HasSuffix(words[last], ":") {
			a.name = cutColon(a.name)
		} else {
			a.item += ":"
		}
		if a.name == "" { // "root:/" and "root:/folder/:" name no file
			a.item, a.byPath = "", false
		}
	case last > 0 && words[last-1] == "items" && inDrive(words) && !strings.HasSuffix(words[last], ":"), words[last] == "driveitem":
		a.item = joined
	}
}

// inDrive tells whether segments lead into a drive: sites have paths with colons, too, and lists have items.
func inDrive(words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		return word == "drive" || word == "drives" || word == "driveitem" || strings.HasPrefix(word, "drives(")
	})
}

// cutColon takes a colon, encoded or not, off the end.
func cutColon(segment string) string {
	if rest, ok := strings.CutSuffix(segment, ":"); ok {
		return rest
	}
	return segment[:max(0, len(segment)-len("%3A"))]
}

// contentPath returns the path of an item's content: /content of a file, /$value of an attachment, a photo or a
// message. A path that already leads to some content stays as it is, and so does one that nobody here knows.
func contentPath(path string) string {
	a := readAddress(path)
	switch {
	case a.item != "":
		return a.item + "/content" + a.query
	case a.above == "attachments", a.above == "messages", a.above == "photos", a.leads == "photo":
		return a.path + "/$value" + a.query
	case a.above == "versions":
		return a.path + "/content" + a.query
	}
	return path
}
