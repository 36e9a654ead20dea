package mcp

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// bodyError is a body that cannot be taken, by the client's fault.
type bodyError struct {
	status  int
	problem string
}

func (e *bodyError) Error() string { return e.problem }

// measure returns a body's content and its exact size, which Microsoft wants to know before the first byte. A
// body that says its length is never held; one that does not is, as long as it is small.
func measure(r *http.Request, body *arriving, encoded bool) (content io.Reader, size int64, err error) {
	if r.ContentLength == 0 {
		return nil, 0, &bodyError{http.StatusBadRequest, "the body is empty: send the file in it"}
	}
	if r.ContentLength > 0 && !encoded {
		return body, r.ContentLength, nil
	}
	content = body
	if encoded {
		content = base64.NewDecoder(base64.StdEncoding, body)
	}
	held, err := io.ReadAll(io.LimitReader(content, tools.SmallUpload+1))
	var corrupt base64.CorruptInputError
	switch {
	case errors.As(err, &corrupt), encoded && errors.Is(err, io.ErrUnexpectedEOF) && errors.Is(body.err, io.EOF):
		return nil, 0, &bodyError{http.StatusBadRequest, "the body is not base64: " + err.Error()}
	case err != nil:
		return nil, 0, err
	case len(held) == 0:
		return nil, 0, &bodyError{http.StatusBadRequest, "the body is empty: send the file in it"}
	case int64(len(held)) > tools.SmallUpload && encoded:
		return nil, 0, &bodyError{http.StatusRequestEntityTooLarge, fmt.Sprintf("as base64 at most %d bytes are taken: send the file as it is, without encoding=base64 (curl -T FILE)", int64(tools.SmallUpload))}
	case int64(len(held)) > tools.SmallUpload:
		return nil, 0, &bodyError{http.StatusLengthRequired, fmt.Sprintf("a body of more than %d bytes has to come with its Content-Length (curl -T FILE sends it; a pipe has none)", int64(tools.SmallUpload))}
	}
	return bytes.NewReader(held), int64(len(held)), nil
}

// failed tells whether it was the client's side that ended the transfer.
func (a *arriving) failed() bool {
	return a.err != nil && a.err != io.EOF // not errors.Is: a body that breaks off is wrapped in neither
}
