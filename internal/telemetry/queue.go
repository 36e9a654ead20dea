package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// exporter sends spans to where they are kept.
type exporter interface {
	export(ctx context.Context, spans []*span, resource []attribute) error
}

// queue holds the spans that have ended until enough of them can be sent together. It never makes anybody wait: what
// there is no room for is lost, and counted.
type queue struct {
	settings settings
	to       exporter
	log      *slog.Logger
	lost     atomic.Int64

	begin   sync.Once // the first span
	mu      sync.Mutex
	closed  bool               // guarded by mu
	running bool               // guarded by mu; somebody sends
	cancel  context.CancelFunc // guarded by mu; ends the sending at once
	spans   chan *span
	closing chan struct{}
	done    chan struct{} // closed when nothing is sent any more
	failing bool          // of the sender alone
}

func newQueue(s settings, to exporter, log *slog.Logger) *queue {
	return &queue{settings: s, to: to, log: log, closing: make(chan struct{}), done: make(chan struct{})}
}

// put takes a span.
func (q *queue) put(s *span) {
	q.begin.Do(q.start)
	select {
	case <-q.closing:
		q.lost.Add(1)
		return
	default:
	}
	select {
	case q.spans <- s:
	default:
		q.lost.Add(1)
	}
}

func (q *queue) start() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spans = make(chan *span, q.settings.queueSize)
	if q.closed {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	q.cancel, q.running = cancel, true
	go q.run(ctx)
}

// run sends what has come together: as soon as it is a batch, and else from time to time.
func (q *queue) run(ctx context.Context) {
	defer close(q.done)
	timer := time.NewTimer(q.settings.delay)
	defer timer.Stop()
	var batch []*span
	for {
		due := false
		select {
		case s := <-q.spans:
			batch = append(batch, s)
			due = len(batch) >= q.settings.batchSize
		case <-timer.C:
			due = true
		case <-q.closing:
			q.drain(ctx, batch)
			return
		}
		if due {
			q.send(ctx, batch)
			clear(batch) // or they stay in memory until others take their places
			batch = batch[:0]
			timer.Reset(q.settings.delay)
		}
	}
}

// drain sends all that is left.
func (q *queue) drain(ctx context.Context, batch []*span) {
	for {
		select {
		case s := <-q.spans:
			if batch = append(batch, s); len(batch) >= q.settings.batchSize {
				q.send(ctx, batch)
				batch = batch[:0]
			}
		default:
			q.send(ctx, batch)
			return
		}
	}
}

// send sends a batch. It complains once, and again after it had worked: a collector may be away for days.
func (q *queue) send(ctx context.Context, batch []*span) {
	if len(batch) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, q.settings.exportTimeout)
	defer cancel()
	err := q.to.export(ctx, batch, q.settings.resource)
	switch {
	case err != nil:
		q.lost.Add(int64(len(batch)))
		if !q.failing {
			var hinted interface{ Hint() string }
			hint := ""
			if errors.As(err, &hinted) {
				hint = hinted.Hint()
			}
			q.log.Warn("spans are lost: the collector does not take them", "error", err, "what_to_do", hint)
		}
	case q.failing:
		q.log.Info("the collector takes spans again", "lost", q.lost.Load())
	}
	q.failing = err != nil
}

// close sends what is left and waits for it as long as ctx allows.
func (q *queue) close(ctx context.Context) error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.closing)
	}
	running, cancel := q.running, q.cancel
	q.mu.Unlock()
	if !running {
		return nil
	}
	defer cancel()
	select {
	case <-q.done:
		return nil
	case <-ctx.Done():
		cancel()
		<-q.done
		return fmt.Errorf("sending the last spans: %w", context.Cause(ctx))
	}
}
