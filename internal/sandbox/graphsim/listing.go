package graphsim

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

// listing is a collection before the query options are applied.
type listing struct {
	kind     *kind
	items    []thing
	mixed    bool // of several kinds: each says which
	search   func(thing, odata.Term) bool
	searched bool   // the handler has applied the search itself
	delta    string // of the link that ends a delta query; "" where this is none
}

func (k *kind) list(entities []Entity) *answer {
	return &answer{list: &listing{kind: k, items: k.things(entities)}}
}

func (k *kind) things(entities []Entity) []thing {
	things := make([]thing, len(entities))
	for i, e := range entities {
		things[i] = thing{e, k}
	}
	return things
}

func (k *kind) one(e Entity) *answer { return &answer{one: &thing{e, k}} }

// created is the answer to a POST that made a resource.
func (k *kind) created(e Entity, location string) *answer {
	a := &answer{status: http.StatusCreated, one: &thing{e, k}, header: http.Header{}}
	if location != "" {
		a.header.Set("Location", location)
	}
	return a
}

// finish turns lists and entities into JSON by the query options.
func (c *call) finish(a *answer) (*answer, error) {
	var err error
	switch {
	case a.list != nil:
		a, err = c.finishList(a)
	case a.one != nil:
		a, err = c.finishOne(a)
	}
	if err != nil {
		return nil, err
	}
	if len(c.applied) > 0 {
		a.header = a.header.Clone()
		if a.header == nil {
			a.header = http.Header{}
		}
		a.header.Set("Preference-Applied", strings.Join(c.applied, ", "))
	}
	return a, nil
}

func (c *call) finishOne(a *answer) (*answer, error) {
	switch {
	case c.count:
		return nil, noSegment("$count")
	case c.ref:
		a.value = Entity{"@odata.context": c.context("$ref"), "@odata.id": c.reference(*a.one)}
		return a, nil
	case c.property != "":
		return c.finishProperty(*a.one)
	}
	if err := c.checkFields(a.one.kind, c.query); err != nil {
		return nil, err
	}
	if c.request.Method != http.MethodGet && c.prefers("return=minimal") {
		return &answer{header: a.header}, nil
	}
	e := c.show(*a.one, c.query, a.one.kind != c.routeKind(a.one.kind))
	if !c.bare() {
		e["@odata.context"] = c.context(c.contextPath(true) + selected(c.query) + "/$entity")
	}
	a.value = e
	return a, nil
}

// routeKind is the kind that the path declares: directoryObjects/{id} declares less than it answers.
func (c *call) routeKind(k *kind) *kind {
	if strings.HasPrefix(c.route.pattern, "directoryObjects") || strings.HasSuffix(c.route.pattern, "/manager") {
		return c.g.kinds.object
	}
	return k
}

func (c *call) finishProperty(t thing) (*answer, error) {
	name, ok := t.kind.property(c.property)
	if _, stored := t.entity[name]; !ok || !stored {
		return nil, noSegment(c.property)
	}
	v := t.entity[name]
	if !c.rawValue {
		return &answer{value: Entity{"@odata.context": c.context(c.contextPath(false) + "/" + name), "value": v}}, nil
	}
	switch v.(type) {
	case nil, []any, map[string]any:
		return nil, t.kind.area.notFound(name)
	}
	return &answer{content: fmt.Append(nil, v), kind: "text/plain"}, nil
}

func (c *call) finishList(a *answer) (*answer, error) {
	l, q := a.list, c.query
	if c.property != "" {
		return nil, noSegment(c.property)
	}
	if err := c.checkList(l, q); err != nil {
		return nil, err
	}
	l.castTo(c.path.cast)
	items, err := c.sift(l, q)
	if err != nil {
		return nil, err
	}
	if c.count {
		return &answer{content: strconv.AppendInt(nil, int64(len(items)), 10), kind: "text/plain"}, nil
	}
	if len(q.OrderBy) > 0 {
		odata.Sort(items, q.OrderBy, func(t thing) Entity { return t.entity })
	}
	page, next, err := c.cutPage(l, items)
	if err != nil {
		return nil, err
	}
	values := make([]any, len(page))
	for i, t := range page {
		if c.ref {
			values[i] = Entity{"@odata.id": c.reference(t)}
			continue
		}
		values[i] = c.show(t, q, l.mixed)
	}
	body := Entity{"value": values}
	if !c.bare() {
		body["@odata.context"] = c.context(c.contextPath(false) + selected(q))
	}
	if next != "" {
		body["@odata.nextLink"] = next
	} else if l.delta != "" {
		body["@odata.deltaLink"] = c.link(url.Values{"$deltatoken": {l.delta}})
	}
	if q.Count && (l.kind.area != directory || c.eventual()) && q.SkipToken == "" {
		body["@odata.count"] = int64(len(items))
	}
	a.value = body
	return a, nil
}

