package policy

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// outcome is what came of a call, as far as the log tells.
type outcome struct {
	status              int
	code, request, ours string
	took                time.Duration
	items               map[string]outcome // of a batch, by ID
}

func (o outcome) into(line *Entry) {
	line.Took = o.took.Milliseconds()
	line.Status, line.Code, line.GraphRequestID, line.ClientRequestID = o.status, clip(o.code), clip(o.request), clip(o.ours)
	if o.items == nil || line.Item == "" { // alone, or the batch itself
		return
	}
	item, answered := o.items[line.Item]
	line.Status, line.Code = item.status, clip(item.code)
	if !answered {
		line.Code = noAnswer
	}
	if item.request != "" {
		line.GraphRequestID = clip(item.request)
	}
}

const noAnswer = "no answer"

func outcomeOf(r *graph.Response, err error) outcome {
	var refused *graph.Error
	switch {
	case errors.As(err, &refused):
		return outcome{status: refused.Status, code: refused.Code, request: refused.RequestID, ours: refused.ClientRequestID}
	case errors.Is(err, context.DeadlineExceeded):
		return outcome{code: "timed out"}
	case errors.Is(err, context.Canceled):
		return outcome{code: "cancelled"}
	case err != nil || r == nil:
		return outcome{code: noAnswer} // the error's text could hold what was sent
	}
	o := outcome{status: r.Status, request: r.Header.Get("request-id"), ours: r.Header.Get("client-request-id")}
	if o.request == "" {
		o.request = r.Header.Get("x-ms-request-id")
	}
	return o
}

// itemOutcomes reads what became of the items of a batch: https://learn.microsoft.com/graph/json-batching
func itemOutcomes(body []byte) map[string]outcome {
	var answer struct {
		Responses []struct {
			ID      string            `json:"id"`
			Status  int               `json:"status"`
			Headers map[string]string `json:"headers"`
			Body    struct {
				Error struct {
					Code string `json:"code"`
				} `json:"error"`
			} `json:"body"`
		} `json:"responses"`
	}
	_ = json.Unmarshal(body, &answer) // a body of another shape spoils that item's code, and no more
	items := map[string]outcome{}
	for _, item := range answer.Responses {
		o := outcome{status: item.Status, code: item.Body.Error.Code}
		for name, value := range item.Headers {
			if http.CanonicalHeaderKey(name) == "Request-Id" {
				o.request = value
			}
		}
		items[item.ID] = o
	}
	return items
}
