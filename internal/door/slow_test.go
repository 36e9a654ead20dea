package door

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// tick is a clock that a test moves on.
type tick struct{ time.Time }

func (c *tick) now() time.Time       { return c.Time }
func (c *tick) pass(d time.Duration) { c.Time = c.Add(d) }

func newTick() *tick { return &tick{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

func TestAttemptsAreSlowedDown(t *testing.T) {
	t.Parallel()
	clock, a := newTick(), newAttempts()
	a.now = clock.now
	here, elsewhere := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	guess, good := sha256.Sum256([]byte("guess")), sha256.Sum256([]byte("good"))
	a.succeeded(here, good)
	for i := range 9 {
		if wait := a.failed(here); wait != 0 {
			t.Errorf("attempt %d: wait %s", i+1, wait)
		}
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		want *= time.Second
		if got := a.failed(here); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := a.wait(here, guess); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if a.wait(here, good) != 0 || a.wait(elsewhere, guess) != 0 {
			t.Error("others have to wait, too")
		}
		clock.pass(want)
		if got := a.wait(here, guess); got != 0 {
			t.Errorf("still %s to wait", got)
		}
	}
	clock.pass(attemptSpan)
	if wait := a.failed(here); wait != 0 {
		t.Errorf("a quiet minute later: wait %s", wait)
	}
}

// Whoever is wrong now and then never waits.
func TestFewAttemptsAMinuteAreFree(t *testing.T) {
	t.Parallel()
	clock, a := newTick(), newAttempts()
	a.now = clock.now
	for i := range 100 {
		if wait := a.failed(netip.MustParseAddr("192.0.2.1")); wait != 0 {
			t.Fatalf("attempt %d: wait %s", i+1, wait)
		}
		clock.pass(7 * time.Second)
	}
}

func TestAttemptsOfANetworkCountTogether(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"2001:db8::1", "2001:db8::ffff:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
	} {
		if got := neighbourhood(netip.MustParseAddr(tt.a)) == neighbourhood(netip.MustParseAddr(tt.b)); got != tt.same {
			t.Errorf("%s and %s: got %v", tt.a, tt.b, got)
		}
	}
}

// People behind a trusted proxy, whose addresses the door has without a port, are not counted as one; nor is one who has
// a whole network as many.
func TestWhomRequestsAreCountedFor(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		one, other string
		same       bool
	}{
		{"203.0.113.1:1", "203.0.113.1:2", true},
		{"203.0.113.1:1", "203.0.113.1", true},
		{"203.0.113.1", "203.0.113.2", false},
		{"[::ffff:203.0.113.1]:1", "203.0.113.1", true},
		{"2001:db8::1", "[2001:db8::2:2]:443", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"[fe80::1%eth0]:1", "[fe80::1%eth1]:1", true},
	} {
		one, other := Neighbourhood(&http.Request{RemoteAddr: row.one}), Neighbourhood(&http.Request{RemoteAddr: row.other})
		if (one == other) != row.same {
			t.Errorf("%s is %s, and %s is %s", row.one, one, row.other, other)
		}
	}
}

// However many addresses an attacker has, and however many keys a client: the table does not grow.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	a := newAttempts()
	for i := range 3 * mostAddresses {
		from := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		a.failed(from)
		a.succeeded(netip.MustParseAddr("192.0.2.1"), sha256.Sum256(fmt.Append(nil, i)))
	}
	v, ok := a.from.Find(neighbourhood(netip.MustParseAddr("192.0.2.1")))
	if a.from.Len() != mostAddresses || !ok || len(v.good) != goodOfOne {
		t.Errorf("%d addresses, %v", a.from.Len(), v)
	}
}
