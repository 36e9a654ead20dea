// Package mail reads messages, with those that are attached to them and the invitations in them: eml, as they are sent
// (RFC 5322), and msg, as Outlook saves them.
//
// They are read with the standard library's mime package and little else: net/mail and mime/multipart refuse a whole
// message for one bad line, and real mail has many. github.com/jhillyerd/enmime (MIT) is as tolerant, but brings an
// HTML-to-text converter and a charset detector that are here already; github.com/emersion/go-message (MIT)
// has had no release since 2024.
package mail

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/charset"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/html"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

const (
	mailMaxDepth  = 12   // parts and messages within each other
	mailMaxParts  = 2000 // all told
	mailMaxFields = 2000 // of one header
	mailMaxValue  = 64 << 10
	mailMaxName   = 1 << 10
)

// mailReader writes one message, with those that are attached to it.
type mailReader struct {
	ctx       context.Context
	l         *reading.Limits
	out       *reading.Output
	parts     int
	messages  int
	notes     []string
	veiled    bool // hidden text was left out
	described bool // an invitation's text stands beside it
}

// mailPart is a header and what follows it.
type mailPart struct {
	fields []mailHeader
	body   []byte
}

type mailHeader struct{ name, value string }

// ReadEML writes a message (RFC 5322): its header's main lines, its text, and the list of its attachments.
func ReadEML(ctx context.Context, f reading.File, l *reading.Limits) (*reading.Text, error) {
	m := &mailReader{ctx: ctx, l: l, out: l.Output()}
	part := splitPart(bytes.TrimLeft(bytes.TrimPrefix(f.Data, []byte("\xef\xbb\xbf")), "\r\n"))
	if len(part.fields) == 0 {
		return nil, &reading.Error{Kind: reading.Broken, Format: "eml", Detail: "it has no header"}
	}
	if err := m.message(part, 0); err != nil {
		return nil, err
	}
	t := m.out.Text("eml")
	t.Sections, t.SectionName = m.messages, "messages"
	m.note(t)
	return t, nil
}

// note says what was left out.
func (m *mailReader) note(t *reading.Text) {
	t.Notes = append(t.Notes, m.notes...)
	if m.veiled {
		t.Notes = append(t.Notes, html.VeiledNote)
	}
}

// splitPart parts header and body. Lines that are no field are skipped.
func splitPart(data []byte) mailPart {
	var p mailPart
	var value []byte // of the last field, which may go on
	keep := func() {
		if n := len(p.fields); n > 0 {
			p.fields[n-1].value = string(value)
		}
	}
	for len(data) > 0 {
		var line []byte
		line, data = cutLine(data)
		if len(line) == 0 {
			break
		}
		if n := len(p.fields); n > 0 && (line[0] == ' ' || line[0] == '\t') {
			if len(value)+len(line) < mailMaxValue {
				value = append(append(value, ' '), bytes.TrimSpace(line)...)
			}
			continue
		}
		name, rest, ok := bytes.Cut(line, []byte(":"))
		if ok && len(name) < 80 && len(rest) < mailMaxValue && len(p.fields) < mailMaxFields {
			keep()
			p.fields = append(p.fields, mailHeader{name: strings.ToLower(string(bytes.TrimSpace(name)))})
			value = bytes.Clone(bytes.TrimSpace(rest))
		}
	}
	keep()
	p.body = data
	return p
}

func cutLine(data []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(data, []byte("\n"))
	return bytes.TrimRight(line, "\r"), rest
}

