package schema_test

import (
	"testing"
	"time"
)

// Held is for what is said beside an answer: it fetches nothing, and finds what is in memory or on disk.
func TestStoreHeldFetchesNothing(t *testing.T) {
	t.Parallel()
	s := newService(t, xml(small(10)))
	dir := t.TempDir()
	f := newStore(t, dir, false)
	if f.Held(s.source()) != nil || f.Status(s.source()).Fetching || s.calls() != 0 {
		t.Errorf("%d calls", s.calls())
	}
	m, err := f.Wait(t.Context(), s.source())
	if err != nil {
		t.Fatal(err)
	}
	f.settle(t, s.source())
	if f.Held(s.source()) != m {
		t.Error("what is in memory is not found")
	}
	other := newStore(t, dir, false)
	other.clock.forward(365 * 24 * time.Hour)
	if other.Held(s.source()) == nil || other.Status(s.source()).Fetching || s.calls() != 1 {
		t.Errorf("what is on disk, and old: %d calls", s.calls())
	}
	unknown := s.source()
	unknown.Version = "v2.0"
	if f.Held(unknown) != nil {
		t.Error("a version that there is none of has a model")
	}
}
