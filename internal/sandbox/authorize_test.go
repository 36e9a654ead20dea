package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// Where the app or its address is wrong, nothing goes there.
func TestAuthorizeShowsRefusal(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	for _, row := range []struct {
		name, segment string
		pairs         []string
		code          int
	}{
		{"no client", "", []string{"client_id", ""}, 900144},
		{"unknown client", "", []string{"client_id", company.AdminID}, 700016},
		{"disabled client", "", []string{"client_id", sandbox.DisabledClientID}, 7000112},
		{"unknown tenant", company.AdminID, nil, 90002},
		{"one tenant's app at /common", "common", []string{"client_id", sandbox.ClientID}, 50194},
		{"work app at /consumers", "consumers", []string{"client_id", sandbox.ClientID}, 9002332},
		{"unregistered redirect", "", []string{"client_id", sandbox.KioskClientID}, 50011},
		{"127.0.0.1 is not localhost", "", []string{"redirect_uri", "http://127.0.0.1:5123"}, 50011},
		{"a path", "", []string{"redirect_uri", "http://localhost:5123/callback"}, 50011},
		{"https", "", []string{"redirect_uri", "https://localhost:5123"}, 50011},
		{"another host", "", []string{"redirect_uri", "http://localhost.attacker.example:5123"}, 50011},
		{"user info", "", []string{"redirect_uri", "http://localhost@attacker.example"}, 50011},
		{"somebody before the host", "", []string{"redirect_uri", "http://somebody@localhost:5123"}, 50011},
		{"a query", "", []string{"redirect_uri", "http://localhost:5123?to=attacker"}, 50011},
		{"a fragment", "", []string{"redirect_uri", "http://localhost:5123#x"}, 50011},
	} {
		segment := r.TenantID()
		if row.segment != "" {
			segment = row.segment
		}
		a := r.do(authorizeAt(r.endpoint("authorize", segment), row.pairs...), nil)
		if a.status != http.StatusBadRequest || a.header.Get("Location") != "" || !strings.Contains(a.body, fmt.Sprintf("AADSTS%d: ", row.code)) {
			t.Errorf("%s: got %d, to %q, and %.300s; want a page with AADSTS%d", row.name, a.status, a.header.Get("Location"), a.body, row.code)
		}
	}
	a := r.do(authorizeAt(r.endpoint("authorize"))+"&redirect_uri=http://localhost:1", nil)
	if !strings.Contains(a.body, "AADSTS9000411") {
		t.Errorf("a parameter twice: got %.300s, want AADSTS9000411", a.body)
	}
	a = r.do(authorizeAt(r.endpoint("authorize"), "redirect_uri", `http://evil.example/"><script>`), nil)
	if strings.Contains(a.body, "<script>") || !strings.Contains(a.body, "&lt;script&gt;") {
		t.Error("the page does not escape what it shows")
	}
}

// Everything else that is wrong goes back to the app.
func TestAuthorizeSendsBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	for _, row := range []struct {
		name  string
		pairs []string
		oauth string
		code  int
	}{
		{"no response type", []string{"response_type", ""}, "invalid_request", 900144},
		{"implicit", []string{"response_type", "token"}, "unsupported_response_type", 700051},
		{"fragment", []string{"response_mode", "fragment"}, "invalid_request", 700052},
		{"no scope", []string{"scope", ""}, "invalid_request", 900144},
		{"no PKCE", []string{"code_challenge", "", "code_challenge_method", ""}, "invalid_request", 9002325},
		{"plain PKCE", []string{"code_challenge_method", "plain"}, "invalid_request", 50149},
		{"short challenge", []string{"code_challenge", "short"}, "invalid_request", 501491},
		{"unknown prompt", []string{"prompt", "please"}, "invalid_request", 90023},
		{"unknown scope", []string{"scope", "User.Raed"}, "invalid_client", 650053},
		{"unknown resource", []string{"scope", "https://other.example/User.Read"}, "invalid_resource", 500011},
		{"another cloud's resource", []string{"scope", "https://graph.microsoft.us/User.Read"}, "invalid_resource", 500011},
		{"claims that are none", []string{"claims", "{"}, "invalid_request", 9002313},
		{"nobody signed in", []string{"prompt", "none"}, "login_required", 50058},
	} {
		a := r.do(authorizeAt(r.endpoint("authorize"), row.pairs...), nil)
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		q := to.Query()
		if a.status != http.StatusFound || to.Host != "localhost:5123" || q.Get("error") != row.oauth || q.Get("state") != "a state" ||
			!strings.HasPrefix(q.Get("error_description"), fmt.Sprintf("AADSTS%d: ", row.code)) || q.Has("code") {
			t.Errorf("%s: got %d, %v; want %s, AADSTS%d", row.name, a.status, to, row.oauth, row.code)
		}
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	e := sandboxtest.SignIn(t, r.Tenant, authorizeAt(r.endpoint("authorize")), sandbox.MemberUPN)
	if e.Post || e.URL.Host != "localhost:5123" || e.URL.Path != "/" || e.Form.Get("state") != "a state" || len(e.Form.Get("code")) < 800 || e.Form.Get("session_state") == "" {
		t.Errorf("got %v and %v, want a code at the redirect URI with a path", e.URL, e.Form)
	}
	e = sandboxtest.SignIn(t, r.Tenant, authorizeAt(r.endpoint("authorize"), "response_mode", "form_post", "state", `"<&`), sandbox.MemberUPN)
	if !e.Post || e.URL.RawQuery != "" || e.Form.Get("state") != `"<&` || e.Form.Get("code") == "" {
		t.Errorf("got %v and %v, want a form with the code", e.URL, e.Form)
	}
	post := r.do(r.endpoint("authorize"), url.Values{"client_id": {sandbox.DesktopClientID}, "response_type": {"code"}, "scope": {"User.Read"},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}})
	if post.status != http.StatusOK || !strings.Contains(post.body, `id="account-`+sandbox.MemberUPN+`"`) {
		t.Errorf("got %d %.200s of a POST without a redirect URI, want the page", post.status, post.body)
	}
}

