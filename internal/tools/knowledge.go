package tools

import (
	"context"
	"slices"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// Schemas is what Graph itself says of its types and paths.
type Schemas interface {
	// Model returns that of a version as far as it is there now; nil where it is not. It asks for it in the background.
	Model(version string) *schema.Model
	// Held is Model, but asks for nothing.
	Held(version string) *schema.Model
	// Wait waits for one that is not there yet. The error says why there is none.
	Wait(ctx context.Context, version string) (*schema.Model, error)
}

// timeForSchema bounds the wait for a schema without which there is no answer.
const timeForSchema = 20 * time.Second

// model returns the schema of a version as far as it is there now.
func (p *Profile) model(version string) *schema.Model {
	if p.Schema == nil {
		return nil
	}
	return p.Schema.Model(version)
}

// heldModel does so without asking for it: for what is said beside an answer, nothing is fetched.
func (p *Profile) heldModel(version string) *schema.Model {
	if p.Schema == nil {
		return nil
	}
	return p.Schema.Held(version)
}

// awaitModel waits for the schema of a version.
func (p *Profile) awaitModel(ctx context.Context, version string) (*schema.Model, error) {
	if p.Schema == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeForSchema)
	defer cancel()
	return p.Schema.Wait(ctx, version)
}

// propertiesOf returns the names of a type's properties, as far as they are known without asking for them.
func (p *Profile) propertiesOf(version, kind string) []string {
	if m := p.heldModel(version); m != nil && kind != "" {
		if t, ok := m.Type(kind); ok {
			var names []string
			for _, property := range append(t.Properties, t.Navigation...) {
				names = append(names, property.Name)
			}
			return p.known(kind, names)
		}
	}
	if p.Catalog == nil {
		return nil
	}
	return p.Catalog.Properties(kind)
}

// known puts first those of the names that the catalog has, which are the ones used most.
func (p *Profile) known(kind string, names []string) []string {
	if p.Catalog == nil {
		return names
	}
	var first []string
	for _, name := range p.Catalog.Properties(kind) {
		if slices.Contains(names, name) {
			first = append(first, name)
		}
	}
	for _, name := range names {
		if !slices.Contains(first, name) {
			first = append(first, name)
		}
	}
	return first
}

// otherVersion is beta for v1.0 and the other way round.
func otherVersion(version string) string {
	if version == graph.Beta {
		return graph.V1
	}
	return graph.Beta
}
