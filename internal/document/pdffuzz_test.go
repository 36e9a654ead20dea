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
	f.Add(pageOf("BT /F1 12 Tf 50 700 Td (10) Tj /F1 7 Tf 5 Ts (6) Tj ET" + textAt(50, 600, 10, "Item", "Widget", "Gadget") + textAt(100, 600, 10, "Qty", "1") + textAt(120, 600, 10, "Price", "20", "30")))
	f.Add([]byte("%PDF-1.4 trailer << /Root << /Pages << /Kids [<< /Contents 1 0 R >>] >> >> /Encrypt << /Filter /Standard /V 5 /R 6 /StmF /S /CF << /S << /CFM /AESV3 >> >> >> >>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sound(t, File{Data: append([]byte("%PDF-1.7\n"), data...)})
	})
}

// FuzzPDFLines holds that no letter is lost or made when pieces are put into lines and tables.
func FuzzPDFLines(f *testing.F) {
	f.Add([]byte("\x00\x00\x05\x20\x00\x05\x40\x00\x05\x00\x02\x05\x48\x02\x03\x00\x04\x05\x20\x04\x05\x48\x04\x05"))
	f.Add([]byte("\x00\x00\x15\x20\x00\xf5\x40\x00\x25\x00\x01\x05\x20\x03\x04\x20\x02\x03"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var pieces []pdfPiece
		want := 0
		for ; len(data) >= 3 && len(pieces) < 3000; data = data[3:] {
			text := strings.Repeat("x", 1+int(data[2]%8))
			p := pdfPiece{x0: float64(data[0]) * 2, y: -float64(data[1]) * 6, size: 8 + float64(data[2]>>6), text: []byte(text), letters: len(text)}
			p.x1 = p.x0 + 4*float64(len(text))
			if data[2]&0x10 != 0 && len(text) > 2 {
				p.cuts = []pdfCut{{at: 1, x0: p.x0 + 4, x1: p.x0 + 4 + float64(data[2]>>5)}}
			}
			want += len(text)
			pieces = append(pieces, p)
		}
		got := 0
		for _, row := range pdfLines(pieces, pdfGapCell) {
			got += strings.Count(row.text, "x")
		}
		if got != want {
			t.Fatalf("got %d letters, want %d", got, want)
		}
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
