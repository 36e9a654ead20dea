package telemetry

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// console writes spans as lines of JSON, for trying.
type console struct{ out io.Writer }

func (c *console) export(_ context.Context, spans []*span, _ []attribute) error {
	for _, s := range spans {
		attributes := map[string]any{}
		for _, a := range s.attributes {
			attributes[a.name] = a.value
		}
		entry := map[string]any{"name": s.name, "trace_id": hex.EncodeToString(s.own.traceID[:]), "span_id": hex.EncodeToString(s.own.spanID[:]),
			"start": s.start.UTC().Format(time.RFC3339Nano), "took": s.end.Sub(s.start).String(), "attributes": attributes, "failed": s.failed}
		if s.parent != [8]byte{} {
			entry["parent_span_id"] = hex.EncodeToString(s.parent[:])
		}
		line, err := json.Marshal(entry)
		if err == nil {
			_, err = c.out.Write(append(line, '\n'))
		}
		if err != nil {
			return fmt.Errorf("writing a span: %w", err)
		}
	}
	return nil
}
