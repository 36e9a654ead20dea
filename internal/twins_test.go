package internal_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"testing"
)

// twins are what graph and aisearch both have, for aisearch stands beside graph and imports no room. What is
// corrected in one of them is corrected in the other.
var twins = []string{"fits", "sleep", "parseRetryAfter", "isCertificateError"}

func TestTwinsAreTheSame(t *testing.T) {
	t.Parallel()
	one, other := functions(t, "graph/transport.go"), functions(t, "aisearch/retry.go")
	for _, name := range twins {
		if one[name] == "" || one[name] != other[name] {
			t.Errorf("%s: aisearch/retry.go has\n%s\nand graph/transport.go\n%s", name, other[name], one[name])
		}
	}
}

// functions returns the functions of a file, without their comments.
func functions(t *testing.T, path string) map[string]string {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			var text bytes.Buffer
			if err := printer.Fprint(&text, files, f); err != nil {
				t.Fatal(err)
			}
			all[f.Name.Name] = text.String()
		}
	}
	return all
}
