package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

const (
	hang         = 30 * time.Second // longer than anything may take: the server's own limits are far below
	mostRuns     = 3_000            // of one caller
	mostFailures = 5                // failures after which a caller gives up
)

// A load is callers of all kinds who call until they are told to stop.
type load struct {
	f      *fleet
	next   atomic.Int64 // employee who is the next to be written to or read
	ledger ledger

	mu      sync.Mutex
	right   int               // guarded by mu; answers that were right
	all     int               // guarded by mu; that came at all
	counts  map[string][4]int // guarded by mu; outcomes by kind
	changed chan struct{}     // guarded by mu; closed and replaced with each answer
}

// An errand is what a caller does time and again.
type errand struct {
	name string
	run  func(ctx context.Context, l *load, c *caller) (outcome, error)
}

func newLoad(t *testing.T, f *fleet) *load {
	l := &load{f: f, counts: map[string][4]int{}, changed: make(chan struct{})}
	l.ledger.watch(t, f.tenant)
	return l
}

// employee returns the name of one whom no other call is about.
func (l *load) employee() string {
	return fmt.Sprintf("crew.%05d@%s", l.next.Add(1), l.f.tenant.Domain())
}

func (l *load) note(name string, came outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := l.counts[name]
	counts[came]++
	l.counts[name] = counts
	l.all++
	if came == answered {
		l.right++
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// count returns how many calls had an outcome.
func (l *load) count(wanted outcome) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, counts := range l.counts {
		n += counts[wanted]
	}
	return n
}

// wait waits until more answers have come, right ones only or any.
func (l *load) wait(t *testing.T, more int, right bool) {
	t.Helper()
	ctx := within(t)
	count := func() (int, chan struct{}) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if right {
			return l.right, l.changed
		}
		return l.all, l.changed
	}
	now, changed := count()
	for end := now + more; now < end; now, changed = count() {
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("%d of %d answers came in time: %v", more-(end-now), more, l.counts)
		}
	}
}

// begin lets a caller run an errand until stop is closed.
func (l *load) begin(t *testing.T, callers *sync.WaitGroup, stop <-chan struct{}, e errand, c *caller) {
	callers.Go(func() {
		failures := 0
		for range mostRuns {
			select {
			case <-stop:
				return
			default:
			}
			ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), hang)
			came, err := e.run(ctx, l, c)
			if err != nil {
				t.Errorf("%s: %v", e.name, err)
				if failures++; failures == mostFailures {
					cancel()
					return
				}
			} else if l.note(e.name, came); came != answered {
				rest(ctx)
			}
			cancel()
		}
	})
}

// A ledger compares what was written with what callers were told.
type ledger struct {
	mu    sync.Mutex
	sent  map[string]int     // guarded by mu; how often what names it was written to in the tenant
	fates map[string]outcome // guarded by mu; what the caller was told in the end: answered is done, refused is not
}

// watch counts what is written in the tenant.
func (l *ledger) watch(t *testing.T, tenant *sandbox.Tenant) {
	l.sent, l.fates = map[string]int{}, map[string]outcome{}
	t.Cleanup(tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Match: func(r *http.Request) bool {
		if found := writtenTo.FindString(r.URL.Path); found != "" && r.Method != http.MethodGet {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.sent[found]++
		}
		return false
	}}))
}

// writtenTo finds in a path what no other write is about.
var writtenTo = regexp.MustCompile(`crew\.\d+`)

func (l *ledger) told(employee string, fate outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fates[writtenTo.FindString(employee)] = fate
}

// check fails where something was written twice, or not as its caller was told.
func (l *ledger) check(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	done := 0
	for name, n := range l.sent {
		if n > 1 {
			t.Errorf("%s was written %d times", name, n)
		}
	}
	for name, fate := range l.fates {
		n := l.sent[name]
		switch {
		case fate == answered && n != 1:
			t.Errorf("%s was written %d times, and its caller was told that it was done", name, n)
		case fate != answered && fate != lost && n != 0:
			t.Errorf("%s was written, and its caller was told that it was not", name)
		}
		done += n
	}
	t.Logf("%d writes were asked for, %d were done", len(l.fates), done)
}

// crowd returns callers of all kinds, each with a key or a token of its own, and what each does.
func (l *load) crowd(t *testing.T) (errands []errand, callers []*caller) {
	t.Helper()
	keys := 0
	add := func(n int, asks bool, e errand) {
		for range n {
			c := newCaller(l.f, l.f.keys[fmt.Sprintf("k%d", keys)])
			c.asks = asks
			keys++
			errands, callers = append(errands, e), append(callers, c)
		}
	}
	add(6, false, errand{"read", reads})
	add(6, false, errand{"read in a session", inSession(reads)})
	add(5, true, errand{"agree in a session", inSession(agrees)})
	add(4, true, errand{"agree", resumes})
	add(4, false, errand{"redeem", redeems})
	add(4, false, errand{"upload", uploads})
	for i := range 3 {
		name, content := fmt.Sprintf("file%d", i), bytes.Repeat([]byte{byte(i), 0xff, 0xfe}, 50_000)
		add(1, false, errand{"download", downloads(name, content)})
		l.store(t, callers[len(callers)-1], name, string(content))
	}
	for i := range 8 {
		upn := l.employee()
		e := errand{"me", isThem(upn)}
		if i%2 == 1 {
			e = errand{"me in a session", inSession(e.run)}
		}
		errands, callers = append(errands, e), append(callers, newCaller(l.f, sandboxtest.APIToken(t, l.f.tenant, upn)))
	}
	return errands, callers
}

// keysOfCrowd is how many API keys a crowd has.
const keysOfCrowd = 32

// store stores a file in the calm before.
func (l *load) store(t *testing.T, c *caller, name, content string) {
	t.Helper()
	to, came, err := c.uploadLink(within(t), name)
	if err == nil && came == answered {
		_, came, err = c.put(within(t), to, content)
	}
	if err != nil || came != answered {
		t.Fatalf("storing %s: %v, %v", name, came, err)
	}
}
