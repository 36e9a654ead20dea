package entrasim

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	g "maragu.dev/gomponents"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/pagetest"
)

// Whatever an app or a person puts into a page is text there, or the value of the attribute that it was meant for.
func TestPagesShowTextAsText(t *testing.T) {
	t.Parallel()
	all := func(s string) page {
		return page{Title: s, Tenant: s, App: s, Action: "/common/login", Flow: s, Problem: s}
	}
	one := func(s string) *Person { return &Person{UPN: s, Name: s} }
	pages := map[string]func(s string) g.Node{
		"accounts": func(s string) g.Node {
			return accountsPage{all(s), []*Person{one("ada@contoso.com"), one(s)}, s}.markup()
		},
		"consent":  func(s string) g.Node { return consentPage{all(s), one(s), []string{s, "User.Read"}, s}.consent() },
		"approval": func(s string) g.Node { return consentPage{all(s), one(s), []string{s, "User.Read"}, s}.approval() },
		"code":     func(s string) g.Node { return codePage{all(s), s}.markup() },
		"done":     func(s string) g.Node { return all(s).done() },
		"refusal": func(s string) g.Node {
			return refusalPage{all(s), refusalBody{TraceID: s, CorrelationID: s, Timestamp: s}, 50011, s}.markup()
		},
		"post": func(s string) g.Node {
			return postPage{"https://app.example/cb?a=b", url.Values{"code": {s}, "state": {s, s}, s: {"x"}}}.markup()
		},
	}
	for name, page := range pages {
		want := pagetest.Nodes(t, page("calm"), "calm")
		if !strings.Contains(strings.Join(want, "\n"), "calm") {
			t.Fatalf("%s: nothing is said in %q", name, want)
		}
		// The names of fields are sorted, so that each of these comes before code.
		for _, s := range []string{
			`"><script>alert(1)</script>`, `' onmouseover='alert(1)`, `</title></style></main><script>x</script>`, `<!--`, `&lt;b&gt; &amp;amp;`, `Javascript:alert(1)`,
			"\x00\x01\x08\x1b\x7f", "\b\u202e\u2066\u200f\ufeff", "\b\xff\xc0\xaf", "\n\tline",
		} {
			if diff := cmp.Diff(want, pagetest.Nodes(t, page(s), s)); diff != "" {
				t.Errorf("%s with %q: (-want +got)\n%s", name, s, diff)
			}
		}
	}
}

// A page sends its form by itself, so it must not go to what runs or opens something, whoever registered that.
func TestFormsGoToTheWeb(t *testing.T) {
	t.Parallel()
	for redirect, want := range map[string]bool{
		"https://app.example/cb": true, "http://localhost:4711/cb": true, "http://127.0.0.1/cb": true, "http://[::1]:4711/cb": true,
		"javascript:alert(1)": false, "JavaScript:alert(1)": false, "javascript://localhost/%0aalert(1)": false, "data:text/html,x": false, "app.example:/cb": false, "msal://cb": false,
		"http://app.example/cb": false, "//app.example/cb": false, "https:": false, "": false,
	} {
		if got := takesForms(redirect); got != want {
			t.Errorf("%q: got %t, want %t", redirect, got, want)
		}
	}
	e := New(Options{TenantID: "11111111-1111-4111-8111-111111111111", Apps: []App{{ID: "app", Redirects: []string{"javascript:alert(1)"}}}})
	t.Cleanup(e.Close)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/11111111-1111-4111-8111-111111111111/oauth2/v2.0/authorize?client_id=app&response_mode=form_post&redirect_uri=javascript:alert(1)", nil))
	if body := w.Body.String(); w.Code != http.StatusBadRequest || !strings.Contains(body, "AADSTS700052") || strings.Contains(body, "hiddenform") {
		t.Errorf("got %d %s", w.Code, body)
	}
}
