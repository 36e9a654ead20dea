package tools_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func TestGetUploadConfig(t *testing.T) {
	t.Parallel()
	var sent []*graph.Request
	l := &links{}
	result, err := into(t, takes(&sent), "get_upload_config", map[string]any{"path": "/me/drive/root:/Q&A 1.docx:/content", "contentType": "application/pdf", "localFile": "/tmp/it's $(here).pdf"}, l.remote)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(result.Text, `\u0026`) {
		t.Errorf("a model would copy an escaped URL: %s", result.Text)
	}
	const address = "https://mcp.example.com/upload?conflictBehavior=rename&contentType=application%2Fpdf&path=%2Fme%2Fdrive%2Froot%3A%2FQ%26A+1.docx%3A%2Fcontent"
	want := map[string]any{"uploadUrl": address, "method": "PUT", "contentType": "application/pdf", "authHeader": "Bearer upl_x", "expiresAt": "2027-01-15T08:00:00Z",
		"curl": `curl -g -sS --fail-with-body -T '/tmp/it'\''s $(here).pdf' -H 'Authorization: Bearer upl_x' -H 'Content-Type: application/pdf' '` + address + "'"}
	if diff := cmp.Diff(want, decode(t, result.Text)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(sent) != 0 {
		t.Errorf("%v was sent", sent)
	}
	item, err := l.store(t, strings.NewReader("hello"), 5)
	if err != nil || !json.Valid(item) || len(sent) != 1 || string(sent[0].Body()) != "hello" || sent[0].Header("Content-Type") != "application/pdf" {
		t.Errorf("stored: %s, %v, %v", item, err, sent)
	}
	for _, arguments := range []map[string]any{{"path": "/me/drive"}, {"path": "/me/drive/root:/a", "localFile": "a\nrm -rf"}, {"path": "https://evil.example/drive/root:/a"}} {
		if _, err := into(t, takes(&sent), "get_upload_config", arguments, l.remote); err == nil {
			t.Errorf("%v was taken", arguments)
		}
	}
	if len(l.deposits) != 1 {
		t.Errorf("%d places were made, want 1", len(l.deposits))
	}
}

// What a shell makes of the command is one word each, whatever the file is called.
func TestCurlCommandInAShell(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	for _, name := range []string{"plan.pdf", "a b.pdf", "it's.pdf", `"; rm -rf / #`, "$(id)`id`", "-o", "--config=x", "ünï[1-9]{a,b}.pdf", `C:\Users\ada\plan.pdf`, "'"} {
		l := &links{}
		var sent []*graph.Request
		result, err := into(t, takes(&sent), "get_upload_config", map[string]any{"path": "/me/drive/root:/a.pdf", "localFile": name}, l.remote)
		if err != nil {
			t.Fatal(err)
		}
		command := decode(t, result.Text)["curl"].(string)
		out, err := exec.CommandContext(t.Context(), shell, "-c", `curl() { printf '%s\n' "$5"; }`+"\n"+command).Output()
		want := name
		if strings.HasPrefix(name, "-") {
			want = "./" + name
		}
		if err != nil || string(out) != want+"\n" {
			t.Errorf("%s: the file became %q, %v, in %s", name, out, err, command)
		}
	}
}

// A person agrees to a place and its conditions, and is told that the file is none of them.
func TestUploadLinkNamesItsConditions(t *testing.T) {
	t.Parallel()
	var judged []*graph.Request
	ask := func(arguments map[string]any) string {
		t.Helper()
		judged = nil
		l := &links{}
		var sent []*graph.Request
		arguments["path"] = "/me/drive/root:/a.pdf"
		_, err := into(t, takes(&sent), "get_upload_config", arguments, l.remote, func(c *tools.Call) {
			c.Check = func(r *graph.Request, instead ...*graph.Request) error {
				judged = append([]*graph.Request{r}, instead...)
				return nil
			}
		})
		if err != nil || len(judged) != 2 {
			t.Fatalf("%v, judged %v", err, judged)
		}
		for i, r := range judged {
			if r.Awaits() != (i == 0) || r.Note() != judged[0].Note() {
				t.Errorf("%s awaits its body: %t, and tells %q", r.Path(), r.Awaits(), r.Note())
			}
		}
		return judged[0].Note()
	}
	note := ask(map[string]any{"contentType": "application/pdf", "localFile": "/home/ada/q3\".pdf", "conflictBehavior": "fail"})
	for _, want := range []string{`"application/pdf"`, `"/home/ada/q3\".pdf"`, "what is in it is not part of this question"} {
		if !strings.Contains(note, want) {
			t.Errorf("got %s, want %s in it", note, want)
		}
	}
	if judged[0].Query("@microsoft.graph.conflictBehavior") != "fail" || !strings.Contains(string(judged[1].Body()), `"fail"`) {
		t.Errorf("judged %s and %s", judged[0].URL(), judged[1].Body())
	}
	if other := ask(map[string]any{"contentType": "application/pdf", "localFile": "/home/ada/q4.pdf"}); other == note {
		t.Error("another file is the same question")
	}
}

// What /upload answers with is Graph's item, without what lets anybody download it.
func TestStoredItemIsNoPermission(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"@odata.context":"x", "@microsoft.graph.downloadUrl":"https://secret","id":"1","file":{},"deleted":null,"size":9007199254740993}`: `{"@odata.context":"x","id":"1","file":{},"deleted":null,"size":9007199254740993}`,
		`{"id":"1","remoteItem":{"@microsoft.graph.downloadUrl":"https://secret"},"\u0040content.downloadUrl":"https://secret"}`:            `{"id":"1","remoteItem":{}}`,
		``:                         `{}`,
		`<html>https://secret`:     `{}`,
		`{"id":"https://secret"`:   `{}`,
		`[{"@x.downloadUrl":"y"}]`: `[{}]`,
	} {
		l := &links{}
		s := service(func(*graph.Request) (*graph.Response, error) { return reply(201, "application/json", body) })
		if _, err := into(t, s, "get_upload_config", map[string]any{"path": "/me/drive/root:/a.txt"}, l.remote); err != nil {
			t.Fatal(err)
		}
		got, err := l.store(t, strings.NewReader("hello"), 5)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", body, got, err, want)
		}
	}
}

