package policy

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Guard stands in front of next: what p denies is refused with a [*RefusedError], what needs a person's
// agreement with a [*ConfirmError] unless confirmed is true, and the rest goes through.
func Guard(next graph.Caller, p *Policy, confirmed bool) graph.Caller {
	return guard{next: next, policy: p, confirmed: confirmed}
}

type guard struct {
	next      graph.Caller
	policy    *Policy
	confirmed bool
}

// RefusedError is a call that the policy does not allow. It was not sent.
type RefusedError struct {
	Method, Path string
	Reason       string
}

// Error gives the reason.
func (e *RefusedError) Error() string { return "refused, not sent: " + e.Reason }

// Hint says who can change that.
func (e *RefusedError) Hint() string {
	return "do not look for another way round: tell the person that the profile's access and policy, in the server's configuration, would have to allow this"
}

// ConfirmError is a call that a person has to agree to first. It was not sent.
type ConfirmError struct {
	Calls   []string // "METHOD URL" of what has to be agreed to; several in a batch
	Body    string   // the beginning of what would be sent
	Reason  string
	Digest  [sha256.Size]byte // of the exact call
	ByToken bool              // the policy takes a repeated call with a one-use token for an agreement
}

// Error gives the reason.
func (e *ConfirmError) Error() string { return "not sent: " + e.Reason }

// Question is what a person is asked: everything that would happen, where, and with what.
func (e *ConfirmError) Question() string {
	question := "Allow this?\n" + strings.Join(e.Calls, "\n")
	if e.Body != "" {
		question += "\nwith " + e.Body
	}
	return question
}

// AcceptsToken tells whether the agreement may come back through the model, as a token that is bound to this
// call, where the client cannot ask the person itself.
func (e *ConfirmError) AcceptsToken() bool { return e.ByToken }

// CallDigest identifies the exact call, body included.
func (e *ConfirmError) CallDigest() [sha256.Size]byte { return e.Digest }

func (g guard) Do(ctx context.Context, r *graph.Request) (*graph.Response, error) {
	r, err := g.check(r)
	if err != nil {
		return nil, err
	}
	return g.next.Do(ctx, r)
}

// check judges r and everything that it carries. It returns the request to send, which differs where r is a
// batch: that is written anew from what was judged, so that nobody reads it differently.
func (g guard) check(r *graph.Request) (*graph.Request, error) {
	ask, err := g.verdict(r)
	if err != nil {
		return nil, err
	}
	var asks []asking
	if ask.reason != "" {
		asks = append(asks, ask)
	}
	if isBatch(r) {
		if r.API() == graph.ResourceManager {
			return nil, refused(r, "batches of Azure Resource Manager cannot be judged item by item: send the calls one by one")
		}
		var inner []asking
		if r, inner, err = g.checkBatch(r); err != nil {
			return nil, err
		}
		asks = append(asks, inner...)
	}
	if len(asks) > 0 && !g.confirmed {
		return nil, g.confirmError(r, asks)
	}
	return r, nil
}

// asking is a call that a person has to agree to, and why; the zero asking needs nobody.
type asking struct{ call, reason string }

func (g guard) confirmError(r *graph.Request, asks []asking) error {
	e := &ConfirmError{Reason: asks[0].reason, Digest: digest(r), ByToken: g.policy.confirmByToken}
	for _, ask := range asks {
		e.Calls = append(e.Calls, ask.call)
	}
	const most = 500
	if body := []rune(string(r.Body())); !isBatch(r) && len(body) > 0 {
		e.Body = string(body[:min(len(body), most)])
		if len(body) > most {
			e.Body += "…"
		}
	}
	return e
}

// verdict judges one call: refused, or to be agreed to by a person, or neither.
func (g guard) verdict(call *graph.Request) (asking, error) {
	c := Call{API: call.API(), Method: call.Method(), Likely: call.Likely(), Readings: call.Readings()}
	verdict, reason := g.policy.Judge(c)
	if verdict != Deny {
		if g.policy.ruled() && namesElsewhere(call) {
			return asking{}, refused(call, "it names its resource outside of the path, where rules do not look ($entity, $query, $id): address the resource by its path")
		}
		c.Method = http.MethodGet // expanding reads, whatever the call does
		expanded, err := expandPaths(call.Query("$expand"))
		if err != nil {
			return asking{}, refused(call, err.Error())
		}
		for _, path := range expanded {
			if v, why := g.policy.judgeExpanded(c, path); v < verdict {
				verdict, reason = v, why
			}
		}
	}
	switch verdict {
	case Deny:
		return asking{}, refused(call, reason)
	case Confirm:
		return asking{call: call.Method() + " " + call.URL(), reason: reason}, nil
	}
	return asking{}, nil
}

// namesElsewhere tells whether a call says in its query or body what it is about.
func namesElsewhere(call *graph.Request) bool {
	for _, reading := range call.Readings() {
		if len(reading) > 0 && (reading[0] == "$entity" || reading[len(reading)-1] == "$query") {
			return true
		}
	}
	return call.Query("$id") != ""
}

func refused(r *graph.Request, reason string) error {
	return &RefusedError{Method: r.Method(), Path: r.Path(), Reason: reason}
}

// digest covers all that a service acts on. The parts are length-prefixed, so that none can pass for another.
func digest(r *graph.Request) [sha256.Size]byte {
	var b strings.Builder
	for _, part := range []string{r.Method(), r.URL(), r.Header("If-Match"), r.Header("Content-Type"), r.Header("Prefer"), string(r.Body())} {
		fmt.Fprintf(&b, "%d:%s", len(part), part)
	}
	return sha256.Sum256([]byte(b.String()))
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
