package sandboxtest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

const goodPage = `<!doctype html><html lang="en"><head><title>T</title><meta name="viewport" content="width=device-width, initial-scale=1"><style>
:focus-visible { outline: 3px solid #00f } body { background: #fff; color: #000 } button { min-height: 2rem } input, .quiet { border: 1px solid #777; min-height: 2rem }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } input { background: #111; color: #eee } }</style></head>
<body><main><h1>H</h1><h2>I</h2><label for="a">A</label> <input id="a"> <button>Go</button></main></body></html>`

// What would trouble somebody is found, each trouble by itself; a page without any has none.
func TestEyeSeesTroubles(t *testing.T) {
	t.Parallel()
	eye := sandboxtest.OpenEye(t)
	var page string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page))
	}))
	defer server.Close()
	for _, row := range []struct{ old, new, want string }{
		{"", "", ""},
		{` lang="en"`, ``, "no language"},
		{`<title>T</title>`, ``, "no title"},
		{`<h1>H</h1>`, ``, "first headings"},
		{`<h2>`, `<h4>`, "a heading is left out"},
		{`<main>`, `<div>`, "main landmarks"},
		{`initial-scale=1`, `user-scalable=no`, "cannot be enlarged"},
		{`</main>`, `</main><p>x</p>`, "outside of the landmarks"},
		{`<label for="a">A</label>`, ``, "no label"},
		{`>Go<`, `><`, "it has no name"},
		{`<h2>`, `<h2 id="a">`, "stands twice"},
		{`for="a"`, `for="b"`, "refers to nothing"},
		{`color: #000`, `color: #999`, "contrast 2.85"},
		{`color: #eee } input`, `color: #444 } input`, "contrast 1.9"},
		{`1px solid #777`, `1px solid #ddd`, "contrast of the edge"},
		{`<h2>I</h2>`, `<h2>I</h2><svg width="9" height="9"></svg>`, "a picture says nothing"},
		{`<h2>I</h2>`, `<h2>I</h2><table><tr><td>x</table>`, "a table has no headings"},
		{`<h2>I</h2>`, `<h2>I</h2><p style="color: red">x</p>`, "stands in an attribute"},
		{`button { min-height: 2rem }`, `button { font-size: 12px; padding: 0; border: 0 }`, "hard to touch"},
		{`<h2>I</h2>`, `<h2>I</h2><p class="w">x</p><style>.w { width: 1500px }</style>`, "wider than the window"},
		{`<h2>I</h2>`, `<h2>I</h2><style>@keyframes k { to { opacity: .9 } } h2 { animation: k 9s infinite }</style>`, "something moves"},
		{`<input id="a">`, `<input id="a" tabindex="2">`, "its own ways"},
		{`:focus-visible { outline: 3px solid #00f }`, `:focus-visible { outline: none }`, "cannot be seen"},
		{`<button>Go</button>`, `<button id="z">Go</button><script>document.getElementById("a").onkeydown = e => e.preventDefault()</script>`, "the focus goes to place 1 after 2"},
		{`</main>`, `</main><script>console.error("x")</script>`, "the console has console: error"},
		{`</main>`, `</main><script>nothing.there()</script>`, "the console has exception"},
	} {
		page = strings.Replace(goodPage, row.old, row.new, 1)
		if row.old == "<main>" {
			page = strings.NewReplacer("<main>", "<div>", "</main>", "</div>").Replace(goodPage)
		}
		eye.Visit(t, server.URL)
		got := strings.Join(eye.Troubles(t, "page"), "\n")
		if (row.want == "") != (got == "") || !strings.Contains(got, row.want) {
			t.Errorf("%q in place of %q: got %q, want %q", row.new, row.old, got, row.want)
		}
	}
}
