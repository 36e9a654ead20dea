package e2e

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// largeSize is the size of the files that are moved, in bytes.
const largeSize = 300 << 20

// interrupt lets one download break off halfway, and one upload between two slices.
func interrupt(tenant *sandbox.Tenant) {
	tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 1, HalfBody: true, Match: func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/_download/")
	}})
	tenant.Inject(sandbox.Fault{Host: sandbox.Graph, Times: 1, Drop: true, Match: func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/_upload/") && !strings.HasPrefix(r.Header.Get("Content-Range"), "bytes 0-")
	}})
}

// checkInterrupted fails unless both faults happened, and each cost one more request for what was missing.
func checkInterrupted(t *testing.T, tenant *sandbox.Tenant) {
	t.Helper()
	downloads, sessions := 0, 0
	for _, r := range tenant.Requests(sandbox.Graph) {
		if strings.HasPrefix(r.Path, "/_download/") {
			downloads++
		}
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "createUploadSession") {
			sessions++
		}
	}
	if downloads != 2 || sessions != 1 {
		t.Errorf("%d downloads, want the one that broke off and one of the rest; %d upload sessions, want one", downloads, sessions)
	}
}

func hashOf(t *testing.T, r io.Reader) [sha256.Size]byte {
	t.Helper()
	h := sha256.New()
	if n, err := io.Copy(h, r); err != nil || n != largeSize {
		t.Fatalf("%d bytes of %d: %v", n, int64(largeSize), err)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func checkUploaded(t *testing.T, tenant *sandbox.Tenant, path string, want [sha256.Size]byte) {
	t.Helper()
	if got, ok := tenant.Stored(sandbox.MemberUPN, path); !ok || got.Size != largeSize || got.SHA256 != want {
		t.Errorf("%s: stored %t, %d bytes, the same %t", path, ok, got.Size, got.SHA256 == want)
	}
}

// Over stdio, the Inspector moves a large file from a folder of this machine and back into it.
func TestInspectorTransfersOverStdio(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	want := hashOf(t, sandbox.LargeContent(largeSize))
	home := t.TempDir()
	folder := filepath.Join(home, "Downloads", "microsoft-mcp-server")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	local, err := os.Create(filepath.Join(folder, "dive.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	if _, err := io.Copy(local, sandbox.LargeContent(largeSize)); err != nil {
		t.Fatal(err)
	}
	interrupt(tenant)
	s := openSession(t, target{Era: modern, Command: binary, Args: []string{"stdio"}, Env: map[string]string{
		"MICROSOFT_MCP_CONFIG": sandboxtest.Profile(t, tenant, "e2e"), "HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": home, "PATH": os.Getenv("PATH")}})
	s.done(t, "upload_file", map[string]any{"path": "/users/" + sandbox.MemberUPN + "/drive/root:/Films/dive.bin", "localFile": "dive.bin"})
	checkUploaded(t, tenant, "Films/dive.bin", want)

	got := s.done(t, "download_file", map[string]any{"path": "/users/" + sandbox.MemberUPN + "/drive/root:/Films/dive.bin:/content"})
	var saved struct{ SavedTo string }
	if err := json.Unmarshal([]byte(got.text()), &saved); err != nil || saved.SavedTo == "" {
		t.Fatalf("%v: %s", err, got.text())
	}
	if saved.SavedTo == local.Name() {
		t.Errorf("the file that was there was overwritten")
	}
	back, err := os.Open(saved.SavedTo)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if hashOf(t, back) != want {
		t.Error("the file came back as another one")
	}
	checkInterrupted(t, tenant)
}

// Over HTTP, the Inspector gets links, and somebody on its side moves the file.
func TestInspectorTransfersOverHTTP(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	want := hashOf(t, sandbox.LargeContent(largeSize))
	config := sandboxtest.Profile(t, tenant, "e2e")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, append(text, "[http]\nmax_upload = 1073741824\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	key := rand.Text()
	web := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config, "MCP_API_KEY="+key), "http", "--listen", "127.0.0.1:0")
	interrupt(tenant)
	s := openSession(t, target{Era: legacy, URL: web.endpoint(t), Key: key})

	path := "/users/" + sandbox.MemberUPN + "/drive/root:/Films/dive.bin"
	got := s.done(t, "get_upload_config", map[string]any{"path": path + ":/content", "localFile": "dive.bin", "contentType": "video/mp4"}).text()
	var link struct{ UploadURL, Method, ContentType, AuthHeader, Curl string }
	if err := json.Unmarshal([]byte(got), &link); err != nil || strings.Contains(got, key) {
		t.Fatalf("%v: %s", err, got)
	}
	request, err := http.NewRequestWithContext(within(t), link.Method, link.UploadURL, sandbox.LargeContent(largeSize))
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = largeSize
	request.Header = http.Header{"Authorization": {link.AuthHeader}, "Content-Type": {link.ContentType}}
	if status, body := fetch(t, request); status != http.StatusOK || !bytes.Contains(body, []byte(`"dive.bin"`)) {
		t.Fatalf("upload: %d %.500s", status, body)
	}
	checkUploaded(t, tenant, "Films/dive.bin", want)
	again := request.Clone(within(t))
	again.Body, again.ContentLength = io.NopCloser(strings.NewReader("again")), 5
	if status, _ := fetch(t, again); status != http.StatusUnauthorized {
		t.Errorf("the upload link held twice: %d", status)
	}

	got = s.done(t, "download_file", map[string]any{"path": path + ":/content"}).text()
	var offer struct{ DownloadURL string }
	if err := json.Unmarshal([]byte(got), &offer); err != nil || strings.Contains(got, key) {
		t.Fatalf("%v: %s", err, got)
	}
	if request, err = http.NewRequestWithContext(within(t), http.MethodGet, offer.DownloadURL, nil); err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if hashOf(t, response.Body) != want {
		t.Error("the file came back as another one")
	}
	if status, _ := fetch(t, request.Clone(within(t))); status == http.StatusOK {
		t.Error("the download link held twice")
	}
	checkInterrupted(t, tenant)
}

func fetch(t *testing.T, r *http.Request) (int, []byte) {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}
