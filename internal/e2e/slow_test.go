package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// A slowRead is a Graph request that is not answered until the test says so, and that notices when its caller
// gives up.
type slowRead struct {
	path    string
	arrived chan struct{} // closed when the request has reached Graph
	left    chan struct{} // closed when its caller has ended it
	answer  func()        // lets Graph answer
}

// newSlowRead makes a path slow that no other test uses.
func newSlowRead(t *testing.T, tenant *sandbox.Tenant) *slowRead {
	t.Helper()
	mark := rand.Text()
	release := make(chan struct{})
	s := &slowRead{
		path:    fmt.Sprintf("/users?$top=1&$select=id&$filter=startswith(displayName,'%s')", mark),
		arrived: make(chan struct{}), left: make(chan struct{}), answer: sync.OnceFunc(func() { close(release) }),
	}
	arrive, leave := sync.OnceFunc(func() { close(s.arrived) }), sync.OnceFunc(func() { close(s.left) })
	remove := tenant.Inject(sandbox.Fault{
		Host:  sandbox.Graph,
		Match: func(r *http.Request) bool { return strings.Contains(r.URL.Query().Get("$filter"), mark) },
		Delay: func(ctx context.Context) {
			arrive()
			select {
			case <-ctx.Done():
				leave()
			case <-release:
			}
		},
	})
	t.Cleanup(remove)
	t.Cleanup(s.answer)
	return s
}

// await fails the test if the event does not come.
func await(t *testing.T, event <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-event:
	case <-within(t).Done():
		t.Fatalf("waited in vain until %s", what)
	}
}
