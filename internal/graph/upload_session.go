package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// session is an upload session at the service: where the slices go, and how far they have come.
// https://learn.microsoft.com/graph/api/driveitem-createuploadsession
type session struct {
	client   *Client
	address  hidden
	host     string
	request  *Request // that created it
	source   *window
	slice    int64 // the most that is sent at once
	size     int64
	patience patience
	progress func(sent, total int64)

	next    int64 // the service has everything before it
	until   int64 // and wants what comes before this; 0: all
	sent    int64 // what is behind it was never sent
	best    int64 // the highest next so far
	counted int64 // best when tries was last 0
	tries   int
}

// hidden is an address that is a permission by itself, and does not print.
type hidden string

func (hidden) String() string   { return "[address of an upload session]" }
func (hidden) GoString() string { return "[address of an upload session]" }

// wireSession is https://learn.microsoft.com/graph/api/resources/uploadsession
type wireSession struct {
	UploadURL          string   `json:"uploadUrl"`
	NextExpectedRanges []string `json:"nextExpectedRanges"`
}

// newSession looks where the session leads that an answer has opened.
func (u *UploadCall) newSession(resp *Response, p patience) (*session, error) {
	if resp.from == nil {
		return nil, errors.New("uploading: the answer that created the session did not come from a client that could send the slices")
	}
	slice := cmp.Or(p.slice, sliceFor(u.Session))
	s := &session{client: resp.from, request: u.Session, source: newWindow(u.Source, u.Size, slice), slice: slice,
		size: u.Size, patience: p.or(resp.from), progress: u.Progress}
	var wire wireSession
	if err := json.Unmarshal(resp.Body, &wire); err != nil || wire.UploadURL == "" {
		return nil, s.failure(&obstacle{text: "the service's answer names no address for the upload", hint: "check that the path ends in createUploadSession"})
	}
	var err error
	if s.host, err = uploadHost(wire.UploadURL, u.Session.origin); err != nil {
		return nil, s.failure(err)
	}
	s.address = hidden(wire.UploadURL)
	return s, nil
}

// uploadHost checks an upload session's address. It is a permission by itself, so it has to be encrypted; and at
// Graph's own host it would be a way round the guard.
func uploadHost(address string, service *url.URL) (string, error) {
	const hint = "nothing was sent there: report this to the tenant's administrator"
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || strings.ContainsFunc(u.Host, func(r rune) bool { return r > '~' }): // the transport would fold other letters
		return "", &obstacle{text: "the service's address for the upload cannot be read", hint: hint}
	case u.Scheme != "https" || u.User != nil:
		return "", &obstacle{text: fmt.Sprintf("the service's address for the upload, %s://%s, is not plain https", u.Scheme, u.Host), hint: hint}
	case strings.EqualFold(strings.TrimSuffix(u.Hostname(), "."), service.Hostname()):
		return "", &obstacle{text: fmt.Sprintf("the service's address for the upload is on %s itself", u.Host), hint: hint}
	}
	return u.Host, nil
}

// run sends slice after slice, each from where the service says that it is.
func (s *session) run(ctx context.Context) (*Response, error) {
	for {
		done, err := s.sendSlice(ctx)
		if done != nil {
			return done, nil
		}
		if err != nil {
			err = s.recover(ctx, err)
		}
		if err != nil {
			return nil, err
		}
	}
}

// sendSlice sends one slice. It returns the service's answer where that was the last.
func (s *session) sendSlice(ctx context.Context) (*Response, error) {
	length := s.slice
	if s.until > s.next {
		length = min(length, s.until-s.next)
	}
	slice, err := s.source.at(s.next, length)
	if err != nil {
		return nil, err
	}
	end := s.next + int64(len(slice))
	s.sent = max(s.sent, end)
	resp, err := s.exchange(ctx, http.MethodPut, slice, fmt.Sprintf("bytes %d-%d/%d", s.next, end-1, s.size))
	switch {
	case err != nil:
		return nil, err
	case resp.Status == http.StatusAccepted:
		return nil, s.accepted(resp, end)
	case end == s.size:
		s.progress(s.size, s.size)
		return resp, nil
	}
	return nil, &obstacle{text: fmt.Sprintf("the service answered HTTP %d before it had everything", resp.Status),
		hint: "look at what is stored there before uploading again"}
}

