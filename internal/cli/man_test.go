package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every command that the help shows has a page, which formatters find no fault with, and which two builds have the same.
func TestManPages(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.env["SOURCE_DATE_EPOCH"] = "1790000000"
	dir := filepath.Join(m.dir, "new", "man1")
	if code, out, errs := m.run(t, "", "man", dir); code != 0 || !strings.Contains(out, "man pages into") {
		t.Fatalf("got code %d, %s%s", code, out, errs)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 25 {
		t.Errorf("%d pages, %v", len(pages), err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "microsoft-mcp-server-policy-test.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`.TH "MICROSOFT\-MCP\-SERVER\-POLICY\-TEST" "1" "2026-09-21" "microsoft\-mcp\-server `,
		"\n.SH \"NAME\"\nmicrosoft\\-mcp\\-server\\-policy\\-test \\- Show whether a profile may make a call",
		"\n.TP\n\\fB\\-\\-body\\fR \\fIstring\\fR\nfile with the request\\(aqs body",
		"microsoft\\-mcp\\-server policy test GET \\(aq/groups/1?$expand=members\\(aq\n",
		"\\fBmicrosoft\\-mcp\\-server\\-policy\\fR(1)\n",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "microsoft-mcp-server-man.1")); err == nil {
		t.Error("a hidden command has a page")
	}
	if lint, err := exec.LookPath("mandoc"); err == nil {
		if out, err := exec.Command(lint, append([]string{"-T", "lint", "-W", "warning"}, pages...)...).CombinedOutput(); err != nil {
			t.Errorf("mandoc: %v\n%s", err, out)
		}
	}
}

func TestManNeedsAFolder(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.wants(t, 2, "man takes the folder", "man")
	file := filepath.Join(m.dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m.wants(t, 1, "making the folder", "man", file)
}
