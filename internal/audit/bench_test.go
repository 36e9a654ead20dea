package audit_test

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/audit"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

func BenchmarkRecord(b *testing.B) {
	entry := policy.Entry{Verdict: "allowed", Stage: "sending", Rule: "PATCH /users/*", Call: "5f0e5b1c", Profile: "contoso", Tenant: "11111111-2222-3333-4444-555555555555",
		Account: "ada@contoso.com", Tool: "microsoft_graph", API: "graph", Version: "v1.0", Method: "PATCH", Path: "/users/ada@contoso.com"}
	for _, to := range []struct {
		name string
		log  *audit.Log
	}{
		{"output", audit.ToWriter(io.Discard, quiet())},
		{"file", audit.ToFile(filepath.Join(b.TempDir(), "audit.jsonl"), quiet())},
		{"rotated", audit.ToRotatedFile(filepath.Join(b.TempDir(), "rotated.jsonl"), 10<<20, 2, quiet())},
	} {
		b.Run(to.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := to.log.Record(entry); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
