package mcp

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// door is what a request passes on its way to the protocol, in this order: Host and Origin, the body's size,
// who asks, how often.
type door struct {
	hosts   hosts
	keys    keyring
	maxBody int64
	perMin  int
	log     *slog.Logger

	mu       sync.Mutex
	limiters map[string]*rate.Limiter // guarded by mu; by principal, of which there are as many as keys
}

func newDoor(c HTTPConfig) *door {
	return &door{hosts: newHosts(c), keys: keyring{keys: c.Keys, query: c.QueryKey}, maxBody: c.MaxBody, perMin: c.RateLimit,
		log: c.Log, limiters: map[string]*rate.Limiter{}}
}

func (d *door) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.allowsNames(w, r) {
			return
		}
		if r.ContentLength > d.maxBody {
			refuseBody(w, d.maxBody)
			return
		}
		p, ok := d.keys.authenticate(r)
		if !ok {
			d.log.Warn("refused: no valid API key", "remote", r.RemoteAddr)
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+Name+`"`)
			writeError(w, http.StatusUnauthorized, "Unauthorized")
			return
		}
		note(r.Context(), p)
		if wait := d.wait(p); wait > 0 {
			refuseForNow(w, wait)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, d.maxBody)
		next.ServeHTTP(w, r.WithContext(withArrival(withPrincipal(r.Context(), p), originOf(r))))
	})
}

// allowsNames checks Host and Origin, and answers where they are not allowed.
func (d *door) allowsNames(w http.ResponseWriter, r *http.Request) bool {
	what, ok := d.hosts.allows(r)
	if !ok {
		d.refuseName(w, r, what)
	}
	return ok
}

func (d *door) refuseName(w http.ResponseWriter, r *http.Request, header string) {
	d.log.Warn("refused by name", "header", header, "remote", r.RemoteAddr)
	writeError(w, http.StatusForbidden, fmt.Sprintf("this %s is not allowed; allowed_hosts and allowed_origins in the configuration's [http] say which are", header))
}

// originOf is how a client reached the server, as far as the request tells. Behind a proxy that speaks TLS in our
// place it is not; base_url is for that.
func originOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// wait returns how long a principal that asks too often has to wait.
func (d *door) wait(p principal) time.Duration {
	if d.perMin <= 0 {
		return 0
	}
	d.mu.Lock()
	limiter, known := d.limiters[p.name]
	if !known {
		limiter = rate.NewLimiter(rate.Limit(float64(d.perMin)/60), d.perMin)
		d.limiters[p.name] = limiter
	}
	d.mu.Unlock()
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
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	writeError(w, http.StatusTooManyRequests, "too many requests: wait and try again")
}

// places bounds the requests that are worked on at once: in all, and of one principal to half of that, so that
// nobody can take them all.
type places struct {
	most int

	mu      sync.Mutex
	taken   int            // guarded by mu
	takenBy map[string]int // guarded by mu
}

func newPlaces(most int) *places { return &places{most: max(1, most), takenBy: map[string]int{}} }

// take takes a place where one is free.
func (p *places) take(who principal, alone bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	share := (p.most + 1) / 2
	if alone {
		share = p.most
	}
	if p.taken >= p.most || p.takenBy[who.name] >= share {
		return false
	}
	p.taken++
	p.takenBy[who.name]++
	return true
}

func (p *places) leave(who principal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.takenBy[who.name]--; p.takenBy[who.name] == 0 {
		delete(p.takenBy, who.name)
	}
}
