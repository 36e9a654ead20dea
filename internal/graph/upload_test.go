package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// depot is a service that keeps upload sessions at another host, and that host.
type depot struct {
	*fixture
	log     bytes.Buffer
	address string // of the session

	mu    sync.Mutex // guards all below
	slip  slip
	body  string // of the request that created the session
	have  []byte
	asked []string // what the host was asked: "PUT bytes 0-9/10", "GET", "DELETE"
	token bool     // the host got the token
}

const secretSession = "https://upload.example.com/s3cret-path?tempauth=s3cret"

// slip may do something else with the host's n-th request, from 1.
type slip func(n int, w http.ResponseWriter, r *http.Request, slice []byte) (handled bool)

func newDepot(t *testing.T, s slip) *depot {
	t.Helper()
	d := &depot{address: secretSession, slip: s}
	d.fixture = newFixture(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		defer d.mu.Unlock()
		if !strings.HasPrefix(r.Host, "upload.example.com") {
			d.body = string(body)
			_ = json.NewEncoder(w).Encode(map[string]any{"uploadUrl": d.address, "nextExpectedRanges": []string{"0-"}})
			return
		}
		d.token = d.token || r.Header.Get("Authorization") != ""
		d.asked = append(d.asked, strings.TrimSpace(r.Method+" "+strings.TrimPrefix(r.Header.Get("Content-Range"), "bytes ")))
		if d.slip != nil && d.slip(len(d.asked), w, r, body) {
			return
		}
		d.serve(w, r, body)
	})
	d.client.log = slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return d
}

// serve does what a session's host does where nothing goes wrong.
func (d *depot) serve(w http.ResponseWriter, r *http.Request, slice []byte) {
	first, last, total, ok := parseContentRange(r.Header.Get("Content-Range"))
	switch {
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method == http.MethodGet:
		d.expect(w, http.StatusOK, fmt.Sprintf("%d-", len(d.have)))
		return
	case !ok || last-first+1 != int64(len(slice)):
		w.WriteHeader(http.StatusBadRequest)
		return
	case first != int64(len(d.have)):
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return
	}
	if d.have = append(d.have, slice...); int64(len(d.have)) == total {
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":"item"}`)
		return
	}
	d.expect(w, http.StatusAccepted, fmt.Sprintf("%d-", len(d.have)))
}

func (d *depot) expect(w http.ResponseWriter, status int, ranges ...string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"expirationDateTime": "2026-11-27T00:00:00Z", "nextExpectedRanges": ranges})
}

const testSlice = 1000

func (d *depot) upload(ctx context.Context, u UploadCall) (*Response, error) {
	u.Session = d.request(Params{Method: "POST", Path: "/me/drive/root:/a.bin:/createUploadSession", Body: []byte(`{"item":{}}`)})
	return upload(ctx, d.client, u, patience{slice: testSlice})
}

// check fails where a secret got out.
func (d *depot) check(t *testing.T, err error) {
	t.Helper()
	if d.token {
		t.Error("the session's host got the token")
	}
	if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, err)+hintOf(err, ""), "s3cret") || strings.Contains(d.log.String(), "s3cret") {
		t.Errorf("an address is shown: %v\n%s", err, d.log.String())
	}
}

func status(code int, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		reply(code, []byte(`{"error":{"code":"theCode"}}`), 0, headers...)(w, nil)
	}
}

// mishap is what goes wrong with an upload of 3,500 bytes, and what is asked for because of it.
type mishap struct {
	slip   func(*depot)
	stream bool // the source cannot go back
	asked  []string
}

