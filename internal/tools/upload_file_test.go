package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// takes answers every request with a small item.
func takes(sent *[]*graph.Request) service {
	return func(r *graph.Request) (*graph.Response, error) {
		*sent = append(*sent, r)
		return reply(201, "application/json", `{"@odata.context":"x","id":"1","name":"a.txt","size":5,"deleted":null}`)
	}
}

func into(t *testing.T, s service, tool string, arguments map[string]any, with ...func(*tools.Call)) (tools.Result, error) {
	t.Helper()
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "")
	if err != nil {
		t.Fatal(err)
	}
	return invokeTool(t, tool, arguments, append([]func(*tools.Call){func(c *tools.Call) {
		c.Graph, c.Profile = s, &tools.Profile{Name: "contoso", Endpoints: e}
	}}, with...)...)
}

func TestUploadTargets(t *testing.T) {
	t.Parallel()
	const rename = "?%40microsoft.graph.conflictBehavior=rename"
	for _, row := range []struct{ path, want string }{
		{"/me/drive/root:/docs/a.txt", "/me/drive/root:/docs/a.txt:/content" + rename},
		{"/me/drive/root:/docs/a.txt:", "/me/drive/root:/docs/a.txt:/content" + rename},
		{"/me/drive/root:/docs/a.txt:/content", "/me/drive/root:/docs/a.txt:/content" + rename},
		{"/drives/d/items/f:/a b#.txt", "/drives/d/items/f:/a%20b%23.txt:/content" + rename},
		{"/drives/d/items/i", "/drives/d/items/i/content"},
		{"/drives/d/items/i/content", "/drives/d/items/i/content"},
		{"/me/drive/root/children/a.txt/content", "/me/drive/root/children/a.txt/content"},
		{"/me/photo/$value", "/me/photo/$value"},
		{"/me/photo", "/me/photo/$value"},
		{"/me/drive/root:/docs/", ""}, // a file called docs
		{"/me/drive/root:", "path"}, {"/me/drive/root", "path"}, {"/me/drive", "path"}, {"/me/messages/m", "path"}, {"/me/drive/root:/", "path"},
		{"/me/drive/root:/a.txt?@microsoft.graph.conflictBehavior=replace", "conflictBehavior is a parameter"},
		{"/sites/s/lists/l/items/1", "path"},
	} {
		var sent []*graph.Request
		_, err := into(t, takes(&sent), "upload_file", map[string]any{"path": row.path, "content": "hello"})
		switch {
		case row.want == "":
			if err != nil {
				t.Errorf("%s: %v", row.path, err)
			}
		case !strings.HasPrefix(row.want, "/"):
			if err == nil || !strings.Contains(err.Error()+hintOf(err), row.want) || len(sent) > 0 {
				t.Errorf("%s: got %v, %v; want a word on %s", row.path, sent, err, row.want)
			}
		case err != nil || len(sent) != 1:
			t.Errorf("%s: %v after %v", row.path, err, sent)
		default:
			if _, got, _ := strings.Cut(sent[0].URL(), "/v1.0"); got != row.want || sent[0].Method() != "PUT" || string(sent[0].Body()) != "hello" {
				t.Errorf("%s: got %s %s %q, want %s", row.path, sent[0].Method(), got, sent[0].Body(), row.want)
			}
		}
	}
}

