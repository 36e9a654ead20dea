package policy

import (
	"errors"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// maxExpand bounds the nesting of $expand; Graph itself allows little more than one level.
const maxExpand = 8

var errExpand = errors.New("the $expand cannot be read: write it as property or property($select=…), separated by commas")

// expandPaths returns the paths that an $expand takes along, nested ones included: "a($expand=b),c" gives a,
// a/{id}/b and c. OData 4.01 part 2, section 5.1.3.
func expandPaths(text string) ([]graph.Reading, error) {
	return expandInto(nil, nil, text, 0)
}

func expandInto(all []graph.Reading, base graph.Reading, text string, depth int) ([]graph.Reading, error) {
	if depth > maxExpand {
		return nil, errExpand
	}
	items, err := splitTop(text, ',')
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		name, options, _ := strings.Cut(item, "(")
		path := append(base[:len(base):len(base)], expandName(name)...)
		all = append(all, path)
		if options == "" {
			continue
		}
		parts, err := splitTop(strings.TrimSuffix(strings.TrimSpace(options), ")"), ';')
		if err != nil {
			return nil, err
		}
		for _, option := range parts {
			key, nested, _ := strings.Cut(option, "=")
			if !strings.EqualFold(strings.TrimPrefix(strings.TrimSpace(key), "$"), "expand") {
				continue
			}
			if all, err = expandInto(all, path, nested, depth+1); err != nil {
				return nil, err
			}
			if all, err = expandInto(all, append(path[:len(path):len(path)], Any), nested, depth+1); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// expandName reads "microsoft.graph.user/manager" and "*".
func expandName(name string) graph.Reading {
	var path graph.Reading
	for _, segment := range strings.Split(strings.TrimSpace(name), "/") {
		switch segment = strings.TrimSpace(segment); segment {
		case "":
		case "*":
			path = append(path, Any)
		default:
			path = append(path, graph.ReadingsOf(segment)[0]...)
		}
	}
	return path
}

// splitTop splits at a separator outside of parentheses and quotes.
func splitTop(text string, separator byte) ([]string, error) {
	var parts []string
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == separator && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
		if depth < 0 {
			return nil, errExpand
		}
	}
	if depth != 0 || quoted {
		return nil, errExpand
	}
	if strings.TrimSpace(text[start:]) != "" {
		parts = append(parts, text[start:])
	}
	return parts, nil
}
