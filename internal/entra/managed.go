package entra

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"
)

// connectTimeout bounds the wait for a connection to the platform's endpoint. It is on this machine or beside it:
// where nobody takes the connection by then, nobody is there.
const connectTimeout = 3 * time.Second

// Managed is the identity that Azure gives to what the server runs on. There is no credential: the platform has an
// endpoint that gives tokens to whoever reaches it. It is safe for concurrent use.
type Managed struct {
	*keeper
	clientID string                       // of a user-assigned identity; "" for the system-assigned one
	said     atomic.Pointer[accessClaims] // of the last token
}

// NewManagedIdentity returns the identity of the machine: the system-assigned one, or the user-assigned one of that
// client ID. Of c, only Authority, for the hints, and what is not about tenant and app is used. It makes no
// connection. Its errors are *Error.
//
// The endpoint is found by the environment variables that the platform sets: App Service, Functions, Container Apps
// and Service Fabric (IDENTITY_ENDPOINT), Azure Arc, Cloud Shell, Azure Machine Learning (MSI_ENDPOINT), and else
// that of virtual machines, scale sets and the nodes of AKS (169.254.169.254). Requests never go through a proxy.
func NewManagedIdentity(c Config, clientID string) (*Managed, error) {
	c.ClientID = clientID
	c.TenantID = cmp.Or(c.TenantID, "of the identity") // for the hints that name one
	switch {
	case c.HTTP == nil:
		return nil, c.newError("there is no HTTP client", "")
	case clientID != "" && !isLabel(clientID):
		return nil, c.newError("client_id of managed_identity is not a client ID", "copy the Client ID from the managed identity's overview in {portal}")
	}
	inner := c.client(platformClient(c.HTTP))
	inner.kind = kindApp
	m := &Managed{clientID: clientID}
	m.keeper = newKeeper(inner, m.fetch)
	return m, nil
}

// Status returns the status of the identity towards audience. It acquires a token where none is there, and fails as
// [Managed.Token] does.
func (m *Managed) Status(ctx context.Context, audience string) (Status, error) {
	t, err := m.hold(ctx, Request{Audience: audience})
	if err != nil {
		return Status{}, err
	}
	said := readClaims(t.value)
	return Status{
		Mode: "clientCredentials", TenantID: identifier(said.TenantID), ClientID: cmp.Or(identifier(said.AppID), m.clientID),
		AppName: tidy(said.AppName), Permissions: slices.Sorted(slices.Values(said.Roles)), ExpiresAt: t.expires,
	}, nil
}

// Who returns the tenant's ID and the client ID of the identity, as far as they are known without asking anybody; ""
// where they are not.
func (m *Managed) Who() (tenantID, account string) {
	if said := m.said.Load(); said != nil {
		return identifier(said.TenantID), identifier(said.AppID)
	}
	return "", m.clientID
}

// fetch makes one request for a token, retries included. Its errors are *Error.
func (m *Managed) fetch(ctx context.Context, n need) (*token, error) {
	x := &platform{exchange: exchange{client: m.client}, refused: n.refused}
	// The next request is an hour away.
	defer func() { x.http.CloseIdleConnections() }()
	msal, failed := m.msal(x)
	if failed != nil {
		return nil, failed
	}
	var t *token
	failed = x.persist(ctx, func(ctx context.Context) *Error {
		// Claims make MSAL pass by its cache, which all identities of the process share and which would answer in
		// place of the platform. The platform itself takes none.
		res, err := msal.AcquireToken(ctx, m.scope(n.audience), managedidentity.WithClaims(cmp.Or(n.claims, "{}")))
		if err != nil || res.AccessToken == "" {
			return x.explain(m.now())
		}
		var bad *Error
		t, bad = x.take(res.AccessToken, n.claims, time.Until(res.ExpiresOn), until(res.Metadata.RefreshOn))
		return bad
	})
	if failed != nil {
		return nil, failed
	}
	said := readClaims(t.value)
	m.said.Store(&said)
	return t, nil
}

// msal returns an MSAL client for one request, which goes through x.
func (m *Managed) msal(x *platform) (managedidentity.Client, *Error) {
	id := managedidentity.SystemAssigned()
	if m.clientID != "" {
		id = managedidentity.UserAssignedClientID(m.clientID)
	}
	var err error
	if x.source, err = managedidentity.GetSource(); err == nil {
		var msal managedidentity.Client
		if msal, err = managedidentity.New(id, managedidentity.WithHTTPClient(x), managedidentity.WithRetryPolicyDisabled()); err == nil {
			return msal, nil
		}
	}
	if m.clientID != "" && (x.source == managedidentity.CloudShell || x.source == managedidentity.ServiceFabric) {
		return managedidentity.Client{}, m.config.newError(fmt.Sprintf("%s does not let the app choose its managed identity", x.source),
			"remove client_id from managed_identity of profile {profile}")
	}
	return managedidentity.Client{}, m.config.newError(fmt.Sprintf("the managed identity of %s is not set up", x.source),
		"check the variables that the platform gives to the server: IDENTITY_ENDPOINT, IDENTITY_HEADER and, in Service Fabric, IDENTITY_SERVER_THUMBPRINT")
}

// take makes a token of what the platform gave; refreshIn is 0 where it did not say.
func (x *platform) take(text, claims string, lifetime, refreshIn time.Duration) (*token, *Error) {
	switch {
	case !isTokenText(text):
		return nil, x.config.newError(x.name()+" answered with an access_token that no header can carry", x.strange())
	case lifetime <= 0:
		return nil, x.config.newError(x.name()+" answered with a token that has already expired", "check the clock of this machine")
	}
	t, bad := x.accept(text, claims, lifetime, refreshIn)
	if bad == nil && t.refused(Request{Rejected: x.refused.Reveal()}) {
		// Handed on all the same: for all we know the API only stumbled, and this token serves for hours.
		x.log.Warn("the platform goes on giving the token that the API has refused: it keeps tokens until they expire")
	}
	return t, bad
}

// platformClient returns an HTTP client for the platform's endpoint, after given: without a proxy, which would
// answer for itself or send what opens the endpoint elsewhere, and without redirects, for the same reason.
func platformClient(given *http.Client) *http.Client {
	transport, ok := given.Transport.(*http.Transport)
	if ok {
		transport = transport.Clone()
	} else {
		transport = &http.Transport{}
	}
	dial := transport.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	transport.Proxy = nil
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNobodyThere, err)
		}
		return conn, nil
	}
	return &http.Client{
		Transport: transport, Timeout: given.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
