package policy

import (
	"errors"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// The bounds of an $expand: its nesting, and the paths it comes to. Graph itself allows little more than one level.
const (
	maxExpand   = 4
	maxExpanded = 256
	maxJudged   = 1024 // in all readings of the path
)

var (
	errExpand     = errors.New("the $expand cannot be read: write it as property or property($select=…), separated by commas")
	errExpandMany = errors.New("the $expand comes to too many paths: expand fewer properties at once, and leave qualified names out of the path")
)

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
		nested, err := nestedExpand(options)
		if err != nil {
			return nil, err
		}
		readings, err := expandName(name)
		if err != nil {
			return nil, err
		}
		for _, reading := range readings {
			path := slices.Concat(base, reading)
			if all, err = expandBelow(append(all, path), path, nested, depth+1); err != nil {
				return nil, err
			}
		}
	}
	if len(all) > maxExpanded {
		return nil, errExpand
	}
	return all, nil
}

// expandBelow adds what is nested in a path, be it one thing or a collection.
func expandBelow(all []graph.Reading, path graph.Reading, nested []string, depth int) ([]graph.Reading, error) {
	var err error
	for _, inner := range nested {
		for _, base := range []graph.Reading{path, slices.Concat(path, graph.Reading{anyKey})} {
			if all, err = expandInto(all, base, inner, depth); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// nestedExpand returns the values of $expand among an item's options.
func nestedExpand(options string) ([]string, error) {
	if options == "" {
		return nil, nil
	}
	parts, err := splitTop(strings.TrimSuffix(strings.TrimSpace(options), ")"), ';')
	if err != nil {
		return nil, err
	}
	var nested []string
	for _, part := range parts {
		key, value, _ := strings.Cut(part, "=")
		if strings.EqualFold(strings.TrimPrefix(strings.TrimSpace(key), "$"), "expand") {
			nested = append(nested, value)
		}
	}
	return nested, nil
}

// expandName returns the readings of "microsoft.graph.user/manager" and "*".
func expandName(name string) ([]graph.Reading, error) {
	var segments []string
	for segment := range strings.SplitSeq(name, "/") {
		if segment = strings.TrimSpace(segment); segment == "*" {
			segment = anyKey
		}
		if segment != "" {
			segments = append(segments, segment)
		}
	}
	readings := graph.Readings(segments...)
	if len(segments) > 0 && len(readings[0]) == 0 { // they are too many
		return nil, errExpandMany
	}
	return readings, nil
}

// splitTop splits at a separator outside of parentheses and quotes.
func splitTop(text string, separator byte) ([]string, error) {
	var parts []string
	var quote byte // the one that is open
	depth, start := 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
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
	if depth != 0 || quote != 0 {
		return nil, errExpand
	}
	if strings.TrimSpace(text[start:]) != "" {
		parts = append(parts, text[start:])
	}
	return parts, nil
}
