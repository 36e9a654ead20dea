package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/folder"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// recorded keeps what was sent to Graph.
type recorded struct {
	graph.Caller
	mu   sync.Mutex
	sent []*graph.Request // guarded by mu
}

func (r *recorded) Do(ctx context.Context, request *graph.Request) (*graph.Response, error) {
	r.mu.Lock()
	r.sent = append(r.sent, request)
	r.mu.Unlock()
	return r.Caller.Do(ctx, request)
}

// lines returns the requests as "METHOD path?query".
func (r *recorded) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for _, request := range r.sent {
		_, path, _ := strings.Cut(request.URL(), "/v1.0")
		lines = append(lines, request.Method()+" "+path)
	}
	return lines
}

// workplace is the embedded tenant, an app that may do everything in it, and a folder of this machine.
type workplace struct {
	profile *tools.Profile
	graph   *recorded
	folder  string
	reports []string // of progress
}

func newWorkplace(t *testing.T) *workplace {
	t.Helper()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	client, endpoints := tenantClient(t, tenant, sandboxtest.Token(t, tenant))
	w := &workplace{folder: t.TempDir(), graph: &recorded{Caller: client}}
	w.profile = &tools.Profile{Name: "contoso", Endpoints: endpoints, Folders: foldersAt(t, w.folder),
		Status: func(context.Context) (tools.Status, error) { return tools.Status{}, nil }}
	return w
}

// localFolders is what cli makes of a profile's folders.
type localFolders struct{ *folder.Folders }

func (f localFolders) Open(path string) (tools.LocalFile, error) {
	file, err := f.Folders.Open(path)
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (f localFolders) Create(dir, name string) (tools.PendingFile, error) {
	file, err := f.Folders.Create(dir, name)
	if err != nil {
		return nil, err
	}
	return file, nil
}

func foldersAt(t *testing.T, path string) tools.Folders {
	t.Helper()
	f, err := folder.New([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	return localFolders{f}
}

// call calls a tool by its name with arguments as a client sends them.
func (w *workplace) call(t *testing.T, name string, arguments map[string]any, with ...func(*tools.Call)) (tools.Result, error) {
	t.Helper()
	return invokeTool(t, name, arguments, append([]func(*tools.Call){func(c *tools.Call) {
		c.Profile, c.Graph = w.profile, w.graph
		c.Progress = func(_, _ int, message string) { w.reports = append(w.reports, message) }
	}}, with...)...)
}

func invokeTool(t *testing.T, name string, arguments map[string]any, with ...func(*tools.Call)) (tools.Result, error) {
	t.Helper()
	for _, tool := range tools.All() {
		if tool.Name != name {
			continue
		}
		sent, err := json.Marshal(arguments)
		if err != nil {
			t.Fatal(err)
		}
		c := tools.Call{Progress: func(int, int, string) {}}
		if c.Arguments, err = tools.Arguments(tool.Parameters, sent); err != nil {
			return tools.Result{}, err
		}
		for _, change := range with {
			change(&c)
		}
		return tool.Call(t.Context(), c)
	}
	t.Fatalf("there is no tool %s", name)
	return tools.Result{}, nil
}

// links stands for the transport's one-time links.
type links struct {
	call     *tools.Call // that asked for them
	offers   []tools.Offer
	deposits []tools.Deposit
}

func (l *links) Offer(_ context.Context, o tools.Offer) (tools.Link, error) {
	l.offers = append(l.offers, o)
	return tools.Link{URL: "https://mcp.example.com/transfer/dnl_x", Expires: time.Unix(1_800_000_000, 0)}, nil
}

func (l *links) Deposit(_ context.Context, d tools.Deposit) (tools.Link, error) {
	l.deposits = append(l.deposits, d)
	return tools.Link{URL: "https://mcp.example.com/upload?" + d.Query, Authorization: "Bearer upl_x", Expires: time.Unix(1_800_000_000, 0)}, nil
}

// elsewhere is what another replica knows of a link.
func elsewhere[T any](t *testing.T, here T) (there T) {
	t.Helper()
	data, err := json.Marshal(here)
	if err == nil {
		err = json.Unmarshal(data, &there)
	}
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// open follows the first link to a file.
func (l *links) open(t *testing.T) (io.ReadCloser, int64, error) {
	t.Helper()
	return elsewhere(t, l.offers[0]).Open(t.Context(), l.call.Profile, l.call.Graph)
}

// store follows the first link to a place.
func (l *links) store(t *testing.T, body io.Reader, size int64) ([]byte, error) {
	t.Helper()
	place, err := elsewhere(t, l.deposits[0]).Upload.Place(l.call.Profile, l.call.Graph, l.call.Check)
	if err != nil {
		return nil, err
	}
	return place.Store(t.Context(), body, size)
}

func (l *links) remote(c *tools.Call) {
	l.call = c
	p := *c.Profile
	p.Remote, p.Folders = true, nil
	c.Profile, c.Transfers = &p, l
}

// put stores a file in the tenant and returns its drive and ID.
func (w *workplace) put(t *testing.T, name, contentType string, content []byte) (path string) {
	t.Helper()
	path = "/sites/root/drive/root:/" + name
	r, err := w.profile.Endpoints.NewRequest(graph.Params{Method: "PUT", Path: path + ":/content", Body: content, Header: http.Header{"Content-Type": {contentType}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.graph.Caller.Do(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// pattern is n bytes that are no text and repeat nowhere near.
func pattern(n int) []byte {
	b := make([]byte, n)
	state := uint32(1)
	for i := range b {
		state = state*1664525 + 1013904223
		b[i] = byte(state >> 24)
	}
	return b
}

// There and back: what was uploaded, in both ways, is what is downloaded, byte for byte.
func TestFilesThereAndBack(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t)
	for _, size := range []int{0, 1, graph.SimpleUpload, graph.SimpleUpload + 1, 11 << 20} {
		content := pattern(size)
		if err := os.WriteFile(filepath.Join(w.folder, "up.bin"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := w.call(t, "upload_file", map[string]any{"path": "/sites/root/drive/root:/in/up.bin", "localFile": "up.bin", "conflictBehavior": "replace"})
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		item := decode(t, result.Text)
		if item["name"] != "up.bin" || strings.Contains(result.Text, "@odata") {
			t.Errorf("got %s, want the compact item", result.Text)
		}
		result, err = w.call(t, "download_file", map[string]any{"path": "/sites/root/drive/items/" + item["id"].(string)})
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		got := decode(t, result.Text)
		if int(got["size"].(float64)) != size || !bytes.Equal(readFile(t, got["savedTo"].(string)), content) {
			t.Errorf("%d bytes came back as another file: %s", size, result.Text)
		}
	}
	if !strings.Contains(strings.Join(w.reports, "\n"), "uploaded 11.0 MiB of 11.0 MiB") || !strings.Contains(strings.Join(w.reports, "\n"), "downloaded 11.0 MiB of 11.0 MiB") {
		t.Errorf("progress: %q", w.reports)
	}
	if len(w.reports) > 20 {
		t.Errorf("%d reports for a few megabytes", len(w.reports))
	}
}

// broken is a body that ends before its time.
type broken struct{ io.Reader }

func (broken) Close() error { return nil }
