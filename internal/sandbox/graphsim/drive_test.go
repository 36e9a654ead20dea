package graphsim_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

const drive = "/v1.0/users/" + company.AdminID + "/drive"

// put writes a small file and returns its answer.
func (r *rig) put(path, content string, headers ...string) result {
	r.t.Helper()
	return r.do("PUT", drive+"/root:"+(&url.URL{Path: "/" + path}).EscapedPath()+":/content", []byte(content), headers...)
}

func TestDriveSpellings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.get(drive).ok(http.StatusOK).text("id")
	made := r.put("Plans/Sea trial #1.txt", "calm").ok(http.StatusCreated)
	item := made.text("id")
	name := url.PathEscape("Sea trial #1.txt")
	folder := made.body["parentReference"].(map[string]any)["id"].(string)
	for _, path := range []string{
		drive + "/items/" + item, drive + "/root:/Plans/" + name, drive + "/root:/plans/" + name + ":", drive + "/root:/Plans%2F" + name, "/v1.0/drives/" + id + "/items/" + item,
		"/v1.0/drives('" + id + "')/root:/Plans/" + name, drive + "/items/" + folder + ":/" + name, drive + "/items/root:/Plans/" + name, "/v1.0/users/" + company.AdminID + "/drives/" + id + "/items/" + item,
		drive + "/root:/Plans/nothing/../" + name,
	} {
		if got := r.raw(path); got.text("id") != item {
			t.Errorf("%s: got %d %.200s", path, got.status, got.raw)
		}
	}
	for _, path := range []string{drive + "/root/children", drive + "/items/root/children", drive + "/root:/:/children", drive + "/root:/children"} {
		if a := r.get(path); a.status != http.StatusOK && !strings.HasSuffix(path, "root:/children") {
			t.Errorf("%s: got %d", path, a.status)
		}
	}
	if got := r.get(drive + "/root:/Plans:/children?$select=name").column("name"); !slices.Equal(got, []string{"Sea trial #1.txt"}) {
		t.Errorf("got children %v", got)
	}
	r.get(drive+"/items/01NOTHING").refused(http.StatusNotFound, "itemNotFound", "could not be found")
	r.get(drive+"/root:/nothing/at/all").refused(http.StatusNotFound, "itemNotFound", "")
	guests := r.get("/v1.0/users" + query("$filter", "userType eq 'Guest'", "$top", "1")).column("id")
	r.get("/v1.0/users/"+guests[0]+"/drive").refused(http.StatusNotFound, "ResourceNotFound", "mysite not found")
}

func TestDownload(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.put("a.txt", "0123456789").ok(http.StatusCreated).text("id")
	a := r.get(drive + "/items/" + id + "/content").ok(http.StatusFound)
	target := a.header.Get("Location")
	if !strings.HasPrefix(target, "https://localhost:") {
		t.Fatalf("got Location %s, want another host", target)
	}
	r.get(target).refused(http.StatusUnauthorized, "unauthenticated", "Authorization")
	anonymous := r.as("")
	if got := anonymous.get(target).ok(http.StatusOK); string(got.raw) != "0123456789" || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
		t.Errorf("got %q of %s", got.raw, got.header.Get("Content-Type"))
	}
	if got := anonymous.get(target, "Range: bytes=2-4").ok(http.StatusPartialContent); string(got.raw) != "234" || got.header.Get("Content-Range") != "bytes 2-4/10" {
		t.Errorf("got %q, Content-Range %s", got.raw, got.header.Get("Content-Range"))
	}
	anonymous.get(target, "Range: bytes=20-").ok(http.StatusRequestedRangeNotSatisfiable)
	anonymous.get(target[:len(target)-3]+"AAA").refused(http.StatusUnauthorized, "unauthenticated", "not valid")
	item := r.get(drive + "/items/" + id).ok(http.StatusOK)
	if got := anonymous.get(item.text("@microsoft.graph.downloadUrl")).ok(http.StatusOK); string(got.raw) != "0123456789" {
		t.Errorf("got %q", got.raw)
	}
	if got := r.get(drive + "/items/" + id + "?$select=id,@microsoft.graph.downloadUrl").ok(http.StatusOK).text("@microsoft.graph.downloadUrl"); got == "" {
		t.Error("got no download URL, though it is selected")
	}
	r.get(drive+"/root/content").refused(http.StatusBadRequest, "invalidRequest", "folder")
}

