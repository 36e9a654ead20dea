package tools

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Bounds of find_graph_api's answers.
const (
	defaultFound = 8
	mostFound    = 50
	maxQuestion  = 1_000 // bytes
)

func findGraphAPI() Tool {
	return Tool{
		Name:  "find_graph_api",
		Title: "Find a Graph API",
		Description: "Which Microsoft Graph call does something: say it in plain words (query), and get path, permissions, pitfalls and a ready call. " +
			"Or give a path or type: its properties, navigation, operations. Ask before guessing a path.",
		Parameters: []Parameter{
			{Name: "query", Kind: String, MaxLength: maxQuestion, Description: `"unread mail of last week"`},
			{Name: "path", Kind: String, MaxLength: 2 << 10},
			{Name: "type", Kind: String, MaxLength: 200, Description: `"message"`},
			{Name: "apiVersion", Kind: String, Enum: []string{graph.V1, graph.Beta}},
			{Name: "limit", Kind: Integer, Min: 1, Max: mostFound},
		},
		Effect: Effect{ReadOnly: true, Idempotent: true, OpenWorld: true},
		Usable: func(p *Profile) bool { return p.Catalog != nil },
		Call:   callFindGraphAPI,
	}
}

type findArguments struct {
	Query      string `json:"query"`
	Path       string `json:"path"`
	Type       string `json:"type"`
	APIVersion string `json:"apiVersion"`
	Limit      int    `json:"limit"`
}

func callFindGraphAPI(ctx context.Context, c Call) (Result, error) {
	var args findArguments
	if err := c.read(&args); err != nil {
		return Result{}, err
	}
	if args.APIVersion == "" {
		args.APIVersion = graph.V1
	}
	f := &finding{ctx: ctx, profile: c.Profile, version: args.APIVersion, limit: args.Limit}
	query := strings.TrimSpace(args.Query)
	switch {
	case args.Type != "":
		return f.describeType(strings.TrimSpace(args.Type))
	case args.Path != "":
		return f.describePath("path", strings.TrimSpace(args.Path))
	case query == "":
		return Result{}, &ArgumentError{Parameter: "query", Problem: "is missing: say in plain words what the call is to do, or give a path or a type"}
	}
	if path, ok := f.pathIn(query); ok {
		return f.describePath("query", path)
	}
	return f.search(query), nil
}

// finding is one call of find_graph_api.
type finding struct {
	ctx     context.Context
	profile *Profile
	version string
	limit   int // 0: the usual
	grants  *granted
	given   string // the path that was asked about; "": none was
}

// maxFindingText bounds the usual answer: below 800 tokens, in bytes of JSON with few letters beyond ASCII.
const maxFindingText = 2_800

// search answers a request in plain words: the best calls whole, the next ones in a line each.
func (f *finding) search(query string) Result {
	limit := f.limit
	if limit == 0 {
		limit = defaultFound
	}
	model := f.profile.model(f.version)
	hits := f.profile.Catalog.Find(catalog.Query{Text: query, Limit: limit, App: f.profile.Mode == clientCredentials, Model: model, Version: f.version})
	named, isType := catalog.TypeNamed(model, query)
	if len(hits) == 0 && !isType {
		var areas []string
		for _, a := range f.profile.Catalog.Areas() {
			areas = append(areas, a.Name)
		}
		return Result{Text: string(orderedObject{{"calls", []string{}},
			{"note", "nothing fits: say it with other words, name the thing (message, event, driveItem) or try apiVersion " + otherVersion(f.version) + ". Areas: " + strings.Join(areas, ", ")}}.encode())}
	}
	room := max(maxFindingText, 160*limit)
	var whole []orderedObject
	var brief []string
	for i, hit := range hits {
		line := f.line(hit.Operation)
		if i < 4 {
			if shown := f.whole(hit.Operation); len(shown.encode()) <= room-120*min(len(hits)-i-1, limit-i-1, 3) || i == 0 {
				whole = append(whole, shown)
				room -= len(shown.encode())
				continue
			}
		}
		if len(line) > room {
			break
		}
		brief = append(brief, line)
		room -= len(line) + 3
	}
	out := orderedObject{{"calls", whole}}
	if isType {
		name := plainName(named.Name)
		out = orderedObject{{"type", name + ": ask with type=" + name + " for what it has"}, {"calls", append([]orderedObject{}, whole...)}}
	}
	if len(brief) > 0 {
		out = append(out, member{"also", brief})
	}
	return Result{Text: string(out.encode())}
}

