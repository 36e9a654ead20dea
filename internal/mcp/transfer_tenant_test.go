package mcp_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// tenantToken is an app's token, which lasts as long as a test.
type tenantToken string

func (t tenantToken) Token(context.Context, graph.TokenRequest) (string, error) {
	return string(t), nil
}

// tenantProfile is a profile of the embedded tenant that may do everything in it.
func tenantProfile(t *testing.T) *tools.Profile {
	t.Helper()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	p := testProfile(t, "contoso", nil)
	var err error
	if p.Endpoints, err = graph.NewEndpoints(tenant.GraphURL(), ""); err != nil {
		t.Fatal(err)
	}
	caller := graph.NewClient(graph.Config{Auth: tenantToken(sandboxtest.Token(t, tenant)), Transport: sandboxtest.Client(t, tenant).Transport})
	p.Remote, p.Guarded = true, func(tools.Asker) graph.Caller { return caller }
	return p
}

// Large files pass the server in both directions, with a link and with the key, and come out as they went in.
func TestLargeFilesThereAndBack(t *testing.T) {
	t.Parallel()
	profile := tenantProfile(t)
	p := newPost(t, func(c *mcp.HTTPConfig) { c.Profiles = []*tools.Profile{profile} })
	content := make([]byte, 12<<20+5)
	if _, err := rand.NewChaCha8([32]byte{1}).Read(content); err != nil {
		t.Fatal(err)
	}
	const where = "/sites/root/drive/root:/in/large.bin:/content"
	path, header := p.link(t, map[string]any{"path": where})
	var id string
	for name, send := range map[string][2]string{"link": {path, header}, "key": {"/upload?path=" + url.QueryEscape(where), "Bearer right-key"}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+send[0], bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", send[1])
		resp, err := p.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var item struct {
			ID, Name string
			Size     int
		}
		if err := json.NewDecoder(resp.Body).Decode(&item); err != nil || resp.StatusCode != 200 || item.Size != len(content) || !strings.HasPrefix(item.Name, "large") {
			t.Fatalf("by %s: HTTP %d, %+v, %v", name, resp.StatusCode, item, err)
		}
		id = item.ID
	}
	answer := p.tool(t, "download_file", map[string]any{"path": "/sites/root/drive/items/" + id})
	address, _ := answer["downloadUrl"].(string)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatalf("%v: %v", answer, err)
	}
	resp, err := p.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Equal(got, content) || resp.ContentLength != int64(len(content)) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	// A file that is too large for one request needs the place to be an item of a drive.
	r, err = http.NewRequestWithContext(t.Context(), http.MethodPut, p.URL+"/upload?path=/users/x/photo/$value", bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer right-key")
	resp, err = p.Client().Do(r)
	if err != nil {
		return // the server may close the connection while the client still sends
	}
	defer resp.Body.Close()
	if resp.StatusCode != 400 {
		t.Errorf("a large photo: got %d", resp.StatusCode)
	}
}

