package graph

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func testEndpoints(t testing.TB) Endpoints {
	t.Helper()
	e, err := NewEndpoints("https://graph.microsoft.com", "https://management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRequestURL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		p    Params
		want string
	}{
		{"plain", Params{Path: "/users"}, "https://graph.microsoft.com/v1.0/users"},
		{"root", Params{Path: "/"}, "https://graph.microsoft.com/v1.0"},
		{"trailing slash", Params{Path: "/me/"}, "https://graph.microsoft.com/v1.0/me"},
		{"beta", Params{Path: "/me", Version: "beta"}, "https://graph.microsoft.com/beta/me"},
		{"version in the path", Params{Path: "/beta/me", Version: "v1.0"}, "https://graph.microsoft.com/beta/me"},
		{"user principal name", Params{Path: "/users/ada@contoso.com"}, "https://graph.microsoft.com/v1.0/users/ada@contoso.com"},
		{"guest", Params{Path: "/users/x_y.com#EXT#@contoso.com"}, "https://graph.microsoft.com/v1.0/users/x_y.com%23EXT%23@contoso.com"},
		{"site ID", Params{Path: "/sites/contoso.sharepoint.com,1a,2b"}, "https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com,1a,2b"},
		{"drive path", Params{Path: "/me/drive/root:/My%20Docs/plan (2).docx:/content"}, "https://graph.microsoft.com/v1.0/me/drive/root:/My%20Docs/plan%20(2).docx:/content"},
		{"key in parentheses", Params{Path: "/users('ada@contoso.com')"}, "https://graph.microsoft.com/v1.0/users('ada@contoso.com')"},
		{"umlaut", Params{Path: "/sites/root:/Bücher"}, "https://graph.microsoft.com/v1.0/sites/root:/B%C3%BCcher"},
		{"query in the path", Params{Path: "/users?$top=5&$select=id"}, "https://graph.microsoft.com/v1.0/users?%24select=id&%24top=5"},
		{"plus in the path", Params{Path: "/me/calendarView?startDateTime=2026-01-01T00:00:00+01:00"}, "https://graph.microsoft.com/v1.0/me/calendarView?startDateTime=2026-01-01T00%3A00%3A00%2B01%3A00"},
		{"semicolon", Params{Path: "/users?$expand=manager($levels=max;$select=id)"}, "https://graph.microsoft.com/v1.0/users?%24expand=manager%28%24levels%3Dmax%3B%24select%3Did%29"},
		{"next link with the port", Params{API: ResourceManager, Path: "https://management.azure.com:443/subscriptions?$skiptoken=a;b"}, "https://management.azure.com/subscriptions?$skiptoken=a;b"},
		{"query parameters win", Params{Path: "/users?$top=5", Query: map[string]string{"$top": "7"}}, "https://graph.microsoft.com/v1.0/users?%24top=7"},
		{"space and plus", Params{Path: "/users", Query: map[string]string{"$search": `"a b+c"`}}, "https://graph.microsoft.com/v1.0/users?%24search=%22a%20b%2Bc%22"},
		{"next link stays as it came", Params{Path: "https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Bb+c&$top=2"}, "https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Bb+c&$top=2"},
		{"resource manager", Params{API: ResourceManager, Path: "/subscriptions", Query: map[string]string{"api-version": "2022-12-01"}}, "https://management.azure.com/subscriptions?api-version=2022-12-01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := testEndpoints(t).NewRequest(tt.p)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.URL(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// hostileRequests are ways to lead a token, or a policy, astray.
var hostileRequests = map[string]Params{
	"host appended":             {API: ResourceManager, Path: ".evil.com/x"},
	"host appended with at":     {API: ResourceManager, Path: "@evil.com/x"},
	"port appended":             {Path: ":8443/x"},
	"first segment at":          {Path: "/@evil.com/x"},
	"scheme relative":           {Path: "//evil.com/x"},
	"other host":                {Path: "https://evil.com/v1.0/users"},
	"other host upper case":     {Path: "HTTPS://EVIL.COM/v1.0/users"},
	"sub-domain":                {Path: "https://graph.microsoft.com.evil.com/v1.0/me"},
	"user information":          {Path: "https://graph.microsoft.com@evil.com/v1.0/me"},
	"user information before":   {Path: "https://evil.com@graph.microsoft.com/v1.0/me"},
	"other port":                {Path: "https://graph.microsoft.com:444/v1.0/me"},
	"plain http":                {Path: "http://graph.microsoft.com/v1.0/me"},
	"resource manager's host":   {Path: "https://management.azure.com/subscriptions"},
	"backslash host":            {Path: `https://graph.microsoft.com\@evil.com/v1.0/me`},
	"dot segments":              {Path: "/users/../me"},
	"dot segment first":         {Path: "/../beta/me"},
	"encoded dots":              {Path: "/users/%2e%2e/me"},
	"half encoded dots":         {Path: "/users/.%2E/me"},
	"single dot":                {Path: "/./me"},
	"encoded slash":             {Path: "/users%2fme"},
	"backslash":                 {Path: `/users\me`},
	"encoded backslash":         {Path: "/users%5Cme"},
	"encoded twice":             {Path: "/users%252fme"},
	"encoded three times":       {Path: "/users/%25252e%25252e/me"},
	"empty segment":             {Path: "/users//messages"},
	"blank segment":             {Path: "/users/%20/messages"},
	"trailing blank":            {Path: "/users%20/x"},
	"trailing dot":              {Path: "/users./x"},
	"my organization":           {Path: "/myorganization/users"},
	"tenant by ID":              {Path: "/4f1d2c7a-93b8-4e60-a5d1-7c0e8b26f394/users"},
	"tenant by domain":          {Path: "/v1.0/contoso.onmicrosoft.com/users"},
	"parameter alias":           {Path: "/users(@k)/messages?@k='ada'"},
	"ampersand in a filter":     {Path: "/users?$filter=department eq 'R&D'"},
	"control character":         {Path: "/users\x00"},
	"encoded control character": {Path: "/users%0d%0aX: y"},
	"line separator":            {Path: "/users/a\u2028b"},
	"zero width":                {Path: "/us\u200bers"},
	"right to left":             {Path: "/users/\u202eabc"},
	"broken encoding":           {Path: "/users/%zz"},
	"not UTF-8":                 {Path: "/users/%ff"},
	"no slash":                  {Path: "users"},
	"empty":                     {Path: ""},
	"too long":                  {Path: "/" + strings.Repeat("a", 9000)},
	"too many segments":         {Path: strings.Repeat("/a", 100)},
	"too many readings":         {Path: strings.Repeat("/f(a=1)", 20)},
	"method":                    {Path: "/me", Method: "TRACE"},
	"method with a line break":  {Path: "/me", Method: "GET\r\nX: y"},
	"unknown version":           {Path: "/me", Version: "v2.0"},
	"version climbing out":      {Path: "/me", Version: "v1.0/../beta"},
	"unknown API":               {API: "exchange", Path: "/me"},
	"control in the query":      {Path: "/me", Query: map[string]string{"$filter": "a\x00b"}},
	"overriding header":         {Path: "/me", Header: http.Header{"X-Http-Method-Override": {"DELETE"}}},
	"authorization header":      {Path: "/me", Header: http.Header{"Authorization": {"Bearer x"}}},
	"host header":               {Path: "/me", Header: http.Header{"Host": {"evil.com"}}},
	"header injection":          {Path: "/me", Header: http.Header{"Prefer": {"a\r\nX: y"}}},
}

func TestHostileRequestsAreRefused(t *testing.T) {
	t.Parallel()
	for name, p := range hostileRequests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := testEndpoints(t).NewRequest(p)
			if err == nil {
				t.Fatalf("accepted as %s %s", r.Method(), r.URL())
			}
			var refusal *RequestError
			if !errors.As(err, &refusal) || refusal.Part == "" || refusal.Problem == "" {
				t.Errorf("got %#v, want a RequestError that names part and problem", err)
			}
		})
	}
}