func mishaps() map[string]mishap {
	at := func(n int, do func(d *depot, w http.ResponseWriter, slice []byte)) func(*depot) {
		return func(d *depot) {
			d.slip = func(now int, w http.ResponseWriter, _ *http.Request, slice []byte) bool {
				if now == n {
					do(d, w, slice)
				}
				return now == n
			}
		}
	}
	drop := func(*depot, http.ResponseWriter, []byte) { panic(http.ErrAbortHandler) }
	return map[string]mishap{
		"nothing goes wrong": {func(*depot) {}, true, []string{"PUT 0-999/3500", "PUT 1000-1999/3500", "PUT 2000-2999/3500", "PUT 3000-3499/3500"}},
		"a slice is lost":    {at(2, drop), true, []string{"PUT 0-999/3500", "PUT 1000-1999/3500", "GET", "PUT 1000-1999/3500", "PUT 2000-2999/3500", "PUT 3000-3499/3500"}},
		"an answer is lost": {at(2, func(d *depot, w http.ResponseWriter, slice []byte) {
			d.have = append(d.have, slice...)
			panic(http.ErrAbortHandler)
		}), true, []string{"PUT 0-999/3500", "PUT 1000-1999/3500", "GET", "PUT 2000-2999/3500", "PUT 3000-3499/3500"}},
		"a part arrives": {at(2, func(d *depot, w http.ResponseWriter, slice []byte) {
			d.have = append(d.have, slice[:400]...)
			panic(http.ErrAbortHandler)
		}), true, []string{"PUT 0-999/3500", "PUT 1000-1999/3500", "GET", "PUT 1400-2399/3500", "PUT 2400-3399/3500", "PUT 3400-3499/3500"}},
		"busy":         {at(3, func(_ *depot, w http.ResponseWriter, _ []byte) { status(503, "Retry-After: 7")(w) }), true, []string{"PUT 0-999/3500", "PUT 1000-1999/3500", "PUT 2000-2999/3500", "GET", "PUT 2000-2999/3500", "PUT 3000-3499/3500"}},
		"broken":       {at(1, func(_ *depot, w http.ResponseWriter, _ []byte) { status(500)(w) }), true, []string{"PUT 0-999/3500", "GET", "PUT 0-999/3500", "PUT 1000-1999/3500", "PUT 2000-2999/3500", "PUT 3000-3499/3500"}},
		"out of place": {at(2, func(_ *depot, w http.ResponseWriter, _ []byte) { status(416)(w) }), true, []string{"PUT 0-999/3500", "PUT 1000-1999/3500", "GET", "PUT 1000-1999/3500", "PUT 2000-2999/3500", "PUT 3000-3499/3500"}},
		"it wants less": {at(2, func(d *depot, w http.ResponseWriter, slice []byte) {
			d.have = append(d.have, slice[:300]...)
			d.expect(w, 202, "2000-3499", "1300-1799")
		}), true, []string{"PUT 0-999/3500", "PUT 1000-1999/3500", "PUT 1300-1799/3500", "PUT 1800-2799/3500", "PUT 2800-3499/3500"}},
		"it forgot": {at(3, func(d *depot, w http.ResponseWriter, _ []byte) {
			d.have = d.have[:500]
			d.expect(w, 202, "500-")
		}), false, []string{"PUT 0-999/3500", "PUT 1000-1999/3500", "PUT 2000-2999/3500", "PUT 500-1499/3500", "PUT 1500-2499/3500", "PUT 2500-3499/3500"}},
		"it says nothing": {at(1, func(d *depot, w http.ResponseWriter, slice []byte) {
			d.have = append(d.have, slice...)
			w.WriteHeader(202)
		}), true, []string{"PUT 0-999/3500", "PUT 1000-1999/3500", "PUT 2000-2999/3500", "PUT 3000-3499/3500"}},
	}
}

