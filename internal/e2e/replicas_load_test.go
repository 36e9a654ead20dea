package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
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

func graphParams(arguments map[string]any) map[string]any {
	return map[string]any{"name": "microsoft_graph", "arguments": arguments}
}

// reads reads somebody, and fails where it gets anybody else.
func reads(ctx context.Context, l *load, c *caller) (outcome, error) {
	who := l.employee()
	return c.reads(ctx, "/users/"+who+"?$select=userPrincipalName", who)
}

func (c *caller) reads(ctx context.Context, path, want string) (outcome, error) {
	got, came, err := c.call(ctx, graphParams(map[string]any{"path": path}), nil)
	if err == nil && came == answered && (got.IsError || !strings.Contains(got.text(), want)) {
		return came, fmt.Errorf("%s: got %s, want %s", path, got.text(), want)
	}
	return came, err
}

// inSession does something in a session of the older era, and opens one where there is none.
func inSession(errand func(ctx context.Context, l *load, c *caller) (outcome, error)) func(ctx context.Context, l *load, c *caller) (outcome, error) {
	return func(ctx context.Context, l *load, c *caller) (outcome, error) {
		if c.session == "" {
			if came, err := c.greet(ctx); came != answered || err != nil {
				return came, err
			}
		}
		came, err := errand(ctx, l, c)
		if came == gone && err == nil {
			c.session = "" // as the protocol has it: a new one is opened
		}
		return came, err
	}
}

// changeOf is a call that a person has to agree to.
func changeOf(who string) map[string]any {
	return map[string]any{"path": "/users/" + who, "method": "PATCH", "body": map[string]any{"jobTitle": "Examiner"}}
}

// agrees changes somebody once the person has agreed, whose answer goes another way than the question.
func agrees(ctx context.Context, l *load, c *caller) (outcome, error) {
	who := l.employee()
	got, came, err := c.call(ctx, graphParams(changeOf(who)), func(ctx context.Context, id json.RawMessage) error {
		for ctx.Err() == nil {
			switch came, err := c.agree(ctx, id); {
			case err != nil || came == answered:
				return err
			case came == gone:
				return errSessionGone
			}
			rest(ctx)
		}
		return nil
	})
	if err == nil && came == answered && got.IsError {
		err = fmt.Errorf("changing %s: %s", who, got.text())
	}
	if err == nil {
		l.ledger.told(who, came)
	}
	return came, err
}

// resumes is agrees in the modern era: the call comes back with the answer, and a second time in vain.
func resumes(ctx context.Context, l *load, c *caller) (outcome, error) {
	who := l.employee()
	params := graphParams(changeOf(who))
	asked, came, err := c.call(ctx, params, nil)
	if err != nil || came != answered {
		l.ledger.told(who, putOff) // nobody has agreed
		return came, err
	}
	if asked.ResultType != "input_required" {
		return came, fmt.Errorf("the person is not asked: %s", asked.text())
	}
	params["requestState"] = asked.RequestState
	params["inputResponses"] = map[string]any{"confirm": map[string]any{"action": "accept", "content": map[string]any{}}}
	return c.once(ctx, l, who, params)
}

// redeems is agrees for a model that asks its person by itself.
func redeems(ctx context.Context, l *load, c *caller) (outcome, error) {
	who := l.employee()
	arguments := changeOf(who)
	asked, came, err := c.call(ctx, graphParams(arguments), nil)
	if err != nil || came != answered {
		return came, err
	}
	_, token, ok := strings.Cut(asked.text(), `with confirm "`)
	if !ok {
		return came, fmt.Errorf("no token: %s", asked.text())
	}
	arguments["confirm"], _, _ = strings.Cut(token, `"`)
	return c.once(ctx, l, who, graphParams(arguments))
}

// once makes a call twice at the same time, and then once more. It may be done once.
func (c *caller) once(ctx context.Context, l *load, who string, params map[string]any) (outcome, error) {
	var came [3]outcome
	var errs [3]error
	attempt := func(i int) {
		var got toolReply
		got, came[i], errs[i] = c.call(ctx, params, nil)
		if errs[i] == nil && came[i] == answered && got.IsError {
			errs[i] = fmt.Errorf("changing %s: %s", who, got.text())
		}
	}
	var both sync.WaitGroup
	both.Go(func() { attempt(0) })
	both.Go(func() { attempt(1) })
	both.Wait()
	attempt(2)
	fate := fateOf(came[:])
	l.ledger.told(who, fate)
	return fate, errors.Join(errs[:]...)
}

