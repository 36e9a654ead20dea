// Package profile reads the configuration: one TOML file of profiles and the
// ancestor's environment variables, parsed strictly, completed with defaults
// and validated as a whole. Its values name secrets and never hold one. An
// [Editor] changes the file's profiles and leaves all else as people wrote it.
//
// The package's rule for errors: each says where (file, line and key, or the
// variable), what is wrong and what to do, and none repeats a value, because
// any value may be a secret that was put in the wrong place. Names of profiles
// and keys are the exception.
package profile

import (
	"net/netip"
	"time"
)

// EnvName is the name of the profile that the environment alone makes.
const EnvName = "env"

// Config is a whole configuration, valid and complete. It is read-only after
// Load and safe for concurrent use.
type Config struct {
	File           string    // the file it came from; "" when only the environment spoke
	Digest         [32]byte  // SHA-256 of the file as it was read; zero without one
	DefaultProfile string    // "" where none was named
	Profiles       []Profile // in the file's order; the environment's profile comes last
	HTTP           HTTP
	State          State
	Audit          Audit
	Schema         Schema
	Transport      string // what TRANSPORT_TYPE asked for: "", "stdio" or "http"

	at   places // where each key was said, for errors
	path string // where a file would be looked for, for errors

	overlaid string // the profile that the environment's variables lie over, or ""
	unplaced string // a variable that no profile took, as none of several was selected
}

// Overlaid reports whether the environment's variables lie over the profile
// called name, or make it.
func (c *Config) Overlaid(name string) bool { return name != "" && c.overlaid == name }

// Profile is a named identity: who signs in where, how, and what it may do.
type Profile struct {
	Name        string
	TenantID    string // a GUID, a domain, or (people) common, organizations, consumers
	ClientID    string // the application (client) ID, a GUID
	Account     string // interactive: the only account that may sign in; "" for any
	CAFile      string // PEM file of a CA to trust beside the system's; absolute, or ""
	AuthMode    AuthMode
	AccountType string   // interactive: "work" or "personal"; "" for clientCredentials
	Scopes      []string // delegated permissions; nil for clientCredentials
	AppScopes   []string // scopes of app-only tokens, each ending in /.default; nil for interactive

	Access       Access
	Cloud        Cloud
	Credential   Credential // Kind None for interactive
	Vault        Vault
	Policy       Policy
	Tools        []string // names of the tools offered; nil for all. The caller checks the names.
	Instructions string   // added to what the server tells the model
	Folders      []string // of this machine, that files are read from and written to over stdio; absolute; nil for none
	SharePoint   SharePoint
	AISearch     AISearch
}

// Key returns the full name of one of the profile's keys, such as
// profiles.contoso.tools for "tools", for [Config.Errorf].
func (p Profile) Key(field string) string {
	return joinKey("profiles", p.Name) + "." + field
}

// AnyTenant reports whether TenantID stands for several tenants, so that anybody who has an account of Microsoft's, or
// of a kind of theirs, may sign in.
func (p Profile) AnyTenant() bool { return isTenantAlias(p.TenantID) }

// AuthMode says how a profile signs in.
type AuthMode int

const (
	Interactive       AuthMode = iota // a person, in a browser
	ClientCredentials                 // the app itself
	OnBehalfOf                        // over HTTP, whoever calls, each as themselves
)

// String returns the spelling used in the file.
func (m AuthMode) String() string {
	switch m {
	case ClientCredentials:
		return "clientCredentials"
	case OnBehalfOf:
		return "onBehalfOf"
	}
	return "interactive"
}

// Access says whether calls that change something are allowed at all. The zero
// value allows none.
type Access int

const (
	ReadOnly  Access = iota // calls that only read
	ReadWrite               // every call that the policy allows
)

// String returns the spelling used in the file.
func (a Access) String() string {
	if a == ReadWrite {
		return "read-write"
	}
	return "read-only"
}

