package graph

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Params are what a caller asks for. Nothing in them is trusted.
type Params struct {
	API     API               // Graph where empty
	Version string            // V1 where empty; Graph only
	Method  string            // GET where empty
	Path    string            // from the API's root, "/users"; a query in it is taken over; a next link of the API's own host is accepted
	Query   map[string]string // decoded; wins over a query in the path
	Header  http.Header       // only those of [AllowedHeaders]
	Body    []byte
}

// Request is a checked request to one of a cloud's services. It cannot be changed once it is made, so it can be
// judged, sent and sent again.
type Request struct {
	api      API
	version  string
	method   string
	origin   *url.URL
	segments []string
	readings []Reading // of segments
	likely   []Reading
	query    url.Values
	rawQuery string // of a link, sent as it came; "" where query is encoded
	header   http.Header
	body     []byte
	streamed bool                // see Streamed
	note     string              // see WithNote
	awaits   bool                // see Awaiting
	first    *Request            // see First; nil: r itself
	lanes    map[string]workload // of a batch's items, by their IDs; nil where it is none
	url      string              // what all of it but header and body comes to
}

// Methods that the services know and that a request may use.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// NewRequest checks p and makes a request of it. Every error is a [*RequestError].
func (e Endpoints) NewRequest(p Params) (*Request, error) {
	r := &Request{api: p.API, version: p.Version, method: strings.ToUpper(p.Method), header: p.Header.Clone(), body: p.Body}
	if r.api == "" {
		r.api = Graph
	}
	if r.method == "" {
		r.method = http.MethodGet
	}
	if !slices.Contains(methods, r.method) {
		return nil, &RequestError{Part: "method", Problem: fmt.Sprintf("%q is not one of %s", clip(p.Method), strings.Join(methods, ", "))}
	}
	var err error
	if r.origin, err = e.origin(r.api); err != nil {
		return nil, err
	}
	if err := r.setPath(p.Path); err != nil {
		return nil, err
	}
	for name, value := range p.Query {
		r.query.Set(name, value)
		r.rawQuery = ""
	}
	if err := checkQuery(r.query); err != nil {
		return nil, err
	}
	if err := checkHeader(r.header); err != nil {
		return nil, err
	}
	return r, r.checkURL()
}

// setPath reads path, which may carry a version, a query, and the API's own origin.
func (r *Request) setPath(path string) error {
	path, absolute, err := r.cutOrigin(path)
	if err != nil {
		return err
	}
	path, query, _ := strings.Cut(path, "?")
	if absolute && isQuery(query) {
		r.rawQuery = query
	}
	if r.query, err = parseQuery(query, absolute); err != nil {
		return err
	}
	if r.segments, err = splitPath(path); err != nil {
		return err
	}
	if err := r.setVersion(); err != nil {
		return err
	}
	parts := split(r.segments)
	r.readings, r.likely = readingsOf(parts), likelyOf(r.method, parts)
	if len(r.readings) > maxReadings || len(r.likely) > maxReadings {
		return pathError("too many segments with qualified names or named arguments")
	}
	return nil
}

// cutOrigin takes the API's own origin off a next link and refuses every other absolute URL.
func (r *Request) cutOrigin(path string) (rest string, absolute bool, err error) {
	scheme, rest, ok := strings.Cut(path, "://")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return path, false, nil
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	if !strings.EqualFold(scheme, "https") || !strings.EqualFold(strings.TrimSuffix(host, ":443"), strings.TrimSuffix(r.origin.Host, ":443")) {
		return "", true, &RequestError{Part: "path", Problem: fmt.Sprintf("%q is not on %s", clip(path), r.origin.Host),
			Remedy: `give the path alone, for example "/users", or a next link exactly as it was returned`}
	}
	return "/" + strings.TrimPrefix(rest[len(host):], "/"), true, nil
}

// setVersion takes a version at the head of the path off it: people and documentation write "/v1.0/me".
func (r *Request) setVersion() error {
	if r.api == ResourceManager {
		r.version = ""
		return nil
	}
	if len(r.segments) > 0 && (strings.EqualFold(r.segments[0], V1) || strings.EqualFold(r.segments[0], Beta)) {
		r.version = strings.ToLower(r.segments[0])
		r.segments = r.segments[1:]
	}
	if len(r.segments) > 0 && isTenant(r.segments[0]) {
		return &RequestError{Part: "path", Problem: fmt.Sprintf("its first segment %q is a tenant", clip(r.segments[0])),
			Remedy: "leave the tenant out: the profile says which one it is"}
	}
	switch r.version {
	case "":
		r.version = V1
	case V1, Beta:
	default:
		return &RequestError{Part: "apiVersion", Problem: fmt.Sprintf("%q is neither %q nor %q", clip(r.version), V1, Beta)}
	}
	return nil
}

