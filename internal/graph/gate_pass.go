package graph

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// passage is one call on its way through the gate: what it waited for, and how often it was sent.
type passage struct {
	request *Request
	lane    workload
	sent    int           // how often
	waited  time.Duration // in all
	retries int           // further tries that were used up
	faulted bool          // a try met a fault, so that it may have been carried out
	refusal error         // the last one that asked to wait
}

// pass sends a request once the gate lets it through. Where the answer asks to wait, the lane is closed before the
// place goes to the next in the queue.
func (c *Client) pass(ctx context.Context, p *passage, token, id string) (*Response, error) {
	if err := c.enter(ctx, p); err != nil {
		return nil, err
	}
	defer c.gate.leave(p.lane)
	p.sent++
	resp, err := c.send(ctx, p.request, token, id)
	if throttles(resp) {
		c.shut(ctx, p.lane, cmp.Or(resp.retryAfter, backoff(p.retries)))
	}
	if err == nil {
		c.heedItems(ctx, p.request, resp)
	}
	return resp, err
}

// enter waits until p's lane is open and there is a place in it.
func (c *Client) enter(ctx context.Context, p *passage) error {
	for {
		turns, pause := c.gate.ask(p.lane)
		switch {
		case pause.still > 0:
			if err := c.sitOut(ctx, p, pause); err != nil {
				return err
			}
			continue
		case turns.own == nil && turns.all == nil:
			return nil
		}
		start := c.gate.now()
		again, err := c.gate.await(ctx, turns)
		p.waited += c.gate.now().Sub(start)
		if err != nil {
			return p.giveUp(0, err)
		}
		if !again {
			return nil
		}
	}
}

// maxWaiting bounds what one call waits for pauses in all, also where others prolong them again and again.
const maxWaiting = 2 * time.Minute

// sitOut waits for the end of a pause that the service asked this lane for, where that is worth it.
func (c *Client) sitOut(ctx context.Context, p *passage, pause pause) error {
	defer c.gate.rise(p.lane)
	if pause.still > maxDelay || p.waited+pause.still > maxWaiting || !fits(ctx, pause.still) {
		return p.giveUp(pause.still, p.refusal)
	}
	wait := pause.still
	if fits(ctx, wait+pause.spread) {
		wait += pause.spread
	}
	if err := c.wait(ctx, wait); err != nil {
		return p.giveUp(0, err)
	}
	p.waited += wait
	return nil
}

// again tells what comes after an answer or error that is no success: nil where the request may be sent again, at
// once as far as this call is concerned, and the final error otherwise.
func (c *Client) again(ctx context.Context, p *passage, resp *Response, err error) error {
	var gaveUp *WaitError
	if errors.As(err, &gaveUp) {
		return err
	}
	delay, repeat := retryDelay(p.request, resp, err, p.retries)
	if err == nil {
		err = newError(p.request, resp)
	}
	p.refusal = nil
	if throttles(resp) {
		p.refusal = err
	}
	switch {
	case !repeat && p.refusal != nil && resp.retryAfter == 0:
		return p.giveUp(0, err)
	case !repeat && p.refusal != nil:
		return p.giveUp(c.gate.pauseOf(p.lane), err)
	case !repeat && p.retries == maxAttempts && (resp == nil || isFault(resp.Status)):
		return p.giveUp(0, err)
	case !repeat:
		return err
	}
	p.retries++
	p.faulted = p.faulted || mayHaveArrived(err)
	if p.refusal != nil {
		return nil // enter waits, as everyone in the lane does
	}
	if !fits(ctx, delay) {
		return p.giveUp(0, err)
	}
	if wait := c.wait(ctx, delay); wait != nil {
		return p.giveUp(0, wait)
	}
	p.waited += delay
	return nil
}

// throttles tells whether an answer asks to wait, everyone and not only this call. SharePoint does so with 503:
// https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
func throttles(resp *Response) bool {
	return resp != nil && (resp.Status == http.StatusTooManyRequests ||
		resp.Status == http.StatusServiceUnavailable && resp.retryAfter > 0)
}

// shut closes a lane and says so in the log, where a server's owner looks for the reason of slow calls.
func (c *Client) shut(ctx context.Context, w workload, pause time.Duration) {
	c.gate.close(w, pause)
	if c.observer != nil {
		c.observer.Count(ctx, "throttled", slog.String("workload", w.String()))
	}
	c.log.LogAttrs(ctx, slog.LevelInfo, "throttled by Microsoft", slog.String("workload", w.String()), slog.Int64("pause_ms", pause.Milliseconds()))
}
