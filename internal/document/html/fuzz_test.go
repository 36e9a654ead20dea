package html

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

func FuzzHTML(f *testing.F) {
	f.Add("<table><tr><th>a<td colspan=3>b<ul><li>c</table><p style='mso-list:l0 level3'>1. x<pre>y<a href=http://x>z<b><i>")
	f.Add("</td></table><blockquote><ol start=7><li><img alt=x src=cid:y><br>&#0;&zwnj;<!--[if mso]>")
	f.Fuzz(func(t *testing.T, source string) {
		sound(t, reading.File{Name: "a.html", Data: []byte("<html>" + source)})
	})
}
