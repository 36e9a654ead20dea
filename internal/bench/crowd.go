package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A crowd is many sessions at once, of which each makes its calls one after the other.
type crowd struct {
	sessions, calls int
}

// health is how a server is at one moment.
type health struct {
	at         time.Duration // since the beginning
	resident   float64       // bytes
	heap       float64       // bytes in use
	goroutines float64
	files      int // open
	calls      int64
}

func (h health) String() string {
	return fmt.Sprintf("%8s  %7.1f MiB (%6.1f in use)  %5.0f goroutines  %5d files  %9d calls", h.at.Round(time.Second), h.resident/mebi, h.heap/mebi, h.goroutines, h.files, h.calls)
}

// runCrowd lets a crowd loose on the product twice, and shows that all is answered and that the server comes back to
// its level: memory after the second crowd has gone is compared with that after the first.
func runCrowd(ctx context.Context, bin string, c crowd) error {
	return withProduct(ctx, bin, func(s *served) error {
		first := s.health(0)
		fmt.Println("idle      ", first)
		var after [2]health
		for i := range after {
			began := time.Now()
			if err := s.crowd(ctx, c); err != nil {
				return err
			}
			took := time.Since(began)
			fmt.Printf("crowd %d   %s  %d sessions, %d calls each, %.1f s, %.0f calls/s\n", i+1, s.health(took), c.sessions, c.calls, took.Seconds(), float64(c.sessions*c.calls)/took.Seconds())
			s.client.CloseIdleConnections()
			after[i] = s.settled(ctx, first)
			fmt.Println("afterwards", after[i])
		}
		if after[1].resident > first.resident+level*mebi || after[1].resident > after[0].resident*1.1 {
			return fmt.Errorf("%.1f MiB are left of %.1f, after the first crowd %.1f", after[1].resident/mebi, first.resident/mebi, after[0].resident/mebi)
		}
		if after[1].goroutines > first.goroutines+10 {
			return fmt.Errorf("%.0f goroutines are left of %.0f", after[1].goroutines, first.goroutines)
		}
		return nil
	})
}

// runSoak keeps a smaller crowd going, with sessions that come and go, callers without a key and calls that fail, and
// compares the server's health in the last third with that in the second.
func runSoak(ctx context.Context, bin string, lasts time.Duration) error {
	return withProduct(ctx, bin, func(s *served) error {
		began := time.Now()
		deadline, stop := context.WithDeadline(ctx, began.Add(lasts))
		defer stop()
		failed := make(chan error, 1)
		go func() { failed <- s.churn(deadline) }()
		var seen []health
		for tick := time.NewTicker(max(lasts/60, time.Second)); ; {
			select {
			case err := <-failed:
				tick.Stop()
				if err != nil {
					return err
				}
				return steady(seen)
			case <-tick.C:
				seen = append(seen, s.health(time.Since(began)))
				fmt.Println(seen[len(seen)-1])
			}
		}
	})
}

// steady compares the last third with the one before; the first is for warming up.
func steady(seen []health) error {
	third := len(seen) / 3
	if third == 0 {
		return errors.New("it was too short to tell anything")
	}
	mean := func(part []health, of func(health) float64) (sum float64) {
		for _, h := range part {
			sum += of(h)
		}
		return sum / float64(len(part))
	}
	for _, figure := range []struct {
		name string
		of   func(health) float64
	}{
		{"memory", func(h health) float64 { return h.resident / mebi }},
		{"goroutines", func(h health) float64 { return h.goroutines }},
		{"open files", func(h health) float64 { return float64(h.files) }},
	} {
		second, last := mean(seen[third:2*third], figure.of), mean(seen[2*third:], figure.of)
		fmt.Printf("%s: %.1f in the second third, %.1f in the last\n", figure.name, second, last)
		if last > second*1.1+1 {
			return fmt.Errorf("%s grew by %.0f %%", figure.name, 100*(last/second-1))
		}
	}
	return nil
}

