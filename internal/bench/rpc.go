package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// protocolVersion is the newest revision with a handshake, the one that most clients speak.
const protocolVersion = "2025-11-25"

// A caller makes one tool call for the Graph path and waits for its answer. Several goroutines may use it at once.
type caller interface {
	call(path string) error
}

func frame(id int64, method string, params any) []byte {
	message := map[string]any{"jsonrpc": "2.0", "method": method}
	if id != 0 {
		message["id"] = id
	}
	if params != nil {
		message["params"] = params
	}
	encoded, err := json.Marshal(message)
	if err != nil {
		panic(err) // maps and strings only
	}
	return append(encoded, '\n')
}

func initializeFrame(id int64) []byte {
	return frame(id, "initialize", map[string]any{
		"protocolVersion": protocolVersion, "capabilities": map[string]any{},
		"clientInfo": map[string]any{"name": "bench", "version": "0"},
	})
}

func callFrame(id int64, path string) []byte {
	return toolFrame(id, "microsoft_graph", map[string]any{"path": path})
}

func toolFrame(id int64, name string, arguments map[string]any) []byte {
	return frame(id, "tools/call", map[string]any{"name": name, "arguments": arguments})
}

// idOf reads a response's id. The id of what both servers write is a number; 0 stands for a notification.
func idOf(line []byte) (int64, error) {
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