func TestRefusedPeople(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	at := authorizeAt(r.endpoint("authorize"))
	for _, row := range []struct{ upn, segment, want string }{
		{sandbox.DisabledUPN, "", "AADSTS50057: "},
		{sandbox.BlockedUPN, "", "AADSTS53003: "},
		{sandbox.StrangerUPN, "", "AADSTS50020: "},
		{sandbox.PersonalUPN, "", "AADSTS50020: "},
		{sandbox.PersonalUPN, "organizations", "AADSTS500200: "},
		{sandbox.MemberUPN, "consumers", "AADSTS50034: "},
		{"nobody@merisand.example", "", "There is no account with this name"},
	} {
		address := at
		if row.segment != "" {
			address = authorizeAt(r.endpoint("authorize", row.segment))
		}
		if e := sandboxtest.SignIn(t, r.Tenant, address, row.upn); e.URL != nil || !strings.Contains(e.Page, row.want) {
			t.Errorf("%s at %q: got %v %q, want a page with %s", row.upn, row.segment, e.URL, e.Page, row.want)
		}
	}
	for _, row := range []struct {
		name, upn, scope string
		refuse           []sandboxtest.Refuse
		code, subcode    string
	}{
		{"cancelled", sandbox.MemberUPN, "User.Read", []sandboxtest.Refuse{sandboxtest.Cancel}, "AADSTS65004", "cancel"},
		{"declined", sandbox.MemberUPN, "User.Read", []sandboxtest.Refuse{sandboxtest.Decline}, "AADSTS65004", "cancel"},
		{"admin scope", sandbox.MemberUPN, "User.Read.All", nil, "AADSTS90094", ""},
		{"nothing without an admin", sandbox.UnapprovedUPN, "User.Read", nil, "AADSTS90094", ""},
	} {
		e := sandboxtest.SignIn(t, r.Tenant, authorizeAt(r.endpoint("authorize"), "scope", row.scope), row.upn, row.refuse...)
		if e.Form.Get("error") != "access_denied" || !strings.HasPrefix(e.Form.Get("error_description"), row.code+": ") || e.Form.Get("error_subcode") != row.subcode || e.Form.Get("state") != "a state" {
			t.Errorf("%s: got %v %s, want access_denied, %s, %s", row.name, e.Form, e.Page, row.code, row.subcode)
		}
	}
	r.Consent(sandbox.DesktopClientID, "User.Read.All", "User.Read")
	for upn, scope := range map[string]string{sandbox.MemberUPN: "User.Read.All", sandbox.UnapprovedUPN: "User.Read"} {
		if r.code(upn, "scope", scope) == "" {
			t.Errorf("%s gets no code after an administrator's consent", upn)
		}
	}
	if r.code(sandbox.AdminUPN, "scope", "Directory.Read.All") == "" {
		t.Error("an administrator gets no code")
	}
}

// browser keeps cookies, as the rig's client does not.
func (r *rig) browser() *rig {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	client := *r.client
	client.Jar = jar
	return &rig{Tenant: r.Tenant, t: r.t, client: &client}
}

