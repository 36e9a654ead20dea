package mcp

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
)

func TestMessagesAreEncodedAsTheLibraryWould(t *testing.T) {
	t.Parallel()
	result := func(change func(*mcp.CallToolResult)) *mcp.CallToolResult {
		r := mcp.NewToolResultText(`{"displayName":"Ada <&> ` + "\u2028\x00\x7f\xff" + `"}`)
		change(r)
		return r
	}
	for name, r := range map[string]any{
		"text":    result(func(*mcp.CallToolResult) {}),
		"failure": result(func(r *mcp.CallToolResult) { r.IsError = true }),
		"labels": result(func(r *mcp.CallToolResult) {
			r.Meta = &mcp.Meta{AdditionalFields: map[string]any{"tenant": "t<", "account": "", "profile": "p", "a": "1", "b": "2"}}
		}),
		"no labels":  result(func(r *mcp.CallToolResult) { r.Meta = &mcp.Meta{} }),
		"other meta": result(func(r *mcp.CallToolResult) { r.Meta = &mcp.Meta{AdditionalFields: map[string]any{"n": 1}} }),
		"a token":    result(func(r *mcp.CallToolResult) { r.Meta = &mcp.Meta{ProgressToken: "t"} }),
		"modern":     result(func(r *mcp.CallToolResult) { r.ResultType = "complete" }),
		"structured": result(func(r *mcp.CallToolResult) { r.StructuredContent = map[string]any{"a": 1} }),
		"raw":        result(func(r *mcp.CallToolResult) { r.RawStructuredContent = json.RawMessage(`{"a":1}`) }),
		"asks":       result(func(r *mcp.CallToolResult) { r.RequestState = "s" }),
		"image":      result(func(r *mcp.CallToolResult) { r.Content = append(r.Content, mcp.NewImageContent("QQ==", "image/png")) }),
		"annotated": result(func(r *mcp.CallToolResult) {
			r.Content = []mcp.Content{mcp.TextContent{Type: "text", Text: "x", Annotated: mcp.Annotated{Annotations: &mcp.Annotations{}}}}
		}),
		"a text's meta": result(func(r *mcp.CallToolResult) {
			r.Content = []mcp.Content{mcp.TextContent{Type: "text", Text: "x", Meta: &mcp.Meta{AdditionalFields: map[string]any{"a": 1}}}}
		}),
		"two":     result(func(r *mcp.CallToolResult) { r.Content = append(r.Content, mcp.NewTextContent("second")) }),
		"empty":   result(func(r *mcp.CallToolResult) { r.Content = nil }),
		"another": map[string]any{"tools": []string{}},
	} {
		for _, id := range []any{int64(7), "a<b", nil, 1.5} {
			message := mcp.NewJSONRPCResultResponse(mcp.NewRequestId(id), r)
			want, err := json.Marshal(message)
			if err != nil {
				t.Fatal(err)
			}
			got, err := encode(message)
			if diff := cmp.Diff(string(want), string(got)); diff != "" || err != nil {
				t.Errorf("%s, id %v: %v\n%s", name, id, err, diff)
			}
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", `"\/<>&`, "\b\f\n\r\t\x00\x1f\x7f", "é\u2028\u2029\ufffd\xff\xe2\x80", "\U0001F600"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.Marshal(s)
		if got := appendString(nil, s); err != nil || string(got) != string(want) {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	})
}
