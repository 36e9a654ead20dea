// Package door decides who may come in over HTTP, and how much they may ask for. A request passes it in this order: whom it
// comes from (proxy.go), Host and Origin (hosts.go), the body's size, who asks (letin.go: an API key, keys.go, or a token,
// bearer.go; slow.go for those who guess), how often (rates.go). How many at once is asked when it begins to work
// (places.go), and whether there is memory for it (memory.go). What clients are told stands in challenge.go, cors.go and
// answers.go, what the log is told in access.go and the observer in observe.go. How long a connection may keep us, and how
// many there may be, is in listen.go; tls.go has its certificate.
//
// The room knows nothing of the protocol: what stands behind the door asks it ([PrincipalOf]), and takes its places
// ([Door.BeginCall]). Everything here is bounded, whoever comes.
package door

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// Rules say who may come in, and how much they may ask for.
type Rules struct {
	Listen         string // host:port, as configured: what is allowed depends on whether it is loopback
	BaseURL        string // how clients reach the server, where that differs; may be empty
	AllowedHosts   []string
	AllowedOrigins []string
	Keys           []Key // none, and no Bearers: everybody may ask
	Bearers        []Authenticator
	Resource       *Resource      // what this server is to OAuth clients; nil: they are not told
	QueryKey       bool           // take the key from ?api_key=, too
	MaxBody        int64          // bytes of a request
	RateLimit      int            // calls a minute and principal; 0: no limit
	MaxConcurrent  int            // requests at once in all
	MaxPerCaller   int            // requests at once of one principal; 0: half of MaxConcurrent
	MaxConnections int            // at once; 0: 4096
	MaxMemory      int64          // bytes in use beyond which no new call begins; 0: there is no limit
	MaxWait        time.Duration  // for one of MaxConcurrent; 0: five seconds, negative: none
	CORS           bool           // pages of AllowedOrigins may read the answers
	TrustedProxies []netip.Prefix // whose X-Forwarded headers and X-Request-Id are believed
	TLSCertificate string         // PEM file; "": plain HTTP
	TLSKey         string         // PEM file
}

// House is what the door is the door of.
type House struct {
	Name     string       // what the server calls itself
	Profiles []string     // names of all that are served
	Store    Store        // which the replicas share; needed, also by who has none
	Observer Observer     // nil: nobody
	Log      *slog.Logger // nil: none
}

// Store is what the door asks of the store that the replicas of a server share. An error of it means that it cannot be
// reached, and has Unavailable() bool: what depends on it is answered with 503, never guessed.
type Store interface {
	// Get returns a value; found is false where there is none or its life is over.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	// Spend takes one of perMinute from the allowance of key, of which burst may be saved up. wait is how long to wait
	// where there is none left; then nothing was taken.
	Spend(ctx context.Context, key string, perMinute, burst int) (wait time.Duration, err error)
	// Alone tells that nobody else shares it: there is one replica.
	Alone() bool
}

// Door is what a request passes on its way to the protocol, by one configuration.
type Door struct {
	rules   Rules
	house   House
	hosts   hosts
	proxies proxies
	keys    keyring
	memory  *memory // its limit is the configuration's, and what it knows is looked up again at once

	// These outlive a change of the configuration.
	attempts *attempts
	rates    *rates // of principals
	visits   *rates // to the pages of the authorization server, of addresses
	revoked  *revocations
	calls    *places
	moving   *places // of transfers, which take long and so have their own
}

// New makes a door. It takes over what the one before it has learnt, and who is inside; before may be nil.
func New(h House, r Rules, before *Door) *Door {
	if h.Observer == nil {
		h.Observer = Unobserved{}
	}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	d := &Door{rules: r, house: h, hosts: newHosts(r), proxies: r.TrustedProxies, keys: keyring{keys: r.Keys, now: time.Now}, memory: newMemory(r.MaxMemory, h.Log)}
	if before == nil {
		d.attempts, d.rates, d.visits, d.revoked = newAttempts(), newRates(), newRates(), newRevocations(h.Store)
		d.calls, d.moving = newPlaces(r.callBounds()), newPlaces(r.transferBounds())
		return d
	}
	d.attempts, d.rates, d.visits, d.revoked = before.attempts, before.rates, before.visits, before.revoked
	d.revoked.keep(r.Keys)
	d.calls, d.moving = before.calls, before.moving
	d.calls.resize(r.callBounds())
	d.moving.resize(r.transferBounds())
	return d
}