// served is a running product over HTTP.
type served struct {
	process *process
	url     string
	key     string
	client  *http.Client
	done    atomic.Int64 // calls
}

func withProduct(ctx context.Context, bin string, do func(*served) error) error {
	return withUpstream(ctx, bin, func(up *upstream) error {
		product := productOf(bin, up)
		p, err := start(ctx, product, product.http, up.scratch)
		if err != nil {
			return err
		}
		defer p.kill()
		url, err := p.url(ctx)
		if err != nil {
			return err
		}
		if err := do(&served{process: p, url: url, key: product.key, client: newClient()}); err != nil {
			return p.explain(err)
		}
		return nil
	})
}

// crowd opens all sessions, makes all calls, and ends every other session as a good client does.
func (s *served) crowd(ctx context.Context, c crowd) error {
	var wait sync.WaitGroup
	failed := make(chan error, c.sessions)
	for i := range c.sessions {
		wait.Go(func() {
			if err := s.session(ctx, c.calls, i%2 == 0); err != nil {
				failed <- fmt.Errorf("session %d: %w", i, err)
			}
		})
	}
	wait.Wait()
	close(failed)
	var first error
	n := 0
	for err := range failed {
		if n++; first == nil {
			first = err
		}
	}
	if first != nil {
		return fmt.Errorf("%d sessions of %d failed: %w", n, c.sessions, first)
	}
	return nil
}

func (s *served) session(ctx context.Context, calls int, ends bool) error {
	c, err := joinHTTP(ctx, s.client, s.url, s.key, legacy())
	if err != nil {
		return err
	}
	read := legacy().read(smallRead)
	for range calls {
		if _, err := c.do(read); err != nil {
			return err
		}
		s.done.Add(1)
	}
	if ends {
		return c.end(ctx)
	}
	return nil
}

// churn is 16 callers that open a session, make some calls and go, until ctx ends.
func (s *served) churn(ctx context.Context) error {
	var wait sync.WaitGroup
	failed := make(chan error, 16)
	for i := range cap(failed) {
		wait.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				if err := s.turn(context.WithoutCancel(ctx), n); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wait.Wait()
	close(failed)
	return <-failed
}

func (s *served) turn(ctx context.Context, n int) error {
	if n%16 == 0 { // somebody who may not
		_, err := joinHTTP(ctx, s.client, s.url, "not-a-key", legacy())
		if err == nil {
			return errors.New("a wrong key was let in")
		}
	}
	time.Sleep(250 * time.Millisecond) // a load, not a flood: what is looked for takes time
	return s.session(ctx, 10, n%3 != 0)
}

// level is how many MiB more than at the start count as the same: sessions that were not ended are kept for an hour.
const level = 48

// settled waits until the server has let go of what the crowd needed, for a minute at most.
func (s *served) settled(ctx context.Context, first health) health {
	began := time.Now()
	for {
		h := s.health(time.Since(began))
		back := h.goroutines <= first.goroutines+10 && h.files <= first.files+10 && h.resident <= first.resident+level*mebi
		if back || time.Since(began) > time.Minute || ctx.Err() != nil {
			return h
		}
		time.Sleep(3 * time.Second) // a look costs the server something, too
	}
}

// health reads the system's figures and the server's own. What cannot be read is 0.
func (s *served) health(at time.Duration) health {
	h := health{at: at, calls: s.done.Load()}
	h.resident, _ = s.process.resident()
	if open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.process.cmd.Process.Pid)); err == nil {
		h.files = len(open)
	}
	h.goroutines, _ = s.metric("go_goroutines")
	h.heap, _ = s.metric("go_memstats_heap_alloc_bytes")
	return h
}

// metric reads one of the server's metrics.
func (s *served) metric(name string) (float64, error) {
	r, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(s.url, "/mcp")+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	resp, err := s.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(io.LimitReader(resp.Body, 1<<20)); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("there is no metric %s", name)
}
