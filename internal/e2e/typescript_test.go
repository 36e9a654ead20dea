package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// toolResult is the part of a tool's answer that the tests read.
type toolResult struct {
	IsError bool `json:"isError"`
	Content []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"content"`
	Meta map[string]any `json:"_meta"`
}

func (r toolResult) text() string {
	var b strings.Builder
	for _, c := range r.Content {
		b.WriteString(c.Text)
	}
	return b.String()
}

// graphCall is a call of microsoft_graph as the SDKs take it.
func graphCall(path string) map[string]any {
	return map[string]any{"name": "microsoft_graph", "arguments": map[string]any{"path": path}}
}

// checkGood fails unless the result is the answer to goodPath: two users, and who asked in _meta.
func checkGood(t *testing.T, r toolResult) {
	t.Helper()
	if got := strings.Count(r.text(), `"displayName"`); r.IsError || got != 2 {
		t.Errorf("isError %v and %d users; want 2 users:\n%s", r.IsError, got, r.text())
	}
	if got := r.Meta["profile"]; got != "e2e" {
		t.Errorf(`_meta names profile %v; want "e2e": %v`, got, r.Meta)
	}
}

// checkNotFound fails unless the result is the answer to badPath: Graph's error as a tool error.
func checkNotFound(t *testing.T, r toolResult) {
	t.Helper()
	for _, want := range []string{"404", "Request_ResourceNotFound"} {
		if !r.IsError || !strings.Contains(r.text(), want) {
			t.Errorf("isError %v, without %q:\n%s", r.IsError, want, r.text())
		}
	}
}

// revisionOf is what a client negotiates in an era.
func revisionOf(era string) string {
	if era == modern {
		return modernRevision
	}
	return legacyRevision
}

func TestTypeScriptClient(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	eachWay(t, func(t *testing.T, tenant *sandbox.Tenant, g target) {
		t.Run("list", func(t *testing.T) {
			var got struct {
				Revision string
				Tools    []string
			}
			typeScript(t, "list.mjs", g, nil, &got, nil)
			if !slices.Contains(got.Tools, "microsoft_graph") || !slices.Contains(got.Tools, "get_auth_status") {
				t.Errorf("got tools %q; want microsoft_graph and get_auth_status among them", got.Tools)
			}
			if want := revisionOf(g.Era); got.Revision != want {
				t.Errorf("got revision %q, want %q", got.Revision, want)
			}
		})
		t.Run("call", func(t *testing.T) {
			var got struct{ Result toolResult }
			typeScript(t, "call.mjs", g, graphCall(goodPath), &got, nil)
			checkGood(t, got.Result)
		})
		t.Run("error", func(t *testing.T) {
			var got struct{ Result toolResult }
			typeScript(t, "call.mjs", g, graphCall(badPath), &got, nil)
			checkNotFound(t, got.Result)
		})
		t.Run("cancel", func(t *testing.T) {
			slow := newSlowRead(t, tenant)
			var got struct {
				Outcome    string
				ToolsAfter int
			}
			typeScript(t, "cancel.mjs", g, graphCall(slow.path), &got, func(send func()) {
				await(t, slow.arrived, "the call reaches Graph")
				send()
			})
			await(t, slow.left, "the request to Graph is cancelled")
			if got.Outcome != "cancelled" || got.ToolsAfter == 0 {
				t.Errorf("got outcome %q and then %d tools; want cancelled and some", got.Outcome, got.ToolsAfter)
			}
		})
	})
}
