package e2e

import (
	"encoding/json"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

// Exit codes of the Inspector.
const (
	inspectorDone      = 0
	inspectorToolError = 5
)

// inspect runs the Inspector for one method and decodes what it prints.
func inspect(t *testing.T, g target, wantCode int, result any, args ...string) {
	t.Helper()
	args = append([]string{"--cli", "--format", "json", "--protocol-era", g.Era}, args...)
	if g.stdio() {
		for name, value := range g.Env {
			args = append(args, "-e", name+"="+value)
		}
		args = append(append(args, "--", g.Command), g.Args...)
	} else {
		args = append(args, "--server-url", g.URL, "--transport", "http")
		if g.Key != "" {
			args = append(args, "--header", "Authorization: Bearer "+g.Key)
		}
	}
	r := node(t, inspectorProgram, args...)
	if code := r.run(t); code != wantCode {
		t.Fatalf("the inspector ends with %d, want %d\n%s\n%s", code, wantCode, r.stdout.String(), r.stderr.String())
	}
	if err := json.Unmarshal(r.stdout.Bytes(), &struct{ Result any }{result}); err != nil {
		t.Fatalf("the inspector printed no JSON: %v\n%s", err, r.stdout.String())
	}
}

// inspectGraph calls microsoft_graph.
func inspectGraph(t *testing.T, g target, wantCode int, path string) toolResult {
	t.Helper()
	arguments, err := json.Marshal(map[string]any{"path": path})
	if err != nil {
		t.Fatal(err)
	}
	var got toolResult
	inspect(t, g, wantCode, &got,
		"--method", "tools/call", "--tool-name", "microsoft_graph", "--tool-args-json", string(arguments))
	return got
}

type toolList struct {
	Tools []struct {
		Name        string
		Title       string
		Description string
		Annotations map[string]any
		InputSchema map[string]any
	}
}

func TestInspector(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	eachWay(t, func(t *testing.T, _ *sandbox.Tenant, g target) {
		t.Run("list", func(t *testing.T) {
			var got toolList
			// --strict fails on schemas that some models' providers do not take.
			inspect(t, g, inspectorDone, &got, "--method", "tools/list", "--strict")
			checkTools(t, got)
		})
		t.Run("call", func(t *testing.T) {
			checkGood(t, inspectGraph(t, g, inspectorDone, goodPath))
		})
		t.Run("error", func(t *testing.T) {
			checkNotFound(t, inspectGraph(t, g, inspectorToolError, badPath))
		})
	})
}

// checkTools fails unless every tool tells what it is and does, and the two that are always there are.
func checkTools(t *testing.T, list toolList) {
	t.Helper()
	missing := map[string]bool{"microsoft_graph": true, "get_auth_status": true}
	for _, tool := range list.Tools {
		delete(missing, tool.Name)
		if tool.Title == "" || tool.Description == "" || tool.InputSchema["type"] != "object" {
			t.Errorf("%s: title %q, description %q, schema %v", tool.Name, tool.Title, tool.Description, tool.InputSchema)
		}
		for _, hint := range []string{"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"} {
			if _, ok := tool.Annotations[hint].(bool); !ok {
				t.Errorf("%s has no %s", tool.Name, hint)
			}
		}
	}
	if len(missing) != 0 {
		t.Errorf("tools/list lacks %v", missing)
	}
}
