package policy

import (
	"errors"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Explanation is what a policy says of a request, and why.
type Explanation struct {
	Verdict  Verdict
	Reason   string // in words
	Rule     string // what decided, in the words of the configuration
	Method   string
	Path     graph.Reading   // the path as allow rules see it, at its likeliest
	Readings []graph.Reading // all that deny and confirm rules look at
	Item     string          // its ID, in a batch
	Items    []Explanation   // of a batch, as far as it can be read
}

// Explain tells what [Guard] would do with a request.
func (p *Policy) Explain(r *graph.Request) Explanation {
	e := p.explainOne(r)
	if !isBatch(r) {
		return e
	}
	if calls, ids, err := itemsOf(r); err == nil {
		for i, call := range calls {
			item := p.explainOne(call)
			item.Item = ids[i]
			e.Items = append(e.Items, item)
		}
	}
	// The batch as a whole, as the guard itself sees it.
	_, err := guard{policy: p}.check(r)
	var refused *RefusedError
	var confirm *ConfirmError
	switch {
	case err == nil:
	case errors.As(err, &confirm):
		e.Verdict, e.Reason, e.Rule = Confirm, confirm.Reason, confirm.asks[0].rule
	case errors.As(err, &refused):
		e.Verdict, e.Reason, e.Rule = Deny, err.Error(), refused.Rule
	default:
		e.Verdict, e.Reason, e.Rule = Deny, err.Error(), ""
	}
	return e
}

func (p *Policy) explainOne(r *graph.Request) Explanation {
	d := p.decideRequest(r)
	return Explanation{Verdict: d.verdict, Reason: d.reason, Rule: d.rule, Method: r.Method(), Path: r.Likely()[0], Readings: r.Readings()}
}
