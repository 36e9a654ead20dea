package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/terminal"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// profileStatus is what `status` tells of one profile.
type profileStatus struct {
	Profile       string   `json:"profile"`
	Authenticated bool     `json:"authenticated"`
	Mode          string   `json:"mode"`
	Tenant        string   `json:"tenant"`
	Account       string   `json:"account"` // the person's, or the app's client ID
	Cloud         string   `json:"cloud"`
	ReadOnly      bool     `json:"readOnly"`
	Permissions   []string `json:"permissions,omitempty"`
	Scopes        []string `json:"scopes,omitempty"`    // onBehalfOf: what people are asked for, who sign in each for themselves
	ExpiresAt     string   `json:"expiresAt,omitempty"` // of the access token, which is renewed by itself; RFC 3339

	Credential          string `json:"credential"`                    // what it signs in with, and where that rests
	CredentialExpiresAt string `json:"credentialExpiresAt,omitempty"` // where it is known; RFC 3339
	SignedInAt          string `json:"signedInAt,omitempty"`          // RFC 3339

	Problem string `json:"problem,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
}

func newStatus(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status [PROFILE]", Short: "Show for each profile whether it can sign in, and what it may do", Args: atMostOneProfile,
		RunE: func(cmd *cobra.Command, args []string) error { return o.runStatus(cmd.Context(), args, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (o *options) runStatus(ctx context.Context, args []string, asJSON bool) error {
	if len(args) == 1 {
		o.profiles, o.argument = args, true
	}
	all, err := o.statuses(ctx)
	if err != nil {
		return err
	}
	if err := o.printStatus(all, asJSON); err != nil {
		return err
	}
	for _, s := range all {
		if !s.Authenticated {
			return &shownError{errors.New("a profile cannot sign in")}
		}
	}
	return nil
}

// statuses tells of the profiles that are asked for, else of all.
func (o *options) statuses(ctx context.Context) ([]profileStatus, error) {
	c, err := o.load()
	if err != nil {
		return nil, err
	}
	if len(o.profiles) == 0 {
		o.profiles = c.Names()
	}
	a, err := o.assemble(c, oneLook)
	if err != nil {
		return nil, err
	}
	defer a.close()
	profiles := make([]profile.Profile, len(a.config.Profiles)) // found before anything runs that nobody would wait for
	for i, served := range a.config.Profiles {
		if profiles[i], err = c.Find(served.Name); err != nil {
			return nil, err
		}
	}
	all := make([]profileStatus, len(profiles))
	var asking sync.WaitGroup
	for i, p := range profiles {
		asking.Go(func() { all[i] = statusOf(ctx, p, a.config.Profiles[i], a.identity[i]) })
	}
	asking.Wait()
	return all, nil
}

func statusOf(ctx context.Context, p profile.Profile, served *tools.Profile, id identity) profileStatus {
	s := profileStatus{Profile: p.Name, Mode: served.Mode, Tenant: p.TenantID, Account: served.Identity().Account, Cloud: p.Cloud.Name,
		ReadOnly: served.ReadOnly, Credential: credentialText(p)}
	if p.AuthMode == profile.OnBehalfOf {
		s.Account, s.Scopes = p.ClientID, p.Scopes
	}
	status, err := id.Status(ctx, p.Cloud.Graph)
	if err != nil {
		s.Problem = err.Error()
		var hinted interface{ Hint() string }
		if errors.As(err, &hinted) {
			s.Remedy = hinted.Hint()
		}
		return s
	}
	s.Authenticated, s.Permissions, s.ExpiresAt = true, status.Permissions, stamp(status.ExpiresAt)
	s.CredentialExpiresAt, s.SignedInAt = stamp(status.CredentialExpires), stamp(status.SignedInAt)
	if status.TenantID != "" {
		s.Tenant = status.TenantID
	}
	if account := accountOf(status); account != "" {
		s.Account = account
	}
	return s
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// credentialText says what a profile signs in with, and where that rests.
func credentialText(p profile.Profile) string {
	if p.AuthMode == profile.Interactive {
		return "a person's sign-in, in " + p.Vault.String()
	}
	switch c := p.Credential; c.Kind {
	case profile.Certificate:
		text := "the certificate in " + c.CertificateFile
		if !c.Password.IsZero() {
			text += ", its password in " + placeOf(p, c.Password)
		}
		return text
	case profile.FederatedToken:
		return "the federated token in " + c.TokenFile
	case profile.ManagedIdentity:
		if c.ManagedClientID != "" {
			return "the managed identity " + c.ManagedClientID
		}
		return "this machine's managed identity"
	default:
		return "a client secret, in " + placeOf(p, c.Secret)
	}
}

// placeOf says where a secret of a profile rests.
func placeOf(p profile.Profile, s profile.Secret) string {
	if s.Vault {
		return p.Vault.String()
	}
	return s.String()
}

func (o *options) printStatus(all []profileStatus, asJSON bool) error {
	if asJSON {
		return o.printJSON(all)
	}
	screen := o.screen(o.env.Stdout)
	for _, s := range all {
		access := "read-write"
		if s.ReadOnly {
			access = "read-only"
		}
		account := s.Account
		switch {
		case account != "":
		case s.Mode == profile.Interactive.String():
			account = "nobody yet"
		default:
			account = "the machine's identity"
		}
		fmt.Fprintf(o.env.Stdout, "%s: %s in tenant %s (%s, %s, %s)\n  signs in with %s\n", screen.Paint(terminal.Strong, s.Profile), printable(account), s.Tenant,
			s.Mode, s.Cloud, screen.Paint(accessInk(access), access), printable(s.Credential))
		if !s.Authenticated {
			fmt.Fprintf(o.env.Stdout, "  %s: %s\n", screen.Paint(terminal.Bad, "cannot sign in"), terminal.Lines(s.Problem))
			if s.Remedy != "" {
				fmt.Fprintf(o.env.Stdout, "  %s\n", s.Remedy)
			}
			continue
		}
		if s.SignedInAt != "" {
			fmt.Fprintf(o.env.Stdout, "  signed in since %s\n", s.SignedInAt)
		}
		if s.CredentialExpiresAt != "" {
			fmt.Fprintf(o.env.Stdout, "  which expires at %s\n", s.CredentialExpiresAt)
		}
		if s.Mode == profile.OnBehalfOf.String() {
			fmt.Fprintf(o.env.Stdout, "  %s; people sign in each for themselves\n  scopes: %s\n", screen.Paint(terminal.Good, "works"), strings.Join(s.Scopes, ", "))
			continue
		}
		fmt.Fprintf(o.env.Stdout, "  %s; the access token is good until %s and renewed by itself\n  permissions: %s\n", screen.Paint(terminal.Good, "works"), s.ExpiresAt, printable(strings.Join(s.Permissions, ", ")))
	}
	return nil
}
