package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tiktoken-go/tokenizer"

	"github.com/sapientsai/microsoft-mcp-server/internal/bench/typical"
)

// tokens counts what a model pays (o200k): the list of tools, and the five typical reads. Direct is what Graph sends,
// the floor what it makes of it.
func (s *stands) tokens(ctx context.Context) ([]row, error) {
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		return nil, err
	}
	count := counter{codec, map[string]int{}}
	list := row{Measure: "tools/list", Unit: "tokens"}
	reads := make([]row, len(typical.Reads()))
	for _, c := range []contender{s.floor, s.product} {
		tools, err := s.toolsOf(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		n, err := count.tokens(tools)
		if err != nil {
			return nil, err
		}
		list.set(c.name, float64(n))
		if err := s.readTokens(ctx, count, c, reads); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	rows := []row{list.single().productAtMost(3000)}
	for i, r := range typical.Reads() {
		rows = append(rows, reads[i].single().productAtMost(float64(r.Tokens)))
	}
	return rows, nil
}

// A counter counts the tokens of a text once: what the floor passes through is what was sent.
type counter struct {
	codec tokenizer.Codec
	known map[string]int
}

func (c counter) tokens(text string) (int, error) {
	n, ok := c.known[text]
	if !ok {
		var err error
		if n, err = c.codec.Count(text); err != nil {
			return 0, err
		}
		c.known[text] = n
	}
	return n, nil
}

// toolsOf returns the tools as they go over the wire.
func (s *stands) toolsOf(ctx context.Context, c contender) (string, error) {
	p, err := start(ctx, c, c.stdio, s.up.scratch)
	if err != nil {
		return "", err
	}
	defer p.kill()
	line, err := p.listTools(legacy(), func() {})
	if err != nil {
		return "", p.explain(err)
	}
	var answer struct {
		Result struct{ Tools []json.RawMessage }
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return "", err
	}
	var all string
	for _, tool := range answer.Result.Tools {
		all += string(tool)
	}
	return all, nil
}

func (s *stands) readTokens(ctx context.Context, count counter, c contender, rows []row) error {
	l, err := openLane(ctx, c, route{"stdio", legacy()}, s.up.scratch)
	if err != nil {
		return err
	}
	defer l.close()
	for i, read := range typical.Reads() {
		rows[i].Measure, rows[i].Unit = read.Name, "tokens"
		sent, err := count.tokens(read.Answer(false))
		if err != nil {
			return err
		}
		answer, err := l.caller.do(legacy().read(read.Path))
		if err != nil {
			return fmt.Errorf("%s: %w", read.Name, err)
		}
		text, err := textOf(answer)
		if err != nil {
			return err
		}
		n, err := count.tokens(text)
		if err != nil {
			return err
		}
		rows[i].set("direct", float64(sent))
		rows[i].set(c.name, float64(n))
	}
	return nil
}
