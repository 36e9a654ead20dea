package indexsim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

// search is a request's body, as far as it is understood.
type search struct {
	Search         string `json:"search"`
	QueryType      string `json:"queryType"`
	Filter         string `json:"filter"`
	Select         string `json:"select"`
	OrderBy        string `json:"orderby"`
	Highlight      string `json:"highlight"`
	Count          bool   `json:"count"`
	Top            *int   `json:"top"`
	Skip           int    `json:"skip"`
	SemanticConfig string `json:"semanticConfiguration"`
	Captions       string `json:"captions"`
	Answers        string `json:"answers"`
	VectorQueries  []struct {
		Kind, Text, Fields string
		K                  int
	} `json:"vectorQueries"`
}

// result is a document that was found.
type result struct {
	document Entity
	score    float64
}

func (x *Index) search(s *search) (Entity, *refusal) {
	for _, check := range []func(*search) *refusal{x.checkFields, x.checkSemantic, x.checkVectors} {
		if refused := check(s); refused != nil {
			return nil, refused
		}
	}
	found, refused := x.find(s)
	if refused != nil {
		return nil, refused
	}
	answer := Entity{"@odata.context": "https://sandbox.search.windows.net/indexes('" + x.o.Name + "')/$metadata#docs(*)"}
	if s.Count {
		answer["@odata.count"] = len(found)
	}
	if s.Answers != "" && len(found) > 0 && s.QueryType == "semantic" {
		text := sentence(text(found[0].document, "content"))
		answer["@search.answers"] = []any{Entity{"key": found[0].document["id"], "text": text, "highlights": mark(text, s.Search), "score": 0.9375}}
	}
	top := 50
	if s.Top != nil {
		top = *s.Top
	}
	page := found[min(s.Skip, len(found)):min(s.Skip+top, len(found))]
	if len(page) > x.o.Page {
		page = page[:x.o.Page]
		next := Entity{"search": s.Search, "skip": s.Skip + x.o.Page, "top": top - x.o.Page}
		answer["@search.nextPageParameters"] = next
	}
	value := []any{}
	for i, r := range page {
		value = append(value, x.show(r, s, i))
	}
	answer["value"] = value
	return answer, nil
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func (x *Index) checkFields(s *search) *refusal {
	for _, use := range []struct{ parameter, list string }{{"$select", s.Select}, {"highlight", s.Highlight}} {
		for _, name := range names(use.list) {
			if _, known := x.o.Documents[0][name]; !known && name != "*" {
				return badRequest("Invalid expression: Could not find a property named '" + name + "' on type 'search.document'.\r\nParameter name: " + use.parameter)
			}
		}
	}
	switch {
	case s.Top != nil && (*s.Top < 0 || *s.Top > 1000):
		return badRequest("Value must be between 0 and 1000.\r\nParameter name: $top")
	case s.Skip < 0 || s.Skip > 100_000:
		return badRequest("Value must be between 0 and 100000.\r\nParameter name: $skip")
	case s.QueryType != "" && s.QueryType != "simple" && s.QueryType != "full" && s.QueryType != "semantic":
		return badRequest("Invalid value.\r\nParameter name: queryType")
	}
	return nil
}

// checkSemantic follows https://learn.microsoft.com/azure/search/semantic-how-to-query-request.
func (x *Index) checkSemantic(s *search) *refusal {
	switch {
	case s.QueryType != "semantic" && s.Captions+s.Answers != "":
		return badRequest("'captions' and 'answers' are only supported with queryType 'semantic'.\r\nParameter name: captions")
	case s.QueryType != "semantic":
		return nil
	case s.SemanticConfig == "":
		return badRequest("The parameter 'semanticConfiguration' must be specified when 'queryType' is set to 'semantic'.\r\nParameter name: semanticConfiguration")
	case s.SemanticConfig != x.o.SemanticConfig:
		return badRequest("Unknown semantic configuration '" + s.SemanticConfig + "'.\r\nParameter name: semanticConfiguration")
	case s.OrderBy != "":
		return badRequest("'orderby' is not supported when 'queryType' is set to 'semantic'.\r\nParameter name: $orderby")
	}
	return nil
}

func (x *Index) checkVectors(s *search) *refusal {
	for _, v := range s.VectorQueries {
		switch {
		case v.Kind != "text":
			return badRequest("Only vector queries of the kind 'text' are known here.\r\nParameter name: vectorQueries")
		case !slices.Equal(names(v.Fields), []string{x.o.Vector}):
			return badRequest("Unknown field '" + v.Fields + "' in vector field list.\r\nParameter name: vectorQueries[0].fields")
		case v.K < 1:
			return badRequest("'k' must be positive.\r\nParameter name: vectorQueries[0].k")
		}
	}
	return nil
}

// find returns what fulfils the filter and has a word of the search, best first.
func (x *Index) find(s *search) ([]result, *refusal) {
	var filter odata.Expr
	var order []odata.Order
	var err error
	if s.Filter != "" {
		if filter, err = odata.ParseFilter(s.Filter); err != nil {
			return nil, badRequest("Invalid expression: " + err.Error() + "\r\nParameter name: $filter")
		}
		if refused := x.checkFilter(filter); refused != nil {
			return nil, refused
		}
	}
	if s.OrderBy != "" {
		if order, err = odata.ParseOrder(s.OrderBy); err != nil {
			return nil, badRequest("Invalid expression: " + err.Error() + "\r\nParameter name: $orderby")
		}
	}
	matches, refused := x.matcher(s)
	if refused != nil {
		return nil, refused
	}
	var found []result
	for _, d := range x.o.Documents {
		if filter != nil {
			if ok, err := odata.Matches(filter, d); err != nil || !ok {
				continue
			}
		}
		if score := matches(d); score > 0 {
			found = append(found, result{d, score})
		}
	}
	slices.SortStableFunc(found, func(a, b result) int { return cmp.Compare(b.score, a.score) })
	if len(order) > 0 {
		odata.Sort(found, order, func(r result) odata.Entity { return r.document })
	}
	return found, nil
}

func (x *Index) checkFilter(filter odata.Expr) (refused *refusal) {
	odata.Walk(filter, func(e odata.Expr) {
		if path, ok := e.(odata.Path); ok && !slices.Contains(x.o.Filterable, path.String()) {
			refused = badRequest("Invalid expression: Could not find a property named '" + path.String() + "' on type 'search.document', or it is not filterable.\r\nParameter name: $filter")
		}
	})
	return refused
}

// matcher returns what scores a document; 0 for not found. In simple and semantic queries any word counts; full ones
// are Lucene's, of which AND, OR, NOT, phrases, brackets and field:word are known.
func (x *Index) matcher(s *search) (func(Entity) float64, *refusal) {
	words := odata.Words(s.Search)
	if len(words) == 0 || s.Search == "*" {
		return func(Entity) float64 { return 1 }, nil
	}
	if s.QueryType != "full" {
		return func(d Entity) float64 { return x.overlap(d, words) + float64(len(s.VectorQueries))*0.01 }, nil
	}
	query, err := odata.ParseKeywords(s.Search)
	if err != nil {
		return nil, badRequest("Failed to parse query string. See https://aka.ms/azure-search-full-query for supported syntax.\r\nParameter name: search")
	}
	return func(d Entity) float64 {
		if !query.Matches(func(t odata.Term) bool { return x.hasTerm(d, t) }) {
			return 0
		}
		return 0.5 + x.overlap(d, words)
	}, nil
}

func (x *Index) hasTerm(d Entity, t odata.Term) bool {
	for _, field := range x.o.Searchable {
		if (t.Property == "" || t.Property == field) && odata.HasWords(text(d, field), t.Text) {
			return true
		}
	}
	return false
}

func (x *Index) overlap(d Entity, words []string) float64 {
	score := 0.0
	for _, field := range x.o.Searchable {
		for _, w := range words {
			if odata.HasWords(text(d, field), w) {
				score++
			}
		}
	}
	return score
}

func (x *Index) show(r result, s *search, rank int) Entity {
	out := Entity{"@search.score": r.score}
	selected := names(s.Select)
	for name, v := range r.document {
		if len(selected) == 0 || slices.Contains(selected, name) || slices.Contains(selected, "*") {
			out[name] = v
		}
	}
	if s.QueryType == "semantic" {
		out["@search.rerankerScore"] = max(0, 3.2-float64(rank)*0.15)
		if s.Captions != "" {
			caption := sentence(text(r.document, "content"))
			out["@search.captions"] = []any{Entity{"text": caption, "highlights": mark(caption, s.Search)}}
		}
	}
	highlights := Entity{}
	for _, field := range names(s.Highlight) {
		if marked := mark(text(r.document, field), s.Search); strings.Contains(marked, "<em>") {
			highlights[field] = []any{marked}
		}
	}
	if len(highlights) > 0 {
		out["@search.highlights"] = highlights
	}
	return out
}

func text(d Entity, field string) string {
	s, ok := d[field].(string)
	if !ok && d[field] != nil {
		return fmt.Sprint(d[field])
	}
	return s
}

// sentence returns the first one of a text.
func sentence(s string) string {
	if i := strings.Index(s, ". "); i >= 0 {
		return s[:i+1]
	}
	return s
}

// mark puts <em> around the words that are sought.
func mark(s, sought string) string {
	words := odata.Words(sought)
	parts := strings.Fields(s)
	for i, part := range parts {
		for _, w := range odata.Words(part) {
			if slices.Contains(words, w) {
				parts[i] = "<em>" + part + "</em>"
				break
			}
		}
	}
	return strings.Join(parts, " ")
}
