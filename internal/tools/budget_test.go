package tools_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tiktoken-go/tokenizer"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// tokens counts as a model of the o200k family does.
func tokens(t testing.TB, texts ...string) int {
	t.Helper()
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	n, err := codec.Count(strings.Join(texts, ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The five reads made most, without $select, take at most half of the tokens of the best of the peers, each.
func TestReadsStayInTheirBudgets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path string
		body       func(asText bool) string
		most       int
	}{
		{"me", "/me", func(bool) string { return recordedMe() }, 120},
		{"ten messages", "/me/messages", func(asText bool) string { return recordedMessages(10, asText) }, 9_700},
		{"25 users", "/users", func(bool) string { return recordedUsers(25) }, 1_885},
		{"20 events", "/me/events", func(asText bool) string { return recordedEvents(20, asText) }, 16_400},
		{"ten drive items", "/me/drive/root/children", func(bool) string { return recordedDriveItems(10) }, 3_335},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sent := 0
			text, err := callGraph(t, func(r *graph.Request) (*graph.Response, error) {
				body := tt.body(strings.Contains(r.Header("Prefer"), `outlook.body-content-type="text"`))
				sent = tokens(t, tt.body(false))
				return replyJSON(body)
			}, map[string]any{"path": tt.path})
			if err != nil || !json.Valid([]byte(text)) {
				t.Fatalf("%v in %.300s", err, text)
			}
			n := tokens(t, text)
			t.Logf("%d tokens of the %d that were sent, at most %d", n, sent, tt.most)
			if n >= tt.most {
				t.Errorf("%d tokens, at most %d: %.2000s", n, tt.most, text)
			}
		})
	}
}
