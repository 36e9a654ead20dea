package mcp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	protocol "github.com/mark3labs/mcp-go/mcp"

	"github.com/sapientsai/microsoft-mcp-server/internal/folder"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// drive is Graph's far side: it takes files, large ones in pieces at another host.
type drive struct {
	mu     sync.Mutex
	stored bytes.Buffer // guarded by mu; all that has left this machine
}

func (d *drive) RoundTrip(r *http.Request) (*http.Response, error) {
	status, answer := http.StatusCreated, `{"id":"1"}`
	var first, last, size int64
	switch _, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &size); {
	case strings.HasSuffix(r.URL.Path, "/createUploadSession"):
		answer = `{"uploadUrl":"https://upload.example.com/1"}`
	case err == nil && last+1 < size:
		status, answer = http.StatusAccepted, fmt.Sprintf(`{"nextExpectedRanges":["%d-"]}`, last+1)
		fallthrough
	default:
		d.mu.Lock()
		defer d.mu.Unlock()
		if _, err := d.stored.ReadFrom(r.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
}

// took returns what has left this machine since the last look.
func (d *drive) took() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.stored.Reset()
	return d.stored.String()
}

// shared are folders of which a test sees each opening.
type shared struct {
	*folder.Folders
	opening func()
}

func (s shared) Open(name string) (tools.LocalFile, error) {
	s.opening()
	file, err := s.Folders.Open(name)
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (s shared) Create(string, string) (tools.PendingFile, error) { return nil, errors.ErrUnsupported }

// unread is an audit log that nobody reads.
type unread struct{}

func (unread) Record(...policy.Entry) error { return nil }

// uploader is a profile that may upload what lies in a folder, once a person has agreed.
func (d *drive) uploader(t *testing.T, dir string, opening func()) *tools.Profile {
	t.Helper()
	rules, err := policy.New(policy.Rules{ReadWrite: true, Confirm: []string{"PUT /**"}, ConfirmByToken: true})
	if err != nil {
		t.Fatal(err)
	}
	folders, err := folder.New([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	p := testProfile(t, "contoso", nil)
	client := graph.NewClient(graph.Config{Auth: tenantToken("token"), Transport: d})
	p.Folders = shared{folders, opening}
	by := func(a tools.Asker) policy.By {
		by := policy.By{Profile: "contoso", Tool: a.Tool}
		if a.Agreed != nil {
			by.Agreed = a.Agreed.Digests
		}
		return by
	}
	p.Guarded = func(a tools.Asker) graph.Caller { return policy.Guard(client, rules, unread{}, by(a)) }
	p.Check = func(a tools.Asker, r *graph.Request, instead ...*graph.Request) error {
		return policy.Check(rules, unread{}, by(a), r, instead...)
	}
	return p
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c caller) upload(file, confirm string) reply {
	c.t.Helper()
	arguments := map[string]any{"path": "/me/drive/root:/r.pdf", "localFile": file}
	if confirm != "" {
		arguments["confirm"] = confirm
	}
	return c.call(context.Background(), "upload_file", arguments)
}

// tokenIn returns the confirm token that a refusal asks for.
func tokenIn(t *testing.T, r reply) string {
	t.Helper()
	m := regexp.MustCompile(`with confirm "([\w-]+)" \(once, within 10 minutes\)`).FindStringSubmatch(r.text)
	if m == nil {
		t.Fatalf("no token: %s", r.text)
	}
	return m[1]
}

// A person's agreement to one large file, whose bytes the policy does not see, is none to another.
func TestAgreementToALargeFileIsToThatFile(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		dir, d := t.TempDir(), &drive{}
		report, salaries := strings.Repeat("r", 5<<20), strings.Repeat("s", 5<<20)
		write(t, dir, "report.pdf", report)
		write(t, dir, "salaries.pdf", salaries)
		c := (&person{}).inProcess(t, version, d.uploader(t, dir, func() {}))
		token := tokenIn(t, c.upload("report.pdf", ""))
		wantText(t, c.upload("salaries.pdf", token), true, "does not belong to this exact call")
		write(t, dir, "report.pdf", report+"more")
		wantText(t, c.upload("report.pdf", token), true, "does not belong to this exact call")
		if got := d.took(); got != "" {
			t.Errorf("%d bytes were sent without an agreement: %.9q…", len(got), got)
		}
		write(t, dir, "report.pdf", report)
		wantText(t, c.upload("report.pdf", token), false, `"id":"1"`)
		if got := d.took(); got != report {
			t.Errorf("%d bytes were sent, want the report's", len(got))
		}

		p := &person{modes: &protocol.ElicitationCapability{}, answer: always("decline")}
		wantText(t, p.inProcess(t, version, d.uploader(t, dir, func() {})).upload("report.pdf", ""), true, "did not agree")
		if q := p.questions(); len(q) != 1 || !strings.Contains(q[0].Message, `/createUploadSession with the file "report.pdf" of this machine, 5242880 bytes`) {
			t.Errorf("asked %+v", q)
		}
	})
}

// What was agreed to is what is sent, also where a file changes between the question and the sending, and becomes
// so large that it is sent in another way.
func TestAFileThatChangesIsAskedForAnew(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for name, change := range map[string]string{"other words": "SECRET", "a large file": strings.Repeat("SECRET", 1<<20)} {
			dir, d := t.TempDir(), &drive{}
			opened := 0
			profile := d.uploader(t, dir, func() {
				if opened++; opened == 3 { // after the token was redeemed
					write(t, dir, "a.txt", change)
				}
			})
			c := (&person{}).inProcess(t, version, profile)
			write(t, dir, "a.txt", "harmless")
			again := tokenIn(t, c.upload("a.txt", tokenIn(t, c.upload("a.txt", ""))))
			if got := d.took(); got != "" {
				t.Errorf("%s: %.20q was sent without an agreement", name, got)
			}
			wantText(t, c.upload("a.txt", again), false, `"id":"1"`)
			if got := d.took(); got != change {
				t.Errorf("%s: %.20q was sent after the second agreement", name, got)
			}

			write(t, dir, "a.txt", "harmless")
			p := &person{modes: &protocol.ElicitationCapability{}}
			p.answer = func(context.Context, protocol.ElicitationParams) (protocol.ElicitationResponseAction, error) {
				write(t, dir, "a.txt", change)
				return accept, nil
			}
			wantText(t, p.inProcess(t, version, profile).upload("a.txt", ""), true, "does not belong to this call")
			if got := d.took(); got != "" {
				t.Errorf("%s: %.20q was sent without an agreement", name, got)
			}
		}
	})
}

