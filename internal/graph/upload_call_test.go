package graph

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// recorder keeps what passes, as a guard sees it.
type recorder struct {
	next   Caller
	bodies []string
}

func (r *recorder) Do(ctx context.Context, request *Request) (*Response, error) {
	r.bodies = append(r.bodies, request.Method()+" "+request.Header("Content-Type")+" "+string(request.Body()))
	return r.next.Do(ctx, request)
}

func TestUploadOfLittleIsOneRequest(t *testing.T) {
	t.Parallel()
	var got []string
	f := newFixture(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, strings.TrimSpace(fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.ContentLength, " ", r.Header.Get("If-Match"), " ", string(body))))
	})
	guard := &recorder{next: f.client}
	for _, content := range []string{"calm", ""} {
		var sent int64
		_, err := Upload(t.Context(), guard, UploadCall{
			Content: f.request(Params{Method: "PUT", Path: "/me/drive/items/1/content", Header: http.Header{"If-Match": {"v1"}}}),
			Session: f.request(Params{Method: "POST", Path: "/me/drive/items/1/createUploadSession"}),
			Source:  strings.NewReader(content), Size: int64(len(content)), Progress: func(n, _ int64) { sent = n },
		})
		if err != nil || sent != int64(len(content)) {
			t.Errorf("%q: got %d bytes and %v", content, sent, err)
		}
	}
	if want := []string{"PUT /v1.0/me/drive/items/1/content 4 v1 calm", "PUT /v1.0/me/drive/items/1/content 0 v1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := "PUT application/octet-stream calm"; guard.bodies[0] != want {
		t.Errorf("the guard saw %q, want %q", guard.bodies[0], want)
	}
}

func TestUploadChecksItsCall(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	content := f.request(Params{Method: "PUT", Path: "/me/drive/items/1/content"})
	session := f.request(Params{Method: "POST", Path: "/me/drive/items/1/createUploadSession"})
	for name, u := range map[string]UploadCall{
		"no size":      {Content: content, Session: session, Size: -1},
		"no session":   {Content: content, Size: SimpleUpload + 1},
		"nowhere":      {Size: 1},
		"empty":        {Session: session},
		"not a PUT":    {Content: session, Size: 1},
		"not a POST":   {Session: content, Size: 1},
		"not in there": {Content: content, Size: 3, Source: strings.NewReader("ab")},
		"grown":        {Content: content, Size: 3, Source: strings.NewReader("abcd")},
	} {
		if u.Source == nil {
			u.Source = strings.NewReader("")
		}
		if _, err := Upload(t.Context(), f.client, u); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestUploadSlices(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(http.ResponseWriter, *http.Request) {})
	for path, most := range map[string]int64{"/me/drive/root:/a:/createUploadSession": 60 << 20, "/me/messages/1/attachments/createUploadSession": 4_000_000} {
		got := sliceFor(f.request(Params{Method: "POST", Path: path}))
		if got%(320<<10) != 0 || got >= most || got < most/8 {
			t.Errorf("%s: got slices of %d bytes, want a multiple of 320 KiB below %d", path, got, most)
		}
	}
}
