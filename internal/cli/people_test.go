package cli

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// Where anybody may sign in through us, there is no tenant to exchange a token at that a client brings.
func TestProofWhereAnybodySignsIn(t *testing.T) {
	t.Parallel()
	const tenant, id = "0b8f2d6c-1111-4222-8333-444455556666", "7c1f0e9a-aaaa-4bbb-8ccc-ddddeeeeffff"
	for tenantID, want := range map[string]string{"common": "takes no token", "organizations": "takes no token", tenant: ""} {
		all, err := (&options{}).newPeople(part{profile: profile.Profile{
			Name: "people", AuthMode: profile.OnBehalfOf, TenantID: tenantID, ClientID: id, Scopes: []string{"User.Read"},
			Cloud: profile.Cloud{Authority: "https://login.example", Graph: "https://graph.example"},
		}})
		if err != nil {
			t.Fatalf("%s: %v", tenantID, err)
		}
		who, err := all.of(tools.Person{TenantID: tenant, ObjectID: id, Proof: secret.NewText("a token")})
		if want == "" {
			if err != nil || who == nil {
				t.Errorf("%s: got %v", tenantID, err)
			}
		} else if hint, ok := err.(interface{ Hint() string }); !ok || !strings.Contains(err.Error(), want) || !strings.Contains(hint.Hint(), "[http.oauth]") {
			t.Errorf("%s: got %v", tenantID, err)
		}
		if err := all.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// What is known of a person's permissions stays theirs, from one call to the next.
func TestGrantsStayWithThePerson(t *testing.T) {
	t.Parallel()
	const tenant = "0b8f2d6c-1111-4222-8333-444455556666"
	all, err := (&options{}).newPeople(part{profile: profile.Profile{
		Name: "people", AuthMode: profile.OnBehalfOf, TenantID: tenant, ClientID: tenant, Scopes: []string{"User.Read"},
		Cloud: profile.Cloud{Authority: "https://login.example", Graph: "https://graph.example"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	grantsOf := func(person string) *tools.Grants {
		claims := base64.RawURLEncoding.EncodeToString([]byte(`{"tid":"` + tenant + `","oid":"` + person + `"}`))
		p, err := all.profile(&tools.Profile{}, nil, tools.Person{TenantID: tenant, ObjectID: person, Proof: secret.NewText("e30." + claims + ".c2ln")})
		if err != nil {
			t.Fatal(err)
		}
		return p.Grants
	}
	const ada, bob = "7c1f0e9a-aaaa-4bbb-8ccc-ddddeeeeffff", "7c1f0e9a-aaaa-4bbb-8ccc-ddddeeeefff0"
	if first := grantsOf(ada); first == nil || grantsOf(ada) != first || grantsOf(bob) == first {
		t.Error("two calls of one person have different memories, or two persons the same")
	}
	if err := all.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
