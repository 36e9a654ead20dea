package mcp

import (
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
)

// encode writes a message of the library as json.Marshal would, byte for byte. Nearly all are answers of tools, which it
// writes in one pass; json.Marshal goes over their text four times, as the library's types encode themselves in turn.
func encode(message mcp.JSONRPCMessage) ([]byte, error) {
	response, ok := message.(mcp.JSONRPCResponse)
	if !ok {
		return json.Marshal(message)
	}
	result, ok := response.Result.(*mcp.CallToolResult)
	if !ok || !isText(result) || !isLabels(result.Meta) {
		return json.Marshal(message)
	}
	id, err := response.ID.MarshalJSON()
	if err != nil {
		return nil, err
	}
	size := 512
	for _, c := range result.Content {
		size += len(c.(mcp.TextContent).Text) * 9 / 8 // quotes are escaped
	}
	out := append(append(make([]byte, 0, size), `{"jsonrpc":"2.0","id":`...), id...)
	out = append(out, `,"result":{`...)
	if result.Meta != nil {
		out = append(appendLabels(append(out, `"_meta":`...), result.Meta.AdditionalFields), ',')
	}
	out = append(out, `"content":[`...)
	for i, c := range result.Content {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(append(out, `{"type":"text","text":`...), c.(mcp.TextContent).Text), '}')
	}
	out = append(out, ']')
	if result.IsError {
		out = append(out, `,"isError":true`...)
	}
	return append(out, `}}`...), nil
}

// isText tells whether a result is text and nothing else.
func isText(r *mcp.CallToolResult) bool {
	return r != nil && r.ResultType == "" && r.StructuredContent == nil && len(r.RawStructuredContent) == 0 && len(r.InputRequests) == 0 && r.RequestState == "" &&
		!slices.ContainsFunc(r.Content, func(c mcp.Content) bool {
			text, ok := c.(mcp.TextContent)
			return !ok || text.Type != mcp.ContentTypeText || text.Meta != nil || text.Annotations != nil
		})
}

// isLabels tells whether all of _meta is texts, as what label writes is.
func isLabels(m *mcp.Meta) bool {
	if m == nil {
		return true
	}
	for _, value := range m.AdditionalFields {
		if _, ok := value.(string); !ok {
			return false
		}
	}
	return m.ProgressToken == nil
}

func appendLabels(out []byte, labels map[string]any) []byte {
	out = append(out, '{')
	var room [4]string // as many as there mostly are
	names := slices.AppendSeq(room[:0], maps.Keys(labels))
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendString(append(appendString(out, name), ':'), labels[name].(string))
	}
	return append(out, '}')
}

// appendString writes a text as json.Marshal does: fit for HTML and for JavaScript, and what is not UTF-8 replaced.
func appendString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			if r, size = utf8.DecodeRuneInString(s[i:]); !(r == utf8.RuneError && size == 1) && r != '\u2028' && r != '\u2029' {
				i += size
				continue
			}
		}
		out = append(out, s[start:i]...)
		switch r {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, '\\', 'b')
		case '\f':
			out = append(out, '\\', 'f')
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += size
		start = i
	}
	return append(append(out, s[start:]...), '"')
}