// line names a call in a line.
func (f *finding) line(o catalog.Operation) string {
	text := o.Method + " " + f.ownPath(o)
	if o.Version == graph.Beta {
		text += " (beta)"
	}
	if o.Does != "" {
		text += ": " + o.Does
	}
	return text
}

// ownPath returns the template that the profile can use: for an app, the one without /me.
func (f *finding) ownPath(o catalog.Operation) string {
	if f.profile.Mode != clientCredentials || !ofMe(o.Path) {
		return o.Path
	}
	for _, path := range o.Also {
		if !ofMe(path) {
			return path
		}
	}
	if o.Application == "" { // the schema alone knows it, and what one person has, another has
		return "/users/{user}" + o.Path[len("/me"):]
	}
	return o.Path
}

// ofMe tells whether a path begins at the signed-in person, whom an app does not have.
func ofMe(path string) bool {
	return strings.EqualFold(path, "/me") || len(path) > 3 && strings.EqualFold(path[:4], "/me/")
}

// whole describes a call.
func (f *finding) whole(o catalog.Operation) orderedObject {
	out := orderedObject{{"call", o.Method + " " + f.ownPath(o)}}
	if o.Does != "" {
		out = append(out, member{"does", o.Does})
	}
	if others := f.others(o); len(others) > 0 {
		out = append(out, member{"or", others})
	}
	if o.Delegated != "" || o.Application != "" {
		out = append(out, member{"permissions", orderedObject{{"delegated", none(o.Delegated)}, {"application", none(o.Application)}}})
	}
	out = append(out, member{"allowed", f.allowed(o)})
	if o.Returns != "" {
		out = append(out, member{"returns", o.Returns})
	}
	out = append(out, member{"microsoft_graph", f.example(o)})
	if len(o.Notes) > 0 {
		out = append(out, member{"notes", o.Notes})
	}
	return out
}

func none(permission string) string {
	if permission == "-" {
		return "not supported"
	}
	return permission
}

// others are the further paths that do the same, two at most.
func (f *finding) others(o catalog.Operation) []string {
	own := f.ownPath(o)
	var others []string
	for _, path := range append([]string{o.Path}, o.Also...) {
		if path != own && len(others) < 2 && (f.profile.Mode != clientCredentials || !ofMe(path)) {
			others = append(others, path)
		}
	}
	return others
}

// example is the call as microsoft_graph takes it; what stands in braces is to be filled in.
func (f *finding) example(o catalog.Operation) orderedObject {
	out := orderedObject{{"path", f.ownPath(o)}}
	if o.Method != "GET" {
		out = append(out, member{"method", o.Method})
	}
	if o.Version == graph.Beta || f.version == graph.Beta {
		out = append(out, member{"apiVersion", graph.Beta})
	}
	if len(o.Query) > 0 {
		out = append(out, member{"queryParams", options(o.Query)})
	}
	if len(o.Headers) > 0 {
		out = append(out, member{"headers", options(o.Headers)})
	}
	if o.Body != "" {
		out = append(out, member{"body", json.RawMessage(o.Body)})
	}
	return out
}

func options(list []catalog.Option) orderedObject {
	var out orderedObject
	for _, o := range list {
		out = append(out, member{o.Name, o.Value})
	}
	return out
}
