package graph

import (
	"bytes"
	"context"
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

// storage is a service that redirects to a host whose addresses are permissions, and that host.
type storage struct {
	*fixture
	log   bytes.Buffer
	steps []http.HandlerFunc // what the host does to the first download, the second…; the last one for ever

	mu     sync.Mutex // guards all below
	asked  []*http.Request
	leaked bool
}

const secretQuery = "sig=s3cret"

func newStorage(t *testing.T, steps ...http.HandlerFunc) *storage {
	t.Helper()
	s := &storage{steps: steps}
	s.fixture = newFixture(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Host, "storage.example.com") {
			s.mu.Lock()
			defer s.mu.Unlock()
			http.Redirect(w, r, fmt.Sprintf("https://storage.example.com/file/%d?%s", len(s.asked), secretQuery), http.StatusFound)
			return
		}
		s.mu.Lock()
		s.leaked = s.leaked || r.Header.Get("Authorization") != ""
		s.asked = append(s.asked, r)
		step := s.steps[min(len(s.asked), len(s.steps))-1]
		s.mu.Unlock()
		step(w, r)
	})
	s.client.log = slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return s
}

// download reads the whole file.
func (s *storage) download(t *testing.T) ([]byte, *File, error) {
	t.Helper()
	f, err := Download(t.Context(), s.client, s.request(Params{Path: "/me/drive/items/1/content"}))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	return content, f, err
}

// check fails where a secret got out.
func (s *storage) check(t *testing.T, err error) {
	t.Helper()
	if s.leaked {
		t.Error("the storage host got the token")
	}
	if err != nil && strings.Contains(err.Error()+hintOf(err, ""), "s3cret") || strings.Contains(s.log.String(), "s3cret") {
		t.Errorf("an address is shown: %v\n%s", err, s.log.String())
	}
}

