package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

// What the upstream has; it is a program of its own.
const (
	directSlice = 10 << 20 // bytes of an upload by the plain client
	pages       = 20       // of the list that is read to its end
	pageSize    = 100
	batchItems  = 20
	userMark    = "6ea91a8d-e32e-41a1-b7bd-" // begins the ID of each user
)

func (c *directCaller) send(method, url string, body io.Reader, header http.Header) (*http.Response, error) {
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		return nil, err
	}
	req.Header = header
	if piece, ok := body.(*io.SectionReader); ok {
		req.ContentLength = piece.Size() // else it would be sent in chunks, which costs more
	}
	res, err := c.client.Do(req)
	if err == nil && res.StatusCode >= http.StatusMultipleChoices {
		err = errors.Join(errors.New(res.Status), res.Body.Close())
	}
	return res, err
}

func (c *directCaller) authorized() http.Header {
	return http.Header{"Authorization": {"Bearer " + c.token}, "Content-Type": {"application/json"}}
}

// download writes a file's content to a local file.
func (c *directCaller) download(path, local string) error {
	res, err := c.send(http.MethodGet, c.root+path, nil, c.authorized())
	if err != nil {
		return err
	}
	defer res.Body.Close()
	f, err := os.Create(local)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, res.Body)
	return errors.Join(err, f.Sync(), f.Close())
}

// upload sends a local file in slices.
func (c *directCaller) upload(path, local string, size int64) error {
	res, err := c.send(http.MethodPost, c.root+path+":/createUploadSession", bytes.NewReader([]byte("{}")), c.authorized())
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var session struct{ UploadURL string }
	if err := json.NewDecoder(res.Body).Decode(&session); err != nil {
		return err
	}
	f, err := os.Open(local)
	if err != nil {
		return err
	}
	defer f.Close()
	for from := int64(0); from < size; from += directSlice {
		n := min(directSlice, size-from)
		header := http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", from, from+n-1, size)}}
		res, err := c.send(http.MethodPut, session.UploadURL, io.NewSectionReader(f, from, n), header)
		if err != nil {
			return err
		}
		if err := res.Body.Close(); err != nil {
			return err
		}
	}
	return nil
}

// list reads a list to its end.
func (c *directCaller) list(path string) error {
	for url := c.root + path; url != ""; {
		res, err := c.send(http.MethodGet, url, nil, c.authorized())
		if err != nil {
			return err
		}
		var page struct {
			Next string `json:"@odata.nextLink"`
		}
		err = json.NewDecoder(res.Body).Decode(&page)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			return err
		}
		url = page.Next
	}
	return nil
}

// batch sends requests as one.
func (c *directCaller) batch(items []any) error {
	body, err := json.Marshal(map[string]any{"requests": items})
	if err != nil {
		return err
	}
	res, err := c.send(http.MethodPost, c.root+"/$batch", bytes.NewReader(body), c.authorized())
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct{ Responses []json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	if len(answer.Responses) != len(items) {
		return fmt.Errorf("%d answers to %d requests", len(answer.Responses), len(items))
	}
	return nil
}
