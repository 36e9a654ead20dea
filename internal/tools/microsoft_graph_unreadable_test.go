package tools_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Whoever changes something and gets an answer that cannot be read, must not make the change again without a look.
func TestUnreadableAnswersToChangesLeaveDoubt(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct{ kind, body string }{
		"cut":    {"application/json", `{"id":"1`},
		"nested": {"application/json", strings.Repeat(`{"a":[`, 20_000)},
		"a page": {"text/html", "<!DOCTYPE html><html><body>Please sign in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := service(func(*graph.Request) (*graph.Response, error) { return reply(200, answer.kind, answer.body) })
			for _, method := range []string{http.MethodPost, http.MethodGet} {
				_, err := callGraph(t, s, map[string]any{"path": "/users", "method": method})
				var hinted interface{ Hint() string }
				hint := ""
				if errors.As(err, &hinted) {
					hint = hinted.Hint()
				}
				if got := strings.Contains(hint, "may have been carried out"); err == nil || got != (method == http.MethodPost) {
					t.Errorf("%s: got %v with the hint %q", method, err, hint)
				}
			}
		})
	}
}
