package graphsim_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/graphsim"
)

func TestSynthetic(t *testing.T) {
	t.Parallel()
	const size = 3*64<<10 + 77
	whole, err := io.ReadAll(graphsim.NewSynthetic(size))
	if err != nil || len(whole) != size {
		t.Fatalf("got %d bytes and %v", len(whole), err)
	}
	if bytes.Equal(whole[:64<<10], whole[64<<10:2*64<<10]) {
		t.Error("two blocks are equal")
	}
	for _, at := range []int64{0, 1, 7, 64<<10 - 3, 64 << 10, size - 1, size, size + 5} {
		s := graphsim.NewSynthetic(size)
		if _, err := s.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(s); !bytes.Equal(got, whole[min(at, size):]) {
			t.Errorf("from %d on it is other content", at)
		}
	}
	if _, err := graphsim.NewSynthetic(1).Seek(-1, io.SeekStart); err == nil {
		t.Error("got no error before the beginning")
	}
}

func TestLargeFile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const size = 5 << 30 // nobody holds it
	id, err := r.graph.AddLargeFile(company.AdminUPN, "Films/dive.mp4", size)
	if err != nil {
		t.Fatal(err)
	}
	item := r.get(drive + "/items/" + id).ok(http.StatusOK)
	if item.body["size"] != float64(size) || item.body["file"].(map[string]any)["mimeType"] != "video/mp4" {
		t.Errorf("got %s", item.raw)
	}
	target := r.get(drive + "/root:/Films/dive.mp4:/content").ok(http.StatusFound).header.Get("Location")
	part := r.as("").get(target, fmt.Sprintf("Range: bytes=%d-", int64(size-100))).ok(http.StatusPartialContent)
	want := graphsim.NewSynthetic(size)
	if _, err := want.Seek(-100, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if end, _ := io.ReadAll(want); !bytes.Equal(part.raw, end) {
		t.Errorf("got %d bytes that are not its end", len(part.raw))
	}
	before := r.get(drive + "/root").ok(http.StatusOK).body["size"].(float64)
	r.put("Films/dive.mp4", "little").ok(http.StatusOK)
	if got := r.get(drive + "/root").ok(http.StatusOK).body["size"].(float64); got != before-size+6 {
		t.Errorf("got %v bytes in the root, want %v", got, before-size+6)
	}
	if got, ok := r.graph.StoredFile(company.AdminID, "films/Dive.mp4"); !ok || got.ID != id || got.Size != 6 || got.SHA256 != sha256.Sum256([]byte("little")) {
		t.Errorf("got %+v, %v", got, ok)
	}
	if _, ok := r.graph.StoredFile(company.AdminID, "Films"); ok {
		t.Error("a folder is a stored file")
	}
}

// A large upload is not kept, and can be downloaded only where its content can be made again.
func TestLargeUpload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const unit, size = 320 << 10, 105*(320<<10) + 9
	for _, made := range []bool{true, false} {
		content, err := io.ReadAll(graphsim.NewSynthetic(size))
		if err != nil {
			t.Fatal(err)
		}
		if !made {
			content[size-1]++
		}
		target := r.do("POST", drive+"/root:/large.bin:/createUploadSession", nil).ok(http.StatusOK).text("uploadUrl")
		r.as("").do("PUT", target, content[:100*unit], contentRange(0, 100*unit, size)).ok(http.StatusAccepted)
		r.as("").do("PUT", target, content[100*unit:], contentRange(100*unit, size, size))
		if got, _ := r.graph.StoredFile(company.AdminID, "large.bin"); got.Size != size || got.SHA256 != sha256.Sum256(content) {
			t.Errorf("stored are %d bytes, or others", got.Size)
		}
		got := r.as("").get(r.get(drive + "/root:/large.bin:/content").header.Get("Location"))
		if made && !bytes.Equal(got.ok(http.StatusOK).raw, content) || !made && got.status != http.StatusInternalServerError {
			t.Errorf("made %v: got %d and %d bytes", made, got.status, len(got.raw))
		}
	}
}

func TestUploadSessionOnACondition(t *testing.T) {
	t.Parallel()
	now := testNow()
	r := newRigWith(t, graphsim.Options{Now: func() time.Time { return now }})
	made := r.put("a.txt", "one").ok(http.StatusCreated)
	path := drive + "/items/" + made.text("id") + "/createUploadSession"
	current, stale := "If-Match: "+made.text("eTag"), `If-Match: "{0},1"`
	r.do("POST", path, nil, stale).refused(http.StatusPreconditionFailed, "resourceModified", "ETag")
	r.do("POST", drive+"/root:/nothing.txt:/createUploadSession", nil, current).refused(http.StatusPreconditionFailed, "resourceModified", "")
	r.put("nothing.txt", "x", current).refused(http.StatusPreconditionFailed, "resourceModified", "")
	r.do("POST", path, nil, "If-Match: "+made.text("cTag")).ok(http.StatusOK)
	first := r.do("POST", path, nil, current).ok(http.StatusOK).text("uploadUrl")
	second := r.do("POST", path, nil, current).ok(http.StatusOK).text("uploadUrl")
	up := r.as("")
	up.do("PUT", first, []byte("two"), contentRange(0, 3, 3)).ok(http.StatusOK)
	// Whoever comes second meets another state, and can still cancel.
	up.do("PUT", second, []byte("six"), contentRange(0, 3, 3)).refused(http.StatusPreconditionFailed, "resourceModified", "")
	up.do("DELETE", second, nil).ok(http.StatusNoContent)
	late := r.do("POST", path, nil).ok(http.StatusOK).text("uploadUrl")
	now = now.Add(25 * time.Hour)
	up.do("PUT", late, []byte("end"), contentRange(0, 3, 3)).refused(http.StatusNotFound, "itemNotFound", "session")
}
