package catalog

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// Query is what somebody looks for.
type Query struct {
	Text    string // plain words in English, German or French; a path; the name of a type, a property or an operation
	Limit   int    // how many hits at most; 10 where it is 0
	App     bool   // for an app without a person: what only people can do comes later
	Model   *schema.Model
	Version string // that Model is of: "v1.0" or "beta"
}

// Hit is an operation that was found.
type Hit struct {
	Operation Operation
	Score     float64 // 0 to 1: how much of the request it answers
	Live      bool    // the model has it, the catalog does not describe it
}

const (
	defaultHits = 10
	mostHits    = 100
)

// Find returns the operations that a request means, best first; none where no word of it is known. The same request finds
// the same operations in the same order.
func (c *Catalog) Find(q Query) []Hit {
	if q.Limit <= 0 {
		q.Limit = defaultHits
	}
	q.Limit = min(q.Limit, mostHits)
	x := c.index()
	r := x.understand(q.Text)
	hits := x.best(r, q)
	if q.Model != nil {
		hits = c.join(hits, r, q)
	}
	return hits[:min(q.Limit, len(hits))]
}

const (
	onlyPeople = 0.85 // what an operation counts that an app cannot call, where an app asks
	leastScore = 0.02
)

// best returns the operations of the catalog that fit, the best first.
func (x *index) best(r *request, q Query) []Hit {
	scores := x.score(r)
	if r.path != nil {
		x.scorePaths(r, scores)
	}
	x.shareTopics(scores)
	var numbers []int
	for i := range scores {
		scores[i] *= x.bend(r, i, q)
		if scores[i] >= leastScore {
			numbers = append(numbers, i)
		}
	}
	slices.SortStableFunc(numbers, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	hits := make([]Hit, 0, min(q.Limit, len(numbers)))
	for _, i := range numbers[:min(q.Limit, len(numbers))] {
		hits = append(hits, Hit{Operation: x.operations[i], Score: float64(min(scores[i], 1))})
	}
	return hits
}

// shareTopics lets what is done with the same things share what their words say about these: the verb then decides.
func (x *index) shareTopics(scores []float32) {
	best := make([]float32, len(x.topics))
	for i, score := range scores {
		best[x.topicOf[i]] = max(best[x.topicOf[i]], score)
	}
	for i := range scores {
		scores[i] += x.tuning.topic * (best[x.topicOf[i]] - scores[i])
	}
}

// score says how well the words of each operation fit.
func (x *index) score(r *request) []float32 {
	scores := make([]float32, len(x.operations))
	inPhrase := make([]float32, len(x.phraseOf))
	atMost, square := float32(0), float32(0)
	for i := range r.tokens {
		atMost += r.worth[i]
		square += r.worth[i] * r.worth[i]
	}
	if atMost == 0 {
		return scores
	}
	touched := newTouched(len(scores), len(inPhrase))
	for i, terms := range r.terms {
		touched.next()
		for _, m := range terms {
			term := x.terms[m.term]
			for _, p := range x.documents[term] {
				touched.documents.raise(scores, p.number, m.weight*p.weight*r.worth[i])
			}
			for _, p := range x.phrases[term] {
				touched.phrases.raise(inPhrase, p.number, m.weight*p.weight*r.worth[i])
			}
		}
	}
	for i := range scores {
		scores[i] *= x.tuning.whole / atMost
	}
	x.addPhrases(scores, inPhrase, float32(math.Pow(float64(square), 0.5)))
	return scores
}

// nearlyAll is how much of a phrase a request has that says the same.
const nearlyAll = 0.9

// addPhrases adds to each operation how near its nearest phrase comes.
func (x *index) addPhrases(scores, inPhrase []float32, length float32) {
	nearest, second := make([]float32, len(scores)), make([]float32, len(scores))
	for i, sum := range inPhrase {
		if sum == 0 {
			continue
		}
		o, near := x.phraseOf[i], float32(math.Pow(float64(sum/(length*x.phraseNorm[i])), float64(x.tuning.sharp)))
		if sum > nearlyAll*length*x.lengthOf[i] {
			near += x.tuning.exact
		}
		if near > nearest[o] {
			nearest[o], near = near, nearest[o]
		}
		second[o] = max(second[o], near)
	}
	for i := range scores {
		scores[i] += (1 - x.tuning.whole) * (nearest[i] + x.tuning.second*second[i])
	}
}

// touched keeps, for the word of a request that is looked at, what it has added already: of several terms for one word,
// the best counts alone.
type touched struct{ documents, phrases marks }

type marks struct {
	of    []uint16
	added []float32
	now   uint16
}

func newTouched(documents, phrases int) *touched {
	return &touched{documents: newMarks(documents), phrases: newMarks(phrases)}
}

func newMarks(n int) marks { return marks{of: make([]uint16, n), added: make([]float32, n)} }

func (t *touched) next() {
	t.documents.now++
	t.phrases.now++
}

func (m *marks) raise(sums []float32, number uint32, to float32) {
	if m.of[number] != m.now {
		m.of[number], m.added[number] = m.now, 0
	}
	if more := to - m.added[number]; more > 0 {
		sums[number] += more
		m.added[number] = to
	}
}

// bend turns a score by what is known beside the words: what the request asks to do, and who would make the call.
func (x *index) bend(r *request, number int, q Query) float32 {
	o := &x.operations[number]
	factor := x.bendByVerb(r, number)
	if o.Method == "DELETE" && x.isContainer(r, number) {
		factor *= x.tuning.container
	}
	factor *= 1 - x.tuning.deep*min(x.depth[number], 12)
	if q.App && o.Application == "-" {
		factor *= onlyPeople
	}
	if o.Version == "beta" && !strings.EqualFold(q.Version, "beta") {
		factor *= 0.97
	}
	return factor
}

// bendByVerb turns a score by what the request asks to do.
func (x *index) bendByVerb(r *request, number int) float32 {
	o := &x.operations[number]
	factor := float32(1)
	switch {
	case len(r.methods) == 0 && o.Method == "GET":
		return x.tuning.readsByRule
	case len(r.methods) == 0 && o.Method == "DELETE":
		return x.tuning.unasked
	case len(r.methods) == 0:
		return 1
	case slices.Contains(r.methods, o.Method):
		factor = x.tuning.verbFits
	case o.Method != "GET" && x.says(number, r.verbs):
		factor = x.tuning.verbSaid
	case r.firm:
		factor = x.tuning.verbFirm
	case slices.Contains(r.others, o.Method):
	default:
		factor = x.tuning.verbDiffers
	}
	if !r.asked {
		factor = 1 + x.tuning.notAsked*(factor-1)
	}
	if o.Method == "DELETE" && factor < 1 {
		factor *= x.tuning.unasked
	}
	return factor
}

// isContainer tells whether an operation is about what something is to be taken out of.
func (x *index) isContainer(r *request, number int) bool {
	if len(r.outOf) == 0 {
		return false
	}
	has := func(t token) bool {
		return slices.ContainsFunc(t.meanings, func(m meaning) bool {
			term, known := x.terms[m.term]
			return known && m.weight == 1 && slices.Contains(x.last[number], term)
		})
	}
	before := func(t token) bool { return t.verb == "" && t.at < r.outOf[0].at && has(t) }
	return slices.ContainsFunc(r.outOf, has) && !slices.ContainsFunc(r.tokens, before)
}

// says tells whether the phrases of an operation have one of the verbs.
func (x *index) says(number int, verbs map[string]bool) bool {
	for verb := range verbs {
		if slices.Contains(x.verbs[number], verb) {
			return true
		}
	}
	return false
}

// scorePaths scores by a path in the request: the same first, then what is below and above it.
func (x *index) scorePaths(r *request, scores []float32) {
	for i := range x.operations {
		o := &x.operations[i]
		best := nearPath(r.path, segments(o.Path))
		for _, path := range o.Also {
			best = max(best, nearPath(r.path, segments(path)))
		}
		if best > 0 && r.method != "" && r.method != o.Method {
			best *= 0.5
		}
		scores[i] = best + 0.1*scores[i]
	}
}

// nearPath says how near a template is to a path: 1 where they are the same.
func nearPath(path, template []string) float32 {
	same := 0
	for same < len(path) && same < len(template) && (path[same] == template[same] || strings.HasPrefix(template[same], anything)) {
		same++
	}
	if same == len(path) && same == len(template) {
		return 0.9
	}
	return 0.7 * float32(same) / float32(max(len(path), len(template)))
}
