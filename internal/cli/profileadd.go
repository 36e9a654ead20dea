package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// addFlags are the flags of `profile add`.
type addFlags struct {
	settings                      profile.Settings
	scopes                        []string
	credential, secretFrom        string
	certificateFile, passwordFrom string
	tokenFile, managedClientID    string
	vaultFile, vaultKeyFrom       string
	use, asJSON                   bool
	given                         func(flag string) bool
}

func newProfileAdd(o *options) *cobra.Command {
	f := &addFlags{}
	cmd := &cobra.Command{Use: "add NAME", Short: "Add a profile to the configuration file",
		Long: `Add a profile to the configuration file, which is made where there is none. The first profile becomes the default.

The secret itself is never an argument: --secret-from and its like name the place where it rests. keyring is the OS
keyring, vault the profile's own (--vault-file, else the keyring too); "secret set" stores it there.`,
		Example: `  microsoft-mcp-server profile add contoso --tenant contoso.onmicrosoft.com --client-id ID
  microsoft-mcp-server profile add fabrikam --auth-mode clientCredentials --tenant ID --client-id ID --secret-from env:FABRIKAM_SECRET
  microsoft-mcp-server profile add people --auth-mode onBehalfOf --tenant ID --client-id ID --scope User.Read,Mail.Read`,
		Args: oneProfileName,
		RunE: func(_ *cobra.Command, args []string) error { return o.addProfile(args[0], f) }}
	f.given = func(flag string) bool { return cmd.Flags().Changed(flag) }
	f.define(cmd)
	return cmd
}

// textFlag is a flag that holds a text.
type textFlag struct {
	to          *string
	name, usage string
}

// texts are the flags that a guided set-up has, too.
func (f *addFlags) texts() []textFlag {
	s := &f.settings
	return []textFlag{
		{&s.TenantID, "tenant", "the tenant's GUID or one of its domains (interactive: common by default)"},
		{&s.ClientID, "client-id", "application (client) ID of the app registration"},
		{&s.Account, "account", "the only account that may sign in"},
		{&s.AccountType, "account-type", "work (default) or personal"},
		{&s.Cloud.Name, "cloud", "global (default), usgov, usgov-dod or china"},
		{&s.Cloud.Authority, "authority", "https origin that issues tokens, of a cloud of one's own"},
		{&s.Cloud.Graph, "graph", "https origin of Graph, of a cloud of one's own"},
		{&s.Cloud.ResourceManager, "resource-manager", "https origin of Azure Resource Manager, of a cloud of one's own"},
		{&s.CAFile, "ca-file", "PEM file of a CA to trust beside the system's"},
		{&f.credential, "credential", "clientCredentials, onBehalfOf: client-secret (default), certificate or federated-token; clientCredentials: also managed-identity"},
		{&f.secretFrom, "secret-from", "where the client secret rests: keyring, vault, env:NAME, file:PATH or systemd:NAME"},
		{&f.certificateFile, "certificate-file", "PEM or PFX file with certificate and key"},
		{&f.passwordFrom, "password-from", "where the certificate's password rests, as for --secret-from"},
		{&f.tokenFile, "token-file", "file in which the platform puts a federated token"},
		{&f.managedClientID, "managed-client-id", "client ID of a user-assigned managed identity"},
		{&f.vaultFile, "vault-file", "sealed file in which the sign-in rests, where there is no OS keyring"},
		{&f.vaultKeyFrom, "vault-key-from", "where the key of --vault-file rests: env:NAME, file:PATH or systemd:NAME"},
	}
}

func (f *addFlags) define(cmd *cobra.Command) {
	s, flags := &f.settings, cmd.Flags()
	for _, text := range f.texts() {
		flags.StringVar(text.to, text.name, "", text.usage)
	}
	// These two are written even where they are the default: they say what the profile is.
	flags.StringVar(&s.AuthMode, "auth-mode", profile.Interactive.String(), "interactive (a person signs in), clientCredentials (the app itself) or onBehalfOf (whoever calls over HTTP, each as themselves)")
	flags.StringVar(&s.Access, "access", profile.ReadOnly.String(), "read-only or read-write")
	flags.StringSliceVar(&f.scopes, "scope", nil, "permission to ask for; may be repeated (interactive, onBehalfOf: User.Read by default)")
	flags.BoolVar(&f.use, "use", false, "make it the default profile")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
}