// Guard hands on to next the requests of those who may come in, and who they are ([PrincipalOf]); it answers all others.
func (d *Door) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.AllowsNames(w, r) {
			return
		}
		if r.ContentLength > d.rules.MaxBody {
			d.count(r.Context(), reasonBody)
			RefuseBody(w, d.rules.MaxBody)
			return
		}
		p, ok := d.LetIn(w, r)
		if !ok {
			return
		}
		note(r.Context(), p)
		if !d.admits(w, r, p) {
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, d.rules.MaxBody)
		ctx := d.house.Observer.Join(withOrigin(WithPrincipal(r.Context(), p), originOf(r)), r.Header.Get)
		Follow(ctx)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// allows tells whether a request came by an allowed name and from an allowed page. Where everybody may ask, the name by
// which it was received has to be allowed, too: a page that makes a browser talk to this machine under a name of its own
// can set X-Forwarded-Host, which is believed where a proxy on loopback is trusted.
func (d *Door) allows(r *http.Request) (what string, ok bool) {
	if e := entryOf(r.Context()); e != nil && d.Open() && !d.hosts.allowsHost(e.host) {
		return "Host", false
	}
	return d.hosts.allows(r)
}

// AllowsNames checks Host and Origin, and answers where they are not allowed.
func (d *Door) AllowsNames(w http.ResponseWriter, r *http.Request) bool {
	what, ok := d.allows(r)
	if !ok {
		d.refuseName(w, r, what)
	}
	return ok
}

func (d *Door) refuseName(w http.ResponseWriter, r *http.Request, header string) {
	d.house.Log.WarnContext(r.Context(), "refused by name", "header", header, "remote", r.RemoteAddr)
	d.count(r.Context(), map[string]string{"Host": reasonHost, "Origin": reasonOrigin}[header])
	WriteError(w, http.StatusForbidden, fmt.Sprintf("this %s is not allowed; allowed_hosts and allowed_origins in the configuration's [http] say which are", header))
}

// count tells the observer that a request was refused.
func (d *Door) count(ctx context.Context, reason string) {
	d.house.Observer.Count(ctx, "refused", slog.String("reason", reason))
}

// admits tells whether a principal may make a request now, and answers where it asks too often.
func (d *Door) admits(w http.ResponseWriter, r *http.Request, p Principal) bool {
	wait, err := d.spend(r.Context(), p)
	switch {
	case err != nil:
		d.house.Log.WarnContext(r.Context(), "the rate cannot be looked up", "error", err)
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

// BeginCall takes a place for a principal's call, and answers where there is none. Whoever gets one gives it back
// ([Door.EndCall]).
func (d *Door) BeginCall(w http.ResponseWriter, r *http.Request, p Principal) bool {
	return d.begin(w, r, d.calls, p)
}

// EndCall gives back the place of a call.
func (d *Door) EndCall(p Principal) { d.calls.leave(p) }

// BeginTransfer takes a place for the transfer of a file by a principal that has not passed [Door.Guard], and so counts against
// its rate, too. It answers where there is none; whoever gets one gives it back ([Door.EndTransfer]).
func (d *Door) BeginTransfer(w http.ResponseWriter, r *http.Request, p Principal) bool {
	note(r.Context(), p)
	return d.admits(w, r, p) && d.begin(w, r, d.moving, p)
}

// EndTransfer gives back the place of a transfer.
func (d *Door) EndTransfer(p Principal) { d.moving.leave(p) }

// Busy counts the calls that are worked on, the requests that wait for a place, and the files under way.
func (d *Door) Busy() (calls, waiting, transfers int) {
	calls, waiting = d.calls.count()
	transfers, _ = d.moving.count()
	return calls, waiting, transfers
}

// begin takes a place for a principal's work, and answers where there is none. The caller leaves it.
func (d *Door) begin(w http.ResponseWriter, r *http.Request, at *places, p Principal) bool {
	if d.memory.full() {
		d.count(r.Context(), reasonMemory)
		RetryAfter(w, memoryTidy)
		WriteError(w, http.StatusServiceUnavailable, "the server is short of memory: wait and try again")
		return false
	}
	if !at.take(r.Context(), p) {
		d.count(r.Context(), reasonBusy)
		refuseForNow(w, time.Second)
		return false
	}
	return true
}
