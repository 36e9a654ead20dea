package cli

import (
	"errors"
	"log/slog"

	"github.com/sapientsai/microsoft-mcp-server/internal/audit"
	"github.com/sapientsai/microsoft-mcp-server/internal/folder"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// auditLog returns where is recorded what is refused and changed. What a command prints is no place for it: where that
// is asked for, a command writes to standard error.
func (o *options) auditLog(c *profile.Config, log *slog.Logger, use purpose) (*audit.Log, error) {
	switch a := c.Audit; {
	case a.To == profile.AuditStdout && use == overStdio:
		return nil, &usageError{c.Errorf("audit.to", `write "stderr" or "file"`, "over stdio, standard output is the protocol's")}
	case a.To == profile.AuditStdout && use == overHTTP:
		return audit.ToWriter(o.env.Stdout, log), nil
	case a.To == profile.AuditFile && a.MaxSize > 0:
		return audit.ToRotatedFile(a.File, a.MaxSize, a.Keep, log), nil
	case a.To == profile.AuditFile:
		return audit.ToFile(a.File, log), nil
	case a.To == profile.AuditSyslog:
		return audit.ToSyslog(log), nil
	case a.To == profile.AuditJournald:
		return audit.ToJournal(log), nil
	}
	return audit.ToWriter(o.env.Stderr, log), nil
}

// tryAudit looks at the start whether the audit log can be written: else the first change would tell. Where that ends the
// server, it does not begin.
func (o *options) tryAudit(c *profile.Config, record *audit.Log, around surroundings) error {
	err := record.Try()
	if err == nil {
		return nil
	}
	key, remedy := "audit.to", `start the daemon, or write to = "stderr" or to = "file"`
	if c.Audit.To == profile.AuditFile {
		key, remedy = "audit.file", "name a file in a folder that is there, and that this user can write"
	}
	if c.Audit.Fatal && around.lost != nil {
		return &usageError{c.Errorf(key, remedy, "the audit log cannot be written: %s", err)}
	}
	around.log.Warn("the audit log cannot be written: until it can, nothing that changes something is sent", "key", key, "error", err, "hint", remedy)
	return nil
}

// guard puts a profile's policy in front of its client.
func guard(served *tools.Profile, client graph.Caller, rules *policy.Policy, log policy.Recorder) {
	by := func(a tools.Asker) policy.By {
		by := policy.By{Principal: a.Principal, Profile: served.Name, Tool: a.Tool, RequestID: a.RequestID,
			Who: func() (tenantID, account string) {
				id := served.Identity()
				return id.TenantID, id.Account
			}}
		if a.Agreed != nil {
			by.Agreed, by.Token = a.Agreed.Digests, a.Agreed.ByToken
		}
		return by
	}
	served.Could = rules.Could
	served.Verdict = func(r *graph.Request) (allowed, asks bool) {
		verdict := rules.Explain(r).Verdict
		return verdict != policy.Deny, verdict == policy.Confirm
	}
	served.Guarded = func(a tools.Asker) graph.Caller { return policy.Guard(client, rules, log, by(a)) }
	served.Check = func(a tools.Asker, r *graph.Request, instead ...*graph.Request) error {
		return policy.Check(rules, log, by(a), r, instead...)
	}
	served.Declined = func(a tools.Asker, err error) { policy.RecordDeclined(log, by(a), err) }
	served.Invalid = func(a tools.Asker, err error) {
		if why := invalid(err); why != "" {
			policy.RecordInvalid(log, by(a), why)
		}
	}
}

// invalid says in our words what was wrong with a call that came to no judgement; "" where that was not the matter.
func invalid(err error) string {
	var request *graph.RequestError
	var file *folder.Error
	switch {
	case errors.As(err, &request):
		return "not a valid request: " + request.Part
	case errors.As(err, &file):
		return "a file that cannot be used"
	}
	return ""
}
