package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// Files go from an allowed folder of this machine to the tenant and back, and nothing else of the machine goes.
func TestFilesOfThisMachine(t *testing.T) {
	t.Parallel()
	tenant := sandboxtest.Start(t, sandbox.Options{})
	m := newMachine(t)
	path := sandboxtest.Profile(t, tenant, "lab")
	m.env["MICROSOFT_MCP_CONFIG"] = path
	rewrite(t, path, "access = ", "folders = [\"files\"]\naccess = ")
	folder := filepath.Join(filepath.Dir(path), "files")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	const text = "not much"
	if err := os.WriteFile(filepath.Join(folder, "notes.bin"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	call := func(want int, tool string, arguments map[string]string) (map[string]any, string) {
		t.Helper()
		raw, err := json.Marshal(arguments)
		if err != nil {
			t.Fatal(err)
		}
		code, out, errs := m.run(t, "", "call", tool, string(raw))
		if code != want {
			t.Fatalf("%s %s: got code %d, %s%s", tool, raw, code, out, errs)
		}
		var answer map[string]any
		if err := json.Unmarshal([]byte(out), &answer); err != nil && want == 0 {
			t.Fatalf("%v in %s", err, out)
		}
		return answer, errs
	}
	item, _ := call(0, "upload_file", map[string]string{"path": "/sites/root/drive/root:/in/notes.bin", "localFile": "notes.bin"})
	got, _ := call(0, "download_file", map[string]string{"path": "/sites/root/drive/items/" + item["id"].(string)})
	if want := filepath.Join(folder, "notes (1).bin"); got["savedTo"] != want {
		t.Errorf("saved to %v, want %s", got["savedTo"], want)
	}
	if saved, err := os.ReadFile(filepath.Join(folder, "notes (1).bin")); err != nil || string(saved) != text {
		t.Errorf("got %q, %v", saved, err)
	}
	// The configuration lies beside the folder, and so do the secrets of the machine's person.
	if _, errs := call(1, "upload_file", map[string]string{"path": "/sites/root/drive/root:/in/x", "localFile": path}); !strings.Contains(errs, "outside of the folders") || !strings.Contains(errs, folder) {
		t.Errorf("got %s", errs)
	}
	if _, errs := call(1, "download_file", map[string]string{"path": "/sites/root/drive/items/" + item["id"].(string), "outputDir": filepath.Dir(path)}); !strings.Contains(errs, "outside of the folders") {
		t.Errorf("got %s", errs)
	}
	if _, out, _ := m.run(t, "", "profile", "show"); !strings.Contains(out, folder) {
		t.Errorf("profile show does not tell the folder:\n%s", out)
	}
	rewrite(t, path, `folders = ["files"]`, "folders = []")
	if _, errs := call(1, "upload_file", map[string]string{"path": "/sites/root/drive/root:/in/x", "localFile": "notes.bin"}); !strings.Contains(errs, "no folder of this machine") {
		t.Errorf("got %s", errs)
	}
}
