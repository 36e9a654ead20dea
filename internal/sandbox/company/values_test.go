package company_test

import (
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// walk calls visit for every value inside an entity, outer before inner.
func walk(at string, value any, visit func(at string, value any)) {
	visit(at, value)
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			walk(at+"."+key, inner, visit)
		}
	case []any:
		for _, inner := range v {
			walk(at+"[]", inner, visit)
		}
	}
}

// walkCompany calls visit for every value of every entity.
func walkCompany(c *company.Company, visit func(at string, value any)) {
	all := reflect.ValueOf(c).Elem()
	for i := range all.NumField() {
		walkField(all.Type().Field(i).Name, all.Field(i).Interface(), visit)
	}
}

func walkField(name string, field any, visit func(at string, value any)) {
	switch f := field.(type) {
	case company.Entity:
		walk(name, f, visit)
	case []company.Entity:
		for _, e := range f {
			walk(name, e, visit)
		}
	case map[string][]company.Entity:
		for _, list := range f {
			walkField(name, list, visit)
		}
	case map[string][]*company.Item:
		for _, items := range f {
			for _, item := range items {
				walk(name, item.Entity, visit)
			}
		}
	}
}

func TestValuesAreJSONAndNotShared(t *testing.T) {
	t.Parallel()
	owner := map[uintptr]string{}
	values := 0
	walkCompany(company.New(moments()["a Tuesday"]), func(at string, value any) {
		values++
		switch v := value.(type) {
		case nil, string, bool, int64, float64:
		case map[string]any:
			claim(t, owner, at, reflect.ValueOf(v))
		case []any:
			if len(v) > 0 { // empty slices have no memory to share
				claim(t, owner, at, reflect.ValueOf(v))
			}
		default:
			t.Errorf("%s is a %T", at, value)
		}
	})
	if values < 50_000 {
		t.Errorf("%d values visited: the walk misses something", values)
	}
}

func claim(t *testing.T, owner map[uintptr]string, at string, v reflect.Value) {
	t.Helper()
	if other, taken := owner[v.Pointer()]; taken {
		t.Errorf("%s and %s share memory", at, other)
	}
	owner[v.Pointer()] = at
}

// strangersAllowed are the hosts beside .example that Graph itself would name.
const strangersAllowed = " merisand.sharepoint.com merisand-my.sharepoint.com outlook.office365.com teams.microsoft.com security.microsoft.com aka.ms graph.microsoft.com localhost www.w3.org schemas.microsoft.com "

func TestNothingLeadsToRealPlaces(t *testing.T) {
	t.Parallel()
	links := regexp.MustCompile(`https?://[^\s"'<>\\)]+`)
	addresses := regexp.MustCompile(`[\w.+-]+@[\w.-]+`)
	seen := map[string]bool{} // newsletters are long and have many readers
	walkCompany(company.New(moments()["a Tuesday"]), func(at string, value any) {
		s, _ := value.(string)
		if seen[s] || strings.HasSuffix(at, "contentBytes") || strings.HasSuffix(at, "bodyPreview") { // the last cuts addresses
			return
		}
		seen[s] = true
		if !strings.ContainsAny(s, "@:") {
			return
		}
		for _, link := range links.FindAllString(s, -1) {
			u, err := url.Parse(link)
			if err != nil {
				t.Errorf("%s: %v", at, err)
			} else if host := u.Hostname(); !strings.HasSuffix(host, ".example") && !strings.Contains(strangersAllowed, " "+host+" ") {
				t.Errorf("%s leads to %s", at, host)
			}
		}
		for _, address := range addresses.FindAllString(s, -1) {
			address = strings.TrimRight(address, ".")
			if thread := regexp.MustCompile(`@(thread\.(tacv2|v2)|unq\.gbl\.spaces)$`); thread.MatchString(address) { // a channel or chat of Teams
				continue
			}
			if !strings.HasSuffix(address, ".example") && !strings.HasSuffix(address, "@"+company.TenantDomain) {
				t.Errorf("%s has the address %s", at, address)
			}
		}
	})
}