// flowOf finds the key in a page.
func flowOf(t *testing.T, page string) string {
	t.Helper()
	found := regexp.MustCompile(`name="flow" value="([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("there is no key in %.300s", page)
	}
	return found[1]
}

func TestPagesAreGoodOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	mine, other := r.browser(), r.browser()
	login, consent := r.LoginURL()+"/"+r.TenantID()+"/login", r.LoginURL()+"/"+r.TenantID()+"/consent"
	first := mine.do(authorizeAt(r.endpoint("authorize")), nil)
	other.do(authorizeAt(r.endpoint("authorize")), nil) // it has a cookie of its own
	choose := url.Values{"flow": {flowOf(t, first.body)}, "account": {sandbox.MemberUPN}}
	gone := func(name string, a reply) {
		t.Helper()
		if a.status != http.StatusBadRequest || !strings.Contains(a.body, "AADSTS50089") || a.header.Get("Location") != "" {
			t.Errorf("%s: got %d %.200s, want AADSTS50089", name, a.status, a.body)
		}
	}
	gone("another browser", other.do(login, choose))
	gone("no cookie", r.do(login, choose))
	gone("another tenant's path", mine.do(r.LoginURL()+"/common/login", choose))
	page := mine.do(login, choose)
	if !strings.Contains(page.body, `id="accept"`) || !strings.Contains(page.body, "Microsoft Graph: Mail.Read") || !strings.Contains(page.body, "offline_access") {
		t.Fatalf("got %.300s, want the permissions", page.body)
	}
	gone("again", mine.do(login, choose))
	accept := url.Values{"flow": {flowOf(t, page.body)}, "accept": {"1"}}
	if a := mine.do(consent, accept); a.status != http.StatusFound || !strings.Contains(a.header.Get("Location"), "code=") {
		t.Errorf("got %d %s, want a code", a.status, a.body)
	}
	gone("accepted again", mine.do(consent, accept))
	gone("consent before the account", mine.do(consent, url.Values{"flow": {flowOf(t, mine.do(authorizeAt(r.endpoint("authorize")), nil).body)}, "accept": {"1"}}))
	late := url.Values{"flow": {flowOf(t, mine.do(authorizeAt(r.endpoint("authorize")), nil).body)}, "account": {sandbox.MemberUPN}}
	r.pass(flowIsGone)
	gone("late", mine.do(login, late))
}

// The parameters prompt and login_hint.
func TestPrompt(t *testing.T) {
	t.Parallel()
	r := newRig(t, sandbox.Options{})
	mine := sandboxtest.NewPerson(r.client.Transport)
	ask := func(pairs ...string) url.Values {
		t.Helper()
		e, err := mine.SignIn(t.Context(), authorizeAt(r.endpoint("authorize"), pairs...), sandbox.MemberUPN)
		if err != nil {
			t.Fatal(err)
		}
		return e.Form
	}
	if ask().Get("code") == "" {
		t.Fatal("there is no code")
	}
	if got := ask("prompt", "none"); got.Get("code") == "" {
		t.Errorf("silently: got %v, want a code", got)
	}
	if got := ask("prompt", "none", "login_hint", sandbox.AdminUPN); got.Get("error") != "login_required" {
		t.Errorf("silently as another: got %v, want login_required", got)
	}
	if got := ask("prompt", "none", "scope", "Calendars.Read"); got.Get("error") != "interaction_required" || !strings.HasPrefix(got.Get("error_description"), "AADSTS65001") {
		t.Errorf("silently for more: got %v, want interaction_required", got)
	}
	r.RevokeSessions(sandbox.MemberUPN)
	if got := ask("prompt", "none"); got.Get("error") != "login_required" {
		t.Errorf("silently after a revocation: got %v, want login_required", got)
	}
	page := r.do(authorizeAt(r.endpoint("authorize"), "login_hint", "lina.lyu@merisand.example"), nil).body
	names := regexp.MustCompile(`id="account-([^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(names) < 12 || names[0][1] != "lina.lyu@merisand.example" {
		t.Errorf("got %v, want the hinted account first", names)
	}
	var got []string
	for _, found := range regexp.MustCompile(`id="account-([^"]*)"`).FindAllStringSubmatch(r.do(authorizeAt(r.endpoint("authorize", "consumers")), nil).body, -1) {
		got = append(got, found[1])
	}
	if diff := cmp.Diff([]string{sandbox.PersonalUPN}, got); diff != "" {
		t.Errorf("accounts at /consumers (-want +got)\n%s", diff)
	}
	// Consent is asked for once, and again where the app says so.
	b := r.browser()
	choose := func(pairs ...string) reply {
		t.Helper()
		page := b.do(authorizeAt(r.endpoint("authorize"), pairs...), nil)
		return b.do(r.LoginURL()+"/"+r.TenantID()+"/login", url.Values{"flow": {flowOf(t, page.body)}, "account": {sandbox.MemberUPN}})
	}
	if a := choose(); a.status != http.StatusFound {
		t.Errorf("got %d %.200s, want no consent a second time", a.status, a.body)
	}
	if a := choose("prompt", "consent"); !strings.Contains(a.body, `id="accept"`) {
		t.Errorf("got %d %.200s, want the permissions again", a.status, a.body)
	}
}
