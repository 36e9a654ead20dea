package mcp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// The rules of one-time tickets.
const (
	ticketLife    = 10 * time.Minute
	ticketEntropy = 24 // bytes
	mostTickets   = 1024
	mostOfOne     = 64 // of one principal, so that nobody can take them all

	uploadTicket   = "upl_" // how the ancestor's successor begins them, too
	downloadTicket = "dnl_"
)

// transfers holds the one-time links that are out: what waits to be downloaded and where an upload may go. It
// keeps a link's hash only, so that neither a dump of the memory nor the time of a look-up tells one.
type transfers struct {
	base string // how clients reach the server; "" where they say it with each request
	now  func() time.Time

	mu   sync.Mutex
	held map[[sha256.Size]byte]*ticket // guarded by mu
}

// ticket is what a link stands for: an offer or a deposit.
type ticket struct {
	owner   principal
	expires time.Time
	offer   *tools.Offer
	deposit *tools.Deposit
	busy    bool // guarded by transfers.mu; somebody is using it up
	sum     [sha256.Size]byte
}

func newTransfers(baseURL string) *transfers {
	return &transfers{base: strings.TrimSuffix(baseURL, "/"), now: time.Now, held: map[[sha256.Size]byte]*ticket{}}
}

// Offer makes a link to download a file from.
func (t *transfers) Offer(ctx context.Context, o tools.Offer) (tools.Link, error) {
	text, expires, err := t.hold(downloadTicket, &ticket{owner: principalFrom(ctx), offer: &o})
	return tools.Link{URL: t.baseFor(ctx) + "/transfer/" + text, Expires: expires}, err
}

// Deposit makes a link to upload a file to. Its secret travels in a header, as that of an API key would.
func (t *transfers) Deposit(ctx context.Context, d tools.Deposit) (tools.Link, error) {
	text, expires, err := t.hold(uploadTicket, &ticket{owner: principalFrom(ctx), deposit: &d})
	return tools.Link{URL: t.baseFor(ctx) + "/upload?" + d.Query, Authorization: "Bearer " + text, Expires: expires}, err
}

func (t *transfers) baseFor(ctx context.Context) string {
	if t.base != "" {
		return t.base
	}
	return arrivalFrom(ctx)
}

// hold keeps a ticket and returns the text that opens it.
func (t *transfers) hold(prefix string, k *ticket) (text string, expires time.Time, err error) {
	secret := make([]byte, ticketEntropy)
	rand.Read(secret) // never fails (crypto/rand)
	text = prefix + base64.RawURLEncoding.EncodeToString(secret)
	k.sum, k.expires = sha256.Sum256([]byte(text)), t.now().Add(ticketLife)
	t.mu.Lock()
	defer t.mu.Unlock()
	own := 0
	for sum, other := range t.held {
		switch {
		case !other.busy && t.now().After(other.expires):
			delete(t.held, sum)
		case other.owner.name == k.owner.name:
			own++
		}
	}
	if own >= mostOfOne || len(t.held) >= mostTickets {
		return "", time.Time{}, &tooManyTickets{}
	}
	t.held[k.sum] = k
	return text, k.expires, nil
}

// tooManyTickets is more links than may be out at once.
type tooManyTickets struct{}

func (*tooManyTickets) Error() string {
	return "too many transfer links are out that nobody has used"
}

// Hint says when there is room again.
func (*tooManyTickets) Hint() string {
	return "use the links that were handed out, or wait: each ends after " + minutes(ticketLife)
}

// find looks at a ticket without taking it; nil where there is none that is free.
func (t *transfers) find(text string) *ticket {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.free(text)
}

// take takes a ticket, so that nobody else can. The caller gives it back or drops it.
func (t *transfers) take(text string) *ticket {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.free(text)
	if k != nil {
		k.busy = true
	}
	return k
}

// free needs mu.
func (t *transfers) free(text string) *ticket {
	k := t.held[sha256.Sum256([]byte(text))]
	if k == nil || k.busy || t.now().After(k.expires) {
		return nil
	}
	return k
}

// giveBack lets a ticket be used after all: nothing was transferred.
func (t *transfers) giveBack(k *ticket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k.busy = false
}

// drop ends a ticket.
func (t *transfers) drop(k *ticket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.held, k.sum)
}

type arrivalKey struct{}

// withArrival keeps how a client reached the server, for the links that it is given. The Host was checked.
func withArrival(ctx context.Context, origin string) context.Context {
	return context.WithValue(ctx, arrivalKey{}, origin)
}

func arrivalFrom(ctx context.Context) string {
	origin, _ := ctx.Value(arrivalKey{}).(string)
	return origin
}
