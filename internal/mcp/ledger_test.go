package mcp_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// A call that is taken back in the same breath is not carried out: the library knows a call only once a worker
// has begun with it.
func TestStdioCancelRightBehindTheCall(t *testing.T) {
	var finished atomic.Int32
	do := func(ctx context.Context, _ *graph.Request) (*graph.Response, error) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		finished.Add(1)
		return answerJSON(`{}`)
	}
	release := make(chan struct{})
	blocker := func(ctx context.Context, r *graph.Request) (*graph.Response, error) {
		if r.Path() == "/block" {
			<-release
		}
		return do(ctx, r)
	}
	s := startStdio(t, testProfile(t, "contoso", blocker))
	s.greet("{}")
	for i := range 100 { // all workers are busy, so that what follows waits in the queue
		s.send(stdioCall(1000+i, `{"path":"/block"}`))
	}
	for i := range 50 {
		s.send(stdioCall(i+1, `{"path":"/x","method":"DELETE"}`), fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, i+1))
	}
	s.send(stdioCall("last", `{"path":"/block"}`))
	close(release)
	s.rest()
	if got := finished.Load(); got != 101 {
		t.Errorf("%d calls were carried out, want 101: the others were cancelled before they began", got)
	}
}

func TestStdioOddMessages(t *testing.T) {
	s := startStdio(t, testProfile(t, "contoso", nil))
	s.greet("{}")
	s.send(
		`{"jsonrpc":"2.0","id":5,"method":"ping","result":{}}`,       // neither request nor answer
		`{"jsonrpc":"2.0","id":77,"error":{"code":1,"message":"x"}}`, // an answer to nothing
		`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`,    // would be answered as …992
		stdioCall(1, `{"path":"/x"}`), stdioCall(1, `{"path":"/x"}`), // one id twice
	)
	all := strings.Join(s.rest(), "\n")
	if strings.Contains(all, `"id":77`) || strings.Contains(all, `"id":5`) || strings.Contains(all, "9007199254740992") {
		t.Errorf("an answer that nobody waits for:\n%s", all)
	}
	if !strings.Contains(all, "loses digits") || strings.Count(all, `"id":1,"result"`) != 2 {
		t.Errorf("an answer is missing:\n%s", all)
	}
}

// A cancelled question does not cut off the calls that still run when the input ends.
func TestStdioCancelledQuestion(t *testing.T) {
	var sent atomic.Int32
	release := make(chan struct{})
	p := confirmingProfile(t, false, &sent)
	guarded := p.Guarded
	p.Guarded = func(asker tools.Asker) graph.Caller {
		return graphFunc(func(ctx context.Context, r *graph.Request) (*graph.Response, error) {
			if r.Method() != "GET" {
				return guarded(asker).Do(ctx, r)
			}
			select {
			case <-release:
				return answerJSON(`{"finished":true}`)
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		})
	}
	s := startStdio(t, p)
	s.greet(`{"elicitation":{}}`)
	s.send(stdioCall(1, deleteCall))
	for line := range s.lines {
		if strings.Contains(line, "elicitation/create") {
			break
		}
	}
	s.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, stdioCall(2, `{"path":"/slow"}`))
	s.in.Close()
	close(release)
	if all := strings.Join(s.rest(), "\n"); !strings.Contains(all, "finished") || sent.Load() != 0 {
		t.Errorf("the running call was cut off, or the cancelled one sent: %s", all)
	}
}
