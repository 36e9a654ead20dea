package door

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestProxiesAreBelievedIfTrusted(t *testing.T) {
	t.Parallel()
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tt := range []struct {
		name, peer           string
		header               [][2]string
		remote, host, origin string
	}{
		{"no proxy", "198.51.100.7:1234", nil, "198.51.100.7", "a.example", "http://a.example"},
		{"a liar", "198.51.100.7:1234", [][2]string{{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "evil.example"}}, "198.51.100.7", "a.example", "http://a.example"},
		{"a proxy", "10.1.2.3:1234", [][2]string{{"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "mcp.example"}}, "198.51.100.7", "mcp.example", "https://mcp.example"},
		{"mapped into IPv6", "[::ffff:10.1.2.3]:1234", [][2]string{{"X-Forwarded-For", "198.51.100.7"}}, "198.51.100.7", "a.example", "http://a.example"},
		{"what the client made up", "10.1.2.3:1234", [][2]string{{"X-Forwarded-For", "127.0.0.1, 198.51.100.7"}}, "198.51.100.7", "a.example", "http://a.example"},
		{"in a header of its own", "10.1.2.3:1234", [][2]string{{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-For", "198.51.100.7"}}, "198.51.100.7", "a.example", "http://a.example"},
		{"two proxies", "10.1.2.3:1234", [][2]string{{"X-Forwarded-For", "127.0.0.1, 198.51.100.7, 10.9.9.9"}}, "198.51.100.7", "a.example", "http://a.example"},
		{"a trusted address that the client made up", "10.1.2.3:1234", [][2]string{{"X-Forwarded-For", "10.5.5.5, 198.51.100.7"}}, "198.51.100.7", "a.example", "http://a.example"},
		{"with ports", "10.1.2.3:1234", [][2]string{{"X-Forwarded-For", "[2001:db8::7]:443"}}, "2001:db8::7", "a.example", "http://a.example"},
		{"nonsense", "10.1.2.3:1234", [][2]string{{"X-Forwarded-For", "198.51.100.7, unknown"}}, "10.1.2.3", "a.example", "http://a.example"},
		{"no host", "10.1.2.3:1234", [][2]string{{"X-Forwarded-Host", "evil.example/x?"}, {"X-Forwarded-Proto", "ftp"}}, "10.1.2.3", "a.example", "http://a.example"},
		{"several hosts", "10.1.2.3:1234", [][2]string{{"X-Forwarded-Host", "evil.example, mcp.example:8443"}, {"X-Forwarded-Proto", "http, https"}}, "10.1.2.3", "mcp.example:8443", "https://mcp.example:8443"},
		{"a socket in the file system", "@", [][2]string{{"X-Forwarded-For", "198.51.100.7"}}, "", "a.example", "http://a.example"},
		{"a long list", "10.1.2.3:1234", [][2]string{{"X-Forwarded-For", "198.51.100.7" + strings.Repeat(", 10.0.0.1", 50)}}, "10.0.0.1", "a.example", "http://a.example"},
	} {
		d := &Door{proxies: trusted}
		r := httptest.NewRequest(http.MethodPost, "http://a.example/mcp", nil)
		r.RemoteAddr = tt.peer
		for _, h := range tt.header {
			r.Header.Add(h[0], h[1])
		}
		d.receive(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			remote := ""
			if a := remoteOf(r.Context()); a.IsValid() {
				remote = a.String()
			}
			if remote != tt.remote || r.Host != tt.host || originOf(r) != tt.origin {
				t.Errorf("%s: got %s, %s, %s", tt.name, remote, r.Host, originOf(r))
			}
			if !strings.Contains(r.RemoteAddr, tt.remote) {
				t.Errorf("%s: the log would say %s", tt.name, r.RemoteAddr)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	d := &Door{proxies: proxies{netip.MustParsePrefix("10.0.0.0/8")}}
	seen := map[string]bool{}
	for _, tt := range []struct{ name, peer, sent, want string }{
		{"none", "198.51.100.7:1", "", ""},
		{"a client's own", "198.51.100.7:1", "00000000-0000-4000-8000-000000000001", ""},
		{"a proxy's", "10.0.0.1:1", "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000001"},
		{"a proxy's that could forge a line", "10.0.0.1:1", "abcdefgh\tlevel=ERROR", ""},
		{"a proxy's that is too long", "10.0.0.1:1", strings.Repeat("a", 65), ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/ping", nil)
		r.RemoteAddr = tt.peer
		r.Header.Set("X-Request-Id", tt.sent)
		w := httptest.NewRecorder()
		inside := ""
		d.receive(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inside = RequestID(r.Context()) })).ServeHTTP(w, r)
		got := w.Header().Get("X-Request-Id")
		if got != inside || tt.want != "" && got != tt.want || tt.want == "" && (len(got) != 36 || got == tt.sent || got[14] != '4') || seen[got] && tt.want == "" {
			t.Errorf("%s: got %q and %q", tt.name, got, inside)
		}
		seen[got] = true
	}
}

func TestStrictTransport(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{"mcp.example.com": "max-age=31536000", "localhost:8443": "", "[::1]:8443": ""} {
		r := httptest.NewRequest(http.MethodGet, "https://"+host+"/ping", nil)
		r.TLS = &tls.ConnectionState{}
		w := httptest.NewRecorder()
		(&Door{}).receive(http.NotFoundHandler()).ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: got %q", host, got)
		}
	}
}