func TestUploadSaysWhatItIs(t *testing.T) {
	t.Parallel()
	var sent []*graph.Request
	s := takes(&sent)
	result, err := into(t, s, "upload_file", map[string]any{"path": "/me/drive/root:/a.txt", "content": "hello", "conflictBehavior": "fail"})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"1","name":"a.txt","size":5}`; result.Text != want {
		t.Errorf("got %s, want %s", result.Text, want)
	}
	if _, err := into(t, s, "upload_file", map[string]any{"path": "/me/drive/root:/a.txt", "content": "x", "contentType": "text/csv", "ifMatch": `"e,1"`}); err != nil {
		t.Fatal(err)
	}
	for i, want := range [][3]string{{"text/plain; charset=utf-8", "", "fail"}, {"text/csv", `"e,1"`, "replace"}} {
		got := [3]string{sent[i].Header("Content-Type"), sent[i].Header("If-Match"), sent[i].Query("@microsoft.graph.conflictBehavior")}
		if got != want {
			t.Errorf("request %d: got %q, want %q", i, got, want)
		}
	}
	for _, row := range []struct {
		arguments map[string]any
		want      string
	}{
		{map[string]any{}, "exactly one"},
		{map[string]any{"content": "x", "localFile": "y"}, "exactly one"},
		{map[string]any{"content": "x", "contentType": "text/plain\r\nX: y"}, "contentType"},
		{map[string]any{"content": "x", "contentType": "nonsense"}, "contentType"},
		{map[string]any{"content": "x", "conflictBehavior": "overwrite"}, "conflictBehavior"},
		{map[string]any{"content": "x", "ifMatch": "a\nb"}, "If-Match"},
		{map[string]any{"localFile": "y"}, "no folder"},
	} {
		row.arguments["path"] = "/me/drive/root:/a.txt"
		if _, err := into(t, s, "upload_file", row.arguments); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v: got %v, want %s", row.arguments, err, row.want)
		}
	}
	if len(sent) != 2 {
		t.Errorf("%d requests were sent, want 2", len(sent))
	}
}

// Row 16 of the weaknesses: no file outside of the folders leaves this machine, and over HTTP none of the
// server's at all.
func TestUploadReadsInsideTheFoldersAlone(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "allowed")
	for path, text := range map[string]string{filepath.Join(top, "secret"): "secret", filepath.Join(dir, "in.txt"): "in"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	linked := os.Symlink(filepath.Join(top, "secret"), filepath.Join(dir, "link")) == nil
	var sent []*graph.Request
	upload := func(file string, with ...func(*tools.Call)) error {
		_, err := into(t, takes(&sent), "upload_file", map[string]any{"path": "/me/drive/root:/a.txt", "localFile": file},
			append([]func(*tools.Call){func(c *tools.Call) { c.Profile.Folders = foldersAt(t, dir) }}, with...)...)
		return err
	}
	for _, file := range []string{"../secret", filepath.Join(top, "secret"), "link", "/etc/passwd", "~/.ssh/id_rsa", "/proc/self/environ"} {
		if err := upload(file); err == nil && (file != "link" || linked) {
			t.Errorf("%s was uploaded", file)
		}
	}
	l := &links{}
	if err := upload("in.txt", l.remote); err == nil || !strings.Contains(hintOf(err), "get_upload_config") {
		t.Errorf("over HTTP: got %v (%s)", err, hintOf(err))
	}
	if len(sent) != 0 {
		t.Errorf("%d requests were sent, want none", len(sent))
	}
	if err := upload("in.txt"); err != nil || len(sent) != 1 || string(sent[0].Body()) != "in" {
		t.Errorf("what is inside: %v, %v", err, sent)
	}
}

func TestUploadInTheTenant(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t)
	const path = "/sites/root/drive/root:/in/notes.txt"
	upload := func(arguments map[string]any) (map[string]any, error) {
		t.Helper()
		result, err := w.call(t, "upload_file", arguments)
		if err != nil {
			return nil, err
		}
		return decode(t, result.Text), nil
	}
	first, err := upload(map[string]any{"path": path, "content": "one"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := upload(map[string]any{"path": path, "content": "two"})
	if err != nil || second["name"] != "notes 1.txt" {
		t.Errorf("the default: got %v, %v; want another name", second["name"], err)
	}
	if _, err := upload(map[string]any{"path": path, "content": "two", "conflictBehavior": "fail"}); err == nil || !strings.Contains(err.Error(), "409") {
		t.Errorf("fail: got %v", err)
	}
	item := "/sites/root/drive/items/" + first["id"].(string)
	if third, err := upload(map[string]any{"path": item, "content": "three!"}); err != nil || third["id"] != first["id"] || third["size"].(float64) != 6 {
		t.Errorf("by ID: got %v, %v", third, err)
	}
	if _, err := upload(map[string]any{"path": item, "content": "four", "ifMatch": `"{0},1"`}); err == nil || !strings.Contains(err.Error(), "412") {
		t.Errorf("an ETag of another state: got %v", err)
	}
	large := filepath.Join(w.folder, "large.bin")
	if err := os.WriteFile(large, pattern(5<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	w.graph.sent = nil
	if got, err := upload(map[string]any{"path": item, "localFile": large}); err != nil || got["size"].(float64) != 5<<20 || got["id"] != first["id"] {
		t.Errorf("a large one by ID: got %v, %v", got, err)
	}
	if got, err := upload(map[string]any{"path": path, "localFile": "large.bin"}); err != nil || got["name"] != "notes 2.txt" {
		t.Errorf("a large one by name: got %v, %v; want another name", got, err)
	}
	// Row 22: what goes to the session's own host does not go through Graph's client, and so without its token.
	want := []string{"POST " + item + "/createUploadSession", "POST " + path + ":/createUploadSession"}
	if diff := cmp.Diff(want, w.graph.lines()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := string(w.graph.sent[1].Body()); got != `{"item":{"@microsoft.graph.conflictBehavior":"rename"}}` {
		t.Errorf("the session was asked for with %s", got)
	}
}

// question is what a policy says that wants a person's agreement.
type question struct{}

func (question) Error() string    { return "not sent: a person has to agree" }
func (question) Question() string { return "Allow this?" }

func TestUploadPassesTheQuestionOn(t *testing.T) {
	t.Parallel()
	s := service(func(*graph.Request) (*graph.Response, error) { return nil, question{} })
	_, err := into(t, s, "upload_file", map[string]any{"path": "/me/drive/root:/a.txt", "content": "x"})
	var asked question
	if !errors.As(err, &asked) {
		t.Errorf("got %v, want the question", err)
	}
}

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
	item, err := l.deposits[0].Store(t.Context(), strings.NewReader("hello"), 5)
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

func TestGetUploadConfigAsksThePolicy(t *testing.T) {
	t.Parallel()
	var judged []string
	refuse := func(which string, with error) func(*tools.Call) {
		return func(c *tools.Call) {
			c.Check = func(r *graph.Request) error {
				judged = append(judged, r.Method()+" "+r.Path())
				if strings.HasSuffix(r.Path(), which) {
					return with
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
			_, err = l.deposits[0].Store(context.Background(), io.LimitReader(zeros{}, 5<<20), 5<<20)
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
