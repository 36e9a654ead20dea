package sandbox

import (
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/indexsim"
)

// The index of the simulated Azure AI Search service: the company's handbook.
const (
	SearchIndex          = "handbook"
	SearchSemanticConfig = "default"
	SearchVectorField    = "contentVector"
)

func newSearchIndex() *indexsim.Index {
	return indexsim.New(indexsim.Options{
		Name: SearchIndex, SemanticConfig: SearchSemanticConfig, Documents: company.Handbook(), Vector: SearchVectorField, Page: 20,
		Searchable: []string{"title", "heading", "content"}, Filterable: []string{"id", "category", "year", "reviewer"},
	})
}

// SearchURL returns the origin of the simulated Azure AI Search service.
func (t *Tenant) SearchURL() string { return t.servers[Search].url() }

// SearchKey returns the current key of the search service.
func (t *Tenant) SearchKey() string { return t.index.Key() }

// RotateSearchKey gives the search service a new key and returns it; the old one is refused from now on.
func (t *Tenant) RotateSearchKey() string { return t.index.RotateKey() }
