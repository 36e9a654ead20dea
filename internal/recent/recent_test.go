package recent_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/recent"
)

// drain takes everything out, that which was asked for longest ago first.
func drain(m *recent.Map[string, int]) []string {
	var all []string
	for key, value, found := m.Oldest(); found; key, value, found = m.Oldest() {
		all = append(all, fmt.Sprint(key, value))
		m.Drop(key)
	}
	return all
}

func TestTheOldestGoes(t *testing.T) {
	t.Parallel()
	m := recent.New[string, int](2)
	m.Keep("a", 1)
	m.Keep("b", 2)
	if value, found := m.Find("a"); value != 1 || !found {
		t.Errorf("got %d, %t", value, found)
	}
	m.Keep("c", 3)
	if _, found := m.Find("b"); found || m.Len() != 2 {
		t.Errorf("what was asked for longest ago is held; %d are", m.Len())
	}
	if diff := cmp.Diff([]string{"a1", "c3"}, drain(m)); diff != "" {
		t.Error(diff)
	}
	if _, _, found := m.Oldest(); found || m.Len() != 0 {
		t.Errorf("%d are held", m.Len())
	}
}

// What is kept anew takes the place of what was there, and is the latest.
func TestKeepReplaces(t *testing.T) {
	t.Parallel()
	m := recent.New[string, int](3)
	m.Keep("a", 1)
	m.Keep("b", 2)
	m.Keep("a", 3)
	if diff := cmp.Diff([]string{"b2", "a3"}, drain(m)); diff != "" {
		t.Error(diff)
	}
	m.Drop("a") // once more, which is nothing
	if got := drain(recent.New[string, int](0)); got != nil {
		t.Errorf("got %v", got)
	}
}

// Whatever is done in whatever order, it holds what a plain list would.
func TestAgainstAPlainList(t *testing.T) {
	t.Parallel()
	const most = 5
	m := recent.New[int, int](most)
	var plain [][2]int // the oldest first
	at := func(key int) int { return slices.IndexFunc(plain, func(p [2]int) bool { return p[0] == key }) }
	dice := rand.New(rand.NewPCG(1, 2))
	for i := range 10_000 {
		key := dice.IntN(2 * most)
		old := at(key)
		switch dice.IntN(3) {
		case 0:
			m.Keep(key, i)
			if old >= 0 {
				plain = slices.Delete(plain, old, old+1)
			}
			plain = append(plain, [2]int{key, i})
			plain = plain[max(0, len(plain)-most):]
		case 1:
			value, found := m.Find(key)
			if found != (old >= 0) || found && value != plain[old][1] {
				t.Fatalf("step %d: got %d, %t", i, value, found)
			}
			if found {
				plain = append(slices.Delete(plain, old, old+1), [2]int{key, value})
			}
		default:
			m.Drop(key)
			if old >= 0 {
				plain = slices.Delete(plain, old, old+1)
			}
		}
		key, value, found := m.Oldest()
		if m.Len() != len(plain) || found != (len(plain) > 0) || found && plain[0] != [2]int{key, value} {
			t.Fatalf("step %d: %d are held, the oldest is %d, %d; want %v", i, m.Len(), key, value, plain)
		}
	}
}
