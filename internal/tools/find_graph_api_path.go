package tools

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// methods are those of the calls of a path, in the order in which they are shown.
func methods() []string { return []string{"GET", "POST", "PATCH", "PUT", "DELETE"} }

// pathIn takes a query for a path where it is one, with or without a method before it.
func (f *finding) pathIn(query string) (string, bool) {
	method, rest, two := strings.Cut(query, " ")
	asked := two && slices.Contains(methods(), strings.ToUpper(method))
	if asked {
		query = strings.TrimSpace(rest)
	}
	switch {
	case query == "" || strings.ContainsAny(query, " \t\n"):
		return "", false
	case strings.HasPrefix(query, "/"), strings.Contains(query, "://"), asked && strings.Contains(query, "/"):
		return query, true
	case strings.Contains(query, "/"), asked && method == strings.ToUpper(method): // me/messages and GET users, but no get/set
		return query, len(f.callsAt("/"+query)) > 0
	}
	return "", false
}

// place returns a path from the root of its version, as it was given in a parameter: without host and query. A version in it
// is the one that is meant.
func (f *finding) place(parameter, path string) (string, error) {
	if scheme, rest, ok := strings.Cut(path, "://"); ok && !strings.ContainsAny(scheme, "/?#") {
		host := rest
		if end := strings.IndexAny(rest, "/?#"); end >= 0 {
			host = rest[:end]
		}
		if _, err := f.profile.Endpoints.NewRequest(graph.Params{Path: scheme + "://" + host}); err != nil {
			return "", &ArgumentError{Parameter: parameter, Problem: fmt.Sprintf("%q is not Microsoft Graph as this profile reaches it", clipped(scheme+"://"+host, 200)),
				Remedy: `give the path alone, such as "/me/messages"`}
		}
		path = rest[len(host):]
	}
	if end := strings.IndexAny(path, "?#"); end >= 0 {
		path = path[:end]
	}
	path = strings.Trim(path, "/ ")
	first, rest, _ := strings.Cut(path, "/")
	for _, version := range []string{graph.V1, graph.Beta} {
		if strings.EqualFold(first, version) {
			f.version, path = version, strings.Trim(rest, "/ ")
		}
	}
	return "/" + path, nil
}

// describePath answers with what a path leads to, and with the calls that are known there.
func (f *finding) describePath(parameter, path string) (Result, error) {
	path, err := f.place(parameter, path)
	if err != nil {
		return Result{}, err
	}
	model, err := f.profile.awaitModel(f.ctx, f.version)
	if path == "/" {
		return f.roots(model), nil
	}
	f.given = path
	calls := f.callsAt(path)
	if model == nil {
		return f.pathByHeart(path, calls, err)
	}
	target, err := model.Resolve(path)
	if err != nil && len(calls) == 0 {
		return Result{}, f.unresolved(parameter, path, err)
	}
	out := orderedObject{{"path", path}}
	used := 0
	var whole []orderedObject
	var brief []string
	for i, o := range calls {
		if i < 2 {
			shown := f.whole(o)
			whole = append(whole, shown)
			used += len(shown.encode())
			continue
		}
		brief = append(brief, f.line(o))
		used += len(f.line(o))
	}
	if whole != nil {
		out = append(out, member{"calls", whole})
	}
	if brief != nil {
		out = append(out, member{"also", brief})
	}
	if err != nil {
		return Result{Text: string(out.encode())}, nil
	}
	return Result{Text: string(append(out, f.leadsTo(model, target, used)...).encode())}, nil
}

// callsAt returns the calls of a path that the catalog describes.
func (f *finding) callsAt(path string) []catalog.Operation {
	var calls []catalog.Operation
	for _, method := range methods() {
		if o, ok := f.profile.Catalog.At(method, path); ok {
			calls = append(calls, o)
		}
	}
	return calls
}

// roots lists where paths begin.
func (f *finding) roots(model *schema.Model) Result {
	var names []string
	if model != nil {
		for _, root := range model.Roots() {
			name := root.Name
			if root.Set {
				name += " " + typed(root.Type, true)
			}
			names = append(names, name)
		}
	} else {
		for _, area := range f.profile.Catalog.Areas() {
			for _, o := range f.profile.Catalog.Area(area.Name) {
				name, _, _ := strings.Cut(strings.TrimPrefix(o.Path, "/"), "/")
				name, _, _ = strings.Cut(name, "(")
				names = append(names, name)
			}
		}
		slices.Sort(names)
		names = slices.Compact(names)
	}
	return Result{Text: string(orderedObject{{"path", "/"}, {"apiVersion", f.version}, {"roots", f.space(0).show(names, 1)}}.encode())}
}

// pathByHeart answers where there is no schema.
func (f *finding) pathByHeart(path string, calls []catalog.Operation, why error) (Result, error) {
	if len(calls) == 0 {
		return Result{}, &contentError{problem: fmt.Sprintf("nothing is known of %s without Graph's schema of %s: %s", path, f.version, f.unfetched(why)),
			hint: "say in plain words, in query, what the call is to do"}
	}
	var whole []orderedObject
	for _, o := range calls[:min(len(calls), 3)] {
		whole = append(whole, f.whole(o))
	}
	out := orderedObject{{"path", path}, {"calls", whole}}
	if names := f.profile.Catalog.Properties(calls[0].Returns); calls[0].Returns != "" && len(names) > 0 {
		out = append(out, member{"type", calls[0].Returns}, member{"properties", strings.Join(names, ", ")})
	}
	return Result{Text: string(out.encode())}, nil
}

// unfetched says why there is no schema. Callers from elsewhere have no use for where this server looks for it.
func (f *finding) unfetched(why error) string {
	switch {
	case why == nil:
		return "it is not fetched here"
	case f.profile.Remote:
		return "it could not be fetched; the server's log says why"
	}
	return why.Error()
}

// unresolved explains a path that does not exist.
func (f *finding) unresolved(parameter, path string, err error) error {
	remedy := hintOf(err)
	other := otherVersion(f.version)
	if m := f.profile.heldModel(other); m != nil {
		if _, err := m.Resolve(path); err == nil {
			remedy = "it exists in " + other + ": apiVersion " + strconv.Quote(other)
		}
	}
	return &ArgumentError{Parameter: parameter, Problem: err.Error(), Remedy: remedy}
}
