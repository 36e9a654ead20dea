package catalog

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed types.txt
var typesText string

// typeProperties are those of types.txt, by the type's name in lower case.
var typeProperties = sync.OnceValue(func() map[string][]string {
	known := map[string][]string{}
	name := ""
	for line := range strings.Lines(typesText) {
		rest, isType := line, false
		if head, after, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, " ") {
			name, rest, isType = strings.ToLower(head), after, true
		}
		if name != "" && (isType || strings.HasPrefix(line, " ")) {
			known[name] = append(known[name], strings.Fields(rest)...)
		}
	}
	return known
})

// Properties returns the properties of a type, those that matter first; nil where the type is none of those used most. The
// name may have its namespace or not, in any case.
func (c *Catalog) Properties(name string) []string {
	return typeProperties()[strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])]
}