// raw gives the first field of a name as it stands.
func (p mailPart) raw(name string) string {
	for _, f := range p.fields {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// field gives a field as people read it (RFC 2047).
func (p mailPart) field(name string) string { return decodeWords(p.raw(name)) }

func decodeWords(value string) string {
	value, _, _ = charset.Decode([]byte(value), "")
	decoder := mime.WordDecoder{CharsetReader: func(label string, r io.Reader) (io.Reader, error) {
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		text, _, _ := charset.Decode(data, label)
		return strings.NewReader(text), nil
	}}
	if decoded, err := decoder.DecodeHeader(value); err == nil {
		value = decoded
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(value, "\uFFFD")), " ")
}

// contentType gives the media type in lower case, and its parameters.
func (p mailPart) contentType() (string, map[string]string) {
	value := p.raw("content-type")
	if value == "" {
		return "text/plain", nil
	}
	kind, parameters, err := mime.ParseMediaType(value)
	if err == nil || kind != "" {
		return kind, parameters
	}
	kind, rest, _ := strings.Cut(value, ";")
	parameters = map[string]string{}
	for each := range strings.SplitSeq(rest, ";") { // as good as it goes
		name, text, _ := strings.Cut(each, "=")
		parameters[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(text), `"`)
	}
	return strings.ToLower(strings.TrimSpace(kind)), parameters
}

// filename gives the name of a part, or "", and whether the part is to be saved rather than read: it says so, or says
// nothing and has a name.
func (p mailPart) filename() (name string, attached bool) {
	disposition := p.raw("content-disposition")
	_, parameters, _ := mime.ParseMediaType(disposition)
	if name = parameters["filename"]; name == "" {
		_, parameters = p.contentType()
		name = parameters["name"]
	}
	name = decodeWords(name[:min(len(name), mailMaxName)])
	return name, strings.HasPrefix(strings.ToLower(disposition), "attachment") || disposition == "" && name != ""
}

// mailAttachments is what stands behind a message's text: the list of what is attached, and the messages among it.
type mailAttachments struct {
	list     []string
	messages []mailPart
}

// message writes a message; those within others stand under a heading of their own.
func (m *mailReader) message(p mailPart, depth int) error {
	if err := m.l.Check(m.ctx); err != nil {
		return err
	}
	m.messages++
	var head []string
	if depth > 0 {
		head = append(head, fmt.Sprintf("## Attached message %d", m.messages-1), "")
	}
	for _, name := range []string{"From", "To", "Cc", "Date", "Subject"} {
		if value := p.field(strings.ToLower(name)); value != "" {
			head = append(head, name+": "+value)
		}
	}
	m.out.Block(strings.Join(head, "\n"))
	var attached mailAttachments
	if err := m.part(p, depth, &attached); err != nil {
		return err
	}
	if len(attached.list) > 0 {
		m.out.Block("Attachments:\n- " + strings.Join(attached.list, "\n- "))
	}
	for _, inner := range attached.messages {
		if err := m.message(splitPart(inner.decoded()), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// part writes a part, or adds it to the attachments.
func (m *mailReader) part(p mailPart, depth int, attached *mailAttachments) error {
	if m.parts++; m.parts > mailMaxParts || depth > mailMaxDepth {
		if m.parts == mailMaxParts+1 || m.parts <= mailMaxParts {
			m.notes = append(m.notes, "Parts of the message were left out: it has too many, or they are nested too deep.")
			m.parts = mailMaxParts + 1
		}
		return nil
	}
	kind, parameters := p.contentType()
	name, saved := p.filename()
	switch {
	case strings.HasPrefix(kind, "multipart/") && parameters["boundary"] != "":
		return m.multipart(kind, splitParts(p.body, parameters["boundary"]), depth, attached)
	case kind == "message/rfc822" || kind == "message/global": // written after the list of attachments
		attached.messages = append(attached.messages, p)
		return nil
	case kind == "application/pkcs7-mime" || kind == "application/x-pkcs7-mime":
		m.notes = append(m.notes, "The text is encrypted or signed with S/MIME as a whole and cannot be read here.")
	case kind == "text/calendar":
		text, _, _ := charset.Decode(p.decoded(), parameters["charset"])
		m.out.Block(calendarSummary(text, !m.described))
		return nil
	case !saved && (strings.HasPrefix(kind, "text/") || kind == "message/delivery-status"):
		text, err := m.text(p)
		m.out.Block(text)
		return err
	}
	attached.list = append(attached.list, fmt.Sprintf("%s (%s, %s)", orNone(name), kind, byteSize(p.decodedSize())))
	return nil
}

func orNone(name string) string {
	if name == "" {
		return "without a name"
	}
	return name
}

func byteSize(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

func (m *mailReader) multipart(kind string, parts []mailPart, depth int, attached *mailAttachments) error {
	switch kind {
	case "multipart/alternative":
		return m.alternative(parts, depth, attached)
	case "multipart/encrypted":
		m.notes = append(m.notes, "The text is encrypted and cannot be read here.")
		return nil
	}
	for i, p := range parts {
		inner, _ := p.contentType()
		if kind == "multipart/related" && i > 0 && strings.HasPrefix(inner, "image/") || kind == "multipart/signed" && i > 0 {
			continue // what the text shows, or the signature over it
		}
		if err := m.part(p, depth+1, attached); err != nil {
			return err
		}
	}
	return nil
}

// alternative writes the richest of several forms of one text, which is the last that can be written (RFC 2046,
// 5.1.4). HTML becomes Markdown, with links and tables that the plain form lacks; where next to nothing is left of
// it, the message is an image, and the plain form says more. An invitation is written beside the text.
func (m *mailReader) alternative(parts []mailPart, depth int, attached *mailAttachments) error {
	best, score := -1, -1
	for i, p := range parts {
		kind, _ := p.contentType()
		mine := 0
		switch {
		case kind == "text/html" || strings.HasPrefix(kind, "multipart/"):
			mine = 3
		case strings.HasPrefix(kind, "text/") && kind != "text/calendar":
			mine = 2
		}
		if kind == "text/html" {
			text, err := m.text(p)
			if err != nil {
				return err
			}
			if len(strings.TrimSpace(text)) < 40 {
				mine = 1
			}
		}
		if mine >= score {
			best, score = i, mine
		}
	}
	outer := m.described
	defer func() { m.described = outer }()
	m.described = score > 0
	for i, p := range parts {
		if kind, _ := p.contentType(); i == best || kind == "text/calendar" {
			if err := m.part(p, depth+1, attached); err != nil {
				return err
			}
		}
	}
	return nil
}