// fateOf is what is known of something that was tried several times.
func fateOf(all []outcome) outcome {
	n := [4]int{}
	for _, came := range all {
		n[came]++
	}
	switch {
	case n[answered] > 0:
		return answered
	case n[lost] > 0:
		return lost
	case n[putOff] > 0:
		return putOff
	}
	return gone
}

// uploads asks for a link, which several use at once.
func uploads(ctx context.Context, l *load, c *caller) (outcome, error) {
	who := l.employee()
	link, came, err := c.uploadLink(ctx, who)
	if err != nil || came != answered {
		return came, err
	}
	all, err := race(3, func() (outcome, error) {
		res, came, err := c.put(ctx, link, "the file of "+who)
		if res != nil {
			res.Body.Close()
		}
		return came, err
	})
	fate := fateOf(all)
	l.ledger.told(who, fate)
	return fate, err
}

// link is what the tools that transfer hand out.
type link struct{ UploadURL, Method, ContentType, AuthHeader, DownloadURL string }

func (c *caller) uploadLink(ctx context.Context, name string) (link, outcome, error) {
	return c.link(ctx, "get_upload_config", map[string]any{"path": racePath(name),
		"contentType": "application/octet-stream"})
}

// racePath is where a file of the tests is.
func racePath(name string) string {
	return "/users/" + sandbox.MemberUPN + "/drive/root:/Races/" + name + ".bin:/content"
}

func (c *caller) link(ctx context.Context, tool string, arguments map[string]any) (got link, came outcome, err error) {
	r, came, err := c.call(ctx, map[string]any{"name": tool, "arguments": arguments}, nil)
	if err != nil || came != answered {
		return got, came, err
	}
	if err := json.Unmarshal([]byte(r.text()), &got); err != nil || r.IsError {
		return got, came, fmt.Errorf("no link: %s", r.text())
	}
	return got, came, nil
}

func (c *caller) put(ctx context.Context, to link, text string) (*http.Response, outcome, error) {
	request, err := http.NewRequestWithContext(ctx, to.Method, to.UploadURL, strings.NewReader(text))
	if err != nil {
		return nil, answered, err
	}
	request.Header = http.Header{"Authorization": {to.AuthHeader}, "Content-Type": {to.ContentType}}
	return c.do(request)
}

// race does something several times at once.
func race(n int, do func() (outcome, error)) ([]outcome, error) {
	all, errs := make([]outcome, n), make([]error, n)
	var racers sync.WaitGroup
	for i := range n {
		racers.Go(func() { all[i], errs[i] = do() })
	}
	racers.Wait()
	if winners := count(all, answered); winners > 1 {
		errs[0] = errors.Join(errs[0], fmt.Errorf("%d of %d have won", winners, n))
	}
	return all, errors.Join(errs...)
}

func count(all []outcome, wanted outcome) (n int) {
	for _, came := range all {
		if came == wanted {
			n++
		}
	}
	return n
}

// downloads returns an errand that has a file of its own, and gets it by links that several use at once.
func downloads(name string, content []byte) func(ctx context.Context, l *load, c *caller) (outcome, error) {
	return func(ctx context.Context, l *load, c *caller) (outcome, error) {
		link, came, err := c.link(ctx, "download_file", map[string]any{"path": racePath(name)})
		if err != nil || came != answered {
			return came, err
		}
		all, err := race(3, func() (outcome, error) { return c.get(ctx, link, content) })
		return fateOf(all), err
	}
}

func (c *caller) get(ctx context.Context, from link, want []byte) (outcome, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from.DownloadURL, nil)
	if err != nil {
		return answered, err
	}
	res, came, err := c.do(request)
	if err != nil || came != answered {
		return came, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return lost, isLost(err)
	case !bytes.Equal(got, want):
		return answered, fmt.Errorf("got another file, of %d bytes", len(got))
	}
	return answered, nil
}

// isThem returns an errand that asks who the caller is.
func isThem(upn string) func(ctx context.Context, l *load, c *caller) (outcome, error) {
	return func(ctx context.Context, l *load, c *caller) (outcome, error) {
		return c.reads(ctx, "/me?$select=userPrincipalName", upn)
	}
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
