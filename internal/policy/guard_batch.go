package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

var (
	_ graph.Checker = guard{}
	_ graph.Pauser  = guard{}
)

// Pause tells for how long the service asks not to be sent requests such as r.
func (g guard) Pause(r *graph.Request) time.Duration {
	if p, ok := g.next.(graph.Pauser); ok {
		return p.Pause(r)
	}
	return 0
}

// Check judges requests that are about to be sent as one: where one is refused nothing of them must be sent, and
// a person is asked once for all. What passes is judged again, each by itself, when it is sent.
func (g guard) Check(ctx context.Context, requests []*graph.Request) error {
	var asked union
	for _, r := range requests {
		if err := ctx.Err(); err != nil {
			return err // there may be many, and nobody waits for them any more
		}
		_, err := g.check(r)
		if err = asked.add(err); err != nil {
			g.recordRefusal(r, err)
			return err
		}
	}
	return g.ask(asked, requests)
}

// union is one question for what several requests ask for.
type union struct{ *ConfirmError }

// add takes in what the guard said of a request, and returns it where it is no question.
func (u *union) add(err error) error {
	var confirm *ConfirmError
	switch {
	case err == nil:
	case !errors.As(err, &confirm):
		return err
	case u.ConfirmError == nil:
		u.ConfirmError = confirm
	default:
		u.Calls, u.asks = append(u.Calls, confirm.Calls...), append(u.asks, confirm.asks...)
	}
	return nil
}

// ask returns the question for requests, and records that it is asked; nil where there is none.
func (g guard) ask(u union, requests []*graph.Request) error {
	if u.ConfirmError == nil {
		return nil
	}
	u.Digest = digest(requests...)
	g.recordRefusal(requests[0], u.ConfirmError)
	return u.ConfirmError
}

// isEnvelope tells whether r is a JSON batch of Microsoft Graph, whose items are judged, and nothing besides.
func isEnvelope(r *graph.Request) bool {
	return r.API() == graph.Graph && r.Method() == http.MethodPost && !strings.Contains(r.URL(), "?") &&
		!slices.ContainsFunc(r.Readings(), func(reading graph.Reading) bool { return len(reading) != 1 || reading[0] != "$batch" })
}

// decideEnvelope judges a batch without its items. It does nothing by itself, so it needs no rule that allows it,
// and a rule that asks a person asks for the items, unless it names the batch.
func (p *Policy) decideEnvelope(c subject) decision {
	if p == nil || !p.ready {
		return decision{Deny, "no policy is set", "no policy"}
	}
	if rule, reading, ok := takes(p.deny, p.meanings(c, c.readings)); ok {
		return decision{Deny, fmt.Sprintf("the policy's deny rule %q covers %s %s", rule, c.method, show(reading)), "deny: " + rule}
	}
	for _, rule := range p.confirm {
		if rule.covers(c.method) && slices.Equal(rule.segments, []string{"$batch"}) {
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

// call returns the request that an item of r stands for.
func (item batchItem) call(r *graph.Request) (*graph.Request, error) {
	header, err := graph.HeaderOf(item.Headers)
	if err != nil {
		return nil, err
	}
	return r.Item(item.Method, item.URL, header)
}

// checkedHeaders are the item's headers as its call has them.
func (item batchItem) checkedHeaders(call *graph.Request) map[string]string {
	checked := make(map[string]string, len(item.Headers))
	for name := range item.Headers {
		checked[http.CanonicalHeaderKey(name)] = call.Header(name)
	}
	return checked
}

// checkBatch judges the items of a batch. Where whole asks for an agreement to the batch itself, that is to all of
// them: an envelope with fewer, such as one that repeats what was throttled, is no other batch.
func (g guard) checkBatch(r *graph.Request, whole *asking) (*graph.Request, []asking, error) {
	var b batch
	if err := json.Unmarshal(r.Body(), &b); err != nil || len(b.Requests) == 0 {
		return nil, nil, refused(r, `the body of a batch must be {"requests": [{"id": "1", "method": "GET", "url": "/users"}]}, with ids that are strings`)
	}
	var asks []asking
	whole.digests = nil
	for i, item := range b.Requests {
		call, err := item.call(r)
		if err != nil {
			return nil, nil, fmt.Errorf("batch item %q: %w", item.ID, err)
		}
		if isBatch(call) {
			return nil, nil, refused(call, "a batch inside a batch")
		}
		call = call.WithBody(item.Body)
		whole.digests = append(whole.digests, digest(call))
		ask, err := g.verdict(call)
		if err != nil {
			return nil, nil, fmt.Errorf("batch item %q: %w", item.ID, err)
		}
		if ask.reason != "" {
			ask.call += beginning(item.Body)
			asks = append(asks, ask)
		} else {
			whole.call += "\n" + describe(call) + beginning(item.Body)
		}
		b.Requests[i].URL = strings.TrimPrefix(strings.TrimPrefix(call.URL(), call.Audience()), "/"+call.Version())
		b.Requests[i].Method, b.Requests[i].Headers = call.Method(), item.checkedHeaders(call)
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // or markup becomes longer than a service takes
	if err := encoder.Encode(b); err != nil {
		return nil, nil, fmt.Errorf("writing the batch: %w", err)
	}
	return r.WithBody(bytes.TrimSpace(body.Bytes())).WithHeader("Content-Type", "application/json"), asks, nil
}

// beginning shows a person what an item of a batch would send. There may be many, so it is short.
func beginning(body json.RawMessage) string {
	if len(body) == 0 || string(body) == "null" {
		return ""
	}
	return " with " + excerpt(body, 200)
}
