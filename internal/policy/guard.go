package policy

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Guard stands in front of next: what p denies is refused with a [*RefusedError], what needs a person's
// agreement with a [*ConfirmError] unless by has it, and the rest goes through. What is refused, asked or changes
// something is recorded in log; a change that cannot be recorded is not sent ([*AuditError]), nor is any without a log.
func Guard(next graph.Caller, p *Policy, log Recorder, by By) graph.Caller {
	return guard{next: next, policy: p, log: log, by: by}
}

// Check judges a request that somebody will send later, as [Guard] would, and records a refusal. What may be sent
// instead of it is asked for with the same question; where it is refused, that is said when it is sent.
func Check(p *Policy, log Recorder, by By, r *graph.Request, instead ...*graph.Request) error {
	g := guard{policy: p, log: log, by: by}
	var asked union
	_, err := g.check(r)
	if err = asked.add(err); err != nil {
		g.recordRefusal(r, err)
		return err
	}
	for _, other := range instead {
		_, err := g.check(other)
		_ = asked.add(err)
	}
	return g.ask(asked, append([]*graph.Request{r}, instead...))
}

type guard struct {
	next   graph.Caller
	policy *Policy
	log    Recorder
	by     By
}

// RefusedError is a call that the policy does not allow. It was not sent.
type RefusedError struct {
	Method, Path string
	Reason       string
	Rule         string // what decided, in the words of the configuration; "" where it was none of its rules
	canonical    string // Path as rules are compared with it
}

// Error gives the reason.
func (e *RefusedError) Error() string { return "refused, not sent: " + e.Reason }

// Refused tells this from other errors, for those who count calls.
func (e *RefusedError) Refused() bool { return true }

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
	asks    []asking
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

// Digests identify what there is to be agreed to, one by one: By.Agreed has them once a person has.
func (e *ConfirmError) Digests() [][sha256.Size]byte {
	var all [][sha256.Size]byte
	for _, ask := range e.asks {
		all = append(all, ask.digests...)
	}
	return all
}

func (g guard) Do(ctx context.Context, r *graph.Request) (*graph.Response, error) {
	checked, err := g.check(r)
	if err != nil {
		g.recordRefusal(r, err)
		return nil, err
	}
	return g.send(ctx, checked)
}

// check judges r and everything that it carries. It returns the request to send, which differs where r is a
// batch: that is written anew from what was judged, so that nobody reads it differently.
func (g guard) check(r *graph.Request) (*graph.Request, error) {
	ask, err := g.verdict(r)
	if err != nil {
		return nil, err
	}
	var inner []asking
	if isBatch(r) {
		if r.API() == graph.ResourceManager {
			return nil, refused(r, "batches of Azure Resource Manager cannot be judged item by item: send the calls one by one")
		}
		if r, inner, err = g.checkBatch(r, &ask); err != nil {
			return nil, err
		}
	}
	if ask.reason == "" && len(inner) == 0 {
		return r, nil
	}
	asks := slices.DeleteFunc(append([]asking{ask}, inner...), func(a asking) bool { return a.reason == "" || g.agreed(a) })
	if len(asks) > 0 {
		return nil, g.confirmError(r, asks)
	}
	return r, nil
}

// asking is a call that a person has to agree to, and why; the zero asking needs nobody.
type asking struct {
	call, reason string
	request      *graph.Request
	rule         string
	digests      [][sha256.Size]byte // of all that it does
}

// agreed tells whether a person has agreed to exactly what a asks for. Nobody has agreed to what has no digest.
func (g guard) agreed(a asking) bool {
	return len(a.digests) > 0 && !slices.ContainsFunc(a.digests, func(d [sha256.Size]byte) bool { return !slices.Contains(g.by.Agreed, d) })
}

func (g guard) confirmError(r *graph.Request, asks []asking) error {
	e := &ConfirmError{Reason: asks[0].reason, Digest: digest(r), ByToken: g.policy.confirmByToken, asks: asks}
	for _, ask := range asks {
		e.Calls = append(e.Calls, ask.call)
	}
	if !isBatch(r) {
		e.Body = showBody(r)
	}
	return e
}

// showBody is the beginning of a text, and of what is none the size.
func showBody(r *graph.Request) string {
	if !utf8.Valid(r.Body()) {
		return fmt.Sprintf("%d bytes of %s", len(r.Body()), cmp.Or(r.Header("Content-Type"), "no text"))
	}
	return excerpt(r.Body(), 500)
}

// verdict judges one call: refused, or to be agreed to by a person, or neither.
func (g guard) verdict(call *graph.Request) (asking, error) {
	switch d := g.policy.decideRequest(call); d.verdict {
	case Allow:
		return asking{}, nil
	case Confirm:
		return asking{call: describe(call), reason: d.reason, request: call, rule: d.rule, digests: [][sha256.Size]byte{digest(call)}}, nil
	default:
		return asking{}, &RefusedError{Method: call.Method(), Path: call.Path(), Reason: d.reason, Rule: d.rule, canonical: canonical(call)}
	}
}

// describe tells a person what a call is.
func describe(call *graph.Request) string {
	text := call.Method() + " " + call.URL()
	for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if value := call.Header(name); value != "" {
			text += " " + name + ": " + clip(value)
		}
	}
	if call.Note() != "" {
		text += " " + call.Note()
	}
	return text
}

// decideRequest judges a request with what its query adds to it.
func (p *Policy) decideRequest(call *graph.Request) decision {
	c := subjectOf(call)
	if isEnvelope(call) {
		return p.decideEnvelope(c)
	}
	d := p.decide(c)
	if d.verdict == Deny {
		return d
	}
	if p.ruled() && namesElsewhere(call) {
		return decision{reason: "it names its resource outside of the path, where rules do not look ($entity, $query, $id): address the resource by its path", rule: "named outside of the path"}
	}
	c.method = http.MethodGet // expanding reads, whatever the call does
	expanded, err := expandPaths(call.Query("$expand"))
	if err == nil && len(expanded)*len(c.readings) > maxJudged {
		err = errExpandMany
	}
	if err != nil {
		return decision{reason: err.Error(), rule: "unreadable $expand"}
	}
	for _, path := range expanded {
		if other := p.judgeExpanded(c, path); other.verdict < d.verdict {
			d = other
		}
	}
	return d
}

func subjectOf(r *graph.Request) subject {
	return subject{api: r.API(), method: r.Method(), likely: r.Likely(), spelled: r.Spelled(), readings: r.Readings()}
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
	return &RefusedError{Method: r.Method(), Path: r.Path(), Reason: reason, canonical: canonical(r)}
}

// digest covers all that a service acts on and what a person is told besides. The parts are length-prefixed, so that
// none can pass for another. The pages of an answer are one call with it; what comes later cannot be covered.
func digest(requests ...*graph.Request) [sha256.Size]byte {
	var b strings.Builder
	for _, r := range requests {
		r, body, later := r.First(), string(r.Body()), ""
		if r.Awaits() {
			body, later = "", "later"
		}
		parts := []string{r.Method(), r.URL(), r.Note(), later, body}
		for _, name := range graph.AllowedHeaders() {
			parts = append(parts, r.Header(name))
		}
		for _, part := range parts {
			fmt.Fprintf(&b, "%d:%s", len(part), part)
		}
	}
	return sha256.Sum256([]byte(b.String()))
}