func TestNextLinksStayAtHome(t *testing.T) {
	t.Parallel()
	r, err := testEndpoints(t).NewRequest(Params{Path: "/users", Header: http.Header{"Consistencylevel": {"eventual"}}})
	if err != nil {
		t.Fatal(err)
	}
	next, err := r.Next("https://graph.microsoft.com/v1.0/users?$skiptoken=X")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := next.Header("ConsistencyLevel"), "eventual"; got != want {
		t.Errorf("ConsistencyLevel of the next page: got %q, want %q", got, want)
	}
	for _, link := range []string{
		"https://evil.com/v1.0/users?$skiptoken=X", "https://graph.microsoft.com/beta/users?$skiptoken=X",
		"http://graph.microsoft.com/v1.0/users", "/users?$skiptoken=X", "/users?x=://", "", "https://graph.microsoft.com/v1.0/../beta/users",
	} {
		if next, err := r.Next(link); err == nil {
			t.Errorf("%q was accepted as %s", link, next.URL())
		}
	}
}

func TestReadings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path string
		want []string
	}{
		{"/Users/Ada@Contoso.com", []string{"/users/ada@contoso.com"}},
		{"/users('Ada')/sendMail", []string{"/users/ada/sendmail"}},
		{"/users(%27Ada%27)/sendMail", []string{"/users/ada/sendmail"}},
		{"/users('o''neil')", []string{"/users/o'neil"}},
		{"/users/delta()", []string{"/users/delta"}},
		{"/me/microsoft.graph.sendMail", []string{"/me/sendmail", "/me", "/me/microsoft.graph.sendmail"}},
		{"/users/microsoft.graph.delta()", []string{"/users/delta", "/users", "/users/microsoft.graph.delta()"}},
		{"/users(mail='a@b.c')/messages", []string{"/users/messages", "/users/mail='a@b.c'/messages", "/users/a@b.c/messages"}},
		{"/me/messages('AAMk=')", []string{"/me/messages/aamk="}},
		{"/security/microsoft.graph.security.runHuntingQuery", []string{"/security/runhuntingquery", "/security", "/security/microsoft.graph.security.runhuntingquery"}},
		{"/users/graph.user@contoso.com", []string{"/users/graph.user@contoso.com"}},
		{"/drives/1/root:/My%20Docs/graph.pdf:/children", []string{"/drives/1/root:/my docs/graph.pdf/children", "/drives/1/root/my docs/graph.pdf/children", "/drives/1/root:/my docs/pdf/children", "/drives/1/root/my docs/pdf/children", "/drives/1/root:/my docs/children", "/drives/1/root/my docs/children"}},
		{"/users:/x/messages('1')", []string{"/users:/x/messages('1')", "/users/x/messages('1')", "/users:/x/messages/1", "/users/x/messages/1"}},
		{"/drives/1/root:/Secret/:/children", []string{"/drives/1/root:/secret/children", "/drives/1/root/secret/children"}},
		{"/drives/1/root:/plan (2).docx:", []string{"/drives/1/root:/plan (2).docx", "/drives/1/root/plan (2).docx"}},
		{"/\u212aelvin", []string{"/kelvin"}},
		{"/beta/me", []string{"/me"}},
	} {
		r, err := testEndpoints(t).NewRequest(Params{Path: tt.path})
		if err != nil {
			t.Errorf("%s: %v", tt.path, err)
			continue
		}
		var got []string
		for _, reading := range r.Readings() {
			got = append(got, reading.String())
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") {
			t.Errorf("%s: got %q, want %q", tt.path, got, tt.want)
		}
	}
}

