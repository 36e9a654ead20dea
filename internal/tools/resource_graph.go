package tools

import (
	"context"
	"errors"
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
const linesOfSchema = 250

func readSchema(ctx context.Context, profiles []*Profile, name string) (string, error) {
	uri := "graph://schema/" + name
	if len(profiles) == 0 {
		return "", &ResourceError{URI: uri, Problem: "no profile is yours to use here"}
	}
	f := &finding{ctx: ctx, profile: profiles[0], version: graph.V1, limit: linesOfSchema}
	result, err := f.describeType(name)
	if err == nil {
		return result.Text, nil
	}
	if m := profiles[0].model(graph.Beta); m != nil { // there are types that beta alone has
		f.version = graph.Beta
		if result, betaErr := f.describeType(name); betaErr == nil {
			return result.Text, nil
		}
	}
	problem := err.Error()
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		problem += "; " + hinted.Hint()
	}
	return "", &ResourceError{URI: uri, Problem: problem}
}

// completeType completes the name of a type, without waiting for the schema.
func completeType(_ context.Context, profiles []*Profile, begun string) []string {
	if len(profiles) == 0 {
		return nil
	}
	var names []string
	if m := profiles[0].model(graph.V1); m != nil {
		for name := range m.Types() {
			names = append(names, plainName(name))
		}
	} else {
		for _, area := range profiles[0].Catalog.Areas() {
			for _, o := range profiles[0].Catalog.Area(area.Name) {
				if o.Returns != "" {
					names = append(names, o.Returns)
				}
			}
		}
	}
	return beginning(names, begun)
}

// beginning returns the names that begin so, in any case, each once, the shortest first.
func beginning(names []string, begun string) []string {
	names = slices.DeleteFunc(names, func(name string) bool {
		return len(name) < len(begun) || !strings.EqualFold(name[:len(begun)], begun)
	})
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(names)
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
	names = beginning(names, begun)
	slices.Sort(names)
	return names
}
