package graph

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// SimpleUpload is the most that is uploaded in one request; more goes through an upload session.
// https://learn.microsoft.com/graph/api/driveitem-put-content
const SimpleUpload = 4 << 20

// The sizes of slices. All but the last are multiples of sliceUnit and below 60 MiB; Outlook takes less than 4 MB.
// https://learn.microsoft.com/graph/api/driveitem-createuploadsession
// https://learn.microsoft.com/graph/outlook-large-attachments
const (
	sliceUnit    = 320 << 10
	fileSlice    = 32 * sliceUnit
	outlookSlice = 12 * sliceUnit
)

// UploadCall says what to store and where. Both requests have to mean the same file; the one that is not needed
// for Size may be nil.
type UploadCall struct {
	Content  *Request                // PUT …/content, without a body: for up to SimpleUpload bytes
	Session  *Request                // POST …/createUploadSession with its body: for more
	Source   io.Reader               // is read from where it stands; where it is an io.Seeker, again if the service wants earlier bytes again
	Size     int64                   // of what is to be read, exactly
	Progress func(sent, total int64) // after each piece that the service has; nil: none
}

// Upload stores u.Source and returns the service's answer: as a rule the item as it is now. Up to [SimpleUpload]
// bytes are sent as one request, body included, through c; more through an upload session, which c creates and
// whose slices then go to the session's own host without the token, each sent again after a fault. c has to be a
// [Client] or to hand its answers on. Memory: one slice.
//
// A refusal is an [*Error]; what else ends an upload that had begun is a [*TransferError], also where ctx has
// ended. Whatever ends it also cancels the session.
func Upload(ctx context.Context, c Caller, u UploadCall) (*Response, error) {
	return upload(ctx, c, u, patience{})
}

func upload(ctx context.Context, c Caller, u UploadCall, p patience) (*Response, error) {
	if err := u.check(); err != nil {
		return nil, err
	}
	if u.Progress == nil {
		u.Progress = func(int64, int64) {}
	}
	if u.Content != nil && u.Size <= SimpleUpload {
		return u.simple(ctx, c)
	}
	opened, err := c.Do(ctx, u.Session)
	if err != nil {
		return nil, err
	}
	resp, err := u.through(ctx, opened, p)
	if opened.Ended != nil {
		opened.Ended(resp, err)
	}
	return resp, err
}

// through sends all through the session that an answer has opened.
func (u *UploadCall) through(ctx context.Context, opened *Response, p patience) (*Response, error) {
	s, err := u.newSession(opened, p)
	if err != nil {
		return nil, err
	}
	resp, err := s.run(ctx)
	if err != nil {
		s.cancel(ctx)
		return nil, s.failure(err)
	}
	return resp, nil
}

func (u *UploadCall) check() error {
	switch {
	case u.Size < 0:
		return &RequestError{Part: "size", Problem: "has to be known before an upload"}
	case u.Content != nil && u.Content.Method() != http.MethodPut:
		return &RequestError{Part: "method", Problem: "content is uploaded with PUT, not with " + u.Content.Method()}
	case u.Session != nil && u.Session.Method() != http.MethodPost:
		return &RequestError{Part: "method", Problem: "an upload session is created with POST, not with " + u.Session.Method()}
	case u.Session == nil && (u.Content == nil || u.Size > SimpleUpload):
		return &RequestError{Part: "size", Problem: fmt.Sprintf("%d bytes need an upload session, and this path has none", u.Size),
			Remedy: fmt.Sprintf("send at most %d MiB here", SimpleUpload>>20)}
	case u.Content == nil && u.Size == 0:
		return &RequestError{Part: "size", Problem: "an upload session cannot store an empty file"}
	}
	return nil
}

// simple sends all in one request, so that whoever judges it sees what is stored.
func (u *UploadCall) simple(ctx context.Context, c Caller) (*Response, error) {
	source := newWindow(u.Source, u.Size, u.Size)
	body, err := source.at(0, u.Size)
	if err != nil {
		return nil, &TransferError{Act: "uploading to " + u.Content.Path(), Size: u.Size, Reason: err}
	}
	request := u.Content.WithBody(body)
	if request.Header("Content-Type") == "" {
		request = request.WithHeader("Content-Type", "application/octet-stream")
	}
	resp, err := c.Do(ctx, request)
	if err == nil {
		u.Progress(u.Size, u.Size)
	}
	return resp, err
}

// sliceFor is how much is sent at once.
func sliceFor(session *Request) int64 {
	if strings.Contains(strings.ToLower(session.Path()), "/attachments/createuploadsession") {
		return outlookSlice
	}
	return fileSlice
}
