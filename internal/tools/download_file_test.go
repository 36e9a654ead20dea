package tools_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// file answers every request with one file.
func file(header http.Header, content []byte) service {
	return func(r *graph.Request) (*graph.Response, error) {
		return &graph.Response{Status: 200, Header: header, Stream: io.NopCloser(bytes.NewReader(content)), Size: int64(len(content))}, nil
	}
}

func typed(contentType, name string) http.Header {
	h := http.Header{"Content-Type": {contentType}, "ETag": {`"1"`}}
	if name != "" {
		h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+name)
	}
	return h
}

// from calls download_file with a service that answers with one file.
func from(t *testing.T, dir string, s service, arguments map[string]any, with ...func(*tools.Call)) (tools.Result, error) {
	t.Helper()
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "")
	if err != nil {
		t.Fatal(err)
	}
	if arguments["path"] == nil {
		arguments["path"] = "/drives/d/items/i"
	}
	return invokeTool(t, "download_file", arguments, append([]func(*tools.Call){func(c *tools.Call) {
		c.Graph, c.Profile = s, &tools.Profile{Name: "contoso", Endpoints: e}
		if dir != "" {
			c.Profile.Folders = foldersAt(t, dir)
		}
	}}, with...)...)
}

// png is the smallest there is.
var png, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

func TestImagesAreShown(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, contentType string
		content           []byte
		want              string // the media type shown; "" where it is saved
	}{
		{"png", "image/png", png, "image/png"},
		{"as it is, not as it is called", "image/jpeg", png, "image/png"},
		{"what calls itself an image", "image/png", []byte("<script>alert(1)</script>"), ""},
		{"a type that clients do not show", "image/tiff", []byte("II*\x00rest of it"), ""},
		{"too large", "image/png", append(slices.Clone(png), make([]byte, 3<<20)...), ""},
		{"an image by its bytes alone", "application/octet-stream", png, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			result, err := from(t, dir, file(typed(row.contentType, "logo.png"), row.content), map[string]any{})
			if err != nil {
				t.Fatal(err)
			}
			if row.want == "" {
				if len(result.Media) != 0 || !bytes.Equal(readFile(t, filepath.Join(dir, "logo.png")), row.content) {
					t.Errorf("got %s and %d images, want the file saved", result.Text, len(result.Media))
				}
				return
			}
			if len(result.Media) != 1 || result.Media[0].MIMEType != row.want || !bytes.Equal(result.Media[0].Data, row.content) || !strings.Contains(result.Text, "logo.png") {
				t.Errorf("got %s with %v, want the image as %s", result.Text, result.Media, row.want)
			}
		})
	}
}

func TestTextIsShown(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("words ", 10_000)
	for _, row := range []struct{ name, contentType, content, want string }{
		{"plain", "text/plain; charset=utf-8", "hello <b>&", "hello <b>&"},
		{"JSON", "application/json", `{"a":1}`, `{"a":1}`},
		{"XML", "application/atom+xml", "<a/>", "<a/>"},
		{"CSV", "text/csv", "a,b\n", "a,b\n"},
		{"vector image", "image/svg+xml", "<svg/>", "<svg/>"},
		{"byte order mark", "text/plain", "\ufeffhello", "hello"},
		{"not UTF-8", "text/plain", "caf\xe9", ""},
		{"UTF-16", "text/plain", "h\x00i\x00", ""},
		{"long", "text/plain", long, ""},
		{"by its name", "application/octet-stream", "# hello", "# hello"},
		{"by its name, but no text", "application/octet-stream", "caf\xe9", ""},
		{"empty", "text/plain", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			result, err := from(t, dir, file(typed(row.contentType, "x.txt"), []byte(row.content)), map[string]any{})
			if err != nil {
				t.Fatal(err)
			}
			if row.want == "" && row.content != "" {
				if got := readFile(t, filepath.Join(dir, "x.txt")); string(got) != row.content {
					t.Errorf("%d bytes were saved, want all %d", len(got), len(row.content))
				}
				return
			}
			if result.Text != row.want {
				t.Errorf("got %q, want %q", result.Text, row.want)
			}
		})
	}
	result, err := from(t, "", file(typed("text/plain", ""), []byte(long)), map[string]any{})
	if err != nil || !strings.HasPrefix(result.Text, "words words") || !strings.Contains(result.Text[len(result.Text)-300:], "of 60000") || len(result.Text) > 41_000 {
		t.Errorf("without a folder: got %d characters, %v; want the beginning and a word that it was cut", len(result.Text), err)
	}
	if _, err := from(t, "", file(typed("application/pdf", "x.pdf"), []byte("%PDF")), map[string]any{}); err == nil || !strings.Contains(hintOf(err), "folders") {
		t.Errorf("without a folder, a PDF: got %v (%s)", err, hintOf(err))
	}
}

