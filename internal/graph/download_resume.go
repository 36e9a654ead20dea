package graph

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// countsAsProgress is how much has to arrive before the tries are counted anew. A host that gives a byte for each
// request would otherwise be asked for ever.
const countsAsProgress = 64 << 10

const changedHint = "the file changed while it was read: download it again from its beginning"

// resume opens the file anew where the last part broke off.
func (f *File) resume() {
	for f.part == nil {
		if f.done-f.counted >= countsAsProgress {
			f.counted, f.tries = f.done, 0
		}
		if err := f.pause(f.tries, f.broken); err != nil {
			f.fail(err)
			return
		}
		f.tries++
		part, err := f.reopen()
		if _, passing := passes(err); err != nil && !passing {
			f.fail(err)
			return
		}
		f.part, f.broken = part, err
	}
}

// reopen returns the rest of the file. The address of the bytes is asked for again, as it lives for minutes, and
// may lead to another host than before.
func (f *File) reopen() (io.ReadCloser, error) {
	from := ""
	if f.done > 0 && f.origin != (validator{}) { // without a validator parts could be of two states: see skip
		from = fmt.Sprintf("bytes=%d-", f.done)
	}
	rest, err := f.ask(from)
	// Where the size is not known, perhaps it broke off right after its last byte.
	if from != "" && (err == errUnproven || f.size < 0 && isStatus(err, http.StatusRequestedRangeNotSatisfiable)) {
		rest, err = f.ask("")
	}
	if isStatus(err, http.StatusRequestedRangeNotSatisfiable) {
		return nil, changed("the file has become shorter than what was read of it")
	}
	return rest, err
}

// errUnproven is a part that nothing tells to be of the same state of the file as what was read.
var errUnproven = errors.New("the part comes without its ETag and date")

// ask opens the file anew, for a Range or for all, and makes sure that what comes goes on with what was read.
func (f *File) ask(from string) (io.ReadCloser, error) {
	resp, err := f.open(from)
	if err != nil {
		return nil, err
	}
	err = f.check(resp, from)
	switch {
	case err != nil:
	case resp.Status == http.StatusOK:
		err = f.skip(resp.Stream)
	case !f.origin.shares(validatorOf(resp.Header)):
		err = errUnproven
	}
	if err != nil {
		resp.Stream.Close()
		return nil, err
	}
	return resp.Stream, nil
}

// check makes sure that an answer goes on with the same file at the right byte.
func (f *File) check(resp *Response, from string) error {
	size := resp.Size
	if resp.Status == http.StatusPartialContent && from != "" {
		first, last, total, ok := parseContentRange(resp.Header.Get("Content-Range"))
		if !ok || first != f.done || resp.Size >= 0 && resp.Size != last-first+1 {
			return &obstacle{text: fmt.Sprintf("the service was asked to go on at byte %d and answered with Content-Range %q", f.done, only(plainSpan(), resp.Header.Get("Content-Range"))),
				hint: "download it again from its beginning"}
		}
		size = total
	} else if resp.Status != http.StatusOK {
		return &obstacle{text: fmt.Sprintf("the service answered HTTP %d when it was asked to go on", resp.Status), hint: "download it again from its beginning"}
	}
	switch {
	case f.origin.differs(validatorOf(resp.Header)):
		return changed("the file was changed meanwhile: its ETag or date is another one")
	case f.size >= 0 && size >= 0 && size != f.size:
		return changed(fmt.Sprintf("the file was changed meanwhile: it has %d bytes now and had %d", size, f.size))
	}
	if f.size < 0 {
		f.size = size
	}
	return plain(resp.Header)
}

// skip reads over what is known already, of an answer that begins at the file's beginning. It has to be the same
// bytes, whatever the headers say. What follows them is of the same answer, so that the whole is one state of the
// file.
func (f *File) skip(stream io.Reader) error {
	var again maphash.Hash
	again.SetSeed(f.digest.Seed())
	_, err := io.CopyN(&again, stream, f.done)
	switch {
	case err == io.EOF:
		return changed("the file has become shorter than what was read of it")
	case err != nil:
		return err
	case again.Sum64() != f.digest.Sum64():
		return changed("the file was changed meanwhile: its beginning is another one")
	}
	return nil
}

func changed(text string) error { return &obstacle{text: text, hint: changedHint} }

// plain refuses a body that is packed: its bytes are not the file's. Nobody asked for it.
func plain(h http.Header) error {
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return &obstacle{text: fmt.Sprintf("the file comes in the coding %q, which was not asked for", only(plainCode(), coding)),
			hint: "a proxy on the way may be changing answers: check the proxy settings of the machine this server runs on"}
	}
	return nil
}

// validator tells one state of a file from another (RFC 9110 section 8.8).
type validator struct{ etag, modified string }

func validatorOf(h http.Header) validator {
	return validator{etag: h.Get("ETag"), modified: h.Get("Last-Modified")}
}

// differs tells whether two states are different for all that is known of both.
func (v validator) differs(other validator) bool {
	if v.etag != "" && other.etag != "" {
		return v.etag != other.etag
	}
	return v.modified != "" && other.modified != "" && v.modified != other.modified
}

// shares tells whether something is known of both states that tells every byte apart. A weak ETag does not: bytes
// may differ under it.
func (v validator) shares(other validator) bool {
	return isStrong(v.etag) && isStrong(other.etag) || v.modified != "" && other.modified != ""
}

func isStrong(etag string) bool { return etag != "" && !strings.HasPrefix(etag, "W/") }

// condition asks for all of the file where it is not in this state any more (RFC 9110 section 13.1.5). Only a
// strong ETag may ask so.
func (v validator) condition(r *Request) *Request {
	if !isStrong(v.etag) {
		return r
	}
	return r.WithHeader("If-Range", v.etag)
}

// parseContentRange reads "bytes 5-9/10" (RFC 9110 section 14.4); total is -1 for "*".
func parseContentRange(s string) (first, last, total int64, ok bool) {
	s, ok = strings.CutPrefix(strings.ToLower(strings.TrimSpace(s)), "bytes ")
	span, size, cut := strings.Cut(s, "/")
	from, to, dash := strings.Cut(strings.TrimSpace(span), "-")
	if !ok || !cut || !dash {
		return 0, 0, 0, false
	}
	first, err1 := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	total = -1
	var err3 error
	if size = strings.TrimSpace(size); size != "*" {
		total, err3 = strconv.ParseInt(size, 10, 64)
	}
	ok = err1 == nil && err2 == nil && err3 == nil && first >= 0 && last >= first && (total < 0 && size == "*" || last < total)
	return first, last, total, ok
}
