package door

import (
	"crypto/sha256"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/recent"
)

// attempts remembers from where keys were shown that are none, and makes whoever goes on wait: longer each time,
// but never for ever, and nobody elsewhere. Many people can share an address, all of them where a proxy is not
// configured as trusted; so a key that was good from there is let in all the same.
type attempts struct {
	now func() time.Time

	mu   sync.Mutex
	from *recent.Map[netip.Prefix, *visitor] // guarded by mu
}

const (
	freeAttempts  = 10 // within attemptSpan; with the last of them the waiting begins
	attemptSpan   = time.Minute
	longestWait   = time.Minute
	mostAddresses = 4096
	goodOfOne     = 8 // credentials remembered of one address
)

// visitor is what is known of one address.
type visitor struct {
	failures int
	since    time.Time // of the first of these failures
	until    time.Time // when the next attempt may be made
	good     [][sha256.Size]byte
}

func newAttempts() *attempts {
	return &attempts{now: time.Now, from: recent.New[netip.Prefix, *visitor](mostAddresses)}
}

// neighbourhood is what counts as one address: with IPv6, whoever has one has 2^64.
func neighbourhood(a netip.Addr) netip.Prefix {
	bits := 32
	if a = a.Unmap(); a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: such as of a socket in the file system
	}
	return p
}

// Neighbourhood returns what counts as one address of those that requests come from, as the door sees it: behind a proxy
// that is trusted, the client's.
func Neighbourhood(r *http.Request) string { return neighbourhood(addressOf(r.RemoteAddr)).String() }

// wait returns how long an address has to wait before a credential of this hash is looked at.
func (a *attempts) wait(from netip.Addr, sum [sha256.Size]byte) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.from.Find(neighbourhood(from))
	if !ok || slices.Contains(r.good, sum) {
		return 0
	}
	return max(0, r.until.Sub(a.now()))
}

// failed counts an attempt that failed, and returns how long to wait before the next; 0 as long as there are few.
func (a *attempts) failed(from netip.Addr) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, now := a.visitor(from), a.now()
	if r.failures < freeAttempts && now.Sub(r.since) >= attemptSpan || !r.until.IsZero() && now.Sub(r.until) >= attemptSpan {
		r.failures, r.until = 0, time.Time{}
	}
	if r.failures == 0 {
		r.since = now
	}
	r.failures++
	if r.failures < freeAttempts {
		return 0
	}
	wait := longestWait
	if doublings := r.failures - freeAttempts; doublings < 6 {
		wait = time.Second << doublings
	}
	r.until = now.Add(wait)
	return wait
}

// succeeded remembers a credential that was good from an address.
func (a *attempts) succeeded(from netip.Addr, sum [sha256.Size]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.visitor(from)
	if slices.Contains(r.good, sum) {
		return
	}
	if len(r.good) == goodOfOne {
		r.good = slices.Delete(r.good, 0, 1)
	}
	r.good = append(r.good, sum)
}

// visitor returns what is known of an address. The caller holds mu.
func (a *attempts) visitor(from netip.Addr) *visitor {
	where := neighbourhood(from)
	r, ok := a.from.Find(where)
	if !ok {
		r = &visitor{}
		a.from.Keep(where, r)
	}
	return r
}
