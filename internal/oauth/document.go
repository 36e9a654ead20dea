package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// documents reads client ID metadata documents: JSON at an https URL that is the client's ID, and with which whoever
// holds the host vouches for the client (draft-ietf-oauth-client-id-metadata-document). Anybody can name any URL, so
// what is asked for, where and how often is bounded.
type documents struct {
	web       *http.Client
	hosts     []string // that may be asked, wherever they are; nil for any public one
	redirects redirects
	now       func() time.Time
	store     Store
	places    chan struct{} // one for each document that is read at the moment

	mu     sync.Mutex           // guards what follows
	kept   map[string]*document // by URL
	readBy map[string]int       // how many are being read, by who asked for them
}

// document is one that was read, or is being read.
type document struct {
	read chan struct{} // closed when the rest is set
	client
	wrong error
	until time.Time // when to read it again
	seen  time.Time // when it was read last; zero where it was not
}

const (
	maxClientDocument = 64 << 10
	maxDocuments      = 256
	maxDocumentURL    = 500
	documentTime      = 5 * time.Second
	documentLife      = 10 * time.Minute
	documentPause     = 30 * time.Second // after one that could not be read
	documentHeld      = 24 * time.Hour   // for which one goes on that cannot be read again
	documentPlaces    = 8
	documentPlacesOne = 2   // of these for one address
	documentsInAll    = 240 // a minute
	documentsByOne    = 20  // a minute, of those that are not held
)

func newDocuments(c ServerConfig, allowed redirects) *documents {
	d := &documents{web: c.DocumentClient, hosts: c.Documents, redirects: allowed, now: c.Now, store: c.Store,
		places: make(chan struct{}, documentPlaces), kept: map[string]*document{}, readBy: map[string]int{}}
	if d.web == nil {
		d.web = newDocumentClient(nil, c.Documents != nil)
	}
	return d
}

// client returns the client whose ID is the URL of its document; a *failure where it is none, a *busyError where too many
// are asked for, by whoever asks or by all. Of somebody's being too many nothing is kept.
func (d *documents) client(ctx context.Context, from, id string) (client, error) {
	u, wrong := d.check(id)
	if wrong != nil {
		return client{}, wrong
	}
	d.mu.Lock()
	doc := d.current(id)
	d.mu.Unlock()
	if doc == nil {
		var err error
		if doc, err = d.open(ctx, from, u); err != nil {
			return client{}, err
		}
	}
	select {
	case <-doc.read:
		return doc.client, doc.wrong
	case <-ctx.Done():
		return client{}, ctx.Err()
	}
}

// current returns the document that need not be read now, or nil. The caller holds mu.
func (d *documents) current(id string) *document {
	doc := d.kept[id]
	if doc == nil || !doc.until.IsZero() && d.now().After(doc.until) {
		return nil
	}
	return doc
}

// open reads a document, unless somebody else has begun to. Where the caller may not have it read now, the one that there
// was goes on.
func (d *documents) open(ctx context.Context, from string, u *url.URL) (*document, error) {
	id := u.String()
	busy := d.allow(ctx, from)
	d.mu.Lock()
	old := d.kept[id]
	if doc := d.current(id); doc != nil { // meanwhile
		d.mu.Unlock()
		return doc, nil
	}
	if busy == nil && d.readBy[from] >= documentPlacesOne {
		busy = &busyError{time.Second}
	}
	if busy != nil {
		d.mu.Unlock()
		if old.usable(d.now()) {
			return old, nil
		}
		return nil, busy
	}
	doc := &document{read: make(chan struct{})}
	d.makeRoom()
	d.kept[id] = doc
	d.readBy[from]++
	d.mu.Unlock()
	d.read(ctx, doc, old, u)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.readBy[from]--; d.readBy[from] == 0 {
		delete(d.readBy, from)
	}
	return doc, nil
}

// allow counts a document that is not held, for whoever asks for it and for all.
func (d *documents) allow(ctx context.Context, from string) error {
	for _, of := range []struct {
		whom string
		most int
	}{{from, documentsByOne}, {"all", documentsInAll}} {
		wait, err := d.store.Spend(ctx, "oauth/documents/"+of.whom, of.most, of.most)
		if err != nil {
			return fmt.Errorf("counting documents: %w", err)
		}
		if wait > 0 {
			return &busyError{wait}
		}
	}
	return nil
}

// usable tells whether a document goes on that is due to be read again.
func (doc *document) usable(now time.Time) bool {
	return doc != nil && doc.wrong == nil && now.Before(doc.seen.Add(documentHeld))
}

// busyError is that too many documents are asked for.
type busyError struct{ wait time.Duration }

func (*busyError) Error() string { return "too many metadata documents are asked for" }

