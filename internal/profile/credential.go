package profile

// credential returns what the app proves itself with: exactly one kind. A
// person who signs in here needs none.
func (b *builder) credential() Credential {
	const field = "credential"
	kinds := "client_secret, certificate, federated_token or managed_identity"
	if b.callers() {
		kinds = "client_secret, certificate or federated_token" // what a token can be exchanged with
	}
	r := b.raw.Credential
	switch {
	case b.out.AuthMode == Interactive && r == nil:
		return Credential{}
	case b.out.AuthMode == Interactive:
		b.refuseFor(field, `remove the table, or set auth_mode = "clientCredentials"`)
		return Credential{}
	case r == nil:
		b.fail(field, "write one of "+kinds+" into ["+b.key+".credential], or set AZURE_CLIENT_SECRET", "is missing: %s needs one credential", b.out.AuthMode)
		return Credential{}
	}
	var found []Credential
	if r.ClientSecret != nil {
		found = append(found, Credential{Kind: ClientSecret, Secret: b.secret(field+".client_secret", r.ClientSecret)})
	}
	if r.Certificate != nil {
		found = append(found, b.certificate(field+".certificate", r.Certificate))
	}
	if r.FederatedToken != nil {
		found = append(found, b.federated(field+".federated_token", r.FederatedToken))
	}
	if r.ManagedIdentity != nil && b.callers() {
		b.fail(field+".managed_identity", "write one of "+kinds, "has no meaning with auth_mode %q", b.out.AuthMode.String())
		return Credential{}
	}
	if r.ManagedIdentity != nil {
		found = append(found, b.managed(field+".managed_identity", r.ManagedIdentity))
	}
	if len(found) != 1 {
		b.fail(field, "write exactly one of "+kinds, "holds %d credentials, and one is needed", len(found))
		return Credential{}
	}
	return found[0]
}

func (b *builder) certificate(field string, r *fileCertificate) Credential {
	c := Credential{Kind: Certificate, CertificateFile: b.path(field+".file", r.File)}
	if r.File == "" {
		b.fail(field+".file", "name a PEM or PFX file that holds certificate and key", "is missing")
	}
	if r.Password != nil {
		c.Password = b.secret(field+".password", r.Password)
	}
	return c
}

func (b *builder) federated(field string, r *fileToken) Credential {
	if r.File == "" {
		b.fail(field+".file", "name the file that the platform puts the token into", "is missing")
	}
	return Credential{Kind: FederatedToken, TokenFile: b.path(field+".file", r.File)}
}

func (b *builder) managed(field string, r *fileIdentity) Credential {
	if r.ClientID != "" && !isGUID(r.ClientID) {
		b.fail(field+".client_id", `write the identity's client ID, or "" for the machine's own`, "is not a GUID")
	}
	return Credential{Kind: ManagedIdentity, ManagedClientID: r.ClientID}
}
