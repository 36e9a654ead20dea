package policy_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// sessions is Graph's far side: it opens upload sessions, and has its way with what is sent through them.
type sessions func(*http.Request) (status int, answer string)

func (s sessions) RoundTrip(r *http.Request) (*http.Response, error) {
	status, answer := http.StatusOK, `{"uploadUrl":"https://upload.example.com/`+secret+`"}`
	if r.URL.Host == "upload.example.com" {
		if r.Body != nil {
			_, _ = io.Copy(io.Discard, r.Body) // a test's own
		}
		status, answer = s(r)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
}

// anyToken is good for everything.
type anyToken struct{}

func (anyToken) Token(context.Context, graph.TokenRequest) (string, error) { return "token", nil }

// What is sent through an upload session passes the guard by, and still has its line: whether it was stored or not.
func TestUploadSessionsHaveAnEnd(t *testing.T) {
	t.Parallel()
	const size = 5 << 20
	stored := func(*http.Request) (int, string) { return 201, `{"id":"` + secret + `"}` }
	for _, tt := range []struct {
		name   string
		far    func(stop context.CancelFunc) sessions
		source int64 // bytes of it
		want   string
	}{
		{"stored", func(context.CancelFunc) sessions { return stored }, size, "201 "},
		{"refused", func(context.CancelFunc) sessions {
			return func(*http.Request) (int, string) { return 507, `{"error":{"code":"quotaLimitReached"}}` }
		}, size, "507 quotaLimitReached"},
		{"over", func(context.CancelFunc) sessions {
			return func(*http.Request) (int, string) { return 404, `{"error":{"code":"itemNotFound"}}` }
		}, size, "404 itemNotFound"},
		{"cancelled", func(stop context.CancelFunc) sessions {
			return func(*http.Request) (int, string) { stop(); return 202, `{}` }
		}, size, "0 cancelled"},
		{"a file that has become shorter", func(context.CancelFunc) sessions { return stored }, size - 1, "0 broke off"},
		{"nowhere to send it", nil, size, "0 broke off"},
	} {
		ctx, stop := context.WithCancel(t.Context())
		log := &book{}
		var far http.RoundTripper = lost{}
		if tt.far != nil {
			far = tt.far(stop)
		}
		guard := policy.Guard(graph.NewClient(graph.Config{Auth: anyToken{}, Transport: far}), mustPolicy(t, policy.Rules{ReadWrite: true}), log, ada)
		session, err := endpoints(t).NewRequest(graph.Params{Method: "POST", Path: "/me/drive/root:/a.pdf:/CreateUploadSession", Body: []byte(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = graph.Upload(ctx, guard, graph.UploadCall{Session: session, Source: io.LimitReader(zeros{}, tt.source), Size: size})
		stop()
		if (err == nil) != (tt.name == "stored") {
			t.Errorf("%s: %v", tt.name, err)
		}
		var got []string
		for _, line := range log.lines {
			got = append(got, fmt.Sprintf("%s %s %d %s", line.Stage, line.Path, line.Status, line.Code))
			if line.Call != log.lines[0].Call || line.Verdict != policy.Allowed || line.Principal != ada.Principal {
				t.Errorf("%s: the line is of another call: %+v", tt.name, line)
			}
		}
		const path = "/me/drive/root:/a.pdf/createuploadsession "
		if diff := cmp.Diff([]string{"sending " + path + "0 ", "done " + path + "200 ", "ended " + path + tt.want}, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
		if text := fmt.Sprint(log.lines); strings.Contains(text, secret) {
			t.Errorf("%s: the log holds what was answered: %s", tt.name, text)
		}
	}
}

// lost opens sessions without saying where.
type lost struct{}

func (lost) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{}`)), Request: r}, nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
