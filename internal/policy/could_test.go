package policy_test

import (
	"slices"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/policy"
)

func TestCould(t *testing.T) {
	t.Parallel()
	readOnly := policy.Rules{}
	readWrite := policy.Rules{ReadWrite: true}
	search := policy.Rules{ReadWrite: true, Deny: []string{"POST /search/**"}}
	mail := policy.Rules{ReadWrite: true, Allow: []string{"GET /**", "POST /users/*/sendMail"}}
	files := policy.Rules{ReadWrite: true, Allow: []string{"PUT /users/*/drive/root:/Reports/**", "POST /$batch"}}
	undone := policy.Rules{ReadWrite: true, Allow: []string{"PUT /me/drive/**"}, Deny: []string{"PUT /**"}}
	partly := policy.Rules{ReadWrite: true, Deny: []string{"PUT /me/**", "PUT /*"}}
	hidden := policy.Rules{ReadWrite: true, Allow: []string{"PUT /me/drive/**"}, Deny: []string{"PUT /me/**"}}
	for _, tt := range []struct {
		rules        policy.Rules
		method, path string
		want         bool
	}{
		{readOnly, "GET", "", true},
		{readOnly, "POST", "", true},
		{readOnly, "POST", "/search/query", true},
		{readOnly, "POST", "/me/sendMail", false},
		{readOnly, "POST", "/**/createUploadSession", false},
		{readOnly, "POST", "/deviceManagement/reports/getCachedReport", true},
		{readOnly, "PUT", "/**/content", false},
		{readOnly, "PUT", "", false},
		{readWrite, "PUT", "/**/content", true},
		{search, "POST", "/search/query", false},
		{search, "POST", "/**/query", true},
		{mail, "POST", "/search/query", false},
		{mail, "POST", "/users/*/sendMail", true},
		{mail, "POST", "/**", true},
		{mail, "PUT", "", false},
		{mail, "GET", "/**/content", true},
		{files, "PUT", "/**/content", true},
		{files, "PUT", "/**/Reports/*/content", true},
		{files, "PUT", "/sites/**", false},
		{files, "POST", "/$batch", true},
		{files, "POST", "/search/query", false},
		{undone, "PUT", "/**/content", false},
		{partly, "PUT", "/**/content", true},
		{partly, "PUT", "/me/drive/**", false},
		{partly, "PUT", "/*", false},
		{partly, "PUT", "", true},
		{hidden, "PUT", "/**/content", false},
	} {
		if got := mustPolicy(t, tt.rules).Could(tt.method, tt.path); got != tt.want {
			t.Errorf("%s %q under %+v: got %t, want %t", tt.method, tt.path, tt.rules, got, tt.want)
		}
	}
	if new(policy.Policy).Could("GET", "") {
		t.Error("the zero policy could allow something")
	}
}

// A tool may only be left out where each of its calls would be refused.
func FuzzCould(f *testing.F) {
	for _, s := range [][4]string{
		{"PUT /me/drive/**", "PUT /me/**", "PUT", "/me/drive/a/content"}, {"* /**", "GET /a/*/b", "GET", "/a/x/b"}, {"POST /search/*", "* /search/**", "POST", "/search/query"},
		{"GET /**/b/**", "GET /a/**", "GET", "/a/b"}, {"GET /*/b", "GET /a", "GET", "/c/b"},
	} {
		f.Add(s[0], s[1], s[2], s[3], true)
		f.Add(s[0], s[1], s[2], s[3], false)
	}
	f.Fuzz(func(t *testing.T, allow, deny, method, path string, write bool) {
		if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method) {
			return // a request takes other spellings and none at all for these; tools ask by their names
		}
		p, err := policy.New(policy.Rules{ReadWrite: write, Allow: []string{allow}, Deny: []string{deny}})
		if err != nil {
			return
		}
		verdict, _ := try(t, p, false, method+" "+path, "")
		if verdict != "allow" {
			return
		}
		for _, pattern := range []string{"", "/**"} {
			if !p.Could(method, pattern) {
				t.Fatalf("%s %q is allowed, and Could says that none could be (%s, %s)", method, path, allow, deny)
			}
		}
	})
}
