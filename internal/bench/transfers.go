package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// The large transfers. The upstream knows these paths.
const (
	largeFile   = 1 << 30
	largeItem   = "/drives/bench/items/large/content"
	largeTarget = "/drives/bench/root:/large.bin"
	directSlice = 10 << 20 // of an upload by the plain client
)

// appendTransfers moves a file of 1 GiB each way and reads a list of 10,000 users, over stdio. There is no floor
// that could; the ratios are to a plain HTTP client that does the same.
func appendTransfers(ctx context.Context, rows []row, up *upstream, product contender) ([]row, error) {
	l, err := openLane(ctx, product, "stdio", up.scratch)
	if err != nil {
		return nil, err
	}
	defer l.close()
	before, err := l.process.resident()
	if err != nil {
		return nil, err
	}
	direct := newDirectCaller(up)
	local := filepath.Join(up.files(), "direct.bin")
	moves := []struct {
		name, tool string
		arguments  map[string]any
		direct     func() error
	}{
		{"download", "download_file", map[string]any{"path": largeItem, "outputDir": up.files()}, func() error { return direct.download(largeItem, local) }},
		{"upload", "upload_file", map[string]any{"path": largeTarget, "localFile": local}, func() error { return direct.upload(largeTarget, local) }},
		{"10,000 users", "microsoft_graph", map[string]any{"path": "/groups/all/members?$top=100", "maxItems": 10_000, "maxChars": 400_000}, func() error { return direct.list("/groups/all/members") }},
	}
	for _, move := range moves {
		plain, err := timed(move.direct)
		if err != nil {
			return nil, fmt.Errorf("%s, direct: %w", move.name, err)
		}
		ours, err := timed(func() error { return l.caller.(*stdioCaller).tool(move.tool, move.arguments) })
		if err != nil {
			return nil, l.process.explain(fmt.Errorf("%s: %w", move.name, err))
		}
		r := row{Measure: "stdio, " + move.name + " (ratio to direct)", Unit: "s", Direct: plain.Seconds(), Product: ours.Seconds()}
		rows = append(rows, r.ratio(r.Product/r.Direct))
	}
	peak, err := l.process.peak()
	if err != nil {
		return nil, err
	}
	r := row{Measure: "stdio, most memory during these (ratio to idle)", Unit: "MiB", Product: peak / mebi}
	return append(rows, r.ratio(peak/before).productAtMost(100)), nil
}

func timed(do func() error) (time.Duration, error) {
	began := time.Now()
	err := do()
	return time.Since(began), err
}

// tool calls one tool and waits for its answer.
func (c *stdioCaller) tool(name string, arguments map[string]any) error {
	line, err := c.roundTrip(func(id int64) []byte { return toolFrame(id, name, arguments) })
	if err != nil {
		return err
	}
	return check(line)
}

func (c *directCaller) do(method, url string, body io.Reader, header http.Header) (*http.Response, error) {
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
	res, err := c.do(http.MethodGet, c.root+path, nil, c.authorized())
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
func (c *directCaller) upload(path, local string) error {
	res, err := c.do(http.MethodPost, c.root+path+":/createUploadSession", bytes.NewReader([]byte("{}")), c.authorized())
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
	for from := int64(0); from < largeFile; from += directSlice {
		size := min(directSlice, largeFile-from)
		header := http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", from, from+size-1, int64(largeFile))}}
		res, err := c.do(http.MethodPut, session.UploadURL, io.NewSectionReader(f, from, size), header)
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
		res, err := c.do(http.MethodGet, url, nil, c.authorized())
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
