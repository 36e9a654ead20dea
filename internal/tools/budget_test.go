package tools_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tiktoken-go/tokenizer"

	"github.com/sapientsai/microsoft-mcp-server/internal/bench/typical"
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
	for _, tt := range typical.Reads() {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			sent := 0
			text, err := callGraph(t, func(r *graph.Request) (*graph.Response, error) {
				body := tt.Answer(strings.Contains(r.Header("Prefer"), `outlook.body-content-type="text"`))
				sent = tokens(t, tt.Answer(false))
				return replyJSON(body)
			}, map[string]any{"path": tt.Path})
			if err != nil || !json.Valid([]byte(text)) {
				t.Fatalf("%v in %.300s", err, text)
			}
			n := tokens(t, text)
			t.Logf("%d tokens of the %d that were sent, at most %d", n, sent, tt.Tokens)
			if n >= tt.Tokens {
				t.Errorf("%d tokens, at most %d: %.2000s", n, tt.Tokens, text)
			}
		})
	}
}
