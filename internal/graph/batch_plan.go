package graph

import "slices"

// chain is envelopes that are sent one after the other, each as its steps in an order in which what is needed
// comes first.
type chain [][]*step

// planChains packs steps into as few envelopes as is simple. Those that depend on each other stay in one envelope
// where they fit; otherwise they make a chain of their own.
func planChains(steps []*step) []chain {
	var chains []chain
	var open []*parcel // with room, each the only envelope of its chain
	for _, group := range groups(steps) {
		if pieces := cut(group); len(pieces) > 1 {
			chains = append(chains, pieces)
			continue
		}
		size := sizeOf(group)
		i := slices.IndexFunc(open, func(p *parcel) bool {
			return len(p.steps)+len(group) <= maxEnvelope && p.size+size <= maxEnvelopeBytes
		})
		if i < 0 {
			i, open = len(open), append(open, &parcel{})
		}
		open[i].steps, open[i].size = append(open[i].steps, group...), open[i].size+size
	}
	for _, p := range open {
		chains = append(chains, chain{p.steps})
	}
	return chains
}

type parcel struct {
	steps []*step
	size  int
}

func sizeOf(steps []*step) int {
	size := 0
	for _, s := range steps {
		size += len(s.wire.Body) + len(s.wire.URL)
	}
	return size
}

// cut cuts an ordered group into pieces that each fit into an envelope.
func cut(group []*step) chain {
	var pieces chain
	for start := 0; start < len(group); {
		end := start + 1
		for end < len(group) && end-start < maxEnvelope && sizeOf(group[start:end+1]) <= maxEnvelopeBytes {
			end++
		}
		pieces = append(pieces, group[start:end])
		start = end
	}
	return pieces
}

// groups returns the steps that have to do with each other, each group in an order in which what is needed comes
// first and else in that of the items.
func groups(steps []*step) [][]*step {
	leader := map[*step]*step{}
	find := func(s *step) *step {
		for leader[s] != nil {
			s = leader[s]
		}
		return s
	}
	for _, s := range steps {
		for _, need := range s.needs {
			if a, b := find(s), find(need); a != b {
				leader[a] = b
			}
		}
	}
	var order []*step // of the leaders
	members := map[*step][]*step{}
	for _, s := range inOrder(steps) {
		first := find(s)
		if members[first] == nil {
			order = append(order, first)
		}
		members[first] = append(members[first], s)
	}
	all := make([][]*step, len(order))
	for i, first := range order {
		all[i] = members[first]
	}
	return all
}

// inOrder returns the steps so that what is needed comes first; those of a circle, and what needs them, are missing.
func inOrder(steps []*step) []*step {
	ordered := make([]*step, 0, len(steps))
	placed := map[*step]bool{}
	for more := true; more; {
		more = false
		for _, s := range steps {
			if !placed[s] && !slices.ContainsFunc(s.needs, func(need *step) bool { return !placed[need] }) {
				ordered, placed[s], more = append(ordered, s), true, true
			}
		}
	}
	return ordered
}

// findCircle returns the IDs of steps that need each other in a circle, or nil.
func findCircle(steps []*step) []string {
	ordered := inOrder(steps)
	if len(ordered) == len(steps) {
		return nil
	}
	placed := map[*step]bool{}
	for _, s := range ordered {
		placed[s] = true
	}
	i := slices.IndexFunc(steps, func(s *step) bool { return !placed[s] })
	seen := []*step{steps[i]}
	for { // each that is left needs another that is left
		last := seen[len(seen)-1]
		next := last.needs[slices.IndexFunc(last.needs, func(need *step) bool { return !placed[need] })]
		if start := slices.Index(seen, next); start >= 0 {
			var ids []string
			for _, s := range append(seen[start:], next) {
				ids = append(ids, clip(s.wire.ID))
			}
			return ids
		}
		seen = append(seen, next)
	}
}
