package terminaltest

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPage(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ written, want string }{
		"lines":             {"one\r\ntwo  \r\n\r\n", "one\ntwo\n"},
		"wrapped":           {"0123456789ab", "0123456789\nab\n"},
		"a wide one wraps":  {"012345678渡x", "012345678\n渡x\n"},
		"drawn over":        {"working\r\x1b[Kdone", "done\n"},
		"the end is erased": {"working\rno\x1b[K", "no\n"},
		"a bar that goes":   {"one\r\ntwo\r\nthree\x1b[2A\r\x1b[Jfour", "four\n"},
		"moved":             {"a\x1b[3Cb\x1b[2Dc\bd", "a  db\n"},
		"colours":           {"\x1b[1;31mred\x1b[0m and \x1b[2mnot\x1b[0m", "red and no\nt\n"},
		"of no width":       {"e\u0301\a", "e\n"},
		"not for us":        {"\x1b[?2004ha\x1b[?2004l", "a\n"},
	} {
		p := NewPage(10)
		p.Write(row.written)
		if diff := cmp.Diff(row.want, p.Text()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSVG(t *testing.T) {
	t.Parallel()
	p := NewPage(40)
	p.Write("\x1b[1;32mok\x1b[0m  <a href='x'> & \"b\"\r\nsecond")
	drawn := p.SVG("a <title>", "what it \"shows\"")
	for _, want := range []string{
		`aria-label="what it &#34;shows&#34;"`, "<title>a &lt;title&gt;</title>", "prefers-color-scheme:dark",
		`<text class="strong green" x="18" y="56" textLength="16" lengthAdjust="spacingAndGlyphs">ok</text>`,
		`<text x="50" y="56" textLength="144" lengthAdjust="spacingAndGlyphs">&lt;a href=&#39;x&#39;&gt; &amp; &#34;b&#34;</text>`, `y="75"`,
	} {
		if !strings.Contains(drawn, want) {
			t.Errorf("%s is missing in %s", want, drawn)
		}
	}
	d := xml.NewDecoder(strings.NewReader(drawn))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, ok := token.(xml.StartElement); ok && (element.Name.Local == "script" || element.Name.Local == "image") {
			t.Errorf("there is a %s", element.Name.Local)
		}
	}
	if strings.Count(drawn, "http") != 1 { // the namespace
		t.Error("something comes from elsewhere")
	}
}
