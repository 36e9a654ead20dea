package graph

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// maxErrorBytes is more than any error should have: a model reads it whole.
const maxErrorBytes = 64 << 10

// hostile answers what a fuzzer has made up, and keeps to whom the token went.
type hostile struct {
	t      testing.TB
	answer func(r *http.Request, try int) *http.Response
	tries  int
}

func (h *hostile) RoundTrip(r *http.Request) (*http.Response, error) {
	if token := r.Header.Get("Authorization"); token != "" && (r.URL.Host != "graph.microsoft.com" || r.URL.Scheme != "https") {
		h.t.Errorf("the token went to %s", r.URL.Redacted())
	}
	if r.URL.Scheme != "https" || r.URL.User != nil {
		h.t.Errorf("asked %s", r.URL)
	}
	if h.tries++; h.tries > 40 {
		h.t.Errorf("asked for the %dth time", h.tries)
	}
	resp := h.answer(r, h.tries)
	resp.Request = r
	return resp, nil
}

// answerOf makes an answer of a status, the lines of its head and its body.
func answerOf(status int, head string, body []byte) *http.Response {
	h, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(head + "\r\n\r\n"))).ReadMIMEHeader()
	if h == nil {
		h = textproto.MIMEHeader{}
	}
	return &http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header(h), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: -1}
}

// impatient is a client that waits for nothing and counts what it was to wait.
func impatient(h *hostile, waited *time.Duration) *Client {
	now := time.Now()
	c := NewClient(Config{Auth: secretToken{}, Transport: h, UserAgent: "test/1", MaxBody: 1 << 20})
	c.gate.now = func() time.Time { return now }
	c.wait = func(_ context.Context, d time.Duration) error {
		*waited += d
		now = now.Add(d)
		return nil
	}
	return c
}

type secretToken struct{}

const tokenText = "a-token-that-nobody-may-see"

func (secretToken) Token(context.Context, TokenRequest) (string, error) { return tokenText, nil }

// Whatever a service answers, the token goes nowhere else, the tries and waits end, and an error is text of a
// readable length without the token or the address of a redirect.
func FuzzAnswer(f *testing.F) {
	f.Add("GET", 200, "Content-Type: application/json", []byte(`{"value":[]}`))
	f.Add("GET", 302, "Location: https://evil.example/x?sig=hidden-signature", []byte{})
	f.Add("GET", 307, "Location: //graph.microsoft.com@evil.example/?sig=hidden-signature", []byte{})
	f.Add("GET", 301, "Location: /v1.0/me?sig=hidden-signature", []byte{})
	f.Add("POST", 302, "Location: http://evil.example/", []byte{})
	f.Add("DELETE", 429, "Retry-After: 1e300\nrequest-id: "+strings.Repeat("x", 5000), []byte(`{"error":{"code":"`+strings.Repeat("y", 9000)+`"}}`))
	f.Add("PATCH", 503, "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", []byte("<html>"))
	f.Add("GET", 401, `WWW-Authenticate: Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="`, []byte(`{"error":{"innerError":{"innererror":{"code":"a","details":[{"code":"b"}]}}}}`))
	f.Add("GET", 410, "Location: https://graph.microsoft.com/v1.0/users/delta?$deltatoken=1", []byte(`{"error":{"code":"resyncRequired","message":"a\u0000\n\u001b[31mb"}}`))
	f.Add("GET", 500, "", []byte(`{"error":{"details":[`+strings.TrimSuffix(strings.Repeat(`{"code":"c","message":"m"},`, 3000), ",")+`],"code":"x"}}`))
	e := testEndpoints(f)
	f.Fuzz(func(t *testing.T, method string, status int, head string, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		r, err := e.NewRequest(Params{Method: method, Path: "/users/ada", Body: json.RawMessage(`{}`)})
		if err != nil {
			return
		}
		var waited time.Duration
		h := &hostile{t: t, answer: func(*http.Request, int) *http.Response { return answerOf(status, head, body) }}
		resp, err := impatient(h, &waited).Do(t.Context(), r)
		if waited > 4*maxDelay+time.Minute {
			t.Errorf("waited %s", waited)
		}
		if err == nil {
			if resp.Status != status || !bytes.Equal(resp.Body, body) {
				t.Errorf("%d became %d", status, resp.Status)
			}
			return
		}
		text := err.Error() + hintOf(err, "")
		if len(text) > maxErrorBytes || strings.Contains(text, tokenText) {
			t.Errorf("an error of %d bytes: %.300q", len(text), text)
		}
		if location, err := url.Parse(answerOf(status, head, nil).Header.Get("Location")); err == nil && isRedirect(status) && strings.Contains(location.RawQuery, "hidden-signature") && strings.Contains(text, "hidden-signature") {
			t.Errorf("the redirect's address in %q", text)
		}
	})
}

