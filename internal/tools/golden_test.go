package tools_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What a model sees of a tool is an API: a change shows in its golden file.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, tool := range tools.All() {
		seen, err := json.Marshal(map[string]any{"name": tool.Name, "title": tool.Title, "description": tool.Description,
			"inputSchema": tools.Schema(tool.Parameters), "effect": tool.Effect})
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := json.Indent(&got, seen, "", "  "); err != nil {
			t.Fatal(err)
		}
		got.WriteByte('\n')
		path := filepath.Join("testdata", "golden", tool.Name+".json")
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s changed for models (run with -update if that is meant):\n%s", tool.Name, diff)
		}
	}
}
