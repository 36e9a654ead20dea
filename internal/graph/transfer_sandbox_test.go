package graph_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

const drive = "/users/" + company.AdminID + "/drive"

// transfers is an embedded tenant, and a client of it for files.
type transfers struct {
	*sandbox.Tenant
	client    *graph.Client
	endpoints graph.Endpoints
}

func newTransfers(t testing.TB) transfers {
	t.Helper()
	tenant, client, endpoints := newTenant(t)
	return transfers{tenant, client, endpoints}
}

func (x transfers) request(t testing.TB, p graph.Params) *graph.Request {
	t.Helper()
	r, err := x.endpoints.NewRequest(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fault breaks requests to paths that contain a text.
func (x transfers) fault(method, path string, f sandbox.Fault) {
	f.Host = sandbox.Graph
	f.Match = func(r *http.Request) bool { return r.Method == method && strings.Contains(r.URL.Path, path) }
	x.Inject(f)
}

func (x transfers) download(t testing.TB, path string) (*graph.File, error) {
	t.Helper()
	return graph.Download(t.Context(), x.client, x.request(t, graph.Params{Path: path}))
}

// sum reads a file, keeping nothing of it.
func sum(r io.Reader) (sum [sha256.Size]byte, size int64, err error) {
	h := sha256.New()
	size, err = io.Copy(h, r)
	return [sha256.Size]byte(h.Sum(nil)), size, err
}

// call is an upload to a path in the drive; item is what the session is told.
func (x transfers) call(t testing.TB, path string, size int64, item map[string]any, header http.Header) graph.UploadCall {
	t.Helper()
	body, err := json.Marshal(map[string]any{"item": item})
	if err != nil {
		t.Fatal(err)
	}
	u := graph.UploadCall{Source: sandbox.LargeContent(size), Size: size}
	u.Content = x.request(t, graph.Params{Method: "PUT", Path: path + "/content", Header: header})
	u.Session = x.request(t, graph.Params{Method: "POST", Path: path + "/createUploadSession", Body: body, Header: header})
	return u
}

// tokenless fails where a host of addresses that are permissions got a token.
func (x transfers) tokenless(t *testing.T) {
	t.Helper()
	for _, r := range x.Requests(sandbox.Graph) {
		if strings.HasPrefix(r.Path, "/_") && r.Header.Get("Authorization") != "" {
			t.Errorf("%s %s came with a token", r.Method, r.Path)
		}
	}
}

// live is the memory in use, of client and tenant together.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// gauge is a writer that measures every 32 MiB, and keeps nothing.
type gauge struct{ seen, peak int64 }

func (g *gauge) Write(p []byte) (int, error) {
	if g.seen>>25 != (g.seen+int64(len(p)))>>25 {
		g.peak = max(g.peak, live())
	}
	g.seen += int64(len(p))
	return len(p), nil
}

// Not parallel: it measures what the process holds.
func TestLargeFilesBothWays(t *testing.T) {
	const size = 200<<20 + 12_345
	x := newTransfers(t)
	x.fault("PUT", "/_upload/", sandbox.Fault{Times: 1, Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"0.01"}}})
	x.fault("PUT", "/_upload/", sandbox.Fault{Times: 1, HalfBody: true}) // the slice is taken, its answer is lost
	x.fault("PUT", "/_upload/", sandbox.Fault{Times: 1, Drop: true})
	x.fault("GET", "/_upload/", sandbox.Fault{Times: 1, Status: http.StatusBadGateway})
	const most = 64 << 20 // a slice at each end, and what is under way between them
	before, peak, pieces := live(), int64(0), 0
	u := x.call(t, drive+"/root:/Films/dive.mp4:", size, nil, nil)
	u.Progress = func(sent, _ int64) {
		pieces++
		peak = max(peak, live())
	}
	resp, err := graph.Upload(t.Context(), x.client, u)
	if err != nil || resp.Status != http.StatusCreated || pieces != 21 {
		t.Fatalf("got %v and %v after %d pieces, want 201 after 21", resp, err, pieces)
	}
	if peak-before > most {
		t.Errorf("the upload held %d MiB", (peak-before)>>20)
	}
	stored, ok := x.Stored(sandbox.AdminUPN, "Films/dive.mp4")
	if want, n, _ := sum(sandbox.LargeContent(size)); !ok || stored.Size != n || stored.SHA256 != want {
		t.Fatalf("stored are %d bytes, want %d, or they are others", stored.Size, n)
	}

	x.fault("GET", "/_download/", sandbox.Fault{Times: 2, HalfBody: true})
	x.fault("GET", "/_download/", sandbox.Fault{Times: 1, Drop: true})
	before = live()
	f, err := x.download(t, drive+"/root:/Films/dive.mp4:/content")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var g gauge
	got, n, err := sum(io.TeeReader(f, &g))
	if err != nil || n != size || got != stored.SHA256 || f.Size != size || f.Name != "dive.mp4" {
		t.Errorf("got %d of %d bytes of %q and %v", n, f.Size, f.Name, err)
	}
	if g.peak == 0 || g.peak-before > most {
		t.Errorf("the download held %d MiB", (g.peak-before)>>20)
	}
	x.tokenless(t)
}