func TestChangeItems(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	before := r.get(drive + "/root").ok(http.StatusOK).body["size"].(float64)
	folder := r.do("POST", drive+"/root/children", map[string]any{"name": "Trials", "folder": map[string]any{}}).ok(http.StatusCreated)
	r.do("POST", drive+"/root/children", map[string]any{"name": "trials", "folder": map[string]any{}}).refused(http.StatusConflict, "nameAlreadyExists", "")
	again := r.do("POST", drive+"/root/children", map[string]any{"name": "Trials", "folder": map[string]any{}, "@microsoft.graph.conflictBehavior": "rename"}).ok(http.StatusCreated)
	if again.text("name") != "Trials 1" {
		t.Errorf("got %s", again.text("name"))
	}
	r.do("POST", drive+"/root/children", map[string]any{"name": "a/b", "folder": map[string]any{}}).refused(http.StatusBadRequest, "invalidRequest", "not valid")
	made := r.put("Trials/one.txt", "first").ok(http.StatusCreated)
	if made.body["size"] != 5.0 || made.body["file"].(map[string]any)["mimeType"] != "text/plain" || made.text("eTag") == "" {
		t.Errorf("got %s", made.raw)
	}
	replaced := r.put("Trials/one.txt", "second").ok(http.StatusOK)
	if replaced.text("id") != made.text("id") || replaced.text("eTag") == made.text("eTag") {
		t.Errorf("got id %s and ETag %s, before %s and %s", replaced.text("id"), replaced.text("eTag"), made.text("id"), made.text("eTag"))
	}
	r.do("PUT", drive+"/root:/Trials/one.txt:/content?@microsoft.graph.conflictBehavior=fail", []byte("x")).refused(http.StatusConflict, "nameAlreadyExists", "")
	item := drive + "/items/" + made.text("id")
	r.do("PATCH", item, map[string]any{"name": "x.txt"}, "If-Match: "+made.text("eTag")).refused(http.StatusPreconditionFailed, "resourceModified", "ETag")
	moved := r.do("PATCH", item, map[string]any{"name": "uno.txt", "parentReference": map[string]any{"id": again.text("id")}}, "If-Match: "+replaced.text("eTag")).ok(http.StatusOK)
	if moved.text("name") != "uno.txt" || !strings.HasSuffix(moved.body["parentReference"].(map[string]any)["path"].(string), "root:/Trials 1") {
		t.Errorf("got %s", moved.raw)
	}
	if got := r.get(drive + "/items/" + again.text("id")).ok(http.StatusOK).body; got["size"] != 6.0 || got["folder"].(map[string]any)["childCount"] != 1.0 {
		t.Errorf("got size %v, folder %v", got["size"], got["folder"])
	}
	r.do("PATCH", drive+"/items/"+again.text("id"), map[string]any{"parentReference": map[string]any{"id": again.text("id")}}).refused(http.StatusBadRequest, "invalidRequest", "into itself")
	if got := r.get(drive + "/root").ok(http.StatusOK).body["size"].(float64); got != before+6 {
		t.Errorf("got %v bytes in the root, want %v", got, before+6)
	}
	copied := r.do("POST", item+"/copy", map[string]any{"name": "dos.txt", "parentReference": map[string]any{"id": folder.text("id")}}).ok(http.StatusAccepted)
	if got := r.as("").get(copied.header.Get("Location")).ok(http.StatusOK).text("status"); got != "completed" {
		t.Errorf("got status %s", got)
	}
	r.do("DELETE", drive+"/items/"+again.text("id"), nil).ok(http.StatusNoContent)
	r.get(item).refused(http.StatusNotFound, "itemNotFound", "")
	r.do("DELETE", drive+"/root", nil).refused(http.StatusBadRequest, "invalidRequest", "root")
}

func TestDeltaOfDrive(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	link := ""
	for next := drive + "/root/delta?$select=id,name"; next != ""; {
		a := r.get(next)
		next, link = a.text("@odata.nextLink"), a.text("@odata.deltaLink")
	}
	id := r.put("new.txt", "x").ok(http.StatusCreated).text("id")
	a := r.get(link)
	if got := a.column("id"); !slices.Contains(got, id) {
		t.Errorf("got %v", got)
	}
	r.do("DELETE", drive+"/items/"+id, nil).ok(http.StatusNoContent)
	if got := r.get(a.text("@odata.deltaLink")).list(); len(got) != 1 || got[0]["id"] != id {
		t.Errorf("got %v", got)
	}
	r.get(drive+"/root/delta(token='x')").refused(http.StatusGone, "resyncRequired", "")
	if got := r.get(drive + "/root/delta?token=latest"); len(got.list()) != 0 || got.text("@odata.deltaLink") == "" {
		t.Errorf("got %s", got.raw)
	}
}

func TestSearchFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put("Deep/abyssal plain.txt", "about hadopelagic life").ok(http.StatusCreated)
	for _, sought := range []string{"abyssal", "Hadopelagic life", "abyssal hadopelagic"} {
		if got := r.get(drive + "/root/search(q='" + url.PathEscape(sought) + "')").column("name"); !slices.Equal(got, []string{"abyssal plain.txt"}) {
			t.Errorf("%s: got %v", sought, got)
		}
	}
	if got := r.get(drive + "/root:/Documents:/search(q='abyssal')").list(); len(got) != 0 {
		t.Errorf("got %d files below another folder", len(got))
	}
	r.get(drive+"/root/search").refused(http.StatusBadRequest, "invalidRequest", "q")
}

func TestUploadSession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const unit = 320 << 10
	content := bytes.Repeat([]byte("sea!"), (2*unit+100)/4)
	session := r.do("POST", drive+"/root:/Films/long.bin:/createUploadSession", map[string]any{"item": map[string]any{"@microsoft.graph.conflictBehavior": "fail"}}).ok(http.StatusOK)
	target := session.text("uploadUrl")
	if !strings.HasPrefix(target, "https://localhost:") || !slices.Equal(session.body["nextExpectedRanges"].([]any), []any{"0-"}) {
		t.Fatalf("got %s", session.raw)
	}
	r.do("PUT", target, content[:unit], contentRange(0, unit, len(content))).refused(http.StatusUnauthorized, "unauthenticated", "Authorization")
	up := r.as("")
	up.do("PUT", target, content[:100], contentRange(0, 100, len(content))).refused(http.StatusBadRequest, "invalidRequest", "320 KiB")
	up.do("PUT", target, content[:unit]).refused(http.StatusBadRequest, "invalidRequest", "Content-Range")
	up.do("PUT", target, content[:unit], contentRange(0, unit+1, len(content))).refused(http.StatusBadRequest, "invalidRequest", "does not match")
	up.do("PUT", target, content[unit:2*unit], contentRange(unit, 2*unit, len(content))).refused(http.StatusRequestedRangeNotSatisfiable, "invalidRange", "next expected byte, which is 0")
	first := up.do("PUT", target, content[:unit], contentRange(0, unit, len(content))).ok(http.StatusAccepted)
	if got := first.body["nextExpectedRanges"].([]any)[0]; got != fmt.Sprintf("%d-", unit) {
		t.Errorf("got next range %v", got)
	}
	up.do("PUT", target, content[unit:2*unit], contentRange(unit, 2*unit, len(content)+4)).refused(http.StatusBadRequest, "invalidRequest", "total size")
	if got := up.get(target).ok(http.StatusOK).body["nextExpectedRanges"].([]any)[0]; got != fmt.Sprintf("%d-", unit) {
		t.Errorf("got next range %v", got)
	}
	done := up.do("PUT", target, content[unit:], contentRange(unit, len(content), len(content))).ok(http.StatusCreated)
	if done.text("name") != "long.bin" || done.body["size"] != float64(len(content)) {
		t.Errorf("got %s", done.raw)
	}
	up.get(target).refused(http.StatusNotFound, "itemNotFound", "session")
	if got := up.get(r.get(drive + "/root:/Films/long.bin:/content").header.Get("Location")); !bytes.Equal(got.raw, content) {
		t.Errorf("got %d bytes back, want %d", len(got.raw), len(content))
	}
	again := r.do("POST", drive+"/root:/Films/long.bin:/createUploadSession", map[string]any{"item": map[string]any{"@microsoft.graph.conflictBehavior": "fail"}}).ok(http.StatusOK).text("uploadUrl")
	up.do("PUT", again, []byte("x"), contentRange(0, 1, 1)).refused(http.StatusConflict, "nameAlreadyExists", "")
	cancelled := r.do("POST", drive+"/root:/Films/x.bin:/createUploadSession", nil).ok(http.StatusOK).text("uploadUrl")
	up.do("DELETE", cancelled, nil).ok(http.StatusNoContent)
	up.get(cancelled).refused(http.StatusNotFound, "itemNotFound", "")
}

func contentRange(from, to, total int) string {
	return fmt.Sprintf("Content-Range: bytes %d-%d/%d", from, to-1, total)
}
