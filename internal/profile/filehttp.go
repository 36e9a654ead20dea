package profile

import "time"

// What the file says of the HTTP endpoint, as file.go says the rest.

type fileHTTP struct {
	Listen         string     `toml:"listen"`
	BaseURL        string     `toml:"base_url"`
	Profiles       []string   `toml:"profiles"`
	APIKeys        []fileKey  `toml:"api_keys"`
	Entra          *fileEntra `toml:"entra"`
	OAuth          *fileOAuth `toml:"oauth"`
	QueryKey       *bool      `toml:"query_key"`
	AllowedHosts   []string   `toml:"allowed_hosts"`
	AllowedOrigins []string   `toml:"allowed_origins"`
	CORS           bool       `toml:"cors"`
	MaxBody        *int64     `toml:"max_body"`
	MaxUpload      *int64     `toml:"max_upload"`
	RateLimit      *int64     `toml:"rate_limit"`
	MaxConcurrent  *int64     `toml:"max_concurrent"`
	MaxPerCaller   *int64     `toml:"max_per_caller"`
	MaxConnections *int64     `toml:"max_connections"`
	MaxMemory      *int64     `toml:"max_memory"`
	MetricsListen  string     `toml:"metrics_listen"`
	TLS            *fileTLS   `toml:"tls"`
	TrustedProxies []string   `toml:"trusted_proxies"`
}

type fileTLS struct {
	Certificate string `toml:"certificate"`
	Key         string `toml:"key"`
}

type fileKey struct {
	Name     string   `toml:"name"`
	SHA256   string   `toml:"sha256"`
	Profiles []string `toml:"profiles"`
	Expires  fileTime `toml:"expires"`
	ReadOnly bool     `toml:"read_only"`
}

// fileTime is a date (the beginning of that day in UTC), or a time with its offset; as TOML or as text.
type fileTime struct{ time.Time }

type fileEntra struct {
	Cloud     fileCloud   `toml:"cloud"`
	TenantIDs []string    `toml:"tenant_ids"`
	Audience  string      `toml:"audience"`
	Resource  string      `toml:"resource"`
	Clients   []string    `toml:"clients"`
	CAFile    string      `toml:"ca_file"`
	Grants    []fileGrant `toml:"grants"`
}

type fileGrant struct {
	Scope     string   `toml:"scope"`
	Role      string   `toml:"role"`
	TenantIDs []string `toml:"tenant_ids"`
	Profiles  []string `toml:"profiles"`
	ReadOnly  bool     `toml:"read_only"`
}

type fileOAuth struct {
	Profile      string   `toml:"profile"`
	Profiles     []string `toml:"profiles"`
	Redirects    []string `toml:"redirects"`
	Registration *bool    `toml:"registration"`
	Documents    []string `toml:"documents"`
}

type fileState struct {
	URL      string        `toml:"url"`
	Username string        `toml:"username"`
	Password *fileSecret   `toml:"password"`
	Prefix   string        `toml:"prefix"`
	CAFile   string        `toml:"ca_file"`
	Key      *fileSecret   `toml:"key"`
	OldKeys  []*fileSecret `toml:"old_keys"`
}
