package office

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// openDocument makes an OpenDocument file of a kind: its automatic styles, and its body.
func openDocument(t testing.TB, kind, styles, content string) []byte {
	t.Helper()
	return zipped(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument." + kind,
		"styles.xml":  `<document-styles><styles><style name="Super" family="text"><text-properties text-position="super 58%"/></style><list-style name="Common"><list-level-style-number level="1" num-format="I"/></list-style></styles></document-styles>`,
		"content.xml": `<document-content><automatic-styles>` + styles + `</automatic-styles><body>` + content + `</body></document-content>`})
}

func TestOpenDocumentText(t *testing.T) {
	t.Parallel()
	const styles = `<style name="T1"><text-properties text-position="33% 58%"/></style><style name="T2"><text-properties text-position="sub 58%"/></style>` +
		`<style name="T3"><text-properties text-line-through-style="solid" text-line-through-type="single"/></style><style name="T4"><text-properties text-line-through-style="none" text-line-through-type="none"/></style>` +
		`<style name="T5" parent-style-name="Super"/>` +
		`<list-style name="L"><list-level-style-number level="1" num-format="1" num-suffix="." start-value="4"/><list-level-style-number level="2" num-format="a" num-prefix="(" num-suffix=")"/></list-style>` +
		`<list-style name="N"><list-level-style-number level="1" num-format=""/></list-style>`
	for _, row := range []struct{ name, content, want string }{
		{"raised", `<p>10<span style-name="T1">1</span><span style-name="T1">2</span> m<span style-name="T5">2</span>, CO<span style-name="T2">2</span></p>`, "10^(12) m^2, CO2"},
		{"struck", `<p>not <span style-name="T3">this <span style-name="T1">2</span></span> that</p>`, "not ~~this ^2~~ that"},
		{"a struck paragraph", `<p style-name="T3">all <span style-name="T4">but</span> this</p>`, "~~all~~ but ~~this~~"},
		{"a link in it", `<p><a href="https://contoso.com/">m<span style-name="T1">2</span></a></p>`, "[m^2](https://contoso.com/)"},
		{"first number", `<list style-name="L"><list-item><p>a</p><list><list-item><p>b</p></list-item><list-item><p>c</p></list-item></list></list-item><list-item start-value="9"><p>d</p></list-item><list-item><p>e</p></list-item></list>`,
			"4. a\n  (a) b\n  (b) c\n9. d\n10. e"},
		{"a list that goes on", `<list style-name="Common"><list-item><p>a</p></list-item></list><p>between</p><list style-name="Common" continue-numbering="true"><list-header><p>head</p></list-header><list-item><p>b</p></list-item></list><list style-name="Common"><list-item><p>c</p></list-item></list>`,
			"I. a\n\nbetween\n\nhead\nII. b\nI. c"},
		{"numbers that are not shown", `<list style-name="N"><list-item><p>a</p></list-item></list>`, "- a"},
		{"an empty table", `<p>a</p><table><table-row><table-cell/></table-row></table><p>b</p>`, "a\n\nb"},
	} {
		if got := body(t, reading.File{Data: openDocument(t, "text", styles, "<text>"+row.content+"</text>")}); got.Body != row.want || got.Format != "odt" {
			t.Errorf("%s: got %s\n%q\nwant\n%q", row.name, got.Format, got.Body, row.want)
		}
	}
	sheets := openDocument(t, "spreadsheet", "", `<spreadsheet><table name="A"/><table name="B"><table-row><table-cell value-type="float" value="1"/></table-row></table></spreadsheet>`)
	if got, want := body(t, reading.File{Data: sheets}).Body, "## A\n\n(empty)\n\n## B\n\n|1|\n|-|"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
