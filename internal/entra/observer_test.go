package entra

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

func TestObserverHearsOfRequests(t *testing.T) {
	t.Parallel()
	heard := &ears{}
	f := start(t, func(c *Config) { c.Observer = heard })
	remove := f.inject(sandbox.Fault{Status: 503, Times: 1})
	f.get()
	remove()
	u := somebody(t, shared, func(c *Config, _ *Person) { c.Observer = heard })
	u.clock.advance(2 * time.Hour)
	u.token(u.User, u.graph())
	if diff := cmp.Diff([]string{"token[kind=app]fault", "token[kind=app]ok", "token[kind=user]ok", "token[kind=user]ok"}, heard.heard()); diff != "" {
		t.Error(diff)
	}
}
