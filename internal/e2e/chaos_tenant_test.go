package e2e

import (
	"bytes"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// Every call of a round is about somebody whom no other is about, and by whose name its requests are known.
const chaosCrew = 1 << 12

var markPattern = regexp.MustCompile(`crew\.\d{5}(-\d)?`)

// A trouble is what meets the requests of one call at Graph.
type trouble struct {
	name string

	// act answers one request. It may have the host do what was asked (spoiled.host) and spoil the answer.
	act func(s *spoiled)

	// doubtful tells whether whoever is answered so cannot know if a change was made.
	doubtful bool

	// fits tells which requests it is for; nil means all.
	fits func(r *http.Request) bool
}

// spoiled is one request that meets a trouble.
type spoiled struct {
	w     http.ResponseWriter
	r     *http.Request
	next  http.Handler
	done  func(status int) // is told how the host answered
	doubt func()           // is told, before, that whoever is answered cannot know if a change was made
	dice  *rand.Rand
	c     *chaos
}

// host has the host do what it would, and returns its answer.
func (s *spoiled) host() *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	s.next.ServeHTTP(answer, s.r)
	s.done(answer.Code)
	return answer
}

// reply answers.
func (s *spoiled) reply(status int, body string, header ...string) {
	for i := 0; i+1 < len(header); i += 2 {
		s.w.Header().Set(header[i], header[i+1])
	}
	s.w.WriteHeader(status)
	_, _ = io.WriteString(s.w, body)
}

// pass sends an answer of the host's on, with a change to its header.
func (s *spoiled) pass(answer *httptest.ResponseRecorder, header ...string) {
	for name, values := range answer.Header() {
		s.w.Header()[name] = values
	}
	s.reply(answer.Code, answer.Body.String(), header...)
}

// stall waits until the trouble is over or whoever asked has gone, and not for ever: where everybody waits, no call ends,
// and by their number the trouble is counted.
func (s *spoiled) stall() {
	s.c.tenant.mu.Lock()
	closed := s.c.tenant.closed
	s.c.tenant.mu.Unlock()
	select {
	case <-closed:
	case <-s.r.Context().Done():
	case <-time.After(time.Duration(200+s.dice.IntN(1300)) * time.Millisecond):
	}
}

// chaosTenant is the simulated Microsoft, and what goes wrong there.
type chaosTenant struct {
	*sandbox.Tenant
	c         *chaos
	mailboxes []string
	revoked   bool          // the tokens were, in this round
	ahead     *atomic.Int64 // of the machine's clock, in ns

	mu     sync.Mutex
	plans  map[string]*plan              // guarded by mu; by mark
	rain   map[sandbox.Host]*chaosShower // guarded by mu; for all requests at a host
	marks  map[string]int                // guarded by mu; how many requests of an errand have come
	closed chan struct{}                 // guarded by mu; ends what stalls; replaced by clear
}

// plan is the trouble that one call meets.
type plan struct {
	trouble trouble
	left    int
	dice    *rand.Rand
	arrived func() // called with the first request
}

// chaosShower is a trouble that meets the requests of everybody at a host.
type chaosShower struct {
	trouble trouble
	dice    *rand.Rand // guarded by chaosTenant.mu
}

// tokenLife is how long tokens live while things go wrong.
const tokenLife = 4 * time.Second

func newChaosTenant(t *testing.T, c *chaos) *chaosTenant {
	clocks := &atomic.Int64{}
	now := func() time.Time { return time.Now().Add(time.Duration(clocks.Load())) }
	ct := &chaosTenant{Tenant: sandboxtest.Start(t, sandbox.Options{Users: chaosCrew, GraphOrigin: c.lines[1].url(), Now: now}), c: c, ahead: clocks,
		plans: map[string]*plan{}, rain: map[sandbox.Host]*chaosShower{}, marks: map[string]int{}, closed: make(chan struct{})}
	ct.SetTokenLifetime(tokenLife)
	for _, host := range []sandbox.Host{sandbox.Login, sandbox.Graph} {
		ct.Inject(sandbox.Fault{Host: host, Wrap: func(next http.Handler) http.Handler { return ct.handler(host, next) }})
	}
	ct.Inject(sandbox.Fault{Host: sandbox.Search, Match: func(r *http.Request) bool {
		if len(r.Header.Values("Authorization")) > 0 || r.Method != http.MethodGet {
			c.violated("%s %s came to another host with a token or a body", r.Method, r.URL.Path)
		}
		return false
	}})
	return ct
}

