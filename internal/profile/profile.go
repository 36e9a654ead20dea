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

// EnvName is the name of the profile that the environment alone makes.
const EnvName = "env"

// Config is a whole configuration, valid and complete. It is read-only after
// Load and safe for concurrent use.
type Config struct {
	File           string    // the file it came from; "" when only the environment spoke
	DefaultProfile string    // "" where none was named
	Profiles       []Profile // in the file's order; the environment's profile comes last
	HTTP           HTTP
	Audit          Audit
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
	TenantID    string // a GUID, a domain, or (interactive) common, organizations, consumers
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

// AuthMode says how a profile signs in.
type AuthMode int

const (
	Interactive       AuthMode = iota // a person, in a browser
	ClientCredentials                 // the app itself
)

// String returns the spelling used in the file.
func (m AuthMode) String() string {
	if m == ClientCredentials {
		return "clientCredentials"
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

// HTTP configures the HTTP endpoint.
type HTTP struct {
	Listen         string   // host:port; an empty host is every interface
	BaseURL        string   // how clients reach us, without a trailing slash; "" where that is Listen
	Profiles       []string // those served over HTTP; nil for the default
	APIKeys        []APIKey // none: anybody may call, on loopback only
	QueryKey       bool     // whether ?api_key=... is accepted
	AllowedHosts   []string // further names (host or host:port) that a Host header may have
	AllowedOrigins []string // further origins that an Origin header may have
	MaxBody        int64    // bytes of a request's body
	MaxUpload      int64    // bytes of a file that is uploaded
	RateLimit      int      // calls per minute and principal; 0 for no limit
	MaxConcurrent  int      // calls at once in all
}

// APIKey is a key that opens the HTTP endpoint: either its hash or the variable
// that holds it.
type APIKey struct {
	Name     string
	SHA256   [32]byte // of the key; zero where Env is set
	Env      string   // the variable that holds the key (the ancestor's MCP_API_KEY)
	Profiles []string // those it opens; nil for all that are served
}
