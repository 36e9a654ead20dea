package cli

import (
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/catalog"
	"github.com/sapientsai/microsoft-mcp-server/internal/doctor"
	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

// neededBy returns the permissions that a profile needs: those of the calls that its allow rules let through, as far as
// the catalog knows them.
func neededBy(p part, known *catalog.Catalog) *doctor.Permissions {
	needed := &doctor.Permissions{Person: p.profile.AuthMode == profile.Interactive, Scopes: p.profile.Scopes, Covers: catalog.Covers}
	switch {
	case needed.Person:
		needed.Grant = "write them into scopes of profile " + p.profile.Name + ", and sign in again: " + p.login
	case p.profile.Credential.Kind == profile.ManagedIdentity:
		needed.Grant = "an administrator assigns them to the managed identity as app roles of Microsoft Graph"
	default:
		needed.Grant = "add them to the app as application permissions (App registrations, API permissions); an administrator consents at " + consentPage(p.profile)
	}
	var operations []catalog.Operation
	for _, text := range p.profile.Policy.Allow {
		_, path, _ := strings.Cut(strings.TrimSpace(text), " ")
		if namesNothing(strings.TrimSpace(path)) {
			continue
		}
		if operations == nil {
			operations = allOf(known)
		}
		rules, err := policy.New(policy.Rules{ReadWrite: p.profile.Access == profile.ReadWrite, Allow: []string{text}, Deny: p.profile.Policy.Deny})
		if err != nil {
			continue // the configuration's check tells it
		}
		needed.Rules = append(needed.Rules, doctor.Rule{Text: text, Needed: neededFor(rules, operations, needed.Person)})
	}
	return needed
}

// namesNothing tells whether a rule's pattern says too little to need permissions by: it stands for everything, and nobody
// means to have all permissions there are, or for what Azure Resource Manager calls by a name of Graph's, and there no
// permissions of Graph count.
func namesNothing(path string) bool {
	first, _, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(path, "/")), "/")
	return strings.HasPrefix(first, "*") || first == "subscriptions"
}

// allOf returns all that the catalog describes.
func allOf(known *catalog.Catalog) []catalog.Operation {
	var all []catalog.Operation
	for _, area := range known.Areas() {
		all = append(all, known.Area(area.Name)...)
	}
	return all
}

// neededFor returns what the calls need that rules let through.
func neededFor(rules *policy.Policy, operations []catalog.Operation, person bool) []string {
	var all []string
	for _, o := range operations {
		paths := append([]string{o.Path}, o.Also...)
		i := slices.IndexFunc(paths, func(path string) bool { return rules.Could(o.Method, catalog.Pattern(path)) })
		if i < 0 {
			continue
		}
		need := o.Delegated
		if !person {
			need = o.Application
			if !slices.ContainsFunc(paths[i:], func(path string) bool { return !ofPerson(path) && rules.Could(o.Method, catalog.Pattern(path)) }) {
				need = "-" // by /me alone, and an app is nobody
			}
		}
		if need != "" && !slices.Contains(all, need) {
			all = append(all, need)
		}
	}
	return all
}

func ofPerson(path string) bool { return path == "/me" || strings.HasPrefix(path, "/me/") }
