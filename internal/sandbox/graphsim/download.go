package graphsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The paths of what needs no token: the URL is the permission. They are served at another host than Graph's, which
// is the same listener under another name.
const (
	downloadPath   = "/_download/"
	uploadPath     = "/_upload/"
	operationsPath = "/_operations/"
)

// ticketLife is how long a URL of these is good.
const ticketLife = time.Hour

// ticket writes words that nobody can change, good for some time.
func (g *Graph) ticket(words ...string) string {
	payload := strings.Join(append(words, strconv.FormatInt(g.o.Now().Add(ticketLife).Unix(), 10)), " ")
	return base64.RawURLEncoding.EncodeToString(append(g.sign("ticket", payload), payload...))
}

func (g *Graph) readTicket(ticket string) ([]string, bool) {
	const size = sha256.Size
	raw, err := base64.RawURLEncoding.DecodeString(ticket)
	if err != nil || len(raw) <= size || !hmac.Equal(raw[:size], g.sign("ticket", string(raw[size:]))) {
		return nil, false
	}
	words := strings.Split(string(raw[size:]), " ")
	until, err := strconv.ParseInt(words[len(words)-1], 10, 64)
	return words[:len(words)-1], err == nil && g.o.Now().Unix() < until
}

// otherHost is a name of this listener under which the request did not come.
func (g *Graph) otherHost(r *http.Request) string {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if address, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if _, p, err := net.SplitHostPort(address.String()); err == nil {
			port = p
		}
	}
	other := "localhost"
	if strings.EqualFold(host, other) {
		other = "127.0.0.1"
	}
	if port == "" {
		return other
	}
	return net.JoinHostPort(other, port)
}

func (c *call) downloadURL(drive, item string) string {
	return "https://" + c.g.otherHost(c.request) + downloadPath + c.g.ticket("download", drive, item)
}

// getContent redirects to where the bytes are (https://learn.microsoft.com/graph/api/driveitem-get-content).
func (c *call) getContent() (*answer, error) {
	p, err := c.item()
	if err != nil {
		return nil, err
	}
	if p.item.Content == nil {
		return nil, files.refuse400("Cannot get content of a folder.")
	}
	if format := c.query.Format + c.query.Other["format"]; format != "" {
		return nil, &problem{status: http.StatusNotAcceptable, code: "notSupported", message: "Conversion to " + format + " is not supported for this file."}
	}
	url := c.downloadURL(p.drive, text(p.item.Entity, "id"))
	return &answer{status: http.StatusFound, content: []byte{}, kind: "text/plain", header: http.Header{"Location": {url}}}, nil
}

// serveDownload answers for the download host. It tells whether the request was for it.
func (g *Graph) serveDownload(w http.ResponseWriter, r *http.Request) bool {
	if rest, ok := strings.CutPrefix(r.URL.Path, operationsPath); ok {
		g.serveOperation(w, r, rest)
		return true
	}
	rest, ok := strings.CutPrefix(r.URL.Path, downloadPath)
	if !ok {
		return false
	}
	x := newExchange(r, g.o.Now())
	words, valid := g.readTicket(rest)
	if r.Header.Get("Authorization") != "" || !valid || len(words) != 3 || words[0] != "download" {
		refuseTicket(x, w, r)
		return true
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		x.refuse(wrongMethod()).write(w, r)
		return true
	}
	g.mu.Lock()
	var e Entity
	var what content
	item := g.itemByID(words[1], words[2])
	if item != nil {
		e, what = item.Entity, g.contentOf(item)
	}
	g.mu.Unlock()
	if item == nil || what.bytes == nil {
		x.refuse(files.notFound(words[2])).write(w, r)
		return true
	}
	body, err := what.open()
	if err != nil {
		x.refuse(err).write(w, r)
		return true
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if facet, ok := e["file"].(map[string]any); ok {
		h.Set("Content-Type", text(facet, "mimeType"))
	}
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(text(e, "name")))
	h.Set("ETag", text(e, "eTag"))
	h.Set("request-id", x.requestID)
	http.ServeContent(w, r, "", time.Time{}, body)
	return true
}

// refuseTicket answers as hosts of pre-authenticated URLs do to a wrong one, and to a token, which they don't want
// to see.
func refuseTicket(x *exchange, w http.ResponseWriter, r *http.Request) {
	x.refuse(&problem{status: http.StatusUnauthorized, code: "unauthenticated", message: "The URL is not valid, has expired, or came with an Authorization header."}).write(w, r)
}

func (g *Graph) serveOperation(w http.ResponseWriter, r *http.Request, ticket string) {
	x := newExchange(r, g.o.Now())
	words, valid := g.readTicket(ticket)
	if r.Header.Get("Authorization") != "" || !valid || len(words) != 2 || words[0] != "operation" {
		refuseTicket(x, w, r)
		return
	}
	x.reply(&answer{value: Entity{"percentageComplete": float64(100), "resourceId": words[1], "status": "completed"}}).write(w, r)
}
