package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

type searchAnswer struct {
	Results []struct {
		Name, DriveItemID, DriveID, SiteID, WebURL, LastModified, Summary, MIMEType string
		Size                                                                        int64
	}
	TotalCount int
	More       int
	Note       string
}

func (o *office) search(arguments map[string]any) searchAnswer {
	o.t.Helper()
	text, err := o.call("sharepoint_search", arguments)
	if err != nil {
		o.t.Fatalf("%v: %v (%s)", arguments, err, hintOf(err))
	}
	var a searchAnswer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		o.t.Fatalf("%s: %v", text, err)
	}
	return a
}

// The ancestor's parameters and result fields, against the embedded tenant.
func TestSharePointSearch(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	found := o.search(map[string]any{"query": "calibration", "fileTypes": []string{".DOCX", "xlsx"}, "top": 3})
	if len(found.Results) != 3 || found.TotalCount <= 3 || found.More != 3 {
		t.Fatalf("got %d of %d, more %d", len(found.Results), found.TotalCount, found.More)
	}
	for _, r := range found.Results {
		if !strings.HasSuffix(r.Name, ".docx") && !strings.HasSuffix(r.Name, ".xlsx") {
			t.Errorf("got %s", r.Name)
		}
		if r.DriveItemID == "" || r.DriveID == "" || r.SiteID == "" || !strings.HasPrefix(r.WebURL, "https://") || r.LastModified == "" || r.Size == 0 {
			t.Errorf("a result has gaps: %+v", r)
		}
	}
	words := o.search(map[string]any{"query": "calibration", "fileTypes": "docx"})
	if s := words.Results[0].Summary; !strings.Contains(strings.ToLower(s), "**calibration**") || strings.ContainsAny(s, "<>") {
		t.Errorf("got the summary %q", s)
	}
	seen := map[string]bool{}
	for from, more := 0, true; more; {
		page := o.search(map[string]any{"query": "calibration", "fileTypes": "docx, xlsx", "top": 3, "from": from})
		for _, r := range page.Results {
			if seen[r.DriveID+r.DriveItemID] {
				t.Errorf("%s was shown twice", r.WebURL)
			}
			seen[r.DriveID+r.DriveItemID] = true
		}
		from, more = page.More, page.More > 0
	}
	if len(seen) != found.TotalCount {
		t.Errorf("paging showed %d of %d", len(seen), found.TotalCount)
	}
	if text, err := o.call("read_document", map[string]any{"path": "/drives/" + found.Results[0].DriveID + "/items/" + found.Results[0].DriveItemID}); err != nil || !strings.Contains(strings.ToLower(text), "calibration") {
		t.Errorf("reading the first result: %v, %.80s", err, text)
	}
	if none := o.search(map[string]any{"query": "xylophone"}); none.Results == nil || len(none.Results) != 0 || none.TotalCount != 0 {
		t.Errorf("got %+v", none)
	}
	own := o.search(map[string]any{"query": `author:"Katarzyna Zielińska" AND filename:security OR title:nothing`})
	for _, r := range own.Results {
		if !strings.Contains(r.Name, "ecurity") {
			t.Errorf("KQL found %s", r.Name)
		}
	}
	if len(own.Results) == 0 {
		t.Error("the model's own KQL finds nothing")
	}
}

