package tools

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafeName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"plan.docx": "plan.docx", "Grüße 2026.pdf": "Grüße 2026.pdf", "日本.txt": "日本.txt",
		"../../etc/passwd": "passwd", `..\..\boot.ini`: "boot.ini", "C:\\x\\y.txt": "y.txt", "a:b.txt": "a_b.txt",
		"..": "", ".": "", "": "", "...": "", "/": "", "a/": "",
		".bashrc": "bashrc", "x.txt...": "x.txt", "x.txt  ": "x.txt", "  x": "x", "x. .": "x",
		"a\x00b\nc\td": "abcd", "a\u202egpj.exe": "agpj.exe", "a\u200bb": "ab", "a\u2028b": "ab", "a\u00a0b": "a b",
		"a\xffb": "ab", `a"<>|?*b`: "a______b",
		"CON": "_CON", "con.txt": "_con.txt", "Nul .tar.gz": "_Nul .tar.gz", "COM1": "_COM1", "lpt9.x": "_lpt9.x", "COM¹": "_COM¹",
		"CONIN$": "_CONIN$", "COM10": "COM10", "CONTRACT.pdf": "CONTRACT.pdf", "COM": "COM",
		strings.Repeat("é", 200) + ".docx": strings.Repeat("é", 125) + ".docx",
		strings.Repeat("x", 300):           strings.Repeat("x", 255),
		"x." + strings.Repeat("y", 300):    "x." + strings.Repeat("y", 253),
	} {
		if got := safeName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// Whatever comes in, what comes out is one element of a path on every system, and stays itself.
func FuzzSafeName(f *testing.F) {
	for _, name := range []string{"plan.docx", "../x", `..\x`, "CON.txt", ".. . .", "a\u202eb", strings.Repeat("é.", 300), "_", "C:x", "x" + strings.Repeat(" ", 300) + ".a"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := safeName(name)
		if got == "" {
			return
		}
		if len(got) > maxFileName || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\:\x00\n") || !filepath.IsLocal(got) || isReserved(got) ||
			strings.Trim(got, ". ") != strings.TrimSuffix(got, "") || safeName(got) != got {
			t.Errorf("%q became %q, and that %q", name, got, safeName(got))
		}
	})
}
