package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
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
	List    Kind = "array"  // an array of strings
	Objects Kind = "list"   // an array of objects, each with the parameters in Items
)

// Parameter is one parameter of a tool. It makes the schema that clients see and checks what they send, so the
// two cannot drift apart.
type Parameter struct {
	Name        string
	Kind        Kind
	Description string
	Enum        []string
	Default     any
	Items       []Parameter // of an element of Objects
	Min, Max    int         // of an Integer, where Max > 0; of the length of a List or Objects
	MaxLength   int         // of a String, and of each in a List, in bytes, where > 0
	Required    bool
}

// versionParameter and confirmParameter are what several tools have in common.
func versionParameter() Parameter {
	return Parameter{Name: "apiVersion", Kind: String, Enum: []string{graph.V1, graph.Beta}, Description: "Default v1.0"}
}

func confirmParameter() Parameter {
	return Parameter{Name: "confirm", Kind: String, Description: "Only the token that a refusal asks for"}
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
	switch kind {
	case Strings:
		kind = Object
	case Objects:
		kind = List
	}
	s := orderedObject{{"type", kind}}
	if p.Kind == Strings {
		s = append(s, member{"additionalProperties", orderedObject{{"type", "string"}}})
	}
	if p.Enum != nil {
		s = append(s, member{"enum", p.Enum})
	}
	switch {
	case kind == List:
		items := any(orderedObject{{"type", "string"}})
		if p.Kind == Objects {
			items = Schema(p.Items)
		}
		s = append(s, member{"items", items})
		if p.Max > 0 {
			s = append(s, member{"maxItems", p.Max})
		}
	case p.Max > 0:
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

func (o orderedObject) encode() json.RawMessage { return o.append(nil) }

// append writes the object behind out. The schemas of all tools are made at each start, so that what they are made of
// goes without reflection.
func (o orderedObject) append(out []byte) []byte {
	out = append(out, '{')
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(compact.AppendQuoted(out, m.name), ':')
		switch v := m.value.(type) {
		case orderedObject:
			out = v.append(out)
		case string:
			out = compact.AppendQuoted(out, v)
		case Kind:
			out = compact.AppendQuoted(out, string(v))
		case int:
			out = strconv.AppendInt(out, int64(v), 10)
		case bool:
			out = strconv.AppendBool(out, v)
		default:
			out = append(out, encodePlain(v)...)
		}
	}
	return append(out, '}')
}

// encodePlain writes JSON without escaping what HTML would need, which would only cost tokens.
func encodePlain(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("a value does not encode: %v", err)) // its type is ours, never a caller's
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}