func TestGetUploadConfigAsksThePolicy(t *testing.T) {
	t.Parallel()
	var judged []string
	refuse := func(which string, with error) func(*tools.Call) {
		return func(c *tools.Call) {
			c.Check = func(r *graph.Request, instead ...*graph.Request) error {
				for i, r := range append([]*graph.Request{r}, instead...) {
					judged = append(judged, r.Method()+" "+r.Path())
					if strings.HasSuffix(r.Path(), which) && (i == 0 || with == question{}) {
						return with
					}
				}
				return nil
			}
		}
	}
	for _, row := range []struct {
		which string
		with  error
		made  bool
	}{
		{"/content", errors.New("refused"), false},
		{"/content", question{}, false},
		{"/createUploadSession", question{}, false},
		{"/createUploadSession", errors.New("refused"), true}, // small files may come
		{"nothing", errors.New("refused"), true},
	} {
		t.Run(fmt.Sprint(row), func(t *testing.T) {
			l := &links{}
			var sent []*graph.Request
			_, err := into(t, takes(&sent), "get_upload_config", map[string]any{"path": "/me/drive/root:/a.pdf"}, l.remote, refuse(row.which, row.with))
			if made := len(l.deposits) == 1; made != row.made || made == (err != nil) || !made && !errors.Is(err, row.with) {
				t.Fatalf("made: %t, %v", made, err)
			}
			if !row.made || row.which == "nothing" {
				return
			}
			_, err = l.store(t, io.LimitReader(zeros{}, 5<<20), 5<<20)
			if !errors.Is(err, row.with) || tools.StatusOf(err) != 403 || len(sent) != 0 {
				t.Errorf("a large file: got %v (%d) after %v; want the refusal", err, tools.StatusOf(err), sent)
			}
		})
	}
	if len(judged) == 0 {
		t.Error("the policy was not asked")
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
