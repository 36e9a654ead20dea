package graphsim

import (
	"cmp"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

func searchRoutes() []route {
	return in(files, route{method: "POST", pattern: "search/query", needs: searchAll + " " + readMail + " " + readCal, serve: (*call).searchQuery})
}

func searchRefused(format string, args ...any) error {
	p := &problem{status: http.StatusBadRequest, code: "BadRequest", innerCode: "InvalidRequest"}
	p.message = strings.TrimPrefix(files.refuse400(format, args...).Error(), "invalidRequest: ")
	return p
}

// searchQuery follows https://learn.microsoft.com/graph/api/search-query.
func (c *call) searchQuery() (*answer, error) {
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	requests, _ := body["requests"].([]any)
	if len(requests) != 1 {
		return nil, searchRefused("SearchRequest Invalid (Exactly one request is expected)")
	}
	request, _ := requests[0].(map[string]any)
	if err := c.checkRegion(text(request, "region")); err != nil {
		return nil, err
	}
	types, _ := request["entityTypes"].([]any)
	query, _ := request["query"].(map[string]any)
	sought, err := odata.ParseKeywords(text(query, "queryString"))
	if len(types) == 0 || err != nil {
		return nil, searchRefused("SearchRequest Invalid (entityTypes and a query are required)")
	}
	from, size := wholeNumber(request["from"], 0), wholeNumber(request["size"], 25)
	if from < 0 || size < 1 || size > 500 {
		return nil, searchRefused("SearchRequest Invalid (from has to be 0 or more, size between 1 and 500)")
	}
	hits, err := c.hits(types, sought)
	if err != nil {
		return nil, err
	}
	page := hits[min(from, len(hits)):min(from+size, len(hits))]
	shown := make([]any, len(page))
	for i, h := range page {
		shown[i] = h.show(i + 1 + from)
	}
	terms := []any{}
	for _, t := range sought.Terms() {
		if t.Property == "" {
			terms = append(terms, t.Text)
		}
	}
	container := Entity{"total": int64(len(hits)), "moreResultsAvailable": from+size < len(hits), "hits": shown}
	return &answer{value: Entity{
		"@odata.context": c.context("Collection(microsoft.graph.searchResponse)"),
		"value":          []any{Entity{"searchTerms": terms, "hitsContainers": []any{container}}},
	}}, nil
}

// searchRegions are where the company's data lies.
const searchRegions = "NAM, EUR"

// checkRegion follows https://learn.microsoft.com/graph/search-concept-searchall: apps name a region, people do not.
func (c *call) checkRegion(region string) error {
	switch {
	case c.caller.App && region == "":
		return searchRefused("SearchRequest Invalid (Region is required when request with application permission.)")
	case c.caller.App && !slices.Contains(strings.Split(searchRegions, ", "), region):
		return searchRefused("SearchRequest Invalid (Requested region %s is not found. Only valid regions are %s.)", region, searchRegions)
	case !c.caller.App && region != "":
		return searchRefused("SearchRequest Invalid (Region is not supported when request with delegated permission.)")
	}
	return nil
}

func wholeNumber(v any, usual int) int {
	if n, ok := v.(int64); ok && n < 1<<31 && n > -1<<31 {
		return int(n)
	}
	return usual
}

// hit is something that was found.
type hit struct {
	thing   thing
	summary string
	score   int
}

func (h hit) show(rank int) Entity {
	e := Entity{"@odata.type": "#microsoft.graph." + h.thing.kind.name}
	for _, name := range words("id name displayName description size webUrl createdDateTime lastModifiedDateTime createdBy lastModifiedBy parentReference fileSystemInfo file folder subject bodyPreview from receivedDateTime start end") {
		if v, ok := h.thing.entity[name]; ok && name != "file" && name != "folder" {
			e[name] = v
		}
	}
	return Entity{"hitId": h.thing.entity["id"], "rank": int64(rank), "summary": h.summary, "resource": e}
}

// hits finds things of the given types, those with more of the words in their name first.
func (c *call) hits(types []any, sought *odata.Search) ([]hit, error) {
	var all []hit
	for _, each := range types {
		needs := map[any]string{"message": readMail, "event": readCal}[each]
		if needs == "" {
			needs = searchAll
		}
		if !c.holdsAny(needs) {
			return nil, files.forbidden()
		}
		switch each {
		case "driveItem", "listItem":
			for _, d := range c.g.o.Company.Drives {
				if c.seesDrive(d) {
					all = append(all, c.fileHits(text(d, "id"), sought)...)
				}
			}
		case "site":
			for _, s := range c.g.o.Company.Sites {
				words := text(s, "displayName") + " " + text(s, "description")
				if sought.Matches(func(t odata.Term) bool { return t.Property == "" && odata.HasWords(words, t.Text) }) {
					all = append(all, hit{thing: thing{s, c.g.kinds.site}, summary: text(s, "description")})
				}
			}
		case "list", "drive":
		case "message", "event":
			if !c.caller.App {
				all = append(all, c.mailboxHits(each == "event", sought)...)
				continue
			}
			return nil, searchRefused("SearchRequest Invalid (The entity type '%s' is not supported with application permissions.)", each)
		case "chatMessage":
			return nil, searchRefused("SearchRequest Invalid (The entity type '%s' is not supported with application permissions.)", each)
		default:
			return nil, searchRefused("SearchRequest Invalid (The entity type '%v' is not known.)", each)
		}
	}
	slices.SortStableFunc(all, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	return all, nil
}

// mailboxHits finds messages, or events, of the signed-in person.
func (c *call) mailboxHits(events bool, sought *odata.Search) []hit {
	list, k := c.g.o.Company.Messages[c.caller.UserID], c.g.kinds.message
	if events {
		list, k = c.g.o.Company.Events[c.caller.UserID], c.g.kinds.event
	}
	var all []hit
	for _, e := range list {
		t := thing{e, k}
		matches := func(term odata.Term) bool {
			return !events && searchMessage(t, term) || events && term.Property == "" && odata.HasWords(text(e, "subject")+" "+text(e, "bodyPreview"), term.Text)
		}
		if e["type"] != "occurrence" && sought.Matches(matches) {
			all = append(all, hit{thing: t, summary: text(e, "bodyPreview")})
		}
	}
	return all
}

// seesDrive tells whether a drive's files are found: a person finds those of the libraries and the own OneDrive.
func (c *call) seesDrive(drive Entity) bool {
	return c.caller.App || text(drive, "driveType") != "business" || c.g.o.Company.DriveOf[c.caller.UserID] == text(drive, "id")
}

func (c *call) fileHits(drive string, sought *odata.Search) []hit {
	var all []hit
	for _, item := range c.g.o.Company.Items[drive] {
		if item.Content == nil {
			continue
		}
		if content := documentText(item); sought.Matches(func(t odata.Term) bool { return fileHas(item, content, t) }) {
			h := hit{thing: thing{item.Entity, c.g.kinds.item}, summary: summarize(content, sought)}
			for _, t := range sought.Terms() {
				if odata.HasWords(text(item.Entity, "name"), t.Text) {
					h.score++
				}
			}
			all = append(all, h)
		}
	}
	return all
}

// fileHas tells whether a file has a term (https://learn.microsoft.com/graph/search-concept-files).
func fileHas(item *company.Item, content string, t odata.Term) bool {
	e := item.Entity
	if t.Text == "*" {
		return true
	}
	switch strings.ToLower(t.Property) {
	case "":
		return odata.HasWords(text(e, "name")+" "+content, strings.TrimSuffix(t.Text, "*"))
	case "filetype", "fileextension":
		return strings.EqualFold(strings.TrimPrefix(filepath.Ext(text(e, "name")), "."), t.Text)
	case "filename", "title":
		return odata.HasWords(text(e, "name"), strings.TrimSuffix(t.Text, "*"))
	case "path", "site":
		return hasPrefix(strings.ReplaceAll(text(e, "webUrl"), "%20", " "), strings.ReplaceAll(strings.TrimSuffix(t.Text, "*"), "%20", " "))
	case "siteid", "driveid":
		parent, _ := e["parentReference"].(map[string]any)
		return strings.Contains(text(parent, "siteId"), t.Text) || text(parent, "driveId") == t.Text
	case "author":
		by, _ := e["createdBy"].(map[string]any)
		user, _ := by["user"].(map[string]any)
		return odata.HasWords(text(user, "displayName"), t.Text)
	case "isdocument":
		return t.Text == "1" || strings.EqualFold(t.Text, "true")
	case "lastmodifiedtime", "lastmodifieddatetime":
		return searchDate(text(e, "lastModifiedDateTime"), t.Text)
	}
	return false
}

// summarize cuts a piece out of a text around the first word that was found, and marks it as Graph does.
func summarize(content string, sought *odata.Search) string {
	lower := strings.ToLower(content)
	for _, t := range sought.Terms() {
		word := strings.ToLower(strings.TrimSuffix(t.Text, "*"))
		at := strings.Index(lower, word)
		if t.Property != "" || word == "" || at < 0 || len(lower) != len(content) {
			continue
		}
		from, to := max(0, at-80), min(len(content), at+len(word)+80)
		piece := content[from:at] + "<c0>" + content[at:at+len(word)] + "</c0>" + content[at+len(word):to]
		return strings.ToValidUTF8(strings.Join(strings.Fields(piece), " "), "") + "<ddd/>"
	}
	return strings.ToValidUTF8(strings.Join(strings.Fields(content[:min(160, len(content))]), " "), "")
}
