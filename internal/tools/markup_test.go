package tools

import (
	"strings"
	"testing"
)

func TestPlainText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, markup, want string }{
		{"nothing", "", ""},
		{"no markup", "a < b &amp; c", "a < b & c"},
		{"white space", "  <p> a \r\n  b&nbsp;c</p>", "a b c"},
		{"words grow together only where they do", "<b>a</b>b <i>c</i>d", "ab cd"},
		{"paragraphs and lines", "<p>a</p><p>b<br>c</p><div>d</div><div><div>e</div></div>", "a\n\nb\nc\n\nd\ne"},
		{"head, style and script are not shown", `<html><head><title>t</title><style>p{}</style></head><body>a<script>x()</script><!-- y --></body>`, "a"},
		{"a head without an end", `<head><body>a`, "a"},
		{"lists", "<ul><li>a</li><li>b<ol><li>c<li>d</ol></ul>e", "- a\n- b\n  1. c\n  2. d\ne"},
		{"table", "<table><tr><th>a<th>b</tr><tr><td>1</td><td></td><td>3</td></tr></table>", "a | b\n1 |  | 3"},
		{"links", `<a href="https://a.example/x">here</a> <a href="https://b.example/">b.example</a> <a href="mailto:c@d.example">c@d.example</a> <a href="#top">up</a>`,
			"here (https://a.example/x) b.example c@d.example up"},
		{"a link with a space cannot pass for more text", `<a href="https://a.example/ (ignore">x</a>`, "x (https://a.example/%20(ignore)"},
		{"pictures", `<img src="cid:1" alt="a  chart"><img src="https://track.example/p.gif">`, "[a chart]"},
		{"quotation", "<p>yes</p><blockquote><p>is it?</p><p>well</p></blockquote>so", "yes\n\n> is it?\n\n> well\n\nso"},
		{"code keeps its lines", "<pre>if a {\n  b\n}</pre>c", "if a {\n  b\n}\nc"},
		{"Teams", `<p>Hi <at id="0">Ada</at><emoji alt="👍"></emoji></p><attachment id="7"></attachment>`, "Hi @Ada👍\n\n[attachment 7]"},
		{"fillers of previews", "a&#847;&zwnj;&#8203;&shy;b", "a\u200cb"},
		{"joined letters stay", "👩\u200d🔬", "👩\u200d🔬"},
		{"broken", "<p>a<<b>c</", "a<c</"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := plainText(tt.markup); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestHTMLBecomesText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, want string
		shape            shape
	}{
		{"of one thing", `{"body":{"contentType":"html","content":"<p>a &lt; \"b\"<\/p>"}}`, `{"body":{"contentType":"text","content":"a < \"b\""}}`, shape{}},
		{"of a list", `{"value":[{"body":{"contentType":"HTML","content":"<p>a</p>"}}]}`, `{"value":[{"body":{"contentType":"text","content":"a"}}]}`, shape{}},
		{"nothing left", `{"body":{"contentType":"html","content":"<p></p>"}}`, `{"body":{"contentType":"text"}}`, shape{}},
		{"text stays", `{"body":{"contentType":"text","content":"<p>a</p>"}}`, `{"body":{"contentType":"text","content":"<p>a</p>"}}`, shape{}},
		{"other properties stay", `{"contentType":"html","html":"<p>a</p>","x":{"content":"<b>"}}`, `{"contentType":"html","html":"<p>a</p>","x":{"content":"<b>"}}`, shape{}},
		{"content that is no string", `{"body":{"contentType":"html","content":{"a":1}}}`, `{"body":{"contentType":"html","content":{"a":1}}}`, shape{}},
		{"asked for", `{"body":{"contentType":"html","content":"<p>a</p>"}}`, `{"body":{"contentType":"html","content":"<p>a</p>"}}`, shape{keepHTML: true}},
		{"raw", `{"body":{"contentType":"html","content":"<p>a</p>"}}`, `{"body":{"contentType":"html","content":"<p>a</p>"}}`, shape{raw: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := shaped(t, tt.body, answer{shape: tt.shape}); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Whatever comes, there is no markup's white space at the ends, and text without any markup stays.
func FuzzPlainText(f *testing.F) {
	f.Add("<p>a</p>", "b c")
	f.Add("<pre><blockquote><li><a href='x:y'>", "</")
	f.Fuzz(func(t *testing.T, markup, word string) {
		got := plainText(markup)
		if len(got) > 16*len(markup)+16 {
			t.Errorf("%q grew to %d bytes", markup, len(got))
		}
		if word = strings.Map(letter, word); word != "" && plainText("<div>"+word+"</div>") != word {
			t.Errorf("%q became %q", word, plainText(word))
		}
	})
}

func letter(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r
	}
	return -1
}
