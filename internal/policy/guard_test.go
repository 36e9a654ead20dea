package policy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// An agreement holds for exactly what was asked; all else is a question of its own, and is not sent.
func TestAnAgreementHoldsForWhatWasAsked(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Confirm: []string{"PUT /**", "GET /users"}})
	request := func(params graph.Params) *graph.Request {
		r, err := endpoints(t).NewRequest(params)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	put := request(graph.Params{Method: "PUT", Path: "/me/drive/root:/a.txt:/content", Body: []byte("harmless"), Header: map[string][]string{"Content-Type": {"text/plain"}}})
	session := request(graph.Params{Method: "POST", Path: "/me/drive/root:/a.txt:/createUploadSession", Body: []byte(`{}`)}).WithNote(`with the file "report.pdf"`)
	place := put.WithBody(nil).Awaiting()
	list := request(graph.Params{Path: "/users"})
	page, err := list.Next("https://graph.microsoft.com/v1.0/users?$skiptoken=2")
	if err != nil {
		t.Fatal(err)
	}
	last, err := page.Next("https://graph.microsoft.com/v1.0/users?$skiptoken=3")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name       string
		asked, now *graph.Request
		sent       bool
	}{
		{"the same", put, put, true},
		{"another body", put, put.WithBody([]byte("SECRET")), false},
		{"another type", put, put.WithHeader("Content-Type", "text/html"), false},
		{"another condition", put, put.WithHeader("If-Match", "x"), false},
		{"a session instead", put, session, false},
		{"the same file", session, session, true},
		{"another file", session, session.WithNote(`with the file "salaries.pdf"`), false},
		{"the body of what awaited one", place, place.WithBody([]byte("later")), true},
		{"another type than the place's", place, place.WithHeader("Content-Type", "text/html").WithBody([]byte("later")), false},
		{"a place is no agreement to a file", place, put, false},
		{"nor the file one to a place", put, put.Awaiting(), false},
		{"the pages of a list", list, last, true},
		{"the list of a page, asked for alone", list, request(graph.Params{Path: "/users?$skiptoken=2"}), false},
	} {
		far := &recorder{}
		_, err := policy.Guard(far, p, &book{}, policy.By{}).Do(t.Context(), tt.asked)
		if len(far.sent) != 0 {
			t.Errorf("%s: was sent without a question", tt.name)
		}
		_, err = policy.Guard(far, p, &book{}, agreeing(policy.By{}, err)).Do(t.Context(), tt.now)
		var confirm *policy.ConfirmError
		if sent := len(far.sent) == 1; sent != tt.sent || !sent && !errors.As(err, &confirm) {
			t.Errorf("%s: sent %t, %v", tt.name, sent, err)
		}
	}
}

// interrupted sends a file in two parts.
type interrupted struct{ asked []string }

func (i *interrupted) Do(_ context.Context, r *graph.Request) (*graph.Response, error) {
	i.asked = append(i.asked, r.Header("Range"))
	header := http.Header{"Etag": {`"1"`}}
	if r.Header("Range") == "" {
		return &graph.Response{Status: 200, Header: header, Size: 6, Stream: io.NopCloser(strings.NewReader("abc"))}, nil
	}
	header.Set("Content-Range", "bytes 3-5/6")
	return &graph.Response{Status: 206, Header: header, Size: 3, Stream: io.NopCloser(strings.NewReader("def"))}, nil
}

// A download that breaks off goes on without another question.
func TestAnAgreementHoldsForTheWholeDownload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := mustPolicy(t, policy.Rules{Confirm: []string{"GET /**"}})
		r, err := endpoints(t).NewRequest(graph.Params{Path: "/me/drive/items/1/content"})
		if err != nil {
			t.Fatal(err)
		}
		far := &interrupted{}
		_, err = graph.Download(t.Context(), policy.Guard(far, p, &book{}, policy.By{}), r)
		file, err := graph.Download(t.Context(), policy.Guard(far, p, &book{}, agreeing(policy.By{}, err)), r)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if text, err := io.ReadAll(file); err != nil || string(text) != "abcdef" || len(far.asked) != 2 || far.asked[1] != "bytes=3-" {
			t.Errorf("got %q, %v after %q", text, err, far.asked)
		}
	})
}

