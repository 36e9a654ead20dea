package reading

import (
	"strings"
	"testing"
)

// Hints are clauses, as all others are.
func TestHints(t *testing.T) {
	t.Parallel()
	for kind := Broken; kind <= Stopped; kind++ {
		hint := (&Error{Kind: kind}).Hint()
		if hint == "" || hint[0] < 'a' || hint[0] > 'z' || strings.HasSuffix(hint, ".") || strings.Contains(hint, ". ") {
			t.Errorf("%d: %q", kind, hint)
		}
	}
}
