package document

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHTML(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ source, want string }{
		"headings":      {"<html><head><title>T</title><style>p{}</style></head><h1>One <b>b</b></h1><p>a<p>b<h2>Two</h2>", "# One b\n\na\n\nb\n\n## Two"},
		"emphasis":      {"<p>a <b> bold <i>both</i></b><i> it </i>end <b> </b><del>no</del>", "a **bold** **_both_** _it_ end ~~no~~"},
		"lists":         {"<ul><li>a<ul><li>b</ul><li>c<p>d</ul><ol start=3><li>x<li>y</ol>", "- a\n  - b\n- c\n\n  d\n\n3. x\n4. y"},
		"a table":       {"<table><tr><th>A<th>B<tr><td>1|2<td><p>x</p><p>y</p><tr><td colspan=2>w</table>", "|A|B|\n|-|-|\n|1\\|2|x<br>y|\n|w||"},
		"layout tables": {"<table role=presentation><tr><td>left<td>right<tr><td>below<td>it</table><table><tr><td><table><tr><td>A<td>B<tr><td>1<td>2</table></td><td>beside</table>", "left\n\nright\n\nbelow\n\nit\n\n|A|B|\n|-|-|\n|1|2|\n\nbeside"},
		"quotes, code":  {"a<blockquote><p>q<p>r</blockquote><pre>  x\n   y</pre>c <code>d</code>", "a\n\n> q\n>\n> r\n\n```\n  x\n   y\n```\n\nc `d`"},
		"links": {`<a href="http://a.example/x"><b>b</b></a> <a href="mailto:a@b.c">a@b.c</a> <a href="javascript:x()">js</a> <a href="#top">up</a> <a href="https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fp%3Fq&data=05">safe</a>`,
			"[**b**](http://a.example/x) a@b.c js up [safe](https://example.com/p?q)"},
		"pictures":          {`<img src="data:image/png;base64,AAAA" alt=Logo><img src=http://t.example/p.gif width=1 height=1 alt=t><img src=http://a.example/i.png alt="A plan">`, "[image: Logo]![A plan](http://a.example/i.png)"},
		"hidden":            {`<div style="display: none">preview</div><p hidden>x</p><script>1<2</script><template>t</template><p>shown&zwnj;&nbsp;&#8203; text`, "shown text"},
		"Outlook":           {"<!--[if mso]><p>M</p><![endif]--><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal><b>Hi</b><o:p></o:p></p>", "**Hi**"},
		"Word's lists":      {"<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span>·<span>&nbsp;&nbsp; </span></span><![endif]>one</p><p style='mso-list:l0 level2 lfo1'>2.&nbsp; two</p>", "- one\n  2. two"},
		"a charset by meta": {"<meta charset=windows-1251><p>\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"},
		"stray ends":        {"</div></td></table></p>a</b></li>b", "ab"},
		"many open":         {strings.Repeat("<div><b>", 100_000) + "deep", "**deep**"},
	} {
		got := body(t, File{Name: "a.html", Data: []byte(row.source)})
		if diff := cmp.Diff(row.want, got.Body); diff != "" || got.Format != "html" {
			t.Errorf("%s (%s): %s", name, got.Format, diff)
		}
	}
}

func TestHTMLIsBounded(t *testing.T) {
	t.Parallel()
	l := defaultLimits()
	l.text = 1000
	for name, source := range map[string]string{
		"long":   strings.Repeat("<p>words", 10_000),
		"nested": strings.Repeat("<ul><li>a<blockquote>", 10_000),
		"cells":  "<table>" + strings.Repeat("<tr><td colspan=50>x", 100_000),
		"tables": strings.Repeat("<table><tr><td>x", 10_000),
		"spaces": "<b>" + strings.Repeat(" <i>a</i><u> </u>", 10_000),
	} {
		got, err := extract(t.Context(), File{Name: "a.html", Data: []byte(source)}, l)
		if err != nil || len(got.Body) > 1000 || !got.Truncated || len(got.Notes) == 0 {
			t.Errorf("%s: got %d bytes, %v, %v", name, len(got.Body), got.Notes, err)
		}
	}
}
