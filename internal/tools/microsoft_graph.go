package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// Bounds of microsoft_graph's answers.
const (
	defaultMaxChars = 40_000
	minMaxChars     = 1_000
	maxMaxChars     = 400_000
	maxMaxItems     = 10_000
)

func microsoftGraph() Tool {
	return Tool{
		Name:  "microsoft_graph",
		Title: "Microsoft Graph",
		Description: `Call any Microsoft Graph endpoint (users, mail, calendar, files, SharePoint, Teams, directory…), or Azure Resource Manager with apiType "azure". ` +
			`Ask for little: $select, $filter, $search and $top go into queryParams. ` +
			`Lists come one page at a time; maxItems follows further pages. "@odata.nextLink" in the answer means that there is more: pass it, whole, as path. ` +
			`Answers leave out nulls, empty values, OData annotations and repetitions; bodies come as text. ` +
			`Lists leave out rarely used properties, too ("note" names them; $select shows them), may come as "columns" and "rows" (null: nothing, or named in "note"), and say once under "common" what all items share. ` +
			`format "raw" gives everything.`,
		Parameters: []Parameter{
			{Name: "path", Kind: String, Required: true, MaxLength: 16 << 10,
				Description: `Path from the API's root, such as "/users" or "/me/messages", or a next link`},
			{Name: "method", Kind: String, Enum: []string{"GET", "POST", "PUT", "PATCH", "DELETE"}, Default: "GET"},
			versionParameter(),
			{Name: "apiType", Kind: String, Enum: []string{string(graph.Graph), string(graph.ResourceManager)}, Default: string(graph.Graph)},
			{Name: "queryParams", Kind: Strings, Description: `OData options, not encoded: {"$select": "id,displayName", "$filter": "startswith(displayName,'A')"}`},
			{Name: "body", Kind: Object, Description: "Request body"},
			{Name: "headers", Kind: Strings, Description: "ConsistencyLevel, If-Match, Prefer, Content-Type…"},
			{Name: "maxItems", Kind: Integer, Min: 1, Max: maxMaxItems, Description: "Follow next links up to this many items"},
			{Name: "maxChars", Kind: Integer, Min: minMaxChars, Max: maxMaxChars, Default: defaultMaxChars, Description: "Longest answer"},
			{Name: "format", Kind: String, Enum: []string{"compact", "raw"}, Default: "compact"},
			confirmParameter(),
		},
		Effect: Effect{Destructive: true, OpenWorld: true},
		Call:   callMicrosoftGraph,
	}
}

type graphArguments struct {
	Path        string            `json:"path"`
	Method      string            `json:"method"`
	APIVersion  string            `json:"apiVersion"`
	APIType     string            `json:"apiType"`
	QueryParams map[string]string `json:"queryParams"`
	Body        json.RawMessage   `json:"body"`
	Headers     map[string]string `json:"headers"`
	MaxItems    int               `json:"maxItems"`
	MaxChars    int               `json:"maxChars"`
	Format      string            `json:"format"`
}

func callMicrosoftGraph(ctx context.Context, c Call) (Result, error) {
	var args graphArguments
	if err := c.read(&args); err != nil {
		return Result{}, err
	}
	path, skip := cutSkip(args.Path)
	h, err := header(args)
	if err != nil {
		return Result{}, err
	}
	request, err := c.Profile.Endpoints.NewRequest(graph.Params{
		API: graph.API(args.APIType), Version: args.APIVersion, Method: args.Method, Path: path,
		Query: args.QueryParams, Header: h, Body: requestBody(args),
	})
	if err != nil {
		return Result{}, err
	}
	request = withDefaults(request, args)
	response, err := c.Graph.Do(ctx, request)
	if err != nil {
		return Result{}, remedy(ctx, c, request, err)
	}
	result, err := args.present(ctx, c, request, response, skip)
	if err != nil && args.Method != http.MethodGet {
		err = &unreadableError{err}
	}
	return result, err
}

// unreadableError is an answer that cannot be read to a change that was taken.
type unreadableError struct{ err error }

func (e *unreadableError) Error() string { return e.err.Error() }

func (e *unreadableError) Unwrap() error { return e.err }

// Hint says what to do before the change is made again, and then what helps against such answers.
func (e *unreadableError) Hint() string {
	hint := "it may have been carried out, as the answer's status says: look before sending it again"
	if more := hintOf(e.err); more != "" {
		hint += "; " + more
	}
	return hint
}

// present writes an answer for a model.
func (args graphArguments) present(ctx context.Context, c Call, request *graph.Request, response *graph.Response, skip int) (Result, error) {
	if path := request.Readings()[0]; len(path) == 1 && path[0] == "$batch" {
		response = withoutAddresses(response)
	}
	if !isJSON(response) || isContent(request) {
		return otherContent(response, args.MaxChars)
	}
	if args.Format == "raw" && args.MaxItems == 0 && skip == 0 && len(response.Body) <= args.MaxChars {
		return Result{Text: string(response.Body)}, nil
	}
	return newReading(c, args, request).gather(ctx, response, skip)
}

