package tools

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// describeType answers with what a type has.
func (f *finding) describeType(name string) (Result, error) {
	model, err := f.profile.awaitModel(f.ctx, f.version)
	if model == nil {
		return f.typeByHeart(name, err)
	}
	t, ok := model.Type(name)
	if !ok {
		var names []string
		for known := range model.Types() {
			names = append(names, plainName(known))
		}
		return Result{}, &ArgumentError{Parameter: "type", Problem: fmt.Sprintf("%s has no type %q", f.version, name),
			Remedy: near(schema.Nearest(plainName(name), names, 5)) + "or say in plain words what you look for, as query"}
	}
	out := orderedObject{{"type", plainName(t.Name)}}
	return Result{Text: string(append(out, f.inside(model, t, false, f.room())...).encode())}, nil
}

// near begins a remedy with what may be meant; "" for nothing.
func near(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "near it are " + strings.Join(names, ", ") + "; "
}

// typeByHeart answers where there is no schema.
func (f *finding) typeByHeart(name string, why error) (Result, error) {
	names := f.profile.Catalog.Properties(name)
	if len(names) == 0 {
		if why == nil {
			why = errors.New("it is not fetched here")
		}
		return Result{}, &contentError{problem: fmt.Sprintf("nothing is known of the type %q without Graph's schema of %s, which could not be had: %s", name, f.version, why),
			hint: "read one item of it with microsoft_graph to see what it has, or say in plain words what you look for, as query"}
	}
	return Result{Text: string(orderedObject{{"type", plainName(name)}, {"properties", strings.Join(names, ", ")},
		{"note", "the most used ones, from memory: Graph's schema could not be had"}}.encode())}, nil
}

// room is how long a description may become.
func (f *finding) room() int {
	return max(maxFindingText, 60*f.limit)
}

// describePath answers with what a path leads to, and with the calls that are known there.
func (f *finding) describePath(path string) (Result, error) {
	model, err := f.profile.awaitModel(f.ctx, f.version)
	calls := f.callsAt(path)
	if model == nil {
		return f.pathByHeart(path, calls, err)
	}
	target, err := model.Resolve(path)
	if err != nil && len(calls) == 0 {
		return Result{}, f.unresolved(path, err)
	}
	out := orderedObject{{"path", path}}
	room := f.room()
	var whole []orderedObject
	var brief []string
	for i, o := range calls {
		if i < 2 {
			shown := f.whole(o)
			whole = append(whole, shown)
			room -= len(shown.encode())
			continue
		}
		brief = append(brief, f.line(o))
		room -= len(f.line(o))
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
	return Result{Text: string(append(out, f.leadsTo(model, target, room)...).encode())}, nil
}

// callsAt returns the calls of a path that the catalog describes.
func (f *finding) callsAt(path string) []catalog.Operation {
	var calls []catalog.Operation
	for _, method := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
		if o, ok := f.profile.Catalog.At(method, path); ok {
			calls = append(calls, o)
		}
	}
	return calls
}

// leadsTo says what is at the end of a path.
func (f *finding) leadsTo(model *schema.Model, target schema.Target, room int) orderedObject {
	var out orderedObject
	if o := target.Operation; o != nil {
		out = append(out, member{"operation", signature(*o)})
	}
	if target.Type == "" {
		return out
	}
	kind := plainName(target.Type)
	if target.Collection {
		kind = "[" + kind + "]"
	}
	out = append(out, member{"type", kind})
	t, ok := model.Type(target.Type)
	if !ok || target.Service != "" {
		return out
	}
	return append(out, f.inside(model, t, target.Collection, max(room, 600))...)
}

// pathByHeart answers where there is no schema.
func (f *finding) pathByHeart(path string, calls []catalog.Operation, why error) (Result, error) {
	if len(calls) == 0 {
		if why == nil {
			why = errors.New("it is not fetched here")
		}
		return Result{}, &contentError{problem: fmt.Sprintf("nothing is known of %s without Graph's schema of %s, which could not be had: %s", path, f.version, why),
			hint: "say in plain words what the call is to do, as query"}
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

// unresolved explains a path that does not exist.
func (f *finding) unresolved(path string, err error) error {
	remedy := ""
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		remedy = hinted.Hint()
	}
	other := otherVersion(f.version)
	if m := f.profile.model(other); m != nil {
		if _, err := m.Resolve(path); err == nil {
			remedy = "it exists in " + other + ": apiVersion " + strconv.Quote(other)
		}
	}
	return &ArgumentError{Parameter: "path", Problem: err.Error(), Remedy: remedy}
}

// inside lists what a type has, until there is no more room: what is used most first, then the other names without their
// types, then how many are left.
func (f *finding) inside(model *schema.Model, t schema.Type, collection bool, room int) orderedObject {
	out := orderedObject{{"kind", string(t.Kind)}}
	if t.Base != "" {
		out = append(out, member{"base", plainName(t.Base)})
	}
	for _, part := range []member{
		{"navigation", propertyTexts(t.Navigation)},
		{"operations", operationTexts(model, t.Name, collection)},
		{"derived", plainNames(t.Derived)},
		{"members", t.Members},
	} {
		texts, _ := part.value.([]string)
		if text := fitting(texts, room/3); text != "" {
			out = append(out, member{part.name, text})
			room -= len(text)
		}
	}
	if len(t.Properties) > 0 {
		out = append(out, member{"properties", fitting(f.ordered(t), max(room, 300))})
	}
	return out
}

// ordered returns the properties of a type, those that are used most first.
func (f *finding) ordered(t schema.Type) []string {
	known := f.profile.Catalog.Properties(t.Name)
	properties := slices.Clone(t.Properties)
	rank := func(p schema.Property) int {
		if i := slices.Index(known, p.Name); i >= 0 {
			return i
		}
		return len(known)
	}
	slices.SortStableFunc(properties, func(a, b schema.Property) int { return rank(a) - rank(b) })
	return propertyTexts(properties)
}

// fitting joins as many texts as there is room for, and says how many more there are.
func fitting(texts []string, room int) string {
	var b strings.Builder
	for i, text := range texts {
		if i > 0 && b.Len()+len(text)+20 > room {
			fmt.Fprintf(&b, " and %d more (limit %d shows them)", len(texts)-i, mostFound)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(text)
	}
	return b.String()
}

func propertyTexts(properties []schema.Property) []string {
	texts := make([]string, len(properties))
	for i, p := range properties {
		texts[i] = p.Name + " " + typed(p.Type, p.Collection)
	}
	return texts
}

func operationTexts(model *schema.Model, kind string, collection bool) []string {
	var texts []string
	for _, o := range model.Operations(kind, collection) {
		texts = append(texts, signature(o))
	}
	return texts
}

// signature writes an operation as POST move(destinationId String): message.
func signature(o schema.Operation) string {
	text := o.Method() + " " + plainName(o.Name) + "(" + strings.Join(propertyTexts(o.Parameters), ", ") + ")"
	if o.Returns != "" {
		text += ": " + typed(o.Returns, o.ReturnsMany)
	}
	return text
}

func typed(kind string, collection bool) string {
	if collection {
		return "[" + plainName(kind) + "]"
	}
	return plainName(kind)
}

// plainName leaves out the namespaces that go without saying.
func plainName(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, "microsoft.graph."), "Edm.")
}

func plainNames(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = plainName(name)
	}
	return out
}
