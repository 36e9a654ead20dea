package tools

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// knowing tells whether a profile knows anything of Graph, and may say so.
func knowing(p *Profile) bool { return p.Catalog != nil && p.May("find_graph_api") }

func schemaResource() Resource {
	return Resource{
		URI: "graph://schema/", Variable: "type", Name: "schema", Title: "A type of Microsoft Graph", MIMEType: "application/json",
		Description: "The properties, navigation and operations of a type, such as graph://schema/message.",
		Usable:      knowing, Read: readSchema, Complete: completeType,
	}
}

// linesOfSchema is how large a type may be as a resource: larger than as an answer, since a person has asked for it.
const linesOfSchema = 100

func readSchema(ctx context.Context, profiles []*Profile, name string) (string, error) {
	wrong := &ResourceError{URI: "graph://schema/" + name}
	if len(profiles) == 0 {
		wrong.Problem = "no profile is yours to use here"
		return "", wrong
	}
	p := profiles[0]
	f := &finding{ctx: ctx, profile: p, version: graph.V1, limit: linesOfSchema}
	model, err := p.awaitModel(ctx, f.version)
	if text, known := f.typeText(model, name); known {
		return text, nil
	}
	if m := p.heldModel(graph.Beta); m != nil { // there are types that beta alone has
		f.version = graph.Beta
		if text, known := f.typeText(m, name); known {
			return text, nil
		}
	}
	if model == nil {
		wrong.Problem = "nothing is known of this type without Graph's schema: " + f.unfetched(err)
		wrong.Instead = "graph://catalog/ and an area, such as graph://catalog/mail, need none"
		return "", wrong
	}
	wrong.Problem, wrong.Instead = "there is no such type", "types are named as in Microsoft's documentation, such as graph://schema/message"
	wrong.Near = strings.Join(typesNear(model, name), ", ")
	return "", wrong
}

// completeType completes the name of a type, without waiting for the schema.
func completeType(_ context.Context, profiles []*Profile, begun string) []string {
	if len(profiles) == 0 {
		return nil
	}
	names := Beginning(profiles[0].typeNames(), begun)
	slices.SortFunc(names, func(a, b string) int { // of many, the shortest are the ones that are meant
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	return slices.Compact(names)
}

// typeNames returns the names of types as far as they are known now: what the calls of the catalog return, where there is
// no schema.
func (p *Profile) typeNames() []string {
	if m := p.model(graph.V1); m != nil {
		return typeNames(m)
	}
	var names []string
	for _, area := range p.Catalog.Areas() {
		for _, o := range p.Catalog.Area(area.Name) {
			if o.Returns != "" {
				names = append(names, o.Returns)
			}
		}
	}
	return names
}

// Beginning returns the names that begin so, in any case and in their order.
func Beginning(names []string, begun string) []string {
	var fit []string
	for _, name := range names {
		if len(name) >= len(begun) && strings.EqualFold(name[:len(begun)], begun) {
			fit = append(fit, name)
		}
	}
	return fit
}

func catalogResource() Resource {
	return Resource{
		URI: "graph://catalog/", Variable: "area", Name: "catalog", Title: "Calls of an area of Microsoft Graph", MIMEType: "text/plain",
		Description: "The calls of an area that people ask for most, with their permissions, such as graph://catalog/mail.",
		Usable:      knowing, Read: readArea, Complete: completeArea,
	}
}

func readArea(_ context.Context, profiles []*Profile, name string) (string, error) {
	uri := "graph://catalog/" + name
	if len(profiles) == 0 {
		return "", &ResourceError{URI: uri, Problem: "no profile is yours to use here"}
	}
	p := profiles[0]
	operations := p.Catalog.Area(name)
	if len(operations) == 0 {
		areas := completeArea(context.Background(), profiles, "")
		return "", &ResourceError{URI: uri, Problem: "there is no such area", Near: nearest(name, areas), All: areas}
	}
	var b strings.Builder
	for _, o := range operations {
		b.WriteString(o.Method + " " + o.Path)
		if o.Version == graph.Beta {
			b.WriteString(" (beta)")
		}
		b.WriteString("\n  " + o.Does + "\n  delegated " + none(o.Delegated) + ", application " + none(o.Application) + "\n")
	}
	return b.String(), nil
}

func completeArea(_ context.Context, profiles []*Profile, begun string) []string {
	if len(profiles) == 0 {
		return nil
	}
	var names []string
	for _, a := range profiles[0].Catalog.Areas() {
		names = append(names, a.Name)
	}
	names = Beginning(names, begun)
	slices.Sort(names)
	return names
}
