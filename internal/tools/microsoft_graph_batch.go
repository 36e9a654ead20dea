package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

func microsoftGraphBatch() Tool {
	return Tool{
		Name:  "microsoft_graph_batch",
		Title: "Microsoft Graph batch",
		Description: `Make several Microsoft Graph calls at once, each answered by itself: cheaper and faster than one after the other. ` +
			`Throttled ones are repeated. Follow a "@odata.nextLink" in an answer with microsoft_graph.`,
		Parameters: []Parameter{
			{Name: "requests", Kind: Objects, Required: true, Max: graph.MaxBatchItems, Items: []Parameter{
				{Name: "id", Kind: String, Required: true},
				{Name: "method", Kind: String, Required: true, Enum: []string{"GET", "POST", "PUT", "PATCH", "DELETE"}},
				{Name: "url", Kind: String, Required: true, MaxLength: 16 << 10, Description: `Relative: "/users?$top=5"`},
				{Name: "headers", Kind: Strings},
				{Name: "body", Kind: Object},
				{Name: "dependsOn", Kind: List, Description: "ids that must succeed first"},
			}},
			{Name: "apiVersion", Kind: String, Enum: []string{graph.V1, graph.Beta}, Default: graph.V1},
			{Name: "maxChars", Kind: Integer, Min: minMaxChars, Max: maxMaxChars, Default: defaultMaxChars, Description: "Longest answer, shared by all"},
			{Name: "format", Kind: String, Enum: []string{"compact", "raw"}, Default: "compact"},
			confirmParameter(),
		},
		Effect: Effect{Destructive: true, OpenWorld: true},
		Usable: func(p *Profile) bool { return p.could(http.MethodPost, "/$batch") },
		Call:   callMicrosoftGraphBatch,
	}
}

type batchArguments struct {
	Requests   []batchRequest `json:"requests"`
	APIVersion string         `json:"apiVersion"`
	MaxChars   int            `json:"maxChars"`
	Format     string         `json:"format"`
}

type batchRequest struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

func callMicrosoftGraphBatch(ctx context.Context, c Call) (Result, error) {
	var args batchArguments
	if err := c.read(&args); err != nil {
		return Result{}, err
	}
	call := graph.BatchCall{Version: args.APIVersion, Progress: func(done, total int) {
		c.Progress(done, total, fmt.Sprintf("%d of %d requests", done, total))
	}}
	for _, r := range args.Requests {
		call.Items = append(call.Items, graph.BatchItem{ID: r.ID, Method: r.Method, URL: r.URL,
			Header: r.header(c.Profile.Endpoints, args), Body: r.Body, DependsOn: r.DependsOn})
	}
	responses, err := graph.Batch(ctx, c.Graph, c.Profile.Endpoints, call)
	if err != nil {
		return Result{}, explain(ctx, c.Profile, err)
	}
	answers := make([]*batchAnswer, len(responses))
	for i, r := range responses {
		answers[i] = &batchAnswer{args: args, request: r.Request, response: r}
	}
	return batchResult(ctx, c, args.MaxChars, answers)
}

// header returns r's headers and those that its call would get by itself, so that the answer fits a model. Where it
// is no call at all, the batch will say why.
func (r batchRequest) header(e graph.Endpoints, args batchArguments) map[string]string {
	given, all := http.Header{}, map[string]string{}
	for name, value := range r.Headers {
		if given.Get(name) != "" {
			return r.Headers // twice, which the batch refuses
		}
		given.Set(name, value)
		all[http.CanonicalHeaderKey(name)] = value
	}
	request, err := e.NewRequest(graph.Params{Version: args.APIVersion, Method: r.Method, Path: "/" + strings.TrimPrefix(r.URL, "/"), Header: given})
	if err != nil {
		return r.Headers
	}
	request = withDefaults(request, graphArguments{Method: r.Method, Format: args.Format})
	for _, name := range []string{"Prefer", "Consistencylevel"} {
		if value := request.Header(name); value != "" {
			all[name] = value
		}
	}
	return all
}

// withoutAddresses returns the answer to a batch without the addresses that its items redirect to: those open a
// file without a token.
func withoutAddresses(r *graph.Response) *graph.Response {
	var envelope map[string]json.RawMessage
	var items []map[string]json.RawMessage
	if json.Unmarshal(r.Body, &envelope) != nil || json.Unmarshal(envelope["responses"], &items) != nil {
		return r
	}
	changed := false
	for _, item := range items {
		var status int
		var headers map[string]json.RawMessage
		if json.Unmarshal(item["status"], &status) != nil || status/100 != 3 || json.Unmarshal(item["headers"], &headers) != nil {
			continue
		}
		maps.DeleteFunc(headers, func(name string, _ json.RawMessage) bool { return strings.EqualFold(name, "Location") })
		item["headers"], changed = encodePlain(headers), true
		delete(item, "body") // which may repeat the address
	}
	if !changed {
		return r
	}
	cut := *r
	envelope["responses"] = encodePlain(items)
	cut.Body = encodePlain(envelope)
	return &cut
}
