package mail

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/charset"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/html"
)

// splitParts parts the body of a multipart (RFC 2046, 5.1.1). A missing end is no fault: mail gets cut.
func splitParts(body []byte, boundary string) []mailPart {
	mark := []byte("--" + boundary)
	var parts []mailPart
	start := -1
	end := func(at int) {
		if start >= 0 && len(parts) < mailMaxParts {
			parts = append(parts, splitPart(bytes.TrimSuffix(bytes.TrimSuffix(body[start:at], []byte("\n")), []byte("\r"))))
		}
	}
	for at := 0; at < len(body); {
		next := bytes.IndexByte(body[at:], '\n')
		line := body[at:]
		if next >= 0 {
			line = body[at : at+next+1]
		}
		if rest, ok := bytes.CutPrefix(line, mark); ok {
			rest = bytes.TrimSpace(rest)
			switch {
			case len(rest) == 0:
				end(at)
				start = at + len(line)
			case string(rest) == "--":
				end(at)
				return parts
			}
		}
		at += len(line)
	}
	end(len(body))
	return parts
}

// decoded undoes the transfer encoding (RFC 2045, 6); what is not of the alphabet is passed over.
func (p mailPart) decoded() []byte {
	switch strings.ToLower(p.raw("content-transfer-encoding")) {
	case "base64":
		return decodeBase64(p.body)
	case "quoted-printable":
		return decodeQuoted(p.body)
	}
	return p.body
}

// decodedSize tells how long decoded would be, nearly, without doing it.
func (p mailPart) decodedSize() int {
	if strings.EqualFold(p.raw("content-transfer-encoding"), "base64") {
		n := len(p.body) - bytes.Count(p.body, []byte("\n")) - bytes.Count(p.body, []byte("\r")) - bytes.Count(p.body, []byte("="))
		return n * 3 / 4
	}
	return len(p.body)
}

func decodeBase64(body []byte) []byte {
	clean := make([]byte, 0, len(body))
	for _, c := range body {
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' {
			clean = append(clean, c)
		}
	}
	if len(clean)%4 == 1 {
		clean = clean[:len(clean)-1]
	}
	n, _ := base64.RawStdEncoding.Decode(clean, clean) // nothing is left that could be wrong
	return clean[:n]
}

func decodeQuoted(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for len(body) > 0 {
		line, rest, more := bytes.Cut(body, []byte("\n"))
		body = rest
		line = bytes.TrimRight(line, " \t\r")
		soft := bytes.HasSuffix(line, []byte("="))
		line = bytes.TrimSuffix(line, []byte("="))
		for i := 0; i < len(line); i++ {
			if c, ok := quotedByte(line[i:]); ok {
				out = append(out, c)
				i += 2
				continue
			}
			out = append(out, line[i])
		}
		if more && !soft {
			out = append(out, '\n')
		}
	}
	return out
}

// quotedByte reads =XX.
func quotedByte(s []byte) (byte, bool) {
	if len(s) < 3 || s[0] != '=' {
		return 0, false
	}
	var out [1]byte
	_, err := hex.Decode(out[:], s[1:3])
	return out[0], err == nil
}

// text gives a part's text.
func (m *mailReader) text(p mailPart) (string, error) {
	kind, parameters := p.contentType()
	data := p.decoded()
	label := parameters["charset"]
	if kind == "text/html" {
		if label == "" {
			label = html.Charset(data)
		}
		source, _, _ := charset.Decode(data, label)
		o := m.l.Output()
		read, err := html.Write(m.ctx, source, o)
		m.veiled = m.veiled || read.Veiled
		return o.String(), err
	}
	text, _, _ := charset.Decode(data, label)
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if strings.EqualFold(parameters["format"], "flowed") {
		text = unflow(text, strings.EqualFold(parameters["delsp"], "yes"))
	}
	return strings.TrimSpace(text), nil
}

// unflow joins the lines that format=flowed broke (RFC 3676): those that end in a blank, as long as they are quoted
// to one depth. The signature's "-- " ends a line by itself.
func unflow(text string, deleteSpace bool) string {
	var out strings.Builder
	open, depth := false, ""
	for line := range strings.SplitSeq(text, "\n") {
		rest := strings.TrimLeft(line, ">")
		quote := line[:len(line)-len(rest)]
		rest = strings.TrimPrefix(rest, " ")
		if !open || quote != depth || rest == "-- " {
			if out.Len() > 0 {
				out.WriteString("\n")
			}
			if out.WriteString(quote); quote != "" {
				out.WriteString(" ")
			}
		}
		depth = quote
		if open = strings.HasSuffix(rest, " ") && rest != "-- "; open && deleteSpace {
			rest = rest[:len(rest)-1]
		}
		out.WriteString(rest)
	}
	return out.String()
}
