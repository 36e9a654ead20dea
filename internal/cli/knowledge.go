package cli

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// knowledge is what all profiles know of Graph. Making it reads and fetches nothing.
type knowledge struct {
	catalog *catalog.Catalog
	store   *schema.Store
}

// knowledge keeps schemas where the configuration says, else with the user's caches.
func (o *options) knowledge(c profile.Schema, log *slog.Logger) *knowledge {
	dir := o.schemaFolder(c)
	return &knowledge{catalog: catalog.New(), store: schema.NewStore(schema.StoreConfig{Dir: dir, Offline: c.Offline, Log: log, UserAgent: mcp.Name + "/" + o.served()})}
}

// schemaFolder is where schemas are kept; "" where there is no place.
func (o *options) schemaFolder(c profile.Schema) string {
	if c.Folder != "" || o.env.CacheDir == nil {
		return c.Folder
	}
	caches, err := o.env.CacheDir()
	if err != nil {
		return "" // there is none for a daemon without a home: memory has to do
	}
	return filepath.Join(caches, "microsoft-mcp-server", "schema")
}

// inMemory is for what ends soon and leaves nothing behind.
func inMemory(log *slog.Logger) *knowledge {
	return &knowledge{catalog: catalog.New(), store: schema.NewStore(schema.StoreConfig{Log: log, UserAgent: mcp.Name + "/" + version()})}
}

// cloudSchema is the schema of one cloud.
type cloudSchema struct {
	store     *schema.Store
	graph     string // the origin of its Graph
	transport http.RoundTripper
}

func (s cloudSchema) source(version string) schema.Source {
	return schema.Source{Graph: s.graph, Version: version, Transport: s.transport}
}

// Model returns what is there now.
func (s cloudSchema) Model(version string) *schema.Model { return s.store.Model(s.source(version)) }

// Held returns what is there now, and asks for nothing.
func (s cloudSchema) Held(version string) *schema.Model { return s.store.Held(s.source(version)) }

// Wait waits for what is not there yet.
func (s cloudSchema) Wait(ctx context.Context, version string) (*schema.Model, error) {
	return s.store.Wait(ctx, s.source(version))
}
