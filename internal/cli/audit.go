package cli

import (
	"log/slog"

	"github.com/sapientsai/microsoft-mcp-server/internal/audit"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// auditLog returns where a server records what it refuses and changes: the configured file, or standard error.
func (o *options) auditLog(c *profile.Config, log *slog.Logger) *audit.Log {
	if c.Audit.File != "" {
		return audit.ToFile(c.Audit.File, log)
	}
	return audit.ToWriter(o.env.Stderr, log)
}

// guard puts a profile's policy in front of its client.
func guard(served *tools.Profile, client graph.Caller, rules *policy.Policy, log policy.Recorder) {
	by := func(a tools.Asker) policy.By {
		return policy.By{Principal: a.Principal, Profile: served.Name, Tool: a.Tool, Confirmed: a.Confirmed, Token: a.ByToken,
			Who: func() (tenantID, account string) {
				id := served.Identity()
				return id.TenantID, id.Account
			}}
	}
	served.Could = rules.Could
	served.Guarded = func(a tools.Asker) graph.Caller { return policy.Guard(client, rules, log, by(a)) }
	served.Check = func(a tools.Asker, r *graph.Request) error { return policy.Check(rules, log, by(a), r) }
	served.Declined = func(a tools.Asker, err error) { policy.RecordDeclined(log, by(a), err) }
}
