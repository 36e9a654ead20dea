package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// What the permissions of a token open is looked up again, by what the file says now: never more than the token had, nor
// for people of a tenant that is not let in, nor for those whom our own authorization server has let in.
func TestPermissionsAreRecalled(t *testing.T) {
	t.Parallel()
	const ours, other, stranger = "0b8f2d6c-1111-4222-8333-444455556666", "1c9f3e7d-1111-4222-8333-444455556666", "2daf4f8e-1111-4222-8333-444455556666"
	now := &entraCallers{access: profile.EntraAccess{TenantIDs: []string{ours, other}, Grants: []profile.Grant{
		{Scope: "read", Profiles: []string{"a", "b"}, ReadOnly: true},
		{Scope: "write", Profiles: []string{"b"}},
		{Role: "write", Profiles: []string{"c"}},
		{Scope: "home", TenantIDs: []string{ours}, Profiles: []string{"d"}},
	}}}
	type opened struct{ Profiles, ReadOnly []string }
	for name, row := range map[string]struct {
		caller door.Caller
		want   opened
	}{
		"reads":                       {door.Caller{Name: "user:" + ours + "/ada", By: []string{"scope read"}}, opened{[]string{"a", "b"}, []string{"a", "b"}}},
		"reads and writes":            {door.Caller{Name: "user:" + ours + "/ada", By: []string{"scope read", "scope write"}}, opened{[]string{"a", "b", "b"}, []string{"a"}}},
		"a role is no scope":          {door.Caller{Name: "app:" + ours + "/app", By: []string{"role write"}}, opened{[]string{"c"}, nil}},
		"nothing is granted any more": {door.Caller{Name: "app:" + ours + "/app", By: []string{"role gone"}}, opened{}},
		"no permission":               {door.Caller{Name: "user:" + ours + "/ada"}, opened{}},
		"at home":                     {door.Caller{Name: "user:" + ours + "/ada", By: []string{"scope home"}}, opened{[]string{"d"}, nil}},
		"away from home":              {door.Caller{Name: "user:" + other + "/ada", By: []string{"scope home"}}, opened{}},
		"of a stranger":               {door.Caller{Name: "user:" + stranger + "/eve", By: []string{"scope read", "role write"}}, opened{}},
		"signed in through us":        {door.Caller{Name: "user:" + ours + "/ada", By: []string{"scope read"}, Person: &tools.Person{Grant: "g"}}, opened{}},
	} {
		got, err := now.Recall(t.Context(), row.caller)
		if diff := cmp.Diff(row.want, opened{got.Profiles, got.ReadOnly}); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}
