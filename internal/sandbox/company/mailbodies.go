package company

import (
	"html"
	"strings"
	"time"
	"unicode"
)

// style is how a mail program writes a paragraph.
type style struct{ open, close, blank, head, cell string }

// styleOf gives half of the people the web client's HTML and the other half Word's.
func styleOf(p *person) style {
	if p.number%2 == 0 {
		return style{
			open:  `<p class="MsoNormal"><span lang="EN-US" style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif;mso-fareast-language:EN-US">`,
			close: "<o:p></o:p></span></p>\r\n",
			blank: "<p class=\"MsoNormal\"><span lang=\"EN-US\" style=\"font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif\"><o:p>&nbsp;</o:p></span></p>\r\n",
			head:  ` style="border:solid windowtext 1.0pt;background:#D9E2F3;padding:0cm 5.4pt 0cm 5.4pt;height:15.0pt" valign="bottom"`,
			cell:  ` style="border:solid windowtext 1.0pt;border-top:none;padding:0cm 5.4pt 0cm 5.4pt" valign="bottom"`,
		}
	}
	const font = `style="font-family:Aptos,Aptos_EmbeddedFont,Aptos_MSFontService,Calibri,Helvetica,sans-serif; font-size:12pt; color:rgb(0,0,0)"`
	return style{
		open: `<div class="elementToProof" ` + font + `>`, close: "</div>\r\n", blank: `<div class="elementToProof" ` + font + "><br></div>\r\n",
		head: ` style="background-color:rgb(234,242,246); border:1px solid rgb(171,171,171); padding:0px 6px"`, cell: ` style="border:1px solid rgb(171,171,171); padding:0px 6px"`,
	}
}

// write turns a text into what the mail program would have made of it.
func (s style) write(all []block) string {
	var w strings.Builder
	for _, x := range all {
		switch x.kind {
		case heading:
			w.WriteString(s.open + "<b>" + html.EscapeString(x.text) + "</b>" + s.close)
		case paragraph:
			w.WriteString(s.open + html.EscapeString(x.text) + s.close)
		case bullets:
			w.WriteString("<ul style=\"margin-top:0cm\" type=\"disc\">\r\n")
			for _, item := range x.items {
				w.WriteString(`<li style="margin-left:0cm">` + html.EscapeString(item) + "</li>\r\n")
			}
			w.WriteString("</ul>\r\n")
		case table:
			w.WriteString("<table border=\"0\" cellspacing=\"0\" cellpadding=\"0\" style=\"border-collapse:collapse\"><tbody>\r\n" + htmlRows(x.rows, s.head, s.cell) + "</tbody></table>\r\n")
		}
		w.WriteString(s.blank)
	}
	return w.String()
}

// signature is the block that the company's server appends, with the counter that comes with it.
func (o postOffice) signature(p *person) string {
	known, made := o.signatures[p.upn]
	if made {
		return known
	}
	s, at := styleOf(p), p.office
	written := s.open + "<b>" + html.EscapeString(p.display) + "</b>" + s.close + s.open + html.EscapeString(p.title+" | "+p.department) + s.close +
		o.templates.fill("signature", "counter", guid(p.id)[:8], "mail", p.upn, "phone", at.phone, "dial", strings.ReplaceAll(at.phone, " ", ""),
			"address", html.EscapeString(at.street+", "+at.postalCode+" "+at.city+", "+at.country))
	o.signatures[p.upn] = written
	return written
}

// quoted is an earlier message below an answer.
func (o postOffice) quoted(m mail, inner string) string {
	cc := ""
	if len(m.cc) > 0 {
		cc = "<b>Cc:</b> " + names(m.cc...) + "<br>\r\n"
	}
	return o.templates.fill("quoted", "from", names(m.from), "to", names(m.to...), "cc", cc,
		"sent", m.sent.Format("Monday, January 2, 2006 3:04 PM"), "subject", html.EscapeString(m.subject)) + inner
}

func names(parties ...party) string {
	all := make([]string, len(parties))
	for i, p := range parties {
		all[i] = html.EscapeString(p.name + " <" + p.address + ">")
	}
	return strings.Join(all, "; ")
}

// previewLength is how much of a body Graph shows in a list, in characters.
const previewLength = 255

// preview is the first 255 characters that one can see, with white space folded.
func preview(body string, isText bool) string {
	if !isText {
		body = visible(body, 4*previewLength)
	}
	var w strings.Builder
	length, blank := 0, false
	for _, r := range body {
		if unicode.IsSpace(r) {
			blank = length > 0
			continue
		}
		if blank {
			w.WriteByte(' ')
			length, blank = length+1, false
		}
		if length >= previewLength {
			break
		}
		w.WriteRune(r)
		length++
	}
	return w.String()
}

// visible strips tags and what is between the tags of head, until about that many bytes have been gathered.
func visible(body string, enough int) string {
	if _, after, found := strings.Cut(body, "<body"); found {
		_, body, _ = strings.Cut(after, ">")
	}
	var w strings.Builder
	w.Grow(2 * enough)
	for body != "" && w.Len() < enough {
		text, rest, _ := strings.Cut(body, "<")
		w.WriteString(text[:min(len(text), enough)])
		w.WriteByte(' ')
		if comment, found := strings.CutPrefix(rest, "!--"); found {
			_, body, _ = strings.Cut(comment, "-->")
			continue
		}
		_, body, _ = strings.Cut(rest, ">")
	}
	return html.UnescapeString(w.String())
}

// inOffice moves a time to the working day before it or into its hours, so that nobody seems to write at
// night.
func inOffice(t time.Time) time.Time {
	switch {
	case t.Hour() < 7:
		t = t.Add(-time.Duration(7+t.Hour()) * time.Hour)
	case t.Hour() > 18:
		t = t.Add(-6 * time.Hour)
	}
	switch t.Weekday() {
	case time.Saturday:
		return t.AddDate(0, 0, -1)
	case time.Sunday:
		return t.AddDate(0, 0, -2)
	}
	return t
}