// Whatever is accepted leads to the service's own host, below its version, in a form that every reader of URLs
// reads alike.
func FuzzNewRequest(f *testing.F) {
	for _, p := range hostileRequests {
		f.Add(string(p.API), p.Version, p.Path, "$filter", "x")
	}
	f.Add("graph", "v1.0", "/users('a')/messages?$top=1", "$select", "id")
	f.Add("azure", "", "/subscriptions", "api-version", "1")
	e := testEndpoints(f)
	f.Fuzz(func(t *testing.T, api, version, path, name, value string) {
		r, err := e.NewRequest(Params{API: API(api), Version: version, Path: path, Query: map[string]string{name: value}})
		if err != nil {
			return
		}
		u, err := url.Parse(r.URL())
		if err != nil {
			t.Fatalf("%q: %v", r.URL(), err)
		}
		wantHost, prefix := "graph.microsoft.com", "/"+r.Version()
		if r.API() == ResourceManager {
			wantHost, prefix = "management.azure.com", "/"
		}
		if u.Scheme != "https" || u.Host != wantHost || u.User != nil || u.Fragment != "" || !strings.HasPrefix(u.Path, prefix) {
			t.Fatalf("%q leads to %q", path, r.URL())
		}
		if clean := u.JoinPath().Path; strings.TrimSuffix(clean, "/") != strings.TrimSuffix(u.Path, "/") {
			t.Fatalf("%q: %q becomes %q where dot segments are removed", path, u.Path, clean)
		}
		lower := strings.ToLower(u.EscapedPath())
		for _, bad := range []string{"%2f", "%5c", "%00", "%0a", "%0d", "\\", "//"} {
			if strings.Contains(lower, bad) {
				t.Fatalf("%q holds %s", r.URL(), bad)
			}
		}
		again, err := e.NewRequest(Params{API: r.API(), Version: r.Version(), Path: r.Path()})
		if err != nil {
			t.Fatalf("%q was accepted, but not its own path %q: %v", path, r.Path(), err)
		}
		if got, want := again.Readings()[0].String(), r.Readings()[0].String(); got != want && r.Version() == again.Version() {
			t.Fatalf("%q reads as %q, its own path as %q", path, want, got)
		}
	})
}
