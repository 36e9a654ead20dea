package sandbox

import (
	"crypto/x509"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/entrasim"
)

// What people and tests need to name of the simulated Entra.
const (
	ConsumersTenantID = entrasim.ConsumersTenantID // the tenant of all personal accounts
	FederatedIssuer   = entrasim.FederatedIssuer   // who signs what [Tenant.FederatedToken] returns
	FederatedAudience = entrasim.FederatedAudience // and for whom
)

// RefreshRotation says what becomes of a refresh token that was used.
type RefreshRotation = entrasim.RefreshRotation

// The rotations.
const (
	KeepRefreshTokens = entrasim.KeepRefreshTokens // it stays good beside the new one, as at Entra: the default
	RefreshTokensOnce = entrasim.RefreshTokensOnce // it is good once: AADSTS70000 from the second time on
)

// SetRefreshRotation sets what becomes of refresh tokens from now on.
func (t *Tenant) SetRefreshRotation(mode RefreshRotation) { t.entra.SetRefreshRotation(mode) }

// RefusedRefreshes returns how often a refresh token was refused because it had been used.
func (t *Tenant) RefusedRefreshes() int { return t.entra.RefusedRefreshes() }

// SetRefreshLifetime sets how long refresh tokens are good, those of before, too: AADSTS700082 after that. 0 means
// 90 days.
func (t *Tenant) SetRefreshLifetime(d time.Duration) { t.entra.SetRefreshLifetime(d) }

// SetRefreshIn makes every answer with a token ask for its renewal after that time (refresh_in); 0 means as Entra
// does, after half the life of tokens that live for more than two hours.
func (t *Tenant) SetRefreshIn(d time.Duration) { t.entra.SetRefreshIn(d) }

// RevokeSessions ends what a person has signed in to so far: refresh tokens get AADSTS50173, and access tokens with
// the client capability cp1 are challenged.
func (t *Tenant) RevokeSessions(upn string) { t.entra.RevokeSessions(upn) }

// ChallengeTokens makes Graph and Azure Resource Manager challenge every access token with the client capability cp1
// (401, insufficient_claims) until one comes that was requested with the claims of the challenge.
func (t *Tenant) ChallengeTokens() { t.entra.Challenge() }

// Consent lets an administrator consent, for everybody in the tenant, to delegated permissions of an app, such as
// User.Read.All or one with its resource before it.
func (t *Tenant) Consent(clientID string, scopes ...string) { t.entra.Consent(clientID, scopes...) }

// SetDeviceInterval sets how long devices have to wait between two requests, from the next device code on. What is
// less than a second reads 0 in the answer, and 0 lets them ask as often as they like. A negative one means Entra's
// five seconds.
func (t *Tenant) SetDeviceInterval(d time.Duration) { t.entra.SetDeviceInterval(d) }

// SetDeviceCodeLifetime sets how long the next device codes are good; 0 means a quarter of an hour.
func (t *Tenant) SetDeviceCodeLifetime(d time.Duration) { t.entra.SetDeviceCodeLifetime(d) }

// Secrets returns what may be seen nowhere but in the requests and answers that it belongs to: the apps' secrets, that
// of the managed identity's endpoint, and every code and token issued so far, of very many the last ones. A test looks
// for them where they must not be.
func (t *Tenant) Secrets() []string { return append(t.entra.Secrets(), t.header) }

// DeviceURL returns the page where a device's code is entered.
func (t *Tenant) DeviceURL() string { return t.LoginURL() + "/device" }

// RegisterCertificate lets an app prove itself with the certificate's key, besides the secret that it has.
func (t *Tenant) RegisterCertificate(clientID string, c *x509.Certificate) {
	t.entra.RegisterCertificate(clientID, c)
}

// AddFederatedCredential lets tokens of an outside issuer speak for an app. Only of [FederatedIssuer] are there keys
// with which they could be verified.
func (t *Tenant) AddFederatedCredential(clientID, issuer, subject, audience string) {
	t.entra.AddFederatedCredential(clientID, issuer, subject, audience)
}

// FederatedToken returns a token of [FederatedIssuer] about a subject for [FederatedAudience], as a cluster puts it
// in a file. It is good from now on for lifetime; a negative one makes a token that has expired.
func (t *Tenant) FederatedToken(subject string, lifetime time.Duration) string {
	return t.entra.FederatedToken(subject, lifetime)
}

// ManagedIdentity returns what the platform puts in the environment of what runs there: IDENTITY_ENDPOINT and
// IDENTITY_HEADER. The endpoint of virtual machines, at http://169.254.169.254 in Azure, is on the same host.
func (t *Tenant) ManagedIdentity() (endpoint, header string) {
	return t.URL(Platform) + entrasim.AppServicePath, t.header
}