func TestDownloadIsSaved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	save := func(arguments map[string]any, header http.Header) string {
		t.Helper()
		result, err := from(t, dir, file(header, []byte("%PDF")), arguments)
		if err != nil {
			t.Fatal(err)
		}
		got := decode(t, result.Text)
		if got["size"].(float64) != 4 || got["sizeFormatted"] != "4 bytes" {
			t.Errorf("got %s", result.Text)
		}
		where, err := filepath.Rel(dir, got["savedTo"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return filepath.ToSlash(where)
	}
	pdf := typed("application/pdf", "")
	for _, row := range []struct {
		arguments map[string]any
		header    http.Header
		want      string
	}{
		{map[string]any{"filename": "mine.pdf"}, typed("application/pdf", "theirs.pdf"), "mine.pdf"},
		{map[string]any{}, typed("application/pdf", "theirs.pdf"), "theirs.pdf"},
		{map[string]any{}, typed("application/pdf", "theirs.pdf"), "theirs (1).pdf"},
		{map[string]any{"path": "/me/drive/root:/Reports/Q%26A 1.pdf:/content"}, pdf, "Q&A 1.pdf"},
		{map[string]any{"path": "/me/drive/root:/Reports/plan.docx", "format": "pdf"}, pdf, "plan.pdf"},
		{map[string]any{}, pdf, "download"},
		{map[string]any{"outputDir": "sub", "filename": "a.txt"}, typed("text/plain", ""), "sub/a.txt"},
		{map[string]any{"outputDir": filepath.Join(dir, "sub"), "filename": "b.txt"}, typed("text/plain", ""), "sub/b.txt"},
		// Row 15 of the weaknesses: the name that comes with a file leads nowhere else.
		{map[string]any{}, typed("application/pdf", "..%2F..%2Fevil.pdf"), "evil.pdf"},
		{map[string]any{}, typed("application/pdf", "..%5C..%5Cevil2.pdf"), "evil2.pdf"},
		{map[string]any{"filename": "../../evil3.pdf"}, pdf, "evil3.pdf"},
		{map[string]any{"filename": "/etc/cron.d/evil4"}, pdf, "evil4"},
	} {
		if got := save(row.arguments, row.header); got != row.want {
			t.Errorf("%v: saved as %s, want %s", row.arguments, got, row.want)
		}
	}
}

func TestDownloadStaysInside(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "allowed")
	for _, outside := range []string{"..", top, "/etc", "../other", `\\server\share`, "none"} {
		if _, err := from(t, dir, file(typed("text/plain", ""), []byte("x")), map[string]any{"outputDir": outside}); err == nil {
			t.Errorf("%s was written to", outside)
		}
	}
	entries, err := os.ReadDir(top)
	if err != nil || len(entries) > 1 {
		t.Errorf("there are %v, %v", entries, err)
	}
	// Over HTTP no file of the server is written at all.
	l := &links{}
	_, err = from(t, dir, file(typed("text/plain", ""), []byte("x")), map[string]any{"outputDir": "."}, l.remote)
	if err == nil || !strings.Contains(err.Error(), "outputDir") || !strings.Contains(hintOf(err), "link") {
		t.Errorf("outputDir over HTTP: got %v (%s)", err, hintOf(err))
	}
}

