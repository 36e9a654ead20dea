package company

import "strings"

// Rename makes another tenant of a company that [New] has made: with another ID and another domain, from whose
// first label the initial domain is made. "" leaves what is. Names, texts in files, object and client IDs stay,
// so that constants go on naming them; of [AdminUPN] and the like the part behind @ changes.
func (c *Company) Rename(tenantID, domain string) {
	r := Renamer(tenantID, domain)
	for _, list := range [][]Entity{{c.Organization}, c.Users, c.Groups, c.DirectoryRoles, c.Applications, c.ServicePrincipals, c.Domains, c.SubscribedSkus, c.Drives, c.Sites, c.Subscriptions} {
		renameAll(r, list)
	}
	for _, lists := range []map[string][]Entity{c.MailFolders, c.Messages, c.Attachments, c.Calendars, c.Events, c.Contacts, c.Lists, c.ListItems, c.ResourceGroups, c.Shelves} {
		for _, list := range lists {
			renameAll(r, list)
		}
	}
	for _, items := range c.Items {
		for _, item := range items {
			rename(r, item.Entity)
		}
	}
}

// Renamer rewrites what names the usual tenant into what names another one, as [Company.Rename] does.
func Renamer(tenantID, domain string) *strings.Replacer {
	var pairs []string
	if tenantID != "" {
		pairs = append(pairs, TenantID, tenantID)
	}
	if domain != "" {
		initial, _, _ := strings.Cut(domain, ".")
		pairs = append(pairs, TenantDomain, InitialDomain(domain), "merisand.mail.onmicrosoft.com", initial+".mail.onmicrosoft.com", Domain, domain)
	}
	return strings.NewReplacer(pairs...)
}

// InitialDomain is the domain under onmicrosoft.com of the tenant with this domain.
func InitialDomain(domain string) string {
	first, _, _ := strings.Cut(domain, ".")
	return first + ".onmicrosoft.com"
}

func renameAll(r *strings.Replacer, list []Entity) {
	for _, e := range list {
		rename(r, e)
	}
}

// rename rewrites the texts in a map or list, and returns that of a text.
func rename(r *strings.Replacer, value any) any {
	switch v := value.(type) {
	case string:
		return r.Replace(v)
	case Entity:
		for key, inner := range v {
			v[key] = rename(r, inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = rename(r, inner)
		}
	}
	return value
}
