package mcp

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/recent"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// The rules of one-time tickets.
const (
	ticketLife    = 10 * time.Minute
	ticketEntropy = 24 // bytes
	mostTickets   = 4096
	mostOfOne     = 64 // of one principal, so that nobody can take them all

	uploadTicket   = "upl_" // how the ancestor's successor begins them, too
	downloadTicket = "dnl_"
)

// transfers hands out one-time links: to what waits to be downloaded and to where an upload may go. What a link stands
// for is in the store, sealed, under the link's hash, so that any replica can open it and neither a dump of the memory nor
// the time of a look-up tells one. A ticket is taken out of the store to be used, and so is used once; where nothing was
// transferred it is put back.
type transfers struct {
	shared Shared
	sealer Sealer
	now    func() time.Time

	mu  sync.Mutex
	out *recent.Map[[sha256.Size]byte, handedOut] // guarded by mu; the tickets that this replica has made, to bound them
	own map[string]map[[sha256.Size]byte]struct{} // guarded by mu; the same of each principal that has any
}

type handedOut struct {
	owner string
	ends  time.Time // all live as long, so those that were made first end first
}

const ticketPurpose = "ticket"

func newTransfers(shared Shared, sealer Sealer) *transfers {
	return &transfers{shared: shared, sealer: sealer, now: time.Now, out: recent.New[[sha256.Size]byte, handedOut](mostTickets),
		own: map[string]map[[sha256.Size]byte]struct{}{}}
}

// links are the transfers of one configuration, which says how clients reach the server; "" where they say it
// with each request.
type links struct {
	*transfers
	base string
}

func (l *links) baseFor(ctx context.Context) string {
	if l.base != "" {
		return l.base
	}
	return door.Origin(ctx)
}

// transfers hands out links for the call, where there are any.
func (e *errand) transfers() tools.Transfers {
	if e.links == nil {
		return nil
	}
	return e
}

// Offer makes a link to download a file from.
func (e *errand) Offer(ctx context.Context, o tools.Offer) (tools.Link, error) {
	c := e.claim(ctx)
	c.Offer = &o
	text, err := e.links.hold(ctx, downloadTicket, c)
	return tools.Link{URL: e.links.baseFor(ctx) + "/transfer/" + text, Expires: c.Ends}, err
}

// Deposit makes a link to upload a file to. Its secret travels in a header, as that of an API key would.
func (e *errand) Deposit(ctx context.Context, d tools.Deposit) (tools.Link, error) {
	c := e.claim(ctx)
	c.Deposit = &d
	text, err := e.links.hold(ctx, uploadTicket, c)
	return tools.Link{URL: e.links.baseFor(ctx) + "/upload?" + d.Query, Authorization: "Bearer " + text, Expires: c.Ends}, err
}

// hold keeps a claim and returns the text that opens it.
func (t *transfers) hold(ctx context.Context, prefix string, c *claim) (text string, err error) {
	secret := make([]byte, ticketEntropy)
	rand.Read(secret) // never fails (crypto/rand)
	text = prefix + base64.RawURLEncoding.EncodeToString(secret)
	c.sum, c.Ends = sha256.Sum256([]byte(text)), t.now().Add(ticketLife)
	if err := t.count(ctx, c); err != nil {
		return "", err
	}
	if err := t.put(ctx, c); err != nil {
		t.uncount(c.sum)
		return "", &noTicket{err}
	}
	return text, nil
}

func (t *transfers) put(ctx context.Context, c *claim) error {
	value, err := json.Marshal(c)
	if err != nil {
		return err // cannot happen with these fields
	}
	binding, err := t.binding(ctx, c.sum)
	if err != nil {
		return err
	}
	return t.shared.Put(ctx, ticketKey(c.sum), t.sealer.Seal(ticketPurpose, value, binding), c.Ends.Sub(t.now()))
}

// binding is what a claim is sealed with: its place, and the epoch of the store, lest a used one count again that came
// back with an older state.
func (t *transfers) binding(ctx context.Context, sum [sha256.Size]byte) ([]byte, error) {
	epoch, err := t.shared.Epoch(ctx)
	return []byte(ticketKey(sum) + "\x00" + epoch), err
}

func ticketKey(sum [sha256.Size]byte) string { return ticketPurpose + "/" + hex.EncodeToString(sum[:]) }

