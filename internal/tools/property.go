package tools

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// wrongProperty is a property that there is none of.
type wrongProperty struct{ name, kind string }

// unknownProperty reads a refusal; nil where it is about something else. Graph says that there is no such property of a
// query or a body with its type, and of a directory object's body without.
func unknownProperty(message string) *wrongProperty {
	for _, words := range [][2]string{
		{"could not find a property named", "on type"},
		{"the property", "does not exist on type"},
		{"invalid property", ""},
	} {
		name, rest := quotedBehind(message, words[0])
		if name == "" {
			continue
		}
		kind := ""
		if words[1] != "" {
			if kind, _ = quotedBehind(rest, words[1]); !isTypeName(kind) {
				continue
			}
		}
		return &wrongProperty{name: name, kind: strings.TrimPrefix(kind, "microsoft.graph.")}
	}
	return nil
}

// isTypeName tells whether a text can be a type's name: what a service says is repeated in a hint as far as it is one.
func isTypeName(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") == ""
}

// quotedBehind returns what stands in single quotes right behind some words, which are in lower case and stand in any
// case, and what comes behind it; "" where nothing does.
func quotedBehind(message, words string) (quoted, rest string) {
	at := strings.Index(strings.ToLower(message), words)
	if at < 0 || at+len(words) > len(message) {
		return "", ""
	}
	rest, opened := strings.CutPrefix(strings.TrimLeft(message[at+len(words):], " "), "'")
	quoted, rest, closed := strings.Cut(rest, "'")
	const longest = 200
	if !opened || !closed || len(quoted) > longest {
		return "", ""
	}
	return quoted, rest
}

// kindAt returns the type of what a path leads to, as far as it is known; "" where it is not.
func (p *Profile) kindAt(version, path string) string {
	if m := p.heldModel(version); m != nil {
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
	if meant, sure := meantBy(w.name, names); meant != "" {
		where := "$select, $filter, $orderby or $expand"
		if r.Method() != http.MethodGet {
			where = "the body"
		}
		if !sure {
			return "there is no such property; probably " + compact.Quote(meant) + " is meant: correct it in " + where
		}
		return "the property is called " + compact.Quote(meant) + "; correct it in " + where
	}
	if kind == "" {
		kind = "the item"
	}
	const most = 60
	return kind + " has no such property; it has " + strings.Join(names[:min(most, len(names))], ", ")
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
