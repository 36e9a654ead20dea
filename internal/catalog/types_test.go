package catalog_test

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// TestTypeNamed: a type is known by its name alone, however that is written, and by nothing that says more.
func TestTypeNamed(t *testing.T) {
	t.Parallel()
	m, err := schema.Parse(strings.NewReader(`<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="microsoft.graph" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="user"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String"/></EntityType>
<EnumType Name="riskLevel"><Member Name="low" Value="0"/></EnumType>
<EntityContainer Name="GraphService"><EntitySet Name="users" EntityType="microsoft.graph.user"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ request, want string }{
		{"riskLevel", "microsoft.graph.riskLevel"},
		{"RISKLEVEL", "microsoft.graph.riskLevel"},
		{"risk level", "microsoft.graph.riskLevel"},
		{"what are the values of riskLevel?", "microsoft.graph.riskLevel"},
		{"microsoft.graph.riskLevel", "microsoft.graph.riskLevel"},
		{"user", "microsoft.graph.user"},
		{"users", ""},
		{"delete a user", ""},
		{"", ""},
		{"the values of", ""},
		{strings.Repeat("risk ", 10_000), ""},
	} {
		got, ok := catalog.TypeNamed(m, test.request)
		if got.Name != test.want || ok != (test.want != "") {
			t.Errorf("TypeNamed(%.40q) = %q, %v; want %q", test.request, got.Name, ok, test.want)
		}
	}
	if _, ok := catalog.TypeNamed(nil, "user"); ok {
		t.Error("without a model there is a type")
	}
}