func TestSharePointSearchInOneSite(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	quality := "https://" + company.SharePointHost + "/sites/quality"
	tenders := "https://" + company.SharePointHost + "/sites/tenders"
	site, err := o.client.Do(t.Context(), must(o.profile.Endpoints.NewRequest(graph.Params{Path: "/sites/" + company.SharePointHost + ":/sites/quality"})))
	if err != nil {
		t.Fatal(err)
	}
	var known struct{ ID string }
	if err := json.Unmarshal(site.Body, &known); err != nil {
		t.Fatal(err)
	}
	inSite := func(a searchAnswer) {
		t.Helper()
		if len(a.Results) == 0 {
			t.Error("nothing is found in the site")
		}
		for _, r := range a.Results {
			if !strings.HasPrefix(r.WebURL, quality+"/") {
				t.Errorf("found %s", r.WebURL)
			}
		}
	}
	const escape = `calibration) OR (path:"https://` // and into other sites
	for _, query := range []string{"calibration", "calibration OR petrel", escape, escape + `merisand.sharepoint.com/sites/tenders`, `"calibration`, `calibration OR *`, `calibration OR NOT x`} {
		inSite(o.search(map[string]any{"query": query, "siteId": known.ID, "top": 50}))
		inSite(o.search(map[string]any{"query": query, "siteId": quality, "top": 50}))
	}
	if n := o.Count(sandbox.Graph, "/sites/"); n != 3 {
		t.Errorf("the site was looked up %d times, want once by its ID, once by its address, and the test's own", n)
	}
	for _, pin := range []tools.SharePoint{{SiteURL: quality, Region: "NAM"}, {SiteID: known.ID, Region: "NAM"}} {
		o.profile.SharePoint = pin
		inSite(o.search(map[string]any{"query": "*", "top": 50}))
		inSite(o.search(map[string]any{"query": "*", "siteId": known.ID, "top": 50}))
		inSite(o.search(map[string]any{"query": "*", "siteId": quality + "/", "top": 50}))
		_, err := o.call("sharepoint_search", map[string]any{"query": "*", "siteId": tenders})
		if err == nil || !strings.Contains(err.Error(), "another site than the one this profile searches: "+quality) || !strings.Contains(hintOf(err), "leave siteId out") {
			t.Errorf("another site: got %v", err)
		}
	}
	o.profile.SharePoint = tools.SharePoint{SiteURL: "https://" + company.SharePointHost, Region: "NAM"}
	for _, r := range o.search(map[string]any{"query": "*", "top": 50}).Results {
		if strings.Contains(r.WebURL, "/sites/") {
			t.Errorf("the root site found %s", r.WebURL)
		}
	}
	if _, err := o.call("sharepoint_search", map[string]any{"query": "*", "siteId": quality}); err == nil {
		t.Error("a profile bound to the root site searched another")
	}
	o.profile.SharePoint = tools.SharePoint{Region: "NAM"}
	for _, id := range []string{"nosuch.sharepoint.com,1,2", "https://" + company.SharePointHost + "/sites/nosuch", `x" OR "`, "a/b", "../me", "x?y", "https://evil@host/x", "me/drive"} {
		if _, err := o.call("sharepoint_search", map[string]any{"query": "*", "siteId": id}); err == nil {
			t.Errorf("siteId %q was taken", id)
		}
	}
	_, err = o.call("sharepoint_search", map[string]any{"query": "*", "siteId": "quality"})
	if err == nil || !strings.Contains(hintOf(err), "HOST,SITE-GUID") || !strings.Contains(err.Error(), "siteId") {
		t.Errorf("a name: got %v (%s)", err, hintOf(err))
	}
}