// castTo keeps the things of one type: groups/{id}/members/microsoft.graph.user.
func (l *listing) castTo(name string) {
	if !l.mixed || name == "" {
		return
	}
	l.items = slices.DeleteFunc(l.items, func(t thing) bool { return !strings.EqualFold(t.kind.name, name) })
}

// sift applies $filter and $search.
func (c *call) sift(l *listing, q *odata.Query) ([]thing, error) {
	search, err := c.parseSearch(l, q)
	if err != nil {
		return nil, err
	}
	items := make([]thing, 0, len(l.items))
	for _, t := range l.items {
		if q.Filter != nil {
			ok, err := odata.Matches(q.Filter, t.entity)
			var mismatch *odata.TypeError
			if errors.As(err, &mismatch) {
				return nil, l.kind.area.badQuery("A binary operator with incompatible types was detected. Found operand types '%s' and '%s'.", mismatch.Left, mismatch.Right)
			}
			if !ok {
				continue
			}
		}
		if search == nil || search.Matches(func(term odata.Term) bool { return l.search(t, term) }) {
			items = append(items, t)
		}
	}
	return items, nil
}

func (c *call) parseSearch(l *listing, q *odata.Query) (*odata.Search, error) {
	if !q.HasSearch || l.searched {
		return nil, nil
	}
	if l.search == nil {
		return nil, l.kind.area.badQuery("The query parameter '$search' is not supported here.")
	}
	if l.kind.area == directory {
		s, err := odata.ParseDirectorySearch(q.Search)
		if err != nil {
			return nil, l.kind.area.refuse400("%s", err)
		}
		return s, nil
	}
	return parseMailSearch(q.Search)
}

// context is the URL in @odata.context.
func (c *call) context(of string) string {
	return c.g.origin(c.request) + "/" + c.path.version + "/$metadata#" + of
}

// bare tells whether the client wants no metadata.
func (c *call) bare() bool {
	return strings.Contains(strings.ToLower(strings.ReplaceAll(c.request.Header.Get("Accept"), " ", "")), "odata.metadata=none")
}

// contextPath writes the path with keys in parentheses, for one entity without its own key.
func (c *call) contextPath(one bool) string {
	parts := strings.Split(c.route.pattern, "/")
	if one && len(parts) > 1 && strings.HasPrefix(parts[len(parts)-1], "{") {
		parts = parts[:len(parts)-1]
	}
	var b strings.Builder
	for i, part := range parts {
		given := c.path.segments[i].text // a pattern has as many parts as the path
		switch {
		case i > 0 && strings.HasPrefix(part, "{"):
			b.WriteString("('" + url.PathEscape(given) + "')")
		case i > 0:
			b.WriteString("/" + part)
		default:
			b.WriteString(part)
		}
	}
	return b.String()
}

func selected(q *odata.Query) string {
	if len(q.Select) == 0 {
		return ""
	}
	names := make([]string, len(q.Select))
	for i, p := range q.Select {
		names[i] = p.String()
	}
	return "(" + strings.Join(names, ",") + ")"
}

// reference is the URL of a thing in an answer to $ref.
func (c *call) reference(t thing) string {
	return c.g.origin(c.request) + "/v2/" + c.caller.TenantID + "/directoryObjects/" + text(t.entity, "id") + "/Microsoft.DirectoryServices." + strings.ToUpper(t.kind.name[:1]) + t.kind.name[1:]
}
