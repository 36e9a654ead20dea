package entra

// The remedies that several codes share.
const (
	storeSecret  = "store it where profile {profile} takes its secret from (the keyring: microsoft-mcp-server secret set {profile})"
	checkTenant  = "check tenant_id ({tenant}) and the cloud of profile {profile}"
	askAdmin     = "an administrator of the tenant must decide; show them this code and the trace ID"
	signInAgain  = "sign in again: {login}"
	grantConsent = "an administrator opens {adminconsent} and consents"
	addRedirect  = "open {authentication}, platform {platform}, and add exactly {redirect}"
	waitAMoment  = "wait a moment and try again"
)

// table is Entra's error codes ("Microsoft Entra authentication and
// authorization error codes" in its documentation) with what to do in our case.
// Read-only.
var table = []advice{
	// The app and its credential.
	{codes: []int{7000215}, meaning: "the client secret is wrong", remedy: "copy the secret's Value, not its Secret ID, and " + storeSecret},
	{codes: []int{7000222}, meaning: "the client secret has expired", remedy: "create a new one at {secrets} and " + storeSecret},
	{codes: []int{7000218}, meaning: "the app is registered as confidential and sent no credential", remedy: "for a person: open {authentication}, register http://localhost under Mobile and desktop applications, not Web, and allow public client flows; for an app: give profile {profile} a credential"},
	{codes: []int{7000216}, meaning: "the app sent no credential", remedy: "give profile {profile} a credential: a secret, a certificate or a federated token"},
	{codes: []int{700025}, meaning: "the app is registered as public and must not send a credential", remedy: "remove the credential of profile {profile} and sign in as a person, or turn off public client flows in the app registration"},
	{codes: []int{700016, 700011}, meaning: "tenant {tenant} does not know the app {client}", remedy: "check client_id, tenant_id and the cloud of profile {profile}; an app of another tenant needs consent first: {adminconsent}"},
	{codes: []int{70001}, meaning: "the app {client} is unknown to tenant {tenant} or disabled there", remedy: "check client_id and tenant_id of profile {profile}, and Enterprise applications in {portal}"},
	{codes: []int{7000112}, meaning: "the app {client} is disabled", remedy: "an administrator enables it in {portal}, Enterprise applications, Properties"},
	{codes: []int{7000229}, meaning: "the app {client} has no service principal in tenant {tenant}", remedy: grantConsent},
	{codes: []int{700027, 700030}, meaning: "the certificate is not the one registered for the app {client}, or has expired", remedy: "upload the certificate that profile {profile} uses (without its key) at {secrets}, Certificates"},
	{codes: []int{50012}, meaning: "the app's signed assertion was not accepted", remedy: "check the certificate of profile {profile}, its thumbprint and dates, and the clock of this machine"},
	{codes: []int{700024}, meaning: "the app's signed assertion is outside of its time", remedy: "set the clock of this machine"},
	{codes: []int{700021, 700023, 50027}, meaning: "the app's assertion was made for another app or authority", remedy: "check client_id, tenant_id, the cloud and the credential of profile {profile}"},
	{codes: []int{70025}, meaning: "the app {client} trusts no federated tokens yet", remedy: "open {secrets}, Federated credentials, and add one for the issuer and the subject of the token"},
	{codes: []int{70021, 700211, 700212, 700213}, meaning: "no federated credential of the app {client} matches the issuer, subject or audience of the token", remedy: "compare them at {secrets}, Federated credentials"},

	// The tenant.
	{codes: []int{90002, 900021, 900023}, meaning: "there is no tenant {tenant} at {authority}", remedy: checkTenant},
	{codes: []int{50059, 50128, 90019}, meaning: "the tenant cannot be told from the request", remedy: checkTenant},
	{codes: []int{50194}, meaning: "the app {client} is of one tenant and cannot sign in through a shared name", remedy: "set tenant_id of profile {profile} to the app's own tenant"},
	{codes: []int{9002332}, meaning: "the app is for work accounts only", remedy: `set tenant_id of profile {profile}, and account_type = "work"`},
	{codes: []int{9002331, 90130}, meaning: "the app is for personal accounts only", remedy: `set account_type = "personal" in profile {profile} and remove its tenant_id, or register an app for work accounts`},
	{codes: []int{9001023}, meaning: "this way of signing in needs one tenant", remedy: "set tenant_id of profile {profile} to the tenant's ID"},

	// Redirects.
	{codes: []int{50011, 500112, 500113, 900971}, meaning: "the redirect URI is not registered", remedy: addRedirect},
	{codes: []int{9002327}, meaning: "the redirect URI is registered for a single-page application", remedy: addRedirect + "; remove it under Single-page application"},

	// Consent, permissions and resources.
	{codes: []int{65001}, meaning: "nobody has consented to the app's permissions yet", remedy: grantConsent},
	{codes: []int{90094, 90095, 90093, 90099}, meaning: "an administrator must consent to the app's permissions", remedy: grantConsent},
	{codes: []int{65004}, meaning: "the person declined to consent", remedy: "sign in again and consent: {login}"},
	{codes: []int{65002}, meaning: "client_id is an app of Microsoft's own that may not call this API", remedy: "register an app of your own in {portal} and set client_id of profile {profile}"},
	{codes: []int{650053, 650057, 70011, 28002}, meaning: "a scope is unknown, or is not among the app's API permissions", remedy: "check scopes and app_scopes of profile {profile}, and the API permissions of the app: {permissions}"},
	{codes: []int{1002012}, meaning: "an app's scope must end in /.default", remedy: "write app_scopes of profile {profile} so; the permissions are granted in the app registration"},
	{codes: []int{500011, 650052, 650056, 500014, 50001}, meaning: "the API is not there in tenant {tenant}, or is disabled", remedy: "check the cloud of profile {profile} and its hosts; an administrator sees in {portal}, Enterprise applications, whether the API is there and enabled"},
	{codes: []int{700022}, meaning: "the scopes are of several APIs", remedy: "leave those of one API in scopes and app_scopes of profile {profile}"},
	{codes: []int{9010010, 901002}, meaning: "the resource does not match the scopes", remedy: "check scopes and app_scopes of profile {profile}: all must be of one API"},

	// Rules of the tenant for the person or the app.
	{codes: []int{50076, 50079, 50072, 50074, 50078, 50158}, meaning: "more proof is needed, such as a second factor", remedy: "sign in again in a browser: {login}"},
	{codes: []int{53000, 53001, 50097, 50129}, meaning: "the tenant asks for a managed device", remedy: "sign in with a browser on a device that the tenant manages; " + askAdmin},
	{codes: []int{530033}, meaning: "the tenant asks for a managed device, which signing in by a code cannot show", remedy: "sign in in a browser of a device that the tenant manages, with no --device-code: {login}"},
	{codes: []int{135011, 50155}, meaning: "the device is disabled in the tenant, or unknown to it", remedy: "sign in on another device; " + askAdmin},
	{codes: []int{500021}, meaning: "a proxy on the way lets nobody sign in to tenant {tenant} (tenant restrictions)", remedy: "have whoever runs the network allow tenant {tenant}, or sign in from another"},
	{codes: []int{500212, 500213}, meaning: "the rules between the account's tenant and tenant {tenant} do not allow this sign-in (cross-tenant access)", remedy: askAdmin},
	{codes: []int{53002, 53003, 53004, 53011, 530021, 530032, 530034, 530084, 530035}, meaning: "the tenant's access policies block this sign-in (of a person, or of the app {client})", remedy: askAdmin},
	{codes: []int{50105}, meaning: "the account is not assigned to the app", remedy: "an administrator assigns it in {portal}, Enterprise applications, Users and groups"},
	{codes: []int{50020, 16000, 90072, 50034, 50177, 51004}, meaning: "the account does not exist in tenant {tenant}", remedy: "sign in with an account of that tenant, or have it invited as a guest"},
	{codes: []int{500208}, meaning: "accounts of this kind do not sign in at {authority}", remedy: "sign in with another account of tenant {tenant}; an external tenant (Entra External ID) has an authority of its own, NAME.ciamlogin.com, for cloud of profile {profile}"},
	{codes: []int{50057}, meaning: "the account is disabled", remedy: askAdmin},
	{codes: []int{50053}, meaning: "the account is locked after too many attempts, or the address is blocked", remedy: "wait, then sign in again; " + askAdmin},
	{codes: []int{50055, 50144}, meaning: "the password has expired", remedy: "change it in a browser, then sign in again"},
	{codes: []int{50142}, meaning: "the tenant asks for a new password, as the old one is thought to be at risk", remedy: "change it in a browser, then sign in again"},
	{codes: []int{50126}, meaning: "the name or the password is wrong", remedy: signInAgain},
	{codes: []int{50058}, meaning: "nobody is signed in", remedy: signInAgain},

	// Sign-ins that ended.
	{codes: []int{70008, 700082, 70043, 70044, 70000}, meaning: "the sign-in has expired", remedy: signInAgain, ended: true},
	{codes: []int{50173, 50133, 50132}, meaning: "the sign-in was revoked, as after a change of password", remedy: signInAgain, ended: true},
	{codes: []int{54005, 501481, 50089, 70019}, meaning: "the sign-in was not completed, or twice", remedy: "try again: {login}"},

	// On behalf of a person.
	{codes: []int{500133}, meaning: "the token that the client brought has expired", remedy: signInAgain},
	{codes: []int{50013}, meaning: "the token that the client brought is not one to act on: of another app or tenant, or too old", remedy: signInAgain},
	{codes: []int{240002, 500131}, meaning: "the client brought an ID token, or a token for another app", remedy: "it must ask for an access token for this server's own API; sign in again: {login}"},
	{codes: []int{7000114}, meaning: "the app {client} may not act on behalf of people", remedy: "check its registration in {portal}"},

	// Passing troubles, and troubles on the way.
	{codes: []int{90033, 90024, 50033, 90006, 90012}, meaning: "Entra is busy or not well", remedy: waitAMoment, transient: true},
	{codes: []int{50196}, meaning: "too many equal requests in a short time", remedy: "wait five minutes; if it comes again, report it as a fault of this program"},
	{codes: []int{1002016}, meaning: "the connection arrived with an outdated TLS version", remedy: "a proxy or firewall on the way downgrades it: check HTTPS_PROXY and TLS inspection"},
}
