package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// The suite cannot send an API key, so that the server runs without one, on loopback. All scenarios of a
// revision are run; testdata/conformance-baseline.yml says what is known to fail, and why.
func TestConformance(t *testing.T) {
	t.Parallel()
	nodeFolder(t)
	tenant := sandboxtest.Start(t, sandbox.Options{})
	config := sandboxtest.Profile(t, tenant, "e2e")
	server := start(t, environment(t, "MICROSOFT_MCP_CONFIG="+config), "http", "--listen", "127.0.0.1:0")
	url := server.endpoint(t)
	baseline, err := filepath.Abs(filepath.Join("testdata", "conformance-baseline.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for revision, least := range map[string]int{legacyRevision: 40, modernRevision: 85} {
		t.Run(revision, func(t *testing.T) {
			t.Parallel()
			results := t.TempDir()
			r := node(t, conformanceProgram, "server", "--url", url, "--suite", "all", "--spec-version", revision,
				"--expected-failures", baseline, "-o", results)
			if code := r.run(t); code != 0 {
				t.Errorf("the suite ends with %d\n%s\n%s\n%s", code, summary(r.stdout.String()),
					r.stderr.String(), complaints(t, results))
			}
			// A suite that tests nothing passes too.
			if got := passed(r.stdout.String()); got < least {
				t.Errorf("%d checks passed; there were at least %d\n%s", got, least, summary(r.stdout.String()))
			}
		})
	}
}

// summary is the end of what the suite prints.
func summary(output string) string {
	_, end, found := strings.Cut(output, "=== SUMMARY ===")
	if !found {
		return output
	}
	return end
}

var totalPattern = regexp.MustCompile(`Total: (\d+) passed`)

func passed(output string) int {
	found := totalPattern.FindStringSubmatch(output)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1]) // the pattern has digits only
	return n
}

// complaints lists the checks that did not succeed, in the words of the suite and in the baseline's spelling.
func complaints(t *testing.T, results string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(results, "*", "checks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var checks []struct{ ID, Status, ErrorMessage string }
		if err := json.Unmarshal(text, &checks); err != nil {
			t.Fatal(err)
		}
		for _, check := range checks {
			if check.Status == "FAILURE" || check.Status == "WARNING" {
				fmt.Fprintf(&b, "%s: %s %s: %s\n", filepath.Base(filepath.Dir(file)), check.ID, check.Status, check.ErrorMessage)
			}
		}
	}
	return b.String()
}
