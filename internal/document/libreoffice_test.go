package document

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What LibreOffice makes of our sources reads as the golden files say. The sources are in LibreOffice's flat format,
// and the files it writes are never kept.
func TestLibreOfficeFiles(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI=true and there is no soffice in PATH")
		}
		t.Skip("SKIPPED: there is no soffice in PATH")
	}
	dir := t.TempDir()
	for _, row := range []struct{ source, format string }{
		{"report.fodt", "docx"}, {"report.fodt", "rtf"}, {"report.fodt", "odt"},
		{"budget.fods", "xlsx"}, {"budget.fods", "ods"}, {"budget.fods", "csv"},
		{"talk.fodp", "pptx"}, {"talk.fodp", "odp"},
		{"report.fodt", "doc"}, {"budget.fods", "xls"}, {"talk.fodp", "ppt"},
	} {
		cmd := exec.CommandContext(t.Context(), program, "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile",
			"--headless", "--convert-to", row.format, "--outdir", dir, filepath.Join("testdata", row.source))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("converting %s to %s: %v\n%s", row.source, row.format, err, out)
		}
		name := strings.TrimSuffix(row.source, filepath.Ext(row.source)) + "." + row.format
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, name, data)
	}
}

// compare reads a file without its name to help, and compares the text, or the refusal, with the golden file.
func compare(t *testing.T, name string, data []byte) {
	t.Helper()
	hint := ""
	if strings.HasSuffix(name, ".csv") {
		hint = name
	}
	got := ""
	if text, err := Extract(t.Context(), File{Name: hint, Data: data}); err != nil {
		got = "error: " + err.Error() + "\n"
	} else {
		got = text.Body + "\n"
		for _, note := range text.Notes {
			got += "\nnote: " + note
		}
	}
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s reads otherwise (run with -update if that is meant):\n%s", name, diff)
	}
}
