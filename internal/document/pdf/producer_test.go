package pdf

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
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

// printedHTML makes a PDF of a page with Chromium.
func printedHTML(t *testing.T, source string) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.html"), []byte("<!doctype html><meta charset=utf-8>"+source), 0o600); err != nil {
		t.Fatal(err)
	}
	return printed(t, dir, "a.pdf", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--no-pdf-header-footer", "--print-to-pdf="+filepath.Join(dir, "a.pdf"), "file://"+filepath.ToSlash(filepath.Join(dir, "a.html")))
}

func TestPDFOfChromium(t *testing.T) {
	t.Parallel()
	got, last := body(t, reading.File{Data: printedHTML(t, columnsHTML)}).Body, -1
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

const tablesHTML = `<body style="font:12pt sans-serif">
<p>Of 10<sup>6</sup> people on 5 m<sup>2</sup>, 6.02·10<sup>23</sup> and 10<sup>-3</sup> drink H<sub>2</sub>O.<sup>4</sup> They have a <b>state-of-the-art</b> <i>well</i>.</p>
<table><tr><th>Item<th>Qty<th>Price<th>Total<tr><td>Widget<td>1<td>20<td>20<tr><td>Gadget<td><td>30<td>90</table>
<p>A table with borders, and numbers at the right:</p>
<table border=1 style="border-collapse:collapse"><tr><th>Region<th>Change in the year of the report<th>Sum
<tr><td>North<td align=right>1,200.50<td align=right>-300.25<tr><td>South<td align=right>5.00<td align=right>12,000.00<tr><td>East<td><td align=right>7.00<tr><td>West<td align=right>8.00<td></table>
<p>Cells of several lines:</p>
<table border=1 width=300><tr><th>Name<th>Description<th>Value<tr><td>First<td>A long description that is broken over some lines of the cell<td align=right>1,200.50
<tr><td>Second thing that is long<td>Short<td align=right>-300.25<tr><td>Third<td>A middling description here<td></table>
<p>Heads above two columns each:</p>
<table cellpadding=6><tr><th rowspan=2>Region<th colspan=2>2024<th colspan=2>2025<tr><th>Q1<th>Q2<th>Q1<th>Q2<tr><td>North<td>1<td>2<td>3<td>4<tr><td>South<td>5<td>6<td><td>8</table>
<p>One two <b>three</b>, and <a href=x>no table</a> at <i>all</i>.</p><ol><li>first<li>second</ol>
<table><tr><td align=right>1<td>Apple<td>red<tr><td align=right>20<td>Pear<td>green<tr><td align=right>300<td>Plum tree<td>blue</table>
<p dir=rtl>שלום (עולם) 1,234.56 ועם abc def סוף</p><p>The word שלום עולם is Hebrew (like תודה), 12 letters.</p>
<table dir=rtl border=1><tr><th>שם<th>מחיר<th>כמות<tr><td>תפוח<td>12.50<td>3<tr><td>אגס<td><td>4</table>`

const tablesText = `Of 10^6 people on 5 m^2, 6.02·10^(23) and 10^(-3) drink H2O.^4 They have a state-of-the-art well.

Item | Qty | Price | Total
Widget | 1 | 20 | 20
Gadget | | 30 | 90

A table with borders, and numbers at the right:

Region | Change in the year of the report | Sum
North | 1,200.50 | -300.25
South | 5.00 | 12,000.00
East | | 7.00
West | 8.00 |

Cells of several lines:

Name | Description | Value
First | A long description that is broken over some lines of the cell | 1,200.50
Second thing that is long | Short | -300.25
Third | A middling description here |

Heads above two columns each:

| 2024 | | 2025 |
Region | | | |
| Q1 | Q2 | Q1 | Q2
North | 1 | 2 | 3 | 4
South | 5 | 6 | | 8

One two three, and no table at all.

1. first
2. second

1 | Apple | red
20 | Pear | green
300 | Plum tree | blue

שלום (עולם) 1,234.56 ועם abc def סוף

The word שלום עולם is Hebrew (like תודה), 12 letters.

שם | מחיר | כמות
תפוח | 12.50 | 3
אגס | | 4`

// A value stands under its own head, whatever the other cells of its row hold.
func TestPDFTablesOfChromium(t *testing.T) {
	t.Parallel()
	got := body(t, reading.File{Data: printedHTML(t, tablesHTML)}).Body
	got = strings.NewReplacer("## Page 1\n\n", "", "\n\n## Page 2", "").Replace(got)
	if diff := cmp.Diff(tablesText, got); diff != "" {
		t.Error(diff)
	}
}

// LibreOffice sets the same page in another way.
func TestPDFTablesOfLibreOffice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.html"), []byte("<!doctype html><meta charset=utf-8>"+tablesHTML), 0o600); err != nil {
		t.Fatal(err)
	}
	data := printed(t, dir, "a.pdf", "soffice", "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile", "--headless",
		"--infilter=HTML (StarWriter)", "--convert-to", "pdf:writer_web_pdf_Export", "--outdir", dir, filepath.Join(dir, "a.html"))
	got := body(t, reading.File{Data: data}).Body
	for want := range strings.SplitSeq(tablesText, "\n\n") {
		if strings.Contains(want, " | ") && !strings.Contains(got, want) {
			t.Errorf("got %q, want in it %q", got, want)
		}
	}
}

// A PDF that LibreOffice encrypts against changes, as it opens without a password, reads like any other.
func TestPDFOfLibreOffice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := printed(t, dir, "report.pdf", "soffice", "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile", "--headless", "--convert-to",
		`pdf:writer_pdf_Export:{"RestrictPermissions":{"type":"boolean","value":"true"},"PermissionPassword":{"type":"string","value":"x"}}`,
		"--outdir", dir, filepath.Join("..", "testdata", "report.fodt"))
	if !strings.Contains(string(data), "/Encrypt") {
		t.Fatal("the PDF is not encrypted")
	}
	got := body(t, reading.File{Data: data}).Body
	for _, want := range []string{"Revenue grew by 12 %^1 in 日本 and Ελλάδα; see the full report.", "1. Plan\na) Budget\n", "- quality\n- tests\n", "Region | Sales a|b |\nNorth | 1,200 | two\n| | lines\n| 900 | up\n", "1 Adjusted for currency."} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want in it %q", got, want)
		}
	}
}
