package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var namedTest = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`")

// TestSecurityNamesTestsThatExist reads the threat model: each row of its tables names the tests that hold it, room by room, and
// each of them has to exist there, so that a test that goes takes its promise along.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	known, found := map[string]map[string]bool{}, 0
	for line := range strings.Lines(string(document)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.Contains(cells[len(cells)-1], "held by") || strings.Contains(cells[len(cells)-1], "fuzzed by") {
			if namedTest.MatchString(line) {
				t.Errorf("a test that is named in no table: %s", line)
			}
			continue
		}
		for part := range strings.SplitSeq(cells[len(cells)-1], ";") {
			room, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			names := namedTest.FindAllStringSubmatch(part, -1)
			if len(names) == 0 {
				t.Errorf("%s names no test in %q", cells[0], part)
			}
			if known[room] == nil {
				known[room] = testsBelow(t, room)
			}
			for _, name := range names {
				if found++; !known[room][name[1]] {
					t.Errorf("%s: %s has no %s", strings.TrimSpace(cells[0]), room, name[1])
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d tests are named", found)
	}
}

// testsBelow returns the names of the tests and fuzz targets of a room, and of the packages below it.
func testsBelow(t *testing.T, room string) map[string]bool {
	t.Helper()
	top := room
	switch room {
	case "internal":
		top = "."
	case "packaging", "configs/check":
		top = filepath.Join("..", filepath.FromSlash(room))
	}
	names := map[string]bool{}
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || room == "internal" && path != top):
			return fs.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Recv == nil {
				names[f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("the room %q: %v", room, err)
	}
	return names
}
