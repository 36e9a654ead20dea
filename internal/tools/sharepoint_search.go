package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// SharePoint narrows a profile's search for documents.
type SharePoint struct {
	SiteID  string // a site's composite ID or GUID; "" for none
	SiteURL string // https; "" where SiteID has to be looked up, or where there is none
	Region  string // of the tenant, in which apps search; people do without
}

const (
	searchPath    = "/search/query"
	maxSearchText = 3_000 // bytes; KQL itself stops at 4,096 characters
	maxSummary    = 400   // bytes of a result's summary
	maxFrom       = 9_999
)

func sharePointSearch() Tool {
	sites := &siteAddresses{}
	return Tool{
		Name:  "sharepoint_search",
		Title: "Search documents",
		Description: `Find documents in SharePoint and OneDrive by their content and properties. ` +
			`query takes words, "exact phrases" and KQL: author:"Ada Lovelace" AND title:plan, filename:budget*, lastModifiedTime>=2026-01-01, NOT draft. ` +
			`Read a result with read_document, path /drives/{driveId}/items/{driveItemId}.`,
		Parameters: []Parameter{
			{Name: "query", Kind: String, Required: true, MaxLength: maxSearchText},
			{Name: "siteId", Kind: String, MaxLength: 500, Description: "Search this site alone: its ID or its https address"},
			{Name: "fileTypes", Kind: List, Max: 20, MaxLength: 11, Description: `Such as ["docx", "pdf"]`},
			{Name: "top", Kind: Integer, Min: 1, Max: 50, Default: 10},
			{Name: "from", Kind: Integer, Min: 0, Max: maxFrom, Description: `Go on from here: "more" of the answer before`},
		},
		Effect: Effect{ReadOnly: true, Idempotent: true, OpenWorld: true},
		Usable: func(p *Profile) bool { return p.could(http.MethodPost, searchPath) },
		Call: func(ctx context.Context, c Call) (Result, error) {
			result, err := searchDocuments(ctx, c, sites)
			if err != nil {
				return Result{}, explainSearch(ctx, c.Profile, err)
			}
			return result, nil
		},
	}
}

type searchArguments struct {
	Query     string   `json:"query"`
	SiteID    string   `json:"siteId"`
	FileTypes []string `json:"fileTypes"`
	Top       int      `json:"top"`
	From      int      `json:"from"`
}

func searchDocuments(ctx context.Context, c Call, sites *siteAddresses) (Result, error) {
	var args searchArguments
	if err := c.read(&args); err != nil {
		return Result{}, err
	}
	query, repaired, err := tidyQuery(args.Query)
	if err != nil {
		return Result{}, err
	}
	types, err := fileTypeClause(args.FileTypes)
	if err != nil {
		return Result{}, err
	}
	site, err := sites.narrow(ctx, c, strings.TrimSpace(args.SiteID))
	if err != nil {
		return Result{}, err
	}
	kql := joinClauses(query, types, siteClause(site))
	request, err := searchRequest(c.Profile, kql, args)
	if err != nil {
		return Result{}, err
	}
	response, err := c.Graph.Do(ctx, request)
	if err != nil {
		return Result{}, explainRegion(err)
	}
	found, err := readFound(response.Body)
	if err != nil {
		return Result{}, err
	}
	note := ""
	if repaired {
		note = "the query's quotes, brackets or operators did not fit together; this was searched for: " + query
	}
	return Result{Text: string(found.write(site, args.From, note))}, nil
}

// searchRequest makes the request: https://learn.microsoft.com/graph/api/search-query
func searchRequest(p *Profile, kql string, args searchArguments) (*graph.Request, error) {
	if len(kql) > 4_000 {
		return nil, &ArgumentError{Parameter: "query", Problem: "is too long together with what narrows it", Remedy: "search for fewer words, or fewer file types"}
	}
	search := orderedObject{{"entityTypes", []string{"driveItem"}}, {"query", orderedObject{{"queryString", kql}}}, {"from", args.From}, {"size", args.Top}}
	// Apps have to name the region that they search in, and people must not.
	if p.Mode == "clientCredentials" && p.SharePoint.Region != "" {
		search = append(search, member{"region", p.SharePoint.Region})
	}
	body := orderedObject{{"requests", []orderedObject{search}}}
	return p.Endpoints.NewRequest(graph.Params{Method: http.MethodPost, Path: searchPath, Body: body.encode()})
}