// count takes one of the places for tickets that are out. What another replica has used up is found out where there
// would be none.
func (t *transfers) count(ctx context.Context, c *claim) error {
	if t.place(c) {
		return nil
	}
	if t.shared.Alone() { // what was used here is counted no more
		return &tooManyTickets{}
	}
	t.mu.Lock()
	own := slices.Collect(maps.Keys(t.own[c.Owner]))
	t.mu.Unlock()
	for _, sum := range own {
		if _, found, err := t.shared.Get(ctx, ticketKey(sum)); err != nil {
			return &noTicket{err}
		} else if !found {
			t.uncount(sum)
		}
	}
	if t.place(c) {
		return nil
	}
	return &tooManyTickets{}
}

func (t *transfers) place(c *claim) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for sum, oldest, some := t.out.Oldest(); some && t.now().After(oldest.ends); sum, oldest, some = t.out.Oldest() {
		t.remove(sum)
	}
	if len(t.own[c.Owner]) >= mostOfOne || t.out.Len() >= mostTickets {
		return false
	}
	t.out.Keep(c.sum, handedOut{c.Owner, c.Ends})
	if t.own[c.Owner] == nil {
		t.own[c.Owner] = map[[sha256.Size]byte]struct{}{}
	}
	t.own[c.Owner][c.sum] = struct{}{}
	return true
}

func (t *transfers) uncount(sum [sha256.Size]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(sum)
}

// remove needs mu.
func (t *transfers) remove(sum [sha256.Size]byte) {
	gone, found := t.out.Find(sum)
	if !found {
		return
	}
	t.out.Drop(sum)
	own := t.own[gone.owner]
	if delete(own, sum); len(own) == 0 {
		delete(t.own, gone.owner)
	}
}

// noTicket is a link that could not be made.
type noTicket struct{ cause error }

func (*noTicket) Error() string {
	return "no link can be made, because the state that this server's replicas share cannot be reached"
}

func (e *noTicket) Unwrap() error { return e.cause }

// Hint says what to do.
func (*noTicket) Hint() string { return "wait some seconds and repeat the call" }

// tooManyTickets is more links than may be out at once.
type tooManyTickets struct{}

func (*tooManyTickets) Error() string {
	return "too many transfer links are out that nobody has used"
}

// Hint says when there is room again.
func (*tooManyTickets) Hint() string {
	return "use the links that were handed out, or wait: each ends after " + minutes(ticketLife)
}

var errNoTicket = errors.New("no such ticket")

// find looks at what a ticket stands for without taking it. The error is errNoTicket, or the store's.
func (t *transfers) find(ctx context.Context, text string) (*claim, error) {
	sum := sha256.Sum256([]byte(text))
	value, found, err := t.shared.Get(ctx, ticketKey(sum))
	return t.open(ctx, sum, value, found, err)
}

// take takes a ticket, so that nobody else can. The caller gives it back or drops it.
func (t *transfers) take(ctx context.Context, text string) (*claim, error) {
	sum := sha256.Sum256([]byte(text))
	value, found, err := t.shared.Take(ctx, ticketKey(sum))
	return t.open(ctx, sum, value, found, err)
}

// open reads what was got for a ticket. The epoch is asked for afterwards: the store may have begun anew in between.
func (t *transfers) open(ctx context.Context, sum [sha256.Size]byte, value []byte, found bool, err error) (*claim, error) {
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errNoTicket
	}
	binding, err := t.binding(ctx, sum)
	if err != nil {
		return nil, err
	}
	c := &claim{}
	plain, err := t.sealer.Open(ticketPurpose, value, binding)
	if err != nil || json.Unmarshal(plain, c) != nil || (c.Offer == nil) == (c.Deposit == nil) || t.now().After(c.Ends) {
		return nil, errNoTicket
	}
	c.sum = sum
	return c, nil
}

// giveBack lets a ticket be used after all: nothing was transferred. Where it cannot be put back, it is lost.
func (t *transfers) giveBack(ctx context.Context, c *claim) {
	if !t.now().Before(c.Ends) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	_ = t.put(ctx, c)
}

// drop ends a ticket that was taken.
func (t *transfers) drop(c *claim) { t.uncount(c.sum) }
