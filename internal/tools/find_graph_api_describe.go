package tools

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// describeType answers with what a type has.
func (f *finding) describeType(name string) (Result, error) {
	model, err := f.profile.awaitModel(f.ctx, f.version)
	if text, known := f.typeText(model, name); known {
		return Result{Text: text}, nil
	}
	if model == nil {
		return Result{}, &contentError{problem: fmt.Sprintf("nothing is known of the type %q without Graph's schema of %s: %s", name, f.version, f.unfetched(err)),
			hint: "read one item of it with microsoft_graph to see what it has, or say in plain words, in query, what you look for"}
	}
	remedy := "say in plain words, in query, what you look for"
	if near := typesNear(model, name); len(near) > 0 {
		remedy = "near it are " + strings.Join(near, ", ") + "; or " + remedy
	}
	return Result{}, &ArgumentError{Parameter: "type", Problem: fmt.Sprintf("%s has no type %q", f.version, name), Remedy: remedy}
}

// typeText describes a type, from memory where there is no schema.
func (f *finding) typeText(model *schema.Model, name string) (text string, known bool) {
	if model == nil {
		names := f.profile.Catalog.Properties(name)
		return string(orderedObject{{"type", plainName(name)}, {"properties", strings.Join(names, ", ")},
			{"note", "the most used ones, from memory: Graph's schema could not be had"}}.encode()), len(names) > 0
	}
	t, known := model.Type(name)
	if !known {
		return "", false
	}
	out := orderedObject{{"type", clipped(plainName(t.Name), longestText)}}
	return string(append(out, f.inside(model, t, false, 0)...).encode()), true
}

// typesNear returns the types whose names resemble one.
func typesNear(model *schema.Model, name string) []string {
	return schema.Nearest(plainName(name), typeNames(model), 5)
}

func typeNames(model *schema.Model) []string {
	var names []string
	for name := range model.Types() {
		names = append(names, plainName(name))
	}
	return names
}

// space is how much there is still room for in a description, and how much there would be with the largest limit.
type space struct{ now, most int }

// space begins one of which so much is used. Within it there is always room for a little.
func (f *finding) space(used int) *space {
	now := func(limit int) int { return max(maxFindingText+700*max(limit-defaultFound, 0)-used, 600) }
	return &space{now: now(f.limit), most: now(max(mostFound, f.limit))}
}

// Bounds of what a description says of one thing. A hostile schema has names and parameters without end.
const (
	longestText      = 400
	longestOperation = 2_000 // of the one that was asked about
)

// show joins as many texts as a share of the room allows, and says how many more there are.
func (s *space) show(texts []string, share int) string {
	text, left := fitting(texts, max(s.now/share, 300))
	if left > 0 && s.most > s.now {
		whole, missing := fitting(texts, max(s.most/share, 300))
		s.most -= len(whole)
		if missing == 0 {
			text += fmt.Sprintf(" and %d more (limit %d shows them)", left, mostFound)
			left = 0
		}
	} else {
		s.most -= len(text)
	}
	if left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	s.now -= len(text)
	return text
}

// fitting joins as many texts as there is room for, one at least, and returns how many are left.
func fitting(texts []string, room int) (joined string, left int) {
	var b strings.Builder
	for i, text := range texts {
		text = clipped(text, longestText)
		if i > 0 && b.Len()+len(text)+2 > room {
			return b.String(), len(texts) - i
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(text)
	}
	return b.String(), 0
}

// clipped cuts what is too long, between letters.
func clipped(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// leadsTo says what is at the end of a path.
func (f *finding) leadsTo(model *schema.Model, target schema.Target, used int) orderedObject {
	var out orderedObject
	if o := target.Operation; o != nil {
		text := signature(*o, longestOperation)
		out = append(out, member{"operation", text})
		used += len(text)
	}
	if target.Type == "" {
		return out
	}
	out = append(out, member{"type", clipped(typed(target.Type, target.Collection), longestText)})
	t, ok := model.Type(target.Type)
	if !ok || target.Service != "" {
		return out
	}
	return append(out, f.inside(model, t, target.Collection, used)...)
}

// inside lists what a type has, until there is no more room: what is used most first, then how many are left.
func (f *finding) inside(model *schema.Model, t schema.Type, collection bool, used int) orderedObject {
	out := orderedObject{{"kind", string(t.Kind)}}
	if t.Base != "" {
		out = append(out, member{"base", clipped(plainName(t.Base), longestText)})
	}
	space := f.space(used)
	for _, part := range []member{
		{"navigation", propertyTexts(t.Navigation)},
		{"operations", operationTexts(model, t.Name, collection)},
		{"derived", plainNames(t.Derived)},
		{"members", t.Members},
	} {
		if texts, _ := part.value.([]string); len(texts) > 0 {
			out = append(out, member{part.name, space.show(texts, 3)})
		}
	}
	if len(t.Properties) > 0 {
		out = append(out, member{"properties", space.show(f.ordered(t), 1)})
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
		texts = append(texts, signature(o, longestText))
	}
	return texts
}

// signature writes an operation as POST move(destinationId String): message. What is too long ends in the middle.
func signature(o schema.Operation, most int) string {
	var b strings.Builder
	b.WriteString(o.Method() + " " + clipped(plainName(o.Name), most/4) + "(")
	for i, p := range o.Parameters {
		text := clipped(p.Name+" "+typed(p.Type, p.Collection), most/2)
		if b.Len()+len(text)+30 > most {
			fmt.Fprintf(&b, " … %d more)", len(o.Parameters)-i)
			return b.String()
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(text)
	}
	b.WriteByte(')')
	if o.Returns != "" {
		b.WriteString(": " + clipped(typed(o.Returns, o.ReturnsMany), most/4))
	}
	return b.String()
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