// The agreement to an upload link is to its place and conditions, and one for files of every size.
func TestAgreementToAnUploadLink(t *testing.T) {
	t.Parallel()
	d := &drive{}
	p := newPost(t, func(c *mcp.HTTPConfig) {
		profile := d.uploader(t, t.TempDir(), func() {})
		profile.Remote, profile.Folders = true, nil
		c.Profiles = []*tools.Profile{profile}
	})
	for _, size := range []int{5, 5 << 20} {
		arguments := map[string]any{"path": "/me/drive/root:/a.pdf", "contentType": "application/pdf", "localFile": "q3.pdf"}
		refusal, _ := p.tool(t, "get_upload_config", arguments)["error"].(string)
		arguments["confirm"] = tokenIn(t, reply{text: refusal})
		for name, value := range map[string]string{"path": "/me/drive/root:/b.pdf", "contentType": "text/html", "localFile": "salaries.pdf", "conflictBehavior": "replace"} {
			other := maps.Clone(arguments)
			other[name] = value
			if refusal, _ := p.tool(t, "get_upload_config", other)["error"].(string); !strings.Contains(refusal, "does not belong to this exact call") {
				t.Errorf("another %s: got %q", name, refusal)
			}
		}
		path, header := p.link(t, arguments)
		content := strings.Repeat("x", size)
		resp, body := exchange{method: "PUT", path: path, body: content}.with("Authorization", header).do(t, t.Context(), p.Server)
		if got := d.took(); resp.StatusCode != 200 || got != content {
			t.Errorf("%d bytes: got %d %s, and %d were stored", size, resp.StatusCode, body, len(got))
		}
	}
}

// steps is a profile of which one call takes several steps, each to be agreed to.
func steps(t *testing.T, n int) (p *tools.Profile, done *[]string) {
	done = new([]string)
	p = testProfile(t, "contoso", nil)
	p.Guarded = func(a tools.Asker) graph.Caller {
		return graphFunc(func(_ context.Context, r *graph.Request) (*graph.Response, error) {
			for i := range n {
				q := &question{fmt.Sprintf("%s/%d", r.Path(), i+1), true}
				if !q.agreedBy(a) {
					return nil, q
				}
				*done = append(*done, fmt.Sprint(i+1))
			}
			return answerJSON(`{"deleted":true}`)
		})
	}
	p.Declined = func(_ tools.Asker, err error) {
		var q *question
		if errors.As(err, &q) {
			*done = append(*done, "declined "+q.path)
		}
	}
	return p, done
}

