package html

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
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
		"raised": {"10<sup>6</sup> people, m<sup>-2</sup>, <b>5 m<sup>2</sup></b>, the 1<sup>st</sup>, X<sup>®</sup>, see<sup><a href=http://a.example/>[1]</a></sup>, <sup>4</sup><sub>5</sub>",
			"10^6 people, m^(-2), **5 m^2**, the 1st, X®, see[[1]](http://a.example/), ^45"},
		"an open head":       {"<html><head><meta charset=utf-8><title>T</title><style>p{}</style><p>shown</p>more", "shown\n\nmore"},
		"text in a head":     {"<head><title>T</title>\n text", "text"},
		"a head of Word":     {"<head><xml><o:x>96</o:x></xml></head><body>a", "a"},
		"without scripts":    {"<p>a<noscript>b</noscript>", "ab"},
		"empty first cells":  {"<table><tr><td><td>A<td>B<tr><td>x<td>1<td>2<tr><td>&nbsp;<td>3<td></table>", "||A|B|\n|-|-|-|\n|x|1|2|\n||3||"},
		"cells of many rows": {"<table><tr><th rowspan=2>R<th colspan=2>2024<th rowspan=2>S<tr><th>Q1<th>Q2<tr><td>N<td>1<td>2<td>3</table>", "|R|2024||S|\n|-|-|-|-|\n||Q1|Q2||\n|N|1|2|3|"},
		"stray ends":         {"</div></td></table></p>a</b></li>b", "ab"},
		"many open":          {strings.Repeat("<div><b>", 100_000) + "deep", "**deep**"},
	} {
		got := body(t, reading.File{Name: "a.html", Data: []byte(row.source)})
		if diff := cmp.Diff(row.want, got.Body); diff != "" || got.Format != "html" {
			t.Errorf("%s (%s): %s", name, got.Format, diff)
		}
	}
}

// What is not shown to a person does not reach a model, however deep it stands.
func TestHiddenTextStaysHidden(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<div>", 250)
	for name, row := range map[string]struct{ source, want string }{
		"no size":             {`<p style="font-size:0">x</p><p style="font-size: 0px; color: red">x</p><p style="font-size:0.0em !important">x</p>a`, "a"},
		"a size of its own":   {`<td style="font-size:0px">x<div style="font-size:13px">a</div><div style="font-size:2em">x</div><font size=2>b</font></td>`, "a\n\nb"},
		"not display":         {`<p style="display:none">x</p><p style="DISPLAY : NONE;">x<b>x</b></p><p style="color:red;display:none!important">x</p>a`, "a"},
		"not visible":         {`<p style="visibility:hidden">x</p><p style="mso-hide:all">x</p><p style="max-height:0;overflow:hidden">x</p>a`, "a"},
		"deep":                {deep + `a<span style="display:none">x<span>x</span>x</span><div hidden><div>x</div>x<b>x</b></div>b`, "ab"},
		"deep, of no size":    {deep + `a<div style="font-size:0"><div>x</div>x</div>b`, "ab"},
		"a size that is none": {`<p style="font-size:0.5em">a</p><p style="font-size:10px">b</p><p style="font-size:;color:x">c</p>`, "a\n\nb\n\nc"},
	} {
		if got := Plain(row.source); got != row.want {
			t.Errorf("%s: got %q, want %q", name, got, row.want)
		}
	}
}

func TestPlainHTML(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"":              "",
		"a < b &amp; c": "a < b & c",
		"  <p> <b>a</b> \r\n  <i>b</i>&nbsp;c</p>":                                             "a b c",
		"<p>a</p><p>b<br>c</p><div><div>d</div></div>":                                         "a\n\nb\nc\n\nd",
		`<a href="https://a.example/ (ignore">x</a>`:                                           "[x](https://a.example/%20(ignore)",
		`<p>Hi <at id="0">Ada</at><emoji alt="👍"></emoji></p><attachment id="7"></attachment>`: "Hi @Ada👍\n\n[attachment 7]",
		"👩\u200d🔬, naïve":                                                                      "👩\u200d🔬, naïve",
		"<p>a<<b>c</":                                                                          "a<c</",
	} {
		if got := Plain(source); got != want {
			t.Errorf("%q: got %q, want %q", source, got, want)
		}
	}
}

func TestHTMLIsBounded(t *testing.T) {
	t.Parallel()
	l := reading.DefaultLimits()
	l.Text = 1000
	for name, source := range map[string]string{
		"long":   strings.Repeat("<p>words", 10_000),
		"nested": strings.Repeat("<ul><li>a<blockquote>", 10_000),
		"cells":  "<table>" + strings.Repeat("<tr><td colspan=50>x", 100_000),
		"tables": strings.Repeat("<table><tr><td>x", 10_000),
		"spaces": "<b>" + strings.Repeat(" <i>a</i><u> </u>", 10_000),
	} {
		got, err := extract(t.Context(), reading.File{Name: "a.html", Data: []byte(source)}, l)
		if err != nil || len(got.Body) > 1000 || !got.Truncated || len(got.Notes) == 0 {
			t.Errorf("%s: got %d bytes, %v, %v", name, len(got.Body), got.Notes, err)
		}
	}
}

// A document whose text is hidden in part says so once.
func TestHiddenTextIsNoted(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		file reading.File
		want []string
	}{
		"html":        {reading.File{Name: "a.html", Data: []byte(`<p style="display:none">one</p><p hidden>two</p><p style="font-size:0">three</p>a`)}, []string{VeiledNote}},
		"a script":    {reading.File{Name: "a.html", Data: []byte(`<head><title>t</title><style>a{}</style></head><script>one()</script><svg>x</svg>a`)}, nil},
		"only blanks": {reading.File{Name: "a.html", Data: []byte(`<div style="display:none">&zwnj;&nbsp;&#8203; </div>a`)}, nil},
	} {
		got := body(t, row.file)
		if diff := cmp.Diff(row.want, got.Notes, cmpopts.EquateEmpty()); diff != "" || !strings.HasSuffix(got.Body, "a") {
			t.Errorf("%s: %q: %s", name, got.Body, diff)
		}
	}
}
