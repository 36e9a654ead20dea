package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// When what the model alone knows comes first: where it has nearly all of what a request says, and the catalog does not.
const (
	clearlyCovers = 0.85
	clearlyBetter = 0.2
	mostLeading   = 3
)

// join puts what the model alone has behind the good hits of the catalog, and before them where the words match clearly
// better.
func (c *Catalog) join(hits []Hit, r *request, q Query) []Hit {
	x, v := c.index(), c.live(q.Model)
	r = x.weigh(r, v)
	found := v.best(r, q.Limit)
	if len(found) == 0 {
		return hits
	}
	covered := float32(0)
	for _, hit := range hits[:min(3, len(hits))] {
		covered = max(covered, x.covers(r, hit.Operation))
	}
	leading, trailing := []Hit{}, []Hit{}
	for _, one := range found {
		hit := Hit{Operation: v.operation(one.path, r, q.Version), Score: float64(one.score), Live: true}
		if number := c.tree().find(hit.Operation.Method, segments(hit.Operation.Path)); number >= 0 {
			continue
		}
		if one.cover >= clearlyCovers && one.cover-covered >= clearlyBetter && len(leading) < mostLeading {
			leading = append(leading, hit)
		} else {
			trailing = append(trailing, hit)
		}
	}
	good := 0
	for good < len(hits) && hits[good].Score >= 0.5*hits[0].Score {
		good++
	}
	good = max(good, min(3, len(hits)))
	good = min(good, max(q.Limit-len(leading)-q.Limit/4, 1), len(hits))
	all := slices.Concat(leading, hits[:good], trailing[:min(len(trailing), max(q.Limit/4, 1))], hits[good:], trailing)
	return distinct(all)
}

// distinct leaves out what came before.
func distinct(hits []Hit) []Hit {
	seen := map[string]bool{}
	return slices.DeleteFunc(hits, func(h Hit) bool {
		key := h.Operation.Method + " " + h.Operation.Path
		was := seen[key]
		seen[key] = true
		return was
	})
}

// verbInPath is what verbs count where paths are looked for: they decide about the method.
const verbInPath = 0.25

// weigh gives words that the catalog does not know the worth that they have for the model, and verbs less.
func (x *index) weigh(r *request, v *live) *request {
	weighed := *r
	weighed.worth = slices.Clone(r.worth)
	for i, t := range r.tokens {
		if t.verb != "" {
			weighed.worth[i] *= verbInPath
		}
		if weighed.worth[i] > 0 {
			continue
		}
		for _, m := range v.standFor(t) {
			weighed.worth[i] = max(weighed.worth[i], t.weight*m.weight*v.rarity[v.terms[m.term]])
		}
	}
	return &weighed
}

// covers returns the share of what a request says that an operation has.
func (x *index) covers(r *request, o Operation) float32 {
	number := slices.IndexFunc(x.operations, func(each Operation) bool { return each.Method == o.Method && each.Path == o.Path })
	sum, total := float32(0), float32(0)
	for i, terms := range r.terms {
		total += r.worth[i]
		sum += x.bestIn(number, terms) * r.worth[i]
	}
	if total == 0 {
		return 0
	}
	return sum / total
}

// bestIn returns the weight of the best of some terms that an operation has.
func (x *index) bestIn(number int, terms []meaning) float32 {
	best := float32(0)
	for _, m := range terms {
		for _, p := range x.documents[x.terms[m.term]] {
			if int(p.number) == number {
				best = max(best, m.weight)
			}
		}
	}
	return best
}

// operation describes a path of the model. What a request asks to do decides what is done there.
func (v *live) operation(path uint32, r *request, version string) Operation {
	p := v.paths[path]
	o := Operation{Method: "GET", Path: v.templates[p.start:p.end], Returns: v.types[p.kind]}
	if strings.EqualFold(version, "beta") {
		o.Version = "beta"
	}
	name := o.Path[strings.LastIndexByte(o.Path, '/')+1:]
	name, _, _ = strings.Cut(unqualified(name), "(")
	phrase := strings.ToLower(strings.Join(camel(name), " "))
	wants := func(method string) bool {
		return slices.Contains(r.methods, method) && !slices.Contains(r.methods, "GET")
	}
	many := p.flags&isMany != 0
	switch {
	case p.flags&isAction != 0:
		o.Method, o.Does = "POST", "Does "+name+": an action of the service"
	case p.flags&isFunction != 0:
		o.Does = "Calls " + name + ", a function of the service"
	case wants("POST") && many:
		o.Method, o.Does = "POST", "Adds one to "+phrase
	case many && (wants("DELETE") || wants("PATCH")):
		o.Path += "/{" + cmp.Or(o.Returns, "id") + "}"
		o.Method, o.Does = "DELETE", "Deletes one of "+phrase
		if !wants("DELETE") {
			o.Method, o.Does = "PATCH", "Changes one of "+phrase
		}
	case wants("PATCH"):
		o.Method, o.Does = "PATCH", "Changes "+phrase
	case many:
		o.Does = "Lists " + phrase
	default:
		o.Does = "Reads " + phrase
	}
	if of := camel(o.Returns); o.Returns != "" && o.Method == "GET" {
		o.Does += " (" + strings.ToLower(strings.Join(of, " ")) + ")"
	}
	return o
}