func TestSharePointSearchNamesItsPermission(t *testing.T) {
	t.Parallel()
	p := &tools.Profile{Endpoints: production(t), Mode: "interactive", Catalog: tools.Known(), Status: func(context.Context) (tools.Status, error) {
		return tools.Status{Permissions: []string{"Mail.Read"}}, nil
	}}
	refuse := service(func(r *graph.Request) (*graph.Response, error) {
		return nil, &graph.Error{Status: 403, Code: "Forbidden", Message: "Access is denied.", Method: r.Method(), Path: r.Path()}
	})
	call := func(arguments map[string]any) string {
		_, err := callTool(t, named(t, tools.All(), "sharepoint_search"), arguments, tools.Call{Profile: p, Graph: refuse})
		return hintOf(err)
	}
	if hint := call(map[string]any{"query": "plan"}); !strings.Contains(hint, "needs the permission Files.Read.All or Sites.Read.All") {
		t.Errorf("searching: %s", hint)
	}
	if hint := call(map[string]any{"query": "plan", "siteId": "contoso.sharepoint.com,1,2"}); !strings.Contains(hint, "needs the permission Sites.Read.All,") {
		t.Errorf("looking the site up: %s", hint)
	}
	p.Status = func(context.Context) (tools.Status, error) {
		return tools.Status{Permissions: []string{"Sites.ReadWrite.All"}}, nil
	}
	if hint := call(map[string]any{"query": "plan"}); !strings.Contains(hint, "has what this call needs") {
		t.Errorf("with more than it needs: %s", hint)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestSharePointSearchRegion(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.profile.SharePoint.Region = "APC"
	_, err := o.call("sharepoint_search", map[string]any{"query": "*"})
	if err == nil || !strings.Contains(err.Error(), "NAM, EUR") || !strings.Contains(hintOf(err), "search_region") {
		t.Errorf("got %v, hint %q", err, hintOf(err))
	}
}

// sentKQL returns what the tool asks Graph for.
func sentKQL(t testing.TB, p tools.Profile, arguments map[string]any) (request map[string]any, err error) {
	t.Helper()
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "")
	if err != nil {
		t.Fatal(err)
	}
	p.Endpoints, p.Name = e, "contoso"
	s := service(func(r *graph.Request) (*graph.Response, error) {
		if r.Path() != "/search/query" {
			return replyJSON(`{"webUrl":"https://contoso.sharepoint.com/sites/x"}`)
		}
		var body struct{ Requests []map[string]any }
		if err := json.Unmarshal(r.Body(), &body); err != nil || len(body.Requests) != 1 {
			t.Errorf("got the body %s", r.Body())
		} else {
			request = body.Requests[0]
		}
		return replyJSON(`{"value":[{"hitsContainers":[{"total":0,"moreResultsAvailable":false}]}]}`)
	})
	_, err = callTool(t, named(t, tools.All(), "sharepoint_search"), arguments, tools.Call{Profile: &p, Graph: s})
	return request, err
}

func TestSharePointSearchRequests(t *testing.T) {
	t.Parallel()
	const site = ` AND site:"https://contoso.sharepoint.com/sites/x"`
	pinned := tools.Profile{SharePoint: tools.SharePoint{SiteURL: "https://contoso.sharepoint.com/sites/x"}}
	for _, tt := range []struct {
		name, query string
		types       []string
		want        string
	}{
		{"words", "budget plan", nil, `(budget plan)` + site},
		{"file types", "budget", []string{"docx", ".PDF", "pdf"}, `(budget) AND (filetype:docx OR filetype:pdf)` + site},
		{"OR stays inside", "a OR b", nil, `(a OR b)` + site},
		{"a model's KQL", `author:"Ada Lovelace" AND (title:plan OR NOT draft*) lastModifiedTime>=2026-01-01`, nil, `(author:"Ada Lovelace" AND (title:plan OR NOT draft*) lastModifiedTime>=2026-01-01)` + site},
		{"operators with numbers", `a NEAR(n=3) b XRANK(cb=100) c`, nil, `(a NEAR(n=3) b XRANK(cb=100) c)` + site},
		{"out of the brackets", `x) OR (path:"https://evil`, nil, `(x OR path: https://evil)` + site},
		{"a quote left open", `"a" "b`, nil, `("a" b)` + site},
		{"an escaped quote", `"a\" OR b`, nil, `("a" OR b)` + site},
		{"inches", `5" pipe`, nil, `(5 pipe)` + site},
		{"curly quotes", `“exact phrase”`, nil, `("exact phrase")` + site},
		{"brackets in a phrase", `"plan (2)"`, nil, `("plan (2)")` + site},
		{"an operator at the end", `a AND (b OR) NOT`, nil, `(a AND (b))` + site},
		{"operators alone in brackets", `(AND OR) a`, nil, `(a)` + site},
		{"NEAR at the end", `a NEAR(n=2)`, nil, `(a)` + site},
		{"a backslash at the end", `a\`, nil, `(a)` + site},
		{"a domain's user", `author:CONTOSO\ada`, nil, `(author:CONTOSO\ada)` + site},
		{"line breaks", "a\r\nb\x00c\u200bd", nil, `(a b c d)` + site},
		{"a word in pieces", `x NO""T`, nil, `(x NO T)` + site},
		{"another", `x A()ND`, nil, `(x A ND)` + site},
		{"phrases side by side", `"a""b"`, nil, `("a" "b")` + site},
		{"empty brackets", "a (()) b", nil, `(a b)` + site},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := sentKQL(t, pinned, map[string]any{"query": tt.query, "fileTypes": tt.types})
			if err != nil {
				t.Fatal(err)
			}
			if kql := got["query"].(map[string]any)["queryString"]; kql != tt.want {
				t.Errorf("got  %s\nwant %s", kql, tt.want)
			}
		})
	}
	app := tools.Profile{Mode: "clientCredentials", SharePoint: tools.SharePoint{Region: "NAM"}}
	person := tools.Profile{Mode: "interactive", SharePoint: tools.SharePoint{Region: "NAM"}}
	got, err := sentKQL(t, app, map[string]any{"query": "a", "from": 20, "top": 50})
	want := map[string]any{"entityTypes": []any{"driveItem"}, "query": map[string]any{"queryString": "a"}, "from": 20.0, "size": 50.0, "region": "NAM"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("an app: %v\n%s", err, diff)
	}
	if got, err := sentKQL(t, person, map[string]any{"query": "a"}); err != nil || got["region"] != nil || got["size"] != 10.0 {
		t.Errorf("a person: got %v, %v", got, err)
	}
}

func TestSharePointSearchRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		arguments map[string]any
		want      string
	}{
		{map[string]any{}, `"query": is required`},
		{map[string]any{"query": ` () "" AND `}, "nothing to search for"},
		{map[string]any{"query": ""}, "nothing to search for"},
		{map[string]any{"query": strings.Repeat("a", 3001)}, "at most 3000"},
		{map[string]any{"query": "a", "fileTypes": []string{"docx) OR (filename:x"}}, "at most 11"},
		{map[string]any{"query": "a", "fileTypes": []string{"a OR b"}}, "no file type"},
		{map[string]any{"query": "a", "fileTypes": []string{""}}, "no file type"},
		{map[string]any{"query": "a", "top": 51}, "1 to 50"},
		{map[string]any{"query": "a", "from": -1}, "0 to 9999"},
	} {
		_, err := sentKQL(t, tools.Profile{}, tt.arguments)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: got %v, want %s", tt.arguments, err, tt.want)
		}
	}
}

// What a search brings of sites whose address merely begins like the profile's is left out, and what came of the
// query is said.
func TestSharePointSearchLeavesOtherSitesOut(t *testing.T) {
	t.Parallel()
	hit := func(webURL string) string {
		return fmt.Sprintf(`{"summary":"a &amp; b <c0>x</c0><c0>y</c0> <b>z</b><ddd/>end","resource":{"name":"n","webUrl":%q}}`, webURL)
	}
	s := service(func(*graph.Request) (*graph.Response, error) {
		return replyJSON(`{"value":[{"hitsContainers":[{"total":3,"moreResultsAvailable":true,"hits":[` + strings.Join([]string{
			hit("https://contoso.sharepoint.com/sites/Sales%20EU/Docs/a.docx"), hit("https://contoso.sharepoint.com/sites/sales eu-archive/b.docx"),
			hit("https://contoso.sharepoint.com/sites/sales eu/../hr/c.docx"), hit(""), hit("http://contoso.sharepoint.com/sites/sales eu/d.docx")}, ",") + `]}]}]}`)
	})
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "")
	if err != nil {
		t.Fatal(err)
	}
	p := &tools.Profile{Endpoints: e, SharePoint: tools.SharePoint{SiteURL: "https://contoso.sharepoint.com/sites/sales%20eu"}}
	got, err := callTool(t, named(t, tools.All(), "sharepoint_search"), map[string]any{"query": "(x"}, tools.Call{Profile: p, Graph: s})
	want := `{"results":[{"name":"n","webUrl":"https://contoso.sharepoint.com/sites/Sales%20EU/Docs/a.docx","summary":"a & b **xy** z … end"}],"totalCount":3,"more":5,` +
		`"note":"the query's quotes, brackets or operators did not fit together; this was searched for: x; 4 hits of other sites are left out"}`
	if err != nil || got != want {
		t.Errorf("got  %s (%v)\nwant %s", got, err, want)
	}
}

// Whatever the query, nothing outside of the site fulfils what is asked for, as the embedded tenant reads it.
func FuzzSharePointSearch(f *testing.F) {
	for _, s := range []string{`a`, `a) OR (b`, `"a" OR "`, `\"a\\" ) OR ( x`, `NOT (a OR`, `a NEAR(n=2) b)`, `site:"x" OR *`, `(((`, `a OR NOT`, `“x`, `a" AND "b) OR (c`} {
		f.Add(s, uint64(1))
	}
	const site = "https://contoso.sharepoint.com/sites/x"
	pinned := tools.Profile{SharePoint: tools.SharePoint{SiteURL: site}}
	f.Fuzz(func(t *testing.T, query string, seed uint64) {
		request, err := sentKQL(t, pinned, map[string]any{"query": query, "fileTypes": []string{"docx"}})
		if err != nil {
			return
		}
		kql := request["query"].(map[string]any)["queryString"].(string)
		search, err := odata.ParseKeywords(kql)
		if err != nil {
			return // the service refuses it
		}
		elsewhere := func(term odata.Term) bool {
			if strings.EqualFold(term.Property, "site") && term.Text == site {
				return false
			}
			h := fnv.New64a()
			fmt.Fprint(h, seed, term)
			return h.Sum64()%2 == 0
		}
		if search.Matches(elsewhere) {
			t.Fatalf("%q\nasks for %s\nwhich other sites fulfil", query, kql)
		}
	})
}

func TestSharePointSearchIsListedWhereItMaySearch(t *testing.T) {
	t.Parallel()
	usable := named(t, tools.All(), "sharepoint_search").Usable
	if usable(&tools.Profile{Could: func(method, _ string) bool { return method != http.MethodPost }}) || !usable(&tools.Profile{}) {
		t.Error("the list of tools does not go by the policy")
	}
}