// header returns the caller's headers. A body that is plain text says so: the content of a file, say.
func header(args graphArguments) (http.Header, error) {
	if len(args.Headers) == 0 && requestBody(args) == nil {
		return nil, nil
	}
	h, err := graph.HeaderOf(args.Headers)
	if err != nil {
		return nil, err
	}
	if body := requestBody(args); body != nil && h.Get("Content-Type") == "" && !json.Valid(body) {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	return h, nil
}

// requestBody returns the bytes to send: JSON as it came, text as it is. GET and DELETE have none.
func requestBody(args graphArguments) []byte {
	if args.Method == http.MethodGet || args.Method == http.MethodDelete || len(args.Body) == 0 {
		return nil
	}
	var text string
	if json.Unmarshal(args.Body, &text) == nil {
		return []byte(text)
	}
	return args.Body
}

// withDefaults adds the headers that make an answer fit for a model, where the caller set none.
func withDefaults(r *graph.Request, args graphArguments) *graph.Request {
	if r.API() != graph.Graph || r.Method() != http.MethodGet {
		return r
	}
	prefer := r.Header("Prefer")
	var add []string
	if args.Format != "raw" && !strings.Contains(prefer, "outlook.body-content-type") && isOutlook(r) {
		add = append(add, `outlook.body-content-type="text"`)
	}
	if args.MaxItems > 0 && r.Query("$top") == "" && !strings.Contains(prefer, "odata.maxpagesize") {
		add = append(add, fmt.Sprintf("odata.maxpagesize=%d", min(args.MaxItems, 200)))
	}
	if len(add) > 0 {
		if prefer != "" {
			add = append([]string{prefer}, add...)
		}
		r = r.WithHeader("Prefer", strings.Join(add, ", "))
	}
	if r.Header("ConsistencyLevel") == "" && needsConsistency(r) {
		r = r.WithHeader("ConsistencyLevel", "eventual")
	}
	return r
}

// isOutlook tells whether a path leads to messages or events, whose bodies Graph gives as text on request.
func isOutlook(r *graph.Request) bool {
	for _, segment := range r.Readings()[0] {
		switch segment {
		case "messages", "events", "event", "calendarview", "instances":
			return true
		}
	}
	return false
}

// needsConsistency tells whether a query of directory objects is an advanced one. Without the header Graph
// refuses it, or leaves the count out: https://learn.microsoft.com/graph/aad-advanced-queries
func needsConsistency(r *graph.Request) bool {
	path := r.Readings()[0]
	if len(path) == 0 {
		return false
	}
	switch path[0] {
	case "users", "groups", "applications", "serviceprincipals", "devices", "administrativeunits", "directoryobjects", "contacts", "directoryroles":
	default:
		return false
	}
	if isOutlook(r) {
		return false
	}
	return r.Query("$search") != "" || strings.EqualFold(r.Query("$count"), "true") || path[len(path)-1] == "$count"
}

// isContent tells whether a request asks for the bytes of a file or a value, which stay as they are even where
// they happen to be JSON.
func isContent(r *graph.Request) bool {
	path := r.Readings()[0]
	return len(path) > 1 && (path[len(path)-1] == "content" || path[len(path)-1] == "$value")
}

func isJSON(r *graph.Response) bool {
	if media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); media == "application/json" { // mostly: Graph adds a handful of parameters
		return len(r.Body) > 0
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && len(r.Body) > 0 && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// otherContent answers with what is not JSON: nothing, text, or a word on what it is.
func otherContent(r *graph.Response, maxChars int) (Result, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		media = "unknown type"
	}
	switch {
	case len(r.Body) == 0:
		text := fmt.Sprintf("done: HTTP %d %s, no content", r.Status, http.StatusText(r.Status))
		if location := r.Header.Get("Location"); location != "" && r.Status == http.StatusAccepted {
			text += "; its progress is at " + location
		}
		return Result{Text: text}, nil
	case media == "text/html" && !strings.Contains(r.Header.Get("Content-Disposition"), "attachment") && r.Header.Get("request-id") == "":
		return Result{}, &contentError{problem: "the answer is an HTML page where Microsoft Graph's JSON was expected: " + compact.Clip(strings.Join(strings.Fields(strings.ToValidUTF8(string(r.Body), "�")), " "), 300),
			hint: "something between this server and Microsoft answers in its place, such as a proxy or a sign-in page of the network: check HTTPS_PROXY and the profile's cloud"}
	case !utf8.Valid(r.Body):
		return Result{}, &contentError{problem: fmt.Sprintf("the answer is %d bytes of %s, which this tool cannot show", len(r.Body), media),
			hint: "ask for the item's properties instead of its content"}
	case len(r.Body) > maxChars:
		return Result{Text: fmt.Sprintf("%s\n[cut at maxChars: %d of %d bytes shown]", compact.Clip(string(r.Body), maxChars), maxChars, len(r.Body))}, nil
	}
	return Result{Text: string(r.Body)}, nil
}

type contentError struct{ problem, hint string }

func (e *contentError) Error() string { return e.problem }
func (e *contentError) Hint() string  { return e.hint }