func TestUploadConflictsAgainstTheTenant(t *testing.T) {
	t.Parallel()
	const size = graph.SimpleUpload + 1
	x := newTransfers(t)
	path := drive + "/root:/Plans/big.bin:"
	upload := func(path string, item map[string]any, header http.Header) (map[string]any, error) {
		resp, err := graph.Upload(t.Context(), x.client, x.call(t, path, size, item, header))
		if err != nil {
			return nil, err
		}
		var made map[string]any
		return made, json.Unmarshal(resp.Body, &made)
	}
	behaviour := func(s string) map[string]any { return map[string]any{"@microsoft.graph.conflictBehavior": s} }
	first, err := upload(path, behaviour("fail"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var refused *graph.Error
	if _, err := upload(path, behaviour("fail"), nil); !errors.As(err, &refused) || refused.Code != "nameAlreadyExists" || !strings.Contains(refused.Hint(), "conflict behaviour") {
		t.Errorf("fail: got %v", err)
	}
	if got, err := upload(path, behaviour("rename"), nil); err != nil || got["name"] != "big 1.bin" {
		t.Errorf("rename: got %v and %v", got["name"], err)
	}
	id, _ := first["id"].(string)
	etag, _ := first["eTag"].(string)
	replaced, err := upload(drive+"/items/"+id, nil, http.Header{"If-Match": {etag}})
	if err != nil || replaced["id"] != id || replaced["eTag"] == etag {
		t.Errorf("by its id: got %v and %v", replaced, err)
	}
	for _, path := range []string{path, drive + "/items/" + id} {
		if _, err := upload(path, behaviour("replace"), http.Header{"If-Match": {etag}}); !errors.As(err, &refused) || refused.Status != http.StatusPreconditionFailed {
			t.Errorf("%s with an old ETag: got %v", path, err)
		}
	}
	little := x.call(t, path, 10, nil, http.Header{"If-Match": {etag}})
	if _, err := graph.Upload(t.Context(), x.client, little); !errors.As(err, &refused) || refused.Status != http.StatusPreconditionFailed {
		t.Errorf("little with an old ETag: got %v", err)
	}
	x.tokenless(t)
}

func TestDownloadOfWhatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	x := newTransfers(t)
	if _, err := x.AddLargeFile(sandbox.AdminUPN, "a.bin", 3<<20); err != nil {
		t.Fatal(err)
	}
	x.fault("GET", "/_download/", sandbox.Fault{Times: 1, HalfBody: true})
	f, err := x.download(t, drive+"/root:/a.bin:/content")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := x.AddLargeFile(sandbox.AdminUPN, "a.bin", 3<<20); err != nil {
		t.Fatal(err)
	}
	_, n, err := sum(f)
	var stopped *graph.TransferError
	if !errors.As(err, &stopped) || !strings.Contains(stopped.Hint(), "changed while it was read") || n != stopped.Done {
		t.Errorf("got %d bytes and %v", n, err)
	}
}

func TestUploadToAnExpiredSession(t *testing.T) {
	t.Parallel()
	x := newTransfers(t)
	u := x.call(t, drive+"/root:/a.bin:", 30<<20, nil, nil)
	x.fault("PUT", "/_upload/", sandbox.Fault{Status: http.StatusNotFound, Body: `{"error":{"code":"itemNotFound","message":"The upload session was not found"}}`})
	_, err := graph.Upload(t.Context(), x.client, u)
	var stopped *graph.TransferError
	if !errors.As(err, &stopped) || !strings.Contains(stopped.Hint(), "again from its beginning") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	u = x.call(t, drive+"/root:/b.bin:", 30<<20, nil, nil)
	x.fault("PUT", "/_upload/", sandbox.Fault{Handler: func(http.ResponseWriter, *http.Request) { cancel(); panic(http.ErrAbortHandler) }})
	if _, err := graph.Upload(ctx, x.client, u); err == nil {
		t.Error("a cancelled upload came to an end")
	}
	if _, ok := x.Stored(sandbox.AdminUPN, "b.bin"); ok {
		t.Error("a cancelled upload is stored")
	}
}
