package telemetry

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
)

// A reason that is not in the list would be counted as "other"; one that nobody counts would be looked for in vain.
func TestReasonsAreThoseOfTheDoor(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(slices.Sorted(slices.Values(door.Reasons())), slices.Sorted(slices.Values(reasons))); diff != "" {
		t.Error(diff)
	}
}
