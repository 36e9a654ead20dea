package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// coerce brings one value into the parameter's kind.
func (p Parameter) coerce(value json.RawMessage) (json.RawMessage, error) {
	switch p.Kind {
	case String:
		return p.coerceString(value)
	case Integer:
		return p.coerceInteger(value)
	case Boolean:
		switch strings.ToLower(compact.Unquote(value)) {
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
	text := compact.Unquote(value)
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
	text := strings.TrimSpace(compact.Unquote(value))
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
			return nil, &ArgumentError{Parameter: p.Name, Problem: fmt.Sprintf("the value of %q must be a string, not %s", compact.Clip(name, mostName), show(v))}
		case 'n':
			continue
		}
		out[name] = compact.Unquote(v)
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
		list = append(list, compact.Unquote(v))
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

// show repeats a value in a message, cut short.
func show(value json.RawMessage) string {
	const most = 60
	runes := []rune(string(value))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "…"
}
