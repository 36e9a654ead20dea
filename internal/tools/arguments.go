package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
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
		return appendQuoted(make([]byte, 0, len(d)+2), d)
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
	e := &ArgumentError{Parameter: clipText(name, mostName), Problem: "is not a parameter of this tool", Remedy: "the parameters are " + strings.Join(names, ", ")}
	if len(names) == 0 {
		e.Remedy = "this tool has no parameters"
	}
	if near := nearest(name, names); near != "" {
		e.Problem += fmt.Sprintf("; did you mean %q?", near)
	}
	return e
}

// coerce brings one value into the parameter's kind.
func (p Parameter) coerce(value json.RawMessage) (json.RawMessage, error) {
	switch p.Kind {
	case String:
		return p.coerceString(value)
	case Integer:
		return p.coerceInteger(value)
	case Boolean:
		switch strings.ToLower(unquoteScalar(value)) {
		case "true", "1", "yes":
			return json.RawMessage("true"), nil
		case "false", "0", "no":
			return json.RawMessage("false"), nil
		}
		return nil, p.mismatch("true or false", value)
	case Strings:
		return p.coerceStrings(value)
	case List:
		return p.coerceList(value)
	case Objects:
		return p.coerceObjects(value)
	default:
		return value, nil // a body: any JSON, or text that is to be sent as it stands
	}
}

func (p Parameter) coerceString(value json.RawMessage) (json.RawMessage, error) {
	if c := value[0]; c == '{' || c == '[' {
		return nil, p.mismatch("a string", value)
	}
	text := unquoteScalar(value)
	if p.MaxLength > 0 && len(text) > p.MaxLength {
		return nil, &ArgumentError{Parameter: p.Name, Problem: fmt.Sprintf("is %d bytes long; at most %d are accepted", len(text), p.MaxLength)}
	}
	if p.Enum != nil {
		i := slices.IndexFunc(p.Enum, func(allowed string) bool { return strings.EqualFold(allowed, text) })
		if i < 0 {
			e := &ArgumentError{Parameter: p.Name, Problem: fmt.Sprintf("%s is not one of %s", show(value), strings.Join(p.Enum, ", "))}
			if near := nearest(text, p.Enum); near != "" {
				e.Remedy = fmt.Sprintf("did you mean %q?", near)
			}
			return nil, e
		}
		text = p.Enum[i]
	} else if value[0] == '"' {
		return value, nil
	}
	return json.Marshal(text)
}

func (p Parameter) coerceInteger(value json.RawMessage) (json.RawMessage, error) {
	text := strings.TrimSpace(unquoteScalar(value))
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil { // 25.0 and 2.5e1 are whole numbers too
		f, ferr := strconv.ParseFloat(text, 64)
		if ferr != nil || f != float64(int64(f)) {
			return nil, p.mismatch("a whole number", value)
		}
		n = int64(f)
	}
	if p.Max > 0 && (n < int64(p.Min) || n > int64(p.Max)) {
		return nil, &ArgumentError{Parameter: p.Name, Problem: fmt.Sprintf("%d is out of range: %d to %d are accepted", n, p.Min, p.Max)}
	}
	return json.RawMessage(strconv.FormatInt(n, 10)), nil
}

// coerceStrings takes an object of scalars, or one as JSON text.
func (p Parameter) coerceStrings(value json.RawMessage) (json.RawMessage, error) {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(unwrapText(value), &given); err != nil {
		return nil, p.mismatch(`an object of strings such as {"name": "value"}`, value)
	}
	out := make(map[string]string, len(given))
	for name, v := range given {
		switch v[0] {
		case '{', '[':
			return nil, &ArgumentError{Parameter: p.Name, Problem: fmt.Sprintf("the value of %q must be a string, not %s", clipText(name, mostName), show(v))}
		case 'n':
			continue
		}
		out[name] = unquoteScalar(v)
	}
	return json.Marshal(out)
}

// coerceList takes an array of scalars, or one as JSON text, or words with commas between them.
func (p Parameter) coerceList(value json.RawMessage) (json.RawMessage, error) {
	var given []json.RawMessage
	list := []string{}
	if text := unwrapText(value); len(text) > 0 && text[0] != '[' && text[0] != '{' {
		for word := range strings.SplitSeq(string(text), ",") {
			list = append(list, strings.TrimSpace(word))
		}
	} else if err := json.Unmarshal(text, &given); err != nil {
		return nil, p.mismatch(`an array of strings such as ["a", "b"]`, value)
	}
	for _, v := range given {
		if c := v[0]; c == '{' || c == '[' || c == 'n' {
			return nil, &ArgumentError{Parameter: p.Name, Problem: fmt.Sprintf("its elements must be strings, not %s", show(v))}
		}
		list = append(list, unquoteScalar(v))
	}
	if p.Max > 0 && len(list) > p.Max {
		return nil, &ArgumentError{Parameter: p.Name, Problem: fmt.Sprintf("has %d elements; at most %d are accepted", len(list), p.Max)}
	}
	for _, word := range list {
		if p.MaxLength > 0 && len(word) > p.MaxLength {
			return nil, &ArgumentError{Parameter: p.Name, Problem: fmt.Sprintf("an element is %d bytes long; at most %d are accepted", len(word), p.MaxLength)}
		}
	}
	return json.Marshal(list)
}

// coerceObjects takes an array of objects, or one as JSON text; where the array is inside of an object under the
// parameter's own name, that is what is meant.
func (p Parameter) coerceObjects(value json.RawMessage) (json.RawMessage, error) {
	text := unwrapText(value)
	var wrapped map[string]json.RawMessage
	if json.Unmarshal(text, &wrapped) == nil && len(wrapped) == 1 && wrapped[p.Name] != nil {
		text = wrapped[p.Name]
	}
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, p.mismatch("an array of objects", value)
	}
	if p.Max > 0 && len(list) > p.Max {
		return nil, &ArgumentError{Parameter: p.Name, Problem: fmt.Sprintf("has %d elements; at most %d are accepted", len(list), p.Max)}
	}
	for i, element := range list {
		var err error
		var misfit *ArgumentError
		if list[i], err = Arguments(p.Items, element); errors.As(err, &misfit) {
			misfit.Parameter = fmt.Sprintf("%s[%d].%s", p.Name, i, misfit.Parameter)
		}
		if err != nil {
			return nil, err
		}
	}
	return json.Marshal(list)
}

func (p Parameter) mismatch(expected string, value json.RawMessage) error {
	return &ArgumentError{Parameter: p.Name, Problem: fmt.Sprintf("expected %s, got %s", expected, show(value))}
}

// unwrapText returns the text of a JSON string, trimmed, and any other value as it is.
func unwrapText(value json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return bytes.TrimSpace([]byte(text))
	}
	return value
}

// unquoteScalar returns a string's text, and a number or a boolean as it is written.
func unquoteScalar(value json.RawMessage) string {
	if n := len(value); n >= 2 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) {
		return string(value[1 : n-1]) // the common case, without the decoder
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// show repeats a value in a message, cut short.
func show(value json.RawMessage) string {
	const most = 60
	runes := []rune(string(value))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "…"
}
