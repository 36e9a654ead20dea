package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// An era is a way of speaking the protocol: with a handshake and a session, or each request by itself.
type era struct {
	name    string
	version string
	alone   bool // each request says all about its client, and there is no handshake
	people  bool // its client can ask its person, and wants to hear how far a call is
}

// legacy is the newest with a handshake, which most clients speak.
func legacy() era { return era{name: "legacy", version: "2025-11-25"} }

// usual is what people's clients send in that version.
func usual() era { return era{name: "usual client", version: legacy().version, people: true} }

// modern is stateless.
func modern() era { return era{name: "modern", version: "2026-07-28", alone: true} }

// A request is one message, written once and sent many times with another id, so that the client's own work is small
// and the same for all.
type request struct {
	era    era
	path   string // of Graph, where it reads one: what the same request asks for without a server between
	method string
	name   string // of the tool
	rest   []byte // of the frame, behind the id
}

func (e era) request(method string, params map[string]any) request {
	all := map[string]any{}
	for name, value := range params { // in any order: it becomes a map again
		all[name] = value
	}
	if e.alone {
		all["_meta"] = map[string]any{
			"io.modelcontextprotocol/protocolVersion":    e.version,
			"io.modelcontextprotocol/clientInfo":         clientInfo(),
			"io.modelcontextprotocol/clientCapabilities": map[string]any{},
		}
	}
	if e.people && method == "tools/call" {
		all["_meta"] = map[string]any{"progressToken": 1}
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		panic(err) // maps, strings and numbers only
	}
	return request{era: e, method: method, rest: fmt.Appendf(nil, `,"method":%q,"params":%s}`+"\n", method, encoded)}
}

func clientInfo() map[string]any { return map[string]any{"name": "bench", "version": "0"} }

// read is a request that reads one path of Graph.
func (e era) read(path string) request {
	return e.tool("microsoft_graph", map[string]any{"path": path})
}

// tool is a call of any tool.
func (e era) tool(name string, arguments map[string]any) request {
	r := e.request("tools/call", map[string]any{"name": name, "arguments": arguments})
	r.name = name
	r.path, _ = arguments["path"].(string)
	return r
}

// hello opens a session of the era that has them.
func (e era) hello() request {
	capabilities := map[string]any{}
	if e.people {
		capabilities = map[string]any{"elicitation": map[string]any{"form": map[string]any{}, "url": map[string]any{}}, "sampling": map[string]any{}, "roots": map[string]any{"listChanged": true}}
	}
	return e.request("initialize", map[string]any{"protocolVersion": e.version, "capabilities": capabilities, "clientInfo": clientInfo()})
}

// ready is the notification that ends the handshake.
func ready() []byte {
	return []byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
}

func (r request) frame(id int64) []byte {
	b := make([]byte, 0, len(r.rest)+40)
	b = append(b, `{"jsonrpc":"2.0","id":`...)
	return append(strconv.AppendInt(b, id, 10), r.rest...)
}

// idOf reads a response's id. The id of what both servers write is a number; 0 stands for a notification.
func idOf(line []byte) (int64, error) {
	// Both write the id second, so that a large answer need not be decoded for it.
	if rest, ok := bytes.CutPrefix(line, []byte(`{"jsonrpc":"2.0","id":`)); ok {
		digits := rest[:max(0, bytes.IndexByte(rest, ','))]
		if id, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
			return id, nil
		}
	}
	var head struct {
		ID int64 `json:"id"`
	}
	err := json.Unmarshal(line, &head)
	return head.ID, err
}

// check refuses whatever is not a tool's answer, so that no contender is fast by failing. It looks for the marks
// and does not decode: the client's own work is in every figure.
func check(response []byte) error {
	if bytes.Contains(response, []byte(`"isError":true`)) || bytes.Contains(response, []byte(`"error":{"code"`)) ||
		!bytes.Contains(response, []byte(`"content":[`)) {
		return fmt.Errorf("not a tool's answer: %.400s", response)
	}
	return nil
}

// textOf returns the text of a tool's answer.
func textOf(response []byte) (string, error) {
	var answer struct {
		Result struct {
			Content []struct{ Text string }
		}
	}
	if err := json.Unmarshal(response, &answer); err != nil {
		return "", fmt.Errorf("%w in %.200s", err, response)
	}
	var text string
	for _, c := range answer.Result.Content {
		text += c.Text
	}
	return text, nil
}
