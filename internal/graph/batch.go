package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// The bounds of a batch. Microsoft's own: https://learn.microsoft.com/graph/json-batching
const (
	MaxBatchItems    = 200     // of one [Batch]
	maxEnvelope      = 20      // items in one request to the service
	maxEnvelopeBytes = 3 << 20 // of their bodies; the service takes 4 MB
	maxBatchAnswers  = 64 << 20
	maxRounds        = 3 // further tries of an item
	envelopesAtOnce  = 4
)

// BatchCall is several requests to one version of Microsoft Graph.
type BatchCall struct {
	Version  string // V1 where empty
	Items    []BatchItem
	Progress func(done, total int) // called as answers come, never twice at once; nil: not
}

// BatchItem is one of them. Nothing in it is trusted.
type BatchItem struct {
	ID        string
	Method    string
	URL       string            // relative: "/users?$top=5", encoded as in a URL
	Header    map[string]string // only those of [AllowedHeaders]
	Body      json.RawMessage   // JSON; text that is JSON is taken for it; another Content-Type needs base64
	DependsOn []string          // IDs: it is sent only when these have succeeded
}

// BatchResponse is what became of one item.
type BatchResponse struct {
	ID       string
	Request  *Request  // what the item stands for
	Response *Response // the service's; nil where it was not sent, or the answer never came
	LeftOut  bool      // it was carried out, and there was no room for the body of its answer
	Err      error     // why there is no success; an [*Error] where the service refused
}

// Checker is a [Caller] that tells beforehand whether it would send requests, and refuses as Do would.
// Where a person has to agree, one error asks for all of them.
type Checker interface {
	Check(ctx context.Context, requests []*Request) error
}

// Batch sends many requests as few: 20 in one, in more where there are more, those that depend on each other
// together or one after the other. The answers come in the order of the items.
//
// Everything is checked before anything is sent, by c too where it is a [Checker]. Items that the service throttles
// are sent again after the time it asks for, and where c is a [Pauser] they wait for that before they are sent; after a
// fault, only those are sent again that do no harm when they happen twice. What depends on an item that fails is not
// sent. The error is for a batch of which nothing was answered.
func Batch(ctx context.Context, c Caller, e Endpoints, call BatchCall) ([]BatchResponse, error) {
	envelope, err := e.NewRequest(Params{Version: call.Version, Method: http.MethodPost, Path: "/$batch"})
	if err != nil {
		return nil, err
	}
	steps, err := newSteps(envelope, call.Items)
	if err != nil {
		return nil, err
	}
	b := &batch{caller: c, envelope: envelope, steps: steps, progress: call.Progress, room: maxBatchAnswers}
	chains := planChains(steps)
	if checker, ok := c.(Checker); ok {
		requests, err := b.requests(chains)
		if err != nil {
			return nil, err
		}
		if err := checker.Check(ctx, requests); err != nil {
			return nil, fmt.Errorf("the whole batch: %w", err)
		}
	}
	b.run(ctx, chains)
	return b.responses()
}

// batch is one [Batch] under way.
type batch struct {
	caller   Caller
	envelope *Request // without its body
	steps    []*step  // in the order of the items
	progress func(done, total int)

	mu   sync.Mutex // guards all below
	done int        // items that nothing more will be tried for
	room int        // bytes that answers may still take
}

// requests are what would be sent if all went well.
func (b *batch) requests(chains []chain) ([]*Request, error) {
	var all []*Request
	for _, chain := range chains {
		for _, steps := range chain {
			r, err := b.pack(steps)
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
	}
	return all, nil
}

// run sends all chains, some at the same time, and waits for them. A panic in one goes on where it can be caught.
func (b *batch) run(ctx context.Context, chains []chain) {
	var running sync.WaitGroup
	var fault atomic.Value
	places := make(chan struct{}, envelopesAtOnce)
	for _, chain := range chains {
		places <- struct{}{}
		running.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					fault.CompareAndSwap(nil, fmt.Sprintf("%v\n%s", r, debug.Stack()))
				}
				<-places
			}()
			for _, steps := range chain {
				b.carryOut(ctx, steps)
			}
		})
	}
	running.Wait()
	if r := fault.Load(); r != nil {
		panic(r)
	}
}

// responses gives the answers, or the one error that all of the batch came to: who repeats the batch has to know if
// some of it may have been carried out.
func (b *batch) responses() ([]BatchResponse, error) {
	all := make([]BatchResponse, len(b.steps))
	var failed error
	answered := false
	for i, s := range b.steps {
		all[i] = BatchResponse{ID: s.wire.ID, Request: s.request, Response: s.response, LeftOut: s.leftOut, Err: s.err}
		answered = answered || s.response != nil
		if failed == nil || gravity(s.err) > gravity(failed) {
			failed = s.err
		}
	}
	if !answered {
		return nil, failed
	}
	return all, nil
}

// gravity puts the errors first after which something may have been carried out.
func gravity(err error) int {
	var doubt *DoubtError
	var broken *TransportError
	switch {
	case errors.As(err, &doubt):
		return 2
	case errors.As(err, &broken):
		return 1
	}
	return 0
}
