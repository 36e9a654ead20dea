package document

import (
	"bytes"
	"encoding/base64"
	"strings"
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
			if line[i] == '=' && i+2 < len(line) {
				if b := decodeHex(line[i+1 : i+3]); len(b) == 1 && isHexDigit(line[i+1]) && isHexDigit(line[i+2]) {
					out = append(out, b[0])
					i += 2
					continue
				}
			}
			out = append(out, line[i])
		}
		if more && !soft {
			out = append(out, '\n')
		}
	}
	return out
}

func isHexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// text gives a part's text.
func (m *mailReader) text(p mailPart) (string, error) {
	kind, parameters := p.contentType()
	data := p.decoded()
	charset := parameters["charset"]
	if kind == "text/html" {
		if charset == "" {
			charset = htmlCharset(data)
		}
		source, _, _ := decodeText(data, charset)
		o := m.l.output()
		_, err := writeMarkdown(m.ctx, source, o)
		return o.String(), err
	}
	text, _, _ := decodeText(data, charset)
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

// calendarSummary gives the events of a calendar part (RFC 5545) in a line each.
func calendarSummary(text string) string {
	text = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "").Replace(text)
	var out []string
	inEvent := false
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		name, parameters, _ := strings.Cut(name, ";")
		value = strings.NewReplacer(`\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(value)
		switch name = strings.ToUpper(name); {
		case name == "BEGIN" && value == "VEVENT":
			inEvent = true
		case name == "END" && value == "VEVENT":
			inEvent = false
		case name == "METHOD" && len(out) < 100:
			out = append(out, "Calendar: "+strings.ToLower(value))
		case !inEvent || len(out) >= 100:
		case name == "SUMMARY", name == "LOCATION", name == "ORGANIZER", name == "RRULE", name == "STATUS":
			out = append(out, calendarName(name)+": "+value)
		case name == "DTSTART", name == "DTEND":
			zone := ""
			if _, after, ok := strings.Cut(parameters, "TZID="); ok {
				zone = " " + strings.Trim(after, `"`)
			}
			out = append(out, calendarName(name)+": "+calendarTime(value)+zone)
		}
	}
	return strings.Join(out, "\n")
}

func calendarName(name string) string {
	switch name {
	case "DTSTART":
		return "Starts"
	case "DTEND":
		return "Ends"
	case "RRULE":
		return "Repeats"
	case "SUMMARY":
		return "Event"
	}
	return name[:1] + strings.ToLower(name[1:])
}

// calendarTime makes 20260301T090000Z readable.
func calendarTime(value string) string {
	if len(value) < 8 {
		return value
	}
	out := value[:4] + "-" + value[4:6] + "-" + value[6:8]
	if len(value) >= 13 && value[8] == 'T' {
		out += " " + value[9:11] + ":" + value[11:13]
		if strings.HasSuffix(value, "Z") {
			out += " UTC"
		}
	}
	return out
}
