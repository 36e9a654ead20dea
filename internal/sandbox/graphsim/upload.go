package graphsim

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

// The rules of upload sessions (https://learn.microsoft.com/graph/api/driveitem-createuploadsession), in bytes.
const (
	fragmentUnit = 320 << 10
	maxFragment  = 60 << 20
	maxUpload    = 2 << 30 // ours: what is left of the drive's quota
)

// upload is a session in which a file arrives in fragments.
type upload struct {
	caller  Caller
	target  target
	content []byte
	total   int64 // 0 before the first fragment
	got     int64 // bytes
	expires time.Time

	// Of an upload larger than keptUpload, instead of content:
	hash hash.Hash  // of what has come
	made *Synthetic // at the next byte, as long as everything was equal to it; else nil
}

// add takes the next bytes.
func (u *upload) add(fragment []byte) {
	u.got += int64(len(fragment))
	if u.total <= keptUpload {
		u.content = append(u.content, fragment...)
		return
	}
	if u.hash == nil {
		u.hash, u.made = sha256.New(), NewSynthetic(u.total)
	}
	u.hash.Write(fragment)
	var expected [8 << 10]byte
	for u.made != nil && len(fragment) > 0 {
		n, _ := io.ReadFull(u.made, expected[:min(len(expected), len(fragment))])
		if !bytes.Equal(expected[:n], fragment[:n]) {
			u.made = nil
		}
		fragment = fragment[n:]
	}
}

// whole is what has been uploaded.
func (u *upload) whole() content {
	if u.hash == nil {
		return content{bytes: u.content}
	}
	return content{large: &large{size: u.got, made: u.made != nil, sum: [sha256.Size]byte(u.hash.Sum(nil))}}
}

func (u *upload) status() Entity {
	return Entity{"expirationDateTime": u.expires.UTC().Format(time.RFC3339), "nextExpectedRanges": []any{fmt.Sprintf("%d-", u.got)}}
}

func (c *call) createUpload() (*answer, error) {
	body := Entity{}
	if len(c.body) > 0 {
		var err error
		if body, err = c.document(); err != nil {
			return nil, err
		}
	}
	item, _ := body["item"].(map[string]any)
	t, err := c.target(item, conflictReplace)
	if err != nil {
		return nil, err
	}
	if item := c.g.existing(t); t.ifMatch != "" && (item == nil || !t.matches(item)) {
		return nil, files.stale()
	}
	id := rand.Text()
	u := &upload{caller: c.caller, target: t, expires: c.g.o.Now().Add(24 * time.Hour)}
	c.g.uploads[id] = u
	session := u.status()
	session["@odata.context"] = c.context("microsoft.graph.uploadSession")
	session["uploadUrl"] = "https://" + c.g.otherHost(c.request) + uploadPath + id
	return &answer{value: session}, nil
}

// serveUpload answers for the upload host. It tells whether the request was for it.
func (g *Graph) serveUpload(w http.ResponseWriter, r *http.Request) bool {
	id, ok := strings.CutPrefix(r.URL.Path, uploadPath)
	if !ok {
		return false
	}
	x := newExchange(r, g.o.Now())
	if r.Header.Get("Authorization") != "" {
		refuseTicket(x, w, r)
		return true
	}
	var fragment []byte
	if r.Method == http.MethodPut {
		var err error
		if fragment, err = readFragment(r); err != nil {
			x.refuse(badRequest("The request body could not be read.")).write(w, r)
			return true
		}
	}
	c := &call{exchange: x, g: g, path: &path{version: "v1.0"}, query: &odata.Query{}, route: &route{area: files}}
	a, err := c.continueUpload(id, fragment)
	if err != nil {
		x.refuse(err).write(w, r)
		return true
	}
	x.reply(a).write(w, r)
	return true
}

// readFragment reads a body in one piece of memory.
func readFragment(r *http.Request) ([]byte, error) {
	var b bytes.Buffer
	if n := r.ContentLength; n > 0 && n <= maxFragment {
		b.Grow(int(n) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(r.Body, maxFragment+1))
	return b.Bytes(), err
}

func (c *call) continueUpload(id string, fragment []byte) (*answer, error) {
	c.g.mu.Lock()
	defer c.g.mu.Unlock()
	u := c.g.uploads[id]
	if u == nil || !c.g.o.Now().Before(u.expires) {
		delete(c.g.uploads, id)
		return nil, &problem{status: http.StatusNotFound, code: "itemNotFound", message: "The upload session was not found"}
	}
	switch c.request.Method {
	case http.MethodGet:
		return &answer{value: u.status()}, nil
	case http.MethodDelete:
		delete(c.g.uploads, id)
		return &answer{}, nil
	case http.MethodPut:
		return c.addFragment(id, u, fragment)
	}
	return nil, wrongMethod()
}

func (c *call) addFragment(id string, u *upload, fragment []byte) (*answer, error) {
	if err := u.check(c.request.Header.Get("Content-Range"), fragment); err != nil {
		return nil, err
	}
	u.add(fragment)
	if u.got < u.total {
		return &answer{status: http.StatusAccepted, value: u.status()}, nil
	}
	c.caller = u.caller
	a, err := c.write(u.target, u.whole())
	if err != nil { // the session stays, to be cancelled
		return nil, err
	}
	delete(c.g.uploads, id)
	a.value = c.show(*a.one, c.query, false)
	return a, nil
}

// check refuses a fragment that does not go on where the last one ended, or is of a wrong size.
func (u *upload) check(contentRange string, fragment []byte) error {
	var from, to, total int64
	if n, err := fmt.Sscanf(contentRange, "bytes %d-%d/%d", &from, &to, &total); n != 3 || err != nil {
		return files.refuse400("The Content-Range header is missing or malformed.")
	}
	length := int64(len(fragment))
	switch {
	case length > maxFragment:
		return &problem{status: http.StatusRequestEntityTooLarge, code: "invalidRequest", message: "A fragment can have at most 60 MiB."}
	case from > to || to >= total || length != to-from+1:
		return files.refuse400("The Content-Range header length does not match the provided number of bytes.")
	case total > maxUpload:
		return &problem{status: http.StatusInsufficientStorage, code: "quotaLimitReached", message: "The user has reached their quota limit."}
	case u.total != 0 && total != u.total:
		return files.refuse400("The total size has to be the same in all fragments.")
	case from != u.got:
		return &problem{status: http.StatusRequestedRangeNotSatisfiable, code: "invalidRange", innerCode: "fragmentOverlap",
			message: fmt.Sprintf("The uploaded fragment does not begin at the next expected byte, which is %d.", u.got)}
	case to+1 < total && length%fragmentUnit != 0:
		return files.refuse400("The size of every fragment but the last has to be a multiple of 320 KiB (327,680 bytes).")
	}
	u.total = total
	return nil
}