// Whatever link a service gives to go on with, what is asked is the same service, of the same version, and the link as it
// came; and nothing but a GET.
func FuzzNext(f *testing.F) {
	for _, link := range []string{"https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Bb+c", "https://GRAPH.microsoft.com:443/v1.0/me", "https://graph.microsoft.com.evil.example/v1.0/users",
		"https://graph.microsoft.com@evil.example/v1.0", "https://graph.microsoft.com/v1.0/../beta/me", "https://graph.microsoft.com/beta/me", "https://management.azure.com/subscriptions?$skiptoken=x",
		"https://graph.microsoft.com/v1.0/users#x", "https://graph.microsoft.com?x=/v1.0/me", "https://management.azure.com/? ", `https://graph.microsoft.com\@evil.example/v1.0/users`, "https://graph.microsoft.com/v1.0/users?\r\nHost: evil.example"} {
		f.Add(link, "POST")
	}
	e := testEndpoints(f)
	f.Fuzz(func(t *testing.T, link, method string) {
		for _, p := range []Params{{Method: method, Path: "/users"}, {API: ResourceManager, Path: "/subscriptions", Query: map[string]string{"api-version": "1"}}} {
			r, err := e.NewRequest(p)
			if err != nil {
				continue
			}
			next, err := r.Next(link)
			if err != nil {
				if len(err.Error()) > 2000 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
				continue
			}
			u, err := url.Parse(next.URL())
			if err != nil || u.Scheme != "https" || u.User != nil || u.Host != r.origin.Host || next.Audience() != r.Audience() || next.Version() != r.Version() || next.Method() != http.MethodGet || len(next.Body()) != 0 {
				t.Fatalf("%q leads to %s %s", link, next.Method(), next.URL())
			}
			if _, query, ok := strings.Cut(link, "?"); ok && isQuery(query) && !strings.HasSuffix(next.URL(), "?"+query) && query != "" {
				t.Fatalf("%q was sent as %q", link, next.URL())
			}
			if again, err := r.Next(next.URL()); err != nil || again.URL() != next.URL() {
				t.Fatalf("%q: %q is no link to itself: %v", link, next.URL(), err)
			}
		}
	})
}

// Whatever comes back for a batch, each item gets one answer, in order; the ends come, and nothing is taken for a success that the
// service has not called one.
func FuzzBatchAnswer(f *testing.F) {
	for _, body := range []string{`{"responses":[{"id":"a","status":200,"body":{"x":1}},{"id":"b","status":204}]}`, `{"responses":[{"id":"a","status":200},{"id":"a","status":500}]}`,
		`{"responses":[{"id":"b","status":429,"headers":{"Retry-After":"1e9"}},{"id":"c","status":200}]}`, `{"responses":[{"id":"a","status":302,"headers":{"Location":"https://evil.example/"}}]}`,
		`{"responses":[{"id":1,"status":"200"}]}`, `{"responses":{}}`, `[]`, `{"responses":[{"id":"a","status":200,"headers":{"content-type":"image/png"},"body":"AA=="}]}`, `{"responses":[{"id":"a","status":-1},{"id":"b","status":424,"body":null}]}`} {
		f.Add(200, body)
	}
	f.Add(429, `{"error":{"code":"x"}}`)
	e := testEndpoints(f)
	items := []BatchItem{{ID: "a", Method: "GET", URL: "/me"}, {ID: "b", Method: "POST", URL: "/me/messages", Body: json.RawMessage(`{}`), DependsOn: []string{"a"}}, {ID: "c", Method: "DELETE", URL: "/me/messages/1"}}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		var waited time.Duration
		h := &hostile{t: t, answer: func(*http.Request, int) *http.Response {
			return answerOf(status, "Content-Type: application/json", []byte(body))
		}}
		all, err := Batch(t.Context(), impatient(h, &waited), e, BatchCall{Items: items})
		if err != nil {
			if len(err.Error()) > maxErrorBytes {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if len(all) != len(items) || waited > 20*time.Minute {
			t.Fatalf("%d answers after %s", len(all), waited)
		}
		for i, a := range all {
			if a.ID != items[i].ID || a.Request == nil {
				t.Errorf("answer %d is that of %q", i, a.ID)
			}
			if a.Err == nil && (a.Response == nil || a.Response.Status < 200 || a.Response.Status > 399 || !strings.Contains(body, fmt.Sprint(a.Response.Status))) {
				t.Errorf("%s: a success, with %+v", a.ID, a.Response)
			}
			if a.Err != nil && len(a.Err.Error()) > maxErrorBytes {
				t.Errorf("%s: an error of %d bytes", a.ID, len(a.Err.Error()))
			}
		}
	})
}