// Nothing of a download that breaks off stays.
func TestDownloadThatBreaksOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := true
	s := service(func(r *graph.Request) (*graph.Response, error) {
		if first {
			first = false
			return &graph.Response{Status: 200, Header: typed("application/pdf", "x.pdf"), Stream: broken{strings.NewReader("half")}, Size: 8}, nil
		}
		return nil, &graph.Error{Status: 404, Code: "itemNotFound", Method: "GET", Path: "/drives/d/items/i/content"}
	})
	if _, err := from(t, dir, s, map[string]any{}); err == nil {
		t.Error("half a file passed for the whole")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("something is left: %v, %v", entries, err)
	}
}

func TestDownloadLink(t *testing.T) {
	t.Parallel()
	l := &links{}
	asked := 0
	s := service(func(r *graph.Request) (*graph.Response, error) {
		asked++
		return file(typed("application/pdf", "a%26b.pdf"), []byte("%PDF"))(r)
	})
	result, err := from(t, "", s, map[string]any{}, l.remote)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"filename":"a&b.pdf","contentType":"application/pdf","size":4,"sizeFormatted":"4 bytes","downloadUrl":"https://mcp.example.com/transfer/dnl_x","expiresAt":"2027-01-15T08:00:00Z",` +
		`"note":"the link holds once: give it to the person, or fetch it with a GET request"}`
	if diff := cmp.Diff(want, result.Text); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(l.offers) != 1 || l.offers[0].Name != "a&b.pdf" || asked != 1 {
		t.Fatalf("got %+v after %d requests", l.offers, asked)
	}
	body, size, err := l.open(t)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if got, err := io.ReadAll(body); err != nil || string(got) != "%PDF" || size != 4 {
		t.Errorf("the link gives %q, %d, %v", got, size, err)
	}
	// What can be shown needs no link.
	if result, err := from(t, "", file(typed("text/plain", ""), []byte("hello")), map[string]any{}, l.remote); err != nil || result.Text != "hello" {
		t.Errorf("got %s, %v", result.Text, err)
	}
}

func TestContentPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/drives/d/items/i":                                          "/drives/d/items/i/content",
		"/drives/d/items/i/content":                                  "/drives/d/items/i/content",
		"/drives/d/items/i/Content/":                                 "/drives/d/items/i/content",
		"/me/drive/root:/a b.docx":                                   "/me/drive/root:/a%20b.docx:/content",
		"/me/drive/root:/a/b.docx:":                                  "/me/drive/root:/a/b.docx:/content",
		"/me/drive/root:/a/b.docx:/content":                          "/me/drive/root:/a/b.docx:/content",
		"/me/drive/root:/content":                                    "/me/drive/root:/content:/content",
		"/me/drive/root%3A/a.docx":                                   "/me/drive/root:/a.docx:/content",
		"/drives/d/items/f:/a.docx":                                  "/drives/d/items/f:/a.docx:/content",
		"/me/drive/special/documents:/a.docx":                        "/me/drive/special/documents:/a.docx:/content",
		"/sites/contoso.sharepoint.com:/sites/x:/drive/root:/a.docx": "/sites/contoso.sharepoint.com:/sites/x:/drive/root:/a.docx:/content",
		"/shares/u!x/driveItem":                                      "/shares/u!x/driveItem/content",
		"/drives/d/items/i/versions/1.0":                             "/drives/d/items/i/versions/1.0/content",
		"/drives/d/items/i/thumbnails/0/large/content":               "/drives/d/items/i/thumbnails/0/large/content",
		"/me/messages/m/attachments/a":                               "/me/messages/m/attachments/a/$value",
		"/me/messages/m/attachments/a/$value":                        "/me/messages/m/attachments/a/$value",
		"/me/messages/m":                                             "/me/messages/m/$value",
		"/users/u/photo":                                             "/users/u/photo/$value",
		"/users/u/photos/48x48":                                      "/users/u/photos/48x48/$value",
		"/sites/s/lists/l/items/1":                                   "/sites/s/lists/l/items/1", // no drive item
		"/me/onenote/pages/p/content":                                "/me/onenote/pages/p/content",
		"/v1.0/drives/d/items/i":                                     "/drives/d/items/i/content",
		"https://graph.microsoft.com/v1.0/drives/d/items/i":          "/drives/d/items/i/content",
		"/drives/d/items/i?format=html":                              "/drives/d/items/i/content?format=html",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			got := ""
			s := service(func(r *graph.Request) (*graph.Response, error) {
				_, got, _ = strings.Cut(r.URL(), "/v1.0")
				return file(typed("text/plain", ""), []byte("x"))(r)
			})
			if _, err := from(t, "", s, map[string]any{"path": path}); err != nil || got != want {
				t.Errorf("got %s, %v; want %s", got, err, want)
			}
		})
	}
}

// Rows 18 and 30: a file is read from Graph alone, and its format is a value and nothing more.
func TestDownloadPathsAreChecked(t *testing.T) {
	t.Parallel()
	s := service(func(r *graph.Request) (*graph.Response, error) {
		t.Errorf("%s was asked for", r.URL())
		return file(typed("text/plain", ""), nil)(r)
	})
	for _, path := range []string{"https://evil.example/drives/d/items/i", "http://169.254.169.254/latest", ".evil.com/x", "/drives/../me", "//evil.example/x", "/drives/d\\items", "file:///etc/passwd"} {
		if _, err := from(t, "", s, map[string]any{"path": path}); err == nil {
			t.Errorf("%s was taken", path)
		}
	}
	sent := ""
	s = func(r *graph.Request) (*graph.Response, error) {
		sent = r.URL()
		return file(typed("text/plain", ""), nil)(r)
	}
	if _, err := from(t, "", s, map[string]any{"format": "pdf&$expand=x#y"}); err != nil || !strings.HasSuffix(sent, "/content?format=pdf%26%24expand%3Dx%23y") {
		t.Errorf("got %s, %v", sent, err)
	}
}

func TestDownloadFromTheTenant(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t)
	path := w.put(t, "Grüße & Co.bin", "application/octet-stream", pattern(70_000))
	result, err := w.call(t, "download_file", map[string]any{"path": path})
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(t, result.Text); got["filename"] != "Grüße & Co.bin" || len(readFile(t, got["savedTo"].(string))) != 70_000 {
		t.Errorf("got %s", result.Text)
	}
	if _, err := w.call(t, "download_file", map[string]any{"path": "/sites/root/drive/root:/none.bin"}); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("what is not there: got %v", err)
	}
}

func TestProfilesThatCannotTransfer(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		profile tools.Profile
		want    []string
	}{
		{"stdio", tools.Profile{}, []string{"download_file", "upload_file"}},
		{"http", tools.Profile{Remote: true}, []string{"download_file", "upload_file", "get_upload_config"}},
		{"large files alone", tools.Profile{Remote: true, Could: func(method, path string) bool { return method == "GET" || path == "/**/createUploadSession" }}, []string{"download_file", "upload_file", "get_upload_config"}},
		{"reads alone", tools.Profile{Remote: true, Could: func(method, _ string) bool { return method == "GET" }}, []string{"download_file"}},
	} {
		var got []string
		for _, tool := range tools.All() {
			if slices.Contains([]string{"download_file", "upload_file", "get_upload_config"}, tool.Name) && (tool.Usable == nil || tool.Usable(&row.profile)) {
				got = append(got, tool.Name)
			}
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.name, diff)
		}
	}
}