// explainSearch names the permission that a search for documents needs. The permission of other searches is another,
// so that it cannot be told from the path.
func explainSearch(ctx context.Context, p *Profile, err error) error {
	var refusal *graph.Error
	if errors.As(err, &refusal) && refusal.Path == searchPath {
		return explainNeed(ctx, p, err, "Files.Read.All or Sites.Read.All")
	}
	return explain(ctx, p, err)
}

// explainRegion adds where the region of a search is set.
func explainRegion(err error) error {
	var refusal *graph.Error
	if errors.As(err, &refusal) && refusal.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(refusal.Message), "region") {
		return &contentError{problem: err.Error(), hint: "the tenant lies in another region: tell the person to set search_region in the profile (or GRAPH_SEARCH_REGION) to one that the message names, such as NAM, EUR or APC"}
	}
	return err
}

// foundDocuments is what a search found, as Graph writes it.
type foundDocuments struct {
	Total int64      `json:"total"`
	More  bool       `json:"moreResultsAvailable"`
	Hits  []foundHit `json:"hits"`
}

type foundHit struct {
	Summary  string `json:"summary"`
	Resource struct {
		ID           string `json:"id"`
		Name         string `json:"name"`
		WebURL       string `json:"webUrl"`
		Size         *int64 `json:"size"`
		LastModified string `json:"lastModifiedDateTime"`
		Parent       struct {
			DriveID string `json:"driveId"`
			SiteID  string `json:"siteId"`
		} `json:"parentReference"`
		File struct {
			MIMEType string `json:"mimeType"`
		} `json:"file"`
	} `json:"resource"`
}

func readFound(body []byte) (*foundDocuments, error) {
	var answer struct {
		Value []struct {
			Containers []foundDocuments `json:"hitsContainers"`
		} `json:"value"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("POST %s: %w", searchPath, compact.ErrJSON)
	}
	all := &foundDocuments{}
	for _, response := range answer.Value {
		for _, container := range response.Containers {
			all.Hits = append(all.Hits, container.Hits...)
			all.Total += container.Total
			all.More = all.More || container.More
		}
	}
	return all, nil
}

// write writes the answer. Hits beyond the site are left out: that the service takes an address for the beginning of
// others (sites/sales for sites/sales-archive) must not show what lies there.
func (f *foundDocuments) write(site string, from int, note string) json.RawMessage {
	results := []orderedObject{}
	left := 0
	for _, hit := range f.Hits {
		if site != "" && !within(hit.Resource.WebURL, site) {
			left++
			continue
		}
		results = append(results, hit.show())
	}
	out := orderedObject{{"results", results}, {"totalCount", f.Total}}
	if f.More && len(f.Hits) > 0 && from+len(f.Hits) <= maxFrom {
		out = append(out, member{"more", from + len(f.Hits)})
	}
	if left > 0 {
		note = strings.TrimPrefix(note+fmt.Sprintf("; %d hits of other sites are left out", left), "; ")
	}
	if note != "" {
		out = append(out, member{"note", note})
	}
	return out.encode()
}

func (h foundHit) show() orderedObject {
	r := h.Resource
	out := orderedObject{}
	for _, m := range []struct{ name, value string }{
		{"name", r.Name}, {"driveItemId", r.ID}, {"driveId", r.Parent.DriveID}, {"siteId", r.Parent.SiteID}, {"webUrl", r.WebURL}, {"lastModified", r.LastModified},
	} {
		if m.value != "" {
			out = append(out, member{m.name, m.value})
		}
	}
	if r.Size != nil {
		out = append(out, member{"size", *r.Size})
	}
	if r.File.MIMEType != "" {
		out = append(out, member{"mimeType", r.File.MIMEType})
	}
	if summary := plainSummary(h.Summary); summary != "" {
		out = append(out, member{"summary", summary})
	}
	return out
}

var (
	highlightMark = regexp.MustCompile(`(?i)\s*<ddd\s*/?>\s*|</?c\d+>`)
	markupTag     = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)
)

// plainSummary takes Graph's marks out of a summary: <c0>word</c0> becomes **word**, <ddd/> an ellipsis.
func plainSummary(s string) string {
	s = highlightMark.ReplaceAllStringFunc(s, func(mark string) string {
		if strings.Contains(strings.ToLower(mark), "ddd") {
			return " … "
		}
		return "**"
	})
	s = strings.ReplaceAll(markupTag.ReplaceAllString(s, " "), "****", "")
	s = strings.Join(strings.Fields(html.UnescapeString(s)), " ")
	if len(s) > maxSummary {
		s = compact.Clip(s, maxSummary) + "…"
	}
	return s
}
