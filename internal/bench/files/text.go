package files

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"strings"
)

// portable is a PDF of 100 pages of text in two fonts, compressed as most are.
func portable() File {
	const pages = 100
	const font = "<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
	f := File{Name: "paper.pdf", ContentType: "application/pdf", Parts: pages, PartName: "pages"}
	var kids strings.Builder
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", "", fmt.Sprintf(font, "Helvetica"), fmt.Sprintf(font, "Helvetica-Bold")}
	for i := range pages {
		content := pageContent(i)
		f.Plain += len(content)
		packed := deflated(content)
		at := len(objects) + 1 // objects count from 1
		fmt.Fprintf(&kids, "%d 0 R ", at)
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>", at+1),
			fmt.Sprintf("<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", len(packed), packed))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), pages)
	f.Data = assembled(objects)
	return f
}

// pageContent is a heading and 45 lines, each shown in pieces with kerning, as typesetters write them.
func pageContent(page int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "BT /F2 16 Tf 1 0 0 1 56 790 Tm (Chapter %d) Tj ET\n", page+1)
	for line := range 45 {
		fmt.Fprintf(&b, "BT /F1 11 Tf 1 0 0 1 56 %d Tm [", 760-line*15)
		for i, word := range strings.Fields(ascii(prose(page*45+line, 2))) {
			if i > 0 {
				b.WriteString(" -278 ")
			}
			fmt.Fprintf(&b, "(%s)", word)
		}
		b.WriteString("] TJ ET\n")
	}
	return b.String()
}

func ascii(s string) string { return strings.NewReplacer("ö", "oe", "ß", "ss").Replace(s) }

func deflated(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(s)) // a buffer takes everything
	_ = w.Close()
	return b.String()
}

// assembled writes the objects, numbered from 1, and where they are.
func assembled(objects []string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// markup is a page as programs write it: styles, nested elements, a list and a table in each section.
func markup(sections int) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html><html><head><title>Handbook</title><style>p{margin:0}</style><script>var x = 1 < 2;</script></head><body>")
	for i := range sections {
		fmt.Fprintf(&b, `<section class="part"><h2 id="s%d">Section %d</h2><div style="font-family:Calibri"><p><span style="color:#333">%s</span> <b>%s</b></p>`, i, i, prose(i, 6), prose(i+1, 1))
		fmt.Fprintf(&b, `<ul><li>%s</li><li><a href="https://example.com/items/%d?a=1&amp;b=2">%s</a></li></ul>`, prose(i+2, 1), i, prose(i+3, 1))
		fmt.Fprintf(&b, `<table><tr><th>Item</th><th>Price</th></tr><tr><td>%d</td><td>%d&nbsp;EUR</td></tr></table></div></section>`+"\r\n", i, i*3)
	}
	return b.String() + "</body></html>"
}

func web() File {
	text := markup(800)
	return File{Name: "handbook.html", ContentType: "text/html; charset=utf-8", Data: []byte(text), Plain: len(text)}
}

// mail is a message with its text twice, as mail programs send it, and a file of text attached to it.
func mail() File {
	var b strings.Builder
	b.WriteString("From: Ada Example <ada@example.com>\r\nTo: Team <team@example.com>\r\nSubject: The figures of this week\r\nDate: Mon, 2 Nov 2026 09:00:00 +0000\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n--outer\r\nContent-Type: multipart/alternative; boundary=\"inner\"\r\n\r\n")
	b.WriteString("--inner\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(prose(1, 4000)) +
		"--inner\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded(markup(400)) + "--inner--\r\n")
	b.WriteString("--outer\r\nContent-Type: text/csv; name=\"figures.csv\"\r\nContent-Disposition: attachment; filename=\"figures.csv\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		encoded(strings.Repeat("Kiel,1,2.5\r\n", 4000)) + "--outer--\r\n")
	return File{Name: "message.eml", ContentType: "message/rfc822", Data: []byte(b.String()), Plain: b.Len()}
}

// encoded is base64 in lines of 76 characters.
func encoded(s string) string {
	var b strings.Builder
	for all := base64.StdEncoding.EncodeToString([]byte(s)); all != ""; {
		n := min(76, len(all))
		b.WriteString(all[:n] + "\r\n")
		all = all[n:]
	}
	return b.String()
}
