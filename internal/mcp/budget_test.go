package mcp_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tiktoken-go/tokenizer"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// anyFolders are this machine's folders.
type anyFolders struct{ tools.Folders }

// Every tool costs every conversation its description, and with several profiles the choice among them: tools/list is
// counted as it goes over the wire.
func TestToolsListStaysInItsBudget(t *testing.T) {
	t.Parallel()
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name                             string
		profiles, most                   int
		remote, index, instructed, isApp bool
	}{
		{name: "one", profiles: 1, most: 2_700, index: true},
		{name: "one over HTTP", profiles: 1, most: 2_700, remote: true},
		{name: "one with instructions, an app", profiles: 1, most: 2_800, remote: true, instructed: true, isApp: true},
		{name: "two", profiles: 2, most: 3_000, index: true, instructed: true},
		{name: "two over HTTP", profiles: 2, most: 3_000, remote: true, instructed: true},
		{name: "four", profiles: 4, most: 3_000, index: true, instructed: true},
		{name: "four over HTTP", profiles: 4, most: 3_000, remote: true, instructed: true, isApp: true},
		// All there is. Few have an index of Azure AI Search with each of several profiles.
		{name: "four over HTTP with an index each", profiles: 4, most: 3_250, remote: true, index: true, instructed: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var profiles []*tools.Profile
			for _, name := range []string{"contoso", "fabrikam", "northwind", "adventure-works"}[:tt.profiles] {
				p := testProfile(t, name, nil)
				p.Catalog, p.Remote, p.Mode = catalog.New(), tt.remote, "interactive"
				if tt.index {
					p.Index = &tools.SearchIndex{}
				}
				if tt.isApp {
					p.Mode = "clientCredentials"
				}
				if !tt.remote {
					p.Folders = anyFolders{}
				}
				if tt.instructed {
					p.Instructions = strings.Repeat("Mail of the office in Oslo; calendars are in Norwegian. ", 4)
				}
				profiles = append(profiles, p)
			}
			_, body := modern(1, "tools/list", "", `{}`).do(t, t.Context(), startServer(t, servingAll(profiles...)))
			var listed struct {
				Result struct{ Tools []json.RawMessage }
			}
			if err := json.Unmarshal([]byte(body), &listed); err != nil {
				t.Fatalf("%v in %.300s", err, body)
			}
			total := 0
			for _, tool := range listed.Result.Tools {
				n, err := codec.Count(string(tool))
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%5d tokens: %.60s", n, tool)
				total += n
			}
			if len(listed.Result.Tools) < 8 || total >= tt.most {
				t.Errorf("tools/list takes %d tokens; fewer than %d are to be spent on it", total, tt.most)
			}
			t.Logf("%d tools, %d tokens", len(listed.Result.Tools), total)
		})
	}
}
