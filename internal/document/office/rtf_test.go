package office

import (
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

func TestRTF(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, data, want string }{
		{"unicode", `{\rtf1\ansi\uc1 \u8364? \u-10179?\u-8704? \uc2\u233\'c3\'a9!}`, "€ 😀 é!"},
		{"code page", `{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8}`, "При"},
		{"font's code page", `{\rtf1\ansi{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset128 MS Mincho;}}\f1 \'93\'fa\'96\'7b \f0 \'e9}`, "日本 é"},
		{"destinations", `{\rtf1{\info{\title secret}}{\*\unknown x}{\pict\bin3 }}}}{\stylesheet{\s1 heading 1;}}seen{\colortbl;\red0;}}`, "seen"},
		{"paragraphs", "{\\rtf1 a\\par b\\line c\\\\\\{\\}\\tab d\\\nnew}", "a\n\nb\nc\\{}\td\n\nnew"},
		{"heading", `{\rtf1{\stylesheet{\s3 heading 2;}{\s4\sbasedon3 Mine;}}\pard\s4 Title\par\pard text\par\pard\outlinelevel0 Top\par}`, "## Title\n\ntext\n\n# Top"},
		{"hidden", `{\rtf1 a{\v obey}{\deleted gone}b}`, "ab"},
		{"table", `{\rtf1\trowd\pard\intbl a\cell b|c\par d\cell\row\trowd\pard\intbl {\'e9}\cell\cell\row\pard after}`, "|a|b\\|c<br>d|\n|-|-|\n|é||\n\nafter"},
		{"list", `{\rtf1{\listtext\'b7\tab}one\par{\listtext 2.\tab}\ilvl1 two\par}`, "- one\n  2. two"},
		{"link", `{\rtf1 {\field{\*\fldinst HYPERLINK "https://contoso.com/"}{\fldrslt here}} and {\field{\*\fldinst PAGE}{\fldrslt 3}}}`, "here (https://contoso.com/) and 3"},
		{"raised", `{\rtf1 10{\super 1}{\super 2} m\super 2\nosupersub , CO{\sub 2}, {\super a\plain b}}`, "10^(12) m^2, CO2, ^ab"},
		{"struck", `{\rtf1 not {\strike this}\strike  nor\strike0  that}`, "not ~~this nor~~ that"},
		{"a note below a raised sign", `{\rtf1 fact{\super \chftn{\footnote {\super \chftn} why}} on}`, "fact [note:  why] on"},
		{"a raised number in a cell", `{\rtf1\trowd\intbl m{\super 2}\cell b\cell\row}`, "|m^2|b|\n|-|-|"},
		{"an address with a blank", `{\rtf1 {\field{\*\fldinst HYPERLINK "https://contoso.com/a b" \\o "tip"}{\fldrslt here}}}`, "here (https://contoso.com/a b)"},
		{"never closed", `{\rtf1 {{{a`, "a"},
		{"closed too often", `{\rtf1 a}}}} b`, "a b"},
	} {
		if got := body(t, reading.File{Data: []byte(row.data)}); got.Body != row.want || got.Format != "rtf" {
			t.Errorf("%s: got %s %q, want %q", row.name, got.Format, got.Body, row.want)
		}
	}
}
