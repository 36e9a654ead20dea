package cli

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/audit"
	"github.com/sapientsai/microsoft-mcp-server/internal/entra"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/ui"
)

// desk is what the dashboard knows and does. Each question reads the configuration anew, as a command of its own would.
type desk struct{ options *options }

// anew returns the options of a command about the profile of that name; "" for all.
func (d desk) anew(name string) *options {
	o := *d.options
	if name != "" {
		o.profiles, o.argument = []string{name}, true
	}
	return &o
}

func (d desk) Names(context.Context) ([]string, error) {
	o := d.anew("")
	c, err := o.load()
	if err != nil || len(o.profiles) > 0 {
		return o.profiles, err
	}
	return c.Names(), nil
}

func (d desk) Profiles(ctx context.Context) ([]ui.Profile, error) {
	all, err := d.anew("").statuses(ctx)
	if err != nil {
		return nil, err
	}
	profiles := make([]ui.Profile, len(all))
	for i, s := range all {
		profiles[i] = ui.Profile{Name: s.Profile, Mode: s.Mode, Account: s.Account, Tenant: s.Tenant, Cloud: s.Cloud,
			Person: s.Mode == profile.Interactive.String(), Ready: s.Authenticated, ReadOnly: s.ReadOnly, Credential: s.Credential,
			Permissions: slices.Concat(s.Permissions, s.Scopes), SignedInAt: moment(s.SignedInAt), CredentialExpires: moment(s.CredentialExpiresAt),
			Problem: s.Problem, Remedy: s.Remedy}
	}
	return profiles, nil
}

// moment reads what stamp has written.
func moment(s string) time.Time {
	at, _ := time.Parse(time.RFC3339, s) // "" is no moment
	return at
}

func (d desk) SignIn(ctx context.Context, name string) (*ui.SignIn, error) {
	o := d.anew(name)
	p, u, err := o.user([]string{name})
	if err != nil {
		return nil, err
	}
	method := entra.Browser
	if o.env.OpenURL == nil { // the browser may be elsewhere, and this port be all that it reaches
		method = entra.DeviceCode
	}
	s, err := beginSignIn(ctx, p, u, method)
	if err != nil {
		o.closeIdentity(u)
		return nil, err
	}
	return &ui.SignIn{Page: cmp.Or(s.Page, s.URL), Code: s.UserCode, Expires: s.Expires, End: func(ctx context.Context) (string, error) {
		defer o.closeIdentity(u)
		if err := await(ctx, s, p.Name); err != nil {
			return "", err
		}
		_, account, _ := s.Who()
		return account, nil
	}}, nil
}

func (d desk) SignOut(ctx context.Context, name string) (bool, error) {
	o := d.anew(name)
	c, profiles, err := o.toSignOut([]string{name}, false)
	if err != nil {
		return false, err
	}
	return o.signOut(ctx, c, profiles[0])
}

// readLog bounds what is read of the audit log: some thousand calls.
const readLog = 2 << 20

func (d desk) Calls(context.Context) (ui.Log, error) {
	c, err := d.anew("").load()
	if err != nil || c.Audit.To != profile.AuditFile {
		return ui.Log{To: auditPlace(c)}, err
	}
	lines, older, err := audit.Tail(c.Audit.File, readLog)
	kept := ui.Log{Place: c.Audit.File, Older: older}
	for _, l := range lines {
		kept.Lines = append(kept.Lines, ui.Line{Time: l.Time, Verdict: l.Verdict, Stage: l.Stage, Agreed: l.Agreed, Rule: l.Rule, Call: l.Call, Item: l.Item,
			Principal: l.Principal, Profile: l.Profile, Account: l.Account, Tool: l.Tool, API: l.API, Method: l.Method, Path: l.Path, Code: l.Code,
			Status: l.Status, Took: time.Duration(l.Took) * time.Millisecond})
	}
	return kept, err
}

// auditPlace says where an audit log goes that is in no file.
func auditPlace(c *profile.Config) string {
	if c == nil {
		return ""
	}
	switch c.Audit.To {
	case profile.AuditStdout:
		return "the server's standard output"
	case profile.AuditSyslog:
		return "syslog"
	case profile.AuditJournald:
		return "the systemd journal"
	}
	return "the server's standard error"
}

func (d desk) Try(_ context.Context, t ui.Trial) (ui.Judgement, error) {
	p, c, err := d.anew(t.Profile).one([]string{t.Profile})
	if err != nil {
		return ui.Judgement{}, err
	}
	var body []byte
	if t.Body != "" {
		body = []byte(t.Body)
	}
	out, err := judge(c, p, graph.Params{API: graph.API(t.API), Version: t.Version, Method: t.Method, Path: t.Path, Body: body})
	if err != nil {
		return ui.Judgement{}, err
	}
	j := judgement(out.judgedCall)
	j.Profile, j.Access, j.Service = out.Profile, out.Access, out.API
	if out.Version != "" {
		j.Service += " " + out.Version
	}
	return j, nil
}

func judgement(c judgedCall) ui.Judgement {
	j := ui.Judgement{ID: c.ID, Verdict: c.Verdict, Rule: c.Rule, Reason: c.Reason, Method: c.Method, Path: c.Path, Readings: c.Readings}
	for _, item := range c.Items {
		j.Items = append(j.Items, judgement(item))
	}
	return j
}
