package mcp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/sapientsai/microsoft-mcp-server/internal/recent"
)

// door is what a request passes on its way to the protocol, in this order: whom it comes from (proxy.go), Host and Origin
// (hosts.go), the body's size, who asks (letin.go), how often. How many at once is asked when it begins to work
// (places.go), and whether there is memory for it (memory.go).
type door struct {
	hosts    hosts
	proxies  proxies
	keys     keyring
	query    bool // ?api_key= is taken, too
	bearers  []Authenticator
	resource *Resource
	base     string   // how clients reach the server; "" where they say it with each request
	served   []string // names of the profiles
	cors     bool
	maxBody  int64
	perMin   int
	shared   Shared
	observer Observer
	log      *slog.Logger

	memory *memory // its limit is the configuration's, and what it knows is looked up again at once

	// These outlive a change of the configuration.
	attempts *attempts
	rates    *rates // of principals
	visits   *rates // to the pages of the authorization server, of addresses
	revoked  *revocations
}

func newDoor(c HTTPConfig) *door {
	d := &door{hosts: newHosts(c), proxies: c.TrustedProxies, keys: keyring{keys: c.Keys, now: time.Now}, query: c.QueryKey, bearers: c.Bearers,
		resource: c.Resource, base: c.BaseURL, cors: c.CORS, maxBody: c.MaxBody, perMin: c.RateLimit, shared: c.Shared, observer: c.Observer, log: c.Log,
		attempts: newAttempts(), rates: newRates(), visits: newRates(), revoked: newRevocations(c.Shared), memory: newMemory(c.MaxMemory, c.Log)}
	for _, p := range c.Profiles {
		d.served = append(d.served, p.Name)
	}
	return d
}

// inherit takes over what the door before it has learnt.
func (d *door) inherit(before *door) {
	d.attempts, d.rates, d.visits, d.revoked = before.attempts, before.rates, before.visits, before.revoked
	d.revoked.keep(d.keys.keys)
}

func (d *door) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.allowsNames(w, r) {
			return
		}
		if r.ContentLength > d.maxBody {
			d.count(r.Context(), reasonBody)
			refuseBody(w, d.maxBody)
			return
		}
		p, ok := d.letIn(w, r)
		if !ok {
			return
		}
		note(r.Context(), p)
		if !d.admits(w, r, p) {
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, d.maxBody)
		ctx := d.observer.Join(withArrival(withPrincipal(r.Context(), p), originOf(r)), r.Header.Get)
		follow(ctx)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// allows tells whether a request came by an allowed name and from an allowed page. Where everybody may ask, the name by
// which it was received has to be allowed, too: a page that makes a browser talk to this machine under a name of its own
// can set X-Forwarded-Host, which is believed where a proxy on loopback is trusted.
func (d *door) allows(r *http.Request) (what string, ok bool) {
	if e := entryOf(r.Context()); e != nil && d.open() && !d.hosts.allowsHost(e.host) {
		return "Host", false
	}
	return d.hosts.allows(r)
}

// allowsNames checks Host and Origin, and answers where they are not allowed.
func (d *door) allowsNames(w http.ResponseWriter, r *http.Request) bool {
	what, ok := d.allows(r)
	if !ok {
		d.refuseName(w, r, what)
	}
	return ok
}

func (d *door) refuseName(w http.ResponseWriter, r *http.Request, header string) {
	d.log.WarnContext(r.Context(), "refused by name", "header", header, "remote", r.RemoteAddr)
	d.count(r.Context(), map[string]string{"Host": reasonHost, "Origin": reasonOrigin}[header])
	writeError(w, http.StatusForbidden, fmt.Sprintf("this %s is not allowed; allowed_hosts and allowed_origins in the configuration's [http] say which are", header))
}

// count tells the observer that a request was refused.
func (d *door) count(ctx context.Context, reason string) {
	d.observer.Count(ctx, "refused", slog.String("reason", reason))
}

// admits tells whether a principal may make a request now, and answers where it asks too often.
func (d *door) admits(w http.ResponseWriter, r *http.Request, p principal) bool {
	wait, err := d.spend(r.Context(), p)
	switch {
	case err != nil:
		d.log.WarnContext(r.Context(), "the rate cannot be looked up", "error", err)
		d.count(r.Context(), reasonUnavailable)
		refuseUnavailable(w)
		return false
	case wait > 0:
		d.count(r.Context(), reasonRate)
		refuseForNow(w, wait)
		return false
	}
	return true
}

// spend takes a request from a principal's allowance, which all replicas share. It returns how long to wait where there
// is none left.
func (d *door) spend(ctx context.Context, p principal) (time.Duration, error) {
	switch {
	case d.perMin <= 0:
		return 0, nil
	case d.shared.Alone():
		return d.rates.wait(p.name, d.perMin), nil
	}
	sum := sha256.Sum256([]byte(p.name))
	return d.shared.Spend(ctx, "rate/"+hex.EncodeToString(sum[:]), d.perMin, d.perMin)
}

// rates are the allowances that this process keeps by itself.
type rates struct {
	mu       sync.Mutex
	limiters *recent.Map[string, *rate.Limiter] // guarded by mu
}

const mostRates = 10_000

func newRates() *rates { return &rates{limiters: recent.New[string, *rate.Limiter](mostRates)} }

// wait takes one of perMinute from an allowance, or returns how long to wait for it.
func (r *rates) wait(name string, perMinute int) time.Duration {
	r.mu.Lock()
	limiter, known := r.limiters.Find(name)
	if limit := rate.Limit(float64(perMinute) / 60); !known {
		limiter = rate.NewLimiter(limit, perMinute)
		r.limiters.Keep(name, limiter)
	} else if limiter.Burst() != perMinute { // the configuration is another
		limiter.SetLimit(limit)
		limiter.SetBurst(perMinute)
	}
	r.mu.Unlock()
	reservation := limiter.Reserve()
	delay := reservation.Delay()
	if delay > 0 {
		reservation.Cancel()
	}
	return delay
}

func refuseBody(w http.ResponseWriter, most int64) {
	w.Header().Set("Connection", "close") // the rest of the body is not worth reading
	writeError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the request is larger than %d bytes (max_body in the configuration's [http])", most))
}

func refuseForNow(w http.ResponseWriter, wait time.Duration) {
	retryAfter(w, wait)
	writeError(w, http.StatusTooManyRequests, "too many requests: wait and try again")
}

func retryAfter(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
}

// begin takes a place for a principal's work, and answers where there is none. The caller leaves it.
func (g *generation) begin(w http.ResponseWriter, r *http.Request, at *places, p principal) bool {
	if g.door.memory.full() {
		g.door.count(r.Context(), reasonMemory)
		retryAfter(w, memoryTidy)
		writeError(w, http.StatusServiceUnavailable, "the server is short of memory: wait and try again")
		return false
	}
	if !at.take(r.Context(), p) {
		g.door.count(r.Context(), reasonBusy)
		refuseForNow(w, time.Second)
		return false
	}
	return true
}
