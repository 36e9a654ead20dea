package tools_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/bench/typical"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// benchCall makes one call of a tool with its arguments as they came, again and again. do stands for Graph.
func benchCall(b *testing.B, name string, arguments any, do service) {
	b.Helper()
	e, err := graph.NewEndpoints("https://graph.microsoft.com", "https://management.azure.com")
	if err != nil {
		b.Fatal(err)
	}
	sent, err := json.Marshal(arguments)
	if err != nil {
		b.Fatal(err)
	}
	var tool tools.Tool
	for _, t := range tools.All() {
		if t.Name == name {
			tool = t
		}
	}
	p := &tools.Profile{Name: "contoso", Endpoints: e, Catalog: tools.Known(), Status: func(context.Context) (tools.Status, error) { return tools.Status{}, nil }}
	call := func() error {
		checked, err := tools.Arguments(tool.Parameters, sent)
		if err != nil {
			return err
		}
		_, err = tool.Call(b.Context(), tools.Call{Arguments: checked, Profile: p, Graph: do, Progress: func(int, int, string) {}})
		return err
	}
	if err := call(); err != nil { // what the first call has to make
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := call(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReads makes the five typical reads: arguments, request and the answer made small.
func BenchmarkReads(b *testing.B) {
	for _, read := range typical.Reads() {
		b.Run(strings.ReplaceAll(read.Name, " ", "-"), func(b *testing.B) {
			asText, asSent := read.Answer(true), read.Answer(false)
			b.SetBytes(int64(len(asSent)))
			benchCall(b, "microsoft_graph", map[string]any{"path": read.Path}, func(r *graph.Request) (*graph.Response, error) {
				if strings.Contains(r.Header("Prefer"), `outlook.body-content-type="text"`) {
					return replyJSON(asText)
				}
				return replyJSON(asSent)
			})
		})
	}
}

// BenchmarkHTMLMails has bodies that come as HTML all the same.
func BenchmarkHTMLMails(b *testing.B) {
	body := typical.Reads()[1].Answer(false)
	b.SetBytes(int64(len(body)))
	benchCall(b, "microsoft_graph", map[string]any{"path": "/me/messages"}, func(*graph.Request) (*graph.Response, error) { return replyJSON(body) })
}

func BenchmarkFindGraphAPI(b *testing.B) {
	benchCall(b, "find_graph_api", map[string]any{"query": "unread mail of the last week"}, func(*graph.Request) (*graph.Response, error) { return replyJSON(`{}`) })
}

func BenchmarkBatch(b *testing.B) {
	var requests, responses []any
	for _, id := range strings.Split("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", " ") {
		requests = append(requests, map[string]any{"id": id, "method": "GET", "url": "/users/" + id})
		responses = append(responses, map[string]any{"id": id, "status": 200, "headers": map[string]any{"Content-Type": "application/json"}, "body": json.RawMessage(typical.Reads()[0].Answer(false))})
	}
	body, err := json.Marshal(map[string]any{"responses": responses})
	if err != nil {
		b.Fatal(err)
	}
	benchCall(b, "microsoft_graph_batch", map[string]any{"requests": requests}, func(*graph.Request) (*graph.Response, error) { return replyJSON(string(body)) })
}
