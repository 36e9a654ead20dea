package tools

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// SmallUpload is the most that is uploaded in one request, and so may be held in memory.
const SmallUpload = graph.SimpleUpload

// Folders are the folders of this machine that a profile may read files from and write them to. Nothing outside
// of them is reached, by no name and by no symbolic link.
type Folders interface {
	// Open opens a regular file for reading. A relative path starts at the first folder.
	Open(path string) (LocalFile, error)
	// Create makes a new file called name in folder ("" for the first of the allowed ones), which must exist
	// inside of an allowed folder. What is there is never overwritten: a number is added to the name. The file
	// appears when it is committed, whole.
	Create(folder, name string) (PendingFile, error)
	// String names the folders, for a message.
	String() string
}

// LocalFile is a file that is being read.
type LocalFile interface {
	io.ReadCloser
	io.ReaderAt
	Name() string // its last element
	Size() int64
}

// PendingFile is a file that is being written.
type PendingFile interface {
	io.Writer
	Commit() (path string, err error) // makes it appear; the file is closed
	Discard()                         // removes what was written; after Commit it does nothing
}

// Transfers hands out one-time links, by which clients over HTTP move a file without passing it through the
// model. A link is bound to who asked for it, holds once and for some minutes.
type Transfers interface {
	// Offer makes a link to download a file from.
	Offer(ctx context.Context, o Offer) (Link, error)
	// Deposit makes a link to upload a file to.
	Deposit(ctx context.Context, d Deposit) (Link, error)
}

// Link is a one-time link.
type Link struct {
	URL           string
	Authorization string // the header's value that an upload carries; "" for a download, whose URL says it all
	Expires       time.Time
}

// Offer is a file that waits to be downloaded.
type Offer struct {
	Profile           string // whose file it is
	Name, ContentType string
	// Open starts the download. size is -1 where it is not known.
	Open func(ctx context.Context) (body io.ReadCloser, size int64, err error)
}

// Deposit is a place that waits for a file.
type Deposit struct {
	Profile     string // whose it is
	ContentType string
	Query       string // of the link, so that a person sees what it is for; encoded
	// Store takes the file over, which has exactly size bytes, and returns the JSON of what came of it.
	Store func(ctx context.Context, body io.Reader, size int64) ([]byte, error)
}

// StatusOf returns the HTTP status with which the error of a transfer is answered.
func StatusOf(err error) int {
	var refusal *graph.Error
	var request *graph.RequestError
	var argument *ArgumentError
	var judged *judgedError
	switch {
	case errors.As(err, &judged):
		return http.StatusForbidden
	case errors.As(err, &refusal) && refusal.Status >= 400 && refusal.Status < 500 && refusal.Status != http.StatusUnauthorized:
		return refusal.Status
	case errors.As(err, &request), errors.As(err, &argument):
		return http.StatusBadRequest
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway // a 401 too: it is about our token, not about the caller's
}

// Judge returns what judges an asker's requests before they are sent; nil where nothing does.
func (p *Profile) Judge(a Asker) Judge {
	if p.Check == nil {
		return nil
	}
	return func(r *graph.Request, instead ...*graph.Request) error { return p.Check(a, r, instead...) }
}

// judgedError is the policy's word on a request that was not sent.
type judgedError struct{ error }

func (e *judgedError) Unwrap() error { return e.error }