// cutter breaks the connection off after some bytes of an answer's body.
type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(p []byte) (int, error) {
	if len(p) < c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// file answers with content, as a host does that knows parts, and breaks off after some bytes; 0: does not.
func file(content []byte, etag string, breaks int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", etag)
		w.Header().Set("Content-Type", "video/mp4")
		w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''dive%20%231.mp4")
		if breaks > 0 {
			w = &cutter{w, breaks}
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

// reply writes content under a status and headers, "Name: value".
func reply(status int, content []byte, breaks int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		if breaks > 0 {
			w = &cutter{w, breaks}
		}
		_, _ = w.Write(content)
		_ = http.NewResponseController(w).Flush() // or the length becomes known
	}
}

// filmOf makes content in which no two pieces are alike.
func filmOf(size int) []byte {
	film := make([]byte, size)
	for i := range film {
		film[i] = byte(i * 31 >> (i >> 8 & 7))
	}
	return film
}

func TestDownloadGoesOnWhereItBroke(t *testing.T) {
	t.Parallel()
	film := filmOf(300_000)
	s := newStorage(t, file(film, `"v1"`, 100_000), file(film, `"v1"`, 70_000), file(film, `"v1"`, 0))
	got, f, err := s.download(t)
	s.check(t, err)
	if err != nil || !bytes.Equal(got, film) {
		t.Fatalf("got %d bytes and %v, want %d", len(got), err, len(film))
	}
	if f.Size != 300_000 || f.Name != "dive #1.mp4" || f.ContentType != "video/mp4" || f.Header.Get("ETag") != `"v1"` {
		t.Errorf("got size %d, name %q, type %q, %v", f.Size, f.Name, f.ContentType, f.Header)
	}
	var asked []string
	for _, r := range s.asked {
		asked = append(asked, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")+" "+r.Header.Get("If-Range")))
	}
	// A fresh address each time, and no byte twice.
	if want := []string{"/file/0", `/file/1 bytes=100000- "v1"`, `/file/2 bytes=170000- "v1"`}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	if len(s.waited) != 2 || s.waited[0] < 250*time.Millisecond || s.waited[0] > time.Second {
		t.Errorf("waited %v, want two waits that begin short", s.waited)
	}
}

// resumption is what a download of film meets, and what becomes of it.
type resumption struct {
	steps []http.HandlerFunc
	want  string // in the error; "" means that the film arrives
	asked int
}

func resumptions(film []byte) map[string]resumption {
	other := slices.Concat([]byte("other"), film[5:99_995], []byte("other")) // so that a piece of it shows at either end
	half := file(film, `"v1"`, 50_000)
	bare := reply(200, film, 50_000) // neither length nor validator
	const (
		rest = "Content-Range: bytes 50000-99999/100000"
		day  = "Last-Modified: Tue, 24 Nov 2026 10:00:00 GMT"
	)
	return map[string]resumption{
		"Range ignored":                 {[]http.HandlerFunc{half, reply(200, film, 0, `ETag: "v1"`)}, "", 2},
		"no validator, same bytes":      {[]http.HandlerFunc{bare, reply(200, film, 0)}, "", 2},
		"no validator, other bytes":     {[]http.HandlerFunc{bare, reply(200, other, 0)}, "its beginning is another one", 2},
		"a new state":                   {[]http.HandlerFunc{half, file(other, `"v2"`, 0)}, "changed meanwhile: its ETag", 2},
		"a new state in a part":         {[]http.HandlerFunc{half, reply(206, film[50_000:], 0, `ETag: "v2"`, "Content-Range: bytes 50000-99999/100000")}, "changed meanwhile: its ETag", 2},
		"a new date":                    {[]http.HandlerFunc{reply(200, film, 50_000, day), reply(200, film, 0, "Last-Modified: Tue, 24 Nov 2026 10:00:01 GMT")}, "changed meanwhile", 2},
		"another size":                  {[]http.HandlerFunc{half, reply(206, film[50_000:90_000], 0, "Content-Range: bytes 50000-89999/90000")}, "has 90000 bytes now and had 100000", 2},
		"a part of who knows what":      {[]http.HandlerFunc{half, reply(206, other[50_000:], 0, rest), reply(200, other, 0)}, "its beginning is another one", 3},
		"the same by a host that tells": {[]http.HandlerFunc{half, reply(206, other[50_000:], 0, rest), file(film, `"v1"`, 60_000), file(film, `"v1"`, 0)}, "", 4},
		"the same by one that does not": {[]http.HandlerFunc{half, reply(206, film[50_000:], 0, rest), reply(200, film, 0)}, "", 3},
		"all of who knows what":         {[]http.HandlerFunc{half, reply(200, other, 0, "Content-Length: 100000")}, "its beginning is another one", 2},
		"other bytes, the same ETag":    {[]http.HandlerFunc{half, reply(200, other, 0, `ETag: "v1"`)}, "its beginning is another one", 2},
		"a weak ETag":                   {[]http.HandlerFunc{reply(200, film, 50_000, `ETag: W/"v1"`), reply(206, other[50_000:], 0, `ETag: W/"v1"`, rest), reply(200, film, 0)}, "", 3},
		"a host that knows the date":    {[]http.HandlerFunc{reply(200, film, 50_000, `ETag: "v1"`, day), reply(206, film[50_000:], 0, day, rest)}, "", 2},
		"shrunk":                        {[]http.HandlerFunc{half, reply(200, film[:40_000], 0, "Content-Length: 40000")}, "has 40000 bytes now", 2},
		"shrunk without a word":         {[]http.HandlerFunc{half, reply(200, film[:40_000], 0)}, "has become shorter", 2},
		"shorter than what was read":    {[]http.HandlerFunc{half, reply(416, nil, 0)}, "has become shorter", 2},
		"the wrong part":                {[]http.HandlerFunc{half, reply(206, film, 0, "Content-Range: bytes 0-99999/100000")}, `answered with Content-Range "bytes 0-99999/100000"`, 2},
		"a part of something":           {[]http.HandlerFunc{half, reply(206, film, 0)}, "answered with Content-Range", 2},
		"a part that is none":           {[]http.HandlerFunc{half, reply(206, film, 0, "Content-Range: bytes 50000-9/100000")}, "answered with Content-Range", 2},
		"a part unasked":                {[]http.HandlerFunc{reply(206, film[:9], 0, "Content-Range: bytes 0-8/100000")}, "HTTP 206 instead of a file", 1},
		"no file":                       {[]http.HandlerFunc{reply(202, nil, 0)}, "HTTP 202 instead of a file", 1},
		"more than announced":           {[]http.HandlerFunc{half, reply(206, slices.Concat(film[50_000:], []byte("x")), 0, `ETag: "v1"`, "Content-Range: bytes 50000-99999/100000")}, "more bytes than it announced", 2},
		"less than announced":           {[]http.HandlerFunc{half, reply(206, film[50_000:60_000], 0, `ETag: "v1"`, "Content-Range: bytes 50000-59999/100000"), file(film, `"v1"`, 0)}, "", 3},
		"packed":                        {[]http.HandlerFunc{reply(200, film, 0, "Content-Encoding: gzip")}, `in the coding "gzip"`, 1},
		"broken after its last byte":    {[]http.HandlerFunc{reply(200, film, 100_000, `ETag: "v1"`), reply(416, nil, 0), reply(200, film, 0, `ETag: "v1"`)}, "", 3},
		"busy when it goes on":          {[]http.HandlerFunc{half, reply(503, nil, 0, "Retry-After: 3"), file(film, `"v1"`, 0)}, "", 3},
		"gone when it goes on":          {[]http.HandlerFunc{half, reply(404, []byte(`{"error":{"code":"itemNotFound","message":"Gone: https://x.example/?`+secretQuery+`"}}`), 0)}, "itemNotFound", 2},
		"throttled for long":            {[]http.HandlerFunc{half, reply(429, nil, 0, "Retry-After: 900")}, "429", 2},
		"a page of the host":            {[]http.HandlerFunc{reply(403, []byte("<p>/file/0?"+secretQuery), 0, "Content-Type: text/html")}, "(text/html, ", 1},
		"a refusal by the host":         {[]http.HandlerFunc{reply(403, []byte(`{"error":{"code":"accessDenied","message":"No: https:\/\/storage.example.com\/file?`+secretQuery+`&x=\"1"}}`), 0)}, "accessDenied: the host that keeps the file does not take the address", 1},
		"never gets on":                 {[]http.HandlerFunc{half, file(film, `"v1"`, 1)}, "given up after 5 tries", 6},
		"never gets on, without a part": {[]http.HandlerFunc{bare, bare}, "given up after 5 tries", 6},
	}
}

func TestDownloadIsOneFileOrNone(t *testing.T) {
	t.Parallel()
	film := filmOf(100_000)
	for name, tt := range resumptions(film) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStorage(t, tt.steps...)
			got, _, err := s.download(t)
			s.check(t, err)
			if tt.want == "" {
				if err != nil || !bytes.Equal(got, film) {
					t.Errorf("got %d bytes and %v", len(got), err)
				}
			} else if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %d bytes and %v, want %q in the error", len(got), err, tt.want)
			} else if hintOf(err, "") == "" {
				t.Errorf("%v comes without a hint", err)
			}
			if !bytes.HasPrefix(film, got) {
				t.Error("what was read is not the film's beginning")
			}
			if len(s.asked) != tt.asked {
				t.Errorf("asked %d times, want %d", len(s.asked), tt.asked)
			}
		})
	}
}