func (o *options) addProfile(name string, f *addFlags) error {
	out, err := o.writeProfile(name, f)
	if err != nil {
		return err
	}
	why, next := o.nextStep(f.settings)
	out.Next = next
	if err := o.printChange(out, nil, f.asJSON, "added %s to %s\n"); err != nil || f.asJSON {
		return err
	}
	if out.Default == name {
		fmt.Fprintln(o.env.Stdout, "it is the default profile")
	}
	_, err = fmt.Fprintf(o.env.Stdout, "next, %s:  %s\n", why, next)
	return err
}

// writeProfile adds the profile of the flags to the file.
func (o *options) writeProfile(name string, f *addFlags) (changedProfile, error) {
	f.settings.Name = name
	if err := f.complete(); err != nil {
		return changedProfile{}, err
	}
	return o.edit(name, func(e *profile.Editor) error {
		if err := e.Add(f.settings); err != nil {
			return flagged(err, name)
		}
		if f.use {
			return e.Use(name)
		}
		return nil
	})
}

// nextStep returns what is to be done before the profile works, and the command for it.
func (o *options) nextStep(s profile.Settings) (why, command string) {
	stored := func(source profile.Secret) bool { return source.Keyring || source.Vault }
	switch {
	case s.AuthMode == profile.Interactive.String():
		return "to sign in", o.command(nil, "login", s.Name)
	case stored(s.Credential.Secret) || stored(s.Credential.Password):
		return "to store the secret", o.command(nil, "secret set", s.Name)
	}
	return "to see whether it signs in", o.command(nil, "status", s.Name)
}

// complete makes the settings of the flags. What it does not refuse, the Editor checks.
func (f *addFlags) complete() error {
	s := &f.settings
	var err error
	if s.CAFile, err = absolute(s.CAFile); err != nil {
		return err
	}
	if s.Cloud.Name != "" && (s.Cloud.Authority != "" || s.Cloud.Graph != "" || s.Cloud.ResourceManager != "") {
		return usagef("--cloud names one of Microsoft's clouds; a cloud of one's own has --authority and --graph instead")
	}
	switch s.AuthMode {
	case profile.ClientCredentials.String():
		s.AppScopes = f.scopes
		s.Credential, err = f.credentialOf()
	case profile.OnBehalfOf.String():
		s.Scopes = f.scopes
		s.Credential, err = f.credentialOf()
	default:
		s.Scopes = f.scopes
		err = f.refuse("--auth-mode clientCredentials or onBehalfOf", "credential", "secret-from", "certificate-file", "password-from", "token-file", "managed-client-id")
	}
	if err != nil {
		return err
	}
	if f.given("vault-file") != f.given("vault-key-from") {
		return usagef("--vault-file and --vault-key-from go together: the file is sealed with a key that rests elsewhere")
	}
	if s.Vault.File, err = absolute(f.vaultFile); err != nil {
		return err
	}
	s.Vault.Key, err = sourceOf("vault-key-from", f.vaultKeyFrom)
	return err
}

// credentialOf returns what the app proves itself with.
func (f *addFlags) credentialOf() (profile.Credential, error) {
	kind := f.credential
	if kind == "" {
		kind = "client-secret"
		for _, sign := range []struct{ flag, kind string }{
			{"certificate-file", "certificate"}, {"token-file", "federated-token"}, {"managed-client-id", "managed-identity"},
		} {
			if f.given(sign.flag) {
				kind = sign.kind
			}
		}
	}
	known := false
	for _, own := range []struct {
		kind  string
		flags []string
	}{
		{"client-secret", []string{"secret-from"}}, {"certificate", []string{"certificate-file", "password-from"}},
		{"federated-token", []string{"token-file"}}, {"managed-identity", []string{"managed-client-id"}},
	} {
		if own.kind == kind {
			known = true
		} else if err := f.refuse("--credential "+own.kind, own.flags...); err != nil {
			return profile.Credential{}, err
		}
	}
	if !known {
		return profile.Credential{}, usagef("--credential is client-secret, certificate, federated-token or managed-identity")
	}
	return f.credentialAs(kind)
}

