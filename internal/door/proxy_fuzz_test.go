package door

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Whatever forwarding headers say: from a stranger they change nothing, and by way of a trusted proxy what is taken over are an
// address that stands there, a name that can be one, and a request ID that cannot forge a line of the log.
func FuzzForwarded(f *testing.F) {
	trusted := netip.MustParsePrefix("10.0.0.0/8")
	d := &Door{proxies: proxies{trusted}}
	f.Add("198.51.100.7, 10.0.0.2", "https", "mcp.example.com:8443", "00000000-0000-4000-8000-000000000001")
	f.Add("127.0.0.1", "http", "localhost@evil.example", "a\nb")
	f.Add("[::ffff:10.0.0.1]:80,10.0.0.9%eth0", "HTTPS,", "evil.example, [::1]", strings.Repeat("a", 65))
	f.Add(strings.Repeat("10.0.0.1,", 50), "", ":80", "")
	f.Fuzz(func(t *testing.T, forwarded, proto, host, id string) {
		for _, peer := range []string{"198.51.100.9:1", "10.0.0.1:1"} {
			r := httptest.NewRequest(http.MethodPost, "http://a.example/mcp", nil)
			r.RemoteAddr = peer
			r.Header = http.Header{"X-Forwarded-For": {forwarded}, "X-Forwarded-Proto": {proto}, "X-Forwarded-Host": {host}, "X-Request-Id": {id}}
			d.receive(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				checkForwarded(t, r, strings.HasPrefix(peer, "10."), forwarded, id)
			})).ServeHTTP(httptest.NewRecorder(), r)
		}
	})
}

func checkForwarded(t *testing.T, r *http.Request, believed bool, forwarded, id string) {
	t.Helper()
	remote := remoteOf(r.Context())
	if !believed {
		if remote.String() != "198.51.100.9" || originOf(r) != "http://a.example" || RequestID(r.Context()) == id {
			t.Errorf("a stranger was believed: %s, %s, %s", remote, originOf(r), RequestID(r.Context()))
		}
		return
	}
	said := slices.ContainsFunc(strings.Split(forwarded, ","), func(hop string) bool { return addressOf(strings.TrimSpace(hop)) == remote })
	if !remote.IsValid() || remote.String() != "10.0.0.1" && !said {
		t.Errorf("from %s, of %q", remote, forwarded)
	}
	u, err := url.Parse(originOf(r))
	if err == nil && (u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https") {
		t.Errorf("origin %s", originOf(r))
	}
	if got := RequestID(r.Context()); len(got) == 0 || len(got) > 64 || strings.IndexFunc(got, func(c rune) bool { return c <= ' ' || c > '~' }) >= 0 {
		t.Errorf("request ID %q", got)
	}
}