// makeRoom forgets documents until one more can be kept: first those that could not be read, of which anybody can name
// any number, then those that are old. The caller holds mu.
func (d *documents) makeRoom() {
	now := d.now()
	for _, old := range []func(string, *document) bool{
		func(_ string, doc *document) bool { return !doc.until.IsZero() && doc.wrong != nil },
		func(_ string, doc *document) bool { return !doc.until.IsZero() && now.After(doc.until) },
	} {
		if len(d.kept) < maxDocuments {
			return
		}
		maps.DeleteFunc(d.kept, old)
	}
	for id := range d.kept {
		if len(d.kept) < maxDocuments {
			return
		}
		delete(d.kept, id) // those who wait for it have it in hand
	}
}

// read fills doc, for all who wait for it; old is the one that there was, or nil. It goes on when the first of them has
// gone.
func (d *documents) read(ctx context.Context, doc, old *document, u *url.URL) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), documentTime)
	defer cancel()
	c, err := d.fetch(ctx, u)
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	doc.client, doc.wrong, doc.seen, doc.until = c, err, now, now.Add(documentLife)
	if err != nil {
		doc.until = now.Add(documentPause)
	}
	_, unread := errors.AsType[*unreadError](err)
	_, busy := errors.AsType[*busyError](err)
	switch {
	case (unread || busy) && old.usable(now):
		doc.client, doc.wrong, doc.seen = old.client, nil, old.seen
	case busy && d.kept[u.String()] == doc:
		delete(d.kept, u.String())
	}
	close(doc.read)
}

// check tells what is wrong with a client ID that is a URL. There is one spelling for each.
func (d *documents) check(id string) (*url.URL, *failure) {
	u, err := url.Parse(id)
	switch {
	case err != nil || len(id) > maxDocumentURL || !isLine(id) || !isASCII(u.Host) || u.String() != id || u.Host != strings.ToLower(u.Host) || strings.HasSuffix(u.Host, ":"):
		return nil, fail(codeInvalidClient, "client_id is not a plain https URL of at most 500 bytes")
	case u.Scheme != "https" || u.User != nil || u.Fragment != "" || strings.ContainsAny(id, "#?"):
		return nil, fail(codeInvalidClient, "client_id has to be an https URL without user, query and fragment")
	case len(u.Path) < 2 || hasDots(u.EscapedPath()):
		return nil, fail(codeInvalidClient, "client_id has to have a path, without dot segments")
	}
	if d.hosts == nil {
		if _, err := netip.ParseAddr(u.Hostname()); err == nil || !strings.Contains(u.Hostname(), ".") {
			return nil, fail(codeInvalidClient, "client_id has to name a public host")
		}
	} else if !slices.Contains(d.hosts, u.Host) {
		return nil, fail(codeInvalidClient, "metadata documents of "+u.Host+" are not read here: the operator lists hosts in [http.oauth] documents")
	}
	return u, nil
}

// fetch reads a document and makes a client of it.
func (d *documents) fetch(ctx context.Context, u *url.URL) (client, error) {
	select {
	case d.places <- struct{}{}:
		defer func() { <-d.places }()
	case <-ctx.Done():
		return client{}, &busyError{time.Second}
	}
	body, err := d.get(ctx, u)
	if err != nil {
		return client{}, err
	}
	var m clientMetadata
	if json.Unmarshal(body, &m) != nil {
		return client{}, fail(codeInvalidClient, "the metadata document is not JSON as RFC 7591 has it")
	}
	if m.ClientID != u.String() {
		return client{}, fail(codeInvalidClient, "the client_id in the metadata document is not its URL")
	}
	if m.TokenEndpointAuthMethod != "" && m.TokenEndpointAuthMethod != string(oidc.AuthMethodNone) {
		return client{}, fail(codeInvalidClient, "the metadata document asks for an authentication of the client, which there is not: token_endpoint_auth_method has to be none")
	}
	if wrong := m.check(d.redirects, u.Host); wrong != nil {
		return client{}, fail(codeInvalidClient, "the metadata document: "+wrong.Description)
	}
	return client{ID: m.ClientID, Name: m.ClientName, Host: u.Host, Redirects: m.RedirectURIs}, nil
}

// unreadError is a document that cannot be read at the moment. To whoever asks it is the *failure that it wraps.
type unreadError struct{ *failure }

func (e *unreadError) Unwrap() error { return e.failure }

// get fetches the bytes of a document. What went wrong on the way is not told in detail: it would say what can be
// reached from here.
func (d *documents) get(ctx context.Context, u *url.URL) ([]byte, error) {
	wrong := fail(codeInvalidClient, "the metadata document at "+printable(u.Host, 100)+" cannot be read: it has to be public, JSON of at most 64 KiB, and there at once, without a redirect")
	unread := &unreadError{wrong}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, unread
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "microsoft-mcp-server")
	answer, err := d.web.Do(request)
	if err != nil {
		return nil, unread
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusGone { // who publishes it has taken it back
		return nil, wrong
	}
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || answer.StatusCode != http.StatusOK || kind != "application/json" && !(strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return nil, unread
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxClientDocument+1))
	switch {
	case len(body) > maxClientDocument:
		return nil, wrong
	case err != nil:
		return nil, unread
	}
	return body, nil
}
