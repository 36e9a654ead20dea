package tools_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// The address that an item redirects to opens a file without a token: a batch that goes through microsoft_graph
// does not show it either.
func TestABatchSentByHandShowsNoAddress(t *testing.T) {
	t.Parallel()
	const redirect = `{"id":"1","status":302,"headers":{"LOCATION":"https://contoso.sharepoint.com/d?tempauth=SECRET","Cache-Control":"private"},"body":"PGEgaHJlZj0iU0VDUkVUIj4="}`
	const other = `{"id":"2","status":202,"headers":{"Location":"https://graph.microsoft.com/v1.0/operations/1"},"body":{"n":12345678901234567890,"text":"<b>"}}`
	for _, path := range []string{"/$batch", "/beta/%24BATCH/"} {
		for _, format := range []string{"compact", "raw"} {
			ask := func(answer string) string {
				got, err := callGraph(t, func(*graph.Request) (*graph.Response, error) { return replyJSON(answer) },
					map[string]any{"path": path, "method": "POST", "body": map[string]any{"requests": []any{}}, "format": format})
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			got := ask(`{"responses":[` + redirect + `,` + other + `]}`)
			if strings.Contains(got, "SECRET") || strings.Contains(got, "PGEgaHJlZj0i") || !strings.Contains(got, "/operations/1") ||
				!strings.Contains(got, `"n":12345678901234567890,"text":"<b>"`) || !strings.Contains(got, "private") {
				t.Errorf("%s, %s: got %s", path, format, got)
			}
			if want := `{"responses":[` + other + `]}`; format == "raw" {
				if diff := cmp.Diff(want, ask(want)); diff != "" {
					t.Errorf("without a redirect: %s", diff)
				}
			}
		}
	}
}

func TestAnAnswerThatHadNoRoomSaysThatItWasDone(t *testing.T) {
	t.Parallel()
	if got := tools.PlaceOf(graph.BatchResponse{Response: &graph.Response{Status: 201}, LeftOut: true}); !strings.Contains(got, "it was carried out") || !strings.Contains(got, "do not repeat it") {
		t.Errorf("got %s", got)
	}
}
