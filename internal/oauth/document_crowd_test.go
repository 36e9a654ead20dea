package oauth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/oauth"
)

// network answers every request for a document, by its host.
type network struct {
	hosts map[string]func(*http.Request) (*http.Response, error)
	other func(*http.Request) (*http.Response, error)
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	if answer := n.hosts[r.URL.Host]; answer != nil {
		return answer(r)
	}
	return n.other(r)
}

func responds(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
}

// honest publishes a good document at any URL.
func honest(r *http.Request) (*http.Response, error) {
	body, err := json.Marshal(map[string]any{"client_id": r.URL.String(), "client_name": "Good", "redirect_uris": []string{loopback}})
	return responds(http.StatusOK, string(body)), err
}

func absent(*http.Request) (*http.Response, error) { return nil, errors.New("no such host") }

func (n *network) desk(t *testing.T) *desk {
	t.Helper()
	return newDesk(t, func(c *oauth.ServerConfig) { c.DocumentClient = &http.Client{Transport: n} })
}

// from asks for the consent screen of a client, from an address.
func (d *desk) from(address, id string) page {
	r, err := http.NewRequest(http.MethodGet, d.issuer+"/oauth/authorize?"+asks(id).Encode(), nil)
	if err != nil {
		d.t.Error(err)
		return page{}
	}
	r.Header.Set("X-From", address)
	return d.do(d.browser(), r)
}

const goodDocument = "https://good.example.com/client.json"

// Mallory names documents that there are not, as fast as she can: from her address no more are read for a while, and
// everybody else has theirs.
func TestManyDocumentsFromOneAddress(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	n := &network{hosts: map[string]func(*http.Request) (*http.Response, error){"good.example.com": honest}, other: func(r *http.Request) (*http.Response, error) {
		asked.Add(1)
		return absent(r)
	}}
	d := n.desk(t)
	last := page{}
	for i := range 200 {
		last = d.from("203.0.113.1", fmt.Sprintf("https://x%d.example.net/c", i))
	}
	if got := asked.Load(); got > 25 || got < 20 {
		t.Errorf("%d documents were asked for", got)
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Errorf("Mallory: %d %s", last.status, last.body)
	}
	// Her "too many" is not what the document is from now on.
	if p := d.from("203.0.113.1", goodDocument); p.status != http.StatusTooManyRequests {
		t.Errorf("Mallory: %d", p.status)
	}
	for _, address := range []string{"198.51.100.7", "203.0.113.1"} { // held by now, it costs nobody anything
		if p := d.from(address, goodDocument); p.status != http.StatusOK {
			t.Errorf("%s: %d %s", address, p.status, p.body)
		}
	}
}

// What all together may ask for is used up: whoever comes then is told so, and not that the document is wrong.
func TestTooManyIsNoVerdict(t *testing.T) {
	t.Parallel()
	n := &network{hosts: map[string]func(*http.Request) (*http.Response, error){"good.example.com": honest}, other: absent}
	d := n.desk(t)
	for i := range 260 {
		d.from(fmt.Sprint("203.0.113.", i%20), fmt.Sprintf("https://x%d.example.net/c", i))
	}
	if p := d.from("198.51.100.7", goodDocument); p.status != http.StatusTooManyRequests {
		t.Fatalf("%d %s", p.status, p.body)
	}
	d.store.free = true // the minute is over
	if p := d.from("198.51.100.7", goodDocument); p.status != http.StatusOK {
		t.Errorf("%d %s", p.status, p.body)
	}
}

// Mallory's documents take all the time that there is: she has two places, and the others are for others.
func TestSlowDocumentsOfOneAddress(t *testing.T) {
	t.Parallel()
	begun, done := make(chan struct{}, 100), make(chan struct{})
	n := &network{hosts: map[string]func(*http.Request) (*http.Response, error){"good.example.com": honest}, other: func(r *http.Request) (*http.Response, error) {
		if strings.HasPrefix(r.URL.Host, "x") {
			begun <- struct{}{}
			<-done
		}
		return absent(r)
	}}
	d := n.desk(t)
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() { d.from("203.0.113.1", fmt.Sprintf("https://x%d.example.net/c", i)) })
		<-begun
	}
	for i := range 10 {
		if p := d.from("203.0.113.1", fmt.Sprintf("https://y%d.example.net/c", i)); p.status != http.StatusTooManyRequests {
			t.Errorf("a third document: %d", p.status)
		}
	}
	if p := d.from("198.51.100.7", goodDocument); p.status != http.StatusOK {
		t.Errorf("%d %s", p.status, p.body)
	}
	close(done)
	all.Wait()
	if p := d.from("203.0.113.1", "https://good.example.com/other.json"); p.status != http.StatusOK {
		t.Errorf("the places are not given back: %d %s", p.status, p.body)
	}
}

// A client whose host has an outage, or whose people are told to wait, goes on with the document that there was: not for
// ever, and not where whoever publishes it has taken it back.
func TestDocumentThatCannotBeReadAgain(t *testing.T) {
	t.Parallel()
	answer := func(r *http.Request) (*http.Response, error) { return honest(r) }
	n := &network{other: func(r *http.Request) (*http.Response, error) { return answer(r) }}
	d := n.desk(t)
	check := func(what string, want int) {
		t.Helper()
		if p := d.from("198.51.100.7", goodDocument); p.status != want {
			t.Errorf("%s: %d, want %d: %s", what, p.status, want, p.body)
		}
	}
	check("at first", http.StatusOK)
	d.now.Add(601)
	answer = absent
	check("its host cannot be reached", http.StatusOK)
	d.now.Add(31)
	answer = func(*http.Request) (*http.Response, error) { return responds(http.StatusBadGateway, ""), nil }
	check("its host has a fault", http.StatusOK)
	d.now.Add(24*3600 - 300) // a day after it was read, not after the last attempt
	check("a day later", http.StatusBadRequest)

	answer = honest
	d.now.Add(31)
	check("its host is back", http.StatusOK)
	d.now.Add(601)
	for i := range 30 {
		d.from("198.51.100.7", fmt.Sprintf("https://x%d.example.net/c", i))
	}
	answer = absent
	check("too many from there", http.StatusOK)
	answer = func(*http.Request) (*http.Response, error) { return responds(http.StatusNotFound, "{}"), nil }
	d.store.free = true
	check("it was taken back", http.StatusBadRequest)
}
