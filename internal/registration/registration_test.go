package registration_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/registration"
)

func answers(change ...func(*registration.Answers)) registration.Answers {
	a := registration.Answers{Cloud: "global", Authority: "https://login.microsoftonline.com", Tenant: "contoso.onmicrosoft.com", Name: "microsoft-mcp-server",
		Kind: registration.Desktop, Permissions: []string{"User.Read", "Mail.Read"}}
	for _, f := range change {
		f(&a)
	}
	return a
}

func steps(a registration.Answers) string { return strings.Join(registration.Steps(a), "\n") }

func commands(a registration.Answers) string {
	var lines []string
	for _, c := range registration.Commands(a) {
		lines = append(lines, c.Line)
	}
	return strings.Join(lines, "\n")
}

// Each cloud has its own portal, its own name in the CLI and its own way to an administrator's consent.
func TestClouds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ cloud, authority, portal, cli, consent string }{
		{"global", "https://login.microsoftonline.com", "https://portal.azure.com/#", "AzureCloud", "az ad app permission admin-consent"},
		{"usgov", "https://login.microsoftonline.us", "https://portal.azure.us/#", "AzureUSGovernment", `echo "https://login.microsoftonline.us/contoso.onmicrosoft.com/adminconsent?client_id=$APP_ID"`},
		{"usgov-dod", "https://login.microsoftonline.us", "https://portal.azure.us/#", "AzureUSGovernment", `echo "https://login.microsoftonline.us/`},
		{"china", "https://login.partner.microsoftonline.cn", "https://portal.azure.cn/#", "AzureChinaCloud", `echo "https://login.partner.microsoftonline.cn/`},
		{"custom", "https://login.lab.example", "https://login.lab.example", "", ""},
	} {
		a := answers(func(a *registration.Answers) { a.Cloud, a.Authority = row.cloud, row.authority })
		if err := a.Check(); err != nil {
			t.Fatal(err)
		}
		shown, pasted := steps(a), commands(a)
		if !strings.Contains(shown, row.portal) || row.cloud != "global" && strings.Contains(shown, "azure.com") {
			t.Errorf("%s: the steps are %s", row.cloud, shown)
		}
		if row.cli == "" {
			if pasted != "" {
				t.Errorf("%s: the CLI does not know the cloud, and is told %s", row.cloud, pasted)
			}
			continue
		}
		if !strings.HasPrefix(pasted, "az cloud set --name "+row.cli+"\n") || !strings.Contains(pasted, row.consent) || row.cloud != "global" && strings.Contains(pasted, "admin-consent ") {
			t.Errorf("%s: the commands are %s", row.cloud, pasted)
		}
	}
}

// What is registered follows from who signs in.
func TestKinds(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change      func(*registration.Answers)
		want, never []string // in the steps and commands together
	}{
		"desktop": {func(*registration.Answers) {}, []string{"mobile & desktop", "exactly http://localhost (", "Delegated permissions: tick User.Read, Mail.Read.", "--public-client-redirect-uris http://localhost ", "AzureADMyOrg", "oauth2PermissionScopes", "'Scope'"},
			[]string{"--web-redirect-uris", "secret", "credential", "Allow public client flows", "appRoles", "fallback"}},
		"device code":                     {func(a *registration.Answers) { a.DeviceCode = true }, []string{"Allow public client flows: Yes", "--is-fallback-public-client true"}, nil},
		"any tenant":                      {func(a *registration.Answers) { a.Tenant = "organizations" }, []string{"multitenant", "AzureADMultipleOrgs", "az login --allow-no-subscriptions\n"}, []string{"--tenant", "az ad sp create", "token-version", "2.68"}},
		"personal":                        {func(a *registration.Answers) { a.Tenant = "consumers" }, []string{"--sign-in-audience PersonalMicrosoftAccount --requested-access-token-version 2 ", "Azure CLI 2.68", "Nothing is to be granted"}, []string{"admin-consent"}},
		"any account":                     {func(a *registration.Answers) { a.Tenant = "common" }, []string{"--sign-in-audience AzureADandPersonalMicrosoftAccount --requested-access-token-version 2 ", "Azure CLI 2.68"}, nil},
		"any account, in PowerShell":      {func(a *registration.Answers) { a.Tenant, a.PowerShell = "COMMON", true }, []string{"$APP_ID = az ad app create", " AzureADandPersonalMicrosoftAccount --requested-access-token-version 2 "}, nil},
		"any account of a national cloud": {func(a *registration.Answers) { a.Tenant, a.Cloud = "common", "usgov" }, []string{"AzureADMultipleOrgs"}, []string{"ersonal", "token-version"}},
		"server": {func(a *registration.Answers) { a.Kind = registration.Server }, []string{"Redirect URI: none", "Application permissions", "Grant admin consent", "copy the Value", "appRoles", "'Role'", "az ad sp create", "credential reset"},
			[]string{"redirect-uris", "Delegated", "localhost"}},
		"certificate": {func(a *registration.Answers) {
			a.Kind, a.Credential = registration.Server, registration.Certificate
		}, []string{"Upload certificate", "--cert '@app.crt'"}, []string{"client secret", "--query password"}},
		"federated": {func(a *registration.Answers) {
			a.Kind, a.Credential = registration.Server, registration.FederatedToken
		}, []string{"federated-credential create"}, []string{"client secret", "--query password"}},
		"people": {func(a *registration.Answers) {
			a.Kind, a.BaseURL = registration.People, "https://mcp.example.com/"
		}, []string{"the platform Web, and exactly https://mcp.example.com/oauth/callback", "--web-redirect-uris https://mcp.example.com/oauth/callback ", "Delegated"}, []string{"localhost", "public-client"}},
		"PowerShell": {func(a *registration.Answers) { a.PowerShell = true }, []string{"$APP_ID = az ad app create", "--api-permissions (az ad sp show"}, []string{"$(", "APP_ID=$"}},
		"another API": {func(a *registration.Answers) {
			a.Permissions = []string{"https://management.azure.com/user_impersonation"}
		}, []string{"those of other APIs, https://management.azure.com/user_impersonation"}, []string{"tick", "permission add"}},
		"nothing": {func(a *registration.Answers) { a.Permissions = nil }, nil, []string{"API permissions", "permission add"}},
	} {
		a := answers(row.change)
		if err := a.Check(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all := steps(a) + "\n" + commands(a)
		for _, c := range registration.Commands(a) {
			all += "\n" + c.Why
		}
		for _, want := range row.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is missing in %s", name, want, all)
			}
		}
		for _, never := range row.never {
			if strings.Contains(all, never) {
				t.Errorf("%s: %q is in %s", name, never, all)
			}
		}
	}
}

