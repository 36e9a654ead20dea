package tools_test

import (
	"errors"
	"fmt"
	"os"
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
		{"/me/drive/root/children/a.txt/content", "/me/drive/root/children/a.txt/content" + rename},
		{"/drives/d/items/f/Children('a.txt')/content", "/drives/d/items/f/Children('a.txt')/content" + rename},
		{"/users/u/contactFolders/f/children/c/content", "/users/u/contactFolders/f/children/c/content"},
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

// What is said about a file that exists already is kept, or refused.
func TestConflictBehaviorIsKept(t *testing.T) {
	t.Parallel()
	const child, byName, byID, photo = "/drives/d/items/f/children/a.txt/content", "/me/drive/root:/a.txt", "/drives/d/items/i", "/me/photo"
	for _, row := range []struct {
		path, behaviour, ifMatch string
		want                     string // in the request; "refused"
	}{
		{child, "", "", "rename"}, {child, "fail", "", "fail"}, {child, "replace", "", "replace"}, {child, "", "x", "replace"},
		{byName, "", "", "rename"}, {byName, "fail", "", "fail"}, {byName, "", "x", "replace"}, {byName, "replace", "x", "replace"},
		{byID, "", "", ""}, {byID, "replace", "", ""}, {byID, "", "x", ""},
		{byID, "rename", "", "refused"}, {byID, "fail", "", "refused"}, {byID + "/content", "fail", "", "refused"},
		{photo, "", "", ""}, {photo, "fail", "", "refused"},
		{byName, "fail", "x", "refused"}, {byName, "rename", "x", "refused"},
	} {
		var sent []*graph.Request
		arguments := map[string]any{"path": row.path, "content": "hello"}
		for name, value := range map[string]string{"conflictBehavior": row.behaviour, "ifMatch": row.ifMatch} {
			if value != "" {
				arguments[name] = value
			}
		}
		_, err := into(t, takes(&sent), "upload_file", arguments)
		var argument *tools.ArgumentError
		switch {
		case row.want == "refused":
			if !errors.As(err, &argument) || argument.Parameter != "conflictBehavior" || hintOf(err) == "" || len(sent) != 0 {
				t.Errorf("%v: got %v", arguments, err)
			}
		case err != nil || len(sent) != 1:
			t.Errorf("%v: %v", arguments, err)
		case sent[0].Query("@microsoft.graph.conflictBehavior") != row.want:
			t.Errorf("%v: got %q, want %q", arguments, sent[0].Query("@microsoft.graph.conflictBehavior"), row.want)
		}
	}
}

// Who has to agree to an upload is told which file it is, and the service is not.
func TestUploadNamesItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, size := range map[string]int{"small.bin": 5, "large.bin": 5 << 20} {
		if err := os.WriteFile(filepath.Join(dir, name), pattern(size), 0o600); err != nil {
			t.Fatal(err)
		}
		var asked *graph.Request
		s := service(func(r *graph.Request) (*graph.Response, error) { asked = r; return nil, question{} })
		if _, err := into(t, s, "upload_file", map[string]any{"path": "/me/drive/root:/a", "localFile": name},
			func(c *tools.Call) { c.Profile.Folders = foldersAt(t, dir) }); !errors.Is(err, question{}) {
			t.Fatal(err)
		}
		if got, want := asked.Note(), fmt.Sprintf("with the file %q of this machine, %d bytes", name, size); got != want || asked.Awaits() {
			t.Errorf("got %q, want %q", got, want)
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
