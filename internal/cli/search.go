package cli

import (
	"context"

	"github.com/sapientsai/microsoft-mcp-server/internal/aisearch"
	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/mcp"
	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// addSearch gives a served profile what its searches look through.
func (o *options) addSearch(served *tools.Profile, p part) error {
	sharePoint, index := p.profile.SharePoint, p.profile.AISearch
	served.SharePoint = tools.SharePoint{SiteID: sharePoint.SiteID, SiteURL: sharePoint.SiteURL, Region: sharePoint.SearchRegion}
	if index.IsZero() {
		return nil
	}
	key := o.source(p.profile, index.APIKey, secret.SearchKey(p.profile.Name))
	client, err := aisearch.New(aisearch.Config{
		Endpoint: index.Endpoint, Index: index.Index, Transport: p.transport, UserAgent: mcp.Name + "/" + version(), Log: p.log,
		Key: func(ctx context.Context) (string, error) {
			text, err := key.Read(ctx)
			if err != nil && door.Outsider(ctx) { // it may name files, programs and variables
				p.log.WarnContext(ctx, "no key of azure_ai_search", "profile", p.profile.Name, "error", err)
				err = tools.Withhold(ownKeyError{err}, p.profile.Name, door.RequestID(ctx))
			}
			return text.Reveal(), err
		},
	})
	if err != nil {
		return err
	}
	served.Index = &tools.SearchIndex{SemanticConfig: index.SemanticConfig, VectorFields: index.VectorFields, SelectFields: index.SelectFields, Search: client.Search}
	return nil
}

// ownKeyError is what is wrong with a key of the server's own.
type ownKeyError struct{ error }

func (e ownKeyError) Unwrap() error { return e.error }

// OfCredential is true: the caller can do nothing about it.
func (ownKeyError) OfCredential() bool { return true }
