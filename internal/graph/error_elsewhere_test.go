package graph

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// refused uploads to a host that answers each slice so.
func (d *depot) refused(t *testing.T, code int, body string, headers ...string) error {
	t.Helper()
	d.slip = func(_ int, w http.ResponseWriter, r *http.Request, _ []byte) bool {
		reply(code, []byte(body), 0, headers...)(w, r)
		return true
	}
	_, err := d.upload(t.Context(), UploadCall{Source: bytes.NewReader(filmOf(1_500)), Size: 1_500})
	if err == nil {
		t.Fatalf("HTTP %d %s: it passed for stored", code, body)
	}
	return err
}

// A host whose address is a permission may write it into its answers, in whatever spelling and place.
func TestHostOfFilesIsNotQuoted(t *testing.T) {
	t.Parallel()
	const escaped = `https:\/\/upload.example.com\/s3cret-path?tempauth=s3cret`
	for _, tt := range []struct {
		status  int // 0: 400
		body    string
		headers []string
	}{
		{body: `{"error":{"code":"invalid","message":"cannot PUT ` + secretSession + ` now"}}`},
		{body: `{"error":{"code":"invalid","message":"cannot PUT ` + escaped + ` now"}}`},
		{body: `{"error":{"code":"invalid","message":"no session /s3cret-path?tempauth=s3cret"}}`},
		{body: `{"error":{"code":"invalid","message":"no session https%3A%2F%2Fupload.example.com%2Fs3cret-path"}}`},
		{body: `{"error":{"code":"invalid","message":"tempauth s3cret has expired"}}`},
		{body: `{"error":{"code":"/s3cret-path","message":"x"}}`},
		{body: `{"error":{"code":"` + strings.Repeat("s3cret", 12) + `","message":"x"}}`},
		{body: `{"error":{"code":"invalid","target":"/s3cret-path","message":"x"}}`},
		{body: `{"error":{"code":"invalid","details":[{"code":"s3cret","target":"s3cret","message":"s3cret"}]}}`},
		{body: `{"error":{"code":"invalid","innerError":{"code":"` + secretSession + `","message":"s3cret","request-id":"s3cret","client-request-id":"s3cret"}}}`},
		{body: `<p>no session s3cret-path`, headers: []string{"Content-Type: text/html"}},
		{body: `<p>no session s3cret-path`, headers: []string{"Content-Type: text/s3cret-path; at=s3cret"}},
		{body: `{}`, headers: []string{"request-id: s3cret", "client-request-id: s3cret"}},
		{body: `{}`, headers: []string{"x-ms-request-id: /s3cret-path"}},
		{status: 401, body: `{}`, headers: []string{`WWW-Authenticate: Bearer realm="s3cret", claims="czNjcmV0"`}},
		{status: 410, body: `{}`, headers: []string{"Location: https://127.0.0.1/s3cret-path"}},
		{status: 202, body: `{"nextExpectedRanges":["` + secretSession + `"]}`},
		{status: 202, body: secretSession},
	} {
		d := newDepot(t, nil)
		err := d.refused(t, cmp.Or(tt.status, 400), tt.body, tt.headers...)
		d.check(t, err)
		var refused *Error
		if errors.As(err, &refused) && strings.Contains(strings.ToLower(fmt.Sprintf("%+v", *refused)), "s3cret") {
			t.Errorf("%s %q: an address is in %+v", tt.body, tt.headers, *refused)
		}
	}
}

// What is said instead has to do for a person.
func TestHostOfFilesIsExplained(t *testing.T) {
	t.Parallel()
	const id = "6f1c0b3e-0000-4a4a-9b9b-0123456789ab"
	for _, tt := range []struct {
		status     int
		code       string
		want, hint string
	}{
		{400, "invalidRequest", "HTTP 400 Bad Request, invalidRequest > inner.Code: the host that keeps the file does not take the request", ""},
		{403, "accessDenied", "HTTP 403 Forbidden, accessDenied > inner.Code: the host that keeps the file does not take the address", "a new address"},
		{409, "nameAlreadyExists", "HTTP 409 Conflict, nameAlreadyExists > inner.Code: something is there under this name", "conflict behaviour"},
		{412, "resourceModified", "HTTP 412 Precondition Failed, resourceModified > inner.Code: the file was changed meanwhile", "read it again"},
		{413, "tooLarge", "HTTP 413 Request Entity Too Large, tooLarge > inner.Code: it is too large", "send less"},
		{423, "resourceLocked", "HTTP 423 Locked, resourceLocked > inner.Code: the file is locked", "who has it open"},
		{507, "quotaLimitReached", "HTTP 507 Insufficient Storage, quotaLimitReached > inner.Code: there is no room left", "the drive is full"},
		{501, "notSupported", "HTTP 501 Not Implemented, notSupported > inner.Code: the host that keeps the file refuses it, in words that are not repeated", ""},
	} {
		d := newDepot(t, nil)
		err := d.refused(t, tt.status, `{"error":{"code":"`+tt.code+`","message":"s3cret","innerError":{"code":"inner.Code","request-id":"`+id+`"}}}`)
		d.check(t, err)
		if hint := hintOf(err, ""); !strings.Contains(err.Error(), tt.want) || !strings.Contains(hint, tt.hint) || !strings.Contains(err.Error(), "request-id "+id) {
			t.Errorf("got %v\nhint: %s\nwant %s\nhint: %s", err, hint, tt.want, tt.hint)
		}
	}
	// A proxy's page is told apart from the host's own refusal.
	err := newDepot(t, nil).refused(t, 403, "<p>blocked", "Content-Type: text/html; charset=utf-8")
	if want := "the answer (text/html, 10 bytes) is not one of the service's errors"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
}