// clear ends all trouble, and what stalls.
func (ct *chaosTenant) clear() {
	ct.SetTokenLifetime(0)
	ct.mu.Lock()
	defer ct.mu.Unlock()
	clear(ct.plans)
	clear(ct.rain)
	close(ct.closed)
	ct.closed = make(chan struct{})
}

// plan lets a call meet a trouble, and arrived be called when its first request has come.
func (ct *chaosTenant) plan(mark string, p *plan) {
	ct.mu.Lock()
	defer ct.mu.Unlock()
	ct.plans[mark] = p
}

// pour lets a trouble meet everybody at a host, and returns what ends that.
func (ct *chaosTenant) pour(host sandbox.Host, tr trouble, dice *rand.Rand) (end func()) {
	ct.mu.Lock()
	defer ct.mu.Unlock()
	shower := &chaosShower{trouble: tr, dice: rand.New(rand.NewPCG(dice.Uint64(), 0))} // those of the director's own are its alone
	ct.rain[host] = shower
	return func() {
		ct.mu.Lock()
		defer ct.mu.Unlock()
		if ct.rain[host] == shower {
			delete(ct.rain, host)
		}
		close(ct.closed)
		ct.closed = make(chan struct{})
	}
}

// meets returns the trouble that a request meets, if any, and chances of its own.
func (ct *chaosTenant) meets(host sandbox.Host, mark string, r *http.Request) (*trouble, *rand.Rand, func()) {
	ct.mu.Lock()
	defer ct.mu.Unlock()
	var arrived func()
	if mark != "" {
		ct.marks[mark]++
	}
	p := ct.plans[mark]
	if p != nil && host == sandbox.Graph {
		arrived, p.arrived = p.arrived, nil
		if p.left > 0 && (p.trouble.fits == nil || p.trouble.fits(r)) {
			p.left--
			return &p.trouble, rand.New(rand.NewPCG(p.dice.Uint64(), 0)), arrived
		}
	}
	if shower := ct.rain[host]; shower != nil && (shower.trouble.fits == nil || shower.trouble.fits(r)) {
		return &shower.trouble, rand.New(rand.NewPCG(shower.dice.Uint64(), 0)), arrived
	}
	return nil, nil, arrived
}

// seen returns how many requests of each errand have come.
func (ct *chaosTenant) seen() map[string]int {
	ct.mu.Lock()
	defer ct.mu.Unlock()
	return maps.Clone(ct.marks)
}

// smallBody is how much of a body is looked at for the name of a call.
const smallBody = 64 << 10

// marksOf returns the names of calls that a request holds. Its body can still be read.
func marksOf(r *http.Request) []string {
	path, _ := url.PathUnescape(r.URL.RequestURI())
	if marks := markPattern.FindAllString(path, -1); len(marks) > 0 {
		return marks
	}
	if r.Body == nil || r.ContentLength > smallBody || !strings.Contains(r.Header.Get("Content-Type"), "json") {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, smallBody))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	if err != nil {
		return nil
	}
	return markPattern.FindAllString(string(body), -1)
}

// handler answers for a host.
func (ct *chaosTenant) handler(host sandbox.Host, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		marks := marksOf(r)
		whole := ""
		if len(marks) > 0 {
			whole, _, _ = strings.Cut(marks[0], "-")
		}
		met, dice, arrived := ct.meets(host, whole, r)
		batch := strings.HasSuffix(r.URL.Path, "/$batch")
		changes := host == sandbox.Graph && len(marks) == 1 && r.Method != http.MethodGet && !batch && !strings.HasSuffix(r.URL.Path, "/createUploadSession")
		s := &spoiled{w: w, r: r, next: next, dice: dice, c: ct.c, done: func(int) {}, doubt: func() {}}
		switch {
		case batch:
			ct.c.ledger.cameInBatch(ct.c, marks)
			s.doubt = func() { ct.c.ledger.doubt(marks) }
		case changes:
			ct.c.ledger.came(ct.c, marks[0], r.Method)
			s.doubt = func() { ct.c.ledger.doubt(marks) }
			s.done = func(status int) { ct.c.ledger.did(marks[0], status) }
		}
		if met != nil && met.doubtful {
			s.doubt()
		}
		if arrived != nil {
			arrived()
		}
		switch {
		case met != nil:
			met.act(s)
		case changes:
			s.pass(s.host())
		default:
			next.ServeHTTP(w, r)
		}
	})
}
