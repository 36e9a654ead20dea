package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// The Inspector makes a batch of more requests than Graph takes at once, one of which is throttled at first.
func TestInspectorBatch(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	t.Cleanup(func() {
		if n := tenant.Count(sandbox.Graph, "/$batch"); n != 4*3 {
			t.Errorf("%d batches were sent, want three for each way: of 20 and 5, and one of the throttled alone", n)
		}
	})
	eachWayTo(t, tenant, sandboxtest.Profile(t, tenant, "e2e"), func(t *testing.T, tenant *sandbox.Tenant, g target) {
		marker := "m" + strings.ReplaceAll(t.Name(), "/", "-")
		tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 1, Status: http.StatusTooManyRequests,
			Header: http.Header{"Retry-After": {"1"}}, Body: `{"error":{"code":"TooManyRequests","message":"slow down"}}`,
			Match: func(r *http.Request) bool {
				return r.URL.Query().Get("$top") == "7" && strings.Contains(r.Header.Get("Prefer"), marker)
			}})
		var requests []map[string]any
		for i := range 25 {
			request := map[string]any{"id": fmt.Sprint(i), "method": "GET", "url": "/users?$select=id&$top=1"}
			if i == 7 {
				request["url"], request["headers"] = "/users?$select=id&$top=7", map[string]any{"Prefer": marker}
			}
			requests = append(requests, request)
		}
		got := batch(t, openSession(t, g), requests)
		for i, r := range got.Responses {
			want := 1
			if i == 7 {
				want = 7
			}
			if r.ID != fmt.Sprint(i) || r.Status != http.StatusOK || len(r.Body.Value) != want {
				t.Errorf("item %d: id %s, status %d, %d users, want %d", i, r.ID, r.Status, len(r.Body.Value), want)
			}
		}
	})
}

type batchResult struct {
	Responses []struct {
		ID     string
		Status int
		Body   struct{ Value []map[string]any }
	}
}

func batch(t *testing.T, s *session, requests []map[string]any) (got batchResult) {
	t.Helper()
	text := s.done(t, "microsoft_graph_batch", map[string]any{"requests": requests}).text()
	if err := json.Unmarshal([]byte(text), &got); err != nil || len(got.Responses) != len(requests) {
		t.Fatalf("%d answers, %v:\n%s", len(got.Responses), err, text)
	}
	return got
}

// The Inspector finds documents and has them read.
func TestInspectorDocuments(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	eachWay(t, func(t *testing.T, _ *sandbox.Tenant, g target) {
		s := openSession(t, g)
		for name, want := range map[string][]string{
			"Halcyon specification.docx": {"# Halcyon acoustic current profiler", "- The standard deviation", "|Modem|acoustic, 24 kHz|800 bit/s|"},
			"Company overview.pptx":      {"Slide 2: What we promise", "- Ten years of spare parts", "The third point wins tenders"},
			"Price list 2026.xlsx":       {"Spare parts", "|Article|Name|Price EUR|Valid from|", "|6950.5|2026-01-01|"},
			"Halcyon pressure test.pdf":  {"Pressure test of the Halcyon housing", "1.97 ± 0.02 mm", "- Seal: O-ring 118 x 3 mm"},
		} {
			title, kind, _ := strings.Cut(name, ".")
			var found struct {
				Results []struct{ Name, DriveID, DriveItemID string }
			}
			text := s.done(t, "sharepoint_search", map[string]any{"query": `"` + title + `"`, "fileTypes": []string{kind}}).text()
			if err := json.Unmarshal([]byte(text), &found); err != nil || len(found.Results) == 0 {
				t.Fatalf("%s: %v: %s", name, err, text)
			}
			item := found.Results[0]
			text = s.done(t, "read_document", map[string]any{"path": "/drives/" + item.DriveID + "/items/" + item.DriveItemID + "/content"}).text()
			for _, want := range append(want, "File: "+item.Name) {
				if !strings.Contains(text, want) {
					t.Errorf("%s lacks %q:\n%s", name, want, text)
				}
			}
		}
	})
}
