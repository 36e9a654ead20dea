package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// SearchIndex is an Azure AI Search index. It is no part of Microsoft Graph: no token goes to it and no policy judges
// what is asked of it, which can only be a search.
type SearchIndex struct {
	SemanticConfig string   // of the index; "" where it has none
	VectorFields   []string // searched with vectorSearch; nil: contentVector
	SelectFields   []string // returned where the caller selects none; nil: all
	// Search sends a search request's JSON and returns the answer's. The key goes along and never comes back.
	Search func(ctx context.Context, request []byte) ([]byte, error)
}

func azureAISearch() Tool {
	return Tool{
		Name:  "azure_ai_search",
		Title: "Search the Azure AI Search index",
		Description: `Search the organisation's Azure AI Search index by words, meaning or vectors. ` +
			`Results come best first, with captions and answers where the search is semantic.`,
		Parameters: []Parameter{
			{Name: "query", Kind: String, Required: true, MaxLength: 8_000},
			{Name: "queryType", Kind: String, Enum: []string{"simple", "full", "semantic"}, Description: `"full" takes Lucene syntax. Default: semantic where the index is set up for it, else simple`},
			{Name: "vectorSearch", Kind: Boolean, Default: false, Description: "Also by vectors, which the service makes of the query"},
			{Name: "filter", Kind: String, MaxLength: 8_000, Description: "OData: category eq 'policy' and year ge 2025"},
			{Name: "select", Kind: String, MaxLength: 2_000, Description: "Fields to return, with commas between them"},
			{Name: "top", Kind: Integer, Min: 1, Max: 50, Default: 10},
			{Name: "skip", Kind: Integer, Min: 0, Max: 100_000, Description: `Go on from here: "more" of the answer before`},
			{Name: "orderby", Kind: String, MaxLength: 2_000, Description: "OData: year desc. Not with semantic"},
			{Name: "highlightFields", Kind: String, MaxLength: 2_000, Description: "Fields to mark the found words in, with commas between them"},
			{Name: "includeTotalCount", Kind: Boolean, Default: false},
			{Name: "maxChars", Kind: Integer, Min: minMaxChars, Max: maxMaxChars, Default: defaultMaxChars, Description: "Longest answer"},
		},
		Effect: Effect{ReadOnly: true, Idempotent: true, OpenWorld: true},
		Usable: func(p *Profile) bool { return p.Index != nil },
		Call:   callAzureAISearch,
	}
}

type indexArguments struct {
	Query        string `json:"query"`
	QueryType    string `json:"queryType"`
	VectorSearch bool   `json:"vectorSearch"`
	Filter       string `json:"filter"`
	Select       string `json:"select"`
	Top          int    `json:"top"`
	Skip         int    `json:"skip"`
	OrderBy      string `json:"orderby"`
	Highlight    string `json:"highlightFields"`
	Count        bool   `json:"includeTotalCount"`
	MaxChars     int    `json:"maxChars"`
}

func callAzureAISearch(ctx context.Context, c Call) (Result, error) {
	var args indexArguments
	if err := json.Unmarshal(c.Arguments, &args); err != nil {
		return Result{}, fmt.Errorf("reading the arguments: %w", err)
	}
	request, err := c.Profile.Index.request(args)
	if err != nil {
		return Result{}, err
	}
	body, err := c.Profile.Index.Search(ctx, request)
	if err != nil {
		return Result{}, err
	}
	text, err := indexAnswer(body, args)
	if err != nil {
		return Result{}, fmt.Errorf("the search index: %w", err)
	}
	return Result{Text: text}, nil
}

