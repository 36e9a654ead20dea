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
			if !ok || !slices.Contains([]string{"GET", "POST", "PATCH", "PUT", "DELETE"}, method) || !strings.HasPrefix(path, "/") {
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

// take reads a field.
func (o *Operation) take(line string) error {
	field, value, _ := strings.Cut(strings.TrimSpace(line), " ")
	value = strings.TrimSpace(value)
	if value == "" {
		return fmt.Errorf("the field %q is empty", field)
	}
	one := map[string]*string{"does": &o.Does, "path": &o.Example, "body": &o.Body, "delegated": &o.Delegated, "application": &o.Application, "returns": &o.Returns, "version": &o.Version}
	several := map[string]*[]string{"ask": &o.Asks, "de": &o.German, "fr": &o.French}
	whole := map[string]*[]string{"also": &o.Also, "note": &o.Notes}
	options := map[string]*[]Option{"query": &o.Query, "header": &o.Headers}
	switch {
	case one[field] != nil:
		if *one[field] != "" {
			return fmt.Errorf("the field %q stands twice", field)
		}
		*one[field] = value
	case whole[field] != nil:
		*whole[field] = append(*whole[field], value)
	case several[field] != nil:
		for phrase := range strings.SplitSeq(value, ";") {
			if phrase = strings.TrimSpace(phrase); phrase != "" {
				*several[field] = append(*several[field], phrase)
			}
		}
	case options[field] != nil:
		name, value, ok := strings.Cut(value, " ")
		if !ok {
			return fmt.Errorf("the %s %q has no value", field, name)
		}
		*options[field] = append(*options[field], Option{Name: name, Value: strings.TrimSpace(value)})
	default:
		return fmt.Errorf("there is no field %q", field)
	}
	return nil
}