// advance goes to where the service says that it is; without a word of it, to otherwise.
func (s *session) advance(resp *Response, otherwise int64) error {
	var wire wireSession
	if err := json.Unmarshal(resp.Body, &wire); err != nil && len(resp.Body) > 0 {
		return &obstacle{text: "the service's answer to a piece of the upload is not JSON", hint: "upload it again from its beginning"}
	}
	next, until := otherwise, int64(0)
	if len(wire.NextExpectedRanges) > 0 {
		var ok bool
		if next, until, ok = firstRange(wire.NextExpectedRanges); !ok {
			return &obstacle{text: fmt.Sprintf("the service expects the range %q, which is none", only(plainSpan(), wire.NextExpectedRanges[0])), hint: "upload it again from its beginning"}
		}
	}
	switch {
	case next > s.sent:
		return &obstacle{text: fmt.Sprintf("the service claims to have %d bytes, and %d were sent", next, s.sent),
			hint: "upload it again from its beginning, and nothing else into the same session"}
	case next == s.size:
		return errNotStored
	}
	s.next, s.until = next, until
	if next > s.best {
		s.best = next
		s.progress(next, s.size)
	}
	if s.best-s.counted >= countsAsProgress {
		s.counted, s.tries = s.best, 0
	}
	return nil
}

// accepted takes notice of a slice that was taken, at least in part.
func (s *session) accepted(resp *Response, end int64) error {
	before := s.counted
	if err := s.advance(resp, end); err != nil || s.counted > before {
		return err
	}
	if s.tries++; s.tries > s.patience.tries {
		return &obstacle{text: fmt.Sprintf("the service wants the bytes from %d on again and again", s.next), hint: "upload it again later"}
	}
	return nil
}

// errNotStored is a session that has everything and has not made a file of it. It passes, at times.
var errNotStored = &obstacle{text: "the service has everything and has not stored it yet", hint: "look at what is stored there before uploading it again"}

// firstRange returns the first of the ranges that a service wants, such as "26-" or "26-99": their number and
// order are its own.
func firstRange(ranges []string) (next, until int64, ok bool) {
	next = -1
	for _, each := range ranges {
		from, to, dash := strings.Cut(strings.TrimSpace(each), "-")
		first, err := strconv.ParseInt(strings.TrimSpace(from), 10, 64)
		if err != nil || first < 0 || !dash {
			return 0, 0, false
		}
		last, err := strconv.ParseInt(strings.TrimSpace(to), 10, 64)
		if to != "" && (err != nil || last < first) {
			return 0, 0, false
		}
		if next >= 0 && first >= next {
			continue
		}
		next, until = first, 0
		if to != "" {
			until = last + 1
		}
	}
	return next, until, true
}

// recover waits after cause, if it passes, and asks the service how far it is.
func (s *session) recover(ctx context.Context, cause error) error {
	for {
		misplaced := isStatus(cause, http.StatusRequestedRangeNotSatisfiable)
		if s.isGone(cause) {
			return s.gone(cause)
		}
		pausedFor := cause
		if misplaced { // the service is elsewhere than we think, and says where
			pausedFor = errInterrupted
		}
		if err := s.patience.pause(ctx, s.tries, pausedFor); err != nil {
			if misplaced && errors.Is(err, errInterrupted) {
				return cause
			}
			return err
		}
		s.tries++
		resp, err := s.exchange(ctx, http.MethodGet, nil, "")
		if err == nil {
			err = s.advance(resp, s.unsaid())
		}
		if err == nil {
			return nil
		}
		cause = err
	}
}

// unsaid is where to go on if the service does not say: not behind what it has confirmed, unless all was sent.
func (s *session) unsaid() int64 {
	if s.sent == s.size {
		return s.size
	}
	return s.next
}

func (s *session) isGone(err error) bool {
	return isStatus(err, http.StatusNotFound) || isStatus(err, http.StatusGone) || isStatus(err, http.StatusUnauthorized)
}

// gone says what it means that the session is not there any more.
func (s *session) gone(cause error) error {
	if s.sent == s.size {
		return &obstacle{text: "the answer to the last piece was lost, and the upload session is over", cause: cause,
			hint: "the file is most likely stored: look at its size and date before uploading it again"}
	}
	return &obstacle{text: "the upload session is over: the service ended it, or it expired", cause: cause, hint: "upload it again from its beginning"}
}

// cancel ends the session at the service, whether or not ctx has ended: it would keep what it has for days.
func (s *session) cancel(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// Whether it comes to that changes nothing for the caller: the session expires by itself.
	_, _ = s.exchange(ctx, http.MethodDelete, nil, "")
}

// failure is err as the caller gets it.
func (s *session) failure(err error) error {
	if refused, ok := err.(*Error); ok { // not one further down: there it is part of a story
		return refused
	}
	return &TransferError{Act: "uploading to " + s.request.Path(), Done: s.best, Size: s.size, Reason: err}
}
