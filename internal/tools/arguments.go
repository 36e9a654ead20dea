package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// ArgumentError says which argument does not fit, what was expected, and what to write instead.
type ArgumentError struct {
	Parameter string
	Problem   string
	Remedy    string
}

// Error names the parameter and the problem.
func (e *ArgumentError) Error() string {
	return fmt.Sprintf("parameter %q: %s", e.Parameter, e.Problem)
}

// Hint says what to write instead.
func (e *ArgumentError) Hint() string { return e.Remedy }

// Arguments checks what a client sent against a tool's parameters and brings it into their types. Clients and
// models write numbers and booleans as strings and objects as JSON text; what is meant beyond doubt is taken.
// The result is an object with the values that were given, and the defaults of the others.
func Arguments(parameters []Parameter, sent json.RawMessage) (json.RawMessage, error) {
	given, err := argumentObject(sent)
	if err != nil {
		return nil, err
	}
	if err := checkNames(parameters, given); err != nil {
		return nil, err
	}
	out := make(fitted, 0, len(parameters))
	for _, p := range parameters {
		value, ok := given[p.Name]
		if !ok || isBlank(value, p) {
			if p.Required {
				return nil, &ArgumentError{Parameter: p.Name, Problem: "is required and missing", Remedy: p.missing()}
			}
			if p.Default != nil {
				out = append(out, argument{p.Name, p.defaultValue()})
			}
			continue
		}
		if value, err = p.coerce(value); err != nil {
			return nil, err
		}
		out = append(out, argument{p.Name, value})
	}
	return out.object()
}

// argument is a parameter's value.
type argument struct {
	name  string
	value json.RawMessage
}

// fitted are arguments that fit their parameters.
type fitted []argument

// object writes them as json.Marshal would a map of them: in the order of their names, nothing to HTML.
func (f fitted) object() (json.RawMessage, error) {
	slices.SortFunc(f, func(a, b argument) int { return strings.Compare(a.name, b.name) })
	size := 2
	for _, a := range f {
		size += len(a.name) + len(a.value) + 4
	}
	out := append(make([]byte, 0, size), '{')
	for i, a := range f {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), a.name...), `":`...) // names are plain words
		if isPlain(a.value) {
			out = append(out, a.value...)
			continue
		}
		encoded, err := json.Marshal(a.value)
		if err != nil {
			return nil, err
		}
		out = append(out, encoded...)
	}
	return append(out, '}'), nil
}

// isPlain tells whether a value is a scalar that json.Marshal would leave as it is.
func isPlain(value json.RawMessage) bool {
	return len(value) > 0 && value[0] != '{' && value[0] != '[' && value[0] > ' ' && value[len(value)-1] > ' ' &&
		bytes.IndexFunc(value, func(r rune) bool { return r == '<' || r == '>' || r == '&' || r >= utf8.RuneSelf }) < 0
}

// defaultValue is the default as JSON.
func (p Parameter) defaultValue() json.RawMessage {
	switch d := p.Default.(type) {
	case string:
		return compact.AppendQuoted(make([]byte, 0, len(d)+2), d)
	case int:
		return strconv.AppendInt(nil, int64(d), 10)
	}
	value, _ := json.Marshal(p.Default)
	return value
}

// missing says what to write for a parameter.
func (p Parameter) missing() string {
	if p.Description == "" && p.Enum != nil {
		return "give one of " + strings.Join(p.Enum, ", ")
	}
	return p.Description
}

// checkNames refuses names that no parameter has. It comes before all else: a misspelt name explains why
// another is missing.
func checkNames(parameters []Parameter, given map[string]json.RawMessage) error {
	var unknown []string
	for name := range given {
		if !slices.ContainsFunc(parameters, func(p Parameter) bool { return p.Name == name }) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return unknownArgument(parameters, slices.Min(unknown))
	}
	return nil
}

// argumentObject reads the arguments, which some clients send as JSON text or leave out.
func argumentObject(sent json.RawMessage) (map[string]json.RawMessage, error) {
	sent = bytes.TrimSpace(sent)
	if len(sent) == 0 || bytes.Equal(sent, []byte("null")) {
		return nil, nil
	}
	var given map[string]json.RawMessage
	var text string
	if sent[0] == '"' && json.Unmarshal(sent, &text) == nil {
		sent = []byte(text)
	}
	if err := json.Unmarshal(sent, &given); err != nil {
		return nil, &ArgumentError{Parameter: "arguments", Problem: "expected a JSON object with the tool's parameters"}
	}
	return given, nil
}

// isBlank tells whether a value stands for "not given". An optional parameter left empty by a form or a model
// means that, not an empty value.
func isBlank(value json.RawMessage, p Parameter) bool {
	switch string(bytes.TrimSpace(value)) {
	case "null":
		return true
	case `""`:
		return !p.Required
	}
	return false
}

// mostName bounds what an error repeats of a name, in bytes.
const mostName = 60

func unknownArgument(parameters []Parameter, name string) error {
	names := make([]string, len(parameters))
	for i, p := range parameters {
		names[i] = p.Name
	}
	e := &ArgumentError{Parameter: compact.Clip(name, mostName), Problem: "is not a parameter of this tool", Remedy: "the parameters are " + strings.Join(names, ", ")}
	if len(names) == 0 {
		e.Remedy = "this tool has no parameters"
	}
	if near := nearest(name, names); near != "" {
		e.Problem += fmt.Sprintf("; did you mean %q?", near)
	}
	return e
}