// A bad line gives up only where nothing arrives any more.
func TestDownloadOverABadLine(t *testing.T) {
	t.Parallel()
	film := filmOf(1_000_000)
	s := newStorage(t, file(film, `"v1"`, 80_000))
	if got, _, err := s.download(t); err != nil || !bytes.Equal(got, film) {
		t.Errorf("got %d bytes and %v", len(got), err)
	}
}

func TestDownloadWaitsAsItIsTold(t *testing.T) {
	t.Parallel()
	film := filmOf(10_000)
	s := newStorage(t, file(film, `"v1"`, 5_000), reply(429, nil, 0, "Retry-After: 90"), file(film, `"v1"`, 0))
	got, _, err := s.download(t)
	if err != nil || !bytes.Equal(got, film) {
		t.Fatalf("got %d bytes and %v", len(got), err)
	}
	if !slices.ContainsFunc(s.waited, func(d time.Duration) bool { return d > 80*time.Second && d <= 90*time.Second }) {
		t.Errorf("waited %v, want about 90 s among them", s.waited)
	}
}

func TestDownloadRefusesRedirectsInTheOpen(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"http://storage.example.com/file?" + secretQuery:             "not plain https",
		"https://ada:s3cret@storage.example.com/f?" + secretQuery:    "not plain https",
		"ftp://storage.example.com/file?" + secretQuery:              "not plain https",
		"//storage.example.com:0/file-of-nobody's?" + secretQuery:    "talking to",
		"https://unreachable.invalid/file?" + secretQuery:            "talking to",
		"https://storage.example.com/%zz?" + secretQuery + "#s3cret": "cannot be read",
	} {
		f := newFixture(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		})
		_, err := Download(t.Context(), f.client, f.request(Params{Path: "/me/photo/$value"}))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v, want %q in it", location, err, want)
		}
	}
}

func TestDownloadChecksItsRequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	for _, p := range []Params{{Method: "POST", Path: "/me/photo/$value"}, {Path: "/me/photo/$value", Header: http.Header{"Range": {"bytes=0-1"}}}} {
		var refused *RequestError
		if _, err := Download(t.Context(), f.client, f.request(p)); !errors.As(err, &refused) {
			t.Errorf("%s %v: got %v, want a RequestError", p.Method, p.Header, err)
		}
	}
}

func TestDownloadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	film := filmOf(10_000)
	gone := make(chan struct{})
	hang := func(w http.ResponseWriter, r *http.Request) {
		reply(200, film[:5_000], 0)(w, r)
		<-r.Context().Done()
		close(gone)
	}
	s := newStorage(t, hang)
	ctx, cancel := context.WithCancel(t.Context())
	f, err := Download(ctx, s.client, s.request(Params{Path: "/me/drive/items/1/content"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(f, make([]byte, 5_000)); err != nil {
		t.Fatal(err)
	}
	cancel()
	_, err = f.Read(make([]byte, 1))
	var stopped *TransferError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &stopped) || stopped.Done != 5_000 {
		t.Errorf("got %v, want a TransferError that was cancelled after 5000 bytes", err)
	}
	<-gone
	if _, again := f.Read(make([]byte, 1)); again != err {
		t.Errorf("then got %v, want the same error", again)
	}
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Error(err)
	}
}

func TestDownloadDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	film := filmOf(10_000)
	hang := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", "10000")
		_, _ = w.Write(film[:5_000])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	s := newStorage(t, hang, file(film, `"v1"`, 0))
	f, err := download(t.Context(), s.client, s.request(Params{Path: "/me/drive/items/1/content"}), patience{stall: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, film) {
		t.Errorf("got %d bytes and %v", len(got), err)
	}
}

func TestDispositionName(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		``:                                  "",
		`attachment`:                        "",
		`attachment; filename="report.pdf"`: "report.pdf",
		`attachment; filename=report.pdf`:   "report.pdf",
		`attachment; filename=my report.pdf; size=3`:                       "my report.pdf",
		`inline; FILENAME="a \"b\"; c.txt"; x=1`:                           `a "b"; c.txt`,
		`attachment; filename="_.txt"; filename*=UTF-8''%e2%82%ac%20.txt`:  "€ .txt",
		`attachment; filename*=utf-8'de'%c3%bc.txt; filename="u.txt"`:      "ü.txt",
		`attachment; filename*=ISO-8859-1''%fc.txt`:                        "ü.txt",
		`attachment; filename*=UTF-8''%fc.txt; filename="u.txt"`:           "u.txt",
		`attachment; filename*=KOI8-R''%fc.txt; filename="u.txt"`:          "u.txt",
		"attachment; filename=\"\xfc.txt\"":                                "ü.txt",
		`attachment; filename="über.txt"`:                                  "über.txt",
		`attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd`:              "../../etc/passwd",
		`attachment; filename="unterminated`:                               "unterminated",
		`attachment;;; =; filename`:                                        "",
		`attachment; name="x; filename=evil.exe"; filename="harmless.txt"`: "harmless.txt",
	} {
		if got := dispositionName(header); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}
