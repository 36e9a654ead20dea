package entra

import (
	"context"
	"errors"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret"
)

// confidential returns an MSAL client for one request of an app that proves itself, and the exchange that it goes
// through. A new one each time, because MSAL's cache would answer in place of the authority, and because the one that
// it has for acting on behalf of people never lets anybody go. kept is nil, or what MSAL finds in its cache.
func (c *client) confidential(ctx context.Context, cred Credential, kept cache.ExportReplace) (confidential.Client, *exchange, *Error) {
	ctx, cancel := context.WithTimeout(ctx, secretTimeout)
	defer cancel()
	opened, err := cred.open(ctx, c.config)
	if failed, ok := errors.AsType[*Error](err); ok {
		return confidential.Client{}, nil, failed
	}
	if err != nil {
		return confidential.Client{}, nil, c.config.unreadError(err)
	}
	x := &exchange{client: c, hidden: []secret.Text{opened.hidden}}
	options := []confidential.Option{
		confidential.WithHTTPClient(x),
		confidential.WithX5C(), // for apps that trust a certificate by its issuer and subject name
		confidential.WithClientCapabilities([]string{"CP1"}),
		confidential.WithInstanceDiscovery(c.config.Known),
		// MSAL_FORCE_REGION in the environment would send requests to another host.
		confidential.WithAzureRegion("DisableMsalForceRegion"),
	}
	if kept != nil {
		options = append(options, confidential.WithCache(kept))
	}
	msal, err := confidential.New(c.cloud.origin+"/"+c.config.TenantID, c.config.ClientID, opened.msal, options...)
	if err != nil {
		return confidential.Client{}, nil, c.config.newError("MSAL does not take the authority "+c.cloud.host+" or the app's ID",
			"check client_id, tenant_id and the cloud of profile {profile}")
	}
	return msal, x, nil
}