func (f *addFlags) credentialAs(kind string) (c profile.Credential, err error) {
	switch kind {
	case "certificate":
		c.Kind = profile.Certificate
		if c.CertificateFile, err = absolute(f.certificateFile); err == nil {
			c.Password, err = sourceOf("password-from", f.passwordFrom)
		}
	case "federated-token":
		c.Kind = profile.FederatedToken
		c.TokenFile, err = absolute(f.tokenFile)
	case "managed-identity":
		c.Kind, c.ManagedClientID = profile.ManagedIdentity, f.managedClientID
	default:
		c.Kind = profile.ClientSecret
		if c.Secret, err = sourceOf("secret-from", f.secretFrom); c.Secret.IsZero() && err == nil {
			c.Secret = profile.Secret{Keyring: f.vaultFile == "", Vault: f.vaultFile != ""}
		}
	}
	return c, err
}

// refuse refuses flags that say nothing without another.
func (f *addFlags) refuse(without string, flags ...string) error {
	for _, flag := range flags {
		if f.given(flag) {
			return usagef("--%s goes with %s", flag, without)
		}
	}
	return nil
}

// sourceOf returns the place that a flag names. A value that names none is not repeated: it may be the secret itself.
func sourceOf(flag, value string) (profile.Secret, error) {
	kind, name, _ := strings.Cut(value, ":")
	switch {
	case value == "":
		return profile.Secret{}, nil
	case value == "keyring":
		return profile.Secret{Keyring: true}, nil
	case value == "vault":
		return profile.Secret{Vault: true}, nil
	case kind == "env" && name != "":
		return profile.Secret{Env: name}, nil
	case kind == "systemd" && name != "":
		return profile.Secret{Systemd: name}, nil
	case kind == "file" && name != "":
		path, err := absolute(name)
		return profile.Secret{File: path}, err
	}
	return profile.Secret{}, usagef("--%s names the place where the secret rests, never the secret itself: keyring, vault, env:NAME, file:PATH or systemd:NAME", flag)
}

// absolute resolves a path as the shell means it: the configuration file would count it from its own folder.
func absolute(path string) (string, error) {
	if path == "" || strings.HasPrefix(path, "~/") {
		return path, nil
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("resolving a path: %w", err)
	}
	return whole, nil
}

// flagged names in the problems of a new profile the flags, as its keys stand nowhere yet.
func flagged(err error, name string) error {
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for i, one := range all {
		var e *profile.Error
		if errors.As(one, &e) && e.File == "" {
			named := *e
			named.Key = flagOf(strings.TrimPrefix(e.Key, profile.Profile{Name: name}.Key("")))
			all[i] = &named
		}
	}
	return errors.Join(all...)
}

// flagOf returns the flag that sets a key of a profile; of several, the first that fits.
func flagOf(key string) string {
	for _, known := range []struct{ key, flag string }{
		{"auth_mode", "auth-mode"}, {"tenant_id", "tenant"}, {"client_id", "client-id"}, {"account_type", "account-type"}, {"account", "account"},
		{"scopes", "scope"}, {"app_scopes", "scope"}, {"access", "access"}, {"ca_file", "ca-file"},
		{"cloud.authority", "authority"}, {"cloud.graph", "graph"}, {"cloud.resource_manager", "resource-manager"}, {"cloud", "cloud"},
		{"vault.file", "vault-file"}, {"vault.key", "vault-key-from"}, {"credential.client_secret", "secret-from"},
		{"credential.certificate.file", "certificate-file"}, {"credential.certificate.password", "password-from"},
		{"credential.federated_token", "token-file"}, {"credential.managed_identity", "managed-client-id"}, {"credential", "credential"},
	} {
		if rest, ok := strings.CutPrefix(key, known.key); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return "--" + known.flag
		}
	}
	return key
}
