package tools_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

var parameters = []tools.Parameter{
	{Name: "path", Kind: tools.String, Required: true, MaxLength: 20, Description: "where"},
	{Name: "method", Kind: tools.String, Enum: []string{"GET", "POST"}, Default: "GET"},
	{Name: "maxItems", Kind: tools.Integer, Min: 1, Max: 100},
	{Name: "deep", Kind: tools.Boolean},
	{Name: "queryParams", Kind: tools.Strings},
	{Name: "body", Kind: tools.Object},
	{Name: "types", Kind: tools.List, Max: 3, MaxLength: 5},
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, sent, want string }{
		{"as they should be", `{"path":"/a","method":"POST","maxItems":5,"deep":true,"queryParams":{"$top":"1"},"body":{"a":1}}`,
			`{"path":"/a","method":"POST","maxItems":5,"deep":true,"queryParams":{"$top":"1"},"body":{"a":1}}`},
		{"defaults", `{"path":"/a"}`, `{"path":"/a","method":"GET"}`},
		{"numbers and booleans as strings", `{"path":"/a","maxItems":"5","deep":"True"}`, `{"path":"/a","method":"GET","maxItems":5,"deep":true}`},
		{"whole numbers as fractions", `{"path":"/a","maxItems":5.0}`, `{"path":"/a","method":"GET","maxItems":5}`},
		{"objects as text", `{"path":"/a","queryParams":" {\"$top\":\"1\"} "}`, `{"path":"/a","method":"GET","queryParams":{"$top":"1"}}`},
		{"text as a body stays as it is", `{"path":"/a","body":" {\"a\": [1]}\n"}`, `{"path":"/a","method":"GET","body":" {\"a\": [1]}\n"}`},
		{"plain text as a body", `{"path":"/a","body":"hello"}`, `{"path":"/a","method":"GET","body":"hello"}`},
		{"scalars in a map", `{"path":"/a","queryParams":{"$top":5,"$count":true,"x":null}}`, `{"path":"/a","method":"GET","queryParams":{"$count":"true","$top":"5"}}`},
		{"choice in other case", `{"path":"/a","method":"post"}`, `{"path":"/a","method":"POST"}`},
		{"blank is not given", `{"path":"/a","method":"","maxItems":null,"body":""}`, `{"path":"/a","method":"GET"}`},
		{"the whole as text", `"{\"path\":\"/a\"}"`, `{"path":"/a","method":"GET"}`},
		{"a list", `{"path":"/a","types":["a","b,c",1]}`, `{"path":"/a","method":"GET","types":["a","b,c","1"]}`},
		{"a list as text", `{"path":"/a","types":"[\"a\"]"}`, `{"path":"/a","method":"GET","types":["a"]}`},
		{"a list as words", `{"path":"/a","types":"a, b"}`, `{"path":"/a","method":"GET","types":["a","b"]}`},
		{"an empty list", `{"path":"/a","types":[]}`, `{"path":"/a","method":"GET","types":[]}`},
		{"large integers stay whole", `{"path":"/a","body":{"id":12345678901234567890}}`, `{"path":"/a","method":"GET","body":{"id":12345678901234567890}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tools.Arguments(parameters, json.RawMessage(tt.sent))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(members(t, tt.want), members(t, string(got))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// members compares objects without regard to the order of their members, and numbers by their digits.
func members(t *testing.T, text string) map[string]string {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	out := map[string]string{}
	for name, value := range raw {
		out[name] = string(value)
	}
	return out
}

func TestArgumentsThatDoNotFit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ sent, want string }{
		{`{}`, `parameter "path": is required and missing`},
		{``, `parameter "path": is required and missing`},
		{`{"path":""}`, ``}, // a required value may be empty: what it means is the tool's to say
		{`{"pth":"/a"}`, `parameter "pth": is not a parameter of this tool; did you mean "path"?`},
		{`{"path":"/a","maxitem":3}`, `parameter "maxitem": is not a parameter of this tool; did you mean "maxItems"?`},
		{`{"path":"/a","query_params":{}}`, `did you mean "queryParams"?`},
		{`{"path":"/a","zzzzzzzzzzzz":1}`, `parameter "zzzzzzzzzzzz": is not a parameter of this tool`},
		{`{"path":"/a","method":"PSOT"}`, `parameter "method": "PSOT" is not one of GET, POST`},
		{`{"path":"/a","maxItems":"many"}`, `parameter "maxItems": expected a whole number, got "many"`},
		{`{"path":"/a","maxItems":2.5}`, `parameter "maxItems": expected a whole number, got 2.5`},
		{`{"path":"/a","maxItems":101}`, `parameter "maxItems": 101 is out of range: 1 to 100 are accepted`},
		{`{"path":"/a","maxItems":1e300}`, `parameter "maxItems": expected a whole number`},
		{`{"path":"/a","deep":"maybe"}`, `parameter "deep": expected true or false, got "maybe"`},
		{`{"path":["/a"]}`, `parameter "path": expected a string, got ["/a"]`},
		{`{"path":"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`, `parameter "path": is 30 bytes long; at most 20 are accepted`},
		{`{"path":"/a","queryParams":"$top=5"}`, `parameter "queryParams": expected an object of strings`},
		{`{"path":"/a","queryParams":{"$top":{"a":1}}}`, `parameter "queryParams": the value of "$top" must be a string`},
		{`{"path":"/a","types":{"a":1}}`, `parameter "types": expected an array of strings such as ["a", "b"], got {"a":1}`},
		{`{"path":"/a","types":[["a"]]}`, `parameter "types": its elements must be strings, not ["a"]`},
		{`{"path":"/a","types":[null]}`, `parameter "types": its elements must be strings, not null`},
		{`{"path":"/a","types":"a,b,c,d"}`, `parameter "types": has 4 elements; at most 3 are accepted`},
		{`{"path":"/a","types":["abcdef"]}`, `parameter "types": an element is 6 bytes long; at most 5 are accepted`},
		{`[1]`, `parameter "arguments": expected a JSON object`},
	} {
		_, err := tools.Arguments(parameters, json.RawMessage(tt.sent))
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: got %v, want it accepted", tt.sent, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %s", tt.sent, err, tt.want)
		}
	}
}
