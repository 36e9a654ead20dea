package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Graph is one cheap call of Microsoft Graph.
type Graph struct {
	Path string // for people
	// Call makes it. Where Graph itself refuses, the status is that of its answer; 0 where there was none.
	Call func(context.Context) (status int, err error)
}

// find makes the call.
func (g Graph) find(ctx context.Context) Finding {
	status, err := g.Call(ctx)
	switch {
	case err == nil:
		return Finding{State: OK, Text: "answers GET " + g.Path}
	case status == http.StatusForbidden:
		return Finding{State: OK, Text: fmt.Sprintf("answers; GET %s is not among what the token may do", g.Path)}
	case status == 0 && errors.Is(err, context.DeadlineExceeded):
		return Finding{State: Wrong, Text: "there is no answer in time, or it asks for a pause that is longer", Do: "wait a moment and try again"}
	}
	return Finding{State: Wrong, Text: err.Error(), Do: hint(err, "try again in a moment; if it stays so, see https://status.cloud.microsoft")}
}
