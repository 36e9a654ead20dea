package registration

import "strings"

// GraphAppID is the client ID of Microsoft Graph in every cloud.
const GraphAppID = "00000003-0000-0000-c000-000000000000"

// Command is a line for a shell, and what it is for.
type Command struct {
	Why, Line string
}

// Commands returns the commands of the Azure CLI that make the registration, to be pasted into one shell in their order;
// none for a cloud that the CLI does not know. Check has to have passed. The first ones ask the person to sign in.
func Commands(a Answers) []Command {
	if a.azureCLI() == "" {
		return nil
	}
	why := "the app"
	if a.personal() {
		why += ", which needs Azure CLI 2.68 or later (az upgrade)"
	}
	all := []Command{{"the cloud", "az cloud set --name " + a.azureCLI()}, {"sign in", a.login()}, {why, a.set("APP_ID", a.app())}}
	graph, _ := a.split()
	if len(graph) > 0 {
		all = append(all, Command{"its permissions, whose IDs are looked up by their names", a.require(graph)})
	}
	if a.Kind != Desktop || !a.many() {
		all = append(all, Command{"the app in the tenant", `az ad sp create --id "$APP_ID"`})
	}
	if len(graph) > 0 {
		all = append(all, a.agree()...)
	}
	if a.Kind != Desktop {
		all = append(all, a.credential()...)
	}
	return append(all, Command{"the application (client) ID", `echo "$APP_ID"`})
}

func (a Answers) login() string {
	if a.many() {
		return "az login --allow-no-subscriptions"
	}
	return "az login --allow-no-subscriptions --tenant " + a.Tenant
}

func (a Answers) app() string {
	_, audience := a.audience()
	line := "az ad app create --display-name '" + a.Name + "' --sign-in-audience " + audience
	if a.personal() {
		// Graph refuses an app for personal accounts that would be given tokens of version 1, which is what an app is made with;
		// so both go into the one request that makes it. See signInAudience and requestedAccessTokenVersion in
		// https://learn.microsoft.com/graph/api/resources/application.
		line += " --requested-access-token-version 2"
	}
	switch uri, _ := a.redirect(); a.Kind {
	case Desktop:
		line += " --public-client-redirect-uris " + uri
		if a.DeviceCode {
			line += " --is-fallback-public-client true"
		}
	case People:
		line += " --web-redirect-uris " + uri
	}
	return line + " --query appId --output tsv"
}

// set assigns what a command prints to a variable.
func (a Answers) set(variable, command string) string {
	if a.PowerShell {
		return "$" + variable + " = " + command
	}
	return variable + "=$(" + command + ")"
}

// words puts what a command prints into another, each line as a word of its own.
func (a Answers) words(command string) string {
	if a.PowerShell {
		return "(" + command + ")"
	}
	return "$(" + command + ")"
}

// require asks for permissions by name: a permission's ID is that of the service principal of Graph in the tenant.
func (a Answers) require(graph []string) string {
	list, kind := "oauth2PermissionScopes", "Scope"
	if a.Kind == Server {
		list, kind = "appRoles", "Role"
	}
	query := list + "[?contains(['" + strings.Join(graph, "','") + "'], value)].join('=', [id, '" + kind + "'])"
	return `az ad app permission add --id "$APP_ID" --api ` + GraphAppID + " --api-permissions " +
		a.words("az ad sp show --id "+GraphAppID+` --query "`+query+`" --output tsv`)
}

// agree is the consent of an administrator.
func (a Answers) agree() []Command {
	why := "an administrator's consent"
	if a.Kind == Desktop {
		if a.many() {
			return nil
		}
		why += ", where it is needed; else people agree when they sign in"
	}
	if a.Cloud == "global" {
		return []Command{{why, `az ad app permission admin-consent --id "$APP_ID"`}}
	}
	// admin-consent says of itself that it is for the global cloud alone.
	return []Command{{why + ": an administrator opens the page that this prints", `echo "` + strings.Replace(a.AdminConsent(""), "CLIENT_ID", "$APP_ID", 1) + `"`}}
}

func (a Answers) credential() []Command {
	switch a.Credential {
	case Certificate:
		return []Command{{"its certificate; app.crt is the public part alone", `az ad app credential reset --id "$APP_ID" --append --cert '@app.crt' --output none`}}
	case FederatedToken:
		return []Command{{"whose tokens it takes: write issuer, subject and audiences into federated.json first", `az ad app federated-credential create --id "$APP_ID" --parameters federated.json`}}
	}
	return []Command{{"its secret, which is shown this once", `az ad app credential reset --id "$APP_ID" --append --display-name microsoft-mcp-server --query password --output tsv`}}
}
