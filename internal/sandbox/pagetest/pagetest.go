// Package pagetest reads pages as a browser does, for the tests of whoever makes some. It imports nothing of ours, so
// that the parts of the sandbox can use it, too.
package pagetest

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Nodes returns a page as a browser reads it, one node a line. What is said in it is replaced.
func Nodes(t *testing.T, page interface{ Render(io.Writer) error }, said string) []string {
	t.Helper()
	var text strings.Builder
	if err := page.Render(&text); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	calm := func(s string) string {
		if said == "" {
			return s
		}
		return strings.ReplaceAll(s, strings.ReplaceAll(said, "\x00", "\ufffd"), "calm")
	}
	var lines []string
	for n := range root.Descendants() {
		line := fmt.Sprint(n.Type, " ", calm(n.Data))
		for _, a := range n.Attr {
			line += fmt.Sprintf(" %s=%q", a.Key, calm(a.Val))
		}
		lines = append(lines, line)
	}
	return lines
}
