package entra

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	documentAge  = time.Hour // for which a document of the authority's metadata is used
	maxDocuments = 1 << 20   // bytes of all; the two of a tenant are some 4,000
	maxDocument  = 64 << 10  // bytes
)

// documents keeps the authority's metadata, which MSAL reads anew for each client: for many people that would be three
// requests for each token. It is safe for concurrent use.
type documents struct {
	asking chan struct{} // held by whoever asks for one

	mu   sync.Mutex // guards what follows
	held map[string]document
	size int // of all that is held, in bytes
}

type document struct {
	body []byte
	from time.Time
}

func newDocuments() *documents {
	return &documents{asking: make(chan struct{}, 1), held: map[string]document{}}
}

// find returns the document at a URL.
func (d *documents) find(address string, now time.Time) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.held[address]
	if age := now.Sub(found.from); !ok || age < 0 || age >= documentAge {
		return nil, false
	}
	return found.body, true
}

// keep takes a document that looks like one: a page of the network's own would stop everybody for an hour.
func (d *documents) keep(address string, said *answer, now time.Time) {
	if said.err != nil || said.status != http.StatusOK || len(said.body) > maxDocument {
		return
	}
	var fields struct {
		TokenEndpoint     string `json:"token_endpoint"`
		DiscoveryEndpoint string `json:"tenant_discovery_endpoint"`
	}
	if json.Unmarshal(said.body, &fields) != nil || fields.TokenEndpoint+fields.DiscoveryEndpoint == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop(address)
	for other := range d.held { // whichever comes first: who needs it asks for it again
		if d.size+len(address)+len(said.body) <= maxDocuments {
			break
		}
		d.drop(other)
	}
	d.held[address] = document{body: said.body, from: now}
	d.size += len(address) + len(said.body)
}

// drop forgets a document. The caller holds mu.
func (d *documents) drop(address string) {
	if found, ok := d.held[address]; ok {
		d.size -= len(address) + len(found.body)
		delete(d.held, address)
	}
}

// clear forgets all, since what was there led nowhere.
func (d *documents) clear() {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.held)
	d.size = 0
}

// read answers a request for a document, from memory or else by asking for it, which one does for all who wait.
func (x *exchange) read(req *http.Request) (*http.Response, error) {
	address, d, said := req.URL.String(), x.documents, x.last
	body, ok := d.find(address, x.now())
	if !ok {
		select {
		case d.asking <- struct{}{}:
			defer func() { <-d.asking }()
		case <-req.Context().Done():
			said.err = req.Context().Err()
			return nil, said.err
		}
		body, ok = d.find(address, x.now())
	}
	if ok {
		said.status, said.header, said.body = http.StatusOK, http.Header{"Content-Type": {"application/json"}}, body
		return said.response(), nil
	}
	resp, err := x.send(req)
	d.keep(address, said, x.now())
	return resp, err
}

// response is the answer of which only the body is left.
func (a *answer) response() *http.Response {
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}
}
