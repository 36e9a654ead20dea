package tools

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// maxFileName is, in bytes, what the usual file systems allow.
const maxFileName = 255

// safeName makes a file's name of what somebody else called it, which may be anything: one element of a path, the
// same on all systems, and showing as what it is. It returns "" where nothing is left.
func safeName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		// Direction marks can make "gpj.exe" read as "exe.jpg" (Cf); line separators break a line of a log.
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return -1
		case unicode.IsSpace(r):
			return ' '
		case strings.ContainsRune(`<>:"|?*`, r): // forbidden on Windows; "a.txt:b" is a stream of a.txt there
			return '_'
		}
		return r
	}, name)
	// Leading dots hide a file; trailing dots and blanks are lost on Windows.
	name = trimName(name)
	if isReserved(name) {
		name = "_" + name
	}
	return shorten(name)
}

func trimName(name string) string {
	return strings.TrimRight(strings.TrimLeft(name, ". "), ". ")
}

// isReserved tells whether Windows takes a name for a device, whatever extension it has:
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
func isReserved(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	if slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}, stem) {
		return true
	}
	number, numbered := strings.CutPrefix(stem, "COM")
	if !numbered {
		number, numbered = strings.CutPrefix(stem, "LPT")
	}
	return numbered && utf8.RuneCountInString(number) == 1 && strings.Contains("0123456789¹²³", number)
}

// shorten cuts a name that is too long, and keeps its extension.
func shorten(name string) string {
	if len(name) <= maxFileName {
		return name
	}
	stem, extension := cutExtension(name)
	return trimName(compact.Clip(stem, maxFileName-len(extension))) + extension
}

// cutExtension splits "plan.docx" into plan and .docx. What is longer than any extension is none.
func cutExtension(name string) (stem, extension string) {
	const longest = 32
	i := strings.LastIndexByte(name, '.')
	if i <= 0 || len(name)-i > longest {
		return name, ""
	}
	return name[:i], name[i:]
}

// nameIn returns the name of a file in a path of Graph: the last element that somebody chose, which a path by
// names has and one by IDs has not.
func nameIn(path string) string {
	a := readAddress(path)
	if !a.byPath {
		return ""
	}
	name, err := url.PathUnescape(a.name)
	if err != nil {
		return a.name
	}
	return name
}