// A call that does several things asks for each, and goes on from one to the next without forgetting the last.
func TestSeveralQuestionsOfOneCall(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		for answers, want := range map[string]string{
			"accept accept accept": "1 2 3",
			"accept decline":       "1 declined /users/1/2",
			"decline":              "declined /users/1/1",
		} {
			profile, done := steps(t, 3)
			p := &person{modes: &protocol.ElicitationCapability{}}
			p.answer = func(context.Context, protocol.ElicitationParams) (protocol.ElicitationResponseAction, error) {
				return protocol.ElicitationResponseAction(strings.Fields(answers)[len(p.questions())-1]), nil
			}
			got := p.inProcess(t, version, profile).remove(nil)
			if agreed := !strings.Contains(answers, "decline"); got.isError == agreed || len(p.questions()) != len(strings.Fields(answers)) {
				t.Errorf("%s: %+v after %d questions", answers, got, len(p.questions()))
			}
			// The steps that were agreed to are made again on the way to the next question.
			if got := strings.Join(*done, " "); !strings.HasSuffix(got, want) || !strings.Contains(want, "3") && strings.Contains(got, " 2") {
				t.Errorf("%s: got %q, want it to end with %q", answers, got, want)
			}
		}
		profile, done := steps(t, 2)
		c := (&person{}).inProcess(t, version, profile)
		first := tokenIn(t, c.remove(nil))
		second := tokenIn(t, c.remove(map[string]any{"confirm": first}))
		wantText(t, c.remove(map[string]any{"confirm": first}), true, "was used")
		wantText(t, c.call(context.Background(), "microsoft_graph", map[string]any{"path": "/users/2", "method": "DELETE", "confirm": second}), true, "does not belong to this exact call")
		if slices.Contains(*done, "2") {
			t.Errorf("done %v before the second agreement", *done)
		}
		wantText(t, c.remove(map[string]any{"confirm": second}), false, "deleted")
		wantText(t, c.remove(map[string]any{"confirm": second}), true, "was used")
	})
}

func TestQuestionsComeToAnEnd(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		many, _ := steps(t, 20)
		deaf := testProfile(t, "contoso", func(_ context.Context, r *graph.Request) (*graph.Response, error) {
			return nil, &question{r.Path(), true} // whatever was agreed to
		})
		for want, tt := range map[string]struct {
			profile *tools.Profile
			asked   int
		}{"at most 8 times": {many, 8}, "a rule asks for agreement": {deaf, 1}} {
			p := &person{modes: &protocol.ElicitationCapability{}, answer: always(accept)}
			wantText(t, p.inProcess(t, version, tt.profile).remove(nil), true, want)
			if got := len(p.questions()); got != tt.asked {
				t.Errorf("asked %d times, want %d", got, tt.asked)
			}
		}
	})
}

// rewrite changes the bytes of a token.
func rewrite(t *testing.T, token string, change func([]byte) []byte) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"path": "/users/2", "method": "DELETE", "confirm": base64.RawURLEncoding.EncodeToString(change(raw))}
}

// An agreement cannot be put into a token by whoever holds it.
func TestCarriedAgreementsAreSealed(t *testing.T) {
	inBothEras(t, func(t *testing.T, version string) {
		profile, done := steps(t, 2)
		c := (&person{}).inProcess(t, version, profile)
		first := tokenIn(t, c.remove(nil))
		second := tokenIn(t, c.remove(map[string]any{"confirm": first}))
		*done = nil
		one, two := sha256.Sum256([]byte("/users/2/1")), sha256.Sum256([]byte("/users/2/2"))
		both := slices.Concat(one[:], two[:])
		for name, forged := range map[string]map[string]any{
			"put behind a token":         rewrite(t, tokenIn(t, c.remove(nil)), func(b []byte) []byte { return append(b, both...) }),
			"put behind those":           rewrite(t, second, func(b []byte) []byte { return append(b, both...) }),
			"put in the place of those":  rewrite(t, second, func(b []byte) []byte { return append(b[:len(b)-len(both)], both...) }),
			"put in the place of one":    rewrite(t, second, func(b []byte) []byte { return append(b[:len(b)-len(one)], one[:]...) }),
			"taken for one that has one": rewrite(t, second, func(b []byte) []byte { return b[:len(b)-len(both)] }),
			"without an end":             rewrite(t, second, func(b []byte) []byte { return append(b, 0) }),
		} {
			r := c.call(context.Background(), "microsoft_graph", forged)
			if !r.isError || !strings.Contains(r.text, "does not belong to this exact call") || len(*done) != 0 {
				t.Errorf("%s: done %v, %s", name, *done, r.text)
			}
		}
		wantText(t, c.remove(map[string]any{"confirm": second}), false, "deleted")
	})
}
