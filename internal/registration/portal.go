package registration

import "strings"

// Steps returns what is to be done in the portal, in order. Check has to have passed.
func Steps(a Answers) []string {
	steps := []string{a.begin(), a.create()}
	if text := a.permit(); text != "" {
		steps = append(steps, text, a.consent())
	}
	if a.DeviceCode && a.Kind == Desktop {
		steps = append(steps, "Authentication (in some portals its tab Settings): Allow public client flows: Yes, Save. Signing in by a code needs it.")
	}
	if text := a.prove(); text != "" {
		steps = append(steps, text)
	}
	last := "Overview: copy the Application (client) ID."
	if a.Kind == Desktop && !a.many() {
		last += " The Directory (tenant) ID stands below it."
	}
	return append(steps, last)
}

func (a Answers) begin() string {
	who := "an account of the tenant " + a.Tenant
	if a.many() {
		who = "an account of any tenant that is yours"
	}
	if portal := a.Portal(); portal != "" {
		return "Open " + portal + "/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade (App registrations) with " + who + ", and choose New registration."
	}
	return "Open the page where apps are registered with " + a.Authority + ", with " + who + ", and choose New registration."
}

func (a Answers) create() string {
	shown, _ := a.audience()
	text := "Name: " + a.Name + ". Supported account types: " + shown + ". "
	uri, platform := a.redirect()
	switch {
	case a.Kind == Desktop:
		return text + "Redirect URI: the platform " + platform + ", and exactly " + uri + " (no port, no path). Register."
	case a.Kind == People:
		return text + "Redirect URI: the platform " + platform + ", and exactly " + uri + ". Register."
	}
	return text + "Redirect URI: none. Register."
}

func (a Answers) permit() string {
	graph, others := a.split()
	var parts []string
	if len(graph) > 0 {
		kind := "Delegated permissions"
		if a.Kind == Server {
			kind = "Application permissions"
		}
		parts = append(parts, "API permissions, Add a permission, Microsoft Graph, "+kind+": tick "+strings.Join(graph, ", ")+". Add permissions.")
	}
	if len(others) > 0 {
		parts = append(parts, "API permissions, Add a permission, APIs my organization uses: those of other APIs, "+strings.Join(others, ", ")+".")
	}
	return strings.Join(parts, " ")
}

func (a Answers) consent() string {
	const press = "API permissions: Grant admin consent"
	switch {
	case a.Kind == Server:
		return press + ". Only an administrator can; one may also open " + a.AdminConsent("") + ". Without it the app signs in, and may do nothing."
	case a.Kind == People:
		return press + ". Only an administrator can. People can be asked for consent only where they sign in through the server itself."
	case strings.EqualFold(a.Tenant, "consumers"):
		return "Nothing is to be granted: people agree when they sign in."
	}
	return "People agree when they sign in. Where the column Admin consent required says Yes, or the organization lets nobody agree, an administrator presses Grant admin consent on the same page."
}

func (a Answers) prove() string {
	if a.Kind == Desktop {
		return ""
	}
	switch a.Credential {
	case Certificate:
		return "Certificates & secrets, Certificates, Upload certificate: the public part alone (.cer, .pem or .crt). The key stays on the server."
	case FederatedToken:
		return "Certificates & secrets, Federated credentials, Add credential: the issuer, subject and audience of the tokens that the platform writes."
	}
	return "Certificates & secrets, Client secrets, New client secret: copy the Value, not the Secret ID. It is shown once."
}
