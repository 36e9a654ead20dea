package mcp

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// bodyError is a body that cannot be taken, by the client's fault.
type bodyError struct {
	status  int
	problem string
}

func (e *bodyError) Error() string { return e.problem }

// content is a body whose exact size is known, which Microsoft wants to know before the first byte.
type content struct {
	io.Reader
	size  int64
	file  *os.File // where it is kept meanwhile; nil: nowhere
	named bool     // file is still to be removed
}

// measure finds out how long a body is. One that says its length is never held. One that does not is held in memory
// while it is small, and then in a temporary file.
func measure(r *http.Request, body *arriving, encoded bool) (*content, error) {
	empty := &bodyError{http.StatusBadRequest, "the body is empty: send the file in it"}
	if r.ContentLength == 0 {
		return nil, empty
	}
	if r.ContentLength > 0 && !encoded {
		return &content{Reader: body, size: r.ContentLength}, nil
	}
	var source io.Reader = body
	if encoded {
		source = base64.NewDecoder(base64.StdEncoding, body)
	}
	held, err := io.ReadAll(io.LimitReader(source, tools.SmallUpload+1))
	c := &content{Reader: bytes.NewReader(held), size: int64(len(held))}
	if err == nil && c.size > tools.SmallUpload {
		c, err = spool(held, source)
	}
	var corrupt base64.CorruptInputError
	switch {
	case errors.As(err, &corrupt), encoded && errors.Is(err, io.ErrUnexpectedEOF) && errors.Is(body.err, io.EOF):
		return nil, &bodyError{http.StatusBadRequest, "the body is not base64: " + err.Error()}
	case err != nil:
		return nil, err
	case c.size == 0:
		return nil, empty
	}
	return c, nil
}

// spool keeps a body in a temporary file that only this user can read and that goes with the upload.
func spool(begun []byte, rest io.Reader) (*content, error) {
	file, err := os.CreateTemp("", "microsoft-mcp-server-*.upload")
	if err != nil {
		return nil, &bodyError{http.StatusLengthRequired, fmt.Sprintf("a body of more than %d bytes without its Content-Length, or as base64, has to be kept on the server's disk, "+
			"which is not possible here: send the file as it is (curl -T FILE)", int64(tools.SmallUpload))}
	}
	// Where the system allows it, the file loses its name at once, so that nothing stays even of a process that is killed.
	named := os.Remove(file.Name()) != nil
	c := &content{Reader: file, file: file, named: named}
	c.size, err = io.Copy(file, io.MultiReader(bytes.NewReader(begun), rest))
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	var full *os.PathError
	if errors.As(err, &full) {
		err = &bodyError{http.StatusInsufficientStorage, "the server's disk cannot take a body of this size without its Content-Length, or as base64: send the file as it is (curl -T FILE)"}
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// source is what is to be sent: a file that is kept can be gone back in, when a slice of it is lost.
func (c *content) source() io.Reader {
	if c.file != nil {
		return c.file
	}
	return c.Reader
}

// close removes what was kept.
func (c *content) close() {
	if c.file == nil {
		return
	}
	_ = c.file.Close() // it was read to its end, or is not wanted
	if c.named {
		_ = os.Remove(c.file.Name())
	}
}

// failed tells whether it was the client's side that ended the transfer.
func (a *arriving) failed() bool {
	return a.err != nil && a.err != io.EOF // not errors.Is: a body that breaks off is wrapped in neither
}