// Credential is what an app proves itself with. Only the fields of its Kind
// are set.
type Credential struct {
	Kind            CredentialKind
	Secret          Secret // ClientSecret
	CertificateFile string // Certificate: a PEM or PFX file, absolute
	Password        Secret // Certificate: of the file; zero where it has none
	TokenFile       string // FederatedToken: a file with a signed assertion, absolute
	ManagedClientID string // ManagedIdentity: of a user-assigned identity; "" for the system's
}

// CredentialKind is the kind of a Credential.
type CredentialKind int

const (
	None            CredentialKind = iota // no credential: a person signs in
	ClientSecret                          // a client secret
	Certificate                           // a certificate with its private key
	FederatedToken                        // a token of another issuer (workload identity)
	ManagedIdentity                       // the identity Azure gives to the machine
)

// String returns the key that the kind has in the file, or "none".
func (k CredentialKind) String() string {
	switch k {
	case ClientSecret:
		return "client_secret"
	case Certificate:
		return "certificate"
	case FederatedToken:
		return "federated_token"
	case ManagedIdentity:
		return "managed_identity"
	}
	return "none"
}

// Secret names a secret and says where it rests: in exactly one of the OS
// keyring, the profile's vault, an environment variable, a file, a command's
// output or systemd's credentials. It never holds one.
type Secret struct {
	Keyring bool
	Vault   bool // in the profile's Vault, whichever that is
	Env     string
	File    string   // absolute
	Command []string // program and arguments, run without a shell
	Systemd string   // name of a file in $CREDENTIALS_DIRECTORY, without a separator
}

// IsZero reports whether s names no secret.
func (s Secret) IsZero() bool {
	return !s.Keyring && !s.Vault && s.Env == "" && s.File == "" && len(s.Command) == 0 && s.Systemd == ""
}

// String says in words where the secret rests. Of a command it shows the
// program alone, as its arguments may tell more than they should.
func (s Secret) String() string {
	switch {
	case s.Keyring:
		return "the OS keyring"
	case s.Vault:
		return "the profile's vault"
	case s.Env != "":
		return "the environment variable " + s.Env
	case s.File != "":
		return "the file " + s.File
	case len(s.Command) > 0:
		return "the output of " + s.Command[0]
	case s.Systemd != "":
		return "the systemd credential " + s.Systemd
	}
	return "nowhere"
}

// Vault is where a profile's sign-in rests, and what is stored for it. The zero
// value is the OS keyring; otherwise it is a sealed file.
type Vault struct {
	File string // absolute
	Key  Secret // what opens File; never in a vault or the keyring itself
}

// IsZero reports whether v is the OS keyring.
func (v Vault) IsZero() bool { return v.File == "" && v.Key.IsZero() }

// String says in words where the vault is.
func (v Vault) String() string {
	if v.IsZero() {
		return "the OS keyring"
	}
	return "the sealed file " + v.File + ", whose key rests in " + v.Key.String()
}

// Policy is a profile's patterns as written; the policy room parses them. A
// nil Allow allows what Access allows; an empty one is refused by Load.
type Policy struct {
	Allow, Deny, Confirm []string

	// ConfirmToken lets the model bring a person's agreement back, as a one-use
	// token, where the client cannot ask the person itself.
	ConfirmToken bool
}

// SharePoint narrows the search for documents.
type SharePoint struct {
	SiteID       string // a site's composite ID or GUID
	SiteURL      string // https
	SearchRegion string // app-only search: the tenant's region in capitals, such as NAM or EUR
}

// AISearch is an Azure AI Search index. Either it is zero or Endpoint, APIKey
// and Index are all set.
type AISearch struct {
	Endpoint       string // an https origin without a trailing slash
	APIKey         Secret
	Index          string
	SemanticConfig string
	VectorFields   []string
	SelectFields   []string
}

// IsZero reports whether no index is configured.
func (a AISearch) IsZero() bool { return a.Endpoint == "" && a.Index == "" && a.APIKey.IsZero() }