// Nothing gets into a command that a shell would read as more than a word, and nothing is repeated in an error.
func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	const evil = "x'; $(touch evil) `touch evil`"
	for name, change := range map[string]func(*registration.Answers){
		"tenant": func(a *registration.Answers) { a.Tenant = evil }, "no tenant": func(a *registration.Answers) { a.Tenant = "" },
		"name": func(a *registration.Answers) { a.Name = evil }, "permission": func(a *registration.Answers) { a.Permissions = []string{evil} },
		"permission of another API": func(a *registration.Answers) { a.Permissions = []string{"https://" + evil} },
		"authority":                 func(a *registration.Answers) { a.Authority = "https://" + evil }, "authority's path": func(a *registration.Answers) { a.Authority = "https://a.example/x" },
		"kind": func(a *registration.Answers) { a.Kind = evil }, "app of many tenants": func(a *registration.Answers) { a.Kind, a.Tenant = registration.Server, "common" },
		"personal accounts elsewhere": func(a *registration.Answers) { a.Tenant, a.Cloud = "consumers", "china" },
		"no address":                  func(a *registration.Answers) { a.Kind = registration.People }, "plain HTTP": func(a *registration.Answers) { a.Kind, a.BaseURL = registration.People, "http://mcp.example.com" },
		"address": func(a *registration.Answers) {
			a.Kind, a.BaseURL = registration.People, "https://mcp.example.com/$(touch evil)"
		},
	} {
		err := answers(change).Check()
		var refused *registration.Error
		if !errors.As(err, &refused) || refused.Hint() == "" || strings.Contains(err.Error()+refused.Hint(), "evil") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A real shell takes the commands as they are meant: stand-ins for az say what they were given.
func TestCommandsInAShell(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no POSIX shell")
	}
	a := answers(func(a *registration.Answers) { a.Kind = registration.Server })
	script := `az() {
	case "$*" in
	*"app create"*) echo THE-APP ;;
	*"sp show"*) echo one=Role; echo two=Role ;;
	*) for word in "$@"; do printf '[%s]' "$word"; done; echo ;;
	esac
}
` + commands(a)
	out, err := exec.CommandContext(t.Context(), shell, "-euc", script).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "[--id][THE-APP][--api]["+registration.GraphAppID+"][--api-permissions][one=Role][two=Role]\n") || !strings.HasSuffix(string(out), "THE-APP\n") {
		t.Errorf("got %s, %v", out, err)
	}
}

// Every permission that is proposed is one that Graph has, of the kind that is needed: what is known of Graph's calls names
// it as the least for one of them.
func TestPermissionsExist(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../catalog/areas/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("there is no catalogue", err)
	}
	known := map[registration.Kind][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			switch words := strings.Fields(line); {
			case len(words) > 1 && words[0] == "delegated":
				known[registration.Desktop] = append(known[registration.Desktop], words[1:]...)
			case len(words) > 1 && words[0] == "application":
				known[registration.Server] = append(known[registration.Server], words[1:]...)
			}
		}
	}
	for kind, has := range known {
		usual := 0
		for _, area := range registration.Areas(kind) {
			if area.Usual {
				usual++
			}
			for _, write := range []bool{false, true} {
				names, err := registration.Permissions(kind, write, []string{area.Name})
				if err != nil || len(names) == 0 {
					t.Fatal(err)
				}
				for _, name := range names {
					if !slices.Contains(has, name) {
						t.Errorf("%s, %s: Graph has no permission %s", kind, area.Name, name)
					}
					if !write && regexp.MustCompile(`Write|Send`).MatchString(name) {
						t.Errorf("%s, %s: %s is more than reading", kind, area.Name, name)
					}
				}
			}
		}
		if usual == 0 {
			t.Errorf("%s: nothing is proposed", kind)
		}
	}
}

func TestPermissionsOfWhatIsChosen(t *testing.T) {
	t.Parallel()
	got, err := registration.Permissions(registration.Desktop, false, []string{"mail", "Mail.Read", "Sites.Selected", "CALENDAR"})
	if want := []string{"User.Read", "Mail.Read", "Sites.Selected", "Calendars.Read"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, wrong := range []string{"mial", "", "chats", "a.b;c"} {
		if got, err := registration.Permissions(registration.Server, false, []string{wrong}); err == nil || wrong != "" && strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: got %v, %v", wrong, got, err)
		}
	}
}
