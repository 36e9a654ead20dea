package graphsim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Everything in this file needs the mutex of the Graph, unless it takes entities alone.

// text returns a property that is a string, "" otherwise.
func text(e Entity, name string) string {
	s, _ := e[name].(string)
	return s
}

// indexObjects makes the index of directory objects.
func (g *Graph) indexObjects() {
	c := g.o.Company
	for k, list := range map[*kind][]Entity{
		g.kinds.user: c.Users, g.kinds.group: c.Groups, g.kinds.role: c.DirectoryRoles,
		g.kinds.application: c.Applications, g.kinds.servicePrincipal: c.ServicePrincipals, g.kinds.organization: {c.Organization},
	} {
		for _, e := range list {
			g.objects[text(e, "id")] = thing{e, k}
		}
	}
}

// find returns the entity that a key names in a list.
func find(list []Entity, key segment, alternatives ...string) (Entity, bool) {
	if key.property != "" {
		alternatives = []string{key.property}
	} else {
		alternatives = append([]string{"id"}, alternatives...)
	}
	for _, name := range alternatives {
		for _, e := range list {
			if s, ok := property(e, name).(string); ok && key.text != "" && same(name, s, key.text) {
				return e, true
			}
		}
	}
	return nil, false
}

// same compares ids: those of mailboxes and drives with regard to case, everything else without.
func same(name, a, b string) bool {
	if name == "id" && len(a) != len("00000000-0000-0000-0000-000000000000") {
		return a == b
	}
	return strings.EqualFold(a, b)
}

func property(e Entity, name string) any {
	if v, ok := e[name]; ok {
		return v
	}
	for key, v := range e {
		if strings.EqualFold(key, name) {
			return v
		}
	}
	return nil
}

func (g *Graph) findUser(key segment) (Entity, bool) {
	return find(g.o.Company.Users, key, "userPrincipalName")
}

// put stores an entity in the place of the one with its id, or at the end.
func put(list []Entity, e Entity) []Entity {
	for i := range list {
		if list[i]["id"] == e["id"] {
			list[i] = e
			return list
		}
	}
	return append(list, e)
}

func remove(list []Entity, id string) []Entity {
	return slices.DeleteFunc(list, func(e Entity) bool { return e["id"] == id })
}

// merged returns a copy of an entity with changes. Complex values are merged as PATCH does, collections replaced.
func merged(e, changes Entity) Entity {
	c := maps.Clone(e)
	if c == nil {
		c = Entity{}
	}
	for name, value := range changes {
		if nested, ok := value.(map[string]any); ok {
			before, _ := c[name].(map[string]any)
			value = merged(before, nested)
		}
		c[name] = value
	}
	return c
}

// stamp is the present in the notation of most properties.
func (g *Graph) stamp() string { return g.o.Now().UTC().Truncate(time.Second).Format(time.RFC3339) }

// newOutlookID makes an id of a mailbox's kind; it ends in "=" and needs escaping.
func (g *Graph) newOutlookID() string {
	g.serial++
	raw := g.sign("outlook", fmt.Sprint(g.serial))
	raw = slices.Concat([]byte{0, 3, 0x24, 0}, raw, raw, raw, []byte{0, 0, 0})
	return base64.URLEncoding.EncodeToString(append(raw, byte(g.serial>>8), byte(g.serial)))
}

func (g *Graph) newChangeKey() string {
	g.serial++
	return "CQAAABYAAAB" + base64.StdEncoding.EncodeToString(g.sign("change", fmt.Sprint(g.serial))[:18])
}

// document parses a body that has to be a JSON object. Numbers become int64 where they are whole.
func (c *call) document() (Entity, error) {
	d := json.NewDecoder(strings.NewReader(string(c.body)))
	d.UseNumber()
	var v any
	if len(c.body) == 0 {
		return nil, c.route.area.refuse400("Empty Payload. JSON content expected.")
	}
	if err := d.Decode(&v); err != nil || d.More() {
		return nil, badRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	e, ok := plainNumbers(v).(map[string]any)
	if !ok {
		return nil, badRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return e, nil
}

func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = plainNumbers(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plainNumbers(v[name])
		}
	}
	return v
}

// properties parses a body and brings its properties' names into their proper case. Annotations (@odata.type and
// the like) are left out; unknown properties and those in readOnly are refused.
func (c *call) properties(k *kind, readOnly ...string) (Entity, error) {
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	return c.known(k, body, readOnly...)
}

func (c *call) known(k *kind, body Entity, readOnly ...string) (Entity, error) {
	e := Entity{}
	for given, value := range body {
		if strings.Contains(given, "@") {
			continue
		}
		name, ok := k.property(given)
		switch {
		case !ok && k.area == outlook:
			return nil, badRequest("The property '%s' does not exist on type 'Microsoft.OutlookServices.%s'. Make sure to only use property names that are defined by the type.", given, strings.ToUpper(k.name[:1])+k.name[1:])
		case !ok:
			return nil, k.area.refuse400("Invalid property '%s'.", given)
		case slices.Contains(readOnly, name):
			return nil, k.area.refuse400("Property '%s' is read-only and cannot be set.", name)
		}
		e[name] = value
	}
	return e, nil
}

// matches refuses an If-Match that names another version than the etag.
func (c *call) matches(etag string) error {
	want := c.request.Header.Get("If-Match")
	if want == "" || want == "*" {
		return nil
	}
	if !matchesAny(want, etag) {
		return c.route.area.stale()
	}
	return nil
}

// matchesAny tells whether one of the entity tags in a list is one of those given.
func matchesAny(list string, tags ...string) bool {
	bare := func(s string) string { return strings.Trim(strings.TrimPrefix(s, "W/"), `"`) }
	for one := range strings.SplitSeq(list, `",`) {
		if slices.ContainsFunc(tags, func(tag string) bool { return bare(strings.TrimSpace(one)) == bare(tag) }) {
			return true
		}
	}
	return false
}
