package profile

// The file as written: every key there is, before defaults and rules. The tag
// gives the key; "blank" allows the empty string, which is refused elsewhere
// because it hides a value that a template did not fill in.

type fileConfig struct {
	DefaultProfile string                  `toml:"default_profile"`
	Profiles       map[string]*fileProfile `toml:"profiles"`
	HTTP           fileHTTP                `toml:"http"`
	State          fileState               `toml:"state"`
	Audit          fileAudit               `toml:"audit"`
	Schema         fileSchema              `toml:"schema"`
}

type fileProfile struct {
	AuthMode     string          `toml:"auth_mode"`
	AccountType  string          `toml:"account_type"`
	TenantID     string          `toml:"tenant_id"`
	ClientID     string          `toml:"client_id"`
	Account      string          `toml:"account"`
	Scopes       []string        `toml:"scopes"`
	AppScopes    []string        `toml:"app_scopes"`
	Access       string          `toml:"access"`
	Cloud        fileCloud       `toml:"cloud"`
	CAFile       string          `toml:"ca_file"`
	Tools        []string        `toml:"tools"`
	Instructions string          `toml:"instructions"`
	Folders      []string        `toml:"folders"`
	SiteID       string          `toml:"site_id"`
	SiteURL      string          `toml:"site_url"`
	SearchRegion string          `toml:"search_region"`
	Credential   *fileCredential `toml:"credential"`
	Vault        fileVault       `toml:"vault"`
	Policy       filePolicy      `toml:"policy"`
	AISearch     *fileSearch     `toml:"azure_ai_search"`
}

// fileCloud is a cloud's name, or its hosts where Custom is set.
type fileCloud struct {
	Name   string
	Custom *fileHosts
}

type fileHosts struct {
	Authority       string `toml:"authority"`
	Graph           string `toml:"graph"`
	ResourceManager string `toml:"resource_manager"`
}

// fileVault is a vault's name, or a sealed file where Sealed is set.
type fileVault struct {
	Name   string
	Sealed *fileSealed
}

type fileSealed struct {
	File string      `toml:"file"`
	Key  *fileSecret `toml:"key"`
}

type fileCredential struct {
	ClientSecret    *fileSecret      `toml:"client_secret"`
	Certificate     *fileCertificate `toml:"certificate"`
	FederatedToken  *fileToken       `toml:"federated_token"`
	ManagedIdentity *fileIdentity    `toml:"managed_identity"`
}

type fileCertificate struct {
	File     string      `toml:"file"`
	Password *fileSecret `toml:"password"`
}

type fileToken struct {
	File string `toml:"file"`
}

type fileIdentity struct {
	ClientID string `toml:"client_id,blank"`
}

// fileSecret is a table that names a secret; a string in its place is a secret
// itself and refused.
type fileSecret struct {
	From    string   `toml:"from"`
	Env     string   `toml:"env"`
	File    string   `toml:"file"`
	Command []string `toml:"command"`
	Systemd string   `toml:"systemd"`
}

type filePolicy struct {
	Allow   []string `toml:"allow"`
	Deny    []string `toml:"deny"`
	Confirm []string `toml:"confirm"`

	ConfirmToken bool `toml:"confirm_token"`
}

type fileSearch struct {
	Endpoint       string      `toml:"endpoint"`
	APIKey         *fileSecret `toml:"api_key"`
	Index          string      `toml:"index"`
	SemanticConfig string      `toml:"semantic_config"`
	VectorFields   []string    `toml:"vector_fields"`
	SelectFields   []string    `toml:"select_fields"`
}
