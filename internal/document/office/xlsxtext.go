package office

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// richText reads the characters up to the end of an element that has begun: those in <t>, not those in <rPh>, which
// say how the others are pronounced.
func (e *elements) richText(end string) (string, error) {
	var b strings.Builder
	var run richRun
	for {
		t, err := e.next(true)
		if errors.Is(err, io.EOF) {
			return "", &reading.Error{Kind: reading.Broken, Detail: "its part " + printable(e.name) + " breaks off"}
		}
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			run.begin(t)
		case xml.EndElement:
			if t.Name.Local == end {
				return reading.Settle(unescape(b.String())), nil
			}
			run.end(t.Name.Local)
		case xml.CharData:
			if run.text && !run.phonetic && b.Len() < e.archive.l.Text {
				b.WriteString(reading.Marked(string(t), run.raised, run.struck))
			}
		}
	}
}

// richRun is what holds where a rich text is being read.
type richRun struct {
	text, phonetic, raised, struck bool
}

func (r *richRun) begin(t xml.StartElement) {
	r.text = t.Name.Local == "t"
	switch t.Name.Local {
	case "rPh":
		r.phonetic = true
	case "r":
		r.raised, r.struck = false, false
	case "vertAlign":
		r.raised = attribute(t, "val") == "superscript"
	case "strike":
		r.struck = isTrue(attribute(t, "val"), true)
	}
}

func (r *richRun) end(name string) {
	r.text = false
	switch name {
	case "rPh":
		r.phonetic = false
	case "r":
		r.raised, r.struck = false, false
	}
}

// unescape resolves _xHHHH_, which is how Excel writes characters that XML lacks.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		at := strings.Index(s, "_x")
		if at < 0 {
			return b.String() + s
		}
		b.WriteString(s[:at])
		s = s[at:]
		code, err := uint64(0), error(strconv.ErrSyntax)
		if len(s) >= 7 && s[6] == '_' {
			code, err = strconv.ParseUint(s[2:6], 16, 16)
		}
		if err != nil {
			b.WriteString(s[:2])
			s = s[2:]
			continue
		}
		if r := rune(code); r == '\n' || r == '\t' || r >= ' ' && (r < 0xd800 || r > 0xdfff) {
			b.WriteRune(r)
		}
		s = s[7:]
	}
}