// However a file's answers break off, and whatever else a host tells of them: what is read is the file, or ends with an error.
// The script has a line of the head and a length for each answer.
func FuzzDownload(f *testing.F) {
	f.Add([]byte("the content of a file, all of it"), "ETag: \"a\"", "ETag: \"a\"", uint8(5), uint8(9))
	f.Add([]byte("the content of a file, all of it"), "ETag: W/\"a\"", "Last-Modified: x", uint8(5), uint8(0))
	f.Add([]byte("x"), "Content-Encoding: gzip", "", uint8(0), uint8(0))
	f.Add([]byte("abcdef"), "Content-Disposition: attachment; filename*=UTF-8''..%2Fx", "Content-Range: bytes 9-1/3", uint8(2), uint8(1))
	e := testEndpoints(f)
	f.Fuzz(func(t *testing.T, content []byte, first, later string, cut, step uint8) {
		h := &hostile{t: t}
		h.answer = func(r *http.Request, try int) *http.Response {
			return partOf(r, content, try, first, later, int(cut), int(step))
		}
		var waited time.Duration
		c := impatient(h, &waited)
		r, err := e.NewRequest(Params{Path: "/me/drive/items/1/content"})
		if err != nil {
			t.Fatal(err)
		}
		file, err := download(t.Context(), c, r, patience{tries: 3, wait: c.wait})
		if err != nil {
			return
		}
		defer file.Close()
		got, err := io.ReadAll(file)
		if !bytes.HasPrefix(content, got) {
			t.Errorf("read %q of %q", got, content)
		}
		if err == nil && !bytes.Equal(got, content) {
			t.Errorf("%q ended as if it were whole: %q", content, got)
		}
		if _, ok := errors.AsType[*TransferError](err); err != nil && !ok {
			t.Errorf("got %T: %v", err, err)
		}
	})
}

// partOf answers as a host that keeps a file does, whose connections break off.
func partOf(r *http.Request, content []byte, try int, first, later string, cut, step int) *http.Response {
	head, status, from := first, 200, 0
	if try > 1 {
		head = later
	}
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil && from < len(content) {
		status = 206
		if !strings.Contains(strings.ToLower(head), "content-range") {
			head += fmt.Sprintf("\nContent-Range: bytes %d-%d/%d", from, len(content)-1, len(content))
		}
	} else {
		from = 0
	}
	rest := content[from:]
	resp := answerOf(status, strings.TrimPrefix(head, "\n"), nil)
	resp.ContentLength = int64(len(rest))
	end := io.ErrUnexpectedEOF
	if cut%2 == 1 { // as if that were all
		end = io.EOF
	}
	resp.Body = io.NopCloser(&breaking{rest: rest, left: cut + try*step, end: end})
	return resp
}

// breaking ends after some bytes as a broken connection does.
type breaking struct {
	rest []byte
	left int
	end  error
}

func (b *breaking) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	if b.left == 0 {
		return 0, b.end
	}
	n := copy(p[:min(len(p), b.left)], b.rest)
	b.rest, b.left = b.rest[n:], b.left-n
	return n, nil
}

// The headers that are read by hand give what their RFCs say, or nothing.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{"120", "1e9", "-5", "NaN", "Inf", "Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "bytes 5-9/10", "bytes 0-0/*", "bytes 9-5/3", "bytes -1-5/10", `attachment; filename="a\"b.txt"`,
		"attachment; filename*=UTF-8''%e2%82%ac.txt; filename=x", `x; filename="..\..\a"`, `Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="`, "inline;filename=\xe4.pdf"} {
		f.Add(s)
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		if d := parseRetryAfter(s, now); d < 0 || d > maxRetryAfter {
			t.Errorf("Retry-After %q: %s", s, d)
		}
		if first, last, total, ok := parseContentRange(s); ok {
			size := "*"
			if total >= 0 {
				size = fmt.Sprint(total)
			}
			a, b, c, again := parseContentRange(fmt.Sprintf("bytes %d-%d/%s", first, last, size))
			if first < 0 || last < first || total >= 0 && last >= total || a != first || b != last || c != total || !again {
				t.Errorf("Content-Range %q: %d to %d of %d", s, first, last, total)
			}
		}
		if name := dispositionName(s); len(name) > 2*len(s) || !utf8.ValidString(name) {
			t.Errorf("Content-Disposition %q: %q", s, name)
		}
		if utf8.ValidString(s) && s != "" {
			if written := mime.FormatMediaType("attachment", map[string]string{"filename": s}); written != "" && dispositionName(written) != s {
				t.Errorf("%q written as %q is read as %q", s, written, dispositionName(written))
			}
		}
		if claims := claimsChallenge([]string{s}); claims != "" && !json.Valid([]byte(claims)) {
			t.Errorf("claims %q", claims)
		}
	})
}
