package entra

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/pagetest"
)

// Whatever a token or an answer puts into the page is text there.
func TestPageShowsTextAsText(t *testing.T) {
	t.Parallel()
	made := func(s string) page {
		return page{good: true, title: s, lead: s, facts: []fact{{"Account", s}, {s, s}}, next: []span{{text: s}, {text: s, url: "https://portal.azure.com/"}, {text: s, url: s}}, code: s, nonce: s}
	}
	want := pagetest.Nodes(t, made("calm").markup(), "calm")
	if got := strings.Count(strings.Join(want, "\n"), "calm"); got != 12 {
		t.Errorf("%d things are said, want 12: %q", got, want)
	}
	for _, s := range []string{
		`"><script>alert(1)</script>`, `' onmouseover='alert(1)`, `</title></style></main><script>x</script>`, `<!--`, `&lt;b&gt; &amp;amp;`, `javascript:alert(1)`, `{{.Nonce}}`,
		"\x00\x01\x08\x1b\x7f", "\u202e\u2066\u200f\ufeff", "\xff\xc0\xaf", "line\nline\tline",
	} {
		if diff := cmp.Diff(want, pagetest.Nodes(t, made(s).markup(), s)); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", s, diff)
		}
	}
}

// Only https addresses become links, and only those that are what they look like.
func TestLinksOfHints(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://portal.azure.com/#view/Registered/appId/a?b=c&d=e": true, "https://portal.azure.us": true,
		"": false, "javascript:alert(1)": false, "JAVASCRIPT:alert(1)": false, "java\nscript:alert(1)": false, "\x01javascript:alert(1)": false, "data:text/html,x": false,
		"http://portal.azure.com/": false, "//evil.example/": false, "/x": false, "https:": false, "https://": false, "https:evil.example": false, "https://portal.azure.com@evil.example/": false,
		`https://evil.example/"onclick="x`: false, "https://evil.example/' x": false, "https://evil.example/\u202egpj": false, "https://evil.example/\x00": false, "https://evil.example/\n": false, "https://evil.example/a b": false,
		"https://evil.example\\@portal.azure.com/": false, "https://evil.example/</a>": false, "https://evil.example/\xff": false,
	} {
		lines := strings.Join(pagetest.Nodes(t, page{next: []span{{text: "here", url: address}}}.markup(), ""), "\n")
		if got := strings.Contains(lines, fmt.Sprintf(` a href=%q rel="noreferrer noopener" target="_blank"`, address)); got != want || !want && strings.Contains(lines, "href") {
			t.Errorf("%q is a link: %t, want %t:\n%s", address, got, want, lines)
		}
	}
	lines := strings.Join(pagetest.Nodes(t, page{next: linked("Open https://portal.azure.com/, or ask javascript:alert(1) or https://evil.example/\u202egpj.")}.markup(), ""), "\n")
	if strings.Count(lines, "href=") != 1 || !strings.Contains(lines, `href="https://portal.azure.com/"`) {
		t.Errorf("got %s", lines)
	}
}
