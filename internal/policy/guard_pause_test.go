package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// A judged batch is as long as one that was not: markup is not escaped for HTML.
func TestABatchDoesNotGrow(t *testing.T) {
	t.Parallel()
	far := &recorder{}
	body := `{"requests":[{"id":"1","method":"POST","url":"/me/messages","body":{"content":"` + strings.Repeat("<&>", 1000) + `"}}]}`
	guard := policy.Guard(far, mustPolicy(t, policy.Rules{ReadWrite: true}), &book{}, policy.By{})
	if _, err := guard.Do(t.Context(), envelopes(t, body)[0]); err != nil || string(far.sent[0].Body()) != body {
		t.Errorf("got %.200s (%v)", far.sent[0].Body(), err)
	}
}

// pausing is a service that asks to be left alone.
type pausing struct{ *recorder }

func (pausing) Pause(*graph.Request) time.Duration { return time.Minute }

// Behind a guard, a batch still hears which of its items have to wait.
func TestTheGuardPassesPausesOn(t *testing.T) {
	t.Parallel()
	p, r := mustPolicy(t, policy.Rules{}), envelopes(t, oneRead)[0]
	if got := policy.Guard(pausing{&recorder{}}, p, &book{}, policy.By{}).(graph.Pauser).Pause(r); got != time.Minute {
		t.Errorf("got %s, want what the service asks for", got)
	}
	if got := policy.Guard(&recorder{}, p, &book{}, policy.By{}).(graph.Pauser).Pause(r); got != 0 {
		t.Errorf("got %s where nothing is known", got)
	}
}
