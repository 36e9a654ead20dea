package graph_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

const benchSize = 256 << 20

// Both directions beside what a plain client of net/http does with the same host. Client and tenant share the
// processors, and the tenant makes or hashes the content.
func BenchmarkDownload(b *testing.B) {
	x := newTransfers(b)
	if _, err := x.AddLargeFile(sandbox.AdminUPN, "a.bin", benchSize); err != nil {
		b.Fatal(err)
	}
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(benchSize)
		b.ReportAllocs()
		for b.Loop() {
			f, err := x.download(b, drive+"/root:/a.bin:/content")
			if err != nil {
				b.Fatal(err)
			}
			drain(b, f)
		}
	})
	b.Run("direct", func(b *testing.B) {
		web := sandboxtest.Client(b, x.Tenant)
		b.SetBytes(benchSize)
		b.ReportAllocs()
		for b.Loop() {
			resp, err := x.client.Do(b.Context(), x.request(b, graph.Params{Path: drive + "/root:/a.bin:"}))
			if err != nil {
				b.Fatal(err)
			}
			var item struct {
				Address string `json:"@microsoft.graph.downloadUrl"`
			}
			if err := json.Unmarshal(resp.Body, &item); err != nil {
				b.Fatal(err)
			}
			got, err := web.Get(item.Address)
			if err != nil {
				b.Fatal(err)
			}
			drain(b, got.Body)
		}
	})
}

func drain(b *testing.B, r io.ReadCloser) {
	b.Helper()
	defer r.Close()
	if n, err := io.Copy(io.Discard, r); err != nil || n != benchSize {
		b.Fatalf("got %d bytes and %v", n, err)
	}
}

func BenchmarkUpload(b *testing.B) {
	x := newTransfers(b)
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(benchSize)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := graph.Upload(b.Context(), x.client, x.call(b, drive+"/root:/a.bin:", benchSize, nil, nil)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("direct", func(b *testing.B) {
		web := sandboxtest.Client(b, x.Tenant)
		b.SetBytes(benchSize)
		b.ReportAllocs()
		for b.Loop() {
			resp, err := x.client.Do(b.Context(), x.request(b, graph.Params{Method: "POST", Path: drive + "/root:/a.bin:/createUploadSession"}))
			if err != nil {
				b.Fatal(err)
			}
			var session struct{ UploadURL string }
			if err := json.Unmarshal(resp.Body, &session); err != nil {
				b.Fatal(err)
			}
			direct(b, web, session.UploadURL)
		}
	})
}

// direct sends the content in slices of the same size.
func direct(b *testing.B, web *http.Client, address string) {
	b.Helper()
	const slice = 10 << 20
	content := sandbox.LargeContent(benchSize)
	for at := int64(0); at < benchSize; at += slice {
		n := min(slice, benchSize-at)
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPut, address, io.LimitReader(content, n))
		if err != nil {
			b.Fatal(err)
		}
		req.ContentLength = n
		req.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, at+n-1, int64(benchSize)))
		resp, err := web.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode >= http.StatusMultipleChoices {
			b.Fatalf("got HTTP %d", resp.StatusCode)
		}
	}
}
