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

	mu   sync.Mutex
	kept map[string]*document // guarded by mu; by URL
}

// document is one that was read, or is being read.
type document struct {
	read chan struct{} // closed when the rest is set
	client
	wrong error
	until time.Time // when to read it again
}

const (
	maxClientDocument = 64 << 10
	maxDocuments      = 256
	maxDocumentURL    = 500
	documentTime      = 5 * time.Second
	documentLife      = 10 * time.Minute
	documentPause     = 30 * time.Second // after one that could not be read
	documentPlaces    = 8
	documentsInAll    = 240 // a minute
)

func newDocuments(c ServerConfig, allowed redirects) *documents {
	d := &documents{web: c.DocumentClient, hosts: c.Documents, redirects: allowed, now: c.Now, store: c.Store,
		places: make(chan struct{}, documentPlaces), kept: map[string]*document{}}
	if d.web == nil {
		d.web = newDocumentClient(nil, c.Documents != nil)
	}
	return d
}

// client returns the client whose ID is the URL of its document; a *failure where it is none.
func (d *documents) client(ctx context.Context, id string) (client, error) {
	u, wrong := d.check(id)
	if wrong != nil {
		return client{}, wrong
	}
	d.mu.Lock()
	doc := d.kept[id]
	first := doc == nil || !doc.until.IsZero() && d.now().After(doc.until)
	if first {
		doc = &document{read: make(chan struct{})}
		d.makeRoom()
		d.kept[id] = doc
	}
	d.mu.Unlock()
	if first {
		d.read(ctx, doc, u)
	}
	select {
	case <-doc.read:
		return doc.client, doc.wrong
	case <-ctx.Done():
		return client{}, ctx.Err()
	}
}

// makeRoom forgets documents until one more can be kept: first those that are old, and those that could not be read, of
// which anybody can name any number.
func (d *documents) makeRoom() {
	if len(d.kept) < maxDocuments {
		return
	}
	now := d.now()
	maps.DeleteFunc(d.kept, func(_ string, doc *document) bool {
		return !doc.until.IsZero() && (doc.wrong != nil || now.After(doc.until))
	})
	for id := range d.kept {
		if len(d.kept) < maxDocuments {
			return
		}
		delete(d.kept, id) // those who wait for it have it in hand
	}
}

// read fills doc, for all who wait for it. It goes on when the first of them has gone.
func (d *documents) read(ctx context.Context, doc *document, u *url.URL) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), documentTime)
	defer cancel()
	c, err := d.fetch(ctx, u)
	life := documentLife
	if err != nil {
		life = documentPause
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	doc.client, doc.wrong, doc.until = c, err, d.now().Add(life)
	if _, told := errors.AsType[*failure](err); err != nil && !told {
		doc.until = d.now() // nobody's fault: ask again
	}
	close(doc.read)
}

// check tells what is wrong with a client ID that is a URL. There is one spelling for each.
func (d *documents) check(id string) (*url.URL, *failure) {
	u, err := url.Parse(id)
	switch {
	case err != nil || len(id) > maxDocumentURL || !isLine(id) || !isASCII(u.Host) || u.String() != id || u.Host != strings.ToLower(u.Host):
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
	wait, err := d.store.Spend(ctx, "oauth/documents/all", documentsInAll, documentsInAll)
	if err != nil {
		return client{}, fmt.Errorf("counting documents: %w", err)
	}
	if wait > 0 {
		return client{}, fail(codeInvalidClient, "too many metadata documents were asked for: wait a minute and try again")
	}
	select {
	case d.places <- struct{}{}:
		defer func() { <-d.places }()
	case <-ctx.Done():
		return client{}, fail(codeInvalidClient, "too many metadata documents are being read: try again")
	}
	body, wrong := d.get(ctx, u)
	if wrong != nil {
		return client{}, wrong
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

// get fetches the bytes of a document. What went wrong on the way is not told in detail: it would say what can be
// reached from here.
func (d *documents) get(ctx context.Context, u *url.URL) ([]byte, *failure) {
	unread := fail(codeInvalidClient, "the metadata document at "+printable(u.Host, 100)+" cannot be read: it has to be public, JSON of at most 64 KiB, and there at once, without a redirect")
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
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || answer.StatusCode != http.StatusOK || kind != "application/json" && !(strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return nil, unread
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxClientDocument+1))
	if err != nil || len(body) > maxClientDocument {
		return nil, unread
	}
	return body, nil
}
