package schema

import (
	"iter"
	"slices"
	"strings"
)

// Paths yields every entity set, singleton, navigation property, action and function that a path leads to, each once, by its
// shortest template: what stands in braces is a key, named after its type, or a parameter. What only a type that is based on
// another one has comes behind a cast. The order is that of the templates' length, and always the same. Templates of more than
// 1 KiB are left out, and those behind the first 8 MiB of them: Graph's own have a fiftieth of that.
func (m *Model) Paths() iter.Seq[Path] {
	return func(yield func(Path) bool) {
		t := &tour{m: m, yield: yield, operations: make([]bool, m.at[operIndex].size/4),
			own: [2][][]int{make([][]int, m.types()), make([][]int, m.types())},
			one: make([]bool, m.types()), many: make([]bool, m.types()), members: make([]bool, m.types()), shown: mostText, planned: mostText, looks: mostLooks}
		t.begin()
		for cost := 0; cost < len(t.stops) && !t.ended; cost++ {
			for i := 0; i < len(t.stops[cost]) && !t.ended; i++ { // it grows while it is read
				t.visit(t.stops[cost][i], cost)
			}
		}
	}
}

// What a segment costs: the cheapest way to something is the one that is shown.
const (
	costSegment = 2
	costCast    = 5 // only where there is no other way of much the same length
	costCall    = 3 // likewise, on top of the segment: behind a function
	costDetour  = 3 // likewise: see detour
	maxCost     = 64
)

// What bounds a tour of a document that is not Graph's: names multiply in templates.
const (
	longestTemplate = 1 << 10
	mostText        = 8 << 20
	mostLooks       = 1 << 20 // at operations: those of a base are looked at again for each type that is based on it
)

// stop is a type that the tour comes to.
type stop struct {
	number   int
	many     bool
	template string
}

// tour walks over all that can be reached, nearest first.
type tour struct {
	m          *Model
	yield      func(Path) bool
	ended      bool
	stops      [maxCost][]stop // by what the way to them costs
	one, many  []bool          // types that have been visited, as a value and as a collection
	members    []bool          // types whose own navigation properties have been shown
	operations []bool          // likewise
	own        [2][][]int      // of types, as a value and as a collection: what is bound to them, where it has been read
	shown      int             // bytes of templates that may still be shown
	planned    int             // likewise of those to be visited
	looks      int             // at operations that may still be taken
}

// begin shows the roots, those first that people mean most: what is as near by two of them is shown by the first.
func (t *tour) begin() {
	all := slices.Collect(t.m.roots())
	slices.SortStableFunc(all, func(a, b rootEntry) int {
		return rootRank(t.m.text(a.name)) - rootRank(t.m.text(b.name))
	})
	for _, r := range all {
		name := t.m.text(r.name)
		if r.flags&flagImport == 0 {
			many := r.flags&flagSet != 0
			t.show(Path{Method: "GET", Template: "/" + name, Name: name, Type: t.m.refName(r.ref), Collection: many})
			t.plan(r.ref, many, "/"+name, costSegment+detour(name, true))
			continue
		}
		for _, number := range r.operations {
			t.operate(number, "", costSegment)
		}
	}
}

// detour is what it costs more to go on behind what is a way to files, but not the one to be shown: /me/drive/items is.
func detour(name string, root bool) int {
	if root && (name == "drive" || name == "shares") || !root && (name == "root" || name == "bundles" || name == "following") {
		return costDetour
	}
	return 0
}

func rootRank(name string) int {
	ranks := []string{"me", "users", "groups", "sites", "drives", "teams", "chats"}
	if i := slices.Index(ranks, name); i >= 0 {
		return i
	}
	return len(ranks)
}

func (t *tour) show(p Path) {
	if t.ended || len(p.Template) > longestTemplate {
		return
	}
	t.shown -= len(p.Template)
	t.ended = t.shown < 0 || !t.yield(p)
}

// plan has a type visited later, if there is more to be seen of it.
func (t *tour) plan(ref int, many bool, template string, cost int) {
	i := refType(ref)
	if i < 0 || i >= len(t.one) || cost >= maxCost || len(template) > longestTemplate || t.visited(many)[i] {
		return
	}
	if t.planned -= len(template); t.planned >= 0 {
		t.stops[cost] = append(t.stops[cost], stop{i, many, template})
	}
}

