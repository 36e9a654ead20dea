package catalog

import (
	"slices"
	"strings"
)

// node is a segment of the templates. A segment in braces stands for anything.
type node struct {
	below map[string]*node // by the segment in lower case; "{}" for one in braces
	here  map[string]int   // operation + 1, by method
}

// What stands for a value in the tree.
const (
	anything = "{}"
	filed    = "{}:" // of a path inside a drive that goes on: root:/a/b.docx:/content
)

func newTree(operations []Operation) *node {
	root := &node{}
	for i := range operations {
		root.put(operations[i].Method, operations[i].Path, i)
	}
	for i := range operations {
		for _, path := range operations[i].Also {
			root.put(operations[i].Method, path, i)
		}
	}
	return root
}

// put adds a template. The first one stays, so that an operation's own path wins over another's also.
func (n *node) put(method, template string, number int) {
	for _, segment := range segments(template) {
		if n.below == nil {
			n.below = map[string]*node{}
		}
		next := n.below[segment]
		if next == nil {
			next = &node{}
			n.below[segment] = next
		}
		n = next
	}
	if n.here == nil {
		n.here = map[string]int{}
	}
	if _, taken := n.here[method]; !taken {
		n.here[method] = number + 1
	}
}

// find returns the operation of a path, or -1. Where a segment is both a name and could be a value, the name is tried first.
func (n *node) find(method string, path []string) int {
	if len(path) == 0 {
		return n.here[method] - 1
	}
	if next := n.below[path[0]]; next != nil {
		if found := next.find(method, path[1:]); found >= 0 {
			return found
		}
	}
	head, wild := path[0], anything
	if isService(head) {
		return -1
	}
	if head != filed && strings.HasSuffix(head, ":") {
		wild = filed
	}
	if next := n.below[wild]; next != nil && head != wild {
		if found := next.find(method, path[1:]); found >= 0 {
			return found
		}
	}
	// servicePrincipals(appId='…') is no function: what stands in the brackets is another key.
	if name, _, ok := strings.Cut(head, "("); ok {
		return n.find(method, append([]string{name, anything}, path[1:]...))
	}
	return -1
}

// isService tells whether a segment is one of the protocol's, such as $count, which no key looks like.
func isService(segment string) bool {
	return strings.HasPrefix(segment, "$") || strings.HasPrefix(segment, "%24")
}

// longest is more than any path of Graph has; what is longer is looked for no further.
const longest = 64

// At returns the operation that a path is an instance of: /users/ada@contoso.com/messages of /users/{user}/messages. Both
// are understood in any case, with keys in brackets (users('ada')), with the version before them, with a query behind.
func (c *Catalog) At(method, path string) (Operation, bool) {
	if len(path) > 4096 {
		return Operation{}, false
	}
	parts := segments(path)
	if len(parts) > longest {
		return Operation{}, false
	}
	number := c.tree().find(strings.ToUpper(method), parts)
	if number < 0 {
		return Operation{}, false
	}
	return c.all()[number], true
}

// segments takes a path or a template apart.
func segments(path string) []string {
	path, _, _ = strings.Cut(path, "?")
	path = strings.ToLower(strings.Trim(path, "/ "))
	if rest, ok := strings.CutPrefix(path, "https://"); ok {
		_, path, _ = strings.Cut(rest, "/")
	}
	for _, version := range []string{"v1.0/", "beta/"} {
		path = strings.TrimPrefix(path, version)
	}
	if path == "" {
		return nil
	}
	var parts []string
	inside := false // of a path of a drive, which may have any number of segments and is one value
	for _, part := range splitPath(path) {
		switch {
		case inside && strings.HasSuffix(part, ":"):
			if parts[len(parts)-1] == anything {
				parts = parts[:len(parts)-1]
			}
			parts, inside = append(parts, filed), false
		case inside && parts[len(parts)-1] == anything:
		case inside:
			parts = append(parts, anything)
		case strings.HasSuffix(part, ":"):
			parts, inside = append(parts, opening(part)), true
		default:
			parts = append(parts, keys(part)...)
		}
	}
	return parts
}

// opening is the segment that a path inside a drive begins after: root: or an item's.
func opening(part string) string {
	if strings.HasPrefix(part, "{") {
		return filed
	}
	return part
}

// splitPath splits at the slashes that stand outside of brackets and quotes.
func splitPath(path string) []string {
	var parts []string
	depth, start, quoted := 0, 0, false
	for i := range len(path) {
		switch b := path[i]; {
		case b == '\'':
			quoted = !quoted && depth > 0
		case quoted:
		case b == '(' || b == '{':
			depth++
		case (b == ')' || b == '}') && depth > 0:
			depth--
		case b == '/' && depth == 0:
			parts = append(parts, path[start:i])
			start = i + 1
		}
	}
	return append(parts, path[start:])
}

// keys brings a segment into the form of the tree: users('ada') is users and a value, a function keeps the names of its
// parameters and loses their values, and what stands in braces is a value.
func keys(part string) []string {
	if strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
		return []string{anything}
	}
	part = strings.TrimPrefix(part, "microsoft.graph.")
	name, inside, ok := strings.Cut(part, "(")
	if !ok {
		return []string{part}
	}
	inside = strings.TrimSuffix(inside, ")")
	if inside == "" {
		return []string{name}
	}
	if !strings.Contains(inside, "=") {
		return []string{name, anything}
	}
	var names []string
	for _, parameter := range strings.Split(inside, ",") {
		key, _, _ := strings.Cut(parameter, "=")
		names = append(names, strings.TrimSpace(key))
	}
	slices.Sort(names)
	return []string{name + "(" + strings.Join(names, ",") + ")"}
}
