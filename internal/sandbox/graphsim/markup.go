package graphsim

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"mime/quotedprintable"
	"strings"
)

// plainText takes the markup out of HTML; text without markup stays as it is.
func plainText(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	var b strings.Builder
	for rest := s; rest != ""; {
		before, after, found := strings.Cut(rest, "<")
		b.WriteString(before)
		if !found {
			break
		}
		tag, next, _ := strings.Cut(after, ">")
		name, _, _ := strings.Cut(strings.ToLower(strings.Join(strings.Fields(tag), " ")), " ")
		name = strings.Trim(name, "/")
		switch name {
		case "style", "script", "head", "title":
			if !strings.HasPrefix(tag, "/") {
				_, next = cutFold(next, "</"+name+">")
			}
		case "br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "hr":
			b.WriteByte('\n')
		case "td", "th":
			b.WriteByte(' ')
		}
		rest = next
	}
	return tidy(html.UnescapeString(b.String()))
}

// cutFold cuts after a text, without regard to case.
func cutFold(s, at string) (before, after string) {
	i := strings.Index(strings.ToLower(s), at)
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+len(at):]
}

// tidy joins blanks, and lines of which there are more than one empty.
func tidy(s string) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(s, "\u00a0", " ")) {
		line = strings.Join(strings.Fields(line), " ")
		if line != "" || len(lines) > 0 && lines[len(lines)-1] != "" {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\r\n"))
}

func escapeHTML(s string) string { return html.EscapeString(s) }

// mimeMessage writes a message as RFC 5322 has it.
func mimeMessage(m Entity, attachments []Entity) []byte {
	var b bytes.Buffer
	const boundary = "_000_sandbox_"
	body, _ := m["body"].(map[string]any)
	for _, line := range [][2]string{
		{"From", mailHeader(m["from"])}, {"To", mailHeader(m["toRecipients"])}, {"Cc", mailHeader(m["ccRecipients"])},
		{"Subject", encodeWord(text(m, "subject"))}, {"Date", text(m, "sentDateTime")}, {"Message-ID", text(m, "internetMessageId")}, {"MIME-Version", "1.0"},
	} {
		if line[1] != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", line[0], line[1])
		}
	}
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=%q\r\n\r\n--%s\r\n", boundary, boundary)
	fmt.Fprintf(&b, "Content-Type: text/%s; charset=\"utf-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", strings.Replace(text(body, "contentType"), "text", "plain", 1))
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(text(body, "content"))) // a buffer takes everything
	_ = w.Close()
	for _, a := range attachments {
		fmt.Fprintf(&b, "\r\n--%s\r\nContent-Type: %s; name=%q\r\nContent-Disposition: attachment; filename=%q\r\nContent-Transfer-Encoding: base64\r\n\r\n%s",
			boundary, text(a, "contentType"), text(a, "name"), text(a, "name"), text(a, "contentBytes"))
	}
	fmt.Fprintf(&b, "\r\n--%s--\r\n", boundary)
	return b.Bytes()
}

// mailHeader writes recipients for a header.
func mailHeader(v any) string {
	switch v := v.(type) {
	case []any:
		var all []string
		for _, each := range v {
			all = append(all, mailHeader(each))
		}
		return strings.Join(all, ", ")
	case map[string]any:
		a, _ := v["emailAddress"].(map[string]any)
		return encodeWord(text(a, "name")) + " <" + text(a, "address") + ">"
	}
	return ""
}

// encodeWord follows RFC 2047.
func encodeWord(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 || r < ' ' }) {
		return "=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
	}
	return s
}
