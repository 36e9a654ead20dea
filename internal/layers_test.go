package internal_test

import (
	"cmp"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sapientsai/microsoft-mcp-server/internal/"

// below lists, for each room, the rooms that it may import. Tests may use the sandbox, too. What is below a room belongs
// to it, unless it is a room of its own here.
var below = map[string][]string{
	"cli":          {"mcp", "door", "tools", "policy", "audit", "graph", "entra", "aisearch", "secret", "profile", "folder", "client", "doctor", "state", "oauth", "telemetry", "recent", "catalog", "schema", "terminal", "ui", "registration", "sandbox"},
	"mcp":          {"door", "tools", "prompts", "recent"},
	"door":         {"tools", "recent"}, // of the tools, the type of a person alone
	"prompts":      {},
	"tools":        {"tools/compact", "graph", "document", "catalog", "schema"},
	"catalog":      {"schema"},
	"schema":       {},
	"policy":       {"graph"},
	"audit":        {"policy"},
	"graph":        {},
	"document":     {"document/mail", "document/office", "document/html", "document/pdf", "document/plain", "document/compound", "document/reading"},
	"aisearch":     {},
	"entra":        {"secret", "recent", "look"},
	"secret":       {"turn"},
	"state":        {},
	"recent":       {},
	"oauth":        {"secret", "recent", "look"},
	"ui":           {"look"},
	"look":         {},
	"telemetry":    {},
	"folder":       {},
	"profile":      {"rewrite"},
	"client":       {"rewrite"},
	"doctor":       {},
	"rewrite":      {"turn"},
	"turn":         {},
	"terminal":     {},
	"registration": {},
	"sandbox":      {},
	"e2e":          {},
	"bench":        {},

	"tools/compact": {"document"},

	"document/mail":     {"document/office", "document/html", "document/compound", "document/charset", "document/reading"},
	"document/office":   {"document/charset", "document/reading"},
	"document/html":     {"document/charset", "document/reading"},
	"document/pdf":      {"document/reading"},
	"document/plain":    {"document/charset", "document/reading"},
	"document/compound": {},
	"document/charset":  {},
	"document/reading":  {},
}

// doors lists the rooms by which a third-party module may come in.
var doors = map[string][]string{
	"github.com/mark3labs/mcp-go": {"mcp", "bench"}, // bench builds a minimal server to compare with
	"github.com/AzureAD/":         {"entra"},
	"github.com/zalando/":         {"secret"},
	"github.com/godbus/":          {"secret"},
	"github.com/BurntSushi/":      {"profile", "client"},
	"github.com/spf13/":           {"cli"},
	"github.com/golang-jwt/":      {"oauth", "sandbox"},
	"github.com/zitadel/":         {"oauth"},
	"github.com/redis/":           {"state"},
	"github.com/google/uuid":      {"graph", "aisearch", "door"},
	"github.com/pkg/browser":      {"cli"},
	"github.com/gofrs/flock":      {"turn", "audit"},
	"github.com/youmark/pkcs8":    {"entra"},
	"software.sslmate.com/":       {"entra"},
	"github.com/chromedp/":        {"sandbox"},                                 // sandboxtest alone
	"maragu.dev/":                 {"look", "entra", "oauth", "ui", "sandbox"}, // the pages that people see
	"golang.org/x/term":           {"cli", "terminal"},
	"github.com/rivo/":            {"terminal"},
	"golang.org/x/time":           {"door"},
	"golang.org/x/sys":            {"secret", "terminal", "bench"},
	"github.com/tiktoken-go/":     {"bench"}, // tokens are counted, not made
	"golang.org/x/text":           {"document/charset", "document/office", "document/pdf"},
	"golang.org/x/net":            {"document/html", "sandbox"}, // its HTML tokenizer alone; pagetest its parser
}

func TestRoomsImportOneWay(t *testing.T) {
	t.Parallel()
	checked := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || filepath.Dir(path) == "." {
			return err
		}
		checked++
		return checkFile(t, filepath.ToSlash(path))
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 20 {
		t.Errorf("only %d files were read: the test looks in the wrong place", checked)
	}
}

// TestNoTemplates keeps html/template and text/template out of what is linked. They call methods by names that nobody
// knows beforehand, so that the linker has to keep every exported method of every type in the program: 9 MB and 2 MiB of
// memory, most of it of the Redis client. Pages are made with gomponents instead (which imports html/template for its
// escaping alone, without harm). That no module does the same is checked by scripts/test, on the linked program.
func TestNoTemplates(t *testing.T) {
	t.Parallel()
	checked := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return cmp.Or(err, fs.SkipDir)
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		checked++
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			if strings.HasSuffix(spec.Path.Value, `/template"`) {
				t.Errorf("%s imports %s: every method of every type would be linked; use gomponents, or strings.Replacer", path, spec.Path.Value)
			}
		}
		return nil
	})
	if err != nil || checked < 100 {
		t.Errorf("%d files were read, %v", checked, err)
	}
}

func checkFile(t *testing.T, path string) error {
	t.Helper()
	room := roomOf(filepath.ToSlash(filepath.Dir(path)))
	allowed, known := below[room]
	if !known {
		t.Errorf("%s: the room %q is not on the map (internal/doc.go)", path, room)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	isTest := strings.HasSuffix(path, "_test.go")
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if rest, ours := strings.CutPrefix(name, module); ours {
			target := roomOf(rest)
			if target != room && !slices.Contains(allowed, target) && !(isTest || room == "bench" || room == "e2e") {
				t.Errorf("%s imports %s: %s may import only %v", path, rest, room, allowed)
			}
			continue
		}
		if name == "testing" && !isTest && !strings.HasSuffix(filepath.ToSlash(filepath.Dir(path)), "test") {
			t.Errorf("%s imports testing outside of a test", path)
		}
		for prefix, rooms := range doors {
			if strings.HasPrefix(name, prefix) && !slices.Contains(rooms, room) && !isTest {
				t.Errorf("%s imports %s, which comes in by %v alone", path, name, rooms)
			}
		}
		if strings.Contains(name, ".") && !isTest && !hasDoor(name) {
			t.Errorf("%s imports %s, for which no door is named", path, name)
		}
	}
	return nil
}

// roomOf returns the room that a folder belongs to: itself, or the nearest above it that is on the map.
func roomOf(folder string) string {
	top, _, _ := strings.Cut(folder, "/")
	for folder != top {
		if _, known := below[folder]; known {
			return folder
		}
		folder = folder[:strings.LastIndexByte(folder, '/')]
	}
	return top
}

func hasDoor(name string) bool {
	for prefix := range doors {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
