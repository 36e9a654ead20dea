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
	Method, Path string
	Reason       string
	Digest       [sha256.Size]byte // of the exact call
	ByToken      bool              // the policy takes a repeated call with a one-use token for an agreement
}

// Error gives the reason.
func (e *ConfirmError) Error() string { return "not sent: " + e.Reason }

// Question is what a person is asked.
func (e *ConfirmError) Question() string {
	return fmt.Sprintf("Allow %s %s? It would be carried out in Microsoft 365 as this profile.", e.Method, e.Path)
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
	if err := g.verdict(r, r); err != nil {
		return nil, err
	}
	if !isBatch(r) {
		return r, nil
	}
	if r.API() == graph.ResourceManager {
		return nil, refused(r, "batches of Azure Resource Manager cannot be judged item by item: send the calls one by one")
	}
	return g.checkBatch(r)
}

// verdict judges call; whole is what a person would have to agree to.
func (g guard) verdict(call, whole *graph.Request) error {
	c := Call{API: call.API(), Method: call.Method(), Readings: call.Readings()}
	verdict, reason := g.policy.Judge(c)
	if verdict != Deny {
		c.Method = http.MethodGet // expanding reads, whatever the call does
		expanded, err := expandPaths(call.Query("$expand"))
		if err != nil {
			return refused(call, err.Error())
		}
		for _, path := range expanded {
			if v, why := g.policy.judgeExpanded(c, path); v < verdict {
				verdict, reason = v, why
			}
		}
	}
	switch {
	case verdict == Deny:
		return refused(call, reason)
	case verdict == Confirm && !g.confirmed:
		return &ConfirmError{Method: call.Method(), Path: call.Path(), Reason: reason, Digest: digest(whole), ByToken: g.policy.confirmByToken}
	}
	return nil
}

func refused(r *graph.Request, reason string) error {
	return &RefusedError{Method: r.Method(), Path: r.Path(), Reason: reason}
}

// digest covers all that a service acts on. The parts are length-prefixed, so that none can pass for another.
func digest(r *graph.Request) [sha256.Size]byte {
	var b strings.Builder
	for _, part := range []string{r.Method(), r.URL(), r.Header("If-Match"), string(r.Body())} {
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

func (g guard) checkBatch(r *graph.Request) (*graph.Request, error) {
	var b batch
	if err := json.Unmarshal(r.Body(), &b); err != nil || len(b.Requests) == 0 {
		return nil, refused(r, `the body of a batch must be {"requests": [{"id", "method", "url", …}]}`)
	}
	for i, item := range b.Requests {
		header := http.Header{}
		for name, value := range item.Headers {
			header.Set(name, value)
		}
		call, err := r.Item(item.Method, item.URL, header)
		if err != nil {
			return nil, fmt.Errorf("batch item %q: %w", item.ID, err)
		}
		if isBatch(call) {
			return nil, refused(call, "a batch inside a batch")
		}
		if err := g.verdict(call, r); err != nil {
			return nil, fmt.Errorf("batch item %q: %w", item.ID, err)
		}
		b.Requests[i].URL = strings.TrimPrefix(strings.TrimPrefix(call.URL(), call.Audience()), "/"+call.Version())
		b.Requests[i].Method = call.Method()
	}
	body, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("writing the batch: %w", err)
	}
	return r.WithBody(body), nil
}
