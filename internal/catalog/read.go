package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// area is a file of areas/.
type area struct {
	name, title string
	operations  []Operation
}

// readArea reads a file of areas/. Its form is described at the head of the package.
func readArea(name, text string) (area, error) {
	a := area{name: name}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, " \r\n")
		switch {
		case line == "":
		case line[0] == '#':
			if a.title == "" {
				a.title = strings.TrimSpace(line[1:])
			}
		case line[0] != ' ':
			method, path, ok := strings.Cut(line, " ")
			if !ok || !isMethod(method) || !strings.HasPrefix(path, "/") {
				return area{}, fmt.Errorf("%s:%d: %q is no method and path", name, number, line)
			}
			a.operations = append(a.operations, Operation{Area: name, Method: method, Path: path})
		case len(a.operations) == 0:
			return area{}, fmt.Errorf("%s:%d: a field before the first operation", name, number)
		default:
			if err := a.operations[len(a.operations)-1].take(line); err != nil {
				return area{}, fmt.Errorf("%s:%d: %w", name, number, err)
			}
		}
	}
	return a, nil
}

func isMethod(text string) bool {
	return slices.Contains([]string{"GET", "POST", "PATCH", "PUT", "DELETE"}, text)
}

// take reads a field.
func (o *Operation) take(line string) error {
	field, value, _ := strings.Cut(strings.TrimSpace(line), " ")
	value = strings.TrimSpace(value)
	if value == "" {
		return fmt.Errorf("the field %q is empty", field)
	}
	switch field {
	case "does":
		return once(field, &o.Does, value)
	case "path":
		return once(field, &o.Example, value)
	case "body":
		return once(field, &o.Body, value)
	case "delegated":
		return once(field, &o.Delegated, value)
	case "application":
		return once(field, &o.Application, value)
	case "returns":
		return once(field, &o.Returns, value)
	case "version":
		return once(field, &o.Version, value)
	case "also":
		o.Also = append(o.Also, value)
	case "note":
		o.Notes = append(o.Notes, value)
	case "ask":
		o.Asks = phrasesOf(o.Asks, value)
	case "de":
		o.German = phrasesOf(o.German, value)
	case "fr":
		o.French = phrasesOf(o.French, value)
	case "query":
		return option(field, &o.Query, value)
	case "header":
		return option(field, &o.Headers, value)
	default:
		return fmt.Errorf("there is no field %q", field)
	}
	return nil
}

// once sets a field that may stand once.
func once(field string, to *string, value string) error {
	if *to != "" {
		return fmt.Errorf("the field %q stands twice", field)
	}
	*to = value
	return nil
}

// phrasesOf adds the phrases of a line.
func phrasesOf(to []string, line string) []string {
	to = slices.Grow(to, strings.Count(line, ";")+1)
	for phrase := range strings.SplitSeq(line, ";") {
		if phrase = strings.TrimSpace(phrase); phrase != "" {
			to = append(to, phrase)
		}
	}
	return to
}

func option(field string, to *[]Option, line string) error {
	name, value, ok := strings.Cut(line, " ")
	if !ok {
		return fmt.Errorf("the %s %q has no value", field, name)
	}
	*to = append(*to, Option{Name: name, Value: strings.TrimSpace(value)})
	return nil
}
