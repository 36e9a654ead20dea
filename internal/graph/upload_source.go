package graph

import (
	"fmt"
	"io"
)

// window is the piece of a source that is being sent. Its bytes stay until the next piece is asked for, as a slice
// may have to be sent again.
type window struct {
	source io.Reader
	seeker io.Seeker // nil where the source cannot go back
	origin int64     // where the seeker stood at first
	size   int64     // of the source
	base   int64     // where buf begins in it
	buf    []byte
}

const changesHint = "it must not be written to while it is uploaded: try again when nothing does"

// newWindow makes a window that never holds more than most bytes.
func newWindow(source io.Reader, size, most int64) *window {
	w := &window{source: source, size: size, buf: make([]byte, 0, min(size, most))}
	if seeker, ok := source.(io.Seeker); ok {
		if at, err := seeker.Seek(0, io.SeekCurrent); err == nil { // a pipe is an *os.File, too
			w.seeker, w.origin = seeker, at
		}
	}
	return w
}

// at returns the bytes that begin at offset: length of them, or what there is to the source's end. They are good
// until the next call.
func (w *window) at(offset, length int64) ([]byte, error) {
	if err := w.move(offset); err != nil {
		return nil, err
	}
	length = min(length, w.size-offset, int64(cap(w.buf)))
	if have := int64(len(w.buf)); have < length {
		n, err := io.ReadFull(w.source, w.buf[have:length])
		w.buf = w.buf[:have+int64(n)]
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return nil, &obstacle{text: fmt.Sprintf("what is to be uploaded ended after %d of %d bytes", offset+int64(len(w.buf)), w.size), hint: changesHint}
		case err != nil:
			return nil, &obstacle{text: "reading what is to be uploaded", cause: err, hint: "check that it can be read, then try again"}
		}
		if err := w.checkEnd(); err != nil {
			return nil, err
		}
	}
	return w.buf[:length], nil
}

// move lets buf begin at offset.
func (w *window) move(offset int64) error {
	if drop := offset - w.base; drop >= 0 && drop <= int64(len(w.buf)) {
		w.buf = w.buf[:copy(w.buf, w.buf[drop:])]
		w.base = offset
		return nil
	}
	if w.seeker == nil {
		return &obstacle{text: fmt.Sprintf("the service wants the bytes from %d on again, and what is uploaded cannot be read twice", offset),
			hint: "upload it again from its beginning, from a file if possible"}
	}
	if _, err := w.seeker.Seek(w.origin+offset, io.SeekStart); err != nil {
		return &obstacle{text: "reading what is to be uploaded once more", cause: err, hint: "check that it can be read, then try again"}
	}
	w.base, w.buf = offset, w.buf[:0]
	return nil
}

// checkEnd makes sure that a file has not become longer: what is stored would be a piece of it. Of a stream it is
// not asked, as that may keep its end open.
func (w *window) checkEnd() error {
	if w.seeker == nil || w.base+int64(len(w.buf)) < w.size {
		return nil
	}
	var more [1]byte
	n, err := io.ReadFull(w.source, more[:])
	if n > 0 {
		return &obstacle{text: fmt.Sprintf("what is to be uploaded is longer than the %d bytes it had", w.size), hint: changesHint}
	}
	if err != io.EOF {
		return &obstacle{text: "reading what is to be uploaded", cause: err, hint: "check that it can be read, then try again"}
	}
	return nil
}