// isTenant tells whether a first segment names a tenant. Graph takes one there, for the same resources.
func isTenant(segment string) bool {
	return strings.EqualFold(segment, "myorganization") || uuid.Validate(segment) == nil ||
		strings.Contains(segment, ".") && !strings.Contains(segment, "(")
}

// checkURL parses what will be sent once more, as the other side will, and compares.
func (r *Request) checkURL() error {
	r.url = r.makeURL()
	u, err := url.Parse(r.url)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Host != r.origin.Host || u.Fragment != "" {
		return &RequestError{Part: "path", Problem: "does not make a URL of " + r.origin.Host}
	}
	return nil
}

// Next makes the request that follows a next or delta link of r's answer: same service, same host, same
// headers. The link is opaque and is sent as it came (https://learn.microsoft.com/graph/paging).
func (r *Request) Next(link string) (*Request, error) {
	next := &Request{api: r.api, version: r.version, method: http.MethodGet, origin: r.origin, header: r.header, first: r.First()}
	if scheme, _, ok := strings.Cut(link, "://"); !ok || strings.ContainsAny(scheme, "/?#") { // which could stand in a query, too
		return nil, &RequestError{Part: "next link", Problem: fmt.Sprintf("%q is not an absolute URL", clip(link))}
	}
	if err := next.setPath(link); err != nil {
		return nil, err
	}
	if next.version != r.version {
		return nil, &RequestError{Part: "next link", Problem: fmt.Sprintf("leads from %s to %s", r.version, next.version)}
	}
	if err := checkQuery(next.query); err != nil {
		return nil, err
	}
	return next, next.checkURL()
}

// part makes the request that goes on with r's answer, from where it broke off.
func (r *Request) part(of string) *Request {
	c := r.WithHeader("Range", of)
	c.first = r.First()
	return c
}

// First returns the request whose answer r goes on with, by links or because it broke off; r itself where it begins.
func (r *Request) First() *Request {
	if r.first == nil {
		return r
	}
	return r.first
}

// API returns the service that the request goes to.
func (r *Request) API() API { return r.api }

// Method returns the HTTP method, in capitals.
func (r *Request) Method() string { return r.method }

// Version returns v1.0 or beta, or "" for Azure Resource Manager.
func (r *Request) Version() string { return r.version }

// Path returns the path without its version, as it will be sent.
func (r *Request) Path() string { return encodePath(r.segments) }

// Likely returns what the path is probably meant as, at least one reading; see [Likely].
func (r *Request) Likely() []Reading { return r.likely }

// Readings returns the ways in which the service may understand the path; see [Readings].
func (r *Request) Readings() []Reading { return r.readings }

// Header returns the value of a header that the caller set.
func (r *Request) Header(name string) string { return r.header.Get(name) }

// Item makes the request that an item of a JSON batch stands for: same service, same version, its own method
// and relative URL (https://learn.microsoft.com/graph/json-batching). It is judged, never sent by itself.
func (r *Request) Item(method, relative string, header http.Header) (*Request, error) {
	item := &Request{api: r.api, version: r.version, origin: r.origin, method: strings.ToUpper(method), header: header}
	if !slices.Contains(methods, item.method) {
		return nil, &RequestError{Part: "method", Problem: fmt.Sprintf("%q is not one of %s", clip(method), strings.Join(methods, ", "))}
	}
	if !strings.HasPrefix(relative, "/") {
		relative = "/" + relative
	}
	if err := item.setPath(relative); err != nil {
		return nil, err
	}
	if item.version != r.version {
		return nil, &RequestError{Part: "url", Problem: "leave the version out: a batch is of one version"}
	}
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	if err := checkQuery(item.query); err != nil {
		return nil, err
	}
	return item, item.checkURL()
}

// Body returns the body that will be sent. It must not be changed.
func (r *Request) Body() []byte { return r.body }

// URL returns the whole URL that will be sent.
func (r *Request) URL() string { return r.url }

func (r *Request) makeURL() string {
	path := encodePath(r.segments)
	if r.version != "" {
		path = "/" + r.version + strings.TrimSuffix(path, "/")
	}
	u := r.origin.Scheme + "://" + r.origin.Host + path
	switch {
	case r.rawQuery != "":
		u += "?" + r.rawQuery
	case len(r.query) > 0:
		// Graph reads "+" in a query as a plus sign in places; %20 is a space everywhere.
		u += "?" + strings.ReplaceAll(r.query.Encode(), "+", "%20")
	}
	return u
}

// Audience returns the origin that a token for this request is issued for.
func (r *Request) Audience() string { return r.origin.Scheme + "://" + r.origin.Host }
