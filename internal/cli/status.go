package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// profileStatus is what `status` tells of one profile.
type profileStatus struct {
	Profile       string   `json:"profile"`
	Authenticated bool     `json:"authenticated"`
	Mode          string   `json:"mode"`
	Tenant        string   `json:"tenant"`
	Account       string   `json:"account"`
	Cloud         string   `json:"cloud"`
	ReadOnly      bool     `json:"readOnly"`
	Permissions   []string `json:"permissions,omitempty"`
	ExpiresAt     string   `json:"expiresAt,omitempty"` // RFC 3339
	Problem       string   `json:"problem,omitempty"`
	Remedy        string   `json:"remedy,omitempty"`
}

func newStatus(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "Show for each profile whether it can sign in, and what it may do", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := o.load()
			if err != nil {
				return err
			}
			a, err := o.assemble(c, false)
			if err != nil {
				return err
			}
			defer a.close()
			var all []profileStatus
			failed := false
			for _, p := range a.config.Profiles {
				s := statusOf(cmd.Context(), p)
				failed = failed || !s.Authenticated
				all = append(all, s)
			}
			if err := o.printStatus(all, asJSON); err != nil {
				return err
			}
			if failed {
				return &shownError{errors.New("a profile cannot sign in")}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func statusOf(ctx context.Context, p *tools.Profile) profileStatus {
	s := profileStatus{Profile: p.Name, Mode: p.Mode, Tenant: p.TenantID, Account: p.Account, Cloud: p.Cloud, ReadOnly: p.ReadOnly}
	status, err := p.Status(ctx)
	if err != nil {
		s.Problem = err.Error()
		var hinted interface{ Hint() string }
		if errors.As(err, &hinted) {
			s.Remedy = hinted.Hint()
		}
		return s
	}
	s.Authenticated, s.Permissions, s.ExpiresAt = true, status.Permissions, status.ExpiresAt.UTC().Format(time.RFC3339)
	return s
}

func (o *options) printStatus(all []profileStatus, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(o.env.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(all)
	}
	for _, s := range all {
		access := "read-write"
		if s.ReadOnly {
			access = "read-only"
		}
		account := s.Account
		if account == "" {
			account = "nobody yet"
		}
		fmt.Fprintf(o.env.Stdout, "%s: %s in tenant %s (%s, %s, %s)\n", s.Profile, account, s.Tenant, s.Mode, s.Cloud, access)
		if !s.Authenticated {
			fmt.Fprintf(o.env.Stdout, "  cannot sign in: %s\n", s.Problem)
			if s.Remedy != "" {
				fmt.Fprintf(o.env.Stdout, "  %s\n", s.Remedy)
			}
			continue
		}
		fmt.Fprintf(o.env.Stdout, "  signed in until %s\n  permissions: %s\n", s.ExpiresAt, strings.Join(s.Permissions, ", "))
	}
	return nil
}
