package graph

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// carryOut sends one envelope, and then again what of it was throttled or held back.
func (b *batch) carryOut(ctx context.Context, steps []*step) {
	for left := steps; len(left) > 0; {
		now, held, pause := b.hold(ctx, left)
		until := time.Now().Add(pause) // the exchange takes of it
		b.exchange(ctx, now)
		again, asked := repeatable(ctx, now)
		pause = max(time.Until(until), asked, 0)
		left = slices.DeleteFunc(slices.Clone(left), func(s *step) bool { return !slices.Contains(again, s) && !slices.Contains(held, s) })
		if err := sleep(ctx, pause); err != nil {
			endUnsent(held, err)
			break
		}
		for _, s := range left {
			s.waited += pause
		}
	}
	for _, s := range steps {
		s.tellWaits()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done += len(steps)
	if b.progress != nil {
		b.progress(b.done, len(b.steps))
	}
}

// endUnsent gives those of steps that were never sent the reason for it.
func endUnsent(steps []*step, err error) {
	for _, s := range steps {
		if s.tries == 0 {
			s.err = err
		}
	}
}

// exchange sends steps and reads their answers.
func (b *batch) exchange(ctx context.Context, steps []*step) {
	if len(steps) == 0 {
		return
	}
	r, err := b.pack(steps)
	if err == nil {
		err = context.Cause(ctx)
	}
	var resp *Response
	if err == nil {
		resp, err = b.caller.Do(ctx, r)
	}
	if err == nil {
		err = b.unpack(resp, steps)
	}
	for _, s := range steps {
		s.tries++
		if err != nil {
			s.response, s.err = nil, inDoubt(s.request, err, s.faulted)
		}
		s.faulted = s.faulted || mayHaveArrived(s.err)
	}
}

// sendable returns the steps that nothing they need stands in the way of; the others have failed.
func sendable(steps []*step) []*step {
	var sent []*step
	for _, s := range steps {
		i := slices.IndexFunc(s.needs, func(need *step) bool { return need.err != nil && !slices.Contains(sent, need) })
		if i < 0 {
			sent = append(sent, s)
			continue
		}
		s.response = nil
		s.err = &Error{Status: http.StatusFailedDependency, Code: "FailedDependency", Method: s.request.Method(), Path: s.request.Path(),
			Message: fmt.Sprintf("not sent, since request %q, which it depends on, failed", clip(s.needs[i].wire.ID))}
	}
	return sent
}

// pack makes the request that carries steps. Of what they need, it names what goes with them: the rest is done.
func (b *batch) pack(steps []*step) (*Request, error) {
	items := make([]wireItem, len(steps))
	lanes := make(map[string]workload, len(steps))
	for i, s := range steps {
		items[i] = s.wire
		lanes[s.wire.ID] = workloadOf(s.request)
		for _, need := range s.needs {
			if slices.Contains(steps[:i], need) {
				items[i].DependsOn = append(items[i].DependsOn, need.wire.ID)
			}
		}
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // which would make markup six times as long as was counted
	if err := encoder.Encode(map[string][]wireItem{"requests": items}); err != nil {
		return nil, fmt.Errorf("writing the batch: %w", err)
	}
	r := b.envelope.WithBody(bytes.TrimSpace(body.Bytes())).WithHeader("Content-Type", "application/json")
	r.lanes = lanes
	return r, nil
}

// wireAnswer is the answer to an item.
type wireAnswer struct {
	ID      string                     `json:"id"`
	Status  int                        `json:"status"`
	Headers map[string]json.RawMessage `json:"headers"`
	Body    json.RawMessage            `json:"body"`
}

var errNoAnswers = &obstacle{text: "the answer to the batch is not one: it has no list of responses", hint: "send it again; if it stays, send its requests one by one"}

func readAnswers(body []byte) ([]wireAnswer, error) {
	var all struct {
		Responses []wireAnswer `json:"responses"`
	}
	if err := json.Unmarshal(body, &all); err != nil || all.Responses == nil {
		return nil, errNoAnswers
	}
	return all.Responses, nil
}

// unpack gives each step its answer. They come in any order.
func (b *batch) unpack(resp *Response, sent []*step) error {
	answers, err := readAnswers(resp.Body)
	if err != nil {
		return err
	}
	byID := make(map[string]*wireAnswer, len(answers))
	for i, a := range answers {
		byID[fold(a.ID)] = &answers[i]
	}
	for _, s := range sent {
		a := byID[fold(s.wire.ID)]
		if a == nil {
			s.response, s.err = nil, itemError(s.wire.ID, "the service's answer to the batch leaves it out", "send it again")
			if !isRepeatable(s.request) {
				s.err = &DoubtError{Err: s.err, hint: doubtHint}
			}
			continue
		}
		s.response, s.err = a.response(), nil
		switch {
		case a.Status < http.StatusOK || a.Status >= http.StatusBadRequest:
			s.err = inDoubt(s.request, newError(s.request, s.response), s.faulted)
		case b.keep(len(s.response.Body)):
		case s.request.Method() == http.MethodGet:
			s.response.Body, s.err = nil, &TooLargeError{Limit: maxBatchAnswers}
		default: // it was carried out, and what depends on it may be
			s.response.Body, s.leftOut = nil, true
		}
	}
	return nil
}

// keep tells whether there is room for an answer of that size.
func (b *batch) keep(size int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if size > b.room {
		return false
	}
	b.room -= size
	return true
}

func (a *wireAnswer) response() *Response {
	r := &Response{Status: a.Status, Header: http.Header{}, Body: a.Body}
	for name, value := range a.Headers {
		var text string
		if json.Unmarshal(value, &text) == nil {
			r.Header.Set(name, text)
		}
	}
	r.retryAfter = parseRetryAfter(r.Header.Get("Retry-After"), time.Now())
	if string(a.Body) == "null" {
		r.Body = nil
	}
	kind := r.Header.Get("Content-Type")
	if kind == "" && len(r.Body) > 0 && r.Body[0] != '"' {
		r.Header.Set("Content-Type", "application/json")
	} else if !isJSONType(kind) {
		r.Body = decodeBody(r.Body, kind)
	}
	return r
}

// decodeBody returns the bytes of what is not JSON. They come as a string in base64, but for text that some
// services put there as it is.
func decodeBody(body []byte, kind string) []byte {
	var text string
	if json.Unmarshal(body, &text) != nil {
		return body
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	isText := strings.HasPrefix(kind, "text/") && (!utf8.Valid(decoded) || strings.Trim(text, "0123456789") == "")
	if err != nil || isText {
		return []byte(text)
	}
	return decoded
}

// repeatable returns the steps that may be sent again, and after how long: those that were throttled or, where it
// does no harm, met a fault, and those that waited for them in vain.
func repeatable(ctx context.Context, sent []*step) (again []*step, pause time.Duration) {
	for _, s := range sent {
		switch {
		case s.response == nil || s.tries > maxRounds:
		case s.response.Status == http.StatusTooManyRequests || isFault(s.response.Status) && isRepeatable(s.request):
			delay := s.response.retryAfter
			if delay == 0 {
				delay = backoff(s.tries - 1)
			}
			if delay <= maxDelay && fits(ctx, delay) {
				again, pause = append(again, s), max(pause, delay)
			}
		case s.response.Status == http.StatusFailedDependency &&
			slices.ContainsFunc(s.needs, func(need *step) bool { return slices.Contains(again, need) }):
			again = append(again, s)
		}
	}
	return again, pause
}

// heedItems closes the lanes of a batch's items that were throttled, so that single calls and the items of other
// batches wait, too.
func (c *Client) heedItems(ctx context.Context, r *Request, resp *Response) {
	if r.lanes == nil || !bytes.Contains(resp.Body, []byte("429")) {
		return
	}
	answers, err := readAnswers(resp.Body)
	if err != nil {
		return
	}
	for _, a := range answers {
		if w, known := r.lanes[a.ID]; known && a.Status == http.StatusTooManyRequests {
			c.shut(ctx, w, cmp.Or(a.response().retryAfter, backoff(0)))
		}
	}
}