func TestUploadGoesOnFromWhereTheServiceIs(t *testing.T) {
	t.Parallel()
	film := filmOf(3_500)
	for name, tt := range mishaps() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDepot(t, nil)
			tt.slip(d)
			var source io.Reader = bytes.NewReader(slices.Concat([]byte("before"), film))
			_, _ = io.ReadFull(source, make([]byte, len("before"))) // a source begins where it stands
			if tt.stream {
				source = io.MultiReader(source)
			}
			last := int64(0)
			resp, err := d.upload(t.Context(), UploadCall{Source: source, Size: int64(len(film)), Progress: func(sent, total int64) {
				if sent <= last || sent > total || total != int64(len(film)) {
					t.Errorf("progress went from %d to %d of %d", last, sent, total)
				}
				last = sent
			}})
			d.check(t, err)
			if err != nil || resp.Status != http.StatusCreated || string(resp.Body) != `{"id":"item"}` {
				t.Fatalf("got %+v and %v", resp, err)
			}
			if !bytes.Equal(d.have, film) {
				t.Error("what arrived is not the film")
			}
			if !slices.Equal(d.asked, tt.asked) {
				t.Errorf("asked %q, want %q", d.asked, tt.asked)
			}
			if last != int64(len(film)) || d.body != `{"item":{}}` {
				t.Errorf("progress ended at %d, the session was created with %s", last, d.body)
			}
			if name == "busy" && !slices.Contains(d.waited, 7*time.Second) {
				t.Errorf("waited %v, want 7 s among them", d.waited)
			}
		})
	}
}

// ending is why an upload of 2,500 bytes fails.
type ending struct {
	slip   func(d *depot) slip
	source io.Reader
	want   string // in the error
	puts   int
}

// always answers every slice with a status.
func always(code int, headers ...string) func(*depot) slip {
	return func(*depot) slip {
		return func(_ int, w http.ResponseWriter, r *http.Request, _ []byte) bool {
			if r.Method == http.MethodPut {
				status(code, headers...)(w)
			}
			return r.Method == http.MethodPut
		}
	}
}

// wants answers every request with the bytes that the service wants.
func wants(ranges string) func(*depot) slip {
	return func(d *depot) slip {
		return func(_ int, w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			d.expect(w, 202, ranges)
			return true
		}
	}
}

func endings(film []byte) map[string]ending {
	return map[string]ending{
		"name taken":      {slip: always(409), want: "HTTP 409 Conflict, theCode", puts: 1},
		"changed":         {slip: always(412), want: "HTTP 412", puts: 1},
		"full":            {slip: always(507), want: "HTTP 507", puts: 1},
		"gone":            {slip: always(404), want: "the upload session is over: the service ended it, or it expired", puts: 1},
		"busy for ever":   {slip: always(503), want: "given up after 5 tries", puts: 6},
		"busy for long":   {slip: always(503, "Retry-After: 900"), want: "HTTP 503", puts: 1},
		"never in place":  {slip: always(416), want: "HTTP 416", puts: 6},
		"redirects":       {slip: always(307, "Location: http://elsewhere/?s3cret"), want: "with a redirect, which is not followed", puts: 1},
		"not ended, done": {slip: always(200), want: "HTTP 200 before it had everything", puts: 1},
		"does not get on": {slip: wants("0-"), want: "wants the bytes from 0 on again and again", puts: 6},
		"claims too much": {slip: wants("1001-"), want: "claims to have 1001 bytes, and 1000 were sent", puts: 1},
		"nonsense":        {slip: wants("9-3"), want: `expects the range "9-3", which is none`, puts: 1},
		"wants what is gone": {slip: func(d *depot) slip {
			return func(n int, w http.ResponseWriter, r *http.Request, _ []byte) bool {
				if n == 2 {
					d.expect(w, 202, "5-")
				}
				return n == 2
			}
		}, source: io.MultiReader(bytes.NewReader(film)), want: "cannot be read twice", puts: 2},
		"stored, answer lost": {slip: func(d *depot) slip {
			return func(n int, w http.ResponseWriter, r *http.Request, _ []byte) bool {
				if n == 3 {
					panic(http.ErrAbortHandler)
				}
				if n > 3 {
					status(404)(w)
				}
				return n > 3
			}
		}, want: "the answer to the last piece was lost", puts: 3},
		"not stored": {slip: func(d *depot) slip {
			return func(n int, w http.ResponseWriter, r *http.Request, _ []byte) bool {
				if n >= 3 {
					d.expect(w, 202)
				}
				return n >= 3
			}
		}, want: "has not stored it yet", puts: 3},
		"source too short": {source: bytes.NewReader(film[:2_400]), want: "ended after 2400 of 2500 bytes", puts: 2},
		"source too long":  {source: bytes.NewReader(filmOf(2_501)), want: "longer than the 2500 bytes", puts: 2},
		"source broken":    {source: io.MultiReader(bytes.NewReader(film[:1_500]), broken{}), want: "reading what is to be uploaded: out of order", puts: 1},
	}
}