// Large files whose size shows only at their end, such as the ancestor's clients send as base64, are kept on the disk
// until it has. Nothing of them stays there.
func TestUploadOfUnknownSize(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TMP", folder)
	profile := tenantProfile(t)
	p := newPost(t, func(c *mcp.HTTPConfig) { c.Profiles = []*tools.Profile{profile} })
	content := bytes.Repeat([]byte("0123456789abcdef"), 320<<10) // 5 MiB
	encoded := base64.StdEncoding.EncodeToString(content)
	send := func(query string, body io.Reader) (status int, answer []byte) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/upload?path="+url.QueryEscape("/sites/root/drive/root:/in/unknown.bin:/content")+query, struct{ io.Reader }{body})
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer right-key")
		resp, err := p.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if answer, err = io.ReadAll(resp.Body); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, answer
	}
	for _, row := range []struct {
		query, body string
		want        int
	}{
		{"", string(content), http.StatusOK},
		{"&encoding=base64", encoded, http.StatusOK},
		{"&encoding=base64", encoded[:6<<20] + "*", http.StatusBadRequest},
	} {
		status, answer := send(row.query, strings.NewReader(row.body))
		var item struct{ Size int }
		if status != row.want || status == http.StatusOK && (json.Unmarshal(answer, &item) != nil || item.Size != len(content)) {
			t.Errorf("%q: got %d %s, want %d", row.query, status, answer, row.want)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("%v stayed behind, %v", left, err)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if status, answer := send("", bytes.NewReader(content)); status != http.StatusLengthRequired || !bytes.Contains(answer, []byte("curl -T")) {
		t.Errorf("without a disk: got %d %s", status, answer)
	}
}

// A person's agreement to the upload is asked for with the link, and holds for the file that comes.
func TestUploadLinkNeedsAgreement(t *testing.T) {
	t.Parallel()
	p := newPost(t, func(c *mcp.HTTPConfig) {
		profile := c.Profiles[0]
		inner := profile.Guarded
		judge := func(a tools.Asker, r *graph.Request, _ ...*graph.Request) error {
			if q := (&question{path: r.Path(), byToken: true}); !q.agreedBy(a) {
				return q
			}
			return nil
		}
		profile.Check = judge
		profile.Guarded = func(a tools.Asker) graph.Caller {
			next := inner(a)
			return graphFunc(func(ctx context.Context, r *graph.Request) (*graph.Response, error) {
				if err := judge(a, r); err != nil {
					return nil, err
				}
				return next.Do(ctx, r)
			})
		}
	})
	arguments := map[string]any{"path": "/me/drive/root:/a.txt"}
	refusal, _ := p.tool(t, "get_upload_config", arguments)["error"].(string)
	_, token, ok := strings.Cut(refusal, `confirm "`)
	if !ok {
		t.Fatalf("got %q, want a question", refusal)
	}
	arguments["confirm"], _, _ = strings.Cut(token, `"`)
	path, header := p.link(t, arguments)
	resp, body := exchange{method: "PUT", path: path, body: "x"}.with("Authorization", header).do(t, t.Context(), p.Server)
	if resp.StatusCode != 200 || len(p.store.stored()) != 1 {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	// With the key alone there is nobody to ask.
	resp, body = exchange{method: "PUT", path: "/upload?path=/me/drive/root:/a.txt", body: "x"}.with("Authorization", "Bearer right-key").do(t, t.Context(), p.Server)
	if resp.StatusCode != 403 || !strings.Contains(body, "agreement") || len(p.store.stored()) != 1 {
		t.Errorf("with the key: got %d %s", resp.StatusCode, body)
	}
}

// stalled is a download that waits for its end, and tells when it was begun and when it was given up.
type stalled struct {
	begun, ended chan struct{}
	ctx          context.Context
}

func (s stalled) Read([]byte) (int, error) {
	close(s.begun)
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func (s stalled) Close() error { close(s.ended); return nil }

// A download holds a place, and gives it back when its client goes.
func TestDownloadGivesItsPlaceBack(t *testing.T) {
	t.Parallel()
	begun, ended := make(chan struct{}), make(chan struct{})
	first := true
	p := newPost(t, func(c *mcp.HTTPConfig) {
		c.MaxConcurrent, c.Keys = 1, c.Keys[:1]
		c.Profiles[0].Guarded = func(tools.Asker) graph.Caller {
			return graphFunc(func(ctx context.Context, _ *graph.Request) (*graph.Response, error) {
				h := http.Header{"Content-Type": {"application/pdf"}, "Etag": {`"1"`}}
				if first { // the look at it, by the tool
					first = false
					return &graph.Response{Status: 200, Header: h, Stream: http.NoBody, Size: 1 << 20}, nil
				}
				return &graph.Response{Status: 200, Header: h, Stream: stalled{begun, ended, ctx}, Size: 1 << 20}, nil
			})
		}
	})
	path := p.download(t)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	gone := make(chan error, 1)
	go func() {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path, nil)
		if err == nil {
			var resp *http.Response
			if resp, err = p.Client().Do(r); err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		}
		gone <- err
	}()
	<-begun
	put := exchange{method: "PUT", path: "/upload?path=/me/drive/root:/a.txt", body: "x"}.with("Authorization", "Bearer right-key")
	if resp, _ := put.do(t, t.Context(), p.Server); resp.StatusCode != 429 {
		t.Errorf("while the only place is taken: got %d, want 429", resp.StatusCode)
	}
	leave()
	if err := <-gone; err == nil {
		t.Error("a client that left has got a whole file")
	}
	<-ended
}
