package tools

import (
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
	if err := c.read(&args); err != nil {
		return Result{}, err
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