// request writes the search: https://learn.microsoft.com/rest/api/searchservice/documents/search-post
func (x *SearchIndex) request(args indexArguments) (json.RawMessage, error) {
	if x == nil {
		return nil, errors.New("this profile has no search index")
	}
	if args.QueryType == "" {
		args.QueryType = "simple"
		if x.SemanticConfig != "" && args.OrderBy == "" {
			args.QueryType = "semantic"
		}
	}
	body := orderedObject{{"search", args.Query}, {"queryType", args.QueryType}, {"top", args.Top}, {"count", args.Count}}
	if args.Skip > 0 {
		body = append(body, member{"skip", args.Skip})
	}
	if args.Select == "" {
		args.Select = strings.Join(x.SelectFields, ",")
	}
	for _, m := range []struct{ name, value string }{{"filter", args.Filter}, {"orderby", args.OrderBy}, {"highlight", args.Highlight}, {"select", args.Select}} {
		if m.value != "" {
			body = append(body, member{m.name, m.value})
		}
	}
	if args.QueryType == "semantic" {
		if x.SemanticConfig == "" {
			return nil, &ArgumentError{Parameter: "queryType", Problem: "semantic is not set up for this index",
				Remedy: `use "simple" or "full"; or the person sets azure_ai_search.semantic_config in the profile (or AZURE_AI_SEARCH_SEMANTIC_CONFIG) to a semantic configuration of the index`}
		}
		body = append(body, member{"semanticConfiguration", x.SemanticConfig}, member{"captions", "extractive"}, member{"answers", "extractive"})
	}
	if args.VectorSearch {
		fields := strings.Join(x.VectorFields, ",")
		if fields == "" {
			fields = "contentVector"
		}
		body = append(body, member{"vectorQueries", []orderedObject{{{"kind", "text"}, {"text", args.Query}, {"fields", fields}, {"k", args.Top}}}})
	}
	return body.encode(), nil
}

// foundInIndex is the service's answer.
type foundInIndex struct {
	Count   *int64            `json:"@odata.count"`
	Answers []indexPassage    `json:"@search.answers"`
	Next    json.RawMessage   `json:"@search.nextPageParameters"` // where the service sends fewer results than it was asked for
	Partial string            `json:"@search.semanticPartialResponseReason"`
	Value   []json.RawMessage `json:"value"`
}

// indexPassage is an answer, or a caption: a passage of a document.
type indexPassage struct {
	Key   string      `json:"key,omitempty"`
	Text  string      `json:"text,omitempty"`
	Score json.Number `json:"score,omitempty"`
}

// indexAnswer writes what was found for a model, in at most maxChars bytes, whole results where that is possible.
func indexAnswer(body []byte, args indexArguments) (string, error) {
	var found foundInIndex
	if err := json.Unmarshal(body, &found); err != nil {
		return "", errJSON
	}
	tail := orderedObject{}
	if args.Count && found.Count != nil {
		tail = append(tail, member{"totalCount", *found.Count})
	}
	if len(found.Answers) > 0 {
		for i := range found.Answers {
			found.Answers[i].Text = clipText(found.Answers[i].Text, min(2_000, args.MaxChars/8))
		}
		tail = append(tail, member{"answers", found.Answers[:min(len(found.Answers), 3)]})
	}
	if found.Partial != "" {
		tail = append(tail, member{"note", "the semantic ranking is incomplete: " + clipText(found.Partial, 200)})
	}
	room := args.MaxChars - len(tail.encode()) - 128
	var results []json.RawMessage
	for _, hit := range found.Value {
		result, err := indexResult(hit, room, len(results) == 0)
		if err != nil {
			return "", err
		}
		if room -= len(result) + 1; room < 0 && len(results) > 0 {
			break
		}
		results = append(results, result)
	}
	out := append(orderedObject{{"results", append([]json.RawMessage{}, results...)}}, tail...)
	n := len(results)
	full := n == args.Top && (found.Count == nil || int64(args.Skip+n) < *found.Count)
	if n > 0 && (full || n < len(found.Value) || isGiven(found.Next)) {
		out = append(out, member{"more", args.Skip + n})
	}
	return string(out.encode()), nil
}

