package graphsim

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

// show makes what an answer shows of a thing: a new map whose values are shared with the store.
func (c *call) show(t thing, q *odata.Query, typed bool) Entity {
	e := Entity{}
	if t.entity["@removed"] != nil || len(q.Select) == 0 {
		for name, value := range t.entity {
			if strings.HasPrefix(name, "@") || t.kind.shows(c.path.version, name) {
				e[name] = value
			}
		}
	}
	for _, path := range q.Select {
		c.pick(e, t, path)
	}
	if t.kind.area == outlook {
		e["id"] = t.entity["id"]
		if key, ok := t.entity["changeKey"].(string); ok {
			e["@odata.etag"] = `W/"` + key + `"`
		}
	}
	if own, ok := t.entity["@odata.type"]; ok {
		e["@odata.type"] = own
	} else if typed {
		e["@odata.type"] = "#microsoft.graph." + t.kind.name
	}
	if t.kind.present != nil {
		t.kind.present(c, e, t.entity)
	}
	for _, x := range q.Expand {
		c.attach(e, t, x)
	}
	if c.bare() {
		for name := range e {
			if strings.HasPrefix(name, "@odata.") {
				delete(e, name)
			}
		}
	}
	return e
}

// pick copies one selected property, or a part of one.
func (c *call) pick(e Entity, t thing, path odata.Path) {
	if path[0] == "*" {
		for name, value := range t.entity {
			if t.kind.shows("beta", name) || t.kind.shows("v1.0", name) {
				e[name] = value
			}
		}
		return
	}
	name, ok := t.kind.property(path[0])
	if !ok {
		return
	}
	value, stored := t.entity[name]
	if !stored {
		return
	}
	if len(path) > 1 {
		if nested, ok := value.(map[string]any); ok {
			value = Entity{path[1]: odata.Lookup(nested, path[1:])}
		}
	}
	e[name] = value
	if etag, ok := t.entity["@odata.etag"]; ok && t.kind.area != directory {
		e["@odata.etag"] = etag
	}
}

// attach adds an expanded navigation property.
func (c *call) attach(e Entity, t thing, x odata.Expansion) {
	target, ok := t.kind.expand[strings.ToLower(x.Name)]
	if !ok { // checkFields let it pass for another kind of a mixed list
		return
	}
	if target.one != nil {
		if one, ok := target.one(c.g, t.entity); ok {
			e[target.name] = c.show(one, deeper(x), t.kind.area == directory)
		}
		return
	}
	many := target.many(c.g, t.entity)
	if x.Query.Filter != nil {
		many = filtered(many, x.Query.Filter)
	}
	limit := len(many)
	if t.kind.area == directory {
		limit = min(limit, 20) // https://learn.microsoft.com/graph/query-parameters, on $expand
	}
	if x.Query.Top != nil {
		limit = min(limit, *x.Query.Top)
	}
	shown := make([]any, limit)
	for i := range shown {
		shown[i] = c.show(many[i], &x.Query, t.kind.area == directory)
	}
	e[target.name] = shown
}

// deeper is the query for what was expanded: with $levels it expands the same once more
// (https://learn.microsoft.com/graph/api/user-list-manager).
func deeper(x odata.Expansion) *odata.Query {
	q := x.Query
	levels, err := strconv.Atoi(q.Levels)
	if strings.EqualFold(q.Levels, "max") {
		levels, err = 1000, nil
	}
	if err == nil && levels > 1 {
		next := x
		next.Query.Levels = strconv.Itoa(levels - 1)
		q.Expand = append(slices.Clone(q.Expand), next)
		q.Levels = ""
	}
	return &q
}

func filtered(things []thing, filter odata.Expr) []thing {
	var kept []thing
	for _, t := range things {
		if ok, err := odata.Matches(filter, t.entity); ok && err == nil {
			kept = append(kept, t)
		}
	}
	return kept
}
