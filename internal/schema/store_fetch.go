package schema

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const maxRedirects = 3

// refresh brings a source up to date. Another process may have done that meanwhile.
func (s *Store) refresh(ctx context.Context, e *entry, transport http.RoundTripper) {
	var err error
	if !s.recall(e) || s.old(e) {
		err = s.replace(ctx, e, transport)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e.cancel()
	e.tried, e.failure, e.pause = s.now(), err, 0
	switch {
	case err == nil:
		e.failed = 0
	case s.closed: // it was cut short
	default:
		e.failed++
		e.pause = max(pauseAfter(e.failed), askedPause(err))
		s.log.Warn("a schema could not be fetched", "host", e.place.host, "version", e.place.version, "error", err, "again_in", e.pause)
	}
	close(e.running)
	e.running, e.cancel = nil, nil
}

func (s *Store) old(e *entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now().Sub(e.fetched) >= fresh
}

// pauseAfter grows with each failure.
func pauseAfter(failed int) time.Duration {
	pause := firstPause
	for range failed - 1 {
		if pause *= 5; pause >= lastPause {
			return lastPause
		}
	}
	return pause
}

func askedPause(err error) time.Duration {
	var failed *FetchError
	if errors.As(err, &failed) {
		return min(failed.RetryAfter, mostAsked)
	}
	return 0
}

// replace fetches a model and puts it in place of the one that is held, if it is no worse.
func (s *Store) replace(ctx context.Context, e *entry, transport http.RoundTripper) error {
	began := s.now()
	model, err := s.fetch(ctx, e.place, transport)
	if err != nil {
		return err
	}
	if err := acceptable(e.place, model); err != nil {
		return err
	}
	if err := s.admit(e, model, began); err != nil {
		return err
	}
	size := model.Size()
	s.log.Info("a schema was fetched", "host", e.place.host, "version", e.place.version, "types", size.Types,
		"operations", size.Operations, "bytes", size.Bytes, "took", s.now().Sub(began))
	if err := s.disk.write(e.place, model, began); err != nil {
		s.log.Warn("a schema could not be stored; it is kept in memory", "host", e.place.host, "version", e.place.version, "error", err)
	}
	return nil
}

// acceptable says what speaks against a model: a proxy or a fault of the service must not cost what is known already.
func acceptable(at place, model *Model) error {
	size := model.Size()
	begins := false
	for r := range model.roots() {
		name := model.text(r.name)
		begins = begins || name == "users" || name == "me"
	}
	fault := &FetchError{Host: at.host, Version: at.version, What: "what came is no schema of Microsoft Graph",
		remedy: "check that " + at.host + " is Microsoft Graph, and that no proxy answers in its place"}
	switch {
	case !begins:
		fault.Err = errors.New("it has neither users nor me")
	case size.Lost > size.Types/10:
		fault.Err = fmt.Errorf("it uses %d types that it does not have", size.Lost)
	default:
		return nil
	}
	return fault
}

// FetchError means that a schema could not be fetched.
type FetchError struct {
	Host, Version string
	What          string
	Status        int           // of the answer; 0: there was none, or it was not the status that was wrong
	RetryAfter    time.Duration // that the service asked for
	Err           error
	remedy        string
}

// Error says what went wrong, and where.
func (e *FetchError) Error() string {
	text := fmt.Sprintf("fetching https://%s/%s/$metadata: %s", e.Host, e.Version, e.What)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns what caused it.
func (e *FetchError) Unwrap() error { return e.Err }

// Hint returns what to do next.
func (e *FetchError) Hint() string {
	var unread *ParseError
	switch {
	case e.remedy != "":
		return e.remedy
	case errors.As(e.Err, &unread):
		return unread.Hint()
	case e.Status == http.StatusTooManyRequests || e.Status >= http.StatusInternalServerError:
		return "go on without it; it is fetched again later, by itself"
	case e.Status != 0:
		return "check that " + e.Host + " is Microsoft Graph, and that no proxy answers in its place"
	}
	return "check that this machine reaches https://" + e.Host + ", by itself or through HTTPS_PROXY; it is tried again later"
}

// fetch gets the document and reads it as it comes: it is never in memory as a whole. No token is sent, for none is asked
// for (https://learn.microsoft.com/graph/traverse-the-graph#microsoft-graph-api-metadata).
func (s *Store) fetch(ctx context.Context, at place, transport http.RoundTripper) (*Model, error) {
	fault := &FetchError{Host: at.host, Version: at.version}
	resp, err := s.send(ctx, at, transport)
	if err != nil {
		fault.What, fault.Err = "there was no answer", err
		if cause := context.Cause(ctx); cause != nil {
			fault.Err = cause
		}
		return nil, fault
	}
	defer resp.Body.Close()
	if fault.check(resp); fault.What != "" {
		return nil, fault
	}
	body := io.Reader(resp.Body)
	switch resp.Header.Get("Content-Encoding") {
	case "", "identity":
	case "gzip":
		if body, err = gzip.NewReader(resp.Body); err != nil {
			fault.What, fault.Err = "the answer is not compressed as it says", err
			return nil, fault
		}
	default:
		fault.What = "the answer is compressed in a way that was not asked for"
		return nil, fault
	}
	model, err := Parse(body)
	if err != nil {
		fault.What, fault.Err = "the answer cannot be used", err
		if cause := context.Cause(ctx); cause != nil {
			fault.What, fault.Err = "the answer did not come to its end", cause
		}
		return nil, fault
	}
	return model, nil
}

// check says what is wrong with an answer before it is read.
func (e *FetchError) check(resp *http.Response) {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		e.What = "the service redirects to another host, or too often"
		e.Status = resp.StatusCode
	case resp.StatusCode != http.StatusOK:
		e.What = fmt.Sprintf("the service answers with %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
		e.Status = resp.StatusCode
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
			e.RetryAfter = time.Duration(min(seconds, int(mostAsked/time.Second))) * time.Second
		}
	case !strings.HasSuffix(kind, "/xml") && !strings.HasSuffix(kind, "+xml"):
		e.What = fmt.Sprintf("the answer is %q, not XML", shorten(kind))
		e.Status = resp.StatusCode
	}
}

// send makes the request. Redirects are followed on the same host only.
func (s *Store) send(ctx context.Context, at place, transport http.RoundTripper) (*http.Response, error) {
	if transport == nil {
		transport = http.DefaultTransport
	}
	address := "https://" + at.host + "/" + at.version + "/$metadata"
	for hop := 0; ; hop++ {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, errors.New("the address cannot be asked")
		}
		req.Header.Set("Accept", "application/xml")
		req.Header.Set("Accept-Encoding", "gzip")
		if s.agent != "" {
			req.Header.Set("User-Agent", s.agent)
		}
		// Not an http.Client: that would follow to other hosts, and would send what a jar or an address has.
		resp, err := transport.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		resp.Request = req
		next, err := resp.Location()
		if resp.StatusCode < 300 || resp.StatusCode >= 400 || err != nil || hop == maxRedirects ||
			next.Scheme != "https" || next.Host != at.host || next.User != nil {
			return resp, nil
		}
		resp.Body.Close()
		address = next.String()
	}
}