// visited returns which types have been, as values or as collections.
func (t *tour) visited(many bool) []bool {
	if many {
		return t.many
	}
	return t.one
}

// visit shows what is behind a type, unless a nearer way to it has.
func (t *tour) visit(s stop, cost int) {
	visited := t.visited(s.many)
	if visited[s.number] {
		return
	}
	visited[s.number] = true
	h, _ := t.m.typeAt(s.number)
	if s.many {
		t.operateBound(s, cost)
		if h.kind() == Entity {
			t.plan(2*s.number+1, false, s.template+"/{"+t.m.text(h.name)+"}", cost+costSegment)
			t.planDerived(s, cost)
		}
		return
	}
	for i := range t.m.chain(s.number) {
		if !t.members[i] {
			t.members[i] = true
			t.navigate(i, s.template, cost)
		}
	}
	t.operateBound(s, cost)
	t.planDerived(s, cost)
}

// planDerived has the types visited that are based on where the tour is: behind a cast.
func (t *tour) planDerived(s stop, cost int) {
	for _, i := range t.m.derived(s.number) {
		t.plan(2*i+1, s.many, s.template+"/"+t.m.typeName(i), cost+costCast)
	}
}

// navigate shows the navigation properties of a type, and has complex ones looked into, which may have some, too.
func (t *tour) navigate(i int, template string, cost int) {
	for p := range t.m.members(i) {
		if t.ended {
			return
		}
		name := t.m.text(p.name)
		way := template + "/" + name
		if p.navigation {
			t.show(Path{Method: "GET", Template: way, Name: name, Type: t.m.refName(p.ref), Collection: p.flags&flagMany != 0})
		} else if p.flags&flagMany != 0 {
			continue // its elements have no paths of their own
		}
		t.plan(p.ref, p.flags&flagMany != 0, way, cost+costSegment+detour(name, false))
	}
}

// operateBound shows the operations that are bound to where the tour is.
func (t *tour) operateBound(s stop, cost int) {
	numbers, looked := t.m.callable(t.bound(s.number, s.many))
	if t.looks -= looked; t.looks < 0 {
		t.ended = true
	}
	for _, number := range numbers {
		t.operate(number, s.template, cost+costSegment)
	}
}

// bound is that of the model, which would read what a base has for each type that is based on it.
func (t *tour) bound(i int, many bool) iter.Seq[int] {
	own := t.own[0]
	if many {
		own = t.own[1]
	}
	return func(yield func(int) bool) {
		for base := range t.m.chain(i) {
			if own[base] == nil {
				own[base] = t.m.ownBound(base, many)
			}
			for _, number := range own[base] {
				if !yield(number) {
					return
				}
			}
		}
	}
}

func (t *tour) operate(number int, template string, cost int) {
	if number >= len(t.operations) || t.operations[number] || t.ended {
		return
	}
	t.operations[number] = true
	o := t.m.operation(number)
	name := t.m.callName(number)
	way := template + "/" + name
	if !o.Action {
		way += parentheses(o.Parameters, longestTemplate)
	}
	t.show(Path{Method: o.Method(), Template: way, Name: o.Name[strings.LastIndexByte(o.Name, '.')+1:], Type: o.Returns,
		Collection: o.ReturnsMany, Operation: &o})
	if h, _ := t.m.operAt(number); o.Composable {
		t.plan(h.returns, o.ReturnsMany, way, cost+costCall)
	}
}

// parentheses returns how the parameters of a function stand in a path: texts and times in quotes. What
// has more than most bytes is cut behind them.
func parentheses(parameters []Property, most int) string {
	var all []string
	length := 0
	for _, p := range parameters {
		value := "{" + p.Name + "}"
		if p.Type == "Edm.String" && !p.Collection {
			value = "'" + value + "'"
		}
		all = append(all, p.Name+"="+value)
		if length += len(p.Name); length > most {
			break
		}
	}
	return "(" + strings.Join(all, ",") + ")"
}

// derived returns the types that have a type as their base.
func (m *Model) derived(i int) []int {
	_, c := m.typeAt(i)
	c.pass(1)
	var all []int
	for range c.count() {
		all = append(all, c.number())
	}
	return all
}
