package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

var _ graph.Checker = guard{}

// Check judges requests that are about to be sent as one: where one is refused nothing of them must be sent, and
// a person is asked once for all. What passes is judged again, each by itself, when it is sent.
func (g guard) Check(_ context.Context, requests []*graph.Request) error {
	var all *ConfirmError
	for _, r := range requests {
		_, err := g.check(r)
		var confirm *ConfirmError
		switch {
		case err == nil:
		case !errors.As(err, &confirm):
			g.recordRefusal(r, err)
			return err
		case all == nil:
			all = confirm
		default:
			all.Calls, all.asks = append(all.Calls, confirm.Calls...), append(all.asks, confirm.asks...)
		}
	}
	if all == nil {
		return nil
	}
	all.Digest = digest(requests...)
	g.recordRefusal(requests[0], all)
	return all
}

// isEnvelope tells whether r is a JSON batch of Microsoft Graph, whose items are judged, and nothing besides.
func isEnvelope(r *graph.Request) bool {
	return r.API() == graph.Graph && r.Method() == http.MethodPost && !strings.Contains(r.URL(), "?") &&
		!slices.ContainsFunc(r.Readings(), func(reading graph.Reading) bool { return len(reading) != 1 || reading[0] != "$batch" })
}

// decideEnvelope judges a batch without its items. It does nothing by itself, so it needs no rule that allows it,
// and a rule that asks a person asks for the items, unless it names the batch.
func (p *Policy) decideEnvelope(c Call) decision {
	if p == nil || !p.ready {
		return decision{Deny, "no policy is set", "no policy"}
	}
	for _, reading := range c.Readings {
		if rule, ok := p.takes(p.deny, c, reading); ok {
			return decision{Deny, fmt.Sprintf("the policy's deny rule %q covers %s %s", rule, c.Method, show(reading)), "deny: " + rule}
		}
	}
	for _, rule := range p.confirm {
		if rule.covers(c.Method) && slices.Equal(rule.segments, []string{"$batch"}) {
			return decision{Confirm, fmt.Sprintf("the policy's rule %q asks for a person's agreement to every batch", rule.text), "confirm: " + rule.text}
		}
	}
	return decision{Allow, "allowed: each item is judged on its own", "items are judged"}
}

func isBatch(r *graph.Request) bool {
	for _, reading := range r.Readings() {
		if len(reading) > 0 && (reading[len(reading)-1] == "$batch" || reading[0] == "batch") {
			return true
		}
	}
	return false
}

// batch is the body of a JSON batch request: https://learn.microsoft.com/graph/json-batching
type batch struct {
	Requests []batchItem `json:"requests"`
}

type batchItem struct {
	ID        string            `json:"id"`
	DependsOn []string          `json:"dependsOn,omitempty"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers,omitempty"`
	Body      json.RawMessage   `json:"body,omitempty"`
}

func (g guard) checkBatch(r *graph.Request) (*graph.Request, []asking, error) {
	var b batch
	if err := json.Unmarshal(r.Body(), &b); err != nil || len(b.Requests) == 0 {
		return nil, nil, refused(r, `the body of a batch must be {"requests": [{"id": "1", "method": "GET", "url": "/users"}]}, with ids that are strings`)
	}
	var asks []asking
	for i, item := range b.Requests {
		header := http.Header{}
		for name, value := range item.Headers {
			header.Set(name, value)
		}
		call, err := r.Item(item.Method, item.URL, header)
		if err != nil {
			return nil, nil, fmt.Errorf("batch item %q: %w", item.ID, err)
		}
		if isBatch(call) {
			return nil, nil, refused(call, "a batch inside a batch")
		}
		ask, err := g.verdict(call)
		if err != nil {
			return nil, nil, fmt.Errorf("batch item %q: %w", item.ID, err)
		}
		if ask.reason != "" {
			ask.call += beginning(item.Body)
			asks = append(asks, ask)
		}
		b.Requests[i].URL = strings.TrimPrefix(strings.TrimPrefix(call.URL(), call.Audience()), "/"+call.Version())
		b.Requests[i].Method = call.Method()
	}
	body, err := json.Marshal(b)
	if err != nil {
		return nil, nil, fmt.Errorf("writing the batch: %w", err)
	}
	return r.WithBody(body).WithHeader("Content-Type", "application/json"), asks, nil
}

// beginning shows a person what an item of a batch would send. There may be many, so it is short.
func beginning(body json.RawMessage) string {
	const most = 200
	text := []rune(string(body))
	switch {
	case len(text) == 0 || string(body) == "null":
		return ""
	case len(text) > most:
		return " with " + string(text[:most]) + "…"
	}
	return " with " + string(text)
}