// indexResult writes one result. Its document's long texts are cut to the room there is where it is the only one.
func indexResult(hit json.RawMessage, room int, only bool) (json.RawMessage, error) {
	parts, err := cutIndexHit(hit)
	if err != nil {
		return nil, err
	}
	whole, err := parts.write(0)
	for limit := room / 2; err == nil && only && len(whole) > room && limit >= 32; limit /= 4 {
		whole, err = parts.write(limit)
	}
	if err == nil && only && len(whole) > room {
		parts.document = []byte(`{"cut":"too large: ask for single fields with select, or a larger maxChars"}`)
		parts.highlights = nil
		whole, err = parts.write(32)
	}
	return whole, err
}

// indexHit is a result, taken apart.
type indexHit struct {
	score, reranker json.RawMessage // as the service wrote them; nil: not given
	captions        []string
	highlights      map[string][]string
	document        []byte // a JSON object
}

// cutIndexHit takes a result apart. What makes up a document stays as it is and in its order.
func cutIndexHit(hit json.RawMessage) (*indexHit, error) {
	h := &indexHit{document: []byte{'{'}}
	s := &shaper{in: hit}
	if s.peek() != '{' {
		return nil, errJSON
	}
	err := s.members(func(key []byte) error {
		s.peek()
		start := s.pos
		if _, err := s.value(); err != nil {
			return err
		}
		s.out = s.out[:0]
		value := hit[start:s.pos]
		switch name := string(key); {
		case name == `"@search.score"`:
			h.score = value
		case name == `"@search.rerankerScore"`:
			h.reranker = value
		case name == `"@search.highlights"`:
			h.highlights = readHighlights(value)
		case name == `"@search.captions"`:
			var captions []indexPassage
			if json.Unmarshal(value, &captions) == nil {
				for _, c := range captions {
					h.captions = append(h.captions, c.Text)
				}
			}
		case strings.HasPrefix(name, `"@`), strings.Contains(name, "@odata."), isVector(value):
		default:
			if len(h.document) > 1 {
				h.document = append(h.document, ',')
			}
			h.document = append(append(append(h.document, key...), ':'), value...)
		}
		return nil
	})
	h.document = append(h.document, '}')
	return h, err
}

// isVector tells whether a value is a long array of numbers, which says nothing to a model.
func isVector(value json.RawMessage) bool {
	if len(value) < 2 || value[0] != '[' || bytes.Count(value, []byte{','}) < 63 {
		return false
	}
	return len(bytes.Trim(value, "[]-+.,eE0123456789 \t\r\n")) == 0
}

// write writes the result with the strings of its document cut to so many bytes; 0: whole.
func (h *indexHit) write(maxString int) (json.RawMessage, error) {
	s := &shaper{in: h.document, shape: shape{maxString: maxString, keepHTML: true}}
	if _, err := s.value(); err != nil {
		return nil, err
	}
	out := orderedObject{}
	if h.score != nil {
		out = append(out, member{"score", h.score})
	}
	if isGiven(h.reranker) {
		out = append(out, member{"rerankerScore", h.reranker})
	}
	out = append(out, member{"document", json.RawMessage(s.out)})
	if captions := short(h.captions, maxString); len(captions) > 0 {
		out = append(out, member{"captions", captions})
	}
	if len(h.highlights) > 0 {
		marked := map[string][]string{}
		for field, passages := range h.highlights {
			marked[field] = short(passages, maxString)
		}
		out = append(out, member{"highlights", marked})
	}
	return out.encode(), nil
}

// readHighlights reads the passages of each field. Beside them stand annotations, which are no lists.
func readHighlights(value json.RawMessage) map[string][]string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil {
		return nil
	}
	highlights := map[string][]string{}
	for name, raw := range fields {
		var passages []string
		if json.Unmarshal(raw, &passages) == nil && len(passages) > 0 {
			highlights[name] = passages
		}
	}
	return highlights
}

// short returns the passages that are not empty, each cut to most bytes; 0: whole.
func short(passages []string, most int) []string {
	var kept []string
	for _, p := range passages {
		if p != "" {
			if most > 0 {
				p = clipText(p, most)
			}
			kept = append(kept, p)
		}
	}
	return kept
}

// isGiven tells whether a value is there and not null.
func isGiven(value json.RawMessage) bool { return len(value) > 0 && string(value) != "null" }
