package graphsim

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"
)

// exchange is one request and what all answers to it have in common.
type exchange struct {
	request   *http.Request
	requestID string
	clientID  string // client-request-id, the client's or the request's
	now       time.Time
	inBatch   bool
}

func newExchange(r *http.Request, now time.Time) *exchange {
	x := &exchange{request: r, requestID: newGUID(), now: now.UTC()}
	x.clientID = x.requestID
	if id := r.Header.Get("client-request-id"); id != "" {
		x.clientID = id
	}
	return x
}

// answer is what a handler found. Of list, one, value and content at most one is set.
type answer struct {
	status  int // 0 means 200, or 204 where there is nothing to say
	header  http.Header
	list    *listing
	one     *thing
	value   any // a whole JSON document
	content []byte
	kind    string // content type of content
}

// reply is an answer in bytes.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (x *exchange) header() http.Header {
	h := http.Header{}
	h.Set("request-id", x.requestID)
	h.Set("client-request-id", x.clientID)
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"SB1"}}`)
	h.Set("Date", x.now.Format(http.TimeFormat))
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("Cache-Control", "no-cache")
	return h
}

const (
	jsonType    = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	problemType = "application/json"
)

func (x *exchange) reply(a *answer) *reply {
	r := &reply{status: a.status, header: x.header(), body: a.content}
	maps.Copy(r.header, a.header)
	if a.value != nil {
		r.header.Set("Content-Type", jsonType)
		r.header.Set("OData-Version", "4.0")
		r.body = encode(a.value)
	} else if a.content != nil {
		r.header.Set("Content-Type", a.kind)
	}
	if r.status == 0 {
		r.status = http.StatusOK
		if a.value == nil && a.content == nil {
			r.status = http.StatusNoContent
		}
	}
	return r
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // values are JSON already
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// refuse writes an error in Graph's shape (https://learn.microsoft.com/graph/errors).
func (x *exchange) refuse(err error) *reply {
	var p *problem
	if !errors.As(err, &p) {
		p = &problem{status: http.StatusInternalServerError, code: "InternalServerError", message: err.Error()}
	}
	inner := Entity{"date": x.now.Format("2006-01-02T15:04:05"), "request-id": x.requestID, "client-request-id": x.clientID}
	body := Entity{"code": p.code, "message": p.message, "innerError": inner}
	if p.innerCode != "" {
		inner["code"] = p.innerCode
	}
	if p.target != "" {
		body["details"] = []any{Entity{"code": p.detail, "message": p.message, "target": p.target}}
	}
	r := &reply{status: p.status, header: x.header(), body: encode(Entity{"error": body})}
	maps.Copy(r.header, p.header)
	r.header.Set("Content-Type", problemType)
	return r
}

// compressFrom is the size in bytes from which JSON and XML are compressed, for clients that take it.
const compressFrom = 4 << 10

func (a *reply) write(w http.ResponseWriter, r *http.Request) {
	maps.Copy(w.Header(), a.header)
	kind := a.header.Get("Content-Type")
	isText := strings.HasPrefix(kind, "application/json") || kind == metadataType
	if !isText || len(a.body) < compressFrom || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body) // that the client has gone is its own business
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Vary", "Accept-Encoding")
	w.WriteHeader(a.status)
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
	_, _ = z.Write(a.body)
	_ = z.Close()
}

// The bounds of request bodies, in bytes.
const (
	maxJSON    = 4 << 20
	maxContent = 250 << 20 // https://learn.microsoft.com/graph/api/driveitem-put-content
)

func readBody(r *http.Request, limit int64) ([]byte, error) {
	if limit == 0 {
		limit = maxJSON
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, &problem{status: http.StatusBadRequest, code: "BadRequest", message: "The request body could not be read."}
	case int64(len(body)) > limit:
		return nil, &problem{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLarge",
			message: fmt.Sprintf("The request entity is too large: at most %d bytes are accepted here.", limit)}
	}
	return body, nil
}

func newGUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
