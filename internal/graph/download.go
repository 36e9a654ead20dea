package graph

import (
	"context"
	"hash/maphash"
	"io"
	"net/http"
	"strconv"
)

// Download sends r, a GET of a file's content, and returns the file while it is still arriving. A redirect to
// where the bytes are is followed without the token. What the service refuses at once is an [*Error].
//
// The File reads on over broken connections: it asks again, through c, for the part that is missing, and makes
// sure that it is still the same file. ctx holds for the whole transfer: cancelling it ends a Read that waits.
func Download(ctx context.Context, c Caller, r *Request) (*File, error) {
	return download(ctx, c, r, patience{})
}

func download(ctx context.Context, c Caller, r *Request, p patience) (*File, error) {
	switch {
	case r.Method() != http.MethodGet:
		return nil, &RequestError{Part: "method", Problem: "a download is a GET, not a " + r.Method()}
	case r.Header("Range") != "":
		return nil, &RequestError{Part: "headers", Problem: "a download asks for parts by itself", Remedy: "leave the Range header out"}
	}
	f := &File{act: "downloading " + r.Path()}
	f.open = func(from string) (*Response, error) {
		request := r.Streamed()
		if from != "" {
			request = f.origin.condition(request.part(from))
		}
		w, exchange := newWatch(ctx, f.patience.or(nil).stall)
		resp, err := c.Do(exchange, request)
		if err != nil {
			w.close()
			return nil, err
		}
		if resp.Stream == nil {
			resp.Stream = http.NoBody
		}
		resp.Stream = &watched{resp.Stream, w}
		return resp, nil
	}
	f.patience = p
	resp, err := f.open("")
	if err != nil {
		return nil, err
	}
	f.patience = p.or(resp.from)
	f.pause = func(try int, cause error) error { return f.patience.pause(ctx, try, cause) }
	if err := f.begin(resp); err != nil {
		resp.Stream.Close()
		return nil, f.failure(err)
	}
	return f, nil
}

// File is a download under way. It is for one goroutine at a time.
type File struct {
	Header      http.Header // of the answer that began it
	ContentType string      // as the service said it, with its parameters; "" where it did not
	Name        string      // from Content-Disposition, decoded but as the service gave it: whoever makes a file of that name cleans it; "" where there is none
	Size        int64       // in bytes; -1 where the service does not say

	act      string
	open     func(from string) (*Response, error) // asks again, for a Range or, where that is "", for all
	pause    func(try int, cause error) error
	patience patience

	origin  validator
	digest  maphash.Hash  // of what was read
	part    io.ReadCloser // nil where the last one broke off
	size    int64         // as Size, and learnt later where that is not known
	done    int64         // bytes read
	counted int64         // bytes read when tries was last 0
	tries   int
	broken  error // why part is nil
	err     error // final
}

var _ io.ReadCloser = (*File)(nil)

func (f *File) begin(resp *Response) error {
	f.Header, f.Size, f.size = resp.Header, resp.Size, resp.Size
	f.ContentType = resp.Header.Get("Content-Type")
	f.Name = dispositionName(resp.Header.Get("Content-Disposition"))
	f.origin = validatorOf(resp.Header)
	f.part = resp.Stream
	if resp.Status != http.StatusOK && resp.Status != http.StatusNoContent {
		return &obstacle{text: "the service answered HTTP " + strconv.Itoa(resp.Status) + " instead of a file",
			hint: "check that the path is that of a file's content, and ask without conditions in the headers"}
	}
	return plain(resp.Header)
}

// Read returns the next bytes. It waits out broken connections and busy hosts; an error other than [io.EOF] is a
// [*TransferError], also where ctx has ended, and final. After io.EOF exactly Size bytes were read, where it was
// known.
func (f *File) Read(p []byte) (int, error) {
	for f.err == nil {
		if f.part == nil {
			f.resume()
			continue
		}
		n, err := f.part.Read(p)
		if f.size >= 0 && f.done+int64(n) > f.size {
			f.fail(&obstacle{text: "the service sends more bytes than it announced", hint: changedHint})
			break
		}
		f.done += int64(n)
		f.digest.Write(p[:n])
		f.settle(err)
		if n > 0 || len(p) == 0 {
			return n, nil
		}
	}
	return 0, f.err
}

// settle takes notice of how a read of the part ended.
func (f *File) settle(err error) {
	switch {
	case err == nil:
		return
	case err == io.EOF && (f.size < 0 || f.done == f.size):
		f.err = io.EOF
	case err == io.EOF:
		f.broken = errInterrupted
	default:
		f.broken = err
	}
	f.part.Close()
	f.part = nil
}

// Close ends the transfer. It may be called more than once.
func (f *File) Close() error {
	if f.err == nil {
		f.err = f.failure(&obstacle{text: "it was closed"})
	}
	if f.part != nil {
		f.part.Close()
		f.part = nil
	}
	return nil
}

func (f *File) fail(reason error) {
	f.err = f.failure(reason)
	if f.part != nil {
		f.part.Close()
		f.part = nil
	}
}

func (f *File) failure(reason error) error {
	return &TransferError{Act: f.act, Done: f.done, Size: f.size, Reason: reason}
}
