package internal_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"testing"
)

// twins are functions that several rooms have, since neither may import the other and a room of helpers would be
// everybody's. What is corrected in one of them is corrected in the others.
var twins = []struct {
	files []string
	names []string
}{
	{[]string{"graph/transport.go", "aisearch/retry.go"}, []string{"fits", "sleep", "parseRetryAfter", "isCertificateError"}},
	{[]string{"graph/error_elsewhere.go", "prompts/fill.go", "client/server.go"}, []string{"late"}},
	{[]string{"schema/nearest.go", "profile/suggest.go"}, []string{"distance"}},
	{[]string{"secret/file.go", "rewrite/explain.go"}, []string{"bare"}},
}

func TestTwinsAreTheSame(t *testing.T) {
	t.Parallel()
	for _, twin := range twins {
		first := functions(t, twin.files[0])
		for _, path := range twin.files[1:] {
			other := functions(t, path)
			for _, name := range twin.names {
				if first[name] == "" || first[name] != other[name] {
					t.Errorf("%s: %s has\n%s\nand %s\n%s", name, path, other[name], twin.files[0], first[name])
				}
			}
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
