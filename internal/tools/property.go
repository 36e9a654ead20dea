package tools

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// The ways in which Graph says that there is no such property: of a query or a body with its type, and of a
// directory object's body without.
var (
	noSuchProperty  = late(`(?i)(?:could not find a property named|the property) '([^']{1,100})' (?:does not exist )?on type '(?:microsoft\.graph\.)?([\w.]{1,100})'`)
	invalidProperty = late(`(?i)invalid property '([^']{1,100})'`)
)

// late compiles a pattern when it is first needed: counted repetitions take long, and most servers never do.
func late(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// wrongProperty is a property that there is none of.
type wrongProperty struct{ name, kind string }

// unknownProperty reads a refusal; nil where it is about something else.
func unknownProperty(message string) *wrongProperty {
	if m := noSuchProperty().FindStringSubmatch(message); m != nil {
		return &wrongProperty{name: m[1], kind: m[2]}
	}
	if m := invalidProperty().FindStringSubmatch(message); m != nil {
		return &wrongProperty{name: m[1]}
	}
	return nil
}

// kindAt returns the type of what a path leads to, as far as it is known; "" where it is not.
func (p *Profile) kindAt(version, path string) string {
	if m := p.model(version); m != nil {
		if target, err := m.Resolve(path); err == nil {
			return target.Type
		}
	}
	if p.Catalog == nil {
		return ""
	}
	for _, method := range []string{http.MethodGet, http.MethodPatch} {
		if o, ok := p.Catalog.At(method, path); ok {
			return o.Returns
		}
	}
	return ""
}

// hint says which property was meant, and else which there are; "" where that is not known. What the types used
// most have is known here; for the others one item is read, and tells.
func (w *wrongProperty) hint(ctx context.Context, c Call, r *graph.Request) string {
	kind := w.kind
	if kind == "" {
		kind = plainName(c.Profile.kindAt(r.Version(), r.Path()))
	}
	names := c.Profile.propertiesOf(r.Version(), kind)
	if len(names) == 0 && r.Method() == http.MethodGet {
		names = memberNames(fetch(ctx, c, r, map[string]string{"$top": "1"}))
	}
	if len(names) == 0 {
		return ""
	}
	if meant := meantBy(w.name, names); meant != "" {
		where := "$select, $filter, $orderby or $expand"
		if r.Method() != http.MethodGet {
			where = "the body"
		}
		return "the property is called " + quote(meant) + "; correct it in " + where
	}
	if kind == "" {
		kind = "the item"
	}
	const most = 60
	return kind + " has no such property; it has " + strings.Join(names[:min(most, len(names))], ", ")
}

// meantBy returns the name that a wrong one stands for: the nearest, or the first that contains it.
func meantBy(name string, names []string) string {
	if meant := nearest(name, names); meant != "" {
		return meant
	}
	for _, candidate := range names {
		if a, b := strings.ToLower(name), strings.ToLower(candidate); len(a) > 2 && (strings.Contains(b, a) || strings.Contains(a, b) && len(b) > 3) {
			return candidate
		}
	}
	return ""
}

// memberNames returns the names of the members of a body's first element, or of the body itself.
func memberNames(body []byte) []string {
	var list struct{ Value []map[string]json.RawMessage }
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list.Value) > 0 {
		members = list.Value[0]
	} else if json.Unmarshal(body, &members) != nil || members["value"] != nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(members))
	return slices.DeleteFunc(names, func(name string) bool { return strings.Contains(name, "@") })
}
