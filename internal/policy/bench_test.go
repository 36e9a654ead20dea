package policy_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

// usual is a policy as an administrator writes it.
func usual() policy.Rules {
	return policy.Rules{ReadWrite: true,
		Allow:   []string{"GET /**", "POST /users/*/sendMail", "PATCH /users/*", "PUT /drives/**", "POST /drives/**/createUploadSession", "POST /$batch"},
		Deny:    []string{"* /auditLogs/**", "* /identity/**", "GET /users/*/authentication/**"},
		Confirm: []string{"DELETE /**", "POST /users/*/revokeSignInSessions"}}
}

// far is a service that answers at once.
type far struct{}

func (far) Do(context.Context, *graph.Request) (*graph.Response, error) {
	return &graph.Response{Status: http.StatusOK}, nil
}

// ledger takes every line.
type ledger struct{}

func (ledger) Record(...policy.Entry) error { return nil }

func BenchmarkGuard(b *testing.B) {
	e, p := endpoints(b), mustPolicy(b, usual())
	batch := []byte(`{"requests":[{"id":"1","method":"GET","url":"/users/1"},{"id":"2","method":"GET","url":"/users/2/messages?$top=5"},{"id":"3","method":"GET","url":"/groups"}]}`)
	for _, tt := range []struct {
		name string
		of   graph.Params
	}{
		{"read", graph.Params{Path: "/users/ada@contoso.com"}},
		{"deep read", graph.Params{Path: "/users/ada@contoso.com/drive/root:/Reports/2026/plan.xlsx:/workbook/worksheets('Data')/range(address='A1:B2')"}},
		{"expand", graph.Params{Path: "/users?$expand=manager($select=id),memberOf"}},
		{"write", graph.Params{Method: "PATCH", Path: "/users/ada@contoso.com", Body: []byte(`{"jobTitle":"Engineer"}`)}},
		{"batch", graph.Params{Method: "POST", Path: "/$batch", Body: batch}},
	} {
		b.Run(tt.name, func(b *testing.B) {
			r, err := e.NewRequest(tt.of)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				// A guard is made for each call of a tool.
				if _, err := policy.Guard(far{}, p, ledger{}, policy.By{Profile: "contoso", Tool: "microsoft_graph"}).Do(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkExplain(b *testing.B) {
	p := mustPolicy(b, usual())
	r, err := endpoints(b).NewRequest(graph.Params{Path: "/users/ada@contoso.com/messages"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if e := p.Explain(r); e.Verdict == policy.Deny {
			b.Fatal(e.Reason)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	rules := usual()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := policy.New(rules); err != nil {
			b.Fatal(err)
		}
	}
}
