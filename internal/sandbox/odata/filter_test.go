package odata_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/odata"
)

func person() odata.Entity {
	return odata.Entity{
		"displayName": "Ada O'Neil", "mail": nil, "accountEnabled": true, "age": int64(36), "score": 2.5,
		"createdDateTime": "2024-05-06T07:08:09Z",
		"from":            odata.Entity{"emailAddress": odata.Entity{"address": "ada@contoso.example", "name": "Ada"}},
		"start":           odata.Entity{"dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC"},
		"assignedLicenses": []any{
			odata.Entity{"skuId": "06ebc4ee-1bb5-47dd-8120-11324bc54e06", "disabledPlans": []any{}},
			odata.Entity{"skuId": "c5928f49-12ba-48f7-ada3-0d743a3601d5", "disabledPlans": []any{"x"}},
		},
		"tags": []any{"Red", "Blue"}, "none": []any{},
	}
}

func TestFilterMatches(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]bool{
		"displayName eq 'ada o''neil'":                         true,
		"DISPLAYNAME EQ 'Ada O''Neil'":                         true,
		"displayName ne 'Ada'":                                 true,
		"mail eq null":                                         true,
		"mail ne null":                                         false,
		"mail eq 'x'":                                          false,
		"mail ne 'x'":                                          true,
		"mail gt 'x'":                                          false,
		"mail le 'x'":                                          false,
		"accountEnabled":                                       true,
		"not accountEnabled":                                   false,
		"not mail":                                             true,
		"age gt 35 and age lt 37":                              true,
		"age ge 37 or age le 35":                               false,
		"age eq 36.0 and score eq 2.5":                         true,
		"age eq -36":                                           false,
		"createdDateTime ge 2024-05-06T07:08:09Z":              true,
		"createdDateTime lt 2024-05-06":                        false,
		"createdDateTime eq 2024-05-06T09:08:09+02:00":         true,
		"start/dateTime ge '2026-11-24T08:00:00'":              true,
		"start/dateTime ge 2026-11-24T09:00:00Z":               true,
		"from/emailAddress/address eq 'ADA@contoso.example'":   true,
		"from/emailAddress/missing eq null":                    true,
		"startsWith(displayName,'ada') and endswith(mail,'x')": false,
		"contains(tolower(displayName),'o''n')":                true,
		"length(displayName) eq 10 and indexof(displayName,'o') eq 4": true,
		"substring(displayName,4,3) eq 'o''n'":                        true,
		"year(createdDateTime) eq 2024":                               true,
		"displayName in ('x', 'Ada O''Neil')":                         true,
		"age in (1,2)":                                                false,
		"tags/any(t:t eq 'red')":                                      true,
		"tags/any(t:startswith(t,'b')) and tags/all(t:t ne 'green')":  true,
		"tags/$count eq 2":                                            true,
		"none/any()":                                                  false,
		"tags/any()":                                                  true,
		"none/all(n:n eq 1)":                                          true,
		"missing/any(m:m eq 1)":                                       false,
		"assignedLicenses/any(x:x/skuId eq c5928f49-12ba-48f7-ada3-0d743a3601d5)":                                     true,
		"assignedLicenses/any(x:x/skuId eq c5928f49-12ba-48f7-ada3-0d743a3601d5 and x/disabledPlans/any(p:p eq 'y'))": false,
		"assignedLicenses/any(x:x/disabledPlans/any(p:p eq 'x' and $it/age eq 36))":                                   true,
		"(age eq 1 or age eq 36) and (mail eq null)":                                                                  true,
		"age eq 1 or age eq 36 and accountEnabled eq false":                                                           false,
		"'Ada O''Neil' eq displayName":                                                                                true,
	} {
		e, err := odata.ParseFilter(filter)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		got, err := odata.Matches(e, person())
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", filter, got, err, want)
		}
	}
}

func TestFilterIsRefused(t *testing.T) {
	t.Parallel()
	for filter, position := range map[string]int{
		"":                                 0,
		"displayName eq":                   14,
		"displayName eq 'x":                15,
		"displayName eq 'x' and":           22,
		"displayName = 'x'":                12,
		"displayName eq x y":               17,
		"(displayName eq 'x'":              19,
		"displayName eq 'x')":              18,
		"nothing(displayName,'x')":         0,
		"startswith(displayName)":          0,
		"displayName in ()":                16,
		"displayName in 'x'":               15,
		"tags/any(t eq 'x')":               11,
		"tags/any(not:not eq 1)":           9,
		"a eq 0x10":                        5,
		"a eq 1e999":                       5,
		"a eq \"x\"":                       5,
		"a eq 2026-13-01":                  5,
		"a eq b eq c":                      7,
		"and":                              0,
		"a eq \xff":                        0,
		strings.Repeat("(", 500):           192,
		strings.Repeat("not ", 500) + "a":  768,
		strings.Repeat("not ", 100) + "a":  0,
		strings.Repeat("trim(", 200) + "a": 960,
	} {
		_, err := odata.ParseFilter(filter)
		var syntax *odata.SyntaxError
		if !errors.As(err, &syntax) || syntax.Position != position {
			t.Errorf("%.40q: got %v, want a syntax error at position %d", filter, err, position)
		}
	}
}

func TestFilterOfWrongType(t *testing.T) {
	t.Parallel()
	for _, filter := range []string{"displayName eq 1", "accountEnabled eq 'true'", "age gt 'x'", "createdDateTime gt 5", "from eq 'x'", "tags eq 'x'", "tags/any(t:t gt 1)"} {
		e, err := odata.ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		var mismatch *odata.TypeError
		if _, err := odata.Matches(e, person()); !errors.As(err, &mismatch) {
			t.Errorf("%s: got %v, want a type error", filter, err)
		}
	}
}

func TestFilterIsWritten(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]string{
		"NOT (a EQ 1)":                 "not (a eq 1)",
		"not a":                        "not a",
		"((a or b)) or c":              "(a or b) or c",
		"a or b or c":                  "a or b or c",
		"a eq (b eq true)":             "a eq (b eq true)",
		"StartsWith(a , 'x''y')":       "startswith(a,'x''y')",
		"a in (1,  2.0)":               "a in (1,2.0)",
		"x/any( y : y/z eq null )":     "x/any(y:y/z eq null)",
		"a gt 2024-01-02":              "a gt 2024-01-02T00:00:00Z",
		"a eq microsoft.graph.b'high'": "a eq 'high'",
	} {
		e, err := odata.ParseFilter(filter)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if got := e.String(); got != want {
			t.Errorf("%s: got %s, want %s", filter, got, want)
		}
	}
}

// FuzzFilter holds that what is parsed can be written and parsed again to the same tree, and evaluated.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"displayName eq 'x' and not (startswith(mail,'a') or a/b/c ne null)", "a in (1,2.5,'x',true) or b/any(c:c/d gt 2024-01-01T00:00:00Z)",
		"assignedLicenses/any(x:x/skuId eq 06ebc4ee-1bb5-47dd-8120-11324bc54e06)", "tags/all(t:length(t) gt 3)", "a eq -0.0", "a eq 1e21", "duration'P1D' eq a", "$it/x/$count eq 0",
		"0000-01-01T00:00:00+23:59 eq a", "a/true eq null", "true/a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		e, err := odata.ParseFilter(filter)
		if err != nil {
			return
		}
		again, err := odata.ParseFilter(e.String())
		if err != nil {
			t.Fatalf("%q is written %q, which does not parse: %v", filter, e, err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Fatalf("%q is written %q, which is something else:\n%s", filter, e, diff)
		}
		_, _ = odata.Matches(e, person())
	})
}
