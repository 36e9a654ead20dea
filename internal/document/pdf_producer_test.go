package document

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// printed makes a PDF with a program, or skips the test where it is missing.
func printed(t *testing.T, dir, name string, command ...string) []byte {
	t.Helper()
	program, err := exec.LookPath(command[0])
	if err != nil {
		t.Skipf("SKIPPED: there is no %s in PATH", command[0])
	}
	if out, err := exec.CommandContext(t.Context(), program, command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command[0], err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const columnsHTML = `<body style="font:12pt serif"><h1>Annual report</h1><div style="column-count:2;text-align:justify;hyphens:auto" lang=en>
<p>The first column begins here and goes on for quite some time with documentation of everything that happened during the year, including the extraordinary developments in administration, infrastructure and international communication.</p>
<p>The last paragraph of the columns tells what will be done next year, namely the establishment of a representative council — “naïve façade” — and the reconstruction of the library in Łódź.</p></div>
<p>What the year has cost is in the table that follows, and it is a little more than the year before had cost the society.</p><table border=1 cellpadding=12><tr><td>Rent<td>1,200.00<tr><td>Wages<td>900.00</table>`

func TestPDFOfChromium(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.html"), []byte("<!doctype html><meta charset=utf-8>"+columnsHTML), 0o600); err != nil {
		t.Fatal(err)
	}
	data := printed(t, dir, "a.pdf", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--no-pdf-header-footer", "--print-to-pdf="+filepath.Join(dir, "a.pdf"), "file://"+filepath.ToSlash(filepath.Join(dir, "a.html")))
	got, last := body(t, File{Data: data}).Body, -1
	for _, want := range []string{
		"### Annual report\n\n",
		"The first column begins here and goes on for quite some time with documentation of everything that happened during the year, including the extraordinary developments in administration, infrastructure and international communication.\n",
		"The last paragraph of the columns tells what will be done next year, namely the establishment of a representative council — “naïve façade” — and the reconstruction of the library in Łódź.\n",
		"Rent | 1,200.00\nWages | 900.00",
	} {
		at := strings.Index(got, want)
		if at <= last {
			t.Errorf("got %q, want in this place %q", got, want)
		}
		last = at
	}
}

// A PDF that LibreOffice encrypts against changes, as it opens without a password, reads like any other.
func TestPDFOfLibreOffice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := printed(t, dir, "report.pdf", "soffice", "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile", "--headless", "--convert-to",
		`pdf:writer_pdf_Export:{"RestrictPermissions":{"type":"boolean","value":"true"},"PermissionPassword":{"type":"string","value":"x"}}`,
		"--outdir", dir, filepath.Join("testdata", "report.fodt"))
	if !strings.Contains(string(data), "/Encrypt") {
		t.Fatal("the PDF is not encrypted")
	}
	got := body(t, File{Data: data}).Body
	for _, want := range []string{"Revenue grew by 12 % in 日本 and Ελλάδα; see the full report.", "1. Plan\na) Budget\n", "- quality\n- tests\n", "Region | Sales", "1 Adjusted for currency."} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want in it %q", got, want)
		}
	}
}
