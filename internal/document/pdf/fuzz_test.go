package pdf

import (
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

func FuzzPDF(f *testing.F) {
	f.Add(pageOf(textAt(50, 700, 10, "text", "more")))
	f.Add(pageOf("BT /F2 10 Tf <0001> Tj ET /X Do BI ID x EI", "<< /Subtype /Type0 /Encoding /Identity-V /ToUnicode 7 0 R /DescendantFonts [<< /W [1 [2 3] 4 9 5] >>] >>",
		streamOf("", "begincmap 1 begincodespacerange <00> <ffff> endcodespacerange 1 beginbfrange <00> <ff> <0041> <01> <02> [<0042>] endbfrange")))
	f.Add([]byte("%PDF-1.7\n1 0 obj\n" + streamOf("/Type /XRef /W [1 2 1] /Index [0 9] /Root 1 0 R /Filter [/A85 /LZW] /DecodeParms [null << /Predictor 12 /Columns 4 >>]", "z!!~>") + "\nstartxref 9"))
	f.Add(pageOf("BT /F1 12 Tf 50 700 Td (10) Tj /F1 7 Tf 5 Ts (6) Tj ET" + textAt(50, 600, 10, "Item", "Widget", "Gadget") + textAt(100, 600, 10, "Qty", "1") + textAt(120, 600, 10, "Price", "20", "30")))
	f.Add([]byte("%PDF-1.4 trailer << /Root << /Pages << /Kids [<< /Contents 1 0 R >>] >> >> /Encrypt << /Filter /Standard /V 5 /R 6 /StmF /S /CF << /S << /CFM /AESV3 >> >> >> >>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sound(t, reading.File{Data: append([]byte("%PDF-1.7\n"), data...)})
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
