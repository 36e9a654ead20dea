package tools_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

func TestIdentity(t *testing.T) {
	t.Parallel()
	ada := tools.Identity{TenantID: "72f9", Account: "ada@contoso.com"}
	for _, tt := range []struct {
		configured, who, want tools.Identity
		words                 string
	}{
		{tools.Identity{TenantID: "contoso.com", Account: "ada@contoso.com"}, tools.Identity{TenantID: "else", Account: "eve@else.com"}, tools.Identity{TenantID: "contoso.com", Account: "ada@contoso.com"}, "ada@contoso.com, tenant contoso.com"},
		{tools.Identity{TenantID: "contoso.com"}, ada, tools.Identity{TenantID: "contoso.com", Account: "ada@contoso.com"}, "ada@contoso.com, tenant contoso.com"},
		{tools.Identity{TenantID: "contoso.com"}, tools.Identity{}, tools.Identity{TenantID: "contoso.com"}, "tenant contoso.com"},
		{tools.Identity{TenantID: "common"}, ada, ada, "ada@contoso.com, tenant 72f9"},
		{tools.Identity{TenantID: "consumers", Account: "ada@outlook.com"}, ada, tools.Identity{TenantID: "72f9", Account: "ada@outlook.com"}, "ada@outlook.com, tenant 72f9"},
		{tools.Identity{TenantID: "organizations"}, tools.Identity{Account: "ada@contoso.com"}, tools.Identity{TenantID: "organizations", Account: "ada@contoso.com"}, "ada@contoso.com"},
		{tools.Identity{TenantID: "common"}, tools.Identity{}, tools.Identity{TenantID: "common"}, ""},
	} {
		p := &tools.Profile{TenantID: tt.configured.TenantID, Account: tt.configured.Account, Who: func() tools.Identity { return tt.who }}
		if got := p.Identity(); got != tt.want || got.String() != tt.words {
			t.Errorf("%+v, signed in %+v: got %+v (%q), want %+v (%q)", tt.configured, tt.who, got, got, tt.want, tt.words)
		}
		p.Who = nil
		if got := p.Identity(); got != tt.configured {
			t.Errorf("%+v, nobody known: got %+v", tt.configured, got)
		}
	}
}

type signInError bool

func (signInError) Error() string        { return "no token" }
func (e signInError) SignInNeeded() bool { return bool(e) }

func TestNeedsSignIn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errors.New("else"), false},
		{signInError(true), true},
		{fmt.Errorf("GET /me: %w", signInError(true)), true},
		{signInError(false), false},
	} {
		if got := tools.NeedsSignIn(tt.err); got != tt.want {
			t.Errorf("%v: got %t, want %t", tt.err, got, tt.want)
		}
	}
}