func TestQuestionTellsWhatIsNotSent(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, policy.Rules{ReadWrite: true, Confirm: []string{"PUT /**"}})
	for _, tt := range []struct{ path, body, note, want string }{
		{"/me/photo/$value", "\xff\xd8\xff", `with the file "me.jpg"`, "Allow this?\nPUT https://graph.microsoft.com/v1.0/me/photo/$value with the file \"me.jpg\"\nwith 3 bytes of image/jpeg"},
		{"/me/photo/$value", "text", "", "Allow this?\nPUT https://graph.microsoft.com/v1.0/me/photo/$value\nwith text"},
		{"/me/photo/$value", "", "", "Allow this?\nPUT https://graph.microsoft.com/v1.0/me/photo/$value"},
	} {
		r, err := endpoints(t).NewRequest(graph.Params{Method: "PUT", Path: tt.path, Body: []byte(tt.body), Header: map[string][]string{"Content-Type": {"image/jpeg"}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = policy.Guard(&recorder{}, p, &book{}, policy.By{}).Do(t.Context(), r.WithNote(tt.note))
		var confirm *policy.ConfirmError
		if !errors.As(err, &confirm) || confirm.Question() != tt.want {
			t.Errorf("got  %v\nwant %s", confirm.Question(), tt.want)
		}
	}
}

// What may be sent instead is asked for at once. Where that is refused it is no reason to refuse the first.
func TestCheckAsksForAlternativesAtOnce(t *testing.T) {
	t.Parallel()
	one := func(method, path string) *graph.Request {
		r, err := endpoints(t).NewRequest(graph.Params{Method: method, Path: path})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	put, session := one("PUT", "/me/drive/root:/a:/content").Awaiting(), one("POST", "/me/drive/root:/a:/createUploadSession").Awaiting()
	for _, tt := range []struct {
		rules policy.Rules
		want  []string // what the person is asked
		fine  bool
	}{
		{policy.Rules{ReadWrite: true, Confirm: []string{"PUT /**"}}, []string{"PUT", "POST"}, false},
		{policy.Rules{ReadWrite: true, Confirm: []string{"POST /**/createUploadSession"}}, []string{"PUT", "POST"}, false},
		{policy.Rules{ReadWrite: true, Allow: []string{"PUT /**"}}, nil, true},
		{policy.Rules{ReadWrite: true, Allow: []string{"PUT /**"}, Confirm: []string{"PUT /**"}}, []string{"PUT"}, false},
		{policy.Rules{ReadWrite: true, Allow: []string{"POST /**"}, Confirm: []string{"POST /**"}}, nil, false},
	} {
		p, log := mustPolicy(t, tt.rules), &book{}
		err := policy.Check(p, log, ada, put, session)
		var confirm *policy.ConfirmError
		var got []string
		if errors.As(err, &confirm) {
			for _, call := range confirm.Calls {
				method, _, _ := strings.Cut(call, " ")
				got = append(got, method)
			}
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") || (err == nil) != tt.fine {
			t.Errorf("%+v: got %q, %v", tt.rules, got, err)
		}
		if want := max(len(tt.want), 1); !tt.fine && len(log.lines) != want || tt.fine && len(log.lines) != 0 {
			t.Errorf("%+v: %d lines were recorded", tt.rules, len(log.lines))
		}
		if tt.want == nil {
			continue
		}
		by := agreeing(ada, err)
		if err := policy.Check(p, log, by, put, session); err != nil {
			t.Errorf("%+v: after the agreement: %v", tt.rules, err)
		}
	}
}
