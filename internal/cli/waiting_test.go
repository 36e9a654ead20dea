package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
)

// slowPerson signs in after a time.
type slowPerson time.Duration

func (p slowPerson) Wait(ctx context.Context) error {
	if p == 0 {
		return nil
	}
	deadline := time.NewTimer(time.Duration(p))
	defer deadline.Stop()
	select {
	case <-deadline.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (slowPerson) Cancel() {}

// Whoever waits for long is told, once, what may be wrong.
func TestWaitingForAPerson(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		takes time.Duration
		told  int
	}{{0, 0}, {patience / 2, 0}, {5 * patience, 1}} {
		synctest.Test(t, func(t *testing.T) {
			var told bytes.Buffer
			o := &options{env: Env{Stderr: &told}}
			if err := o.awaitPerson(t.Context(), slowPerson(row.takes), "desk", entra.Browser); err != nil {
				t.Error(err)
			}
			if got := strings.Count(told.String(), "Still waiting. If the browser shows an error"); got != row.told {
				t.Errorf("%v: told %d times, want %d: %s", row.takes, got, row.told, &told)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		var told bytes.Buffer
		ctx, cancel := context.WithTimeout(t.Context(), patience/2)
		defer cancel()
		err := (&options{env: Env{Stderr: &told}}).awaitPerson(ctx, slowPerson(time.Hour), "desk", entra.Browser)
		if err == nil || err.Error() != "signing in to desk: cancelled" || told.Len() != 0 {
			t.Errorf("got %v, told %q", err, &told)
		}
	})
}
