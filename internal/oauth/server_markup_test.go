package oauth

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	g "maragu.dev/gomponents"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/pagetest"
)

// strange is what clients, tokens and Microsoft's answers may hold for a page.
var strange = []string{
	`"><script>alert(1)</script>`, `' onmouseover='alert(1)`, "` onfocus=alert(1) autofocus=`", `</title></style></p></main><h1>Signed in</h1>`,
	`<!--`, `]]>`, `&lt;b&gt; &#34; &amp;amp;`, `javascript:alert(1)`, `{{.Ticket}}`, "\x00\x01\x08\x1b\x7f", "\u202e\u2066\u200f\ufeff", "\xff\xc0\xaf", "line\nline\tline",
}

// Whatever somebody puts into a page is text there, or the value of the attribute that it was meant for.
func TestPagesShowTextAsText(t *testing.T) {
	t.Parallel()
	pages := map[string]func(s string) g.Node{
		"consent": func(s string) g.Node {
			return question{Title: s, Host: s, To: s, Server: s, Abilities: []string{s, "read"}, Action: "/consent", Ticket: s, Nonce: s}.markup()
		},
		"consent without a host": func(s string) g.Node { return question{Title: s, To: s, Local: true, Server: s}.markup() },
		"notice": func(s string) g.Node {
			return notice{Title: s, Lead: s, Next: s, Code: s, Link: "https://client.example/", LinkText: s, Onward: true, Nonce: s}.markup()
		},
	}
	for name, page := range pages {
		want := pagetest.Nodes(t, page("calm"), "calm")
		if !slices.ContainsFunc(want, func(line string) bool { return strings.Contains(line, "calm") }) {
			t.Fatalf("%s: nothing is said in %q", name, want)
		}
		for _, s := range strange {
			if diff := cmp.Diff(want, pagetest.Nodes(t, page(s), s)); diff != "" {
				t.Errorf("%s with %q: (-want +got)\n%s", name, s, diff)
			}
		}
	}
}

// A name stands apart from the text around it, so that a mark in it cannot turn what the server says.
func TestNamesStandApart(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"", "client.example"} {
		lines := pagetest.Nodes(t, question{Title: "\u202eeman", Host: host}.markup(), "\u202eeman")
		for i, line := range lines {
			if strings.Contains(line, "calm") && !strings.HasSuffix(lines[i-1], " bdi") && !strings.HasSuffix(lines[i-1], " title") {
				t.Errorf("%q, which stands in %q", line, lines[i-1])
			}
		}
	}
}

// Mallory's link is none, wherever it comes from.
func TestLinksThatAreFollowed(t *testing.T) {
	t.Parallel()
	const link, alone = 1, 2
	for address, want := range map[string]int{
		"https://client.example/cb?error=a&iss=https%3A%2F%2Fb": alone, "http://127.0.0.1:4711/cb?error=a": alone, "http://[::1]:4711/cb?error=a": alone,
		"com.example.app:/cb?error=a": link, // one that the operator lists
		"":                            0, "javascript:alert(1)": 0, "JavaScript:alert(1)": 0, " javascript:alert(1)": 0, "\x01javascript:alert(1)": 0, "java\nscript:alert(1)": 0,
		"java\tscript:alert(1)": 0, "javascript://client.example/%0aalert(1)": 0, "data:text/html,x": 0, "vbscript:x": 0, "blob:https://client.example/x": 0, "file:///etc/passwd": 0,
		"http://evil.example/": 0, "//evil.example/": 0, "/oauth/consent": 0, "?a": 0, "https:": 0, "https://": 0, "https:evil.example": 0, "https://user@evil.example/": 0,
		`https://client.example/"onclick="alert(1)`: 0, `https://client.example/?"><script>`: 0, "https://client.example/?a b": 0, "https://client.example/#a": 0,
		"https://client.example/?a#b": 0, "https://client.example/\u202egpj.exe": 0, "https://client.example/?\u202e": 0, "https://client.example/\x00": 0, "https://client.example/?\x00": 0, "https://client.example\\@evil.example/": 0,
		"https://client.example/?\xff": 0,
	} {
		lines := strings.Join(pagetest.Nodes(t, notice{Link: address, LinkText: "Back", Onward: true}.markup(), ""), "\n")
		got := 0
		if strings.Contains(lines, fmt.Sprintf(" a class=%q href=%q", "button", address)) {
			got = link
		}
		if strings.Contains(lines, fmt.Sprintf(" meta http-equiv=%q content=%q", "refresh", "30; url="+address)) {
			got = alone
		}
		if got != want || got == 0 && (strings.Contains(lines, "href") || strings.Contains(lines, "refresh")) {
			t.Errorf("%q: got %d, want %d:\n%s", address, got, want, lines)
		}
	}
	waits := strings.Join(pagetest.Nodes(t, notice{Link: "https://client.example/"}.markup(), ""), "\n")
	if !strings.Contains(waits, "href") || strings.Contains(waits, "refresh") {
		t.Errorf("a browser goes on by itself where it must not: %s", waits)
	}
}