func TestUploadEndsWithAReason(t *testing.T) {
	t.Parallel()
	film := filmOf(2_500)
	for name, tt := range endings(film) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDepot(t, nil)
			if tt.slip != nil {
				d.slip = tt.slip(d)
			}
			if tt.source == nil {
				tt.source = bytes.NewReader(film)
			}
			_, err := d.upload(t.Context(), UploadCall{Source: tt.source, Size: 2_500})
			d.check(t, err)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q in it", err, tt.want)
			}
			if hintOf(err, "") == "" && !strings.Contains(tt.want, "416") {
				t.Errorf("%v comes without a hint", err)
			}
			if got := len(slices.DeleteFunc(slices.Clone(d.asked), func(s string) bool { return !strings.HasPrefix(s, "PUT") })); got != tt.puts {
				t.Errorf("got %d slices, want %d: %q", got, tt.puts, d.asked)
			}
			if last := d.asked[len(d.asked)-1]; last != "DELETE" {
				t.Errorf("the session was not cancelled: %q", d.asked)
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("out of order") }

func TestUploadGoesNowhereElse(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"http://upload.example.com/s3cret": "is not plain https", "https://ada:s3cret@upload.example.com/": "is not plain https",
		"ftp://upload.example.com/s3cret": "is not plain https", "//upload.example.com/s3cret": "is not plain https",
		"": "names no address", "s3cret": "cannot be read", "https:///s3cret": "cannot be read", "https://upload.example.com\n/s3cret": "cannot be read",
		"https://ｕpload.example.com/s3cret": "cannot be read", "https://%31/s3cret": "cannot be read",
		"https://127.0.0.1/v1.0/me?s3cret": "on 127.0.0.1 itself", "https://127.0.0.1:1/s3cret": "itself", "https://127.0.0.1.:443/s3cret": "itself",
	} {
		d := newDepot(t, nil)
		d.address = address
		_, err := d.upload(t.Context(), UploadCall{Source: bytes.NewReader(filmOf(100)), Size: 100})
		d.check(t, err)
		if err == nil || !strings.Contains(err.Error(), want) || len(d.asked) > 0 {
			t.Errorf("%q: got %v after %q, want %q", address, err, d.asked, want)
		}
	}
}

func TestUploadThatIsCancelledIsCancelledThere(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	d := newDepot(t, func(n int, _ http.ResponseWriter, _ *http.Request, _ []byte) bool {
		if n == 2 {
			cancel()
		}
		return false
	})
	_, err := d.upload(ctx, UploadCall{Source: bytes.NewReader(filmOf(3_000)), Size: 3_000})
	d.check(t, err)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if got := d.asked[len(d.asked)-1]; got != "DELETE" {
		t.Errorf("the last request was %s, want DELETE", got)
	}
}

func TestUploadDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	d := newDepot(t, nil)
	hung := make(chan struct{})
	var once sync.Once
	d.slip = func(n int, _ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if n == 1 {
			<-r.Context().Done()
			once.Do(func() { close(hung) })
		}
		return n == 1
	}
	u := UploadCall{Source: bytes.NewReader(filmOf(1_500)), Size: 1_500}
	u.Session = d.request(Params{Method: "POST", Path: "/me/drive/root:/a.bin:/createUploadSession"})
	if _, err := upload(t.Context(), d.client, u, patience{slice: testSlice, stall: 50 * time.Millisecond}); err != nil {
		t.Error(err)
	}
	<-hung
}
