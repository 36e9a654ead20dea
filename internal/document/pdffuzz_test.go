package document

import (
	"strings"
	"testing"
)

func FuzzPDF(f *testing.F) {
	f.Add(pageOf(textAt(50, 700, 10, "text", "more")))
	f.Add(pageOf("BT /F2 10 Tf <0001> Tj ET /X Do BI ID x EI", "<< /Subtype /Type0 /Encoding /Identity-V /ToUnicode 7 0 R /DescendantFonts [<< /W [1 [2 3] 4 9 5] >>] >>",
		streamOf("", "begincmap 1 begincodespacerange <00> <ffff> endcodespacerange 1 beginbfrange <00> <ff> <0041> <01> <02> [<0042>] endbfrange")))
	f.Add([]byte("%PDF-1.7\n1 0 obj\n" + streamOf("/Type /XRef /W [1 2 1] /Index [0 9] /Root 1 0 R /Filter [/A85 /LZW] /DecodeParms [null << /Predictor 12 /Columns 4 >>]", "z!!~>") + "\nstartxref 9"))
	f.Add([]byte("%PDF-1.4 trailer << /Root << /Pages << /Kids [<< /Contents 1 0 R >>] >> >> /Encrypt << /Filter /Standard /V 5 /R 6 /StmF /S /CF << /S << /CFM /AESV3 >> >> >> >>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sound(t, File{Data: append([]byte("%PDF-1.7\n"), data...)})
	})
}

func FuzzHTML(f *testing.F) {
	f.Add("<table><tr><th>a<td colspan=3>b<ul><li>c</table><p style='mso-list:l0 level3'>1. x<pre>y<a href=http://x>z<b><i>")
	f.Add("</td></table><blockquote><ol start=7><li><img alt=x src=cid:y><br>&#0;&zwnj;<!--[if mso]>")
	f.Fuzz(func(t *testing.T, source string) { sound(t, File{Name: "a.html", Data: []byte("<html>" + source)}) })
}

func FuzzEML(f *testing.F) {
	f.Add("Content-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/html; charset=utf-7\n\n<p>a\n--x\nContent-Transfer-Encoding: base64\n\nYQ=\n--x--")
	f.Add("Content-Type: text/plain; format=flowed; delsp=yes\nContent-Transfer-Encoding: quoted-printable\n\na =\n> b =3D \n-- \n")
	f.Add("Content-Type: multipart/mixed; boundary=\n\nContent-Type: message/rfc822\n\nBEGIN:VEVENT\nDTSTART:2026")
	f.Fuzz(func(t *testing.T, source string) { sound(t, File{Name: "a.eml", Data: []byte(mailHead + source)}) })
}

func FuzzMSG(f *testing.F) {
	f.Add(msgFile(msgText(msgSubject, "s"), msgBytes(msgHTML, "0102", strings.Repeat("<p>x", 2000)), msgFixed(32, map[uint32]uint64{msgCodePage<<16 | 3: 936}),
		msgNode{name: "__attach_version1.0_#00000000", kids: []msgNode{msgText(msgFileName, "a"), {name: "__substg1.0_3701000D", kids: []msgNode{msgFixed(24, nil)}}}}))
	f.Add(msgFile(msgBytes(msgRTF, "0102", "\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\x00\x00\x00\x00\x03\x00\x0a\x00rcpg"), msgFixed(32, nil)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if isOLE(File{}, data) {
			sound(t, File{Data: data})
		}
	})
}
