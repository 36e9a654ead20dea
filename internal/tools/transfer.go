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

// Offer is a file that waits to be downloaded. It is data, so that any replica of the server can open it.
type Offer struct {
	Profile     string `json:"profile"` // whose file it is
	Name        string `json:"name"`
	ContentType string `json:"contentType"`
	Path        string `json:"path"` // of the content, as Graph names it
	APIVersion  string `json:"apiVersion,omitempty"`
	Format      string `json:"format,omitempty"` // to convert it to
}

// Open starts the download by a caller that is guarded for whoever asked for it. size is -1 where it is not known.
func (o Offer) Open(ctx context.Context, p *Profile, c graph.Caller) (body io.ReadCloser, size int64, err error) {
	request, err := o.request(p.Endpoints)
	if err != nil {
		return nil, 0, err
	}
	file, err := graph.Download(ctx, c, request)
	if err != nil {
		return nil, 0, err
	}
	return file, file.Size, nil
}

func (o Offer) request(e graph.Endpoints) (*graph.Request, error) {
	p := graph.Params{Version: o.APIVersion, Path: o.Path}
	if o.Format != "" {
		p.Query = map[string]string{"format": o.Format}
	}
	return e.NewRequest(p)
}

// Deposit is a place that waits for a file, as data. [Upload.Place] makes the place of it.
type Deposit struct {
	Profile string `json:"profile"` // whose it is
	Upload  Upload `json:"upload"`
	Query   string `json:"query"` // of the link, so that a person sees what it is for; encoded
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

// judgedError is the policy's word on a request that was not sent.
type judgedError struct{ error }

func (e *judgedError) Unwrap() error { return e.error }
