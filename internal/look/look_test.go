package look

import (
	"math"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/pagetest"
)

var variable = regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`)

// palettes returns the colours of light and dark.
func palettes(t *testing.T) map[string]map[string]string {
	t.Helper()
	light, dark, found := strings.Cut(style, "@media (prefers-color-scheme: dark)")
	if !found {
		t.Fatal("there is no dark")
	}
	all := map[string]map[string]string{"light": {}, "dark": {}}
	for name, text := range map[string]string{"light": light, "dark": dark} {
		for _, m := range variable.FindAllStringSubmatch(text, -1) {
			all[name][m[1]] = m[2]
		}
	}
	return all
}

// luminance is WCAG 2's.
func luminance(colour string) float64 {
	n, _ := strconv.ParseUint(colour[1:], 16, 32)
	linear := func(shift uint) float64 {
		v := float64(n>>shift&0xff) / 255
		if v <= .04045 {
			return v / 12.92
		}
		return math.Pow((v+.055)/1.055, 2.4)
	}
	return .2126*linear(16) + .7152*linear(8) + .0722*linear(0)
}

func contrast(a, b string) float64 {
	high, low := luminance(a), luminance(b)
	return (max(high, low) + .05) / (min(high, low) + .05)
}

// Every colour can be read on what it stands on (WCAG 2.2 AA: 4.5 for text, 3 for edges, drawings and the focus).
func TestContrast(t *testing.T) {
	t.Parallel()
	for name, colours := range palettes(t) {
		for _, pair := range []struct {
			on, under string
			least     float64
		}{
			{"ink", "ground", 4.5}, {"ink", "glow", 4.5}, {"ink", "card", 4.5}, {"ink", "tint", 4.5}, {"ink", "accent-tint", 4.5},
			{"soft", "ground", 4.5}, {"soft", "glow", 4.5}, {"soft", "card", 4.5}, {"soft", "tint", 4.5},
			{"accent", "card", 4.5}, {"accent", "ground", 4.5}, {"accent", "tint", 4.5}, {"accent-strong", "card", 4.5},
			{"on-accent", "accent", 4.5}, {"on-accent", "accent-strong", 4.5},
			{"good", "good-tint", 4.5}, {"warn", "warn-tint", 4.5}, {"bad", "bad-tint", 4.5}, {"good", "tint", 4.5}, {"bad", "tint", 4.5},
			{"edge", "card", 3}, {"edge", "ground", 3}, {"bar-warn", "card", 3}, {"bar-bad", "card", 3}, {"accent", "glow", 3}, {"accent", "bad-tint", 3}, {"accent", "warn-tint", 3},
		} {
			on, under := colours[pair.on], colours[pair.under]
			if on == "" || under == "" {
				t.Errorf("%s: %s or %s is no colour", name, pair.on, pair.under)
			} else if got := contrast(on, under); got < pair.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", name, pair.on, pair.under, got, pair.least)
			}
		}
	}
}

// The style loads nothing, names each colour for both, moves only for those who do not mind, and closes no tag.
func TestStyle(t *testing.T) {
	t.Parallel()
	all := palettes(t)
	for name := range all["light"] {
		if all["dark"][name] == "" {
			t.Errorf("%s has no dark", name)
		}
	}
	if len(all["light"]) < 15 || len(all["light"]) != len(all["dark"]) {
		t.Errorf("%d colours are light, %d dark", len(all["light"]), len(all["dark"]))
	}
	for _, no := range []string{"url(", "@import", "//", "</", "image-set", "@font-face"} {
		if strings.Contains(style, no) {
			t.Errorf("the style has %q", no)
		}
	}
	before, rest, found := strings.Cut(style, "@media (prefers-reduced-motion: no-preference) {")
	_, after, closed := strings.Cut(rest, "\n}\n")
	if moves := regexp.MustCompile(`(transition|animation)(-[a-z]+)?:`); !found || !closed || moves.MatchString(before+after) {
		t.Error("something moves for everybody")
	}
	for _, name := range regexp.MustCompile(`var\(--([a-z-]+)\)`).FindAllStringSubmatch(style, -1) {
		if !strings.Contains(style, "--"+name[1]+":") {
			t.Errorf("there is no %s", name[1])
		}
	}
}

// Whatever is put into a page is text there.
func TestPagesShowTextAsText(t *testing.T) {
	t.Parallel()
	card := func(s string) g.Node {
		return Page{Title: s, Nonce: s}.Card(Bad, h.H1(g.Text(s)), Facts(Fact{s, g.Text(s)}, Fact{Name: "left out"}), Next(g.Text(s)), Code(s), Box(Warn, g.Text(s)), Pill(Good, s))
	}
	room := func(s string) g.Node {
		return Page{Title: s}.Room([]Link{{Text: s, URL: "x", Here: true}}, s, g.Text(s))
	}
	for name, page := range map[string]func(string) g.Node{"card": card, "room": room} {
		want := strings.Join(pagetest.Nodes(t, page("calm"), "calm"), "\n")
		if strings.Contains(want, "left out") || !strings.Contains(want, "calm") {
			t.Errorf("%s: got %s", name, want)
		}
		for _, s := range []string{`"><script>alert(1)</script>`, `</title></style></main><h1>x</h1>`, `<!--`, `&lt;b&gt;`, "\x00\x1b", "\u202e", "\xff"} {
			if got := strings.Join(pagetest.Nodes(t, page(s), s), "\n"); got != want {
				t.Errorf("%s with %q: got\n%s\nwant\n%s", name, s, got, want)
			}
		}
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		leave Leave
		want  string
	}{
		{Leave{}, "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
		{Leave{Nonce: "n"}, "default-src 'none'; style-src 'nonce-n'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
		{Leave{Nonce: "n", Script: true, Fetch: true, Forms: "'self'"},
			"default-src 'none'; style-src 'nonce-n'; script-src 'nonce-n'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
	} {
		w := httptest.NewRecorder()
		Send(w, 418, row.leave, g.Text("<x>"))
		header := w.Result().Header
		if got := header.Get("Content-Security-Policy"); got != row.want || w.Code != 418 || w.Body.String() != "&lt;x&gt;" || header.Get("Content-Length") != "9" {
			t.Errorf("%+v: got %d %q with %q", row.leave, w.Code, w.Body, got)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin", "X-Robots-Tag": "noindex"} {
			if header.Get(name) != want {
				t.Errorf("%s is %q", name, header.Get(name))
			}
		}
	}
	w := httptest.NewRecorder()
	w.Header().Set("Referrer-Policy", "same-origin")
	if Send(w, 200, Leave{}, g.Text("")); w.Header().Get("Referrer-Policy") != "same-origin" {
		t.Error("a referrer policy of the page's own is lost")
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"": "", "a word": "A word.", "it is: done!": "It is: done!", "ada@contoso.com is away": "ada@contoso.com is away.", "état": "État."} {
		if got := Sentence(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}