// HTTP is what the HTTP endpoint does. Its keys are those of the [http] table.
type HTTP struct {
	Listen         string         // host:port; an empty host is every interface
	BaseURL        string         // how clients reach us, without a trailing slash; "" where that is Listen
	Profiles       []string       // those served over HTTP; nil for the default
	APIKeys        []APIKey       // with Entra and OAuth none: anybody may call, on loopback only
	Entra          *EntraAccess   // nil: no tokens of Microsoft Entra let callers in
	OAuth          *OAuth         // nil: nobody signs in through us
	QueryKey       bool           // whether ?api_key=... is accepted
	AllowedHosts   []string       // further names (host or host:port) that a Host header may have
	AllowedOrigins []string       // further origins that an Origin header may have
	CORS           bool           // whether pages of AllowedOrigins may read answers
	MaxBody        int64          // bytes of a request's body
	MaxUpload      int64          // bytes of a file that is uploaded
	RateLimit      int            // calls per minute and principal; 0 for no limit
	MaxConcurrent  int            // calls at once in all
	MaxPerCaller   int            // calls at once of one principal; 0 for half of MaxConcurrent
	MaxConnections int            // connections at once
	MaxMemory      int64          // bytes of memory beyond which new work is refused; 0 for a part of the limit that the system sets, if any
	MetricsListen  string         // host:port for /metrics alone; "" for the endpoint's own, behind its authentication
	TLS            TLS            // zero: plain HTTP
	TrustedProxies []netip.Prefix // whose X-Forwarded-* headers are believed
}

// TLS names the files of a certificate, both PEM; absolute. They may be replaced at any time.
type TLS struct{ Certificate, Key string }

// APIKey is a key that opens the HTTP endpoint: either its hash or the variable
// that holds it.
type APIKey struct {
	Name     string
	SHA256   [32]byte  // of the key; zero where Env is set
	Env      string    // the variable that holds the key (the ancestor's MCP_API_KEY)
	Profiles []string  // those it opens; nil for all that are served
	Expires  time.Time // from when on it opens nothing; zero: never
	ReadOnly bool      // whether it only reads, whatever the profiles may do
}

// EntraAccess says which access tokens of Microsoft Entra ID let callers in, and to what.
type EntraAccess struct {
	Cloud     Cloud    // whose authority issues the tokens
	TenantIDs []string // GUIDs; at least one
	Audience  string   // the client ID of the app registration that stands for this server, a GUID: the aud of its v2.0 tokens
	Resource  string   // its Application ID URI, the exact URL of the MCP endpoint
	Clients   []string // client IDs of the only apps that callers may use (azp); nil for any
	Grants    []Grant  // at least one
	CAFile    string   // PEM file of a CA to trust beside the system's; absolute, or ""
}

// Grant opens profiles to those whose token has a permission of ours: a delegated one (scope), or an app role.
type Grant struct {
	Scope     string   // in the claim scp: people
	Role      string   // in the claim roles: apps, and people who were assigned to it. Exactly one of the two is set.
	TenantIDs []string // whose they have to be; nil for the only tenant there is
	Profiles  []string
	ReadOnly  bool
}

// OAuth is the authorization server that this server is to its clients, in front of Microsoft Entra.
type OAuth struct {
	Profile      string   // of the app that people sign in to; its auth_mode is onBehalfOf
	Profiles     []string // that whoever has signed in may use; never empty
	Redirects    []string // redirect URIs or patterns of clients that may register; nil for loopback and those that metadata documents name
	Registration bool     // dynamic client registration (RFC 7591)
	Documents    []string // hosts, or host:port in one's own network, too, from which client ID metadata documents are fetched; nil for any public one, on port 443
}

// State is where the replicas of a server keep what they share.
type State struct {
	URL      string // redis://, rediss:// or unix://, without a password; "" for this process's memory
	Username string
	Password Secret
	Prefix   string   // of all keys
	CAFile   string   // for rediss; absolute, or ""
	Key      Secret   // with which what is stored is sealed: 32 bytes in base64
	OldKeys  []Secret // with which it may have been sealed before
}
