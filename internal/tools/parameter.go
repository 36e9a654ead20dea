package tools

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Kind is the type of a parameter, in JSON Schema's words.
type Kind string

// The kinds. Models write numbers, booleans and objects as strings at times; see [Arguments].
const (
	String  Kind = "string"
	Integer Kind = "integer"
	Boolean Kind = "boolean"
	Object  Kind = "object" // any JSON object, array or text: a request body
	Strings Kind = "map"    // an object whose values are strings
)

// Parameter is one parameter of a tool. It makes the schema that clients see and checks what they send, so the
// two cannot drift apart.
type Parameter struct {
	Name        string
	Kind        Kind
	Description string
	Enum        []string
	Default     any
	Min, Max    int // of an Integer, where Max > 0
	MaxLength   int // of a String, in bytes, where > 0
	Required    bool
}

// Schema returns the JSON Schema (2020-12) of a tool's parameters. It keeps to what every client understands:
// no $ref, no unions.
func Schema(parameters []Parameter) json.RawMessage {
	properties := orderedObject{}
	required := []string{}
	for _, p := range parameters {
		properties = append(properties, member{p.Name, p.schema()})
		if p.Required {
			required = append(required, p.Name)
		}
	}
	schema := orderedObject{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		schema = append(schema, member{"required", required})
	}
	schema = append(schema, member{"additionalProperties", false})
	return schema.encode()
}

func (p Parameter) schema() orderedObject {
	kind := p.Kind
	if kind == Strings {
		kind = Object
	}
	s := orderedObject{{"type", kind}}
	if p.Kind == Strings {
		s = append(s, member{"additionalProperties", orderedObject{{"type", "string"}}})
	}
	if p.Enum != nil {
		s = append(s, member{"enum", p.Enum})
	}
	if p.Max > 0 {
		s = append(s, member{"minimum", p.Min}, member{"maximum", p.Max})
	}
	if p.Default != nil {
		s = append(s, member{"default", p.Default})
	}
	if p.Description != "" {
		s = append(s, member{"description", p.Description})
	}
	return s
}

// orderedObject is a JSON object that keeps its order: models read schemas from the top.
type orderedObject []member

type member struct {
	name  string
	value any
}

func (o orderedObject) MarshalJSON() ([]byte, error) { return o.encode(), nil }

func (o orderedObject) encode() json.RawMessage {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			panic(fmt.Sprintf("a schema's name does not encode: %v", err)) // written by us, never by a caller
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			panic(fmt.Sprintf("a schema's value does not encode: %v", err))
		}
		out = slices.Concat(out, name, []byte{':'}, value)
	}
	return append(out, '}')
}
