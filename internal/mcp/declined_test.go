package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// Who agreed, who did not, and how the agreement came, is told to whoever keeps the audit log.
func TestAgreementsAreTold(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	var mu sync.Mutex
	var told []string // guarded by mu
	tell := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprintf(format, args...))
	}
	p := confirmingProfile(t, true, &sent)
	guarded := p.Guarded
	p.Guarded = func(a tools.Asker) graph.Caller {
		caller := guarded(a)
		return graphFunc(func(ctx context.Context, r *graph.Request) (*graph.Response, error) {
			if a.Agreed != nil {
				tell("%s sent %s by token %t", a.Principal, a.Tool, a.Agreed.ByToken)
			}
			return caller.Do(ctx, r)
		})
	}
	p.Declined = func(a tools.Asker, err error) {
		var q *question
		tell("%s declined %s: %t", a.Principal, a.Tool, errors.As(err, &q) && q.path == "/users/1")
	}
	s := startServer(t, mcp.HTTPConfig{Config: mcp.Config{Profiles: []*tools.Profile{p}}, Rules: door.Rules{Keys: []door.Key{apiKey("agent", "right-key")}}})
	ask := func(more string) string {
		_, body := modern(1, "tools/call", "microsoft_graph", `{"name":"microsoft_graph","arguments":`+deleteCall+more+
			`,"_meta":{"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{}}}}}`).with("Authorization", "Bearer right-key").do(t, t.Context(), s)
		return body
	}
	for _, action := range []string{"decline", "cancel", "accept"} {
		var asked struct{ Result struct{ RequestState string } }
		if err := json.Unmarshal([]byte(ask("")), &asked); err != nil {
			t.Fatal(err)
		}
		state, _ := json.Marshal(asked.Result.RequestState)
		ask(fmt.Sprintf(`,"requestState":%s,"inputResponses":{"confirm":{"action":%q,"content":{}}}`, state, action))
	}
	ask(`,"requestState":"forged","inputResponses":{"confirm":{"action":"decline"}}`)
	_, body := callGraph(1, deleteCall).with("Authorization", "Bearer right-key").do(t, t.Context(), s)
	m := regexp.MustCompile(`with confirm \\"([\w-]+)\\"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no token: %s", body)
	}
	callGraph(1, fmt.Sprintf(`{"path":"/users/1","method":"DELETE","confirm":%q}`, m[1])).with("Authorization", "Bearer right-key").do(t, t.Context(), s)
	want := "agent declined microsoft_graph: true; agent declined microsoft_graph: true; agent sent microsoft_graph by token false; agent sent microsoft_graph by token true"
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(told, "; "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
